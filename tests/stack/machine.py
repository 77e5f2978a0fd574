"""A folder, a port, and the `up` on them: what the stories of the stack do to it, and what they wait for."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90


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

    def kill(self, marker: str = "") -> int:
        """kill -9 of the part with these words in its command line, or of all; the first that was killed."""
        until(
            lambda: any(marker in words for words in self.processes().values()), f"{marker} to be there", 60
        )
        pids = [self.pid_of(marker)] if marker else [*self.processes()]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return pids[0]

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


def alive(port: int) -> bool:
    try:
        return answers(port, "/healthz")[0] == 200
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
