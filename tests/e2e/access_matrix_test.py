"""Who may call what, tried: every method by every kind of caller, and every method against a community that is none of the
caller's business. Methods, routes to their fields and what they promise come from reflection; requests are made by descriptor,
so that a method is covered from the day it is there."""
import os
import sys
import time
import unittest
import uuid

import grpc

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from stock import Stock, compiled, message_class  # noqa: E402
from world import World  # noqa: E402

PUBLIC, SELF, MEMBER, MODERATOR, ADMIN, OWNER, PLATFORM, SERVICE = range(1, 9)
RANKS = {"member": 1, "expert": 2, "moderator": 3, "admin": 4, "owner": 5}
NEEDED = {MEMBER: 1, MODERATOR: 3, ADMIN: 4, OWNER: 5}
# What the access check says; whatever else a method answers, it has admitted the caller.
REFUSALS = {("PERMISSION_DENIED", reason) for reason in (
    "SCOPE_MISSING", "KEY_BOUND", "NOT_ALLOWED", "NOT_A_MEMBER", "RANK_TOO_LOW", "SERVICE_ONLY")}
# Last, since a community or a member may be no more after them.
ENDINGS = ("Archive", "Split", "Merge", "Transfer", "Remove", "Leave", "Delete", "Erase", "Revoke", "Close", "Cancel")
# Options of kith/options.proto.
ACCESS, REQUIRED, MIN, MAX, FORMAT = 50001, 50101, 50103, 50104, 50106
UUID, TEXT, DATE, SLUG = 1, 2, 3, 4
MARKER = "qzxmarka"
NOBODY = "00000000-0000-7000-8000-00000000dead"


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def options(proto):
    """Numbers and values of the varint options: what a client without kith/options.proto sees as unknown fields."""
    data, at, found = proto.options.SerializeToString(), 0, {}
    while at < len(data):
        tag, at = varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = varint(data, at)
            found.setdefault(number, []).append(value)
        elif wire == 2:
            size, at = varint(data, at)
            end, start = at + size, at
            while number == ACCESS and start < end:
                value, start = varint(data, start)
                found.setdefault(number, []).append(value)
            at = end
        else:
            at += 8 if wire == 1 else 4
    return found


class Method:
    def __init__(self, stock, name, request, reply, descriptor, proto):
        self.stock, self.name, self.request, self.reply, self.descriptor = stock, name, request, reply, descriptor
        self.access = options(proto)[ACCESS]
        self.reads = proto.options.idempotency_level == 1
        self.short = name.rsplit("/", 1)[1]
        fields = request.DESCRIPTOR.fields_by_name
        masked = next((f.message_type.fields_by_name for f in fields.values() if "update_mask" in fields and f.message_type
                       and f.message_type.name != "FieldMask"), {})
        self.has_community = "community_id" in fields or "community_id" in masked
        self.has_person = "person_id" in fields or "person_id" in masked

    def offered(self):
        return self.access != [SERVICE]

    def scope(self):
        if self.reads:
            return "read"
        return "admin" if set(self.access) <= {PLATFORM, SERVICE} else "write"

    def admits_person(self, rank, himself):
        if PUBLIC in self.access or himself and SELF in self.access and self.has_person:
            return True
        needed = min((NEEDED[a] for a in self.access if a in NEEDED), default=9)
        return self.has_community and rank >= needed


