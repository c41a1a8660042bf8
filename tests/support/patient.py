"""A client that never gives a deed up: repeats it under its key until it is answered, whoever is killed meanwhile."""
import http.client
import json
import time


class Patient:
    def __init__(self, world):
        self.world, self.repeats = world, 0

    def ask(self, method, path, body, request_id, person=None):
        """The deed's final answer, as (code, JSON). No body: None."""
        head = {"Authorization": "Bearer " + self.world.key, "Content-Type": "application/json",
                "Idempotency-Key": request_id}
        if person:
            head["Kith-Person"] = person
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.world.port, timeout=5)
                connection.request(method, path, None if body is None else json.dumps(body), head)
                reply = connection.getresponse()
                data = reply.read()
                connection.close()
            except (OSError, http.client.HTTPException):
                self.pause()
                continue
            answer = json.loads(data)
            if reply.status in (429, 499, 500, 503, 504) or (
                    reply.status == 409 and answer["error"]["status"] == "ABORTED"):
                self.pause()
                continue
            return reply.status, answer

    def pause(self):
        self.repeats += 1
        time.sleep(0.01)  # as any client has; nothing is synchronised by it
