"""The story of a bakers' community by what is said in it, as it is seen from outside: over HTTP, told again over gRPC by a
stock client, and over nng by stock libnng."""
import datetime
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from caller import OverGrpc, OverHttp, OverNng  # noqa: E402
from story import Story, moment  # noqa: E402

NOBODY = "00000000-0000-7000-8000-000000000000"
PICTURE = {"url": "https://media.example/loaf.png", "mediaType": "image/png", "sizeBytes": "4096", "altText": "A loaf"}
PAGE = {"url": "https://media.example/loaf.html", "mediaType": "text/html", "sizeBytes": "512"}


class ContentStory(Story):
    """Chapters in order; each leaves behind what the next begins with."""

    # -- words

    def say(self, method, person=None, /, **fields):
        return self.ask("content." + method, person, **self.home, **fields)

    def say_refused(self, reason, method, person=None, /, **fields):
        return self.refused(reason, "content." + method, person, **self.home, **fields)

    def say_until(self, method, meets, person=None, /, **fields):
        return self.until("content." + method, meets, person, **self.home, **fields)

    def write(self, person, title, body="Words.", **more):
        return self.say("PostService/CreatePost", person, post=dict({"title": title, "body": body}, **more))

    def read(self, person, post):
        return self.say("PostService/GetPost", person, postId=post)

    def member(self, name):
        person = self.person(name)
        self.ask("MembershipService/JoinCommunity", person, **self.home, personId=person)
        return person

    @classmethod
    def day(cls, away):
        return (cls.today + datetime.timedelta(days=away)).isoformat()

    # -- chapters

    def test_the_story(self):
        for chapter in (self.founding, self.calendar, self.review, self.pictures, self.words, self.newcomers, self.talk,
                        self.question, self.quality, self.finding, self.feeds, self.topics, self.announcement,
                        self.course, self.tasks, self.ticket, self.copy, self.resource, self.showcase):
            chapter()

    def founding(self):
        """Its clocks show about noon, that no midnight comes between two chapters."""
        cls = type(self)
        now = datetime.datetime.now(datetime.timezone.utc)
        cls.today = (now - datetime.timedelta(hours=now.hour - 12)).date()
        cls.olga = self.person("Olga")
        community = self.ask("CommunityService/CreateCommunity", community={
            "name": "Bakers", "type": "COMMUNITY_TYPE_INTEREST", "timeZone": f"Etc/GMT{now.hour - 12:+d}", "locale": "en",
            "ownerPersonId": self.olga})
        cls.home = {"communityId": community["communityId"]}
        cls.mo, cls.ann, cls.ben = self.member("Mo"), self.member("Ann"), self.member("Ben")
        cls.stranger = self.person("Nobody")
        self.ask("MembershipService/UpdateMembershipRole", self.olga, **self.home, personId=self.mo, role="ROLE_MODERATOR")
        self.until_allowed("content.TextCheckService/GetTextSettings", self.mo, **self.home)
        for person in (self.ann, self.ben):
            self.until_allowed("content.PostService/GetContentSettings", person, **self.home)
        self.say_refused("RANK_TOO_LOW", "PostService/UpdateContentSettings", self.ann, settings={"requireReview": True})

    def calendar(self):
        week = {"startDate": self.day(1), "endDate": self.day(7)}
        slot = {"minute": 540, "kind": "POST_KIND_TEXT", "title": "Bread of the day", "ownerPersonId": self.ann}
        every_day = list(range(1, 8))
        self.say_refused("DATES_REVERSED", "CalendarService/CreateWeeklySlots", self.mo, slot=slot, weekdays=every_day,
                         startDate=week["endDate"], endDate=week["startDate"])
        self.say_refused("SLOT_PAST", "CalendarService/CreateSlot", self.mo, slot=dict(slot, date=self.day(-1)))
        planned = self.say("CalendarService/CreateWeeklySlots", self.mo, slot=slot, weekdays=every_day, **week)["slots"]
        self.assertEqual([(s["date"], s["state"], s["ownerPersonId"]) for s in planned],
                         [(self.day(n), "SLOT_STATE_IDEA", self.ann) for n in range(1, 8)])
        first, second = (s["slotId"] for s in planned[:2])
        self.say_refused("SLOT_STATE", "CalendarService/ScheduleSlot", self.ann, slotId=first)
        post = self.write(self.ann, "Rye", state="POST_STATE_DRAFT")["postId"]
        filled = self.say("CalendarService/FillSlot", self.ann, slotId=first, postId=post)
        self.assertEqual((filled["state"], filled["postId"]), ("SLOT_STATE_DRAFT", post))
        self.say_refused("SLOT_POST_TAKEN", "CalendarService/FillSlot", self.ann, slotId=second, postId=post)
        due = self.say("CalendarService/ScheduleSlot", self.ann, slotId=first)
        self.assertEqual(due["state"], "SLOT_STATE_SCHEDULED")
        self.assertEqual(self.read(self.ann, post)["scheduleTime"], due["dueTime"])
        self.say("CalendarService/SkipSlot", self.mo, slotId=second, reason="The mill is closed.")
        listed = self.say("CalendarService/ListSlots", self.ann, **week)["slots"]
        self.assertEqual([s["state"] for s in listed],
                         ["SLOT_STATE_SCHEDULED", "SLOT_STATE_SKIPPED"] + 5 * ["SLOT_STATE_IDEA"])
        counts = self.say("CalendarService/GetCalendarReport", self.mo, **week)["counts"]
        self.assertEqual((counts["plannedCount"], counts["skippedCount"], counts["upcomingCount"]), ("7", "1", "6"))

    def review(self):
        self.say("PostService/UpdateContentSettings", self.olga, settings={"requireReview": True})
        self.say_refused("REVIEW_REQUIRED", "PostService/CreatePost", self.ann, post={"title": "Spelt", "body": "Words."})
        draft = self.write(self.ann, "Spelt", state="POST_STATE_DRAFT")["postId"]
        self.say_refused("REVIEW_REQUIRED", "PostService/PublishPost", self.ann, postId=draft)
        self.say_refused("NOT_THE_OWNER", "PostService/SubmitPost", self.mo, postId=draft)
        self.assertEqual(self.say("PostService/SubmitPost", self.ann, postId=draft)["state"], "POST_STATE_REVIEW")
        back = self.say("PostService/ReturnPost", self.mo, postId=draft, note="How long does it rise?")
        self.assertEqual((back["state"], back["note"]), ("POST_STATE_DRAFT", "How long does it rise?"))
        self.say("PostService/UpdatePost", self.ann, postId=draft, post={"body": "It rises for an hour."})
        self.say("PostService/SubmitPost", self.ann, postId=draft)
        good = self.say("PostService/ApprovePost", self.mo, postId=draft)
        self.assertEqual((good["state"], good["body"]), ("POST_STATE_PUBLISHED", "It rises for an hour."))
        self.say_refused("POST_STATE", "PostService/ApprovePost", self.mo, postId=draft)
        later, noon = self.write(self.ann, "Emmer", state="POST_STATE_DRAFT")["postId"], moment(days=2)
        self.say("PostService/SubmitPost", self.ann, postId=later)
        self.say("PostService/ApprovePost", self.mo, postId=later, publishTime=noon)
        kept = self.read(self.ann, later)
        self.assertEqual((kept["state"], kept["scheduleTime"]), ("POST_STATE_SCHEDULED", noon))
        self.say("PostService/UpdateContentSettings", self.olga, settings={"requireReview": False})

    def pictures(self):
        picture = {"kind": "POST_KIND_IMAGE", "title": "A loaf"}
        self.say_refused("MEDIA_MISSING", "PostService/CreatePost", self.ann, post=picture)
        self.say_refused("MEDIA_TYPE", "PostService/CreatePost", self.ann, post=dict(picture, media=[PAGE]))
        made = self.say("PostService/CreatePost", self.ann, post=dict(picture, media=[PICTURE]))
        self.assertEqual((made["mediaCount"], made["media"][0]["url"], made["media"][0]["altText"]),
                         (1, PICTURE["url"], "A loaf"))
        self.say("PostService/UpdateContentSettings", self.olga, settings={"mediaTypes": ["image/webp"]})
        self.say_refused("MEDIA_TYPE", "PostService/CreatePost", self.ann, post=dict(picture, media=[PICTURE]))
        self.say("PostService/UpdateContentSettings", self.olga, settings={})

    def words(self):
        self.say_refused("WORD_UNREADABLE", "WordService/AddWords", self.olga, words=[
            {"word": "!?", "action": "WORD_ACTION_REJECT", "category": "TEXT_CATEGORY_SPEECH"}])
        self.say("WordService/AddWords", self.olga, words=[
            {"word": "sawdust", "action": "WORD_ACTION_REJECT", "category": "TEXT_CATEGORY_SPEECH"},
            {"word": "滑石粉", "action": "WORD_ACTION_REJECT", "category": "TEXT_CATEGORY_QUALITY"}])
        self.say_until("TextCheckService/CheckText", lambda check: check["verdict"] == "TEXT_VERDICT_REJECT", self.mo,
                       body="Half of it is sawdust.", personId=self.ben)
        facts = self.say_refused("TEXT_REJECTED", "PostService/CreatePost", self.ben,
                                 post={"title": "Flour", "body": "Half of it is Sawdust."})
        self.assertEqual((facts["word"], facts["start"], facts["end"]), ("sawdust", "20", "27"))
        facts = self.say_refused("TEXT_REJECTED", "PostService/CreatePost", self.ben,
                                 post={"title": "面粉", "body": "里面有滑石粉"})
        self.assertEqual(facts["word"], "滑石粉")

    def newcomers(self):
        self.say("TextCheckService/UpdateTextSettings", self.olga, settings={"newcomerDays": 3, "maxLinks": 10})
        good = self.write(self.ben, "A mill", "They grind well: https://mill.example/")
        bad = self.write(self.ben, "A shop", "They sell all: https://shop.example/")
        self.assertEqual([post["state"] for post in (good, bad)], 2 * ["POST_STATE_REVIEW"])
        self.say_refused("POST_NOT_FOUND", "PostService/GetPost", self.ann, postId=good["postId"])
        waiting = {item["subjectId"]: item for item in self.say(
            "ReviewService/ListReviewItems", self.mo, state="REVIEW_STATE_OPEN")["items"]}
        self.assertEqual(set(waiting), {good["postId"], bad["postId"]})
        item = waiting[good["postId"]]
        self.assertEqual((item["reason"]["cause"], item["authorPersonId"]), ("TEXT_CAUSE_LINK", self.ben))
        self.say("ReviewService/ClaimReviewItem", self.mo, itemId=item["itemId"])
        self.say_refused("REVIEW_TAKEN", "ReviewService/ClaimReviewItem", self.olga, itemId=item["itemId"])
        decided = self.say("ReviewService/DecideReviewItem", self.mo, itemId=item["itemId"],
                           decision="REVIEW_DECISION_APPROVE")
        self.assertEqual((decided["state"], decided["reviewerPersonId"]), ("REVIEW_STATE_APPROVED", self.mo))
        self.say("ReviewService/DecideReviewItem", self.mo, itemId=waiting[bad["postId"]]["itemId"],
                 decision="REVIEW_DECISION_REJECT", note="An advertisement.")
        facts = self.say_refused("REVIEW_STATE", "ReviewService/DecideReviewItem", self.mo, itemId=item["itemId"],
                                 decision="REVIEW_DECISION_REJECT")
        self.assertEqual(facts["state"], "APPROVED")
        self.assertEqual(self.read(self.ann, good["postId"])["state"], "POST_STATE_PUBLISHED")
        self.assertEqual(self.read(self.ben, bad["postId"])["state"], "POST_STATE_REMOVED")

    def talk(self):
        cls = type(self)
        cls.bread = self.write(self.ann, "Which flour for a sourdough?")["postId"]
        about = {"postId": self.bread}
        number = self.ask("MembershipService/GetMembership", **self.home, personId=self.ann)["number"]
        comment = self.say("CommentService/CreateComment", self.ben, **about, comment={"body": f"@{number} take rye."})
        self.assertIn(f'<span class="mention" data-number="{number}">', comment["bodyHtml"])
        self.say("CommentService/CreateComment", self.ann, **about,
                 comment={"body": "Thank you.", "parentId": comment["commentId"]})
        listed = self.say("CommentService/ListComments", self.mo, **about)["comments"]
        self.assertEqual([(c["authorPersonId"], c["parentId"]) for c in listed],
                         [(self.ben, ""), (self.ann, comment["commentId"])])
        for _ in range(2):
            self.say("ReactionService/AddReaction", self.ben, targetId=self.bread, emoji="🍞")
        self.say_refused("TARGET_NOT_FOUND", "ReactionService/AddReaction", self.ben, targetId=NOBODY, emoji="🍞")
        for channel in ("chat", "mail"):
            self.say("ShareService/SharePost", self.ben, **about, channel=channel)
        self.say_refused("PERSON_NOT_CALLER", "ShareService/SharePost", self.ben, **about, channel="chat",
                         personId=self.ann)
        self.say("BookmarkService/BookmarkPost", self.ben, **about)
        kept = self.ask("content.BookmarkService/ListBookmarks", self.ben, personId=self.ben)["bookmarks"]
        self.assertEqual([b["postId"] for b in kept], [self.bread])
        post = self.read(self.ann, self.bread)
        self.assertEqual([post[name + "Count"] for name in ("comment", "reaction", "share", "sharer", "bookmark")],
                         [2, 1, 2, 1, 1])
        inbox = dict(personId=self.ann)
        unread = self.ask("content.MentionService/ListPersonMentions", self.ann, **inbox, unread=True)["mentions"]
        self.assertEqual([(m["subjectId"], m["postId"], m["authorPersonId"]) for m in unread],
                         [(comment["commentId"], self.bread, self.ben)])
        self.assertEqual(self.ask("content.MentionService/ReadPersonMentions", self.ann, **inbox)["readCount"], "1")
        self.assertEqual(self.ask("content.MentionService/ListPersonMentions", self.ann, **inbox, unread=True)["mentions"],
                         [])
        self.say_refused("TEXT_REJECTED", "CommentService/CreateComment", self.ben, **about, comment={"body": "Sawdust!"})

    def question(self):
        cls = type(self)
        cls.asked = self.write(self.ann, "Why is it flat?", kind="POST_KIND_QUESTION")["postId"]
        asked = {"postId": self.asked}
        self.say_refused("QUESTION_NOT_FOUND", "QuestionService/GetQuestion", self.ben, postId=self.bread)
        fresh = self.say("QuestionService/GetQuestion", self.ben, **asked)
        self.assertEqual((fresh["state"], fresh["answerCount"]), ("QUESTION_STATE_OPEN", 0))
        self.say("QuestionService/AssignQuestion", self.mo, **asked, personId=self.ben)
        routes = self.say("QuestionService/ListQuestionRoutes", self.mo, **asked)["routes"]
        self.assertEqual([(route["personId"], route["byPersonId"]) for route in routes], [(self.ben, self.mo)])
        self.say_refused("NOT_ASKED", "QuestionService/PassQuestion", self.ann, **asked)
        self.assertEqual(self.say("QuestionService/PassQuestion", self.ben, **asked)["expertPersonId"], "")
        self.say_until("QuestionService/GetQuestion", lambda question: question["escalated"], self.mo, **asked)
        answer, thanks = (self.say("CommentService/CreateComment", person, **asked, comment={"body": body})["commentId"]
                          for person, body in ((self.ben, "Let it rise longer."), (self.ann, "Thank you!")))
        answered = self.say("QuestionService/GetQuestion", self.ann, **asked)
        self.assertEqual((answered["state"], answered["answerCount"]), ("QUESTION_STATE_ANSWERED", 1))
        self.say_refused("NOT_AN_ANSWER", "QuestionService/AcceptAnswer", self.ann, **asked, commentId=thanks)
        self.say_refused("ROLE_TOO_LOW", "QuestionService/AcceptAnswer", self.ben, **asked, commentId=answer)
        settled = self.say("QuestionService/AcceptAnswer", self.ann, **asked, commentId=answer)
        self.assertEqual((settled["state"], settled["acceptedPersonId"]), ("QUESTION_STATE_RESOLVED", self.ben))
        facts = self.say_refused("QUESTION_STATE", "QuestionService/CloseQuestion", self.ann, **asked, note="Enough.")
        self.assertEqual(facts["state"], "RESOLVED")
        counts = self.say("QuestionService/GetQuestionSummary", self.mo)
        self.assertEqual((counts["questionCount"], counts["resolvedCount"], counts["acceptedCount"]), ("1", "1", "1"))

    def quality(self):
        about = {"postId": self.bread}
        self.say_refused("OWN_POST", "QualityService/VotePost", self.ann, **about, useful=True)
        self.say("QualityService/VotePost", self.ben, **about, useful=False)
        for person in (self.ben, self.mo):
            self.say("QualityService/VotePost", person, **about, useful=True)
        marks = {"value": 5, "quality": 4, "timeliness": 3}
        self.say_refused("PERSON_NOT_CALLER", "QualityService/RatePost", self.ben, **about, **marks, personId=self.mo)
        self.say("QualityService/RatePost", self.ben, **about, **marks)
        seen = self.say_until("QualityService/GetPostQuality", lambda post: round(post["communityRatingMean"], 9) == round(
            (4 + 10 * 3) / 11, 9), self.ann, **about)
        self.assertEqual((seen["usefulCount"], seen["voteCount"], seen["ratingCount"], seen["ratingMean"],
                          seen["answererCount"], seen["depth"], seen["upheldShare"]), ("2", "2", "1", 4, "1", "1", 0))
        weights = seen["weights"]
        score = 100 * (weights["usefulWeight"] * seen["usefulLow"] + weights["ratingWeight"] * seen["rating"] / 5
                       + weights["depthWeight"] / (1 + 3))
        self.assertAlmostEqual(seen["score"], score, 6)
        self.say_until("QualityService/ListTopPosts", lambda top: [
            (post["postId"], round(post["score"], 6)) for post in top["posts"][:1]] == [(self.bread, round(score, 6))],
                       self.mo)
        self.assertEqual(self.say("QualityService/WithdrawVote", self.mo, **about)["withdrawnCount"], 1)
        self.assertEqual(self.say("QualityService/GetPostQuality", self.ann, **about)["voteCount"], "1")

    def finding(self):
        english = self.write(self.ann, "Kneading", "She kneads two doughs by hand.")["postId"]
        chinese = self.write(self.ben, "酵母", "用天然酵母发酵的面团更香。")["postId"]
        for query, post in (("knead dough", english), ("天然酵母", chinese), ("發酵", chinese)):
            hits = self.say_until("SearchService/SearchPosts", lambda found: found["hits"], self.mo, query=query)["hits"]
            self.assertEqual([hit["postId"] for hit in hits], [post], query)
        home = self.ask("content.SearchService/SearchHome", self.ann, personId=self.ann, query="酵母")["hits"]
        self.assertEqual([hit["postId"] for hit in home], [chinese])
        self.say_refused("NO_WORDS", "SearchService/SearchPosts", self.mo, query="?!")
        self.say("PostService/RemovePost", self.ann, postId=english)
        self.assertEqual(self.say("SearchService/SearchPosts", self.mo, query="knead dough")["hits"], [])

    def feeds(self):
        newest = self.write(self.ben, "The newest")["postId"]
        feed = dict(personId=self.mo)
        new = self.ask("content.FeedService/GetHomeFeed", self.mo, **feed, order="POST_ORDER_NEW")["posts"]
        hot = self.ask("content.FeedService/GetHomeFeed", self.mo, **feed, order="POST_ORDER_HOT")["posts"]
        self.assertEqual(new[0]["postId"], newest)
        self.assertEqual([post["postId"] for post in hot[:3]], [self.asked, self.bread, newest])
        self.assertEqual({post["postId"] for post in new}, {post["postId"] for post in hot})
        self.assertEqual({post["state"] for post in new}, {"POST_STATE_PUBLISHED"})
        self.assertEqual(self.ask("content.FeedService/GetHomeFeed", self.stranger, personId=self.stranger)["posts"], [])
        self.refused("NOT_ALLOWED", "content.FeedService/GetHomeFeed", self.ben, **feed)

    def topics(self):
        bread, rolls = (self.say("TopicService/CreateTopic", self.mo, topic={"topic": name})["topicId"]
                        for name in ("Bread", "Rolls"))
        self.say_refused("TOPIC_NAME_TAKEN", "TopicService/CreateTopic", self.mo, topic={"topic": "Bread"})
        posts = [self.write(self.ann, f"On {topic} {i}", topic=topic)["postId"] for topic in ("Bread", "Rolls")
                 for i in range(2)]
        self.say("TopicService/UpdateTopic", self.mo, topicId=bread, topic={"topic": "Loaves"})
        self.assertEqual(self.read(self.ann, posts[0])["topic"], "Loaves")
        self.say_refused("TOPIC_INTO_ITSELF", "TopicService/MergeTopic", self.mo, topicId=bread, intoTopicId=bread)
        merged = self.say("TopicService/MergeTopic", self.mo, topicId=rolls, intoTopicId=bread)
        self.assertEqual((merged["topicId"], merged["postCount"], set(merged["otherNames"])),
                         (bread, "4", {"Bread", "Rolls"}))
        self.say_refused("TOPIC_STATE", "TopicService/MergeTopic", self.mo, topicId=rolls, intoTopicId=bread)
        self.assertEqual(self.write(self.ben, "More rolls", topic="Rolls")["topic"], "Loaves")
        self.say("TopicService/MarkPostOffTopic", self.mo, postId=posts[0])
        self.say_refused("POST_NOT_FOUND", "TopicService/MarkPostOffTopic", self.mo, postId=NOBODY)
        figures = self.say("TopicService/GetTopicReport", self.mo)["topics"]
        loaves = next(topic for topic in figures if topic["topicId"] == bread)
        self.assertEqual((loaves["topic"], loaves["postCount"], loaves["offTopicCount"], loaves["offTopic"]["share"],
                          loaves["offTopic"]["insufficientData"]), ("Loaves", "5", "1", 0.2, True))

    def announcement(self):
        self.say_refused("BAD_VALIDITY", "AnnouncementService/CreateAnnouncement", self.mo, announcement={
            "title": "Closed", "body": "Today.", "startTime": moment(days=2), "endTime": moment(days=1)})
        notice = self.say("AnnouncementService/CreateAnnouncement", self.mo, announcement={
            "title": "Oven day", "body": "On **Sunday**.", "pinned": True})
        about = {"announcementId": notice["announcementId"]}
        self.assertFalse(self.say("AnnouncementService/GetAnnouncement", self.ann, **about)["read"])
        self.say("AnnouncementService/MarkAnnouncementRead", self.ann, **about)
        seen = self.say("AnnouncementService/GetAnnouncement", self.ann, **about)
        self.assertEqual((seen["read"], seen["readCount"]), (True, "1"))
        for unread, persons in ((False, [self.ann]), (True, [self.olga, self.mo, self.ben])):
            receipts = self.say("AnnouncementService/ListAnnouncementReceipts", self.mo, **about, unread=unread)["receipts"]
            self.assertEqual([receipt["personId"] for receipt in receipts], persons)
        self.say("AnnouncementService/WithdrawAnnouncement", self.mo, **about)
        self.say_refused("ANNOUNCEMENT_WITHDRAWN", "AnnouncementService/UpdateAnnouncement", self.mo, **about,
                         announcement={"title": "Oven days"})
        self.say_refused("ANNOUNCEMENT_NOT_FOUND", "AnnouncementService/GetAnnouncement", self.ann, **about)

    def course(self):
        course = {"courseId": self.say("CourseService/CreateCourse", self.mo, course={"title": "Sourdough"})["courseId"]}
        self.say_refused("COURSE_WITHOUT_LESSONS", "CourseService/PublishCourse", self.mo, **course)
        first, second = (self.say("CourseService/CreateLesson", self.mo, **course,
                                  lesson={"title": title, "body": "Words."})["lessonId"] for title in ("Feed", "Bake"))
        self.assertEqual(self.say("CourseService/PublishCourse", self.mo, **course)["lessonCount"], 2)
        self.say_refused("NOT_ENROLLED", "CourseService/CompleteLesson", self.ben, **course, lessonId=first)
        self.say("CourseService/EnrollInCourse", self.ben, **course)
        half = self.say("CourseService/CompleteLesson", self.ben, **course, lessonId=first)
        self.assertEqual((half["state"], half["doneCount"]), ("ENROLLMENT_STATE_ACTIVE", 1))
        lessons = self.say("CourseService/ListLessons", self.ben, **course)["lessons"]
        self.assertEqual([(lesson["lessonId"], bool(lesson.get("completeTime"))) for lesson in lessons],
                         [(first, True), (second, False)])
        whole = self.say("CourseService/CompleteLesson", self.ben, **course, lessonId=second)
        self.assertEqual(whole["state"], "ENROLLMENT_STATE_COMPLETED")
        self.assertEqual(self.say("CourseService/GetCourse", self.ann, **course)["completedCount"], "1")

    def tasks(self):
        made = self.say("TaskSeriesService/CreateTaskSeries", self.mo, series={
            "title": "Bake along", "startDate": self.day(0), "dayCount": 2})
        series = {"seriesId": made["seriesId"]}
        self.say("TaskSeriesService/SetTask", self.mo, **series, task={"day": 1, "title": "Mix"})
        self.assertEqual(self.say_refused("TASK_MISSING", "TaskSeriesService/ActivateTaskSeries", self.mo, **series)["day"],
                         "2")
        self.say("TaskSeriesService/SetTask", self.mo, **series, task={"day": 2, "title": "Bake"})
        self.say("TaskSeriesService/ActivateTaskSeries", self.mo, **series)
        today = self.say("TaskSeriesService/ListTodayTasks", self.ben)["tasks"]
        self.assertEqual([(task["day"], task["title"], task.get("doneTime")) for task in today], [(1, "Mix", None)])
        done = self.say("TaskSeriesService/CompleteTask", self.ben, **series, day=1)
        self.assertEqual((done["punctual"], done["source"]), (True, "COMPLETION_SOURCE_MEMBER"))
        facts = self.say_refused("TASK_TO_COME", "TaskSeriesService/CompleteTask", self.ben, **series, day=2)
        self.assertEqual((facts["date"], facts["today"]), (self.day(1), self.day(0)))
        progress = self.say("TaskSeriesService/GetTaskProgress", self.ben, **series, personId=self.ben)
        self.assertEqual((progress["dueCount"], progress["doneCount"], progress["streak"]), (1, 1, 1))

    def ticket(self):
        made = self.say("TicketService/CreateTicket", self.ben, ticket={
            "kind": "TICKET_KIND_COMPLAINT", "subject": "The oven", "body": "It is cold."})
        self.assertEqual((made["state"], made["personId"]), ("TICKET_STATE_NEW", self.ben))
        ticket = {"ticketId": made["ticketId"]}
        self.say_refused("TICKET_NOT_FOUND", "TicketService/GetTicket", self.ann, **ticket)
        facts = self.say_refused("TICKET_STATE", "TicketService/CloseTicket", self.ben, **ticket, satisfaction=5)
        self.assertEqual(facts["state"], "NEW")
        self.say("TicketService/AcknowledgeTicket", self.mo, **ticket, note="I see.")
        self.assertEqual(self.say("TicketService/StartTicket", self.mo, **ticket)["assigneePersonId"], self.mo)
        self.say("TicketService/ResolveTicket", self.mo, **ticket, resolution="It is hot now.")
        self.say_refused("NOT_THE_OWNER", "TicketService/CloseTicket", self.mo, **ticket, satisfaction=5)
        closed = self.say("TicketService/CloseTicket", self.ben, **ticket, satisfaction=5, satisfactionComment="Quick.")
        self.assertEqual((closed["state"], closed["resolution"], closed["satisfaction"], closed["satisfactionComment"]),
                         ("TICKET_STATE_CLOSED", "It is hot now.", 5, "Quick."))
        notes = self.say("TicketService/ListTicketNotes", self.ben, **ticket)["notes"]
        self.assertEqual([note["state"] for note in notes], ["TICKET_STATE_" + state for state in (
            "NEW", "ACKNOWLEDGED", "IN_PROGRESS", "RESOLVED", "CLOSED")])
        counts = self.say("TicketService/GetTicketSummary", self.mo)
        self.assertEqual((counts["closedCount"], counts["satisfiedCount"], counts["openCount"]), ("1", "1", "0"))

    def copy(self):
        wanted = {"name": "Invitation", "stage": "LIFECYCLE_STAGE_GROWTH", "channel": "COPY_CHANNEL_GROUP", "language": "en",
                  "body": "Dear {{name}}, we bake {{what}}."}
        self.say_refused("BAD_TEMPLATE", "TemplateService/CreateTemplate", self.mo,
                         copyTemplate=dict(wanted, body="Dear {{name, we bake."))
        made = self.say("TemplateService/CreateTemplate", self.mo, copyTemplate=wanted)
        self.assertEqual(made["variables"], ["name", "what"])
        template = {"templateId": made["templateId"]}
        name, what, when = ({"name": n, "value": v} for n, v in (("name", "Ben"), ("what", "rye"), ("when", "now")))
        facts = self.say_refused("MISSING_VARIABLE", "TemplateService/RenderTemplate", self.mo, **template, values=[name])
        self.assertEqual(facts["variable"], "what")
        facts = self.say_refused("UNKNOWN_VARIABLE", "TemplateService/RenderTemplate", self.mo, **template,
                                 values=[name, what, when])
        self.assertEqual(facts["variable"], "when")
        used = self.say("TemplateService/RenderTemplate", self.mo, **template, values=[name, what], audienceCount="40")
        self.assertEqual(used["text"], "Dear Ben, we bake rye.")
        for _ in range(2):
            use = self.say("TemplateService/ConvertTemplateUse", self.mo, useId=used["useId"], reader="reader-1")
        self.assertEqual((use["audienceCount"], use["conversionCount"]), ("40", "1"))
        read = self.say("TemplateService/GetTemplate", self.mo, **template)
        self.assertEqual((read["useCount"], read["conversionCount"], read["conversionRate"]), ("1", "1", 0.025))

    def resource(self):
        self.say_refused("BAD_URL", "ResourceService/CreateResource", self.mo,
                         resource={"title": "Tables", "url": "javascript:alert(1)"})
        made = self.say("ResourceService/CreateResource", self.mo,
                        resource={"title": "Tables", "url": "https://files.example/tables.pdf"})
        resource = {"resourceId": made["resourceId"]}
        link = self.say("ResourceService/CreateResourceLink", self.ann, **resource, channel="chat", campaign="spring")
        self.assertEqual(link["personId"], self.ann)
        code = {"code": link["code"]}
        for visitor in ("v-1", "v-2", "v-1"):
            visit = self.ask("content.ResourceService/VisitResourceLink", **code, visitor=visitor)
            self.assertEqual(visit["url"], "https://files.example/tables.pdf")
        self.refused("RESOURCE_LINK_NOT_FOUND", "content.ResourceService/VisitResourceLink", code="none", visitor="v-1")
        self.say("ResourceService/ConvertResourceLink", self.mo, **code, visitor="v-1", deed="RESOURCE_DEED_JOIN")
        rows = self.say("ResourceService/GetResourceReport", self.mo, groupBy="RESOURCE_GROUPING_CHANNEL")["rows"]
        self.assertEqual([(r["key"], r["visitorCount"], r["joinCount"], r["joinRate"]) for r in rows],
                         [("chat", "2", "1", 0.5)])
        self.say("ResourceService/ArchiveResource", self.mo, **resource)
        self.refused("RESOURCE_LINK_NOT_FOUND", "content.ResourceService/VisitResourceLink", **code, visitor="v-3")

    def showcase(self):
        public = self.write(self.ann, "A crumb to be proud of", "By hand.", visibility="VISIBILITY_PUBLIC")["postId"]
        draft = self.write(self.mo, "Not yet", state="POST_STATE_DRAFT")["postId"]
        self.say_refused("POST_STATE", "ShowcaseService/FeaturePost", self.mo, postId=draft, place=1)
        self.say_refused("BAD_UNTIL_TIME", "ShowcaseService/FeaturePost", self.mo, postId=public, place=1,
                         untilTime=moment(days=-1))
        self.say("ShowcaseService/FeaturePost", self.mo, postId=self.bread, place=1)
        self.say("ShowcaseService/FeaturePost", self.mo, postId=public, place=2, note="Look at it.")
        shown = {person: [post["postId"] for post in self.say("ShowcaseService/ListShowcase", person)["posts"]]
                 for person in (self.ben, self.stranger)}
        self.assertEqual(shown, {self.ben: [self.bread, public], self.stranger: [public]})
        export = self.say("ShowcaseService/ExportShowcase", self.mo)
        self.assertEqual(export["postCount"], 1)
        self.assertIn("A crumb to be proud of", export["markdown"])
        self.assertTrue(self.say("ShowcaseService/UnfeaturePost", self.mo, postId=public)["wasFeatured"])
        self.assertEqual(self.say("ShowcaseService/ListShowcase", self.stranger)["posts"], [])


class ToldOverHttp(ContentStory, unittest.TestCase):
    mode_of_calling = OverHttp


class ToldOverGrpc(ContentStory, unittest.TestCase):
    mode_of_calling = OverGrpc


class ToldOverNng(ContentStory, unittest.TestCase):
    mode_of_calling = OverNng


if __name__ == "__main__":
    unittest.main(verbosity=2)
