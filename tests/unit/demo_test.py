"""The demo world: the same for the same date, in order, and nothing of it in the future."""
import collections
import datetime
import json
import subprocess
import sys
import unittest

KITH = sys.argv.pop(1)
DATE = "2024-06-01"


def demo(date):
    return subprocess.run([KITH, "demo", "--date", date], check=True, capture_output=True, text=True).stdout


class Demo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = demo(DATE)
        cls.lines = [json.loads(line) for line in cls.text.splitlines()]

    def test_same_date_tells_the_same(self):
        self.assertEqual(demo(DATE), self.text)
        self.assertNotEqual(demo("2024-06-02"), self.text)

    def test_it_has_what_a_first_look_needs(self):
        communities = [line for line in self.lines if line["type"] == "community"]
        types = collections.Counter(line["type"] for line in self.lines)
        self.assertGreaterEqual(len(communities), 12)
        self.assertEqual({c["kind"] for c in communities}, {"INDUSTRY", "INTEREST", "REGION", "PRODUCT", "LEARNING"})
        self.assertEqual(set(types), {"community", "membership", "post", "comment", "reaction", "event", "attendance",
                                      "order", "interaction"})
        self.assertTrue(2000 <= len(self.lines) <= 50000)

    def test_each_membership_is_one_line_and_each_community_has_one_owner(self):
        memberships = [line for line in self.lines if line["type"] == "membership"]
        self.assertEqual(len({(m["community"], m["person"]) for m in memberships}), len(memberships))
        owners = collections.Counter(m["community"] for m in memberships if m["role"] == "OWNER")
        self.assertEqual(set(owners.values()), {1})
        self.assertEqual(len(owners), 12)

    def test_what_is_answered_came_before(self):
        seen = set()
        for line in self.lines:
            if line["type"] in ("post", "event"):
                seen.add((line["community"], line["id"]))
            for field in ("post", "target", "event"):
                if field in line:
                    self.assertIn((line["community"], line[field]), seen)

    def test_nobody_acts_in_the_future(self):
        end = datetime.datetime.fromisoformat(DATE + "T12:00:00+00:00")
        for line in self.lines:
            for field in ("at", "joined_at", "left_at", "created_at"):
                if field in line:
                    self.assertLess(datetime.datetime.fromisoformat(line[field]), end, line)


if __name__ == "__main__":
    unittest.main()
