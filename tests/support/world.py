"""A whole Kith for a test: five real processes of the build folder, a database of its own, ports and sockets of its own."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid

import yaml

from cluster import Cluster, free_port

SERVICES = ("member", "content", "activity", "evaluation")
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("KITH_BUILD", os.path.join(TOP, "build"))


class Answer:
    """What HTTP said: code, headers, and the body as JSON where it is."""

    def __init__(self, code, headers, body):
        self.code, self.headers, self.raw = code, headers, body
        try:
            self.json = json.loads(body) if body else None
        except ValueError:
            self.json = None

    @property
    def reason(self):
        for detail in (self.json or {}).get("error", {}).get("details", []):
            if detail.get("@type", "").endswith("google.rpc.ErrorInfo"):
                return detail.get("reason")
        return None

    @property
    def status(self):
        return (self.json or {}).get("error", {}).get("status", "OK" if self.code < 300 else None)

    def __repr__(self):
        return f"<{self.code} {self.raw[:500]!r}>"


class World:
    """start() brings it up; kill(), start_one() and stop() are what the fault tests do to it.

    replicas={"content": 3} has three processes of content: "content", "content-2" and "content-3"."""

    def __init__(self, cluster=None, settings=None, replicas=None, **gateway):
        self.folder = tempfile.mkdtemp(prefix="kith-w-")
        self.own_cluster = None
        self.cluster = cluster
        self.settings, self.gateway = settings or {}, gateway
        self.port = free_port()
        self.processes = {}
        self.names = {name: [name] + [f"{name}-{i}" for i in range(2, (replicas or {}).get(name, 1) + 1)]
                      for name in SERVICES}
        self.secret = os.urandom(32).hex()
        if cluster is None and "KITH_TEST_DATABASE_URL" not in os.environ:
            self.own_cluster = self.cluster = Cluster(["fsync = off"])
        base = self.cluster.url() if self.cluster else os.environ["KITH_TEST_DATABASE_URL"]
        self.database = "world_" + uuid.uuid4().hex[:12]
        self.admin_url = base
        self.psql(f"CREATE DATABASE {self.database}", base)
        head, _, query = base.partition("?")
        self.url = head.rsplit("/", 1)[0] + "/" + self.database + ("?" + query if query else "")
        self.write_config()

    # -- configuration

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write_config(self):
        with open(self.path("secret"), "w") as f:
            f.write(self.secret + "\n")
        os.chmod(self.path("secret"), 0o600)
        for service in SERVICES + ("gateway",):
            for name in self.names.get(service, [service]):
                self.write_config_of(service, name)

    def address(self, name):
        return f"ipc://{self.path(name + '.sock')}"

    def write_config_of(self, service, name):
        with open(os.path.join(TOP, "deploy", "config", service + ".yaml")) as f:
            config = yaml.safe_load(f)
        config["secret_file"] = self.path("secret")
        config["peers"] = [{"service": s, "addresses": [self.address(n) for n in names]}
                           for s, names in self.names.items() if s != service]
        config["log"]["level"] = "info"
        if service == "gateway":
            config["listen"] = [f"127.0.0.1:{self.port}"]
            config["audit_file"] = self.path("audit.log")
            config.update(rate_per_key=0, burst_per_key=0, rate_per_address=0, burst_per_address=0)
            config.update(self.gateway)
        else:
            config["listen"] = [self.address(name)]
            config["database"]["url"] = self.url
            config["database"]["url_file"] = ""
            config["database"]["schema"] = service
            config.update(self.settings)
        with open(self.path(name + ".yaml"), "w") as f:
            yaml.safe_dump(config, f)

    # -- processes

    def program(self, name):
        for root, _, files in os.walk(BUILD):
            if name in files and os.access(os.path.join(root, name), os.X_OK):
                return os.path.join(root, name)
        raise RuntimeError(f"{name} is not built in {BUILD}")

    def start(self, key_scopes=("read", "write", "admin")):
        try:
            for service in SERVICES:
                subprocess.run([self.program("kith-" + service), "--config", self.path(service + ".yaml"), "migrate"],
                               check=True, stderr=open(self.path(service + ".log"), "a"))
            for name in self.service_names() + ["gateway"]:
                self.start_one(name)
            self.wait_ready()
            self.key = self.create_key(*key_scopes)
        except BaseException:
            self.abandon()
            raise
        return self

    def service_names(self):
        return [name for names in self.names.values() for name in names]

    def start_one(self, name):
        log = open(self.path(name + ".log"), "a")
        env = dict(os.environ)
        env.setdefault("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0")
        program = self.program("kith-" + name.partition("-")[0])
        self.processes[name] = subprocess.Popen([program, "--config", self.path(name + ".yaml")], stdout=log, stderr=log,
                                                env=env)

    def kill(self, name, sig=signal.SIGKILL):
        process = self.processes[name]
        process.send_signal(sig)
        return process.wait(timeout=60)

    def wait_ready(self, seconds=60):
        end = time.monotonic() + seconds
        while True:
            try:
                if self.http("GET", "/readyz", key=None).code == 200:
                    return
            except OSError:
                pass
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"{name} ended with {process.returncode}: {self.log(name)[-3000:]}")
            if time.monotonic() > end:
                raise RuntimeError("not ready: " + "\n".join(self.log(n)[-600:] for n in self.processes))
            time.sleep(0.02)

    def log(self, name):
        with open(self.path(name + ".log"), errors="replace") as f:
            return f.read()

    def check_logs(self):
        """No sanitizer has complained and nobody has died unasked."""
        for name in self.processes:
            text = self.log(name)
            for mark in ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:"):
                assert mark not in text, f"{name}: {text[text.index(mark):][:3000]}"

    def stop(self):
        """Drains everything by SIGTERM and checks that it ended well."""
        codes = {}
        for name in ["gateway"] + self.service_names():
            process = self.processes.get(name)
            if process and process.poll() is None:
                codes[name] = self.kill(name, signal.SIGTERM)
        self.check_logs()
        if self.own_cluster:
            self.own_cluster.stop()
        else:
            self.psql(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)", self.admin_url)
        shutil.rmtree(self.folder, ignore_errors=True)
        assert all(code == 0 for code in codes.values()), codes

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        if kind is None:
            self.stop()
        else:
            self.abandon()

    def abandon(self):
        """After a failure: shows what everybody said and leaves nothing running."""
        for name, process in self.processes.items():
            if process.poll() is None:
                process.kill()
                process.wait()
            print(f"---- {name}\n{self.log(name)[-4000:]}", flush=True)
        if self.own_cluster:
            self.own_cluster.stop()

    # -- asking

    def environment(self):
        """What the `kith` command is told."""
        return dict(os.environ, KITH_CONFIG=self.path("gateway.yaml"), KITH_HTTP=f"http://127.0.0.1:{self.port}",
                    KITH_KEY=getattr(self, "key", ""), XDG_STATE_HOME=self.path("state"))

    def kith(self, *args, check=True, **options):
        done = subprocess.run([self.program("kith"), *args], env=self.environment(), text=True, capture_output=True,
                              **options)
        if check and done.returncode:
            raise RuntimeError(f"kith {args}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def create_key(self, *scopes, communities=()):
        args = ["key", "create", "--name", "test", "--scopes", ",".join(scopes)]
        for community in communities:
            args += ["--community", community]
        return json.loads(self.kith(*args).stdout)["key"]

    def http(self, method, path, body=None, key="", headers=None, timeout=30):
        head = dict(headers or {})
        if key is not None:
            head.setdefault("Authorization", "Bearer " + (key or self.key))
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            head.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, head, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as reply:
                return Answer(reply.status, dict(reply.headers), reply.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, dict(error.headers), error.read())

    def ok(self, method, path, body=None, **options):
        answer = self.http(method, path, body, **options)
        assert answer.code < 300, f"{method} {path}: {answer}"
        return answer.json

    def psql(self, sql, url=None):
        """Rows of tab-separated columns, by psql: nothing of Kith's own code."""
        done = subprocess.run(["psql", "-X", "-q", "-At", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", url or self.url,
                               "-c", sql], text=True, capture_output=True)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def number(self, sql):
        return int(self.psql(sql)[0][0])

    def until(self, what, seconds=20):
        """Waits for a condition, by asking."""
        end = time.monotonic() + seconds
        while True:
            value = what()
            if value:
                return value
            assert time.monotonic() < end, "did not become true in time"
            time.sleep(0.02)

    # -- given

    def given_community(self, name="Readers", **fields):
        return self.ok("POST", "/v1/communities", dict(
            {"name": name, "type": "COMMUNITY_TYPE_INTEREST", "timeZone": "Europe/Berlin"}, **fields))["communityId"]

    def given_person(self, name="Ann"):
        return self.ok("POST", "/v1/persons", {"displayName": name})["personId"]

    def given_member(self, community, name="Ann"):
        person = self.given_person(name)
        self.ok("POST", f"/v1/communities/{community}/memberships:join", {"personId": person})
        return person
