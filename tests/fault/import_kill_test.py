"""The importer and the services are killed in the middle of an import; imported again, everything is as if nothing had been."""
import json
import os
import random
import signal
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "support"), os.path.join(HERE, "..", "e2e")]
from import_test import lines  # noqa: E402
from world import SERVICES, World  # noqa: E402

# What must not depend on how often and in what pieces the file was imported. Member numbers may: they are given in the
# order of arrival; so are the bits, but not how many there are.
FACTS = {
    "communities": "SELECT community_id, external_id, name, member_count FROM member.community",
    "memberships": "SELECT community_id, person_id, role, state, join_time, leave_time, leave_reason FROM member.membership",
    "posts": "SELECT community_id, post_id, author_person_id, title, body, comment_count, reaction_count FROM content.post",
    "comments": "SELECT community_id, comment_id, post_id, author_person_id, body FROM content.comment",
    "reactions": "SELECT community_id, target_id, person_id, emoji FROM content.reaction",
    "events": "SELECT community_id, event_id, title, start_time FROM activity.event",
    "registrations": "SELECT community_id, event_id, person_id, state FROM activity.registration",
    "interactions": "SELECT community_id, interaction_id, person_id, occur_time, kind FROM evaluation.interaction",
    "counted": "SELECT community_id, day, kind, sum(member_count), sum(interaction_count) FROM evaluation.bitmap"
               " GROUP BY 1, 2, 3",
}


def facts(world):
    world.until(lambda: all(world.number(f"SELECT count(*) FROM {t}") == 0 for t in (
        "member.outbox", "content.outbox", "activity.outbox", "member.outbox_late", "content.outbox_late",
        "activity.outbox_late", "evaluation.pending", "evaluation.waiting", "evaluation.dirty")), 60)
    return {name: sorted(world.psql(query)) for name, query in FACTS.items()}


class ImportKill(unittest.TestCase):
    maxDiff = 2000

    def test_killed_and_imported_again(self):
        with World() as world:
            file = self.write(world)
            world.kith("import", file)
            wanted = facts(world)
        for seed in (1, 2):
            with self.subTest(seed=seed), World() as world:
                rng = random.Random(seed)
                file = self.write(world)
                for _ in range(3):
                    importer = subprocess.Popen(
                        [world.program("kith"), "import", file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                        env=world.environment())
                    time.sleep(rng.uniform(0.05, 1.0))  # the moment of the kill, not a synchronisation
                    importer.send_signal(signal.SIGKILL)
                    importer.wait()
                importer = subprocess.Popen([world.program("kith"), "import", file], stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE, env=world.environment(), text=True)
                for _ in range(3):
                    victim = rng.choice(SERVICES)
                    world.kill(victim)
                    world.start_one(victim)
                    time.sleep(rng.uniform(0.05, 0.5))
                importer.communicate(timeout=120)
                world.wait_ready()
                world.kith("import", file)
                got = facts(world)
                for name in FACTS:
                    self.assertEqual(got[name], wanted[name], name)

    def write(self, world):
        file = world.path("all.ndjson")
        with open(file, "w") as f:
            f.writelines(json.dumps(line) + "\n" for line in lines())
        return file


if __name__ == "__main__":
    unittest.main(verbosity=2)
