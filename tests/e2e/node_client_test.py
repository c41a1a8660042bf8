"""A stock @grpc/grpc-js client against a running Kith. Installs the client from npm into the build folder."""
import os
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from world import BUILD, TOP, World  # noqa: E402


class NodeClient(unittest.TestCase):
    def test_stock_client(self):
        folder = os.path.join(BUILD, "e2e-node")
        shutil.copytree(os.path.join(HERE, "node"), folder, dirs_exist_ok=True)
        if not os.path.isdir(folder + "/node_modules/@grpc/grpc-js"):
            done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", "--ignore-scripts",
                                   "--fetch-retries=1", "--fetch-timeout=30000"],
                                  cwd=folder, stdin=subprocess.DEVNULL)
            if done.returncode:
                shutil.rmtree(folder + "/node_modules", ignore_errors=True)
                self.skipTest("npm could not fetch the client")
        with World() as world:
            community, person = world.given_community(), world.given_person()
            holder = subprocess.Popen(["psql", "-X", "-q", "-At", "-d", world.url], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
            holder.stdin.write("BEGIN; SELECT 1 FROM member.community WHERE community_id = "
                               f"'{community}' FOR UPDATE;\n")
            holder.stdin.flush()
            self.assertEqual(holder.stdout.readline().strip(), "1")

            def waiting():
                return world.number("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                    f" AND datname = '{world.database}'")

            client = subprocess.Popen(
                ["node", "stock.js", f"127.0.0.1:{world.port}", world.key, os.path.join(TOP, "proto"), community, person],
                cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            line = client.stdout.readline()
            if line == "waiting\n":
                world.until(lambda: waiting() == 1)
                client.stdin.write("\n")
                client.stdin.flush()
                world.until(lambda: waiting() == 0)
            out, err = client.communicate(timeout=60)
            holder.communicate("ROLLBACK;\n")
            self.assertEqual((line, client.returncode, out), ("waiting\n", 0, "ok\n"), err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