class Filler:
    """Makes requests: what is required, or all that can be said. Ids by their names; others are nobody's."""

    def __init__(self, field_options, ids, text="x", everything=False):
        self.field_options, self.ids, self.text, self.everything = field_options, ids, text, everything

    def number(self, field, option):
        low, high = option.get(MIN, [1])[0], option.get(MAX, [1 << 30])[0]
        return min(max(low, 1), high)

    def string(self, field, option):
        form = option.get(FORMAT, [0])[0]
        name = field.name[:-1] if field.name.endswith("_ids") else field.name
        if name in self.ids:
            return self.ids[name]
        if name.endswith("person_id") and "person_id" in self.ids:
            return self.ids["person_id"]
        if form == DATE:
            return "2099-01-01"
        if form == SLUG:
            return self.text + "-" + uuid.uuid4().hex[:8]
        if form != TEXT and name.endswith("_id") or form == UUID:
            return NOBODY
        return self.text

    def wanted(self, field, option, inside):
        if option.get(REQUIRED) or field.name in ("community_id", "person_id") and not inside:
            return True
        return self.everything and field.name not in ("page_token", "request_id", "update_mask", "etag", "filter", "order_by")

    def fill(self, message, without=(), inside=""):
        for field in message.DESCRIPTOR.fields:
            option = self.field_options.get(field.full_name, {})
            path = inside + field.name
            if path in without or not self.wanted(field, option, inside) or field.containing_oneof:
                continue
            if field.message_type and field.message_type.GetOptions().map_entry:
                continue
            many = field.label == field.LABEL_REPEATED
            if field.message_type:
                if not option.get(REQUIRED) and (many or inside.count(".") > 1):
                    continue
                inner = getattr(message, field.name).add() if many else getattr(message, field.name)
                if field.message_type.full_name == "google.protobuf.Timestamp":
                    inner.seconds = int(time.time()) + 86400
                else:
                    inner.SetInParent()
                    self.fill(inner, without, path + ".")
                continue
            if field.type == field.TYPE_STRING:
                value = self.string(field, option)
                if value == NOBODY and not option.get(REQUIRED):
                    continue
            elif field.enum_type:
                value = field.enum_type.values[1].number
            elif field.type == field.TYPE_BYTES:
                value = b"x"
            elif field.type == field.TYPE_BOOL:
                value = False
            else:
                value = self.number(field, option)
            if many:
                getattr(message, field.name).append(value)
            else:
                setattr(message, field.name, value)
        return message


class Outcome:
    def __init__(self, code, reason="", violations=(), reply=None, raw=b""):
        self.code, self.reason, self.violations, self.reply, self.raw = code, reason, violations, reply, raw

    def __repr__(self):
        return f"{self.code} {self.reason} {','.join(self.violations)}"


