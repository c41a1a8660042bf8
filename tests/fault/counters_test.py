"""64 clients react, comment, pass on and keep, and take all of it back, while content and the gateway are killed −9 and
started again: every counter equals the rows, every acknowledged deed is there, and none is there twice.

KITH_COUNTERS_SECONDS (20) says for how long, KITH_COUNTERS_SEED (1) who does what and who is killed when. Each client acts
for a person of his own, so that he knows what must stand of it in the end. He sends some deeds again after they were answered."""
import os
import random
import sys
import threading
import time
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from patient import Patient  # noqa: E402
from world import World  # noqa: E402

SECONDS = float(os.environ.get("KITH_COUNTERS_SECONDS", "20"))
SEED = int(os.environ.get("KITH_COUNTERS_SEED", "1"))
CLIENTS, POSTS, KILLS_MIN = 64, 8, 5
SIGNS = ("👍", "heart", "🧑🏽‍🚀")

# What may be said no to, since others take posts and comments out of sight meanwhile.
REFUSALS = {"POST_NOT_FOUND", "POST_STATE", "TARGET_REMOVED"}


class Client(threading.Thread):
    def __init__(self, world, number, base, person, posts, stop):
        super().__init__()
        self.random, self.patient, self.stop = random.Random(SEED * 1000 + number), Patient(world), stop
        self.base, self.person, self.posts = base, person, posts
        self.comments, self.reactions, self.bookmarks, self.shares = {}, set(), set(), set()
        self.answered, self.refused, self.again, self.error = [], 0, 0, None

    def deed(self, method, path, body, refusals=REFUSALS):
        """The answer, or None when it was refused."""
        key = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        code, answer = self.patient.ask(method, self.base + path, body, key, self.person)
        if code < 300:
            self.answered.append((method, path, body, key, answer))
            return answer
        reasons = {d.get("reason") for d in answer["error"]["details"]}
        assert reasons & refusals, (method, path, code, answer)
        self.refused += 1
        return None

    def react(self):
        target = self.random.choice(self.posts + list(self.comments))
        sign = self.random.choice(SIGNS)
        if (target, sign) in self.reactions and self.random.random() < 0.7:
            if self.deed("DELETE", f"/reactions/{target}?emoji={self.quoted(sign)}", None):
                self.reactions.discard((target, sign))
        elif self.deed("POST", "/reactions", {"targetId": target, "emoji": sign}):
            self.reactions.add((target, sign))

    @staticmethod
    def quoted(sign):
        return "".join(f"%{byte:02x}" for byte in sign.encode())

    def comment(self):
        post = self.random.choice(self.posts)
        body = {"body": f"word {self.random.random()} for @{self.random.randint(1, CLIENTS)}"}
        mine = [c for c, (where, there) in self.comments.items() if there and where == post]
        if mine and self.random.random() < 0.3:
            body["parentId"] = self.random.choice(mine)
        made = self.deed("POST", f"/posts/{post}/comments", body)
        if made:
            self.comments[made["commentId"]] = (post, True)

    def uncomment(self):
        standing = [c for c, (_, there) in self.comments.items() if there]
        if standing:
            comment = self.random.choice(standing)
            post = self.comments[comment][0]
            if self.deed("DELETE", f"/posts/{post}/comments/{comment}", None):
                self.comments[comment] = (post, False)

    def share(self):
        post = self.random.choice(self.posts)
        made = self.deed("POST", f"/posts/{post}:share", {"channel": "feed"})
        if made:
            self.shares.add((post, made["shareId"]))

    def bookmark(self):
        post = self.random.choice(self.posts)
        if post in self.bookmarks and self.random.random() < 0.6:
            if self.deed("POST", f"/posts/{post}:unbookmark", {}):
                self.bookmarks.discard(post)
        elif self.deed("POST", f"/posts/{post}:bookmark", {}):
            self.bookmarks.add(post)

    def repeat(self):
        """A deed that was answered, sent once more: the same answer, and nothing else."""
        if self.answered:
            method, path, body, key, answer = self.random.choice(self.answered[-50:])
            code, again = self.patient.ask(method, self.base + path, body, key, self.person)
            assert (code, again) == (200, answer), (method, path, code, again, answer)
            self.again += 1

    def run(self):
        deeds = [self.react] * 6 + [self.comment] * 4 + [self.uncomment] * 2 + [self.share, self.bookmark, self.bookmark,
                                                                             self.repeat]
        try:
            while not self.stop.is_set():
                self.random.choice(deeds)()
        except BaseException as error:  # noqa: BLE001  (reported by the test)
            self.error = error


class Moderator(threading.Thread):
    """Takes posts out of sight, one at a time, and brings them back."""

    def __init__(self, world, base, posts, stop):
        super().__init__()
        self.random, self.patient, self.base, self.posts, self.stop = random.Random(SEED), Patient(world), base, posts, stop
        self.removed, self.changes, self.error = set(), 0, None

    def run(self):
        try:
            while not self.stop.wait(0.2):
                back = bool(self.removed)
                post = min(self.removed) if back else self.random.choice(self.posts)
                code, answer = self.patient.ask(*(("POST", f"{self.base}/posts/{post}:restore", {}) if back else (
                    "DELETE", f"{self.base}/posts/{post}", None)), str(uuid.uuid4()))
                assert code == 200, answer
                (self.removed.discard if back else self.removed.add)(post)
                self.changes += 1
        except BaseException as error:  # noqa: BLE001
            self.error = error


