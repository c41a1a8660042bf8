"""Two replicas of evaluation tell member what its members did, and they and member are killed while they do: in the end
member's days are what the raw interactions say."""
import datetime
import os
import random
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from world import World  # noqa: E402

REPLICAS = ["evaluation", "evaluation-2"]
KINDS = ("VISIT", "POST", "COMMENT", "ANSWER", "REACTION", "SHARE", "ATTENDANCE", "CHECK_IN", "PURCHASE", "MESSAGE",
         "BOOKMARK", "REGISTRATION")
# What differs between the days member knows and the interactions, counted one by one. A day that has come to nothing may
# stay with a count of 0.
DIFFERENT = f"""
WITH raw AS (
    SELECT i.community_id, i.person_id, (i.occur_time AT TIME ZONE c.time_zone)::date AS day,
        (ARRAY{list(KINDS)})[i.kind] AS kind, count(*) AS count
    FROM evaluation.interaction i JOIN member.community c USING (community_id)
    WHERE NOT i.removed GROUP BY 1, 2, 3, 4)
SELECT * FROM raw FULL JOIN (SELECT * FROM member.member_day WHERE count > 0) d USING (community_id, person_id, day, kind)
WHERE raw.count IS DISTINCT FROM d.count"""
# Member takes a moment over each day it is told of, so that a kill finds some of them on their way.
LINGER = """
CREATE FUNCTION public.linger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_sleep(0.0005);
    RETURN NEW;
END $$;
CREATE TRIGGER linger BEFORE INSERT ON member.member_day FOR EACH ROW EXECUTE FUNCTION public.linger();
"""


class Writer(threading.Thread):
    """Tells the gateway what members did, on so many days that most are told of but once or twice."""

    def __init__(self, world, seed, people):
        super().__init__()
        self.world, self.random, self.people = world, random.Random(seed), people
        self.stop_asked, self.sent, self.error = threading.Event(), 0, None

    def items(self):
        start = datetime.datetime(2025, 10, 1, tzinfo=datetime.timezone.utc)
        for _ in range(100):
            community, person = self.random.choice(self.people)
            moment = start + datetime.timedelta(minutes=self.random.randrange(400 * 24 * 60))
            self.sent += 1
            yield {"communityId": community, "personId": person,
                   "kind": "INTERACTION_KIND_" + self.random.choice(KINDS[:4]),
                   "occurTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "ref": f"{self.name}-{self.sent}"}

    def taken(self, body, key):
        try:
            return self.world.http("POST", "/v1/imports/interactions", body, headers={"Idempotency-Key": key}).code < 300
        except OSError:
            return False  # or it is: the next one of the same key will tell

    def run(self):
        try:
            while not self.stop_asked.is_set():
                body, key = {"items": list(self.items())}, f"{self.name}-{self.sent}"
                while not self.taken(body, key):
                    pass  # nobody may be there just now
        except BaseException as error:  # noqa: BLE001  (reported by the test)
            self.error = error


def telling(world):
    return world.number("SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
                        " AND query LIKE '%INSERT INTO member_day AS d%' AND pid <> pg_backend_pid()")


def rest(world):
    """What is not counted or not told yet."""
    return world.number("SELECT " + " + ".join(
        f"(SELECT count(*) FROM evaluation.{table})" for table in ("pending", "waiting", "dirty", "untold")))


class ToldOnce(unittest.TestCase):
    def test_killed_while_they_tell(self):
        rng = random.Random(11)
        with World(replicas={"evaluation": len(REPLICAS)}) as world:
            people = [(community, world.given_member(community))
                      for community in (world.given_community(timeZone=zone) for zone in (
                          "Europe/Berlin", "Asia/Shanghai", "America/New_York")) for _ in range(4)]
            world.psql(LINGER)
            writers = [Writer(world, seed, people) for seed in range(2)]
            for writer in writers:
                writer.start()
            for kills in range(16):
                if kills == 8:
                    # From here on nobody writes any more: what is lost now is not told again.
                    for writer in writers:
                        writer.stop_asked.set()
                    for writer in writers:
                        writer.join(120)
                        self.assertIsNone(writer.error)
                # While a bite of days is on its way to member.
                world.until(lambda: telling(world) or kills > 8 and rest(world) == 0)
                victim = rng.choice(REPLICAS + ["member"])
                world.kill(victim)
                world.start_one(victim)
            world.until(lambda: rest(world) == 0, 120)
            sent = sum(writer.sent for writer in writers)
            self.assertEqual(world.number("SELECT count(*) FROM evaluation.interaction"), sent)
            self.assertEqual(world.psql(DIFFERENT + " LIMIT 5"), [])
            days = world.number("SELECT count(*) FROM member.member_day")
            print(f"{kills + 1} kills, {sent} interactions, {days} days", flush=True)
            self.assertGreater(days, 1000)


if __name__ == "__main__":
    unittest.main(verbosity=2)
