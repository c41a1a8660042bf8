"""A stock gRPC client: knows only what server reflection tells. Written on python3-grpcio, with nothing of Kith's."""
import os
import subprocess
import tempfile

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format
from google.protobuf.internal import api_implementation  # noqa: F401  (fails early when protobuf is broken)
from google.protobuf import message_factory

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def message_class(pool, name):
    descriptor = pool.FindMessageTypeByName(name)
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


def compiled(*files):
    """A pool of .proto files compiled by protoc: for the protocols a stock client brings along."""
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["protoc", "-I" + os.path.join(TOP, "proto"), "-I/usr/include", "--include_imports",
                        "--descriptor_set_out=" + out.name, *files], check=True)
        files_set = descriptor_pb2.FileDescriptorSet.FromString(out.read())
    pool = descriptor_pool.DescriptorPool()
    for file in files_set.file:
        pool.Add(file)
    return pool


class Failed(Exception):
    """A gRPC error with its typed details taken apart."""

    def __init__(self, error):
        self.code = error.code().name
        self.message = error.details()
        self.reason, self.metadata, self.violations = None, {}, []
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                self.take(value)
        super().__init__(f"{self.code} {self.reason} {self.message} {self.violations}")

    def take(self, data):
        pool = compiled("google/rpc/status.proto", "google/rpc/error_details.proto")
        status = message_class(pool, "google.rpc.Status").FromString(data)
        self.status_code = status.code
        for detail in status.details:
            name = detail.type_url.rsplit("/", 1)[1]
            value = message_class(pool, name).FromString(detail.value)
            if name == "google.rpc.ErrorInfo":
                self.reason, self.domain, self.metadata = value.reason, value.domain, dict(value.metadata)
            elif name == "google.rpc.BadRequest":
                self.violations = [v.field for v in value.field_violations]


class Stock:
    def __init__(self, target, key=None, reflection="v1", options=()):
        self.channel = grpc.insecure_channel(target, options=list(options))
        self.key = key
        self.pool = descriptor_pool.DescriptorPool()
        self.reflection = reflection
        self.files = {}
        self.learn()

    def metadata(self, extra=()):
        return ([("authorization", "Bearer " + self.key)] if self.key else []) + list(extra)

    def reflect(self, requests):
        pool = compiled(f"grpc/reflection/{self.reflection}/reflection.proto")
        package = f"grpc.reflection.{self.reflection}"
        asks = message_class(pool, package + ".ServerReflectionRequest")
        answers = message_class(pool, package + ".ServerReflectionResponse")
        method = self.channel.stream_stream(f"/{package}.ServerReflection/ServerReflectionInfo",
                                            asks.SerializeToString, answers.FromString)
        return list(method(iter([asks(**r) for r in requests]), timeout=20, metadata=self.metadata()))

    def learn(self):
        self.services = [s.name for s in self.reflect([{"list_services": "*"}])[0].list_services_response.service]
        for answer in self.reflect([{"file_containing_symbol": s} for s in self.services]):
            for data in answer.file_descriptor_response.file_descriptor_proto:
                file = descriptor_pb2.FileDescriptorProto.FromString(data)
                self.files[file.name] = file
        missing = True
        while missing:
            missing = {d for f in self.files.values() for d in f.dependency} - set(self.files)
            for answer in self.reflect([{"file_by_filename": m} for m in missing]) if missing else ():
                for data in answer.file_descriptor_response.file_descriptor_proto:
                    file = descriptor_pb2.FileDescriptorProto.FromString(data)
                    self.files[file.name] = file
        added = set()

        def add(name):
            if name in added:
                return
            added.add(name)
            for dependency in self.files[name].dependency:
                add(dependency)
            self.pool.Add(self.files[name])

        for name in list(self.files):
            add(name)

    def methods(self):
        """(full name, request class, reply class, options) of every unary kith method."""
        for service in self.services:
            if not service.startswith("kith."):
                continue
            for method in self.pool.FindServiceByName(service).methods:
                yield (f"/{service}/{method.name}", message_class(self.pool, method.input_type.full_name),
                       message_class(self.pool, method.output_type.full_name), method)

    def raw(self, path, data, timeout=20, metadata=(), compression=None):
        """Sends bytes, returns a future of bytes."""
        call = self.channel.unary_unary(path, None, None)
        return call.future(data, timeout=timeout, metadata=self.metadata(metadata), compression=compression)

    def call(self, name, body=None, timeout=20, metadata=(), compression=None):
        """Calls "kith.x.v1.S/M" with a dict (JSON names); returns a dict (JSON mapping) or raises Failed."""
        service, method = name.split("/")
        descriptor = self.pool.FindServiceByName(service).methods_by_name[method]
        request = message_class(self.pool, descriptor.input_type.full_name)()
        json_format.ParseDict(body or {}, request, descriptor_pool=self.pool)
        try:
            data = self.raw("/" + name, request.SerializeToString(), timeout, metadata, compression).result()
        except grpc.RpcError as error:
            raise Failed(error) from None
        reply = message_class(self.pool, descriptor.output_type.full_name).FromString(data)
        return json_format.MessageToDict(reply, including_default_value_fields=True, descriptor_pool=self.pool)
