"""Bad input over HTTP and gRPC: the right status with ErrorInfo, nothing else harmed, everybody alive."""
import os
import socket
import sys
import string
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import grpc  # noqa: E402

from stock import Failed, Stock  # noqa: E402
from world import World  # noqa: E402

MIB = 1 << 20


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World(header_timeout_ms=1000).start()
        cls.stock = Stock(f"127.0.0.1:{cls.world.port}", cls.world.key,
                          options=[("grpc.max_send_message_length", 64 * MIB)])
        cls.community = cls.world.given_community()
        cls.pids = {name: p.pid for name, p in cls.world.processes.items()}

    @classmethod
    def tearDownClass(cls):
        cls.stock.channel.close()
        cls.world.stop()

    def tearDown(self):
        for name, process in self.world.processes.items():
            self.assertIsNone(process.poll(), f"{name} died: {self.world.log(name)[-3000:]}")
        self.assertEqual(self.world.http("GET", "/v1/communities/" + self.community).code, 200)

    def expect_http(self, answer, code, reason=None):
        self.assertEqual(answer.code, code, answer)
        self.assertIsNotNone(answer.reason, answer)
        if reason:
            self.assertEqual(answer.reason, reason, answer)

    def expect_grpc(self, path, data, code, reason=None):
        with self.assertRaises(grpc.RpcError) as caught:
            self.stock.raw(path, data).result()
        failed = Failed(caught.exception)
        self.assertEqual(failed.code, code, failed)
        self.assertIsNotNone(failed.reason, failed)
        if reason:
            self.assertEqual(failed.reason, reason)

    create = "/kith.member.v1.CommunityService/CreateCommunity"
    get = "/kith.member.v1.CommunityService/GetCommunity"

    def post(self, body, **options):
        return self.world.http("POST", "/v1/communities", body, **options)

    def test_json_that_is_none(self):
        for body in (b"{", b"", b"[]", b"nul", b'{"name":}', b'{"name":"a"}x', b'"x"', b"\xef\xbb\xbf{}",
                     b'{"name":"a","name":"b"}'):
            with self.subTest(body=body):
                self.expect_http(self.post(body), 400)

    def test_depth_bomb(self):
        self.expect_http(self.post(b'{"a":' * 9000 + b"1" + b"}" * 9000), 400)
        self.expect_http(self.post(b"[" * 100000), 400)
        bomb = b""
        for _ in range(9000):
            bomb = field(1, bomb)
        self.expect_grpc(self.create, bomb, "INVALID_ARGUMENT")

    def test_invalid_utf8_and_nul(self):
        for bad in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"):
            with self.subTest(bad=bad):
                self.expect_http(self.post(b'{"name":"' + bad + b'"}'), 400)
                self.expect_grpc(self.get, field(1, bad), "INVALID_ARGUMENT")
        self.expect_http(self.post(b'{"name":"a\\u0000b"}'), 400)
        self.expect_http(self.post(b'{"name":"\\ud800"}'), 400)
        self.expect_grpc(self.get, field(1, b"a\0b"), "INVALID_ARGUMENT")
        for path in ("/v1/communities/%ff", "/v1/communities/a%00b", "/v1/communities/%zz"):
            answer = self.world.http("GET", path)
            self.assertIn(answer.code, (400, 404), answer)  # such a segment fits no variable of a route
            self.assertIsNotNone(answer.reason, answer)

    def test_truncated_and_oversized(self):
        self.expect_grpc(self.get, field(1, b"abc")[:-1], "INVALID_ARGUMENT")
        self.expect_grpc(self.get, b"\x0a\xff\xff\xff\xff\x7f", "INVALID_ARGUMENT")
        self.expect_grpc(self.get, b"\xff" * 20, "INVALID_ARGUMENT")
        self.expect_grpc(self.create, field(1, b"x" * (5 * MIB)), "RESOURCE_EXHAUSTED")
        self.expect_http(self.post(b'{"name":"' + b"x" * (5 * MIB) + b'"}'), 413)

    def test_gzip_bomb(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.stock.raw(self.create, field(1, field(3, b"\0" * (64 * MIB - 100))),
                           compression=grpc.Compression.Gzip).result()
        self.assertEqual(caught.exception.code().name, "RESOURCE_EXHAUSTED")

    def test_unknown_fields_methods_and_content_types(self):
        self.expect_http(self.post({"name": "a", "titel": "b"}), 400)
        self.expect_http(self.world.http("GET", "/v1/communities?colour=red"), 400)
        self.expect_http(self.world.http("GET", "/v1/nothing"), 404)
        self.expect_http(self.world.http("PUT", "/v1/communities", {}), 405)
        self.expect_http(self.world.http("LOCK", "/v1/communities"), 405)
        self.expect_http(self.world.http("BREW", "/v1/communities"), 400)
        self.expect_http(self.post(b"name=a", headers={"Content-Type": "application/x-www-form-urlencoded"}), 415)
        reply = self.stock.raw(self.get, field(1, self.community.encode()) + field(999, b"later")).result()
        self.assertIn(self.community.encode(), reply)  # from a newer client: fields unknown here are no error

    def test_numbers_at_their_ends(self):
        for number in ("9223372036854775808", "-9223372036854775809", "1e400", "1.5", '"12x"', "[]", "true"):
            with self.subTest(number=number):
                self.expect_http(self.post(
                    b'{"name":"a","type":"COMMUNITY_TYPE_REGION","timeZone":"UTC","capacity":' + number.encode() + b"}"),
                    400)
        self.expect_http(self.post({"name": "a", "type": "COMMUNITY_TYPE_REGION", "timeZone": "UTC",
                                    "capacity": -1}), 400)
        self.expect_http(self.post({"name": "a", "type": 99, "timeZone": "UTC"}), 400)

    def test_times_and_zones(self):
        self.expect_http(self.post({"name": "a", "type": "COMMUNITY_TYPE_REGION", "timeZone": "Mars/Base"}), 400)
        base = f"/v1/communities/{self.community}/metrics/activity"
        for query in ("start_date=2026-02-30&end_date=2026-03-01", "start_date=x&end_date=2026-03-01",
                      "start_date=2026-03-02&end_date=2026-03-01", "start_date=0001-01-01&end_date=9999-12-31"):
            with self.subTest(query=query):
                self.expect_http(self.world.http("GET", f"{base}?{query}"), 400)
        self.expect_http(self.world.http("POST", f"/v1/communities/{self.community}/events",
                                         {"title": "a", "startTime": "10000-01-01T00:00:00Z"}), 400)

    def test_pages(self):
        for _ in range(3):
            self.world.given_community()
        page = self.world.ok("GET", "/v1/communities?page_size=2")
        self.assertEqual(len(page["communities"]), 2)
        token = page["nextPageToken"]
        self.assertEqual(self.world.http("GET", f"/v1/communities?page_size=2&page_token={token}").code, 200)
        letters = string.ascii_letters + string.digits + "-_"
        last_wrong = [token[:-1] + letter for letter in letters if letter != token[-1]]
        for bad in (*last_wrong, "x", token[:10], token + "AAAA", "%00", token[::-1]):
            with self.subTest(token=bad):
                self.expect_http(self.world.http("GET", f"/v1/communities?page_size=2&page_token={bad}"), 400)
        # A token of one list does not open another.
        self.expect_http(self.world.http(
            "GET", f"/v1/communities/{self.community}/memberships?page_size=2&page_token={token}"), 400)
        self.expect_http(self.world.http("GET", "/v1/communities?page_size=-1"), 400)
        self.assertLessEqual(len(self.world.ok("GET", "/v1/communities?page_size=2147483647")["communities"]), 1000)

    def test_ids_of_another_community(self):
        other = self.world.given_community("Others")
        person = self.world.given_member(other)
        post = self.world.ok("POST", f"/v1/communities/{other}/posts", {
            "authorPersonId": person, "kind": "POST_KIND_TEXT", "body": "ours"})["postId"]
        self.expect_http(self.world.http("GET", f"/v1/communities/{self.community}/posts/{post}"), 404)
        answer = self.world.http("POST", f"/v1/communities/{self.community}/posts/{post}/comments",
                                 {"authorPersonId": person, "body": "mine?"})
        self.assertIn(answer.reason, ("NOT_A_MEMBER", "POST_NOT_FOUND"), answer)
        self.assertEqual(self.world.number(
            f"SELECT count(*) FROM content.comment WHERE post_id = '{post}'"), 0)
        bound = self.world.create_key("read", "write", communities=[self.community])
        self.assertEqual(self.world.http("GET", "/v1/communities/" + self.community, key=bound).code, 200)
        self.expect_http(self.world.http("GET", "/v1/communities/" + other, key=bound), 404)
        self.assertIn(self.world.http("GET", "/v1/communities", key=bound).code, (200, 403))

    def test_keys(self):
        path = "/v1/communities/" + self.community
        self.expect_http(self.world.http("GET", path, key=None), 401, "KEY_MISSING")
        for key in ("kith_", "kith_a_b", "nonsense", "kith_" + "a" * 5000 + "_b"):
            self.expect_http(self.world.http("GET", path, key=key), 401)
        wrong = self.world.key[:-1] + ("1" if self.world.key.endswith("0") else "0")
        self.expect_http(self.world.http("GET", path, key=wrong), 401, "KEY_UNKNOWN")
        reader = self.world.create_key("read")
        self.assertEqual(self.world.http("GET", path, key=reader).code, 200)
        self.expect_http(self.world.http("POST", "/v1/persons", {"displayName": "a"}, key=reader), 403)

    def test_a_person_sees_and_does_only_what_is_his(self):
        member = self.world.given_member(self.community)
        stranger = self.world.given_person()
        base = f"/v1/communities/{self.community}"

        def acting(person, method, path, body=None):
            return self.world.http(method, path, body, headers={"Kith-Person": person})

        self.assertEqual(acting(member, "GET", base + "/posts").code, 200)
        self.assertIn(acting(stranger, "GET", base + "/memberships").code, (403, 404))
        self.assertEqual(acting(member, "POST", "/v1/communities", {"name": "x"}).code, 403)
        self.assertEqual(acting(member, "GET", "/v1/persons/" + stranger).code, 403)

    def raw_http(self, data):
        with socket.create_connection(("127.0.0.1", self.world.port), timeout=20) as s:
            s.sendall(data)
            out = b""
            try:
                while part := s.recv(65536):
                    out += part
                    if b"\r\n\r\n" in out and b"Connection: close" not in out:
                        break
            except (socket.timeout, ConnectionResetError):
                pass
            return out

    def test_smuggling(self):
        head = b"POST /v1/persons HTTP/1.1\r\nHost: a\r\n"
        for tail in (b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
                     b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
                     b"X-Long: a\r\n folded\r\nContent-Length: 2\r\n\r\n{}",
                     b"Content-Length: +2\r\n\r\n{}", b"Content-Length: -1\r\n\r\n",
                     b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
                     b"Transfer-Encoding: chunked\r\n\r\nZ\r\n\r\n", b"Bad Header: x\r\n\r\n",
                     b"X" * 70000 + b": a\r\n\r\n"):
            with self.subTest(tail=tail[:60]):
                self.assertRegex(self.raw_http(head + tail)[:12], rb"^HTTP/1.1 (4|501)")
        self.assertRegex(self.raw_http(b"GET /healthz HTTP/1.1\nHost: a\n\n")[:12], rb"^HTTP/1.1 4|^$")

    def test_slow_headers_are_cut(self):
        with socket.create_connection(("127.0.0.1", self.world.port), timeout=20) as s:
            s.sendall(b"GET /healthz HTTP/1.1\r\nHost:")
            self.assertIn(s.recv(4096)[:12], (b"", b"HTTP/1.1 408"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
