"""Three replicas of content, killed and stopped while hundreds of scheduled posts fall due: each is published once, each
alert is raised once, and what fell due while none of them ran is caught up with."""
import concurrent.futures
import os
import random
import signal
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from world import World  # noqa: E402

REPLICAS = ["content", "content-2", "content-3"]
POSTS, OVERDUE, KILLS_MOST = 600, 150, 30
# What is told of posts is written down a second time, whoever takes it from the outbox. A step towards being published
# takes a moment, as on a slow disk, so that a kill finds many of them undone.
WATCH = """
CREATE TABLE public.told (event_id uuid, type text, subject_id uuid, community_id uuid);
GRANT ALL ON public.told TO PUBLIC;
CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.told VALUES (NEW.event_id, NEW.type, NEW.subject_id, NEW.community_id);
    RETURN NEW;
END $$;
CREATE TRIGGER told AFTER INSERT ON content.outbox FOR EACH ROW EXECUTE FUNCTION public.tell();
CREATE FUNCTION public.linger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_sleep(0.02);
    RETURN NEW;
END $$;
CREATE TRIGGER linger BEFORE UPDATE ON content.post FOR EACH ROW
    WHEN (OLD.state = 'SCHEDULED' AND NEW.state = 'PUBLISHED') EXECUTE FUNCTION public.linger();
"""


def given_scheduled(world, count):
    """A community whose slots, one a day, are filled with posts of its member and scheduled; those slots, and the rest."""
    community = world.given_community()
    ann, base, slots = world.given_member(community), f"/v1/communities/{community}", []
    for start, end in (("2027-01-01", "2028-04-30"), ("2028-05-01", "2029-08-31")):
        slots += [slot["slotId"] for slot in world.ok("POST", base + "/slots:createWeekly", {
            "slot": {"minute": 19 * 60, "kind": "POST_KIND_ARTICLE", "title": "each day", "ownerPersonId": ann},
            "weekdays": [1, 2, 3, 4, 5, 6, 7], "startDate": start, "endDate": end})["slots"]]

    def fill(slot):
        post = world.ok("POST", base + "/posts", {"authorPersonId": ann, "body": "words", "state": "POST_STATE_DRAFT"})
        world.ok("POST", f"{base}/slots/{slot}:fill", {"postId": post["postId"]})
        world.ok("POST", f"{base}/slots/{slot}:schedule", {})

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(fill, slots[:count]))
    return community, slots[:count], slots[count:]


def let_fall_due(world, community, slots, seconds):
    """Half of the slots now, half of them spread over so many seconds."""
    some = ", ".join(f"'{s}'" for s in slots)
    world.psql(f"""
        WITH s AS (
            UPDATE content.slot SET due_time = now() + CASE WHEN random() < 0.5 THEN random() * {seconds} ELSE 0 END
                * interval '1 second'
            WHERE community_id = '{community}' AND slot_id IN ({some}) RETURNING *)
        UPDATE content.post p SET schedule_time = s.due_time FROM s
        WHERE p.community_id = s.community_id AND p.post_id = s.post_id""")


def waiting(world, community):
    return world.number(f"SELECT count(*) FROM content.post WHERE community_id = '{community}' AND state = 'SCHEDULED'")


def left(world, community):
    """Those of them that nobody has in hand."""
    return world.number(f"""SELECT count(*) FROM (SELECT FROM content.post
        WHERE community_id = '{community}' AND state = 'SCHEDULED' FOR NO KEY UPDATE SKIP LOCKED) AS p""")


def publishing(world):
    """How many transactions are at it just now."""
    return world.number("SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
                        " AND query LIKE '%was_published = j.state%' AND pid <> pg_backend_pid()")


