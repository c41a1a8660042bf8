"""kill −9 of everything while people join, post, comment, react and register: what was acknowledged is there, and once.

    exactly_once.py [--runs N] [--seed S] [--seconds T]

A run is one seed: it decides who is killed, when and how often. Writers go through HTTP with an Idempotency-Key per
deed and repeat a deed under the same key until it is answered. Then an independent checker counts rows by psql.
"""
import argparse
import os
import random
import signal
import sys
import threading
import time
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from cluster import Cluster  # noqa: E402
from patient import Patient  # noqa: E402
from world import SERVICES, World  # noqa: E402

CAPACITY = 25


class Writer(threading.Thread):
    """One client: does deeds one after another, never gives one up, remembers what was acknowledged."""

    def __init__(self, world, seed, community, event, stop):
        super().__init__()
        self.patient = Patient(world)
        self.random, self.community, self.event = random.Random(seed), community, event
        self.stop_asked = stop
        self.joined, self.posts, self.comments, self.reactions, self.registered = [], [], [], [], []
        self.error = None

    def run(self):
        try:
            while not self.stop_asked.is_set():
                self.person()
        except BaseException as error:  # noqa: BLE001  (reported by the checker)
            self.error = error

    def deed(self, method, path, body):
        code, answer = self.patient.ask(method, path, body, str(uuid.UUID(int=self.random.getrandbits(128), version=4)))
        if code >= 300 and code != 429:
            raise AssertionError(f"{method} {path}: {code} {answer}")
        return answer

    def person(self):
        base = f"/v1/communities/{self.community}"
        person = self.deed("POST", "/v1/persons", {"displayName": "somebody"})["personId"]
        self.deed("POST", base + "/memberships:join", {"personId": person})
        self.joined.append(person)
        if self.random.random() < 0.7:
            post = self.deed("POST", base + "/posts",
                             {"authorPersonId": person, "kind": "POST_KIND_TEXT", "body": "what I read"})["postId"]
            self.posts.append(post)
            for _ in range(self.random.randrange(3)):
                self.comments.append(self.deed("POST", f"{base}/posts/{post}/comments",
                                               {"authorPersonId": person, "body": "and more"})["commentId"])
        code, answer = self.patient.ask("POST", f"{base}/events/{self.event}/registrations", {"personId": person},
                                str(uuid.UUID(int=self.random.getrandbits(128), version=4)))
        if code >= 300:
            raise AssertionError(f"register: {code} {answer}")
        self.registered.append((person, answer["state"]))


def trouble(world, cluster, rng, end):
    """Kills somebody, waits a moment of the seed's choosing, brings him back; until the time is over."""
    kills = []
    while time.monotonic() < end:
        time.sleep(rng.uniform(0.02, 0.5))
        victim = rng.choice(SERVICES + ("gateway", "postgres"))
        kills.append(victim)
        if victim == "postgres":
            cluster.kill()
            time.sleep(rng.uniform(0, 0.2))
            for _ in range(50):
                try:
                    cluster.start()
                    break
                except RuntimeError:
                    time.sleep(0.1)  # children of the killed one may still hold the port
        else:
            world.kill(victim, signal.SIGKILL)
            time.sleep(rng.uniform(0, 0.2))
            world.start_one(victim)
    return kills


