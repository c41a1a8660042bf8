"""A stock gRPC client (python3-grpcio) against a running Kith: calls, reflection, health, errors, deadline, cancellation."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import grpc  # noqa: E402

from stock import Failed, Stock, compiled, message_class  # noqa: E402
from world import World  # noqa: E402

NAMED = {
    "kith.member.v1.CommunityService", "kith.member.v1.PersonService", "kith.member.v1.MembershipService",
    "kith.content.v1.PostService", "kith.content.v1.CommentService", "kith.content.v1.ReactionService",
    "kith.activity.v1.EventService", "kith.activity.v1.RegistrationService",
    "kith.evaluation.v1.MetricService", "kith.evaluation.v1.IngestService", "kith.gateway.v1.ViewService"}


class StockClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World().start()
        cls.target = f"127.0.0.1:{cls.world.port}"
        cls.stock = Stock(cls.target, cls.world.key)

    @classmethod
    def tearDownClass(cls):
        cls.stock.channel.close()
        cls.world.stop()

    def lock_community(self, community):
        """A transaction that holds the community's row: whoever writes it waits in the database."""
        import subprocess
        holder = subprocess.Popen(["psql", "-X", "-q", "-At", "-d", self.world.url], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        holder.stdin.write(f"BEGIN; SELECT 1 FROM member.community WHERE community_id = '{community}' FOR UPDATE;\n")
        holder.stdin.flush()
        self.assertEqual(holder.stdout.readline().strip(), "1")
        return holder

    def waiting_in_sql(self):
        return self.world.number("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                 f" AND datname = '{self.world.database}'")

    def test_reflection_lists_the_services_under_both_versions(self):
        self.assertLessEqual(NAMED, set(self.stock.services))
        alpha = Stock(self.target, self.world.key, reflection="v1alpha")
        self.assertEqual(set(alpha.services), set(self.stock.services))
        alpha.channel.close()

    def test_reflection_answers_an_unknown_symbol_with_not_found(self):
        answer = self.stock.reflect([{"file_containing_symbol": "no.Such"}])[0]
        self.assertEqual(answer.error_response.error_code, grpc.StatusCode.NOT_FOUND.value[0])

    def test_unary_calls_create_and_read(self):
        made = self.stock.call("kith.member.v1.CommunityService/CreateCommunity", {
            "community": {"name": "Stock", "type": "COMMUNITY_TYPE_LEARNING", "timeZone": "Asia/Shanghai"}})
        got = self.stock.call("kith.member.v1.CommunityService/GetCommunity", {"communityId": made["communityId"]})
        self.assertEqual(got, made)
        self.assertEqual(self.world.ok("GET", "/v1/communities/" + made["communityId"])["name"], "Stock")

    def test_gzip_both_ways(self):
        community = self.world.given_community(notice="long " * 800)
        got = self.stock.call("kith.member.v1.CommunityService/GetCommunity", {"communityId": community},
                              compression=grpc.Compression.Gzip)
        self.assertEqual(len(got["notice"]), 4000)

    def test_health(self):
        pool = compiled("grpc/health/v1/health.proto")
        asks = message_class(pool, "grpc.health.v1.HealthCheckRequest")
        answers = message_class(pool, "grpc.health.v1.HealthCheckResponse")
        check = self.stock.channel.unary_unary("/grpc.health.v1.Health/Check", asks.SerializeToString,
                                               answers.FromString)
        for service in ("", *NAMED):
            self.assertEqual(check(asks(service=service), timeout=5).status, 1, service)
        with self.assertRaises(grpc.RpcError) as caught:
            check(asks(service="no.Such"), timeout=5)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.NOT_FOUND)
        watch = self.stock.channel.unary_stream("/grpc.health.v1.Health/Watch", asks.SerializeToString,
                                                answers.FromString)(asks(service=""), timeout=20)
        self.assertEqual(next(watch).status, 1)
        watch.cancel()

    def test_typed_error_details(self):
        with self.assertRaises(Failed) as caught:
            self.stock.call("kith.member.v1.CommunityService/GetCommunity",
                            {"communityId": "00000000-0000-7000-8000-000000000000"})
        failed = caught.exception
        self.assertEqual((failed.code, failed.reason, failed.domain),
                         ("NOT_FOUND", "COMMUNITY_NOT_FOUND", "kith"))
        with self.assertRaises(Failed) as caught:
            self.stock.call("kith.member.v1.CommunityService/GetCommunity", {"communityId": "seven"})
        self.assertEqual(caught.exception.code, "INVALID_ARGUMENT")
        self.assertEqual(caught.exception.violations, ["community_id"])

    def test_without_a_key(self):
        stranger = Stock(self.target)
        with self.assertRaises(Failed) as caught:
            stranger.call("kith.member.v1.CommunityService/ListCommunities")
        self.assertEqual((caught.exception.code, caught.exception.reason), ("UNAUTHENTICATED", "KEY_MISSING"))
        stranger.channel.close()

    def test_deadline_is_enforced_down_to_the_sql(self):
        community = self.world.given_community()
        person = self.world.given_person()
        holder = self.lock_community(community)
        try:
            with self.assertRaises(Failed) as caught:
                self.stock.call("kith.member.v1.MembershipService/JoinCommunity",
                                {"communityId": community, "personId": person}, timeout=1)
            self.assertEqual(caught.exception.code, "DEADLINE_EXCEEDED")
            self.world.until(lambda: self.waiting_in_sql() == 0)
        finally:
            holder.communicate("ROLLBACK;\n")
        self.assertEqual(self.world.ok("GET", "/v1/communities/" + community)["memberCount"], "0")

    def test_cancellation_reaches_the_sql(self):
        community = self.world.given_community()
        person = self.world.given_person()
        holder = self.lock_community(community)
        try:
            name = "kith.member.v1.MembershipService/JoinCommunity"
            descriptor = self.stock.pool.FindServiceByName(name.split("/")[0]).methods_by_name["JoinCommunity"]
            request = message_class(self.stock.pool, descriptor.input_type.full_name)(
                community_id=community, person_id=person)
            future = self.stock.raw("/" + name, request.SerializeToString(), timeout=60)
            self.world.until(lambda: self.waiting_in_sql() == 1)
            future.cancel()
            self.world.until(lambda: self.waiting_in_sql() == 0)
        finally:
            holder.communicate("ROLLBACK;\n")
        self.assertEqual(self.world.ok("GET", "/v1/communities/" + community)["memberCount"], "0")

    def test_unknown_methods_and_service_only_methods(self):
        for path in ("/kith.member.v1.CommunityService/NoSuch", "/no.Such/Method",
                     "/kith.ops.v1.OpsService/GetMetrics", "/kith.member.v1.ApiKeyService/VerifyApiKey"):
            with self.assertRaises(grpc.RpcError) as caught:
                self.stock.raw(path, b"").result()
            self.assertEqual(caught.exception.code(), grpc.StatusCode.UNIMPLEMENTED, path)

    def test_idempotency_key_in_metadata(self):
        body = {"person": {"displayName": "Once"}}
        first, second = (self.stock.call("kith.member.v1.PersonService/CreatePerson", body,
                                         metadata=[("idempotency-key", "once-1")]) for _ in range(2))
        self.assertEqual(first, second)
        with self.assertRaises(Failed) as caught:
            self.stock.call("kith.member.v1.PersonService/CreatePerson", {"person": {"displayName": "Other"}},
                            metadata=[("idempotency-key", "once-1")])
        self.assertEqual(caught.exception.reason, "REQUEST_ID_REUSED")


if __name__ == "__main__":
    unittest.main(verbosity=2)
