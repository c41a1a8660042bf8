"""A story of Kith as it is seen from outside, told in a world of its own."""
import datetime

from caller import Refused
from world import World


def moment(**away):
    """A time so far from now."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**away)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Story:
    """`mode_of_calling` is how it is told."""

    @classmethod
    def setUpClass(cls):
        cls.world = World().start()
        cls.caller = cls.mode_of_calling(cls.world)
        cls.ask = cls.caller.ask

    @classmethod
    def tearDownClass(cls):
        cls.caller.close()
        cls.world.stop()

    def refused(self, reason, method, person=None, /, **fields):
        with self.assertRaises(Refused) as caught:
            self.ask(method, person, **fields)
        self.assertEqual(caught.exception.reason, reason, caught.exception)
        return caught.exception.facts

    def until(self, method, meets, person=None, /, **fields):
        """Asks until the answer is as wanted; returns it. A word list that is yet to be read is no answer."""
        def asked():
            try:
                answer = self.ask(method, person, **fields)
            except Refused as refused:
                if refused.reason != "TEXT_CHECK_NOT_READY":
                    raise
                return None
            return answer if meets(answer) else None
        return self.world.until(asked)

    def until_refused(self, reason, method, person=None, /, **fields):
        """Asks until what was decided in member has reached the service that is asked."""
        def asked():
            try:
                self.ask(method, person, **fields)
            except Refused as refused:
                return refused.facts or True if refused.reason == reason else None
        return self.world.until(asked)

    def until_allowed(self, method, person=None, /, **fields):
        def asked():
            try:
                return self.ask(method, person, **fields)
            except Refused:
                return None
        return self.world.until(asked)

    def person(self, name):
        return self.ask("PersonService/CreatePerson", person={"displayName": name})["personId"]
