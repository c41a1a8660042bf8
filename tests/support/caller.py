"""The three ways to call a method, alike: over HTTP by its route, over gRPC by a stock client, over nng by stock libnng. Each has
ask(method, person, **fields), which takes the request's fields by their JSON names, answers with the reply's JSON, or raises
Refused."""
import ctypes
import ctypes.util
import functools
import glob
import hashlib
import hmac
import json
import os
import re
import time
import urllib.parse

from google.protobuf import json_format

from stock import Failed, Stock, TOP, compiled, message_class


class Refused(Exception):
    def __init__(self, method, reason, facts, message):
        super().__init__(f"{method}: {reason} {facts} {message}")
        self.reason, self.facts = reason, facts


@functools.lru_cache
def contract():
    """Everything in proto/kith, by protoc."""
    proto = os.path.join(TOP, "proto")
    files = sorted(os.path.relpath(f, proto) for f in glob.glob(proto + "/kith/**/*.proto", recursive=True))
    return compiled(*files, "google/rpc/status.proto", "google/rpc/error_details.proto")


def full_name(method):
    """"GoalService/CreateGoal" is of member; "content.PostService/CreatePost" names its service."""
    service = "member." if "." not in method else ""
    return "kith." + re.sub(r"^(\w+)\.", r"\1.v1.", service + method)


def request_of(name):
    service, method = name.split("/")
    return contract().FindServiceByName(service).methods_by_name[method].input_type


class OverHttp:
    def __init__(self, world):
        self.world, self.routes = world, {}
        for path, verbs in world.ok("GET", "/openapi.json")["paths"].items():
            for verb, operation in verbs.items():
                if isinstance(operation, dict) and "operationId" in operation:
                    self.routes[operation["operationId"].replace("_", "/")] = (verb.upper(), path, operation)

    def close(self):
        pass

    @staticmethod
    def taken(name, operation, fields):
        """The body that the route takes of the fields: all that are left, one of them, or none."""
        if "requestBody" not in operation:
            return None
        reference = operation["requestBody"]["content"]["application/json"]["schema"].get("$ref")
        if reference is None:
            body = dict(fields)
            fields.clear()
            return body
        one = next(f for f in request_of(name).fields if f.message_type and reference.endswith(f.message_type.name))
        return fields.pop(one.json_name)

    def ask(self, method, person=None, /, **fields):
        name = full_name(method)
        verb, path, operation = self.routes[name.rsplit(".", 1)[1]]
        for variable in re.findall(r"{(\w+)}", path):
            value = fields.pop(re.sub(r"_(\w)", lambda m: m[1].upper(), variable))
            path = path.replace("{%s}" % variable, urllib.parse.quote(value, safe=""))
        body = self.taken(name, operation, fields)
        if fields:
            path += "?" + urllib.parse.urlencode(
                {re.sub(r"([A-Z])", lambda m: "_" + m[1].lower(), k): str(v).lower() if isinstance(v, bool) else v
                 for k, v in fields.items()})
        answer = self.world.http(verb, path, body, headers={"Kith-Person": person} if person else None)
        if answer.code < 300:
            return answer.json
        facts = [d.get("metadata", {}) for d in answer.json["error"]["details"] if d["@type"].endswith("ErrorInfo")]
        raise Refused(method, answer.reason, facts[0] if facts else {}, answer.json["error"]["message"])


class OverGrpc:
    def __init__(self, world):
        self.stock = Stock(f"127.0.0.1:{world.port}", world.key)

    def close(self):
        self.stock.channel.close()

    def ask(self, method, person=None, /, **fields):
        try:
            return self.stock.call(full_name(method), fields, metadata=[("kith-person", person)] if person else [])
        except Failed as failed:
            raise Refused(method, failed.reason, failed.metadata, failed.message) from None


class Socket(ctypes.Structure):
    _fields_ = [("id", ctypes.c_uint32)]


class OverNng:
    """A backend that holds the cluster's secret: signs its callers itself and speaks to each service."""

    def __init__(self, world):
        self.world, self.sockets = world, {}
        self.nng = ctypes.CDLL(ctypes.util.find_library("nng") or "libnng.so.1")
        self.nng.nng_dial.argtypes = [Socket, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int]
        self.nng.nng_setopt_ms.argtypes = [Socket, ctypes.c_char_p, ctypes.c_int32]
        self.nng.nng_send.argtypes = [Socket, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
        self.nng.nng_recv.argtypes = [Socket, ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_size_t),
                                      ctypes.c_int]
        self.nng.nng_free.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
        self.nng.nng_close.argtypes = [Socket]

    def message(self, name, **fields):
        return message_class(contract(), name)(**fields)

    def must(self, code):
        assert code == 0, f"libnng says {code}"

    def socket(self, service):
        if service not in self.sockets:
            socket = self.sockets[service] = Socket()
            self.must(self.nng.nng_req0_open(ctypes.byref(socket)))
            self.must(self.nng.nng_setopt_ms(socket, b"recv-timeout", 30000))
            self.must(self.nng.nng_dial(socket, f"ipc://{self.world.path(service + '.sock')}".encode(), None, 0))
        return self.sockets[service]

    def close(self):
        for socket in self.sockets.values():
            self.nng.nng_close(socket)

    def signed(self, person):
        caller = self.message("kith.Caller", kind=3 if person else 2, key_id="backend", person_id=person or "",
                              scopes=["read", "write", "admin"],
                              expire_time_ms=int(time.time() * 1000) + 60000).SerializeToString()
        mac = hmac.new(bytes.fromhex(self.world.secret), caller, hashlib.sha256).digest()
        return self.message("kith.SignedCaller", caller=caller, mac=mac).SerializeToString()

    def exchange(self, service, data):
        """One request, one reply, by the REQ socket of that service."""
        allocate, answer, size = 1, ctypes.c_void_p(), ctypes.c_size_t()
        socket = self.socket(service)
        self.must(self.nng.nng_send(socket, data, len(data), 0))
        self.must(self.nng.nng_recv(socket, ctypes.byref(answer), ctypes.byref(size), allocate))
        reply = ctypes.string_at(answer, size.value)
        self.nng.nng_free(answer, size)
        return reply

    def ask(self, method, person=None, /, **fields):
        name = full_name(method)
        service, short = name.split("/")
        called = contract().FindServiceByName(service).methods_by_name[short]
        request = message_class(contract(), called.input_type.full_name)()
        json_format.ParseDict(fields, request, descriptor_pool=contract())
        call = self.message("kith.Call", request=request.SerializeToString(), caller=self.signed(person))
        data = self.message("kith.Request", method=name, calls=[call]).SerializeToString()
        reply = self.message("kith.Reply").FromString(self.exchange(name.split(".")[1], data))
        result = reply.results[0]
        if result.code:
            raise self.refused(method, result)
        told = message_class(contract(), called.output_type.full_name).FromString(result.reply)
        return json.loads(json_format.MessageToJson(told, including_default_value_fields=True,
                                                    descriptor_pool=contract()))

    def refused(self, method, result):
        status = self.message("google.rpc.Status").FromString(result.status)
        for detail in status.details:
            if detail.type_url.endswith("google.rpc.ErrorInfo"):
                info = self.message("google.rpc.ErrorInfo").FromString(detail.value)
                return Refused(method, info.reason, dict(info.metadata), status.message)
        return Refused(method, None, {}, status.message)
