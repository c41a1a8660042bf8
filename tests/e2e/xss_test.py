"""Attacks by way of Markdown, written as posts and comments, are inert in a real browser: Chromium reads what Kith made of
them, and reads it again, clicks and points at everything, and nothing runs and nothing is asked for.

Each attack's HTML stands in an element of its own in one page of a small server. A script in the page tries it all and tells
the server what it saw. The same page with the attacks as they were written shows that all of this would be seen."""
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from attacks import CONTROLS, armed, attacks  # noqa: E402
from markup import ELEMENTS, FOUND, faults  # noqa: E402
from world import World  # noqa: E402

PAGE = """<!DOCTYPE html><html><head><meta charset=utf-8><title>inert</title><script>
const hits = [];
Object.defineProperty(window, "hit", {value: n => { hits.push(n); }});
window.alert = window.confirm = window.prompt = () => hit("dialog");
addEventListener("click", event => {
	const link = event.target.closest("a");
	if (link && /^(https?|mailto|ftp):$/.test(link.protocol)) event.preventDefault();  // others may try
});
addEventListener("submit", event => event.preventDefault());
</script></head><body><div id=all>%(items)s</div><script>
const allowed = %(allowed)s, seen = [];
function look(round, count) {
	const items = document.querySelectorAll("#all > div.item");
	if (items.length !== count || document.querySelectorAll("body > :not(script)").length !== 1)
		seen.push({round, fault: "left its place"});
	for (const item of items)
		for (const e of item.querySelectorAll("*")) {
			const say = fault => seen.push({round, number: +item.dataset.number, fault, html: e.outerHTML});
			if (e.namespaceURI !== "http://www.w3.org/1999/xhtml" || !(e.localName in allowed)) say("element");
			for (const a of e.attributes)
				if (!(allowed[e.localName] || []).includes(a.name)) say("attribute");
			for (const name of ["href", "src"])
				if (e.getAttribute(name) && !/^(https?:\\/\\/|mailto:)/i.test(e.getAttribute(name))) say("address");
		}
}
function use() {
	const types = ["mouseover", "mouseenter", "pointerover", "focus", "focusin", "toggle", "error", "load"];
	for (const e of document.querySelectorAll("#all *")) {
		for (const type of types)
			e.dispatchEvent(new Event(type, {bubbles: false}));
		if (e.click) e.click();
		if (e.focus) e.focus({preventScroll: true});
	}
}
look("as it came", %(count)d);
use();
for (const item of document.querySelectorAll("#all > div.item")) item.innerHTML = item.innerHTML;
look("read again", %(count)d);
use();
fetch("%(address)s/items").then(reply => reply.json()).then(items => {
	document.getElementById("all").replaceChildren(...items.map((html, i) => {
		const item = document.createElement("div");
		item.className = "item";
		item.dataset.number = i;
		item.innerHTML = html;
		return item;
	}));
	look("set by a script", items.length);
	use();
	setTimeout(() => fetch("%(address)s/report", {method: "POST", body: JSON.stringify({hits, seen})}), 500);
});
</script></body></html>"""


class Desk(http.server.BaseHTTPRequestHandler):
    """The page, its items, and what became of them; whatever else is asked for is a hit."""

    def answer(self, kind, text):
        data = text.encode("utf-8", "surrogatepass")
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        server = self.server
        if self.path == "/page":
            self.answer("text/html; charset=utf-8", PAGE % {
                "items": "".join(f"<div class=item data-number={i}>{html}</div>"
                                 for i, html in enumerate(server.written)),
                "count": len(server.written), "allowed": json.dumps({**ELEMENTS, **FOUND}), "address": server.address})
        elif self.path == "/items":
            self.answer("application/json", json.dumps(server.items))
        else:
            if self.path.startswith("/hit/"):
                server.asked.append(self.path)
            self.answer("text/plain", "")

    def do_POST(self):
        server, data = self.server, self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/report":
            server.report = json.loads(data)
        else:
            server.asked.append(self.path)
        self.answer("text/plain", "")

    def log_message(self, *_):
        pass