def check(world, writers, community, event):
    """Counts by plain SQL. Every list is what the checker found wrong."""
    wrong = []

    def expect(what, got, wanted):
        if got != wanted:
            wrong.append(f"{what}: {got}, expected {wanted}")

    joined = {p for w in writers for p in w.joined}
    posts = [p for w in writers for p in w.posts]
    comments = [c for w in writers for c in w.comments]
    rows = {r[0] for r in world.psql(
        f"SELECT person_id FROM member.membership WHERE community_id = '{community}' AND state = 'ACTIVE'")}
    expect("acknowledged joins that are lost", len(joined - rows), 0)
    numbers = [int(r[0]) for r in world.psql(
        f"SELECT number FROM member.membership WHERE community_id = '{community}' ORDER BY number")]
    expect("member numbers", numbers, list(range(1, len(numbers) + 1)))
    expect("member count", world.number(
        f"SELECT member_count FROM member.community WHERE community_id = '{community}'"), len(rows))
    # A writer stops only between persons, so what stands in the database was all acknowledged.
    expect("members", len(rows), len(joined))
    expect("posts acknowledged twice", len(posts), len(set(posts)))
    found = {r[0] for r in world.psql(f"SELECT post_id FROM content.post WHERE community_id = '{community}'")}
    expect("posts", found, set(posts))
    found = {r[0] for r in world.psql(f"SELECT comment_id FROM content.comment WHERE community_id = '{community}'")}
    expect("comments", found, set(comments))
    expect("comment counters that are off", world.psql(
        f"SELECT p.post_id, p.comment_count, count(c.comment_id) FROM content.post p LEFT JOIN content.comment c"
        f" USING (community_id, post_id) WHERE p.community_id = '{community}'"
        f" GROUP BY 1, 2 HAVING p.comment_count <> count(c.comment_id)"), [])
    going = world.number(f"SELECT count(*) FROM activity.registration WHERE community_id = '{community}'"
                         f" AND event_id = '{event}' AND state = 'GOING'")
    registered = [p for w in writers for p, _ in w.registered]
    expect("registrations", world.number(
        f"SELECT count(*) FROM activity.registration WHERE community_id = '{community}'"), len(registered))
    expect("people going", going, min(CAPACITY, len(registered)))

    # What happened has reached evaluation, each once.
    def arrived():
        return all(world.number(f"SELECT (SELECT count(*) FROM {s}.outbox) + (SELECT count(*) FROM {s}.outbox_late)") == 0
                   for s in SERVICES[:3])

    try:
        world.until(arrived, 60)
    except AssertionError:
        wrong.append("events stay in an outbox")
    for service in SERVICES[:3]:
        expect(f"dead letters of {service}", world.number(f"SELECT count(*) FROM {service}.outbox_dead"), 0)
    for what, kind, wanted in (("posts", 2, len(posts)), ("comments", 3, len(comments))):
        expect(f"interactions by {what}", world.number(
            f"SELECT count(*) FROM evaluation.interaction WHERE community_id = '{community}' AND kind = {kind}"),
            wanted)
    for service in ("content", "activity", "evaluation"):
        expect(f"members known to {service}", world.number(
            f"SELECT count(*) FROM {service}.replica_membership WHERE community_id = '{community}' AND state = 'ACTIVE'"),
            len(joined))
    return wrong


def one_run(seed, seconds):
    rng = random.Random(seed)
    cluster = Cluster()  # fsync on: what was acknowledged must survive
    world = World(cluster)
    try:
        world.start()
        community = world.given_community()
        event = world.ok("POST", f"/v1/communities/{community}/events", {
            "title": "Reading night", "startTime": "2099-01-01T18:00:00Z", "endTime": "2099-01-01T20:00:00Z",
            "capacity": CAPACITY})["eventId"]
        for step in ("publish", "open"):
            world.ok("POST", f"/v1/communities/{community}/events/{event}:{step}", {})
        stop = threading.Event()
        writers = [Writer(world, seed * 1000 + i, community, event, stop) for i in range(8)]
        for writer in writers:
            writer.start()
        kills = trouble(world, cluster, rng, time.monotonic() + seconds)
        stop.set()
        for writer in writers:
            writer.join(120)
        world.wait_ready()
        wrong = [f"writer failed: {w.error!r}" for w in writers if w.error]
        wrong += ["a writer hangs" for w in writers if w.is_alive()]
        wrong += check(world, writers, community, event)
        acknowledged = sum(len(w.joined) + len(w.posts) + len(w.comments) + len(w.registered) for w in writers)
        print(f"seed {seed}: {len(kills)} kills, {acknowledged} acknowledged, "
              f"{sum(w.patient.repeats for w in writers)} repeats, {len(wrong)} wrong", flush=True)
        for line in wrong:
            print("   ", str(line)[:2000])
        if wrong:
            for name in world.processes:
                print(f"---- {name}\n{world.log(name)[-3000:]}")
        world.check_logs()
        world.stop()
        return len(wrong)
    finally:
        for process in world.processes.values():
            if process.poll() is None:
                process.kill()
        cluster.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=4)
    options = parser.parse_args()
    wrong = sum(one_run(seed, options.seconds) for seed in range(options.seed, options.seed + options.runs))
    print(f"{options.runs} runs, {wrong} wrong")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