class AccessMatrix(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.world = World().start()
        cls.stock = Stock(f"127.0.0.1:{cls.world.port}", cls.world.key)
        cls.details = compiled("google/rpc/status.proto", "google/rpc/error_details.proto")
        protos, cls.field_options = {}, {}

        def fields(scope, messages):
            for message in messages:
                name = f"{scope}.{message.name}"
                for field in message.field:
                    cls.field_options[f"{name}.{field.name}"] = options(field)
                fields(name, message.nested_type)

        for file in cls.stock.files.values():
            fields(file.package, file.message_type)
            for service in file.service:
                for method in service.method:
                    protos[f"/{file.package}.{service.name}/{method.name}"] = method
        cls.methods = sorted((Method(cls.stock, *method, protos[method[0]]) for method in cls.stock.methods()),
                             key=lambda m: (m.short.startswith(ENDINGS), not m.reads, m.name))

    @classmethod
    def tearDownClass(cls):
        cls.world.stop()

    # -- calling

    def send(self, method, request, key, person=None):
        metadata = [("authorization", "Bearer " + key)]
        if person:
            metadata.append(("kith-person", person))
        call = self.stock.channel.unary_unary(method.name, None, None)
        return call.future(request.SerializeToString(), timeout=20, metadata=metadata)

    def outcome(self, method, future):
        try:
            data = future.result()
            return Outcome("OK", reply=method.reply.FromString(data), raw=data)
        except grpc.RpcError as error:
            outcome = Outcome(error.code().name, raw=(error.details() or "").encode())
            for key, value in error.trailing_metadata() or ():
                if key != "grpc-status-details-bin":
                    continue
                outcome.raw += value
                for detail in message_class(self.details, "google.rpc.Status").FromString(value).details:
                    name = detail.type_url.rsplit("/", 1)[1]
                    told = message_class(self.details, name).FromString(detail.value)
                    if name == "google.rpc.ErrorInfo":
                        outcome.reason = told.reason
                    elif name == "google.rpc.BadRequest":
                        outcome.violations = [v.field for v in told.field_violations]
            return outcome

    def call(self, method, request, key, person=None):
        return self.outcome(method, self.send(method, request, key, person))

    # -- given

    def given_ranks(self):
        """A community a rank, and who has it there."""
        callers = {}
        for name in RANKS:
            person = self.world.given_person(name)
            community = self.world.given_community(name, **({"ownerPersonId": person} if name == "owner" else {}))
            if name != "owner":
                self.world.ok("POST", f"/v1/communities/{community}/memberships:join", {"personId": person})
            if name not in ("owner", "member"):
                self.world.ok("POST", f"/v1/communities/{community}/memberships/{person}:updateRole",
                              {"role": "ROLE_" + name.upper()})
            callers[name] = (person, community)
        return callers

    # -- the matrix

    def test_every_method_admits_whom_its_access_says(self):
        ranks, world = self.given_ranks(), self.world
        mine, other = world.given_community("keys"), world.given_community("not the key's")
        keys = {scope: world.create_key(scope) for scope in ("read", "write", "admin")}
        bound = world.create_key("read", "write", "admin", communities=[other])
        wrong, tried = [], 0

        for method in self.methods:
            calls = []  # (who, whether he is admitted, key, person, community, person named)
            for name, (person, community) in ranks.items():
                calls.append((name, method.admits_person(RANKS[name], False), world.key, person, community, NOBODY))
            stranger = world.given_person("stranger")
            calls.append(("stranger", method.admits_person(0, False), world.key, stranger, mine, NOBODY))
            calls.append(("self", method.admits_person(0, True), world.key, stranger, mine, stranger))
            for scope, key in keys.items():
                calls.append((f"key with {scope}", method.scope() == scope, key, None, mine, NOBODY))
            reaches = not method.has_community and PUBLIC in method.access
            calls.append(("key bound elsewhere", reaches, bound, None, mine, NOBODY))

            sent = [self.send(method, Filler(self.field_options, {"community_id": community, "person_id": named}).fill(
                method.request()), key, person) for _, _, key, person, community, named in calls]
            for (who, admitted, *_), future in zip(calls, sent):
                outcome, tried = self.outcome(method, future), tried + 1
                refused = (outcome.code, outcome.reason) in REFUSALS
                if who == "key bound elsewhere" and method.has_community:
                    refused |= (outcome.code, outcome.reason) == ("NOT_FOUND", "COMMUNITY_NOT_FOUND")
                if not method.offered():
                    if (outcome.code, outcome.reason) != ("UNIMPLEMENTED", "NO_METHOD"):
                        wrong.append(f"{method.name} by {who}: {outcome}, but is for services only")
                    continue
                if refused == admitted or outcome.code in ("UNAUTHENTICATED", "UNIMPLEMENTED", "INTERNAL", "UNKNOWN"):
                    wrong.append(f"{method.name} by {who}: {outcome}, but is {'' if admitted else 'not '}to be admitted")
        print(f"{len(self.methods)} methods, {tried} calls")
        self.assertGreater(len(self.methods), 50)
        self.assertEqual(wrong, [])
        for name, (person, community) in ranks.items():
            self.assertEqual(world.psql("SELECT role, state FROM member.membership WHERE community_id = "
                                        f"'{community}' AND person_id = '{person}'"), [[name.upper(), "ACTIVE"]],
                             f"the {name} has lost his rank on the way")

    # -- nothing leaks

    def learn(self, message, ids, inside=False):
        """The ids that a reply tells, by the names of their fields; a thing's own id goes before one it mentions."""
        for field, value in message.ListFields():
            if field.message_type:
                for one in value if field.label == field.LABEL_REPEATED else [value]:
                    self.learn(one, ids, True)
            elif field.name.endswith("_id") and field.type == field.TYPE_STRING and \
                    field.label != field.LABEL_REPEATED and not field.name.endswith("person_id"):
                ids.setdefault(field.name, value)

    def inhabit(self, community, owner):
        """Makes one of each thing that can be made, with the marker in each of its texts; returns their ids."""
        ids, made = {"community_id": community, "person_id": owner}, set()
        for _ in range(3):
            for method in self.methods:
                if method.short.startswith(ENDINGS) or not method.has_community or method.short in made and not method.reads:
                    continue
                without = {"time_zone", "locale"}
                for _ in range(6):
                    filler = Filler(self.field_options, ids, MARKER, True)
                    outcome = self.call(method, filler.fill(method.request(), without), self.world.key)
                    if outcome.code != "INVALID_ARGUMENT" or set(outcome.violations) <= without:
                        break
                    without |= set(outcome.violations) | {v.rsplit(".", 1)[-1] for v in outcome.violations}
                if outcome.code == "OK":
                    made.add(method.short)
                    self.learn(outcome.reply, ids)
        return ids, made

    def rows(self, community):
        """A hash of all that is kept of the community, table by table."""
        tables = self.world.psql(
            "SELECT table_schema, table_name FROM information_schema.columns WHERE column_name = 'community_id' "
            "AND table_schema IN ('member', 'content', 'activity', 'evaluation') AND table_name IN (SELECT table_name "
            "FROM information_schema.tables WHERE table_type = 'BASE TABLE') AND table_name NOT IN "
            "('outbox', 'outbox_late', 'outbox_dead', 'idempotency', 'pending', 'fold', 'waiting') "
            "AND table_name NOT LIKE 'interaction\\_%'")
        return {tuple(row[:1]): row[1] for row in self.world.psql(" UNION ALL ".join(
            f"SELECT '{schema}.{table}', count(*) || ' ' || md5(string_agg(t::text, ',' ORDER BY t::text)) "
            f"FROM {schema}.{table} AS t WHERE community_id = '{community}'" for schema, table in tables))}

    def settled(self, community):
        """Once everybody has heard of everything."""
        self.world.until(lambda: self.world.number(
            "SELECT (SELECT count(*) FROM evaluation.pending) + (SELECT count(*) FROM evaluation.dirty)" + "".join(
                f" + (SELECT count(*) FROM {service}.{box})" for service in ("member", "content", "activity", "evaluation")
                for box in ("outbox", "outbox_late"))) == 0)
        before = None
        while before != (now := self.rows(community)):
            before = now
            time.sleep(0.6)
        return now

    def test_nothing_of_another_community_is_told_or_changed(self):
        world = self.world
        owner, mallory = world.given_person(MARKER), world.given_person("Mallory")
        theirs = world.given_community(MARKER, ownerPersonId=owner, notice=MARKER, theme=MARKER)
        own = world.given_community("Mallory's", ownerPersonId=mallory)
        ids, made = self.inhabit(theirs, owner)
        print(f"{len(made)} methods have made something; ids of {', '.join(sorted(ids))}")
        self.assertLessEqual({"CreatePost", "CreateComment", "CreateEvent", "RegisterForEvent"}, made)
        before = self.settled(theirs)
        bound = world.create_key("read", "write", "admin", communities=[own])
        wrong, tried, said_nothing = [], 0, set()

        for method in filter(Method.offered, self.methods):
            for who, key, person in (("owner", world.key, mallory), ("bound key", bound, None)):
                for path, where in (("theirs", theirs), ("own", own)):
                    filler = Filler(self.field_options, dict(ids, community_id=where), "plain", True)
                    request = filler.fill(method.request(), {"time_zone", "locale"})
                    outcome, tried = self.call(method, request, key, person), tried + 1
                    if outcome.code == "INVALID_ARGUMENT":  # at least what is required
                        request = Filler(self.field_options, dict(ids, community_id=where), "plain").fill(method.request())
                        outcome = self.call(method, request, key, person)
                    if outcome.code == "INVALID_ARGUMENT":
                        said_nothing.add(method.short)
                    what = f"{method.name} by the {who} on {path}: {outcome}"
                    open_to_all = PUBLIC in method.access and (
                        not method.has_community or path == "theirs" and who == "owner")
                    if MARKER.encode() in outcome.raw and not open_to_all:
                        wrong.append(what + " tells what is not his")
                    if path == "theirs" and outcome.code == "OK" and method.has_community and not open_to_all:
                        wrong.append(what)
                    if outcome.code in ("INTERNAL", "UNKNOWN"):
                        wrong.append(what)
        after = self.settled(theirs)
        print(f"{tried} calls, {sum(int(v.split()[0]) for v in before.values() if v)} rows compared, no use made of "
              f"{', '.join(sorted(said_nothing)) or 'none'}")
        self.assertEqual({k: (v, after.get(k)) for k, v in before.items() if after.get(k) != v}, {})
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
