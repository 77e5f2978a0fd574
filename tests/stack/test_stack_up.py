"""`manage.py up` as a person meets it: one story on one folder, with real processes and real kills."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90
pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
    pytest.mark.slow,
]


@dataclass
class Up:
    """A folder, a port, and the `up` that may run on them."""

    home: Path
    port: int
    said: list[str] = field(default_factory=list)
    child: subprocess.Popen[str] | None = None

    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DATABASE_URL", "REDIS_URL"} and not name.startswith(("PAYBACK_", "PYTEST_"))
        }
        return {**kept, "PAYBACK_VAR": str(self.home), "PORT": str(self.port), "DEMO": "0"}

    def manage(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env={**self.environment(), **more},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def start(self) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said = []
        self.read_until("Ctrl-C stops everything")

    def read_until(self, pattern: str) -> None:
        assert self.child is not None and self.child.stdout is not None
        for line in self.child.stdout:
            self.said.append(line)
            if re.search(pattern, line):
                return
        pytest.fail(f"`up` ended without saying {pattern}:\n{''.join(self.said)}")

    def wait(self) -> int:
        """The exit code of an `up` that ends by itself or was asked to."""
        assert self.child is not None
        rest, _ = self.child.communicate(timeout=PATIENCE)
        self.said.append(rest)
        return self.child.returncode

    def addresses(self) -> dict[str, str]:
        return json.loads((self.home / "addresses.json").read_text())

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.addresses()["DATABASE_URL"])) as connection, connection:
            with connection.cursor() as cursor:
                cursor.execute(text)
                return cursor.fetchall() if cursor.description else []

    def broker(self) -> "redis.Redis[bytes]":
        return redis.Redis.from_url(self.addresses()["REDIS_URL"])

    def processes(self) -> dict[int, str]:
        """Every process that works in this folder: by its environment or its command line."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            words, inside = _read(folder / "cmdline"), _read(folder / "environ")
            if str(self.home) in words or f"PAYBACK_VAR={self.home}\n" in inside:
                found[int(folder.name)] = words.replace("\n", " ")
        return found

    def pid_of(self, marker: str) -> int:
        return min(pid for pid, words in self.processes().items() if marker in words)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().replace(b"\0", b"\n").decode(errors="replace")
    except OSError:
        return ""


def until(true: Callable[[], Any], what: str, patience: float = 30) -> None:
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, f"waited {patience} s for: {what}"
        time.sleep(0.1)


def answers(port: int, path: str) -> tuple[int, str]:
    import http.client

    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as line:
        line.request("GET", path)
        answer = line.getresponse()
        return answer.status, answer.read().decode()


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    one = Up(tmp_path_factory.mktemp("up") / "var", port)
    yield one
    for pid in one.processes():
        os.kill(pid, signal.SIGKILL)


def test_first_start(up: Up) -> None:
    up.start()
    assert answers(up.port, "/healthz") == (200, '{"ok": true}')
    assert any("name the first people" in line for line in up.said)
    for name in ("secret_key", "encryption_key"):
        assert stat.S_IMODE((up.home / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(up.home.stat().st_mode) == 0o700


def test_database_checks_its_pages_and_listens_on_no_network(up: Up) -> None:
    assert up.sql("SHOW data_checksums") == [("on",)]
    assert up.sql("SHOW listen_addresses") == [("",)]
    assert up.sql("SHOW fsync") == [("on",)]
    assert up.sql("SELECT datlocprovider, datlocale FROM pg_database WHERE datname='payback'") == [
        ("b", "C.UTF-8")
    ]


def test_second_start_is_refused_with_a_sentence(up: Up) -> None:
    done = up.manage("up")
    assert done.returncode != 0
    assert "Payback is already running with the data in" in done.stderr
    assert "Traceback" not in done.stderr


def test_taken_port_is_named_with_another_one(up: Up, tmp_path: Path) -> None:
    done = up.manage("up", PAYBACK_VAR=str(tmp_path / "var"))
    assert done.returncode != 0
    assert f"Port {up.port} is taken by another program" in done.stderr
    assert f"PORT={up.port + 1}" in done.stderr


def test_commands_in_another_terminal_find_the_servers(up: Up) -> None:
    done = up.manage("alive", "database")
    assert (done.returncode, done.stdout) == (0, "database: answers\n")


def test_everything_is_ready_within_a_minute(up: Up) -> None:
    until(lambda: answers(up.port, "/readyz")[0] == 200, "both workers and beat", 45)
    parts = json.loads(answers(up.port, "/readyz")[1])["parts"]
    assert set(parts) == {"database", "broker", "worker-checks", "worker-ingest", "beat"}


def test_killed_web_server_comes_back(up: Up) -> None:
    before = up.pid_of("gunicorn")
    os.kill(before, signal.SIGKILL)
    up.read_until("web ended")
    until(lambda: any("gunicorn" in w for p, w in up.processes().items() if p > before), "a new web server")
    until(lambda: _alive(up.port), "an answer")


def _alive(port: int) -> bool:
    try:
        return answers(port, "/healthz")[0] == 200
    except OSError:
        return False


def test_dead_database_stops_everything_and_loses_nothing(up: Up) -> None:
    up.sql("CREATE TABLE kept AS SELECT 1 AS n")
    up.broker().set("kept", "1")
    # Longer than the second within which the append-only file reaches the disk.
    time.sleep(1.2)
    os.kill(up.pid_of("postgres-18"), signal.SIGKILL)
    assert up.wait() != 0
    assert "Postgres ended by itself, so everything stopped" in "".join(up.said)
    until(lambda: not up.processes(), "nothing left", 5)


def test_kill_of_everything_is_recovered_from(up: Up) -> None:
    up.start()
    assert up.sql("SELECT n FROM kept") == [(1,)]
    up.sql("INSERT INTO kept VALUES (2)")
    for pid in up.processes():
        os.kill(pid, signal.SIGKILL)
    assert up.wait() == -signal.SIGKILL
    up.start()
    assert sorted(up.sql("SELECT n FROM kept")) == [(1,), (2,)]
    assert up.broker().get("kept") == b"1"


def test_kill_of_the_supervisor_alone_takes_its_children_along(up: Up) -> None:
    assert up.child is not None
    os.kill(up.child.pid, signal.SIGKILL)
    up.wait()
    until(lambda: not up.processes(), "children end with their parent", 15)


def test_sigterm_stops_everything_and_leaves_nothing(up: Up) -> None:
    up.start()
    assert up.child is not None
    up.child.send_signal(signal.SIGTERM)
    assert up.wait() == 0
    assert "".join(up.said).rstrip().endswith("Stopped.")
    assert not up.processes()
    assert not list(Path("/tmp").glob(f"payback-{os.geteuid()}-*"))
    assert not (up.home / "addresses.json").exists()
