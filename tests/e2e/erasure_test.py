"""A person's data over HTTP: masked for others, taken away, forgotten; whatever else happens at the same time, and
whoever is down."""
import itertools
import os
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from world import World  # noqa: E402

ERASE_ALL = {"reason": "ERASURE_REASON_ASKED", "content": "CONTENT_ERASURE_ERASE_CONTENT"}


class Erasure(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World().start()

    @classmethod
    def tearDownClass(cls):
        cls.world.stop()

    def test_others_see_the_shape_of_what_is_personal(self):
        world, community = self.world, self.world.given_community()
        ann, bob = world.given_member(community, "Ann"), world.given_member(community, "Bob")
        world.ok("PATCH", f"/v1/persons/{ann}/profile", {"attributes": [
            {"name": "phone", "value": "13812345678"},
            {"name": "diary", "value": "secret", "visibility": "VISIBILITY_SELF"}]}, headers={"Kith-Person": ann})
        path = f"/v1/communities/{community}/memberships/{ann}/card"
        seen = world.ok("GET", path, headers={"Kith-Person": bob})
        self.assertEqual([(a["name"], a["value"], a["masked"]) for a in seen["attributes"]],
                         [("phone", "138****5678", True)])
        own = world.ok("GET", path, headers={"Kith-Person": ann})
        self.assertEqual([a["value"] for a in own["attributes"]], ["secret", "13812345678"])
        cards = world.ok("GET", f"/v1/communities/{community}/memberCards?person_ids={bob}&person_ids={ann}",
                         headers={"Kith-Person": bob})["cards"]
        self.assertEqual([card["personId"] for card in cards], [ann, bob])

    def test_export_has_a_section_for_who_is_down(self):
        world, community = self.world, self.world.given_community()
        ann = world.given_member(community, "Ann")
        world.kill("activity")
        try:
            export = world.ok("GET", f"/v1/persons/{ann}:export", headers={"Kith-Person": ann, "Kith-Timeout-Ms": "4000"})
        finally:
            world.start_one("activity")
            world.wait_ready()
        sections = {section["service"]: section for section in export["sections"]}
        self.assertEqual(sections["content"]["code"], 0)
        self.assertNotEqual(sections["activity"]["code"], 0)
        self.assertEqual([m["communityId"] for m in sections["member"]["member"]["memberships"]], [community])

    def test_joins_at_the_same_time_leave_no_membership(self):
        world = self.world
        communities = [world.given_community() for _ in range(24)]
        for _ in range(3):
            person, refused = world.given_person("Max"), []

            def join_until_refused(some):
                for community in itertools.cycle(some):
                    answer = world.http("POST", f"/v1/communities/{community}/memberships:join", {"personId": person})
                    if answer.code != 200:
                        refused.append(answer.reason)
                        return

            threads = [threading.Thread(target=join_until_refused, args=(communities[i::6],)) for i in range(6)]
            for thread in threads:
                thread.start()
            world.until(lambda: world.number(f"SELECT count(*) FROM member.membership WHERE person_id = '{person}'") > 2)
            world.ok("POST", f"/v1/persons/{person}:erase", ERASE_ALL)
            for thread in threads:
                thread.join()
            self.assertEqual(refused, ["PERSON_ERASED"] * 6)
            self.assertEqual(world.number(f"""SELECT count(*) FROM member.membership
                WHERE person_id = '{person}' AND state = 'ACTIVE'"""), 0)
        self.assertEqual(world.number("""SELECT count(*) FROM member.community c
            WHERE member_count <> (SELECT count(*) FROM member.membership m
                WHERE m.community_id = c.community_id AND m.state = 'ACTIVE')"""), 0)

    def test_who_was_down_forgets_when_he_is_back(self):
        world, community = self.world, self.world.given_community()
        ann = world.given_member(community, "Ann")
        world.ok("POST", f"/v1/communities/{community}/posts", {"authorPersonId": ann, "title": "zqxlate", "body": "x"})
        world.kill("content")
        world.ok("POST", f"/v1/persons/{ann}:erase", ERASE_ALL)
        self.assertEqual(world.number("SELECT count(*) FROM content.post WHERE title = 'zqxlate'"), 1)
        world.start_one("content")
        world.wait_ready()
        world.until(lambda: world.number("SELECT count(*) FROM content.post WHERE title = 'zqxlate'") == 0)
        world.until(lambda: world.number("""SELECT count(*) FROM content.idempotency
            WHERE position(convert_to('zqxlate', 'UTF8') IN reply) > 0""") == 0)
        answer = world.http("POST", f"/v1/communities/{community}/posts", {"authorPersonId": ann, "body": "ghost"})
        self.assertEqual((answer.code, answer.reason), (400, "NOT_A_MEMBER"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
