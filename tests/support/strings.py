"""Texts that are hard on whoever stores, sends, searches or shows them, by class. All are well-formed Unicode; the one character
that no text may have, NUL, is not among them."""
import itertools
import unicodedata


def controls():
    """Each control character but NUL, alone and among words."""
    for code in itertools.chain(range(1, 32), range(0x7F, 0xA0)):
        yield f"a{chr(code)}b"
    yield "\x1b[31mred\x1b[0m\x1b]0;title\x07"
    yield "\r\n".join("abc")
    yield "\b\b\bgone" + "\x7f" * 3
    yield "tab\tvertical\vfeed\f"


def directions():
    """Overrides, isolates and marks that turn the order of what is shown, closed and left open."""
    marks = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    for mark in marks:
        yield f"invoice{mark}gpj.exe"
        yield mark * 50 + "x"
    yield "\u202eabc\u202c def \u2067ghi\u2069 \u202d"
    yield "مرحبا (hello) שלום [world] 你好"
    yield "".join(marks)
    for open_mark, close_mark in (("\u202a", "\u202c"), ("\u2066", "\u2069")):
        yield open_mark * 200 + "deep" + close_mark * 200


def invisible():
    """What takes no room, or room that is no space."""
    for code in (0xAD, 0x34F, 0x115F, 0x17B4, 0x180B, 0x180E, 0x200B, 0x200C, 0x200D, 0x2060, 0x2061, 0x2063, 0x2064, 0x206A,
                 0x2800, 0x3000, 0x3164, 0xFE00, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFB, 0xFFFC, 0xFFFD, 0xE0001, 0xE0100):
        yield f"zero{chr(code)}width"
        yield chr(code) * 3
    yield "\ufeffbegins with a mark"
    yield "\u00a0\u1680\u2000\u2003\u2009\u202f\u205f\u3000"
    yield "\u2028line\u2029paragraph"
    yield "".join(chr(0xE0000 + ord(c)) for c in "hidden in tags")


def emoji():
    """Sequences that are one sign to their reader."""
    people, skins = "👦👧👨👩🧑", "🏻🏼🏽🏾🏿"
    for person, skin in itertools.product(people, skins):
        yield f"{person}{skin}"
    for person, thing in itertools.product(people, ("⚕️", "🚀", "💻", "🌾", "✈️")):
        yield f"{person}\u200d{thing}"
    yield "👨\u200d👩\u200d👧\u200d👦"
    yield "👩🏽\u200d❤️\u200d💋\u200d👨🏿"
    yield "🏴󠁧󠁢󠁳󠁣󠁴󠁿🏴󠁧󠁢󠁷󠁬󠁳󠁿"
    yield "🏳️\u200d🌈🏳️\u200d⚧️🏴\u200d☠️"
    for a in range(0, 26, 5):
        yield "".join(chr(0x1F1E6 + (a + i) % 26) for i in (0, 3, 7))  # an odd number of regional letters
    yield "1️⃣#️⃣*️⃣©️™"
    yield "😀" * 300
    yield "\u200d🚀\u200d"
    yield "🏽 a tone alone"


def stacks():
    """Letters under heaps of marks, and the same letter in two forms."""
    marks = [chr(c) for c in range(0x300, 0x340)]
    for n in (1, 10, 60, 500):
        yield "Z" + "".join(marks[i % len(marks)] for i in range(n))
    yield "".join(c + "".join(marks[:12]) for c in "zalgo comes")
    for text in ("é", "Å", "ñ", "ﬁ", "가각힣", "Ǆ", "ά", "क्षि", "நி", "ก็ำ", "ཧཱུྃ", "ᄀᄀᄀ각ᆨᆨ"):
        yield text
        yield unicodedata.normalize("NFD", text)
    yield "\u0301 begins with a mark"
    yield "ﷺ﷽" * 20
    yield "İıſßẞﬀ"


def edges():
    """Code points at the ends of planes, of private use, unassigned, and noncharacters."""
    for code in (0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xF8FF, 0xFDD0, 0xFDEF, 0xFFFE, 0xFFFF, 0x10000, 0x1FFFE, 0x1FFFF, 0x2A700,
                 0xF0000, 0xFFFFE, 0x10FFFD, 0x10FFFE, 0x10FFFF):
        yield f"edge{chr(code)}"
        yield chr(code)
    yield "\\ud800 \\udfff written out"
    yield "\\u0000 written out"
    yield "𝕬𝓪𝖆𝙖 𠮷野家 𪚥"


def likenesses():
    """Words that look like others."""
    yield "раураl"  # Cyrillic and Latin
    yield "ɡооɡⅼе"
    yield "аdmin"
    yield "Αdmin"
    yield "ａｄｍｉｎ"
    yield "𝐚𝐝𝐦𝐢𝐧"
    yield "ⓐⓓⓜⓘⓝ"
    yield "admin\u0000".replace("\u0000", "\u2400")
    yield "rn m vv w l I 1 | O 0 О ᴏ"
    yield "ʼ ' ` ´ ′ ‘ ’ ‚ ‛ ＇"
    yield "1∕2 a⁄b x⧸y ／etc／passwd"


