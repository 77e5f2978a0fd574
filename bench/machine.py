"""Web servers under measurement, and what processes use of the machine."""

import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def fdatasync_ms(folder: Path, times: int = 100) -> float:
    """Median time to write 8 kB and see it on the disk."""
    took = []
    with open(folder / "fdatasync", "wb") as file:
        for _ in range(times):
            file.write(b"x" * 8192)
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


class Web:
    """gunicorn as `manage.py up` starts it, with another number of workers."""

    def __init__(self, application: str, workers: int, path: str, key: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.path, self.key = path, key
        shape = [
            "--preload",
            "--worker-class=gthread",
            f"--workers={workers}",
            "--threads=4",
            "--log-level=warning",
        ]
        command = ["gunicorn", application, f"--bind=127.0.0.1:{self.port}", *shape]
        self.child = subprocess.Popen(
            [sys.executable, "-m", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.child.poll() is None and time.monotonic() < deadline, (
                    "the web server did not start"
                )
                time.sleep(0.05)

    def stop(self) -> None:
        self.child.terminate()
        self.child.wait(30)


def family(pid: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found = [pid]
    for one in found:
        found.extend(children.get(one, []))
    return found


def cpu_seconds(pids: list[int]) -> float:
    """User and system time of all these and of their children that have ended."""
    ticks = 0
    for pid in pids:
        try:
            ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
        except OSError:
            continue
    return ticks / TICK


def memory_mb(pids: list[int]) -> float:
    """Memory of all these; a page that several share counts once between them."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024
