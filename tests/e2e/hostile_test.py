"""Hostile texts come back as they were written, byte for byte, over HTTP and gRPC, in titles, bodies, topics, comments and
signs; their HTML holds nothing but Markdown's own; lists and searches go on answering. What is no text is refused."""
import os
import sys
import unittest
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from markup import FOUND, faults  # noqa: E402
from stock import Failed, Stock, message_class  # noqa: E402
from strings import strings  # noqa: E402
from world import World  # noqa: E402

TITLE, TOPIC, SIGN, QUERY = 300, 100, 32, 200  # characters that a field takes


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World().start()
        cls.stock = Stock(f"127.0.0.1:{cls.world.port}", cls.world.key)
        cls.community = cls.world.given_community()
        cls.author = cls.world.given_member(cls.community)
        cls.base = f"/v1/communities/{cls.community}"
        cls.texts = list(strings())
        cls.world.ok("POST", cls.base + "/posts", {"authorPersonId": cls.author, "body": "the first"})

    @classmethod
    def tearDownClass(cls):
        cls.stock.channel.close()
        cls.world.stop()

    def post(self, text):
        fields = {"authorPersonId": self.author, "title": text[:TITLE], "body": text, "topic": text[:TOPIC]}
        return self.world.http("POST", self.base + "/posts", fields)

    def page_through(self, path, name, ask=None):
        """Everything a list has, over HTTP or by `ask`."""
        found, token = [], ""
        while True:
            page = (ask or (lambda t: self.world.ok("GET", f"{path}?page_size=100&page_token={t}")))(token)
            found += page[name]
            token = page["nextPageToken"]
            if not token:
                return found

    def same(self, got, text, kind):
        self.assertEqual(got.encode("utf-8"), text.encode("utf-8"), kind)

    def test_1_there_are_many(self):
        self.assertGreaterEqual(len(self.texts), 500)
        self.assertGreaterEqual(len({kind for kind, _ in self.texts}), 12)

    def test_2_posts_come_back_as_they_were_written(self):
        world, wanted = self.world, {}
        for kind, text in self.texts:
            with self.subTest(kind=kind, text=text[:60]):
                answer = self.post(text)
                self.assertEqual(answer.code, 200, answer)
                wanted[answer.json["postId"]] = (kind, text)
                self.same(answer.json["body"], text, kind)
        listed = {post["postId"]: post for post in self.page_through(self.base + "/posts", "posts")}
        over_grpc = {post["postId"]: post for post in self.page_through("", "posts", lambda token: self.stock.call(
            "kith.content.v1.PostService/ListPosts",
            {"communityId": self.community, "pageSize": 50, "pageToken": token}))}
        stored = dict(world.psql(f"""SELECT post_id, encode(convert_to(title || '|' || body || '|' || topic, 'UTF8'), 'hex')
            FROM content.post WHERE community_id = '{self.community}'"""))
        for post_id, (kind, text) in wanted.items():
            with self.subTest(kind=kind, text=text[:60]):
                for post in (listed[post_id], over_grpc[post_id]):
                    self.same(post["body"], text, kind)
                    self.same(post["title"], text[:TITLE], kind)
                    self.same(post["topic"], text[:TOPIC], kind)
                    self.assertEqual(faults(post["bodyHtml"]), [])
                self.assertEqual(bytes.fromhex(stored[post_id]),
                                 "|".join((text[:TITLE], text, text[:TOPIC])).encode("utf-8"))

    def test_3_posts_over_grpc_as_well(self):
        for kind, text in self.texts:
            with self.subTest(kind=kind, text=text[:60]):
                post = self.stock.call("kith.content.v1.PostService/CreatePost", {
                    "communityId": self.community, "post": {"authorPersonId": self.author, "title": text[:TITLE], "body": text}})
                self.same(post["body"], text, kind)
                self.assertEqual(faults(post["bodyHtml"]), [])
                self.same(self.world.ok("GET", f"{self.base}/posts/{post['postId']}")["body"], text, kind)

    def test_4_comments_and_signs(self):
        post = self.world.ok("POST", self.base + "/posts", {"authorPersonId": self.author, "body": "say something"})["postId"]
        path, wanted, signs = f"{self.base}/posts/{post}/comments", {}, set()
        for kind, text in self.texts:
            with self.subTest(kind=kind, text=text[:60]):
                made = self.world.ok("POST", path, {"authorPersonId": self.author, "body": text})
                wanted[made["commentId"]] = (kind, text)
                if len(text) <= SIGN:
                    sign = self.world.ok("POST", self.base + "/reactions", {
                        "targetId": post, "personId": self.author, "emoji": text})["emoji"]
                    self.same(sign, text, kind)
                    signs.add(text)
        for comment in self.page_through(path, "comments"):
            kind, text = wanted.pop(comment["commentId"])
            with self.subTest(kind=kind, text=text[:60]):
                self.same(comment["body"], text, kind)
                self.assertEqual(faults(comment["bodyHtml"]), [])
        self.assertEqual(wanted, {})
        self.assertEqual({r["emoji"] for r in self.page_through(f"{self.base}/reactions/{post}", "reactions")}, signs)
        for sign in signs:
            taken = self.world.ok("DELETE", f"{self.base}/reactions/{post}?person_id={self.author}"
                                  f"&emoji={urllib.parse.quote(sign, safe='')}")
            self.assertEqual(taken["removedCount"], 1, repr(sign))
        self.assertEqual(self.world.ok("GET", f"{self.base}/posts/{post}")["reactionCount"], 0)

    def test_5_topics_are_found_by_their_names(self):
        for kind, text in self.texts:
            topic = text[:TOPIC]
            with self.subTest(kind=kind, topic=topic):
                found = self.world.ok("GET", f"{self.base}/posts?topic={urllib.parse.quote(topic, safe='')}")["posts"]
                self.assertTrue(found)
                self.assertEqual({post["topic"] for post in found}, {topic})
        self.page_through(self.base + "/topics", "topics")

    def test_6_searches_answer(self):
        found = 0
        for kind, text in self.texts:
            with self.subTest(kind=kind, text=text[:60]):
                answer = self.world.http("GET", f"{self.base}/posts:search?query={urllib.parse.quote(text[:QUERY], safe='')}")
                self.assertIn((answer.code, answer.reason), ((200, None), (400, "NO_WORDS")), answer)
                for hit in answer.json.get("hits", ()):
                    self.assertEqual(faults(hit["titleHtml"], FOUND) + faults(hit["snippetHtml"], FOUND), [])
                    found += 1
        self.assertGreater(found, 500)

    def test_7_what_is_no_text_is_refused(self):
        """NUL, halves of a pair, bytes that are no UTF-8: each with a reason, none stored."""
        count = f"SELECT count(*) FROM content.post WHERE community_id = '{self.community}'"
        before = self.world.number(count)
        bodies = [b'{"authorPersonId": "%s", "body": "a%sb"}' % (self.author.encode(), bad) for bad in (
            b"\\u0000", b"\\ud800", b"\\udc00\\ud800", b"\\ud83d x", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
            b"\xe4\xbd", b"\x00", b"\n", b"\\x41", b"\\u12")]
        for body in bodies:
            with self.subTest(body=body):
                answer = self.world.http("POST", self.base + "/posts", body)
                self.assertEqual(answer.code, 400, answer)
                self.assertTrue(answer.reason, answer)
        request = message_class(self.stock.pool, "kith.content.v1.CreatePostRequest")(
            community_id=self.community, post={"author_person_id": self.author, "body": "?????"}).SerializeToString()
        for bad in (b"ab\x00cd", b"ab\xffcd", b"a\xed\xa0\x80b", b"\xf4\x90\x80\x80x", b"abc\xe4\xbd"):
            with self.subTest(bad=bad), self.assertRaises(Failed) as refused:
                try:
                    self.stock.raw("/kith.content.v1.PostService/CreatePost", request.replace(b"?????", bad)).result()
                except Exception as error:
                    raise Failed(error) from None
            self.assertEqual(refused.exception.code, "INVALID_ARGUMENT")
            self.assertTrue(refused.exception.reason)
        self.assertEqual(self.world.number(count), before)

    def test_8_nothing_broke(self):
        for name in self.world.processes:
            self.assertIsNone(self.world.processes[name].poll(), name)
        log = self.world.log("gateway")
        self.assertNotIn(" http=5", log)
        self.assertNotIn("status=INTERNAL", log + self.world.log("content"))
        self.world.check_logs()


if __name__ == "__main__":
    unittest.main(verbosity=2)
