"""The people's side of the demo world: all of it is there after one telling, and a second one changes nothing."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from world import World  # noqa: E402

# Where every row that is written or changed by decisions is; what falls due by itself is not among them.
WRITTEN = ("goal", "positioning", "culture", "strategy_item", "rule_set", "ladder", "segment", "invitation", "join_request",
           "plan", "subscription", "onboarding_template", "duty", "designation", "kol", "violation_case", "violation_report",
           "split", "person", "join_policy", "stage_change")
SAID = ("cadence_target", "slot", "announcement", "announcement_receipt", "resource", "resource_link", "resource_visit",
        "showcase", "outside_mention", "post_rating", "bookmark", "word", "review_item", "ticket", "ticket_note", "course", "lesson", "enrollment", "lesson_done",
        "task_series", "task", "sla", "service_hours", "question", "post", "comment")


class DemoPeople(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World().start()
        lines = cls.world.kith("demo").stdout
        cls.world.kith("import", "-", "--quiet", input=lines)
        cls.world.kith("demo", "people")

    @classmethod
    def tearDownClass(cls):
        cls.world.stop()

    def whole(self, name):
        return self.world.ok("GET", f"/v1/communities:lookup?external_id={name}")

    def at(self, name, path):
        return self.world.ok("GET", f"/v1/communities/{self.whole(name)['communityId']}/{path}")

    def test_a_first_look_finds_it(self):
        fans, course, readers, answers = "demo-scale-fans", "demo-data-course", "demo-books-films", "demo-ask-code"
        self.assertEqual([(c["stage"], c["locale"]) for c in map(self.whole, (fans, course, readers, answers))], [
            ("LIFECYCLE_STAGE_MATURITY", "zh-CN"), ("LIFECYCLE_STAGE_GROWTH", "zh-CN")] * 2)
        self.assertTrue(self.at(fans, "goals")["goals"][0]["primary"])
        self.assertEqual(self.at(fans, "culture")["slogan"], "差一克也要说清楚")
        self.assertEqual(self.at(fans, "rules")["acceptedCount"], "12")
        self.assertEqual(len(self.at(fans, "ladder")["levels"]), 3)
        self.assertEqual(len(self.at(fans, "segments")["segments"]), 3)
        self.assertEqual(self.at(fans, "invitations")["invitations"][0]["useCount"], 1)
        self.assertEqual(self.at(fans, "violationCases")["cases"][0]["state"], "VIOLATION_STATE_OPEN")
        self.world.until(lambda: self.at(fans, "splits")["splits"][0]["state"] == "SPLIT_STATE_PLANNED")
        self.assertEqual(len(self.at(course, "subscriptions")["subscriptions"]), 15)
        self.assertEqual(len(self.at(course, "onboardingTemplate")["steps"]), 3)
        self.assertEqual(self.at(readers, "joinPolicy")["joinMode"], "JOIN_MODE_MIXED")
        self.assertEqual(len(self.at(readers, "joinRequests")["joinRequests"]), 1)
        self.assertEqual(len(self.at(answers, "experts")["designations"]), 3)
        self.assertEqual(self.at(answers, "kols?track=KOL_TRACK_KOL")["kols"][0]["stage"], "KOL_STAGE_CANDIDATE")
        operator = self.world.ok("GET", "/v1/persons:lookup?external_id=demo.operator")["personId"]
        self.assertEqual(self.world.ok("GET", f"/v1/persons/{operator}/portfolio")["communityCount"], "3")
        guest = self.world.ok("GET", "/v1/persons:lookup?external_id=demo.guest.1")["personId"]
        self.assertEqual(len(self.at(fans, f"memberships/{guest}/referrals")["referrals"]), 2)

    def test_what_is_said_is_there_too(self):
        fans, course, answers = "demo-scale-fans", "demo-data-course", "demo-ask-code"
        self.assertEqual(len(self.at(fans, "cadence")["targets"]), 2)
        slots = self.at(fans, "slots?start_date=2025-01-01&end_date=2034-01-01")["slots"]
        self.assertEqual(sorted({s["state"] for s in slots}), ["SLOT_STATE_DRAFT", "SLOT_STATE_IDEA"])
        self.assertEqual(self.at(fans, "announcements")["announcements"][0]["readCount"], "9")
        self.assertEqual(self.at(fans, "resources")["resources"][0]["visitorCount"], "7")
        self.assertEqual(len(self.at(fans, "showcase")["posts"]), 1)
        self.assertEqual(self.at(fans, "reviewItems")["items"][0]["reason"]["cause"], "TEXT_CAUSE_ADVERTISEMENT")
        self.assertEqual([t["state"] for t in self.at(fans, "tickets?kind=TICKET_KIND_COMPLAINT")["tickets"]],
                         ["TICKET_STATE_ACKNOWLEDGED"])
        self.assertEqual([(c["lessonCount"], c["activeCount"]) for c in self.at(course, "courses")["courses"]], [(3, "10")])
        self.assertEqual([s["state"] for s in self.at(course, "taskSeries")["series"]], ["TASK_SERIES_STATE_ACTIVE"])
        solved = self.at(answers, "questions?state=QUESTION_STATE_RESOLVED&topic=%E7%B4%A2%E5%BC%95")["questions"]
        self.assertEqual([q["answerCount"] for q in solved], [1])
        self.assertEqual(solved[0]["acceptedPersonId"], solved[0]["expertPersonId"])

    def test_told_again_it_changes_nothing(self):
        self.world.until(lambda: self.at("demo-scale-fans", "splits")["splits"][0]["state"] == "SPLIT_STATE_PLANNED")

        def written():
            return [self.world.psql(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)), count(*) FROM {table} t")
                    for table in [f"member.{t}" for t in WRITTEN] + [f"content.{t}" for t in SAID]]

        before = written()
        for digest, count in (rows[0] for rows in before):
            self.assertNotEqual(count, "0")
        self.world.kith("demo", "people")
        self.assertEqual(written(), before)

    def test_a_key_that_may_not_is_told(self):
        done = subprocess.run([self.world.program("kith"), "demo", "people", "--key", "kith_none_none"],
                              env=self.world.environment(), capture_output=True, text=True)
        self.assertEqual(done.returncode, 16)
        self.assertEqual(done.stdout, "")
        self.assertEqual(self.world.kith("demo", "nobody", check=False).returncode, 3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
