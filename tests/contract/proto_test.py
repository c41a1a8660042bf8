"""The contract's manners: names, comments, pages, request ids. What buf calls STANDARD, and the house's own.

proto_test.py DESCRIPTOR-SET"""
import re
import sys
import unittest

from google.protobuf import descriptor_pb2

SET = descriptor_pb2.FileDescriptorSet()
with open(sys.argv.pop(), "rb") as source:
    SET.ParseFromString(source.read())
FILES = [file for file in SET.file if file.name.startswith("kith/")]
VERSIONED = [file for file in FILES if file.package != "kith"]
TYPES = {}
READ_ONLY = descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS
# Written by the build's own relay and by operators, not by clients that might send twice.
WITHOUT_REQUEST_ID = {"DeliverEvents", "DeliverDays"}


def collect(scope, messages):
    for message in messages:
        TYPES[f"{scope}.{message.name}"] = message
        collect(f"{scope}.{message.name}", message.nested_type)


for one in SET.file:
    collect(f".{one.package}", one.message_type)


def all_messages(messages):
    for message in messages:
        yield message
        yield from all_messages(message.nested_type)


def all_enums(file):
    yield from file.enum_type
    for message in all_messages(file.message_type):
        yield from message.enum_type


def comment(file, path):
    for location in file.source_code_info.location:
        if list(location.path) == path:
            return (location.leading_comments or location.trailing_comments).strip()
    return ""


def methods():
    for file in VERSIONED:
        for service in file.service:
            for method in service.method:
                yield file, service, method


def snake(camel):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", camel).upper()


class Contract(unittest.TestCase):
    def test_packages_are_their_folders(self):
        for file in VERSIONED:
            self.assertRegex(file.package, r"^kith\.[a-z]+\.v[0-9]+$")
            self.assertEqual(file.name.rsplit("/", 1)[0], file.package.replace(".", "/"))
            self.assertRegex(file.name.rsplit("/", 1)[1], r"^[a-z][a-z_]*\.proto$")
            self.assertEqual(file.syntax, "proto3")

    def test_names_have_their_case(self):
        for file in FILES:
            for message in all_messages(file.message_type):
                self.assertRegex(message.name, r"^[A-Z][A-Za-z0-9]*$")
                for field in message.field:
                    self.assertRegex(field.name, r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
                    self.assertFalse(field.proto3_optional, f"{message.name}.{field.name}: protobuf-c refuses optional")
            for service in file.service:
                self.assertRegex(service.name, r"^[A-Z][A-Za-z]*Service$")

    def test_enums_begin_with_nothing_said(self):
        for file in VERSIONED:
            for enum in all_enums(file):
                prefix = snake(enum.name) + "_"
                self.assertEqual((enum.value[0].name, enum.value[0].number), (prefix + "UNSPECIFIED", 0))
                for value in enum.value:
                    self.assertTrue(value.name.startswith(prefix), f"{enum.name}: {value.name}")

    def test_times_and_ids_are_what_their_names_say(self):
        for file in VERSIONED:
            for message in all_messages(file.message_type):
                for field in message.field:
                    where = f"{file.name}: {message.name}.{field.name}"
                    if field.name.endswith("_time"):
                        self.assertEqual(field.type_name, ".google.protobuf.Timestamp", where)
                    if field.name.endswith("_id") and not field.name.startswith("cancel"):
                        self.assertEqual(field.type, field.TYPE_STRING, where)

    def test_every_method_is_explained(self):
        for file in VERSIONED:
            for i, service in enumerate(file.service):
                for k, method in enumerate(service.method):
                    self.assertTrue(comment(file, [6, i, 2, k]), f"{file.name}: {service.name}.{method.name}")

    def test_requests_are_named_for_their_methods(self):
        for _, _, method in methods():
            self.assertEqual(method.input_type.rsplit(".", 1)[1], method.name + "Request")

    def test_reads_say_so_and_writes_do_not(self):
        for _, service, method in methods():
            reads = re.match(r"(Get|List|Lookup|Search|Verify|Export|CheckHealth|CancelCalls)", method.name) is not None
            self.assertEqual(method.options.idempotency_level == READ_ONLY, reads, f"{service.name}.{method.name}")

    def test_writes_can_be_sent_twice(self):
        for file, service, method in methods():
            if method.options.idempotency_level != READ_ONLY and method.name not in WITHOUT_REQUEST_ID:
                names = {field.name for field in TYPES[method.input_type].field}
                self.assertIn("request_id", names, f"{file.name}: {service.name}.{method.name}")

    def test_lists_have_pages(self):
        for file, service, method in methods():
            if method.name.startswith("List"):
                where = f"{file.name}: {service.name}.{method.name}"
                self.assertLessEqual({"page_size", "page_token"}, {f.name for f in TYPES[method.input_type].field}, where)
                self.assertIn("next_page_token", {f.name for f in TYPES[method.output_type].field}, where)

    def test_numbers_are_used_once_and_in_order_of_birth(self):
        for file in FILES:
            for message in all_messages(file.message_type):
                numbers = [field.number for field in message.field]
                self.assertEqual(len(numbers), len(set(numbers)))
                self.assertLess(max(numbers, default=0), 1000, f"{message.name} has a far number")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