def sql():
    wishes = ["'; DROP TABLE post; --", "' OR '1'='1", "\" OR \"\"=\"", "1; SELECT pg_sleep(10)", "'||(SELECT version())||'", "$$;DROP TABLE x;$$",
              "$1", ":community_id", ":post.body", "{post}", "E'\\x27'", "\\'; DELETE FROM post; --", "' UNION SELECT NULL,NULL--", "/* x", "*/ x /*",
              "-- x", "%", "_", "\\", "%%", "a%b_c\\", "\\.", "\\N", "COPY post TO '/tmp/x'", "NULL", "''", "'", "''''", "(SELECT 1)", "ARRAY['x']",
              "{a,b,\"c\"}", "{\"{", "(,)", "0x27", "U&'\\0027'", "infinity", "-1e309", "NaN", "2147483648", "' AND 1=CAST((SELECT current_user) AS int)--",
              "x' ESCAPE '\\", "\u02bc OR 1=1", "\uff07 OR 1=1 --", "x\u2019; DROP TABLE y"]
    yield from wishes


def searches():
    """What a query language may take for an operator."""
    yield from ["a & b", "a | b", "!a", "a <-> b", "a:*", "(a", "a)", "\"a", "a\"", "-a", "+a", "a AND", "OR", "NOT", "NOT NOT a", "a NEAR b", "field:value",
                "*", "?", "a*b", "a~2", "a^3", "[a TO b]", "/a/", "\\", "\\\\", "a\\", "'a':1", "'a' & '", "a:A", "a:ABCD", "<->", "& &", ":*", "!!a", "((((", "%a%",
                "..", "^a$", "(?i)a", "(a+)+$", "[[:alpha:]", "\\d{1000}", "\u3000AND\u3000", "“a b”", "《a》", "a\u200bb"]


def markup():
    yield from ["<b>x", "</b>", "<", ">", "<>", "&", "&amp;", "&lt;b&gt;", "&#0;", "&#x110000;", "&#xD800;", "&nbsp;", "&notanentity;", "<!--", "-->", "<![CDATA[", "]]>",
                "<?xml version='1.0'?>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>", "'-alert(1)-'", "javascript:alert(1)",
                "[x](javascript:alert(1))", "![x](data:text/html,y)", "{{7*7}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{% x %}", "@{x}", "[[x]]", "${jndi:ldap://x/y}", "{{{x}}}"]


def markdown():
    """Nestings and unfinished pieces."""
    for sign in ("*", "_", "~", "`", ">", "-", "#", "[", "]", "(", "!", "|", "=", "+", "@", "\\", "<", "&", "~~", "**", "[x", "![", "](", "- ", "> ", "1. "):
        yield sign
        yield sign * 120
    yield "> " * 60 + "deep"
    yield "\n".join("  " * i + "- x" for i in range(60))
    yield "*a **b " * 80
    yield "[a](" * 80
    yield "![" * 80 + "](x)" * 80
    yield "|a|\n" + "|-|\n" + "|b|\n" * 50
    yield "[a]: b\n" * 50 + "[a]"
    yield "```\nnever closed"
    yield "~~~~~\n~~~\n~~~~~~"
    yield "[^1]: [^1]\n\n[^1]"
    yield "    code\n\ttab\n \t mixed"
    yield "a  \nb\\\nc"
    yield "***\n---\n___\n- - -\n* * *"
    yield "@1 @@1 @99999999999 @1@1 `@1`"


def notations():
    """JSON, formats, paths, headers, numbers."""
    yield from ["\"", "\\\"", "\\u0041", "\\/", "{\"a\":1}", "}{", "\\", "\\\\\\", "null", "true", "undefined", "[object Object]", "__proto__", "constructor", "toString",
                "%s%s%s%n", "%n%n%n%n", "%x %p %d", "%1$s", "%*d", "%99999999d", "{0}", "%(name)s", "%%", "~s", "$((1+1))", "`id`", "$(id)", "; id", "| id", "&& id", "\n id",
                "../../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd%00", "file:///etc/passwd", "C:\\con\\con", "CON", "nul.txt", ".", "..", "~root", "%2e%2e%2f",
                "x\r\nSet-Cookie: a=b", "x\r\n\r\n<html>", "%0d%0aX: y", "x\nFrom: a@b.c", "http://[::1", "https://x:99999/", "\\\\x\\share", "=1+1", "+1", "-1", "@SUM(A1)",
                "=HYPERLINK(\"http://x\")", "1e400", "0x1F", "1_000", "٣", "Ⅷ", "½", "௧௨", "00000", "1.0000000000000000000001", "1970-01-01T00:00:00Z", "9999999999999999999999"]


def long():
    """Long words, long signs, long lines."""
    yield "x" * 20000
    yield "字" * 6000
    yield "\n" * 5000 + "x"
    yield " " * 5000 + "x"
    yield "e" + "\u0301" * 5000
    yield "👩\u200d" * 1500 + "👩"
    yield "a b " * 5000
    yield "\U0010ffff" * 4000


CLASSES = (controls, directions, invisible, emoji, stacks, edges, likenesses, sql, searches, markup, markdown, notations, long)


def strings():
    """All of them, as (class, text), each text once."""
    seen = set()
    for one in CLASSES:
        for text in one():
            if text not in seen:
                seen.add(text)
                yield one.__name__, text
