"""The interchange format: every line type, twice, with faults; and the numbers of evaluation against plain SQL."""
import datetime
import gzip
import json
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from world import World  # noqa: E402

ZONES = {"berlin": "Europe/Berlin", "shanghai": "Asia/Shanghai", "york": "America/New_York"}


def lines(seed=7):
    """Three communities over fourteen months, with clock changes inside; times carry offsets of their own."""
    rng = random.Random(seed)
    start = datetime.datetime(2024, 1, 20, tzinfo=datetime.timezone.utc)

    def at(seconds):
        offset = datetime.timezone(datetime.timedelta(hours=rng.choice((-8, 0, 1, 2, 8))))
        return (start + datetime.timedelta(seconds=seconds)).astimezone(offset).isoformat()

    span = 420 * 86400
    out = []
    for name, zone in ZONES.items():
        out.append({"type": "community", "id": name, "name": name.title(), "kind": "INTEREST", "time_zone": zone,
                    "created_at": at(0), "join_mode": "OPEN", "member_count": 500})
        people = [f"{name}-{i}" for i in range(60)]
        joined = {}
        for person in people[:50]:  # the other ten are only mentioned: implicit
            joined[person] = rng.randrange(span // 2)
            line = {"type": "membership", "community": name, "person": person,
                    "role": rng.choice(("MEMBER", "MODERATOR", "EXPERT")), "joined_at": at(joined[person])}
            if rng.random() < 0.2:
                line.update(left_at=at(span - rng.randrange(86400 * 30)), leave_reason="moved on")
            out.append(line)
        posts = []
        for i in range(150):
            person = rng.choice(people)
            moment = rng.randrange(joined.get(person, 0), span)
            posts.append((f"{name}-p{i}", moment))
            out.append({"type": "post", "community": name, "id": f"{name}-p{i}", "author": person, "at": at(moment),
                        "kind": "TEXT", "title": f"第{i}篇 \"title\"", "text": "line one\nline two 🎉", "topic": "t"})
        comments = []
        for i in range(300):
            post, moment = rng.choice(posts)
            comments.append(f"{name}-c{i}")
            out.append({"type": "comment", "community": name, "id": f"{name}-c{i}", "post": post,
                        "author": rng.choice(people), "at": at(rng.randrange(moment, span)), "text": "yes"})
        for i in range(200):
            post, moment = rng.choice(posts)
            out.append({"type": "reaction", "community": name, "target": post, "person": rng.choice(people),
                        "at": at(rng.randrange(moment, span)), "emoji": rng.choice("👍❤😀")})
        for i in range(10):
            moment = rng.randrange(span)
            out.append({"type": "event", "community": name, "id": f"{name}-e{i}", "mode": "OFFLINE",
                        "starts_at": at(moment), "ends_at": at(moment + 7200), "created_at": at(max(0, moment - 86400)),
                        "state": "ENDED", "title": f"Evening {i}", "yes": 12, "waitlist": 3})
            for person in rng.sample(people, 8):
                out.append({"type": "attendance", "community": name, "event": f"{name}-e{i}", "person": person,
                            "at": at(moment), "rsvp": "YES", "attended": rng.random() < 0.7})
        for i in range(20):
            out.append({"type": "order", "community": name, "id": f"{name}-o{i}", "person": rng.choice(people),
                        "amount": 1990 + i, "currency": "EUR", "at": at(rng.randrange(span)), "state": "PAID"})
        for i in range(1500):
            out.append({"type": "interaction", "community": name, "person": rng.choice(people),
                        "kind": rng.choice(("VISIT", "VISIT", "POST", "REACTION")), "at": at(rng.randrange(span)),
                        "ref": f"{name}-i{i}"})
    return out


TABLES = ("member.community", "member.membership", "content.post", "content.comment", "content.reaction",
          "activity.event", "activity.registration", "evaluation.interaction")


# Interaction kinds are stored by their numbers in the contract: POST 2, COMMENT 3, ANSWER 4, REACTION 5, ATTENDANCE 7,
# CHECK_IN 8.


class Import(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World().start()
        cls.lines = lines()
        cls.file = cls.world.path("all.ndjson.gz")
        with gzip.open(cls.file, "wt") as f:
            f.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in cls.lines)
        cls.world.kith("import", cls.file)
        cls.settle()
        cls.ids = {name: cls.world.ok("GET", f"/v1/communities:lookup?external_id={name}")["communityId"]
                   for name in ZONES}

    @classmethod
    def tearDownClass(cls):
        cls.world.stop()

    @classmethod
    def settle(cls):
        """Everything that was announced has arrived and is folded."""
        cls.world.until(lambda: all(
            cls.world.number(f"SELECT count(*) FROM {t}") == 0 for t in
            ("member.outbox", "content.outbox", "activity.outbox", "member.outbox_late", "content.outbox_late",
             "activity.outbox_late", "evaluation.pending", "evaluation.waiting", "evaluation.dirty",
             "evaluation.untold")), 60)

    def state(self):
        """All that is stored, but how far the index of members has come: it follows in its own time."""
        return {t: self.world.psql(f"SELECT count(*), md5(string_agg(r, '' ORDER BY r)) FROM"
                                   f" (SELECT (to_jsonb(t) - 'indexed_version')::text AS r FROM {t} t) x")
                for t in TABLES + ("evaluation.bitmap",)}

    def test_1_counts_are_the_files(self):
        count = {}
        for line in self.lines:
            count[line["type"]] = count.get(line["type"], 0) + 1
        for table, kind in (("member.community", "community"), ("content.post", "post"),
                            ("content.comment", "comment"), ("activity.event", "event")):
            self.assertEqual(self.world.number(f"SELECT count(*) FROM {table}"), count[kind], table)
        reactions = {(x["community"], x["target"], x["person"], x["emoji"])
                     for x in self.lines if x["type"] == "reaction"}
        self.assertEqual(self.world.number("SELECT count(*) FROM content.reaction"), len(reactions))
        people = {(x["community"], x.get("person") or x.get("author")) for x in self.lines
                  if x.get("person") or x.get("author")}
        self.assertEqual(self.world.number("SELECT count(*) FROM member.membership"), len(people))
        self.assertEqual(self.world.number(
            "SELECT count(*) FROM (SELECT community_id FROM member.membership GROUP BY 1"
            " HAVING max(number) <> count(*) OR min(number) <> 1) x"), 0)
        attended = sum(x["type"] == "attendance" and x["attended"] for x in self.lines)
        self.assertEqual(self.world.number(
            "SELECT count(*) FROM evaluation.interaction WHERE kind = 7"), attended)

    def test_2_importing_again_changes_nothing(self):
        before = self.state()
        self.world.kith("import", self.file)
        self.settle()
        self.assertEqual(self.state(), before)

    def test_3_any_order_gives_the_same(self):
        """Shuffled within what the format allows (a community before what is in it, a post before its answers)."""
        before = self.state()
        rank = {"community": 0, "membership": 1, "post": 2, "event": 2, "comment": 3}
        shuffled = sorted(self.lines, key=lambda x: (rank.get(x["type"], 4), random.Random(json.dumps(x)).random()))
        file = self.world.path("shuffled.ndjson")
        with open(file, "w") as f:
            f.writelines(json.dumps(line) + "\n" for line in shuffled)
        self.world.kith("import", file)
        self.settle()
        self.assertEqual(self.state(), before)

    def test_4_errors_carry_line_numbers(self):
        good = {"type": "community", "id": "errors", "name": "E", "kind": "REGION", "time_zone": "UTC"}
        bad = [b'{"type":"community"', b'{"type":"dance","community":"errors"}',
               b'{"type":"post","community":"errors","id":"x","author":"a","at":"yesterday","kind":"TEXT"}',
               b'{"type":"interaction","community":"errors","kind":"POST","at":"2024-01-01T00:00:00Z"}',
               b'[1]', b"\xff\xfe", b'{"type":"community","id":"z","name":"Z","kind":"REGION","time_zone":"Mars/Base"}']
        for line in bad:
            with self.subTest(line=line):
                file = self.world.path("bad.ndjson")
                with open(file, "wb") as f:
                    f.write(json.dumps(good).encode() + b"\n\n" + line + b"\n")
                done = self.world.kith("import", file, check=False)
                self.assertEqual(done.returncode, 1, done)
                self.assertIn("3", done.stderr)
        self.assertEqual(self.world.kith("import", "/no/such/file", check=False).returncode != 0, True)

    def days_by_sql(self, community, zone, start, end):
        """active, engaged, wau and mau of each local day, by the definitions and nothing else."""
        rows = self.world.psql(f"""
            WITH raw AS (SELECT person_id, kind, (occur_time AT TIME ZONE '{zone}')::date AS day
                         FROM evaluation.interaction WHERE community_id = '{community}'),
                 days AS (SELECT d::date AS day FROM generate_series('{start}'::date, '{end}'::date, '1 day') d)
            SELECT day,
                   (SELECT count(DISTINCT person_id) FROM raw WHERE raw.day = days.day),
                   (SELECT count(DISTINCT person_id) FROM raw WHERE raw.day = days.day AND kind IN
                    (2, 3, 4, 5, 7, 8)),
                   (SELECT count(DISTINCT person_id) FROM raw WHERE raw.day BETWEEN days.day - 6 AND days.day),
                   (SELECT count(DISTINCT person_id) FROM raw WHERE raw.day BETWEEN days.day - 29 AND days.day)
            FROM days ORDER BY day""")
        return [(r[0], *map(int, r[1:])) for r in rows]

    def test_5_activity_equals_plain_sql(self):
        for name, zone in ZONES.items():
            with self.subTest(community=name):
                got = self.world.ok("GET", f"/v1/communities/{self.ids[name]}/metrics/activity"
                                           "?start_date=2024-01-01&end_date=2025-04-30")
                got = [(d["date"], d["active"], d["engaged"], d["wau"], d["mau"]) for d in got["days"]]
                self.assertEqual(got, self.days_by_sql(self.ids[name], zone, "2024-01-01", "2025-04-30"))

    def test_6_retention_equals_plain_sql(self):
        for name, zone in ZONES.items():
            with self.subTest(community=name):
                got = self.world.ok("GET", f"/v1/communities/{self.ids[name]}/metrics/retention"
                                           "?start_date=2024-01-01&end_date=2025-03-31&period=PERIOD_MONTH")
                rows = self.world.psql(f"""
                    WITH raw AS (SELECT person_id, date_trunc('month', occur_time AT TIME ZONE '{zone}')::date AS month
                                 FROM evaluation.interaction WHERE community_id = '{self.ids[name]}' GROUP BY 1, 2),
                         joined AS (SELECT person_id,
                                           date_trunc('month', join_time AT TIME ZONE '{zone}')::date AS cohort
                                    FROM member.membership WHERE community_id = '{self.ids[name]}')
                    SELECT cohort, (extract(year FROM age(month, cohort)) * 12
                                    + extract(month FROM age(month, cohort)))::int AS k, count(*)
                    FROM joined JOIN raw USING (person_id) WHERE month >= cohort GROUP BY 1, 2""")
                wanted = {(r[0], int(r[1])): int(r[2]) for r in rows}
                sizes = dict(self.world.psql(f"""
                    SELECT date_trunc('month', join_time AT TIME ZONE '{zone}')::date, count(*)
                    FROM member.membership WHERE community_id = '{self.ids[name]}' GROUP BY 1"""))
                cells = 0
                for cohort in got["cohorts"]:
                    start = cohort["startDate"]
                    self.assertEqual(cohort["n"], int(sizes.get(start, 0)), start)
                    for k, cell in enumerate(cohort["cells"]):
                        self.assertEqual(cell["count"], wanted.get((start, k), 0), (start, k))
                        cells += 1
                self.assertGreater(cells, 50)

    def test_7_recompute_changes_nothing(self):
        before = self.state()
        for community in self.ids.values():
            answer = json.loads(self.world.kith("recompute", community).stdout)
            self.assertEqual(int(answer["differingCellCount"]), 0, answer)
        self.assertEqual(self.state(), before)

    def test_8_overview_joins_the_four(self):
        for name in ZONES:
            view = self.world.ok("GET", f"/v1/communities/{self.ids[name]}/overview")
            for section in ("member", "content", "activity", "evaluation"):
                self.assertEqual(view[section]["status"].get("code", 0), 0, (section, view[section]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
