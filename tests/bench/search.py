"""Search and home feed over 1,000,000 posts in 200 communities, against SQL written by hand. Called by tests/bench/run."""
import http.client
import itertools
import json
import math
import random
import re
import subprocess
import time
import urllib.parse

COMMUNITIES = 200
WORDS = 60000
SAMPLES = 100
PEER_SAMPLES = 9
DAYS = 730

# What a person who reads member posts, and holds no plan and no level, may see; written as one would by hand.
SEEN = "p.state = 'PUBLISHED' AND p.visibility IN ('PUBLIC', 'MEMBER')"


def vocabulary(rng):
    """Words by rank: two of three are of two or three Chinese characters, the others English of two to four syllables."""
    han = [bytes((row, cell)).decode("gb2312") for row in range(0xB0, 0xC7) for cell in range(0xA1, 0xFF)]
    syllables = ["ka", "lo", "mi", "ter", "son", "ver", "ba", "nor", "del", "pri", "shu", "gan", "tol", "wick", "fen"]
    words = set()
    while len(words) < WORDS:
        if len(words) % 3:
            words.add("".join(rng.choices(han, k=rng.choice((2, 2, 3)))))
        else:
            words.add("".join(rng.choices(syllables, k=rng.choice((2, 3, 4)))))
    words = sorted(words)
    rng.shuffle(words)
    return words


def write_posts(world, file, n, words, author):
    """n posts as rows for COPY: words by Zipf's law, communities too, evenly over two years."""
    rng = random.Random(11)
    weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(WORDS)))
    sizes = list(itertools.accumulate(1 / (i + 1) for i in range(COMMUNITIES)))
    now = time.time()
    with open(file, "w") as f:
        for i in range(n):
            community = f"00000000-0000-8000-8000-{rng.choices(range(COMMUNITIES), cum_weights=sizes)[0]:012d}"
            text = rng.choices(words, cum_weights=weights, k=20)
            title, body = " ".join(text[:3]), "".join(w + (" " if w.isascii() else rng.choice(("", "", "，"))) for w in text)
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - (n - i) * DAYS * 86400 / n))
            chance = rng.random()
            visibility, plan, level = (("PAID", author, 0) if chance < 0.05 else ("LEVEL", "\\N", 3) if chance < 0.1 else
                                       ("PUBLIC" if chance < 0.2 else "MEMBER", "\\N", 0))
            f.write(f"{community}\t00000000-0000-8000-9000-{i:012d}\t{author}\tTEXT\tPUBLISHED\t{visibility}\t{plan}\t{level}\t"
                    f"{title}\t{body}\t\tt\t{at}\t{at}\t{at}\t{int(rng.paretovariate(1)) - 1}\n")


