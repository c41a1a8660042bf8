"""What a person takes away: one of everything he does, exported over HTTP, over gRPC and by the command, is what plain SQL
finds in the raw rows; much of it comes whole; who is down does not keep the others back."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from stock import Stock  # noqa: E402
from world import World  # noqa: E402

# Of each noun its key in the export, and the rows by plain SQL.
CONTENT = {
    "posts": ("postId", "SELECT post_id FROM content.post WHERE author_person_id = '{}'"),
    "comments": ("commentId", "SELECT comment_id FROM content.comment WHERE author_person_id = '{}'"),
    "reactions": ("targetId", "SELECT target_id FROM content.reaction WHERE person_id = '{}'"),
    "postRevisions": ("postId", "SELECT post_id FROM content.post_revision JOIN content.post USING (community_id, post_id) "
                                "WHERE author_person_id = '{}'"),
    "tickets": ("ticketId", "SELECT ticket_id FROM content.ticket WHERE person_id = '{}'"),
    "ticketNotes": ("noteId", "SELECT note_id FROM content.ticket_note WHERE person_id = '{}'"),
    "announcements": ("announcementId", "SELECT announcement_id FROM content.announcement WHERE person_id = '{}'"),
    "announcementReceipts": ("announcementId",
                             "SELECT announcement_id FROM content.announcement_receipt WHERE person_id = '{}'"),
    "enrollments": ("courseId", "SELECT course_id FROM content.enrollment WHERE person_id = '{}'"),
    "lessonsDone": ("lessonId", "SELECT lesson_id FROM content.lesson_done WHERE person_id = '{}'"),
    "resourceLinks": ("linkId", "SELECT link_id FROM content.resource_link WHERE person_id = '{}'"),
    "templateUses": ("useId", "SELECT use_id FROM content.template_use WHERE person_id = '{}'"),
}
ACTIVITY = {
    "hostedEvents": ("eventId", "SELECT event_id FROM activity.event WHERE host_person_id = '{}'"),
    "registrations": ("eventId", "SELECT event_id FROM activity.registration WHERE person_id = '{}'"),
    "orders": ("orderId", "SELECT order_id FROM activity.orders WHERE person_id = '{}'"),
}
EVALUATION = {"interactions": ("ref", "SELECT ref FROM evaluation.interaction WHERE person_id = '{}'")}
MEMBER = {
    "memberships": ("communityId", "SELECT community_id FROM member.membership WHERE person_id = '{}'"),
    "days": ("kind", "SELECT kind FROM member.member_day WHERE person_id = '{}'"),
    "attributes": ("name", "SELECT name FROM member.person_attribute WHERE person_id = '{}'"),
}
NOUNS = {"content": CONTENT, "activity": ACTIVITY, "evaluation": EVALUATION, "member": MEMBER}


class Export(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World().start()
        cls.stock = Stock(f"127.0.0.1:{cls.world.port}", cls.world.key)

    @classmethod
    def tearDownClass(cls):
        cls.stock.channel.close()
        cls.world.stop()

    def one_of_everything(self):
        world, ann = self.world, self.world.given_person("Ann")
        community = world.given_community(ownerPersonId=ann)
        base, hers = f"/v1/communities/{community}", {"Kith-Person": ann}

        def do(path, body, verb="POST"):
            return world.ok(verb, base + path, body, headers=hers)

        world.ok("PATCH", f"/v1/persons/{ann}/profile", {"attributes": [{"name": "city", "value": "Köln"}]}, headers=hers)
        post = do("/posts", {"title": "Tea", "body": "**green**", "topic": "tea"})["postId"]
        do(f"/posts/{post}", {"body": "black"}, "PATCH")
        do("/posts", {"title": "later", "body": "words", "state": "POST_STATE_DRAFT"})
        do(f"/posts/{post}/comments", {"body": "and milk"})
        do("/reactions", {"targetId": post, "emoji": "+1"})
        ticket = do("/tickets", {"kind": "TICKET_KIND_COMPLAINT", "subject": "cold"})["ticketId"]
        do(f"/tickets/{ticket}/notes", {"text": "still cold"})
        told = do("/announcements", {"title": "Tea at five"})["announcementId"]
        do(f"/announcements/{told}:markRead", {})
        course = do("/courses", {"title": "Brewing"})["courseId"]
        lessons = [do(f"/courses/{course}/lessons", {"title": f"Lesson {i}"})["lessonId"] for i in range(2)]
        do(f"/courses/{course}:publish", {})
        do(f"/courses/{course}:enroll", {})
        for lesson in lessons:
            do(f"/courses/{course}/lessons/{lesson}:complete", {})
        resource = do("/resources", {"title": "Leaflet", "url": "https://example.org/tea"})["resourceId"]
        do(f"/resources/{resource}/links", {"channel": "poster"})
        template = do("/templates", {"name": "Hello", "stage": "LIFECYCLE_STAGE_LAUNCH", "channel": "COPY_CHANNEL_GROUP",
                                     "language": "en", "body": "Hello."})["templateId"]
        do(f"/templates/{template}:render", {})
        event = do("/events", {"title": "Five o'clock", "startTime": "2099-01-01T17:00:00Z", "state": "EVENT_STATE_OPEN",
                               "endTime": "2099-01-01T18:00:00Z", "hostPersonId": ann})["eventId"]
        do(f"/events/{event}/registrations", {})
        world.ok("POST", "/v1/imports/orders", {"items": [{
            "communityId": community, "personId": ann, "orderId": "00000000-0000-4000-8000-000000000001", "amount": "1200",
            "currency": "EUR", "createTime": "2026-11-01T10:00:00Z", "state": "ORDER_STATE_PAID"}]})
        world.until(lambda: world.number(f"""SELECT count(*) FROM member.member_day WHERE person_id = '{ann}'
            AND kind IN ('POST', 'COMMENT', 'REACTION', 'PURCHASE')""") == 4)
        return community, ann

    def rows(self, person, sql):
        return sorted(row[0] for row in self.world.psql(sql.format(person)))

    def expect_all(self, person, records):
        """`records`: {service: {noun: [record]}}, of which each noun has what SQL finds."""
        for service, nouns in NOUNS.items():
            for noun, (key, sql) in nouns.items():
                with self.subTest(service=service, noun=noun):
                    rows = self.rows(person, sql)
                    self.assertEqual(sorted(str(r[key]).replace("POST_KIND_", "") for r in records[service].get(noun, [])), rows)
                    self.assertGreater(len(rows), 0)

    def by_pages(self, ask, **request):
        """All sections to their ends; `ask` takes a request and gives an export."""
        records, first = {}, ask(request)
        for section in first["sections"]:
            while True:
                self.assertEqual(section.get("code", 0), 0, section)
                for noun, found in section[section["service"]].items():
                    if isinstance(found, list):
                        records.setdefault(section["service"], {}).setdefault(noun, []).extend(found)
                if not section.get("nextPageToken"):
                    break
                section = ask(dict(request, pageToken=section["nextPageToken"]))["sections"][0]
        return first, records

    def over_http(self, person, **request):
        def ask(query):
            return self.world.ok("GET", f"/v1/persons/{person}:export?" + "&".join(f"{k}={v}" for k, v in query.items()),
                                 headers={"Kith-Person": person})
        return self.by_pages(ask, **request)

    def over_grpc(self, person, **request):
        def ask(body):
            return self.stock.call("kith.member.v1.PrivacyService/ExportPerson", body)
        return self.by_pages(ask, personId=person, **request)

    def by_command(self, person, *options, check=True):
        done = self.world.kith("export-person", person, *options, check=check)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        records = {}
        for line in lines[1:]:
            service, noun = line["type"].split(".")
            records.setdefault(service, {}).setdefault(noun, []).append(line["record"])
        return done, lines[0], records

    def test_one_of_everything_is_there_whichever_way_it_is_asked_for(self):
        _, ann = self.one_of_everything()
        export, records = self.over_http(ann)
        self.assertEqual(export["person"]["displayName"], "Ann")
        self.assertEqual([s["service"] for s in export["sections"]], ["member", "content", "activity", "evaluation"])
        self.expect_all(ann, records)
        self.assertEqual({p["state"] for p in records["content"]["posts"]}, {"POST_STATE_PUBLISHED", "POST_STATE_DRAFT"})
        self.assertEqual(records["content"]["postRevisions"][0]["revision"]["body"], "**green**")
        self.assertEqual(records["content"]["ticketNotes"][-1]["text"], "still cold")
        self.assertEqual(records["activity"]["orders"][0]["amount"], "1200")
        for page_size in (1, 3, 1000):
            self.expect_all(ann, self.over_http(ann, pageSize=page_size)[1])
        self.expect_all(ann, self.over_grpc(ann, pageSize=2)[1])
        _, person, records = self.by_command(ann)
        self.assertEqual((person["type"], person["record"]["displayName"]), ("member.person", "Ann"))
        self.expect_all(ann, records)

    def test_each_service_tells_its_own(self):
        _, ann = self.one_of_everything()
        for service, nouns in (("content", CONTENT), ("activity", ACTIVITY), ("evaluation", EVALUATION)):
            page = self.world.ok("GET", f"/v1/persons/{ann}/{service}Records", headers={"Kith-Person": ann})
            same = self.stock.call(f"kith.{service}.v1.PrivacyService/List{service.capitalize()}Records", {"personId": ann})
            for noun, (key, sql) in nouns.items():
                self.assertEqual(sorted(r[key] for r in page[noun]), self.rows(ann, sql))
                self.assertEqual(sorted(r[key] for r in same[noun]), self.rows(ann, sql))
            other = self.world.given_person("Bob")
            answer = self.world.http("GET", f"/v1/persons/{ann}/{service}Records", headers={"Kith-Person": other})
            self.assertEqual((answer.code, answer.reason), (403, "NOT_ALLOWED"))

    def test_much_comes_whole_and_once(self):
        world, community = self.world, self.world.given_community()
        ann = world.given_member(community, "Ann")
        world.psql(f"""INSERT INTO content.post (community_id, post_id, author_person_id, kind, state, visibility, title, body,
                topic, was_published, create_time, publish_time, update_time)
            SELECT '{community}', gen_random_uuid(), '{ann}', 'TEXT', 'PUBLISHED', 'MEMBER', i, repeat('x', i % 2000), '',
                true, now(), now(), now() FROM generate_series(1, 8000) i""")
        world.psql(f"""INSERT INTO content.reaction (community_id, target_id, person_id, emoji, create_time)
            SELECT community_id, post_id, author_person_id, '+1', now() FROM content.post WHERE author_person_id = '{ann}'""")
        for start in range(0, 4000, 1000):
            world.ok("POST", "/v1/imports/interactions", {"items": [{
                "communityId": community, "personId": ann, "kind": "INTERACTION_KIND_MESSAGE", "ref": f"m{i}",
                "occurTime": f"2026-{1 + i % 9:02}-{1 + i % 28:02}T10:{i // 60 % 60:02}:{i % 60:02}Z"}
                for i in range(start, start + 1000)]})
        world.until(lambda: world.number("SELECT count(*) FROM evaluation.pending") == 0)
        done, _, records = self.by_command(ann)
        for service, noun in (("content", "posts"), ("content", "reactions"), ("evaluation", "interactions")):
            key, sql = NOUNS[service][noun]
            self.assertEqual(sorted(r[key] for r in records[service][noun]), self.rows(ann, sql))
        self.assertEqual(len(records["content"]["posts"] + records["content"]["reactions"]
                             + records["evaluation"]["interactions"]), 20000)

    def test_who_is_down_is_told_and_asked_again(self):
        world = self.world
        _, ann = self.one_of_everything()
        world.kill("activity")
        try:
            export = world.ok("GET", f"/v1/persons/{ann}:export", headers={"Kith-Timeout-Ms": "8000"})
            done, _, records = self.by_command(ann, "--patience", "0", check=False)
        finally:
            world.start_one("activity")
            world.wait_ready()
        sections = {section["service"]: section for section in export["sections"]}
        self.assertEqual({name for name, section in sections.items() if section["code"]}, {"activity"})
        self.assertIn(sections["activity"]["reason"], ("UNAVAILABLE", "DEADLINE_EXCEEDED", "PEER_UNREACHABLE"))
        self.assertEqual(len(sections["content"]["content"]["posts"]), 2)
        self.assertEqual(len(sections["evaluation"]["evaluation"]["interactions"]), 4)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("the rest of activity", done.stderr)
        self.assertNotIn("activity", records)
        self.assertEqual(len(records["content"]["posts"]), 2)
        again = world.ok("GET", f"/v1/persons/{ann}:export?pageToken={sections['activity']['nextPageToken']}")["sections"]
        self.assertEqual(len(again[0]["activity"]["orders"]), 1)

    def test_a_merged_person_s_export_is_the_survivor_s(self):
        world, community = self.world, self.world.given_community()
        ann, anna = world.given_member(community, "Ann"), world.given_member(community, "Anna")
        for person in (ann, anna):
            world.ok("POST", f"/v1/communities/{community}/posts", {"authorPersonId": person, "body": person})
        world.ok("POST", f"/v1/persons/{ann}:merge", {"mergedPersonId": anna})
        for person in (ann, anna):
            export, records = self.over_http(person)
            self.assertEqual(export["person"]["personId"], ann)
            self.assertEqual(sorted(p["body"] for p in records["content"]["posts"]), sorted((ann, anna)))
        done, person, records = self.by_command(anna)
        self.assertEqual(person["personId"], ann)
        self.assertEqual(len(records["content"]["posts"]), 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
