"""The story of one platform team and the people of its communities, as it is seen from outside: over HTTP, told again over gRPC by
a stock client, and over nng by stock libnng."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from caller import OverGrpc, OverHttp, OverNng  # noqa: E402
from story import Story, moment  # noqa: E402

RULES = [{"kind": "RULE_KIND_SPEECH", "text": "Be kind.", "action": "RULE_ACTION_WARN"},
         {"kind": "RULE_KIND_ADVERTISING", "text": "Three links a day.", "limit": 3, "action": "RULE_ACTION_HOLD"}]
STEPS = [{"kind": "ONBOARDING_KIND_READ_RULES", "title": "Read the rules", "days": 3},
         {"kind": "ONBOARDING_KIND_INTRODUCE", "title": "Say who you are"},
         {"kind": "ONBOARDING_KIND_FIRST_POST", "title": "Post something", "days": 7}]
CONDITION = {"filter": 'attributes.region = "Shanghai"', "message": "This one is for Shanghai."}


class MemberStory(Story):
    """Chapters in order; each leaves behind what the next begins with."""

    # -- words

    def membership(self, person):
        return self.ask("MembershipService/GetMembership", **self.home, personId=person)

    def ways(self, *ways, **more):
        return self.ask("JoinPolicyService/UpdateJoinPolicy", self.olga, **self.home,
                        joinPolicy=dict({"ways": [{"modes": ["JOIN_MODE_" + mode]} for mode in ways]}, **more))

    def join(self, person, **more):
        return self.ask("MembershipService/JoinCommunity", person, **self.home, personId=person, **more)

    def join_refused(self, reason, person, **more):
        return self.refused(reason, "MembershipService/JoinCommunity", person, **self.home, personId=person, **more)

    def post(self, title):
        return {"title": title, "body": "Words."}

    def write(self, person, title):
        return self.until_allowed("content.PostService/CreatePost", person, **self.home, post=self.post(title))

    # -- chapters

    def test_the_story(self):
        for chapter in (self.founding, self.by_invitation, self.by_approval, self.by_payment, self.by_condition, self.rules,
                        self.onboarding, self.growing, self.lurkers, self.violation, self.expiry, self.merging,
                        self.splitting, self.forgetting):
            chapter()

    def founding(self):
        cls = type(self)
        cls.olga = self.person("Olga")
        community = self.ask("CommunityService/CreateCommunity", community={
            "name": "Scales", "type": "COMMUNITY_TYPE_PRODUCT", "timeZone": "Asia/Shanghai", "locale": "en",
            "ownerPersonId": self.olga})
        self.assertEqual((community["stage"], community["memberCount"], community["ownerPersonId"]),
                         ("LIFECYCLE_STAGE_LAUNCH", "1", self.olga))
        cls.home = {"communityId": community["communityId"]}
        goal = self.ask("GoalService/CreateGoal", self.olga, **self.home, goal={
            "kind": "GOAL_KIND_FANS", "metric": "GOAL_METRIC_MEMBERS", "target": "10", "deadlineTime": moment(days=90),
            "primary": True})
        self.assertEqual((goal["state"], goal["primary"]), ("GOAL_STATE_OPEN", True))
        cls.goal = goal["goalId"]
        first = self.ask("PositioningService/CreatePositioning", self.olga, **self.home, positioning={
            "audience": {"ageMin": 20, "interests": ["baking"]}, "need": "To weigh well", "benefit": "Answers"})
        self.assertEqual(first["version"], 1)
        second = self.ask("PositioningService/CreatePositioning", self.olga, **self.home,
                          positioning={"need": "To bake well", "benefit": "Recipes"})
        self.assertEqual(second["version"], 2)
        self.assertEqual(self.ask("PositioningService/GetPositioning", self.olga, **self.home)["need"], "To bake well")
        self.ask("CultureService/UpdateCulture", self.olga, **self.home,
                 culture={"slogan": "By the gram", "values": ["exactness"]})
        self.ask("OnboardingService/UpdateOnboardingTemplate", self.olga, **self.home, template={"steps": STEPS})
        items = self.ask("StrategyService/GetStrategy", self.olga, **self.home)["items"]
        self.assertEqual([item["kind"] for item in items], [
            "STRATEGY_KIND_USER_SUPPORT", "STRATEGY_KIND_PRODUCT_FEEDBACK", "STRATEGY_KIND_FAN_REFERRAL"])

    def by_invitation(self):
        cls = type(self)
        cls.ida, late = self.person("Ida"), self.person("Late")
        self.assertEqual(self.ways("INVITE")["joinMode"], "JOIN_MODE_INVITE")
        self.join_refused("INVITATION_REQUIRED", self.ida)
        code = self.ask("InvitationService/CreateInvitation", self.olga, **self.home, source="poster")["code"]
        seen = self.ask("InvitationService/GetInvitation", code=code)
        self.assertEqual((seen["communityName"], seen["state"]), ("Scales", "INVITATION_STATE_ACTIVE"))
        ida = self.join(self.ida, invitationCode=code)
        self.assertEqual((ida["number"], ida["inviterPersonId"], ida["source"], ida["state"]),
                         ("2", self.olga, "poster", "MEMBERSHIP_STATE_ACTIVE"))
        self.join_refused("INVITATION_USED_UP", late, invitationCode=code)
        brought = self.ask("SourceService/ListReferrals", self.olga, **self.home, personId=self.olga)["referrals"]
        self.assertEqual([(r["personId"], r["depth"]) for r in brought], [(self.olga, 0), (self.ida, 1)])

    def by_approval(self):
        cls = type(self)
        cls.abe = self.person("Abe")
        self.ways("APPROVAL", questions=["What do you bake?"])
        self.join_refused("APPROVAL_REQUIRED", self.abe)
        asked = self.ask("JoinRequestService/RequestToJoin", self.abe, **self.home, personId=self.abe, answers=["Bread"])
        queue = self.ask("JoinRequestService/ListJoinRequests", self.olga, **self.home,
                         state="JOIN_REQUEST_STATE_PENDING")["joinRequests"]
        self.assertEqual([(r["joinRequestId"], r["questions"], r["answers"]) for r in queue],
                         [(asked["joinRequestId"], ["What do you bake?"], ["Bread"])])
        let_in = self.ask("JoinRequestService/ApproveJoinRequest", self.olga, **self.home,
                          joinRequestId=asked["joinRequestId"])
        self.assertEqual((let_in["state"], let_in["deciderPersonId"]), ("JOIN_REQUEST_STATE_APPROVED", self.olga))
        self.assertEqual(self.membership(self.abe)["number"], "3")

    def by_payment(self):
        cls = type(self)
        cls.pia = self.person("Pia")
        self.ways("PAID")
        self.join_refused("PAYMENT_REQUIRED", self.pia)
        cls.plan = self.ask("PlanService/CreatePlan", self.olga, **self.home, plan={
            "name": "Year", "price": "9900", "currency": "CNY", "periodMonths": 12})["planId"]
        self.ask("SubscriptionService/StartSubscription", **self.home, personId=self.pia, planId=self.plan, orderRef="o-1",
                 join=True)
        pia = self.membership(self.pia)
        self.assertEqual((pia["number"], pia["planId"], pia["state"]), ("4", self.plan, "MEMBERSHIP_STATE_ACTIVE"))
        events = self.ask("SubscriptionService/ListSubscriptionEvents", self.pia, **self.home,
                          personId=self.pia)["events"]
        self.assertEqual([(e["kind"], e["amount"], e["currency"]) for e in events],
                         [("SUBSCRIPTION_EVENT_KIND_STARTED", "9900", "CNY")])

    def by_condition(self):
        cls = type(self)
        cls.cai = self.person("Cai")
        self.ways("CONDITION", conditions=[CONDITION])
        facts = self.join_refused("CONDITION_FAILED", self.cai)
        self.assertEqual((facts["condition"], facts["message"]), (CONDITION["filter"], CONDITION["message"]))
        self.ask("ProfileService/UpdateProfile", self.cai, personId=self.cai,
                 attributes=[{"name": "region", "value": "Shanghai"}])
        self.assertEqual(self.join(self.cai)["number"], "5")
        mixed = self.ways("INVITE", "APPROVAL", "PAID", "CONDITION")
        self.assertEqual(mixed["joinMode"], "JOIN_MODE_MIXED")
        self.assertEqual(self.join_refused("INVITATION_REQUIRED", self.person("Nobody"))["missing"], "INVITE")
        listed = self.ask("MembershipService/ListMemberships", **self.home)
        self.assertEqual([m["personId"] for m in listed["memberships"]],
                         [self.olga, self.ida, self.abe, self.pia, self.cai])
        progress = self.until("GoalService/GetGoal", lambda goal: goal["progress"]["value"] == "5", self.olga,
                              **self.home, goalId=self.goal)["progress"]
        self.assertEqual(progress["status"], "PROGRESS_STATUS_CURRENT")

    def rules(self):
        self.write(self.ida, "Before there are rules")
        rules = self.ask("RuleService/PublishRules", self.olga, **self.home, rules=RULES, note="The first")
        self.assertEqual(rules["version"], 1)
        facts = self.until_refused("RULES_NOT_ACCEPTED", "content.PostService/CreatePost", self.ida, **self.home,
                                   post={"title": "Draft", "state": "POST_STATE_DRAFT"})
        self.assertEqual(facts["rules_version"], "1")
        for person in (self.olga, self.ida, self.abe, self.pia, self.cai):
            accepted = self.ask("RuleService/AcceptRules", person, **self.home, personId=person, version=1)
            self.assertEqual(accepted["rulesVersion"], 1)
        self.assertEqual(self.ask("RuleService/GetRules", **self.home)["acceptedCount"], "5")
        self.write(self.abe, "Bread at last")

    def onboarding(self):
        where = dict(self.home, personId=self.abe)
        self.refused("STEP_COMPLETES_BY_ITSELF", "OnboardingService/CompleteOnboardingStep", self.abe, **where, step=3)
        self.ask("OnboardingService/CompleteOnboardingStep", self.abe, **where, step=2)
        done = self.until("OnboardingService/GetOnboarding", lambda o: o["complete"], self.abe, **where)
        self.assertEqual([(task["title"], task["done"]) for task in done["tasks"]],
                         [(step["title"], True) for step in STEPS])
        cai = self.ask("OnboardingService/GetOnboarding", self.cai, **self.home, personId=self.cai)
        self.assertEqual([(task["done"], task.get("completeTime")) for task in cai["tasks"]],
                         [(True, None), (False, None), (False, None)])

    def growing(self):
        self.ask("LadderService/UpdateLadder", self.olga, **self.home, ladder={
            "windowDays": 30, "weights": [{"kind": "ACTIVITY_KIND_POST", "weight": "10"}],
            "levels": [{"name": "Crumb", "threshold": "10"}, {"name": "Loaf", "threshold": "20"}]})
        self.ask("JourneyService/UpdateJourneyPolicy", self.olga, **self.home, policy={"fanDays": 1})
        self.write(self.abe, "More bread")
        abe = self.until("MembershipService/GetMembership", lambda m: m["level"] == 2, **self.home, personId=self.abe)
        self.assertEqual(abe["score"], "20")
        changes = self.ask("LadderService/ListLevelChanges", self.olga, **self.home, personId=self.abe)["changes"]
        self.assertEqual((changes[0]["toLevel"], changes[-1]["fromLevel"]), (2, 0))
        journey = self.until("JourneyService/GetJourney", lambda j: j["step"] == "JOURNEY_STEP_FAN", self.abe,
                             **self.home, personId=self.abe)
        self.assertEqual([(s["step"], s["cause"]) for s in journey["steps"]], [
            ("JOURNEY_STEP_AUDIENCE", "JOURNEY_CAUSE_JOINED"), ("JOURNEY_STEP_TRIAL", "JOURNEY_CAUSE_ENGAGED"),
            ("JOURNEY_STEP_FAN", "JOURNEY_CAUSE_ENGAGED")])

    def lurkers(self):
        """Somebody who came two months ago, as the forum from which she was imported says, looks in and says nothing."""
        lily = self.ask("PersonService/CreatePerson", person={"displayName": "Lily", "externalId": "forum-lily"})["personId"]
        self.ask("ImportService/ImportMemberships", items=[dict(
            self.home, personId=lily, personExternalId="forum-lily", role="ROLE_MEMBER", joinTime=moment(days=-60))])
        self.ask("evaluation.IngestService/IngestInteractions", items=[dict(
            self.home, personId=lily, kind="INTERACTION_KIND_VISIT", occurTime=moment(days=-1))])
        segment = self.ask("SegmentService/CreateSegment", self.olga, **self.home,
                           segment={"name": "Lurkers", "filter": "lurker=true"})
        self.assertEqual(segment["filter"], "lurker = true")
        there = self.until("SegmentService/ListSegmentMembers", lambda answer: answer["memberships"], self.olga,
                           **self.home, segmentId=segment["segmentId"])
        self.assertEqual([m["personId"] for m in there["memberships"]], [lily])
        told = self.ask("SegmentService/GetFilterExplanation", self.olga, **self.home, filter="lurker = true AND level >= 1",
                        personId=lily)
        self.assertEqual(([c["met"] for c in told["conditions"]], told["met"]), ([True, False], False))

    def violation(self):
        self.ask("MembershipService/UpdateMembershipRole", self.olga, **self.home, personId=self.abe, role="ROLE_MODERATOR")
        case = self.ask("ViolationService/ReportViolation", self.ida, **self.home, subjectPersonId=self.cai,
                        category="RULE_KIND_SPEECH", evidence="Your bread is a brick")["caseId"]
        queue = self.ask("ViolationService/ListViolationCases", self.abe, **self.home)["cases"]
        self.assertEqual([(c["caseId"], c["reportCount"]) for c in queue], [(case, "1")])
        self.ask("ViolationService/StartReview", self.abe, **self.home, caseId=case)
        self.refused("CASE_TAKEN", "ViolationService/DismissViolation", self.olga, **self.home, caseId=case)
        sanction = self.ask("ViolationService/UpholdViolation", self.abe, **self.home, caseId=case,
                            sanction="SANCTION_KIND_MUTE_DAY", note="Twice this week")
        self.assertEqual((sanction["kind"], sanction["personId"]), ("SANCTION_KIND_MUTE_DAY", self.cai))
        self.assertIsNotNone(self.membership(self.cai).get("muteUntilTime"))
        self.until_refused("MEMBER_MUTED", "content.PostService/CreatePost", self.cai, **self.home,
                           post={"title": "Draft", "state": "POST_STATE_DRAFT"})
        one = dict(self.home, sanctionId=sanction["sanctionId"])
        self.ask("SanctionService/AppealSanction", self.cai, **one, personId=self.cai, appeal="It was praise")
        self.refused("SAME_REVIEWER", "SanctionService/JudgeAppeal", self.abe, **one, accept=True)
        undone = self.ask("SanctionService/JudgeAppeal", self.olga, **one, accept=True, answer="So it was")
        self.assertEqual((undone["state"], undone["answer"]), ("SANCTION_STATE_OVERTURNED", "So it was"))
        self.assertIsNone(self.membership(self.cai).get("muteUntilTime"))
        self.write(self.cai, "A brick of bread")
        deeds = [step["deed"] for step in self.ask("ViolationService/GetViolationCase", self.olga, **self.home,
                                                   caseId=case)["steps"]]
        self.assertEqual(deeds, ["OPENED", "REVIEW_STARTED", "UPHELD", "APPEALED", "APPEAL_ACCEPTED"])

    def expiry(self):
        where = dict(self.home, personId=self.pia)
        self.world.psql(f"""UPDATE member.subscription SET start_time = start_time - interval '2 years',
            end_time = end_time - interval '2 years', grace_end_time = grace_end_time - interval '2 years'
            WHERE person_id = '{self.pia}'""")  # time passes
        self.until("SubscriptionService/GetSubscription", lambda s: s["state"] == "SUBSCRIPTION_STATE_EXPIRED", self.pia,
                   **where)
        self.assertEqual(self.membership(self.pia)["state"], "MEMBERSHIP_STATE_EXPIRED")
        self.until_refused("NOT_A_MEMBER", "content.PostService/CreatePost", None, **self.home,
                           post=dict(self.post("Draft"), authorPersonId=self.pia, state="POST_STATE_DRAFT"))
        self.ask("SubscriptionService/StartSubscription", **where, planId=self.plan, orderRef="o-2")
        pia = self.membership(self.pia)
        self.assertEqual((pia["state"], pia["number"]), ("MEMBERSHIP_STATE_ACTIVE", "4"))
        self.write(self.pia, "Back again")

    def merging(self):
        """Ida has a second account, which is a member too."""
        second = self.person("Ida on WeChat")
        self.ask("IdentityService/LinkIdentity", personId=second, kind="IDENTITY_KIND_WECHAT", externalId="wx-ida")
        self.ask("MembershipService/JoinCommunity", **self.home, personId=second)
        before = self.ask("CommunityService/GetCommunity", **self.home)["memberCount"]
        merge = self.ask("MergeService/MergePersons", personId=self.ida, mergedPersonId=second, reason="One phone")
        self.assertEqual((merge["identityCount"], merge["membershipCount"]), (1, 1))
        self.assertEqual(self.ask("IdentityService/LookupIdentity", kind="IDENTITY_KIND_WECHAT",
                                  externalId="wx-ida")["personId"], self.ida)
        self.assertEqual(self.membership(second)["personId"], self.ida)
        self.assertEqual(self.membership(self.ida)["number"], "2")
        self.assertEqual(self.ask("CommunityService/GetCommunity", **self.home)["memberCount"], str(int(before) - 1))
        self.refused("ALREADY_MERGED", "MergeService/MergePersons", personId=self.abe, mergedPersonId=second)

    def splitting(self):
        """Two circles of friends, with one acquaintance between them."""
        owner, friends = self.person("Otto"), [self.person(f"Friend {n}") for n in range(8)]
        where = {"communityId": self.ask("CommunityService/CreateCommunity", community={
            "name": "Crowd", "type": "COMMUNITY_TYPE_INTEREST", "timeZone": "UTC", "ownerPersonId": owner})["communityId"]}
        for friend in friends:
            self.ask("MembershipService/JoinCommunity", **where, personId=friend)
        circles = friends[:4], friends[4:]
        ties = [{"personId": a, "otherPersonId": b, "weight": "5"} for circle in circles
                for i, a in enumerate(circle) for b in circle[:i]]
        ties += [{"personId": friends[0], "otherPersonId": friends[4], "weight": "1"},
                 {"personId": owner, "otherPersonId": friends[0], "weight": "5"}]
        self.assertEqual(self.ask("TieService/ImportTies", **where, source="forum", items=ties)["changedCount"], 14)
        split = self.ask("SplitService/CreateSplit", owner, **where, split={
            "strategy": "SPLIT_STRATEGY_BY_GRAPH", "parts": [{"name": "Crowd, the other half"}]})["splitId"]
        plan = self.until("SplitService/GetSplit", lambda s: s["state"] == "SPLIT_STATE_PLANNED", owner, **where,
                          splitId=split)
        self.assertEqual((plan["cut"]["tieWeight"], plan["moveCount"]), ("1", "4"))
        self.assertGreater(int(plan["randomCut"]["tieWeight"]), 1)
        moves = self.ask("SplitService/ListSplitMoves", owner, **where, splitId=split)["moves"]
        self.assertEqual({m["personId"] for m in moves}, set(circles[1]))
        self.ask("SplitService/StartSplit", owner, **where, splitId=split)
        done = self.until("SplitService/GetSplit", lambda s: s["state"] == "SPLIT_STATE_DONE", owner, **where,
                          splitId=split)
        self.assertEqual(done["movedCount"], "4")
        there = {"communityId": done["parts"][1]["communityId"]}
        made = self.ask("CommunityService/GetCommunity", **there)
        self.assertEqual((made["name"], made["memberCount"]), ("Crowd, the other half", "5"))
        moved = self.ask("MembershipService/GetMembership", **where, personId=circles[1][0])
        self.assertEqual(moved["state"], "MEMBERSHIP_STATE_MOVED")

    def forgetting(self):
        post = self.write(self.cai, "zqxcai says good-bye")["postId"]
        export = self.until("PrivacyService/ExportPerson", lambda e: any(
            len(section["content"]["posts"]) >= 2 for section in e["sections"] if section["service"] == "content"),
            self.cai, personId=self.cai)
        self.assertEqual(export["person"]["displayName"], "Cai")
        kept = {section["service"]: section[section["service"]] for section in export["sections"]}
        self.assertEqual([(a["name"], a["value"]) for a in kept["member"]["attributes"]], [("region", "Shanghai")])
        self.assertEqual([m["communityId"] for m in kept["member"]["memberships"]], [self.home["communityId"]])
        self.assertEqual({section["code"] for section in export["sections"]}, {0})
        self.refused("OWNER_MUST_TRANSFER", "PrivacyService/ErasePerson", personId=self.olga,
                     reason="ERASURE_REASON_ASKED", content="CONTENT_ERASURE_KEEP_CONTENT")
        gone = self.ask("PrivacyService/ErasePerson", self.cai, personId=self.cai, reason="ERASURE_REASON_ASKED",
                        content="CONTENT_ERASURE_ERASE_CONTENT")
        self.assertEqual((gone["state"], gone["displayName"]), ("PERSON_STATE_ERASED", ""))
        self.refused("PERSON_ERASED", "PrivacyService/ExportPerson", personId=self.cai)
        self.until("content.PostService/GetPost", lambda answer: answer["title"] == "", **self.home, postId=post)
        self.assertEqual(self.membership(self.cai)["state"], "MEMBERSHIP_STATE_LEFT")
        self.refused("PERSON_ERASED", "MembershipService/JoinCommunity", **self.home, personId=self.cai)
        self.assertEqual(self.ask("PrivacyService/GetErasure", personId=self.cai)["reason"], "ERASURE_REASON_ASKED")


class ToldOverHttp(MemberStory, unittest.TestCase):
    mode_of_calling = OverHttp


class ToldOverGrpc(MemberStory, unittest.TestCase):
    mode_of_calling = OverGrpc


class ToldOverNng(MemberStory, unittest.TestCase):
    mode_of_calling = OverNng


if __name__ == "__main__":
    unittest.main(verbosity=2)