def fill(world, n):
    """The posts, their words, and a reader who is a member everywhere; how many were indexed a second."""
    author, reader = world.given_person(), world.given_person()
    words = vocabulary(random.Random(7))
    file = world.path("posts.copy")
    write_posts(world, file, n, words, author)
    world.psql("INSERT INTO content.replica_community (community_id, state, version) SELECT ('00000000-0000-8000-8000-' ||"
               f" lpad(n::text, 12, '0'))::uuid, 'ACTIVE', 1 FROM generate_series(0, {COMMUNITIES - 1}) AS n")
    world.psql("INSERT INTO content.replica_membership (community_id, person_id, number, role, state, join_time, version)"
               f" SELECT community_id, '{reader}', 1, 'MEMBER', 'ACTIVE', now(), 1 FROM content.replica_community"
               " WHERE community_id::text LIKE '00000000-0000-8000-8000-%'")
    def copy(first, count):
        sh = f"tail -n +{first + 1} {file} | head -n {count}"
        subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", world.url, "-c",
                        "\\copy content.post (community_id, post_id, author_person_id, kind, state, visibility, plan_id, min_level,"
                        " title, body, topic, was_published, create_time, publish_time, update_time, reaction_count) FROM"
                        f" PROGRAM '{sh}'"], check=True)
        begin = time.monotonic()
        world.psql("ANALYZE content.post")
        world.until(lambda: world.number("SELECT count(*) FROM (SELECT 1 FROM content.post WHERE indexed_version <> version"
                                         " LIMIT 1) AS x") == 0, 7200)
        return count / (time.monotonic() - begin)

    # The first of them as they would come; the rest in bulk.
    rate = copy(0, n // 50)
    how = world.psql("SELECT pg_get_indexdef('content.search_entry_words'::regclass)")[0][0]
    world.psql("DROP INDEX content.search_entry_words")
    copy(n // 50, n)
    world.psql("SET maintenance_work_mem = '512MB'; " + how)
    for table in ("post", "search_entry", "replica_membership"):
        world.psql("VACUUM ANALYZE content." + table)
    return reader, words, rate


class Session:
    """A psql that stays open: what a statement answers, and how long it took."""

    def __init__(self, url):
        self.process = subprocess.Popen(["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", url], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.ask("SET search_path = content")
        self.ask("SET jit = off")

    def ask(self, sql):
        self.process.stdin.write(f"\\timing on\n{sql};\n\\timing off\n\\echo done\n")
        self.process.stdin.flush()
        rows = []
        while (line := self.process.stdout.readline().rstrip("\n")) != "done":
            if not line and self.process.poll() is not None:
                raise RuntimeError(f"psql ended at: {sql}")
            rows.append(line)
        took = [float(m[1]) for r in rows if (m := re.match(r"Time: ([\d.]+) ms", r))]
        return [r for r in rows if not r.startswith("Time: ")], took[-1]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, math.ceil(len(times) * share) - 1)]


class Reader:
    """Who asks over HTTP, on one connection."""

    def __init__(self, world, person):
        self.world, self.person = world, person
        self.connection = http.client.HTTPConnection("127.0.0.1", world.port)

    def get(self, path, **query):
        begin = time.monotonic()
        self.connection.request("GET", path + "?" + urllib.parse.urlencode(query),
                                headers={"Authorization": "Bearer " + self.world.key, **self.person})
        reply = self.connection.getresponse()
        data = json.loads(reply.read())
        took = 1000 * (time.monotonic() - begin)
        assert reply.status == 200, data
        return data, took


def told(row, what, times, peer_times, note=""):
    p99 = percentile(times, 0.99)
    row(f"{what}: p99", "50 ms", "≤ 1×", [p99 / 50], lambda r: r <= 1,
        f"(p50 {percentile(times, 0.5):.1f} ms, p99 {p99:.1f} ms{note}) ")
    if peer_times:
        row(f"{what}: p50", "SQL by hand in psql", "≤ 1×", [percentile(times, 0.5) / percentile(peer_times, 0.5)],
            lambda r: r <= 1, f"(psql p50 {percentile(peer_times, 0.5):.1f} ms) ")


def feed(world, row, session, reader):
    mine = f"SELECT community_id FROM replica_membership WHERE person_id = '{reader}' AND state = 'ACTIVE'"
    me = Reader(world, {"Kith-Person": reader})
    for order, by in (("NEW", "p.publish_time"), ("HOT", "COALESCE(p.hot_time, p.publish_time)")):
        times, token, seen = [], "", []
        for i in range(SAMPLES + 5):
            page, took = me.get(f"/v1/persons/{reader}/feed", page_size=50, page_token=token, order="POST_ORDER_" + order)
            times.append(took)
            seen += [p["postId"] for p in page["posts"]] if i < 3 else []
            token = page["nextPageToken"]
        by_hand = (f"SELECT p.post_id FROM post p WHERE p.community_id IN ({mine}) AND {SEEN}"
                   f" ORDER BY {by} DESC, p.post_id DESC LIMIT 150")
        assert session.ask(by_hand)[0] == seen, order
        whole = by_hand.replace("p.post_id FROM", "p.* FROM").replace("LIMIT 150", "LIMIT 51")
        peer = [session.ask(f"SELECT count(*) FROM ({whole}) AS x")[1] for _ in range(PEER_SAMPLES)]
        told(row, f"home feed of a member in {COMMUNITIES} communities, {order}", times[5:], peer)


def queries(words):
    """Names of kinds of queries, and words for as many as one asks."""
    def from_rank(first, last, han=None):
        fit = [w for w in words[first:last] if han is None or w.isascii() != han]
        return lambda i: fit[i % len(fit)]
    frequent, middling, rare = from_rank(0, 10), from_rank(30, 300), from_rank(5000, 6000)
    return {
        "a frequent word": frequent,
        "a word of the middle": middling,
        "a rare word": rare,
        "hardly any": from_rank(WORDS - 5000, WORDS),
        "two frequent words": lambda i: frequent(i) + " " + frequent(i + 1 + i // 10),
        "a frequent and a rare word": lambda i: frequent(i) + " " + rare(i),
        "two that do not meet": lambda i: rare(i) + " " + rare(i + 500),
        "a single character": (lambda pick: lambda i: pick(i)[0])(from_rank(30, 300, True)),
    }


def tsquery(query):
    """By hand, for words that are one term each or a phrase of two."""
    parts = []
    for word in query.split():
        if word.isascii():
            parts.append(f"plainto_tsquery('english', '{word}')")
        elif len(word) == 1:
            parts.append(f"to_tsquery('simple', '{word}:*')")
        else:
            pairs = [word[i:i + 2] for i in range(len(word) - 1)]
            parts.append("('" + " <-> ".join(f"''{p}''" for p in pairs) + "')::tsquery")
    return "(" + " && ".join(parts) + ")"


def by_hand(query, where):
    return ("SELECT entry_id FROM (SELECT w.entry_id, w.publish_time, ln(GREATEST(ts_rank('{0.1, 0.2, 0.4, 1}', words,"
            f" {tsquery(query)}, 1), 1e-9)) / ln(2) + extract(epoch FROM w.publish_time)::double precision / (180 * 86400) AS score"
            " FROM search_entry w JOIN post p USING (community_id, post_id)"
            f" WHERE w.words @@ {tsquery(query)} AND {where} ORDER BY w.publish_time DESC, w.entry_id DESC LIMIT 500) AS newest"
            " ORDER BY score DESC, publish_time DESC, entry_id DESC LIMIT 50")


def run(options, world, row):
    reader, words, rate = fill(world, options.posts)
    print(f"  {options.posts} posts, indexed at {rate:.0f}/s; the index of words has"
          f" {world.number('SELECT pg_relation_size(to_regclass($$content.search_entry_words$$)) >> 20')} MB, its table"
          f" {world.number('SELECT pg_table_size(to_regclass($$content.search_entry$$)) >> 20')} MB", flush=True)
    session = Session(world.url)
    feed(world, row, session, reader)

    largest = "00000000-0000-8000-8000-000000000000"
    mine = f"w.community_id IN (SELECT community_id FROM replica_membership WHERE person_id = '{reader}')"
    scopes = ((f"the largest of {COMMUNITIES} communities", Reader(world, {"Kith-Person": reader}),
               f"/v1/communities/{largest}/posts:search", f"w.community_id = '{largest}' AND {SEEN}"),
              (f"home, {COMMUNITIES} communities", Reader(world, {"Kith-Person": reader}),
               f"/v1/persons/{reader}/posts:search", f"{mine} AND {SEEN}"),
              ("all posts", Reader(world, {}), "/v1/posts:search", "p.state = 'PUBLISHED'"))
    for scope, who, path, where in scopes:
        for name, pick in queries(words).items():
            times, found = [], 0
            for i in range(SAMPLES + 5):
                page, took = who.get(path, query=pick(i), page_size=50)
                times.append(took)
                found += len(page["hits"])
            peer = []
            for i in range(PEER_SAMPLES):
                rows, took = session.ask(by_hand(pick(i), where))
                peer.append(took)
                assert rows == [h["hitId"] for h in who.get(path, query=pick(i), page_size=50)[0]["hits"]], (scope, pick(i))
            told(row, f"search in {scope} ({options.posts:,} posts in all): {name}", times[5:], peer,
                 f", {found / len(times):.0f} a page")
    session.close()
