"""Services are restarted one after the other while clients read and write: no idempotent call fails."""
import http.client
import json
import os
import signal
import sys
import threading
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from world import SERVICES, World  # noqa: E402


class RollingRestart(unittest.TestCase):
    def test_no_call_fails(self):
        with World() as world:
            community = world.given_community()
            person = world.given_member(community)
            base = f"/v1/communities/{community}"
            failed, done, stop = [], [0, 0], threading.Event()

            def client(number):
                connection = http.client.HTTPConnection("127.0.0.1", world.port, timeout=30)
                head = {"Authorization": "Bearer " + world.key, "Content-Type": "application/json"}
                while not stop.is_set():
                    writes = number % 2
                    if writes:
                        connection.request("POST", base + "/posts", json.dumps(
                            {"authorPersonId": person, "kind": "POST_KIND_TEXT", "body": "again"}),
                            dict(head, **{"Idempotency-Key": str(uuid.uuid4())}))
                    else:
                        connection.request("GET", base + "/posts?page_size=3", headers=head)
                    reply = connection.getresponse()
                    body = reply.read()
                    done[writes] += 1
                    if reply.status != 200:
                        failed.append((reply.status, body))

            clients = [threading.Thread(target=client, args=(i,)) for i in range(4)]
            for thread in clients:
                thread.start()
            for service in SERVICES * 2:
                self.assertEqual(world.kill(service, signal.SIGTERM), 0)
                before = sum(done)
                world.start_one(service)
                world.until(lambda: sum(done) > before + 8)
            stop.set()
            for thread in clients:
                thread.join()
            self.assertEqual(failed, [])
            self.assertGreater(min(done), 20)
            self.assertEqual(world.number(f"SELECT count(*) FROM content.post WHERE community_id = '{community}'"), done[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
