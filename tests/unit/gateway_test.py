"""The gateway at its wire: HTTP/1.1 bytes, HTTP/2, gRPC with a stock client; services that know answers by heart.

gateway_test.py FIXTURE; curl sends the frames that no stock client would."""
import gzip
import hashlib
import http.client
import json
import re
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import grpc

FIXTURE = sys.argv.pop()
ID = "00000000-0000-7000-8000-000000000"
GOOD = "kith_good_0123456789abcdef0123456789abcdef"
ANN = "kith_ann_0123456789abcdef0123456789abcdef"


class Running:
    """A gateway of its own."""

    def __init__(self, *arguments):
        self.folder = tempfile.TemporaryDirectory()
        self.tls = "tls" in arguments
        if self.tls:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                            "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=localhost",
                            "-addext", "subjectAltName=DNS:localhost"],
                           cwd=self.folder.name, check=True, capture_output=True)
        self.process = subprocess.Popen([FIXTURE, self.folder.name, *arguments], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())
        deadline = time.monotonic() + 20
        while self.get("/readyz", key=None)[0] != 200:
            assert time.monotonic() < deadline, "the services do not become ready"
            time.sleep(0.05)

    def stop(self):
        self.process.stdin.close()
        code = self.process.wait(timeout=30)
        self.process.stdout.close()
        self.folder.cleanup()
        return code

    def raw(self, data, wait=5):
        """Sends bytes, returns all that comes until the other side closes or falls silent."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(data)
            connection.settimeout(wait)
            answer = b""
            try:
                while piece := connection.recv(65536):
                    answer += piece
            except (TimeoutError, ConnectionResetError):
                pass
            return answer

    def request(self, verb, path, body=None, headers=None, key=GOOD):
        if self.tls:
            context = ssl.create_default_context(cafile=self.folder.name + "/cert.pem")
            connection = http.client.HTTPSConnection("localhost", self.port, timeout=10, context=context)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = dict(headers or {})
        if key:
            headers["Authorization"] = "Bearer " + key
        connection.request(verb, path, body, headers)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return response.status, data, response.headers

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def json(self, verb, path, body=None, **more):
        status, data, _ = self.request(verb, path, None if body is None else json.dumps(body), **more)
        return status, json.loads(data)


def setUpModule():
    global gateway
    gateway = Running()


def tearDownModule():
    assert gateway.stop() == 0, "the gateway did not end well"


def reason(body):
    return body["error"]["details"][0]["reason"]


def fields(body):
    for detail in body["error"]["details"]:
        if detail["@type"].endswith("BadRequest"):
            return [violation["field"] for violation in detail["fieldViolations"]]
    return []


class Http(unittest.TestCase):
    def test_a_get_is_answered_with_json(self):
        status, body, headers = gateway.get(f"/v1/communities/{ID}001")
        self.assertEqual(status, 200)
        body = json.loads(body)
        self.assertEqual(body["communityId"], ID + "001")
        self.assertEqual(body["name"], 'Curl "x" ä')
        self.assertEqual(body["memberCount"], "9007199254740993")
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertRegex(headers["traceparent"], "^00-[0-9a-f]{32}-[0-9a-f]{16}-01$")

    def test_a_body_that_is_no_json_is_no_field(self):
        for body, message in ((b"{", "the request is no JSON: "), (b"nul", "the request is no JSON: "),
                              (b"[]", "the request must be an object")):
            status, answer, _ = gateway.request("POST", "/kith.member.v1.CommunityService/CreateCommunity", body)
            error = json.loads(answer)["error"]
            self.assertEqual(status, 400)
            self.assertTrue(error["message"].startswith(message), error)
            self.assertEqual([d["@type"].rsplit(".", 1)[1] for d in error["details"]], ["ErrorInfo"])

    def test_the_trace_goes_on(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        _, body, headers = gateway.get(f"/v1/communities/{ID}001",
                                       headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
        self.assertEqual(headers["Kith-Trace-Id"], trace)
        self.assertEqual(json.loads(body)["notice"][3:35], trace)
        for bad in ("00-0-0-01", f"00-{'0' * 32}-00f067aa0ba902b7-01", f"ff-{trace}-00f067aa0ba902b7-01", trace):
            _, _, headers = gateway.get("/healthz", headers={"traceparent": bad})
            self.assertNotEqual(headers["Kith-Trace-Id"], trace)

    def test_head_has_the_length_and_no_body(self):
        status, body, headers = gateway.request("HEAD", f"/v1/communities/{ID}001")
        self.assertEqual((status, body), (200, b""))
        self.assertGreater(int(headers["Content-Length"]), 100)

    def test_every_method_is_reachable_by_its_name(self):
        status, body = gateway.json("POST", "/kith.member.v1.CommunityService/GetCommunity",
                                    {"communityId": ID + "001"})
        self.assertEqual((status, body["communityId"]), (200, ID + "001"))
        self.assertEqual(gateway.json("POST", "/kith.member.v1.ApiKeyService/VerifyApiKey", {"key": GOOD})[0], 404)
        self.assertEqual(gateway.json("POST", "/kith.ops.v1.OpsService/GetMetrics", {})[0], 404)

    def test_query_fills_fields(self):
        path = f"/v1/communities/{ID}001/posts?pageSize=7&topic=a%20b+c%C3%A4&kind=POST_KIND_TEXT"
        self.assertEqual(gateway.json("GET", path)[1]["nextPageToken"], "7 a b cä 1")
        self.assertEqual(gateway.json("GET", path.replace("pageSize", "page_size"))[0], 200)

    def test_a_bad_query_names_the_field(self):
        for query, field in (("nope=1", "nope"), ("pageSize=x", "pageSize"), ("kind=NO", "kind"),
                             ("page.size=1", "page.size"), ("topic=%ff", "topic"), ("topic=%00", "topic"),
                             ("topic=%4", "topic")):
            status, body = gateway.json("GET", f"/v1/communities/{ID}001/posts?{query}")
            self.assertEqual((status, fields(body)), (400, [field]), query)

    def test_a_body_is_the_message_or_its_field(self):
        status, body = gateway.json("POST", "/v1/communities", {"name": "x", "capacity": 5})
        self.assertEqual((status, body["name"], body["capacity"]), (200, "x", "5"))
        status, body = gateway.json("PATCH", f"/v1/communities/{ID}002?updateMask=time_zone", {"timeZone": "UTC"})
        self.assertEqual((status, body["timeZone"], body["slug"]), (200, "UTC", "time_zone"))

    def test_a_bad_body_names_the_field(self):
        for body, field in (({"nope": 1}, "community.nope"), ({"capacity": "x"}, "community.capacity"),
                            ({"type": "BAD"}, "community.type")):
            status, answer = gateway.json("POST", "/v1/communities", body)
            self.assertEqual((status, fields(answer)), (400, [field]))
        status, body, _ = gateway.request("POST", "/v1/communities", '{"name": "x"')
        self.assertEqual((status, fields(json.loads(body))), (400, ["community"]))
        status, body, _ = gateway.request("POST", "/v1/communities", "[" * 20000)
        self.assertEqual(status, 400)
        status, body, _ = gateway.request("POST", "/v1/communities", b'{"name":"\xff"}')
        self.assertEqual(status, 400)
        status, body, _ = gateway.request("GET", f"/v1/communities/{ID}001", "{}")
        self.assertEqual((status, reason(json.loads(body))), (400, "UNEXPECTED_BODY"))

    def test_unknown_paths_verbs_and_types(self):
        self.assertEqual(gateway.json("GET", "/nope")[0], 404)
        status, _, headers = gateway.request("PUT", "/v1/communities")
        self.assertEqual(status, 405)
        self.assertEqual(set(headers["Allow"].split(", ")), {"GET", "HEAD", "POST"})
        status, _, _ = gateway.request("POST", "/v1/communities", "a=b", {"Content-Type": "text/plain"})
        self.assertEqual(status, 415)
        status, _, _ = gateway.request("POST", "/v1/communities", "{}", {"Content-Encoding": "gzip"})
        self.assertEqual(status, 415)
        status, _, _ = gateway.request("POST", "/kith.member.v1.CommunityService/GetCommunity", "x",
                                       {"Content-Type": "application/grpc"})
        self.assertEqual(status, 415)

    def test_errors_are_told_with_their_reason(self):
        status, body = gateway.json("GET", f"/v1/communities/{ID}404")
        error = body["error"]
        self.assertEqual((status, error["code"], error["status"]), (404, 404, "NOT_FOUND"))
        self.assertEqual((error["message"], reason(body)), ("no such community ä%", "COMMUNITY_NOT_FOUND"))

    def test_our_own_bugs_tell_nothing(self):
        status, body = gateway.json("GET", f"/v1/communities/{ID}500")
        self.assertEqual(status, 500)
        self.assertNotIn("secret words", json.dumps(body))
        self.assertNotIn("SECRET", json.dumps(body))

    def test_a_failed_read_is_tried_again(self):
        self.assertEqual(gateway.json("GET", f"/v1/communities/{ID}503")[0], 200)
        status, body, headers = gateway.get(f"/v1/communities/{ID}5e3")
        self.assertEqual((status, headers["Retry-After"]), (503, "1"))
        self.assertEqual(reason(json.loads(body)), "DOWN")

    def test_a_deadline_ends_the_wait(self):
        status, body = gateway.json("GET", f"/v1/communities/{ID}510", headers={"Kith-Timeout-Ms": "200"})
        self.assertEqual((status, body["error"]["status"]), (504, "DEADLINE_EXCEEDED"))
        for bad in ("x", "0", "-1", "1.5"):
            status, body = gateway.json("GET", f"/v1/communities/{ID}001", headers={"Kith-Timeout-Ms": bad})
            self.assertEqual((status, fields(body)), (400, ["Kith-Timeout-Ms"]))

    def test_a_write_is_named(self):
        _, body = gateway.json("POST", "/v1/communities", {"name": "x"}, headers={"Idempotency-Key": "mine"})
        self.assertEqual(body["etag"], "mine")
        _, body = gateway.json("POST", "/kith.member.v1.CommunityService/CreateCommunity",
                               {"community": {"name": "x"}, "requestId": "body"})
        self.assertEqual(body["etag"], "body")
        _, body = gateway.json("POST", "/v1/communities", {"name": "x"})
        self.assertEqual(len(body["etag"]), 36)
        status, body = gateway.json("POST", "/v1/communities", {"name": "x"}, headers={"Idempotency-Key": "x" * 129})
        self.assertEqual((status, fields(body)), (400, ["Idempotency-Key"]))

    def test_a_body_has_a_limit(self):
        status, body, _ = gateway.request("POST", "/v1/communities", b"x" * ((4 << 20) + 1))
        self.assertEqual((status, reason(json.loads(body))), (413, "BODY_TOO_LARGE"))
        answer = gateway.raw(b"POST /v1/communities HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 413 "))


class Keys(unittest.TestCase):
    def check(self, key, status, why):
        code, body = gateway.json("GET", f"/v1/communities/{ID}001", key=key)
        self.assertEqual((code, reason(body)), (status, why))

    def test_a_key_is_needed_and_checked(self):
        self.check(None, 401, "KEY_MISSING")
        for bad in ("nonsense", "kith_", "kith_a_b", "kith__0123456789abcdef01234567", "kith_a b_" + "0" * 30,
                    "kith_x_" + "0" * 300):
            self.check(bad, 401, "KEY_MALFORMED")
        for kind in ("unknown", "expired", "revoked"):
            for _ in range(2):
                self.check(f"kith_{kind}_0123456789abcdef0123456789abcdef", 401, "KEY_" + kind.upper())

    def test_other_ways_to_give_it(self):
        self.assertEqual(gateway.get(f"/v1/communities/{ID}001", key=None, headers={"X-Api-Key": GOOD})[0], 200)
        status, body, headers = gateway.get(f"/v1/communities/{ID}001", key=None,
                                            headers={"Authorization": "Basic abc"})
        self.assertEqual((status, reason(json.loads(body))), (401, "KEY_MALFORMED"))
        self.assertIn("Bearer", headers["WWW-Authenticate"])

    def test_a_key_acts_for_a_person(self):
        theme = lambda **more: gateway.json("GET", f"/v1/communities/{ID}001", **more)[1]["theme"]
        person = "00000000-0000-7000-8000-0000000000bb"
        self.assertEqual(theme(), "2 good ")
        self.assertEqual(theme(headers={"Kith-Person": person}), "3 good " + person)
        self.assertEqual(theme(), "2 good ")
        self.assertEqual(theme(key=ANN), "3 ann 00000000-0000-7000-8000-0000000000aa")
        status, body = gateway.json("GET", f"/v1/communities/{ID}001", key=ANN, headers={"Kith-Person": person})
        self.assertEqual((status, reason(body)), (403, "PERSON_NOT_OF_KEY"))
        status, body = gateway.json("GET", f"/v1/communities/{ID}001", headers={"Kith-Person": "bob"})
        self.assertEqual((status, fields(body)), (400, ["Kith-Person"]))

    def test_a_crowd_with_one_new_key_is_served(self):
        key = "kith_good_" + hashlib.sha256(str(time.time()).encode()).hexdigest()
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(
            gateway.get(f"/v1/communities/{ID}001", key=key)[0])) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [200] * 20)


GET = f"GET /v1/communities/{ID}001 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {GOOD}\r\n".encode()
POST = f"POST /v1/communities HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {GOOD}\r\n".encode()


class Wire(unittest.TestCase):
    def statuses(self, data, wait=5):
        answer, found = gateway.raw(data, wait), []
        while True:
            at = answer.find(b"HTTP/1.1 ")
            if at < 0:
                return found
            found.append(int(answer[at + 9:at + 12]))
            answer = answer[at + 12:]

    def test_pipelined_requests_are_answered_in_order(self):
        data = (GET + b"\r\n") * 20 + GET.replace(b"001", b"404") + b"Connection: close\r\n\r\n"
        self.assertEqual(self.statuses(data), [200] * 20 + [404])

    def test_bytes_may_come_one_by_one(self):
        with socket.create_connection(("127.0.0.1", gateway.port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in POST + b"Content-Length: 12\r\nConnection: close\r\n\r\n" + b'{"name":"x"}':
                connection.sendall(bytes([byte]))
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "))

    def test_chunked_bodies(self):
        end = b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        self.assertEqual(self.statuses(POST + end + b'7\r\n{"name"\r\n5;a=b\r\n:"x"}\r\n0\r\nTrailer: x\r\n\r\n'), [200])
        for bad in (b"zz\r\n", b"-1\r\n", b"0x5\r\n", b"5\n", b"FFFFFFFFFFFFFFFF\r\n", b"3\r\nabcd\r\n", b"\r\n",
                    b"5" + b";" * 100, b" 5\r\n", b"2\r\nab\n"):
            self.assertEqual(self.statuses(POST + end + bad), [400], bad)
        self.assertEqual(self.statuses(POST + end + b"500000\r\n" + b"x" * 0x500000), [413])

    def test_two_lengths_are_refused(self):
        for head in (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                     b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                     b"Content-Length: 5\r\nContent-Length: 5\r\n", b"Content-Length: 5\r\nContent-Length: 6\r\n",
                     b"Content-Length: 5, 5\r\n", b"Content-Length: +5\r\n", b"Content-Length: -5\r\n",
                     b"Content-Length: 0x5\r\n", b"Content-Length: \r\n", b"Content-Length: 5 5\r\n",
                     b"Content-Length: 99999999999999999999999\r\n",
                     b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"):
            self.assertEqual(self.statuses(POST + head + b"\r\n0\r\n\r\n"), [400], head)
        for head in (b"Transfer-Encoding: gzip\r\n", b"Transfer-Encoding: gzip, chunked\r\n",
                     b"Transfer-Encoding: xchunked\r\n", b"Transfer-Encoding: chunked, identity\r\n",
                     b"Transfer-Encoding:\x0bchunked\r\n"):
            self.assertIn(self.statuses(POST + head + b"\r\n0\r\n\r\n"), ([501], [400]), head)

    def test_malformed_heads_are_refused(self):
        for data in (GET.replace(b"\r\n", b"\n") + b"\n", GET + b"X: a\r\n b\r\n\r\n", GET + b"X: a\r\n\tb\r\n\r\n",
                     GET + b"X : a\r\n\r\n", GET + b" X: a\r\n\r\n", GET + b"X\r\n\r\n", GET + b": a\r\n\r\n",
                     GET + b"X: a\rb\r\n\r\n", GET + b"X: a\x00b\r\n\r\n", GET + b"X\x00: a\r\n\r\n",
                     GET + b"X(: a\r\n\r\n", b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1 x\r\nHost: x\r\n\r\n",
                     b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / \r\nHost: x\r\n\r\n", b"NOPE / HTTP/1.1\r\n\r\n",
                     b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", b"\x16\x03\x01\r\n\r\n",
                     GET + GET.split(b"\r\n")[2] + b"\r\n\r\n"):
            self.assertIn(self.statuses(data), ([400], [505]), data)
        self.assertEqual(self.statuses(GET + b"X: " + b"y" * 20000 + b"\r\n\r\n"), [431])
        self.assertEqual(self.statuses(GET + b"X: y\r\n" * 200 + b"\r\n"), [431])
        self.assertEqual(self.statuses(b"GET /" + b"y" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"), [414])

    def test_what_follows_a_refused_request_is_not_read(self):
        smuggled = GET + b"\r\n"
        self.assertEqual(self.statuses(POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
                                       smuggled), [400])

    def test_expect_is_answered(self):
        with socket.create_connection(("127.0.0.1", gateway.port)) as connection:
            connection.sendall(POST + b"Content-Length: 12\r\nExpect: 100-continue\r\n\r\n")
            self.assertEqual(connection.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.sendall(b'{"name":"x"}')
            self.assertTrue(connection.recv(1000).startswith(b"HTTP/1.1 200 "))

    def test_http_1_0_closes(self):
        answer = gateway.raw(GET.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "))
        self.assertIn(b"Connection: close", answer)

    def test_a_head_that_does_not_end_is_dropped(self):
        start = time.monotonic()
        self.assertEqual(gateway.raw(b"GET / HTTP/1.1\r\nHost", 6), b"")
        self.assertLess(time.monotonic() - start, 4)

    def test_a_client_that_goes_away_leaves_nothing(self):
        for _ in range(10):
            with socket.create_connection(("127.0.0.1", gateway.port)) as connection:
                connection.sendall(GET.replace(b"001", b"510") + b"\r\n")
        deadline = time.monotonic() + 10
        while b'kith_http_requests_in_flight{service="gateway"} 1\n' not in gateway.get("/metrics", key=None)[1]:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    def test_more_connections_than_allowed_wait(self):
        held = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(60)]
        time.sleep(0.1)
        for connection in held:
            connection.close()
        self.assertEqual(gateway.get("/healthz", key=None)[0], 200)


class Pages(unittest.TestCase):
    def test_metrics_have_one_head_a_family(self):
        gateway.get(f"/v1/communities/{ID}001")
        text = gateway.get("/metrics", key=None)[1].decode()
        heads = [line for line in text.splitlines() if line.startswith("# TYPE ")]
        self.assertEqual(len(heads), len({line.split()[2] for line in heads}))
        for service in ("member", "content", "activity", "evaluation"):
            self.assertIn(f'kith_test_total{{x="{service}",service="{service}"}} 1', text)
        self.assertIn('kith_http_requests_total{method="kith.member.v1.CommunityService/GetCommunity",code="OK"', text)

    def test_ready_tells_of_each_service(self):
        status, body, _ = gateway.get("/readyz", key=None)
        body = json.loads(body)
        self.assertEqual((status, body["serving"], len(body["services"])), (200, True, 4))

    def test_the_contract_is_there(self):
        body = json.loads(gateway.get("/openapi.json", key=None)[1])
        self.assertIn("/v1/communities", body["paths"])
        self.assertEqual(gateway.request("POST", "/openapi.json")[0], 405)


class View(unittest.TestCase):
    def test_a_failed_section_leaves_the_others(self):
        status, body = gateway.json("GET", f"/v1/communities/{ID}001/overview?postCount=3")
        self.assertEqual(status, 200)
        self.assertEqual(body["member"]["community"]["communityId"], ID + "001")
        self.assertEqual(body["member"]["status"]["reason"], "OK")
        self.assertEqual(body["evaluation"]["status"], {"code": 9, "reason": "NO_DATA", "message": "nothing to count"})
        self.assertEqual(body["content"]["status"]["code"], 0)

    def test_an_unknown_community_is_the_whole_error(self):
        status, body = gateway.json("GET", f"/v1/communities/{ID}404/overview")
        self.assertEqual((status, reason(body)), (404, "COMMUNITY_NOT_FOUND"))

    def test_member_down_is_one_section(self):
        status, body = gateway.json("GET", f"/v1/communities/{ID}5e3/overview")
        self.assertEqual((status, body["member"]["status"]["code"]), (200, 14))

    def test_a_slow_service_is_cut_off_in_time(self):
        status, body = gateway.json("GET", f"/v1/communities/{ID}510/overview", headers={"Kith-Timeout-Ms": "500"})
        self.assertEqual((status, body["member"]["status"]["reason"]), (200, "DEADLINE_EXCEEDED"))
        self.assertEqual(body["content"]["status"]["code"], 0)

    def test_strangers_see_nothing(self):
        self.assertEqual(gateway.json("GET", f"/v1/communities/{ID}001/overview", key=ANN)[0], 200)
        status, body = gateway.json("GET", f"/v1/communities/{ID}add/overview", key=ANN)
        self.assertEqual((status, reason(body)), (403, "NOT_A_MEMBER"))

    def test_its_request_is_validated(self):
        self.assertEqual(gateway.json("GET", f"/v1/communities/nonsense/overview")[0], 400)
        self.assertEqual(gateway.json("GET", f"/v1/communities/{ID}001/overview?postCount=99")[0], 400)


def text_field(number, text):
    data = text.encode()
    return bytes([number << 3 | 2, len(data)]) + data


IDENTITY = lambda data: data


class Grpc(unittest.TestCase):
    def setUp(self):
        self.channel = grpc.insecure_channel(f"127.0.0.1:{gateway.port}")
        self.addCleanup(self.channel.close)

    def call(self, method, request, key=GOOD, channel=None, **more):
        metadata = [("authorization", "Bearer " + key)] if key else []
        metadata += more.pop("metadata", [])
        return (channel or self.channel).unary_unary("/" + method, IDENTITY, IDENTITY)(
            request, metadata=metadata, timeout=more.pop("timeout", 5), **more)

    def fails(self, *arguments, **more):
        with self.assertRaises(grpc.RpcError) as caught:
            self.call(*arguments, **more)
        return caught.exception

    GET = "kith.member.v1.CommunityService/GetCommunity"

    def test_a_call_is_answered(self):
        reply = self.call(self.GET, text_field(1, ID + "001"))
        self.assertIn((ID + "001").encode(), reply)

    def test_errors_have_their_details(self):
        error = self.fails(self.GET, text_field(1, ID + "404"))
        self.assertEqual((error.code(), error.details()), (grpc.StatusCode.NOT_FOUND, "no such community ä%"))
        trailers = dict(error.trailing_metadata())
        self.assertIn(b"COMMUNITY_NOT_FOUND", trailers["grpc-status-details-bin"])
        self.assertEqual(self.fails(self.GET, text_field(1, ID + "500")).code(), grpc.StatusCode.INTERNAL)

    def test_keys_are_checked(self):
        self.assertEqual(self.fails(self.GET, b"", key=None).code(), grpc.StatusCode.UNAUTHENTICATED)
        self.assertEqual(self.fails(self.GET, b"", key="kith_expired_0123456789abcdef0123").code(),
                         grpc.StatusCode.UNAUTHENTICATED)

    def test_unknown_methods(self):
        for method in ("kith.member.v1.CommunityService/Nope", "nope/Nope", "kith.ops.v1.OpsService/CheckHealth",
                       "kith.member.v1.ApiKeyService/VerifyApiKey"):
            self.assertEqual(self.fails(method, b"").code(), grpc.StatusCode.UNIMPLEMENTED)

    def test_malformed_messages(self):
        for bad in (b"\xff\xff", text_field(1, "x")[:-1], b"\x0a\x02\xff\xfe", text_field(1, "a\0b"), b"\x08\x01"):
            self.assertEqual(self.fails(self.GET, bad).code(), grpc.StatusCode.INVALID_ARGUMENT, bad)

    def test_a_message_has_a_limit(self):
        error = self.fails(self.GET, b"x" * ((4 << 20) + 1))
        self.assertEqual(error.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)

    def test_the_deadline_counts(self):
        error = self.fails(self.GET, text_field(1, ID + "510"), timeout=0.3)
        self.assertEqual(error.code(), grpc.StatusCode.DEADLINE_EXCEEDED)

    def test_a_cancelled_call_is_let_go(self):
        call = self.channel.unary_unary("/" + self.GET, IDENTITY, IDENTITY).future(
            text_field(1, ID + "510"), metadata=[("authorization", "Bearer " + GOOD)])
        time.sleep(0.2)
        call.cancel()
        self.assertTrue(call.cancelled())
        self.call(self.GET, text_field(1, ID + "001"))

    def test_gzip_both_ways(self):
        with grpc.insecure_channel(f"127.0.0.1:{gateway.port}", compression=grpc.Compression.Gzip) as channel:
            reply = self.call(self.GET, text_field(1, ID + "b16"), channel=channel)
        self.assertGreater(len(reply), 100000)

    def test_a_bomb_does_not_go_off(self):
        bomb = gzip.compress(bytes(200 << 20), 9)
        self.assertLess(len(bomb), 1 << 20)
        status, headers = self.raw_grpc(b"\x01" + struct.pack(">I", len(bomb)) + bomb, ["grpc-encoding: gzip"])
        self.assertEqual(headers["grpc-status"], "8")

    def raw_grpc(self, frame, more=()):
        """One POST through curl: frames that no stock client would send."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(frame)
            file.flush()
            command = ["curl", "-s", "-i", "--http2-prior-knowledge", "-X", "POST", "--data-binary", "@" + file.name]
            for header in ("content-type: application/grpc", "te: trailers", "authorization: Bearer " + GOOD, *more):
                command += ["-H", header]
            command.append(f"http://127.0.0.1:{gateway.port}/{self.GET}")
            output = subprocess.run(command, capture_output=True, check=False, timeout=30).stdout
        lines = output.decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        return int(lines[0].split(" ")[1]), headers

    def test_frames_that_are_none(self):
        whole = text_field(1, ID + "001")
        for frame, expected in ((b"", "3"), (b"\0\0\0", "3"), (b"\0" + struct.pack(">I", 99) + whole, "3"),
                                (b"\0" + struct.pack(">I", len(whole)) + whole + b"more", "3"),
                                (b"\x02" + struct.pack(">I", len(whole)) + whole, "12"),
                                (b"\x01" + struct.pack(">I", len(whole)) + whole, "12"),
                                (b"\0" + struct.pack(">I", 0xffffffff), "8")):
            self.assertEqual(self.raw_grpc(frame)[1].get("grpc-status"), expected, frame)
        broken = b"\x01" + struct.pack(">I", len(whole)) + whole
        self.assertEqual(self.raw_grpc(broken, ["grpc-encoding: gzip"])[1]["grpc-status"], "3")

    def test_metadata_names_the_write(self):
        reply = self.call("kith.member.v1.CommunityService/CreateCommunity", b"\x0a\x03\x22\x01x",
                          metadata=[("idempotency-key", "from-metadata")])
        self.assertIn(b"from-metadata", reply)
        reply = self.call("kith.member.v1.CommunityService/CreateCommunity",
                          b"\x0a\x03\x22\x01x" + text_field(2, "from-message"))
        self.assertIn(b"from-message", reply)

    def test_views_are_methods_like_others(self):
        reply = self.call("kith.gateway.v1.ViewService/GetCommunityOverview", text_field(1, ID + "001"))
        self.assertIn((ID + "001").encode(), reply)
        error = self.fails("kith.gateway.v1.ViewService/GetCommunityOverview", text_field(1, "x"))
        self.assertEqual(error.code(), grpc.StatusCode.INVALID_ARGUMENT)

    def test_health(self):
        check = lambda name: self.call("grpc.health.v1.Health/Check", text_field(1, name) if name else b"", key=None)
        self.assertEqual(check(""), b"\x08\x01")
        self.assertEqual(check("kith.member.v1.CommunityService"), b"\x08\x01")
        self.assertEqual(self.fails("grpc.health.v1.Health/Check", text_field(1, "nope"), key=None).code(),
                         grpc.StatusCode.NOT_FOUND)
        watch = self.channel.unary_stream("/grpc.health.v1.Health/Watch", IDENTITY, IDENTITY)(b"")
        self.assertEqual(next(watch), b"\x08\x01")
        watch.cancel()
        watch = self.channel.unary_stream("/grpc.health.v1.Health/Watch", IDENTITY, IDENTITY)(text_field(1, "nope"))
        self.assertEqual(next(watch), b"\x08\x03")
        watch.cancel()

    def test_reflection(self):
        for version in ("v1", "v1alpha"):
            method = self.channel.stream_stream(
                f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo", IDENTITY, IDENTITY)
            answers = list(method(iter([text_field(7, ""), text_field(3, "kith/member/v1/community.proto"),
                                        text_field(4, "kith.member.v1.CommunityService"),
                                        text_field(4, "kith.member.v1.Community.name"), text_field(4, "nope"),
                                        text_field(6, "google.protobuf.MethodOptions"), b""])))
            self.assertEqual(len(answers), 7)
            self.assertIn(b"kith.member.v1.CommunityService", answers[0])
            self.assertIn(f"grpc.reflection.{version}.ServerReflection".encode(), answers[0])
            for answer in answers[1:4]:
                self.assertIn(b"kith/member/v1/community.proto", answer)
            self.assertIn(b"there is no such thing", answers[4])

    def test_many_at_once_on_one_connection(self):
        calls = [self.channel.unary_unary("/" + self.GET, IDENTITY, IDENTITY).future(
            text_field(1, ID + "%03d" % (i % 100)), metadata=[("authorization", "Bearer " + GOOD)], timeout=20)
            for i in range(500)]
        for i, call in enumerate(calls):
            self.assertIn((ID + "%03d" % (i % 100)).encode(), call.result())


class Life(unittest.TestCase):
    def test_limits_are_told_and_kept(self):
        limited = Running("limited")
        self.addCleanup(limited.stop)
        codes = []
        for _ in range(5):
            status, body, headers = limited.get(f"/v1/communities/{ID}001")
            codes.append(status)
            self.assertEqual(headers["RateLimit-Limit"], "3")
        self.assertEqual(codes[:3], [200, 200, 200])
        self.assertIn(429, codes)
        self.assertEqual((reason(json.loads(body)), headers["Retry-After"]), ("RATE_LIMITED", "1"))

    def test_tls_carries_both_codecs(self):
        private = Running("tls")
        self.addCleanup(private.stop)
        self.assertEqual(private.get(f"/v1/communities/{ID}b16")[0], 200)
        status, _, _ = private.request("POST", "/v1/communities", json.dumps({"name": "x" * 150, "notice": "y" * 4000}))
        self.assertEqual(status, 200)
        with open(private.folder.name + "/cert.pem", "rb") as file:
            credentials = grpc.ssl_channel_credentials(file.read())
        with grpc.secure_channel(f"localhost:{private.port}", credentials) as channel:
            reply = channel.unary_unary("/" + Grpc.GET, IDENTITY, IDENTITY)(
                text_field(1, ID + "b16"), metadata=[("authorization", "Bearer " + GOOD)], timeout=5)
        self.assertGreater(len(reply), 100000)
        self.assertNotIn(b"HTTP/1.1", private.raw(b"GET / HTTP/1.1\r\n\r\n", 2))

    def test_draining_finishes_what_is_in_flight(self):
        leaving = Running()
        answers = []
        thread = threading.Thread(target=lambda: answers.append(leaving.get(f"/v1/communities/{ID}510")))
        channel = grpc.insecure_channel(f"127.0.0.1:{leaving.port}")
        call = channel.unary_unary("/" + Grpc.GET, IDENTITY, IDENTITY).future(
            text_field(1, ID + "510"), metadata=[("authorization", "Bearer " + GOOD)])
        watch = channel.unary_stream("/grpc.health.v1.Health/Watch", IDENTITY, IDENTITY)(b"")
        self.assertEqual(next(watch), b"\x08\x01")
        thread.start()
        end = time.monotonic() + 1.8  # the calls take two seconds
        # The two calls, the watch and the question itself.
        while int(re.search(rb"\nkith_http_requests_in_flight(?:{[^}]*})? (\d+)", leaving.get("/metrics")[1])[1]) < 4:
            self.assertLess(time.monotonic(), end)
        idle = socket.create_connection(("127.0.0.1", leaving.port))
        leaving.process.stdin.close()
        self.assertEqual(next(watch), b"\x08\x02")
        thread.join()
        self.assertEqual((answers[0][0], answers[0][2]["Connection"]), (200, "close"))
        self.assertIn((ID + "510").encode(), call.result())
        self.assertEqual(leaving.process.wait(timeout=10), 0)
        leaving.process.stdout.close()
        leaving.folder.cleanup()
        channel.close()
        idle.close()

    def test_writes_are_chained_in_the_audit_log(self):
        for i in range(3):
            gateway.json("POST", "/v1/communities", {"name": "x"}, headers={"Idempotency-Key": f"audit-{i}"})
        gateway.get(f"/v1/communities/{ID}001")
        with open(gateway.folder.name + "/audit", "rb") as file:
            lines = file.read().splitlines()
        before = "0" * 64
        for line in lines:
            self.assertEqual(json.loads(line)["prev"], before)
            before = hashlib.sha256(line).hexdigest()
        self.assertEqual(json.loads(lines[-1])["request_id"], "audit-2")
        self.assertEqual(json.loads(lines[-1])["key"], "good")


if __name__ == "__main__":
    unittest.main()