class ScheduledOnce(unittest.TestCase):
    def check(self, world, community, count, overdue):
        """By plain SQL, once everything has come to rest."""
        where = f"WHERE community_id = '{community}'"
        world.until(lambda: waiting(world, community) == 0, 120)
        world.until(lambda: world.number(f"SELECT count(*) FROM content.slot {where} AND awaited AND due_time <= now()")
                    == 0, 60)
        world.until(lambda: world.number("SELECT (SELECT count(*) FROM content.outbox) +"
                                         " (SELECT count(*) FROM content.outbox_late)") == 0, 60)
        # Written, scheduled, published: three versions, each post.
        self.assertEqual(world.psql(f"SELECT state, version, count(*) FROM content.post {where} GROUP BY 1, 2"),
                         [["PUBLISHED", "3", str(count)]])
        self.assertEqual(world.psql("SELECT count(*), count(DISTINCT event_id), count(DISTINCT subject_id) FROM told"
                                    f" {where} AND type = 'POST_PUBLISHED'"), [[str(count)] * 3])
        self.assertEqual(world.number(f"SELECT sum(post_count) FROM content.tally {where}"), count)
        self.assertEqual(world.psql("SELECT count(*), count(DISTINCT ref) FROM evaluation.interaction"
                                    f" {where} AND kind = 2 AND NOT removed"), [[str(count)] * 2])
        self.assertEqual(world.psql("SELECT count(*), count(DISTINCT slot_id) FROM content.alert"
                                    f" {where} AND kind = 'SLOT_OVERDUE'"), [[str(overdue)] * 2])
        self.assertEqual(world.number("SELECT count(*) FROM content.outbox_dead"), 0)

    def test_killed_and_stopped_while_posts_fall_due(self):
        rng = random.Random(7)
        with World(replicas={"content": len(REPLICAS)}) as world:
            world.psql(WATCH)
            community, filled, empty = given_scheduled(world, POSTS)
            let_fall_due(world, community, filled + empty[:OVERDUE], 3)
            kills = 0
            while True:
                world.until(lambda: publishing(world) or not waiting(world, community))
                if not waiting(world, community) or kills == KILLS_MOST:
                    break
                world.kill(victim := rng.choice(REPLICAS))
                world.start_one(victim)
                kills += 1
                # One holds still, with what it has in hand; the others go on with what is left.
                world.until(lambda: publishing(world) or not waiting(world, community))
                still = world.processes[rng.choice(REPLICAS)]
                still.send_signal(signal.SIGSTOP)
                before = left(world, community)
                world.until(lambda: left(world, community) < before or before == 0)
                still.send_signal(signal.SIGCONT)
            print(f"{kills} kills while posts were being published", flush=True)
            self.assertGreater(kills, 3)
            self.check(world, community, POSTS, OVERDUE)

    def test_what_fell_due_while_nobody_ran(self):
        with World(replicas={"content": len(REPLICAS)}) as world:
            world.psql(WATCH)
            community, filled, empty = given_scheduled(world, 100)
            world.ok("PUT", f"/v1/communities/{community}/cadence",
                     {"targets": [{"period": "CADENCE_PERIOD_WEEK", "count": 1000}]})
            for name in REPLICAS:
                world.kill(name)
            let_fall_due(world, community, filled + empty[:20], 0)
            # Six weeks, and what there was of this one, without anybody.
            world.psql("UPDATE content.cadence_target SET start_date = start_date - 49,"
                       " judge_time = judge_time - interval '49 days'")
            for name in REPLICAS:
                world.start_one(name)
            world.until(lambda: world.number("SELECT count(*) FROM content.cadence_target WHERE judge_time <= now()") == 0)
            self.assertEqual(
                world.psql("SELECT count(*), count(DISTINCT start_date), max(start_date) - min(start_date)"
                           f" FROM content.alert WHERE community_id = '{community}' AND kind = 'CADENCE_MISSED'"),
                [["6", "6", "35"]])
            self.check(world, community, 100, 20)


if __name__ == "__main__":
    unittest.main(verbosity=2)
