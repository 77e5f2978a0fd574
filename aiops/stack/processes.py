"""The processes of Payback, defined once: the supervisor starts them, docker-compose.yml repeats them.

A test compares the two, so that a company's containers run what `make run` runs.
"""

import sys
from dataclasses import dataclass

# What the embedded stack listens on; containers listen on all addresses of their own network.
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Process:
    """One long-running process: a console program and its arguments."""

    name: str
    command: tuple[str, ...]
    # Seconds a stopping process may use to finish what it has in hand.
    patience: float = 10.0

    def argv(self) -> list[str]:
        """The command under this Python, whatever PATH says."""
        return [sys.executable, "-m", *self.command]


_WORKER_QUIET = ("--without-gossip", "--without-mingle", "--loglevel=WARNING")
# The timetable is static and our calendars are rows, so beat has nothing to remember.
_IN_MEMORY = "--scheduler=celery.beat.Scheduler"


def processes(bind: str) -> tuple[Process, ...]:
    """Every process beside the two data servers; `bind` is the address and port of the web server."""
    return (
        Process("web", _web(bind)),
        Process("worker-checks", _worker("checks", "checks", "prefork", 2), patience=15.0),
        Process("worker-ingest", _worker("ingest", "ingest,deliveries", "threads", 4), patience=15.0),
        Process("beat", ("celery", "-A", "aiops", "beat", _IN_MEMORY, "--loglevel=WARNING")),
    )


def _web(bind: str) -> tuple[str, ...]:
    # Few requests are slow, many are short: threads share the memory, two processes share the cores, and what both
    # have loaded before they part is there once.
    shape = (
        "--preload",
        "--worker-class=gthread",
        "--workers=2",
        "--threads=4",
        "--timeout=60",
        "--graceful-timeout=8",
    )
    return ("gunicorn", "aiops.wsgi:application", f"--bind={bind}", *shape, "--log-level=warning")


def _worker(name: str, queues: str, pool: str, concurrency: int) -> tuple[str, ...]:
    who = (f"--hostname={name}@%h", f"--queues={queues}", f"--pool={pool}", f"--concurrency={concurrency}")
    return ("celery", "-A", "aiops", "worker", *who, *_WORKER_QUIET)
