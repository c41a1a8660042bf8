"""What Kith's HTML may hold: the elements and attributes of Markdown, and what is wrong with a piece of HTML."""
import html.parser
import re

ELEMENTS = {
    "p": (), "br": (), "hr": (), "h1": (), "h2": (), "h3": (), "h4": (), "h5": (), "h6": (),
    "em": (), "strong": (), "del": (), "blockquote": (), "ul": (), "li": (), "tr": (), "table": (), "thead": (), "tbody": (),
    "code": (), "pre": ("lang",), "ol": ("start",), "th": ("align",), "td": ("align",),
    "a": ("href", "title"), "img": ("src", "alt", "title"),
    "input": ("type", "checked", "disabled"), "span": ("class", "data-number"),
}
# What a search shows of a text.
FOUND = {"mark": ()}
VOID = {"br", "hr", "img", "input"}
ADDRESS = re.compile(r"(https?://|mailto:).*", re.I | re.S)
COMMENT = " raw HTML omitted "


class Reader(html.parser.HTMLParser):
    def __init__(self, elements):
        super().__init__(convert_charrefs=True)
        self.elements, self.faults, self.open = elements, [], []

    def handle_starttag(self, tag, attributes):
        if tag not in self.elements:
            self.faults.append(f"element {tag}")
        names = [name for name, _ in attributes]
        if len(names) != len(set(names)):
            self.faults.append(f"an attribute twice: {names}")
        for name, value in attributes:
            if name not in self.elements.get(tag, ()):
                self.faults.append(f"attribute {tag}.{name}")
            if name in ("href", "src") and value and not ADDRESS.fullmatch(value):
                self.faults.append(f"{tag}.{name} leads to {value!r}")
        given = dict(attributes)
        if tag == "input" and (given.get("type") != "checkbox" or "disabled" not in given):
            self.faults.append("an input that is no checkbox of a task")
        if tag == "span" and (given.get("class") != "mention" or not given.get("data-number", "").isdigit()):
            self.faults.append("a span that is no mention")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes what is not open")

    def handle_comment(self, data):
        if data != COMMENT:
            self.faults.append(f"comment {data!r}")

    def handle_decl(self, decl):
        self.faults.append(f"declaration {decl!r}")

    def handle_pi(self, data):
        self.faults.append(f"instruction {data!r}")

    def unknown_decl(self, data):
        self.faults.append(f"declaration {data!r}")


def faults(text, elements=ELEMENTS):
    """What is wrong with the HTML; nothing where it has those elements only, and closes them."""
    reader = Reader(elements)
    reader.feed(text)
    reader.close()
    return reader.faults + [f"<{tag}> stays open" for tag in reader.open]
