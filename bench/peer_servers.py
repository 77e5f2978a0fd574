"""The peers: installed into an environment that goes away, started as their own documentation starts them.

Nothing is tuned: storage is what each takes when it is told nothing (SQLite), in a folder that goes away.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from bench import machine, peer_load

START_SECONDS, INSTALL_SECONDS = 180.0, 900.0
KEPT = ("PATH", "TMPDIR", "LANG")


class NotMeasured(Exception):
    """Why a peer cannot be measured here."""


def install(package: str, folder: Path) -> Path:
    """A new virtual environment with this one package and what it asks for; the folder of its programs."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=120)
    python, fast = folder / "bin" / "python", shutil.which("uv")
    tool = (
        [fast, "pip", "install", "--python", str(python)] if fast else [str(python), "-m", "pip", "install"]
    )
    try:
        done = subprocess.run(
            [*tool, "-q", package], capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotMeasured(f"{package} was not installed within {INSTALL_SECONDS:.0f} s") from None
    if done.returncode:
        raise NotMeasured(f"{package} could not be installed: {done.stderr.strip()[-300:]}")
    return folder / "bin"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def kill(pids: list[int]) -> None:
    """kill -9, of processes that this run started."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


class Peer:
    """One server of somebody else's, with its own environment, folder and port. Counts are read from its tables."""

    name = package = version = storage = health = ""
    dialect: peer_load.Dialect
    headers: Mapping[str, str] = {}
    stored = failed_calls = failed_traces = ""

    def __init__(self, home: Path) -> None:
        self.home = home / self.name.lower()
        self.home.mkdir()
        self.programs = install(f"{self.package}=={self.version}", self.home / "venv")
        self.data = self.home / "data"
        self.data.mkdir()
        self.child: subprocess.Popen[bytes] | None = None
        self.port = 0

    def command(self) -> list[str]:
        raise NotImplementedError

    def settings(self) -> dict[str, str]:
        return {}

    @property
    def database(self) -> Path:
        raise NotImplementedError

    def start(self) -> None:
        self.port = free_port()
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        kept |= {"HOME": str(self.data), "PATH": f"{self.programs}:{kept.get('PATH', '')}"} | self.settings()
        with open(self.home / "log", "ab") as log:
            self.child = subprocess.Popen(
                self.command(), cwd=self.data, env=kept, stdout=log, stderr=log, start_new_session=True
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._healthy():
            assert self.child is not None
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise NotMeasured(f"{self.name} did not start: {(self.home / 'log').read_text()[-500:]}")
            time.sleep(0.2)

    def _healthy(self) -> bool:
        try:
            line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            line.request("GET", self.health)
            return line.getresponse().status == 200
        except OSError:
            return False

    def kill(self) -> None:
        """All its processes at once, with no chance to write what they hold."""
        if self.child is not None:
            kill(machine.family(self.child.pid))
            self.child.wait(30)
            self.child = None

    stop = kill

    def pids(self) -> list[int]:
        return machine.family(self.child.pid) if self.child else []

    def count(self) -> int:
        """Spans that another process can read from its database, so committed ones."""
        return self._ask(self.stored)

    def failed(self) -> tuple[int, int]:
        """Calls it keeps as failed, and those that its list of traces shows as failed."""
        return self._ask(self.failed_calls), self._ask(self.failed_traces)

    def _ask(self, query: str) -> int:
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=60)
        try:
            return connection.execute(query).fetchone()[0]
        finally:
            connection.close()


class Phoenix(Peer):
    """`phoenix serve`; a request is answered before its spans are written, by one writer in the background."""

    name, package, version = "Phoenix", "arize-phoenix", "20.26.1"
    storage = "SQLite, WAL, synchronous off (its default)"
    health = "/healthz"
    dialect = staticmethod(peer_load.openinference)
    stored = "SELECT count(*) FROM spans"
    failed_calls = "SELECT count(*) FROM spans WHERE status_code = 'ERROR'"
    failed_traces = "SELECT count(*) FROM spans WHERE parent_id IS NULL AND cumulative_error_count > 0"

    def command(self) -> list[str]:
        return [str(self.programs / "phoenix"), "serve"]

    def settings(self) -> dict[str, str]:
        ports = {"PHOENIX_PORT": str(self.port), "PHOENIX_GRPC_PORT": str(free_port())}
        where = {"PHOENIX_WORKING_DIR": str(self.data), "PHOENIX_HOST": "127.0.0.1"}
        return ports | where | {"PHOENIX_TELEMETRY_ENABLED": "false"}

    @property
    def database(self) -> Path:
        return self.data / "phoenix.db"


class Mlflow(Peer):
    """`mlflow server` with its default four workers; spans go to an experiment made beforehand."""

    name, package, version = "MLflow", "mlflow", "3.17.2"
    storage = "SQLite, rollback journal, synchronous full (its default)"
    health = "/health"
    dialect = staticmethod(peer_load.genai)
    stored = "SELECT count(*) FROM spans"
    failed_calls = "SELECT count(*) FROM spans WHERE status = 'ERROR'"
    failed_traces = "SELECT count(*) FROM trace_info WHERE status = 'ERROR'"

    def command(self) -> list[str]:
        return [str(self.programs / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(self.port)]

    def settings(self) -> dict[str, str]:
        return {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}

    @property
    def database(self) -> Path:
        return self.data / "mlflow.db"

    def start(self) -> None:
        super().start()
        if not self.headers:
            self.headers = {"x-mlflow-experiment-id": self._experiment()}

    def _experiment(self) -> str:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        about = json.dumps({"name": "bench"})
        kind = {"Content-Type": "application/json"}
        line.request("POST", "/api/2.0/mlflow/experiments/create", about, kind)
        return json.loads(line.getresponse().read())["experiment_id"]
