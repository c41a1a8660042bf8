"""The rules of the house that the compiler does not see: lint.py TOP. One line a fault, as file:line: what."""
import pathlib
import re
import shutil
import subprocess
import sys

TOP = pathlib.Path(sys.argv[1])
ROOMS = ("proto", "services", "gateway", "deploy", "tests")
LINES_MAX = 800

# Who may include whom. A room may always use itself.
COMMON = {"base", "filter", "bitmap", "rpc", "db", "event", "app", "service"}
SERVICES = {"member", "content", "activity", "evaluation"}
MAY_INCLUDE = {
    "base": set(),
    "proto": {"base"},
    "filter": {"base"},
    "bitmap": {"base"},
    "rpc": {"base", "proto"},
    "db": {"base", "proto"},
    "app": {"base", "proto", "rpc"},
    "event": {"base", "proto", "rpc", "db"},
    "service": {"base", "proto", "rpc", "db", "event", "app"},
    "gateway": {"base", "proto", "rpc", "app"},
    **{service: COMMON | {"proto"} for service in SERVICES},
}
# The one place where all processes become one.
EXEMPT_FROM_ROOMS = {"gateway/cli/serve.c"}

# A library belongs to one room.
LIBRARIES = {
    "libpq-fe.h": {"db"},
    "nng/": {"tests"},
    "cyaml/": {"app"},
    "jansson.h": {"gateway"},
    "http_parser.h": {"gateway"},
    "nghttp2/": {"gateway"},
    "cmark-gfm": {"content"},
    "roaring/": {"bitmap"},
    "igraph/": {"member"},
}

# Functions beside those of base/banned.h, with the only file that may call them.
RESERVED = {
    "strtod": "services/common/base/text.c",
    "getrandom": "services/common/base/id.c",
    "clock_gettime": "services/common/base/clock.c",
}

# The four house macros, and what the compiler's sanitizers call their own.
HOUSE_MACROS = {"MUST_USE", "PRINTF_LIKE", "CLEANUP", "TRY"}

FAULTS = []


def fault(path, line, what):
    FAULTS.append(f"{path.relative_to(TOP)}:{line}: {what}")


def files(*suffixes):
    for room in ROOMS:
        for path in sorted((TOP / room).rglob("*")):
            if path.suffix in suffixes and path.is_file() and "node_modules" not in path.parts:
                yield path


def room_of(path):
    parts = path.relative_to(TOP).parts
    if parts[0] == "services":
        return parts[2] if parts[1] == "common" else parts[1]
    return parts[0]


def target_of(path, name):
    """The room that an included name belongs to; None for one's own."""
    if "/" in name:
        first = name.split("/")[0]
        if first in COMMON:
            return first
        if first in ("kith", "google", "grpc"):
            return "proto"
        return None if (path.parent / name).exists() or (TOP / "gateway" / name).exists() else first
    made = re.fullmatch(r"(\w+)\.(rpc|sql|migrations)\.h", name)
    if made:
        return made.group(1)
    return "proto" if name.startswith("kith_") else None


def check_includes(path, text):
    room = room_of(path)
    if room not in MAY_INCLUDE or str(path.relative_to(TOP)) in EXEMPT_FROM_ROOMS:
        return
    for number, line in enumerate(text.splitlines(), 1):
        local = re.match(r'#include "([^"]+)"', line)
        if local:
            target = target_of(path, local.group(1))
            if target and target != room and target not in MAY_INCLUDE[room]:
                fault(path, number, f"{room} may not include {local.group(1)}")
        system = re.match(r"#include <([^>]+)>", line)
        if system:
            for library, owners in LIBRARIES.items():
                if system.group(1).startswith(library) and room not in owners:
                    fault(path, number, f"<{system.group(1)}> belongs to {', '.join(owners)}")


def without_comments_and_strings(text):
    """Keeps the lines where they are."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def check_calls(path, text):
    name = str(path.relative_to(TOP))
    bare = without_comments_and_strings(text)
    for number, line in enumerate(bare.splitlines(), 1):
        for function, owner in RESERVED.items():
            if re.search(rf"\b{function}\s*\(", line) and name != owner and not name.startswith("tests/"):
                fault(path, number, f"{function} belongs to {owner}")
        macro = re.match(r"#\s*define\s+(\w+)\(", line)
        if macro and macro.group(1) not in HOUSE_MACROS and not name.startswith("tests/") \
                and not macro.group(1).startswith("ASAN_") and path.name != "banned.h":
            fault(path, number, f"{macro.group(1)} would be a fifth house macro")
        if re.search(r"\bgoto\b", line):
            label = re.search(r"goto\s+(\w+)", line)
            rest = "\n".join(bare.splitlines()[number:])
            if label and not re.search(rf"^{label.group(1)}:", rest, re.M):
                fault(path, number, "goto goes back")


def check_sql_text(path, text):
    if room_of(path) in SERVICES | {"gateway"}:
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r'"\s*(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|WITH \w+ AS)\b', line):
                fault(path, number, "SQL stands in .sql files")


def check_words(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"\b(TODO|FIXME|XXX)\b", line) and path.name != "lint.py":
            fault(path, number, "what is to be done is an issue, not a comment")


def check_file(path, text):
    n_lines = text.count("\n")
    if n_lines > LINES_MAX:
        fault(path, n_lines, f"more than {LINES_MAX} lines: split it by noun")
    for word in re.split(r"[_.-]", path.stem):
        if word.rstrip("s") in ("util", "helper", "misc", "manager") or path.stem == "common":
            fault(path, 1, "a file is named for what it is")
    if re.search(r"[a-z]\d$", path.stem) and (path.parent / (path.stem[:-1] + path.suffix)).exists():
        fault(path, 1, "split by noun, not by number")
    if path.suffix in (".c", ".h") and not text.startswith("/*"):
        fault(path, 1, "a file begins by saying in one sentence what it is for")
    if path.suffix == ".h" and not re.search(r"#ifndef KITH_\w+_H\n#define KITH_\w+_H\n", text):
        fault(path, 1, "a header has a guard KITH_…_H")
    if "\r" in text or re.search(r"[ \t]+$", text, re.M):
        line = next((i for i, l in enumerate(text.splitlines(), 1) if l != l.rstrip()), 1)
        fault(path, line, "a line ends in a blank")


def check_format(paths):
    """Only with the version that the code is set by: others disagree."""
    tool = shutil.which("clang-format-14") or shutil.which("clang-format")
    version = tool and subprocess.run([tool, "--version"], capture_output=True, text=True).stdout
    if not version or "version 14." not in version:
        print("clang-format 14 is not here: format not checked")
        return
    done = subprocess.run([tool, "--dry-run", *paths], capture_output=True, text=True)
    for line in sorted(set(re.findall(r"^(.+?:\d+):\d+: warning", done.stderr, re.M))):
        FAULTS.append(f"{pathlib.Path(line).relative_to(TOP)}: clang-format sets it otherwise")


def main():
    sources = list(files(".c", ".h"))
    for path in sources:
        text = path.read_text()
        check_includes(path, text)
        check_calls(path, text)
        check_sql_text(path, text)
    for path in files(".c", ".h", ".py", ".sql", ".proto", ".js"):
        text = path.read_text()
        check_file(path, text)
        check_words(path, text)
    check_format(sources)
    print("\n".join(FAULTS) or f"{len(sources)} C files: no faults")
    sys.exit(1 if FAULTS else 0)


main()
