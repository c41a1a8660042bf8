#!/usr/bin/python3
"""Splits real communities by who works with whom, and compares what is cut with what chance would cut.

    KITH_BUILD=build/… tests/bench/split.py FILE.ndjson[.gz] [--parts N] [--least N]

FILE is in the interchange format (kith import). Two members have a tie whose weight is the number of ISO weeks in which
both did something; of a week in which more than 200 did, the first 200. Each community of at least --least members is
planned BY_GRAPH into N parts with the bounds that hold when nothing is said, then carried out, and counted by SQL.
"""
import argparse
import collections
import datetime
import gzip
import itertools
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from world import World  # noqa: E402

WEEK_MAX = 200
ITEMS_MAX = 5000


def weeks_together(path):
    """{community: {(person, other): weeks}} of the file's interactions."""
    weeks = collections.defaultdict(dict)
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as lines:
        for line in lines:
            item = json.loads(line)
            if item["type"] != "interaction":
                continue
            week = datetime.datetime.fromisoformat(item["at"]).isocalendar()[:2]
            weeks[item["community"]].setdefault(week, {})[item["person"]] = True
    ties = {}
    for community, by_week in weeks.items():
        count = collections.Counter()
        for persons in by_week.values():
            count.update(itertools.combinations(sorted(list(persons)[:WEEK_MAX]), 2))
        ties[community] = count
    return ties


def import_ties(world, community, persons, ties):
    items = [{"personId": persons[a], "otherPersonId": persons[b], "weight": str(weight)}
             for (a, b), weight in ties.items() if a in persons and b in persons]
    for first in range(0, len(items), ITEMS_MAX):
        world.ok("POST", f"/v1/communities/{community}/ties:import",
                 {"source": "weeks", "items": items[first:first + ITEMS_MAX]})


def await_state(world, split, state):
    path = f"/v1/communities/{split['communityId']}/splits/{split['splitId']}"
    return world.until(lambda: (found := world.ok("GET", path))["state"] == "SPLIT_STATE_" + state and found, 300)


def plan(world, community, parts):
    began = time.monotonic()
    split = world.ok("POST", f"/v1/communities/{community}/splits",
                     {"strategy": "SPLIT_STRATEGY_BY_GRAPH", "parts": [{}] * (parts - 1)})
    return await_state(world, split, "PLANNED"), time.monotonic() - began


def carry_out(world, split):
    """Carries the split out; everybody must be in exactly one part, and every count and number right."""
    before = world.number("SELECT count(*) FROM member.membership WHERE state = 'ACTIVE'")
    split = world.ok("POST", f"/v1/communities/{split['communityId']}/splits/{split['splitId']}:start", {})
    split = await_state(world, split, "DONE")
    parts = ",".join(f"'{part['communityId']}'" for part in split["parts"])
    assert split["movedCount"] == split["moveCount"], split
    assert before == world.number("SELECT count(*) FROM member.membership WHERE state = 'ACTIVE'")
    assert not world.number("SELECT count(*) FROM (SELECT person_id FROM member.membership WHERE community_id IN"
                            f" ({parts}) AND state = 'ACTIVE' GROUP BY 1 HAVING count(*) > 1) AS twice")
    assert not world.number("SELECT count(*) FROM (SELECT c.community_id FROM member.community c JOIN member.membership m"
                            f" USING (community_id) WHERE community_id IN ({parts}) GROUP BY 1 HAVING c.member_count <>"
                            " count(*) FILTER (WHERE m.state = 'ACTIVE') OR c.last_number <> count(*)"
                            " OR c.last_number <> max(m.number)) AS wrong")


def report(name, split, seconds):
    sizes = [int(part["presentCount"]) + int(part["arrivingCount"]) for part in split["parts"]]
    weight = int(split["tieWeight"]) or 1
    print(f"{name}: {split['memberCount']} members, {split['tieCount']} ties of weight {split['tieWeight']},"
          f" planned in {seconds:.1f} s")
    print(f"  sizes {sizes}, {split['moveCount']} move")
    for what, cut in (("by graph", "cut"), ("by lot", "randomCut"), ("by number", "numberCut")):
        print(f"  {what:10} cuts {split[cut]['tieCount']:>6} ties, weight {split[cut]['tieWeight']:>6}"
              f" ({100 * int(split[cut]['tieWeight']) / weight:.1f} %)")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--parts", type=int, default=4)
    parser.add_argument("--least", type=int, default=200)
    options = parser.parse_args()

    ties = weeks_together(options.file)
    with World() as world:
        world.kith("import", options.file)
        for name, community, members in world.psql(
                "SELECT external_id, community_id, member_count FROM member.community ORDER BY member_count"):
            if int(members) < options.least:
                continue
            persons = dict(world.psql("SELECT external_id, person_id FROM member.person JOIN member.membership"
                                      f" USING (person_id) WHERE community_id = '{community}'"))
            import_ties(world, community, persons, ties[name])
            split, seconds = plan(world, community, options.parts)
            report(name, split, seconds)
            assert int(split["cut"]["tieWeight"]) < min(int(split["randomCut"]["tieWeight"]),
                                                        int(split["numberCut"]["tieWeight"]))
            carry_out(world, split)


main()