class Browser:
    def __init__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        self.address = self.server.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def show(self, items, written=True, picture=None):
        """What the page told of the items, and what was asked for. Unless they are `written` into the page, they are only set
        by its script."""
        self.server.items, self.server.written = items, items if written else []
        self.server.asked, self.server.report = [], None
        profile = tempfile.mkdtemp(prefix="kith-chromium-")
        try:
            done = subprocess.run(
                ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update", "--window-size=1200,3000",
                 # Nothing outside is asked, whatever the page wants.
                 "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--user-data-dir={profile}",
                 "--virtual-time-budget=60000", f"--screenshot={picture}" if picture else "--dump-dom",
                 self.address + "/page"],
                capture_output=True, text=True, timeout=300)
        finally:
            shutil.rmtree(profile, ignore_errors=True)
        assert self.server.report is not None, f"the page told nothing: {done.returncode} {done.stderr[-2000:]}"
        return self.server.report, self.server.asked


class Xss(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        cls.world = World().start()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.world.stop()

    def test_the_browser_sees_what_is_not_inert(self):
        for what, attack in CONTROLS.items():
            with self.subTest(what):
                report, asked = self.browser.show(["<p>harmless</p>", armed(attack, 1, self.browser.address)])
                found = {seen["fault"] for seen in report["seen"]}
                if what.startswith("ran"):
                    self.assertIn(1, report["hits"])
                elif what == "asked":
                    self.assertIn("/hit/1", asked)
                else:
                    self.assertIn(what, found)
        report, asked = self.browser.show(["<p>harmless</p>"])
        self.assertEqual((report, asked), ({"hits": [], "seen": []}, []))

    def test_as_they_are_written_many_would_run(self):
        """Set by a script, which runs no script elements; what leads the page away is left out."""
        report, asked = self.browser.show([armed(a, i, self.browser.address) for i, a in enumerate(attacks())
                                           if "<meta" not in a], written=False)
        self.assertGreater(len(set(report["hits"])), 60)
        self.assertGreater(len(set(asked)), 5)
        print(f"{len(set(report['hits']))} run as they are written, {len(set(asked))} ask", file=sys.stderr)

    def test_none_survives(self):
        world = self.world
        community = world.given_community()
        author = world.given_member(community)
        base = f"/v1/communities/{community}/posts"
        texts = [armed(attack, i, self.browser.address) for i, attack in enumerate(attacks())]
        self.assertGreater(len(set(texts)), 400)

        stage = world.ok("POST", base, {"authorPersonId": author, "body": "what do you think of these?"})["postId"]
        posts = [world.ok("POST", base, {"authorPersonId": author, "title": text[:300], "body": text})["postId"]
                 for text in texts]
        comments = [world.ok("POST", f"{base}/{stage}/comments", {"authorPersonId": author, "body": text})["commentId"]
                    for text in texts]
        items = []
        for i, text in enumerate(texts):
            post = world.ok("GET", f"{base}/{posts[i]}")
            comment = world.ok("GET", f"{base}/{stage}/comments/{comments[i]}")
            self.assertEqual((post["body"], comment["body"]), (text, text))
            for html in (post["bodyHtml"], comment["bodyHtml"]):
                with self.subTest(text=text):
                    self.assertEqual(faults(html), [])
                items.append(html)
        marked = self.found(community, len(items))
        for html in marked:
            self.assertEqual(faults(html, FOUND), [])
        report, asked = self.browser.show(items + marked)
        self.assertEqual(report["seen"], [])
        self.assertEqual([texts[n] if isinstance(n, int) else n for n in report["hits"]], [])
        self.assertEqual(asked, [])
        if os.environ.get("KITH_PICTURE"):
            self.browser.show(items, picture=os.environ["KITH_PICTURE"])
        print(f"{len(texts)} attacks, {len(items)} pieces of HTML, {len(marked)} of searches", file=sys.stderr)

    def found(self, community, enough):
        """What searches show of the attacks, once they are all known to the search."""
        def hits():
            some = []
            for word in ("hit", "javascript", "script", "onerror", "x"):
                token = ""
                while True:
                    page = self.world.ok("GET", f"/v1/communities/{community}/posts:search?query={word}"
                                         f"&order=SEARCH_ORDER_NEW&page_size=200&page_token={token}")
                    some += page["hits"]
                    token = page["nextPageToken"]
                    if not token:
                        break
            return some if len(some) >= enough else None

        return [hit[part] for hit in self.world.until(hits, 120) for part in ("titleHtml", "snippetHtml")]


if __name__ == "__main__":
    unittest.main(verbosity=2)
