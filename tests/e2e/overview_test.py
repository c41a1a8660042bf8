"""One answer from four services: a section that fails says so, the others are served."""
import glob
import os
import signal
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from world import World  # noqa: E402


class Overview(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World().start()
        cls.community = cls.world.given_community()
        cls.path = f"/v1/communities/{cls.community}/overview"

    @classmethod
    def tearDownClass(cls):
        cls.world.stop()

    @staticmethod
    def states(pid):
        """Of each thread: a signal stops one after another."""
        for stat in glob.glob(f"/proc/{pid}/task/*/stat"):
            with open(stat) as f:
                yield f.read().rpartition(")")[2].split()[0]

    def codes(self, view):
        return {s: view[s]["status"].get("code", 0) for s in ("member", "content", "activity", "evaluation")}

    def test_a_service_that_is_down_costs_only_its_section(self):
        self.assertEqual(set(self.codes(self.world.ok("GET", self.path)).values()), {0})
        for service in ("content", "activity", "evaluation"):
            with self.subTest(service=service):
                self.world.kill(service)
                codes = self.codes(self.world.ok("GET", self.path))
                self.assertNotEqual(codes.pop(service), 0)
                self.assertEqual(set(codes.values()), {0})
                self.world.until(lambda: self.world.http("GET", "/readyz", key=None).code == 503)
                self.world.start_one(service)
                self.world.wait_ready()
                self.world.until(lambda: set(self.codes(self.world.ok("GET", self.path)).values()) == {0})

    def test_a_service_that_hangs_costs_the_deadline_and_its_section(self):
        process = self.world.processes["activity"]
        process.send_signal(signal.SIGSTOP)
        try:
            self.world.until(lambda: set(self.states(process.pid)) == {"T"})
            codes = self.codes(self.world.ok("GET", self.path, headers={"Kith-Timeout-Ms": "2000"}))
            self.assertNotEqual(codes.pop("activity"), 0)
            self.assertEqual(set(codes.values()), {0})
        finally:
            process.send_signal(signal.SIGCONT)
        self.world.wait_ready()

    def test_it_is_for_members_and_operators(self):
        stranger, member = self.world.given_person("Sam"), self.world.given_member(self.community)

        def code(person):
            return self.world.http("GET", self.path, headers={"Kith-Person": person}).code

        self.assertEqual((code(stranger), code(member)), (403, 200))
        duty = {"communityIds": [self.community], "kinds": ["DUTY_KIND_CONTENT"], "role": "DUTY_ROLE_MODERATOR"}
        self.world.ok("POST", f"/v1/persons/{stranger}/duties:assign", duty)
        self.assertEqual(code(stranger), 200)
        self.world.ok("POST", f"/v1/persons/{stranger}/duties:revoke", {"communityIds": [self.community]})
        self.assertEqual(code(stranger), 403)

    def test_a_community_that_is_not_there(self):
        answer = self.world.http("GET", "/v1/communities/00000000-0000-7000-8000-000000000000/overview")
        self.assertEqual((answer.code, answer.reason), (404, "COMMUNITY_NOT_FOUND"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
