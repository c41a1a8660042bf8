"""A private PostgreSQL cluster for a test: started in a folder of its own, killed and restarted at will."""
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def pg_bin():
    return sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]


class Cluster:
    """initdb, start, kill −9 of the postmaster, start again. Never runs as root."""

    def __init__(self, settings=(), environment=None):
        self.folder = tempfile.mkdtemp(prefix="kith-pg-")
        self.port = free_port()
        self.environment = environment or {}
        self.data = os.path.join(self.folder, "data")
        self.user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        os.chmod(self.folder, 0o755)
        if os.getuid() == 0:
            shutil.chown(self.folder, self.user)
        self.run([pg_bin() + "/initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "-E", "UTF8",
                  "--locale=C.UTF-8", "--no-sync"])
        with open(os.path.join(self.folder, "settings"), "w") as f:
            f.write(f"listen_addresses = '127.0.0.1'\nport = {self.port}\nunix_socket_directories = ''\n"
                    "max_connections = 200\nshared_buffers = 256MB\n" + "".join(s + "\n" for s in settings))
        os.chmod(os.path.join(self.folder, "settings"), 0o644)
        self.process = None
        self.start()

    def as_user(self, command):
        return ["setpriv", "--reuid", self.user, "--regid", self.user, "--init-groups"] + command \
            if os.getuid() == 0 else command

    def run(self, command):
        subprocess.run(self.as_user(command), check=True, stdout=subprocess.DEVNULL, cwd="/")

    def start(self):
        log = open(os.path.join(self.folder, "log"), "a")
        env = dict(os.environ, **self.environment)
        self.process = subprocess.Popen(
            self.as_user([pg_bin() + "/postgres", "-D", self.data,
                          "-c", f"config_file={self.config_file()}"]),
            stdout=log, stderr=log, cwd="/", env=env)
        self.wait()

    def config_file(self):
        path = os.path.join(self.folder, "postgresql.conf")
        with open(path, "w") as f:
            f.write(f"include '{self.data}/postgresql.conf'\ninclude '{self.folder}/settings'\n"
                    f"data_directory = '{self.data}'\nhba_file = '{self.data}/pg_hba.conf'\n"
                    f"ident_file = '{self.data}/pg_ident.conf'\n")
        os.chmod(path, 0o644)
        return path

    def wait(self):
        end = time.monotonic() + 60
        while subprocess.run([pg_bin() + "/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode:
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError(open(os.path.join(self.folder, "log")).read()[-3000:])
            time.sleep(0.02)

    def url(self, database="postgres"):
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def kill(self):
        """kill −9: the children see it and go; memory and unsynced pages of the server are lost."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
