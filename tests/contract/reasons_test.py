"""Every reason for which a service refuses is told where its users read: in the comment of a method that can give it.

reasons_test.py TOP"""
import pathlib
import re
import sys
import unittest

TOP = pathlib.Path(sys.argv.pop())
SERVICES = ("member", "content", "activity", "evaluation")
REASON = r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*"
STATUSES = set(re.findall(r"\bSTATUS_([A-Z_]+)\b", (TOP / "services/common/base/status.h").read_text()))


def read(paths):
    return "\n".join(path.read_text() for path in paths)


def snake(camel):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", camel).upper()


def contract(service):
    return read(sorted((TOP / "proto/kith" / service).rglob("*.proto")))


def told(service):
    """What follows `Reasons:` in comments, up to the comment's end or an empty line."""
    names = set()
    for block in re.findall(r"Reasons?\b[^:\n]*:((?:[^\n]*\n\s*//)*[^\n]*)", contract(service)):
        names |= set(re.findall(rf"\b{REASON}\b", re.split(r"\n\s*//\s*\n", block)[0]))
    return {name for name in names if name not in STATUSES and len(name) > 3}


def refused(text):
    """The reasons in the calls of call_fail, and in the tables of what is refused and why."""
    return set(re.findall(rf'\bcall_fail\(\s*\w+,\s*STATUS_\w+,\s*"({REASON})"', text))


def constraints(service):
    text = read(sorted((TOP / "services" / service / "migrations").glob("*.sql")))
    return {name.upper() for name in re.findall(r"\bCONSTRAINT (\w+)", text)} | {
        name.upper() for name in re.findall(r"\bUNIQUE INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?(\w+)", text)}


def not_found(service):
    return {snake(name) + "_NOT_FOUND" for name in re.findall(r"^message (\w+)", contract(service), re.M)}


COMMON_CODE = read(sorted((TOP / "services/common").rglob("*.c")))


class Reasons(unittest.TestCase):
    def test_what_a_service_refuses_is_told(self):
        for service in SERVICES:
            code = read(sorted((TOP / "services" / service).glob("*.c")))
            with self.subTest(service):
                self.assertEqual(sorted(refused(code) - set(re.findall(rf"\b{REASON}\b", contract(service)))), [])

    def test_what_is_told_can_happen(self):
        for service in SERVICES:
            code = read(sorted((TOP / "services" / service).glob("*.c"))) + COMMON_CODE
            known = set(re.findall(rf'"({REASON})"', code)) | constraints(service) | not_found(service) | not_found("member")
            with self.subTest(service):
                self.assertEqual(sorted(told(service) - known), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