class Counters(unittest.TestCase):
    def setUp(self):
        self.world = World().start()
        self.addCleanup(lambda: self.world.abandon() if self.world else None)

    def rows(self, sql):
        return {tuple(row) for row in self.world.psql(sql)}

    def trouble(self, clients, end):
        """Kills somebody each time that some more deeds are done, as many as the seed chooses."""
        kills, rng = 0, random.Random(SEED)
        while time.monotonic() < end or kills < KILLS_MIN:
            enough = sum(len(c.answered) for c in clients) + rng.randint(1, 400)
            self.world.until(lambda: sum(len(c.answered) for c in clients) >= enough
                             or time.monotonic() > end and kills >= KILLS_MIN, 120)
            victim = rng.choice(("content", "content", "gateway"))
            self.world.kill(victim)
            self.world.start_one(victim)
            kills += 1
        return kills

    def test_counters_are_exact(self):
        world, community = self.world, self.world.given_community()
        base = f"/v1/communities/{community}"
        world.ok("PATCH", base + "/text/settings", {})  # no limits: nobody is too fast, and nothing is held
        persons = [world.given_member(community, f"P{i}") for i in range(CLIENTS)]
        posts = [world.ok("POST", base + "/posts", {"authorPersonId": persons[i], "body": "what do you think?"})["postId"]
                 for i in range(POSTS)]
        stop = threading.Event()
        clients = [Client(world, i, base, person, posts, stop) for i, person in enumerate(persons)]
        moderator = Moderator(world, base, posts, stop)
        for thread in clients + [moderator]:
            thread.start()
        kills = self.trouble(clients, time.monotonic() + SECONDS)
        stop.set()
        for thread in clients + [moderator]:
            thread.join(120)
            self.assertFalse(thread.is_alive(), "a client hangs")
        self.assertEqual([repr(t.error) for t in clients + [moderator] if t.error], [])
        world.wait_ready()
        self.check_rows(community, clients, moderator)
        self.check_counters(community)
        self.check_told(community, clients)
        print(f"seed {SEED}, {SECONDS:g} s: {kills} kills, {sum(len(c.answered) for c in clients)} deeds acknowledged, "
              f"{sum(c.patient.repeats for c in clients)} tries more, {sum(c.again for c in clients)} answered twice alike, "
              f"{sum(c.refused for c in clients)} refused, {moderator.changes} removals and returns", file=sys.stderr)
        world.stop()
        self.world = None

    def check_rows(self, community, clients, moderator):
        """What was acknowledged stands, and nothing else."""
        where = f"WHERE community_id = '{community}'"
        self.assertEqual(
            self.rows(f"SELECT target_id, emoji, person_id FROM content.reaction {where}"),
            {(target, sign, c.person) for c in clients for target, sign in c.reactions})
        self.assertEqual(
            self.rows(f"SELECT comment_id, state, author_person_id FROM content.comment {where}"),
            {(comment, "PUBLISHED" if there else "REMOVED", c.person) for c in clients
             for comment, (_, there) in c.comments.items()})
        self.assertEqual(self.rows(f"SELECT post_id, share_id, person_id FROM content.post_share {where}"),
                         {(post, share, c.person) for c in clients for post, share in c.shares})
        self.assertEqual(self.rows(f"SELECT post_id, person_id FROM content.bookmark {where}"),
                         {(post, c.person) for c in clients for post in c.bookmarks})
        self.assertEqual(self.rows(f"SELECT post_id FROM content.post {where} AND state = 'REMOVED'"),
                         {(post,) for post in moderator.removed})

    def check_counters(self, community):
        """Each counter is the number of its rows, by plain SQL."""
        own = "community_id = p.community_id AND"
        self.assertEqual(self.rows(f"""
            SELECT post_id FROM content.post p WHERE community_id = '{community}' AND (
                comment_count <> (SELECT count(*) FROM content.comment WHERE {own} post_id = p.post_id AND state = 'PUBLISHED')
                OR reaction_count <> (SELECT count(*) FROM content.reaction WHERE {own} target_id = p.post_id)
                OR share_count <> (SELECT count(*) FROM content.post_share WHERE {own} post_id = p.post_id)
                OR sharer_count <> (SELECT count(DISTINCT person_id) FROM content.post_share WHERE {own} post_id = p.post_id)
                OR bookmark_count <> (SELECT count(*) FROM content.bookmark WHERE {own} post_id = p.post_id))"""), set())
        self.assertEqual(self.rows(f"""
            SELECT comment_id FROM content.comment p WHERE community_id = '{community}' AND
                reaction_count <> (SELECT count(*) FROM content.reaction WHERE {own} target_id = p.comment_id)"""), set())
        summary = self.world.ok("GET", f"/v1/communities/{community}/content:summary")
        for total, rows in (("postCount", "post WHERE state = 'PUBLISHED' AND"), ("reactionCount", "reaction WHERE"),
                            ("commentCount", "comment WHERE state = 'PUBLISHED' AND"), ("shareCount", "post_share WHERE"),
                            ("bookmarkCount", "bookmark WHERE")):
            with self.subTest(total):
                self.assertEqual(int(summary[total]), self.world.number(
                    f"SELECT count(*) FROM content.{rows} community_id = '{community}'"))

    def check_told(self, community, clients):
        """Evaluation has heard of each share and reaction that stands, once."""
        self.world.until(lambda: self.world.number(
            "SELECT (SELECT count(*) FROM content.outbox) + (SELECT count(*) FROM content.outbox_late)") == 0, 60)
        self.assertEqual(self.world.number("SELECT count(*) FROM content.outbox_dead"), 0)
        for kind, wanted in ((6, sum(len(c.shares) for c in clients)), (5, sum(len(c.reactions) for c in clients))):
            self.assertEqual(self.world.number(
                f"SELECT count(*) FROM evaluation.interaction WHERE community_id = '{community}'"
                f" AND kind = {kind} AND NOT removed"), wanted)


if __name__ == "__main__":
    unittest.main(verbosity=2)
