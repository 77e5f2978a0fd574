"""Throw-away PostgreSQL and Valkey for one test run: started once, shared by all workers, removed at the end.

`start()` gives the two addresses, `stop()` removes everything. A run that was killed leaves a folder that
nobody locks (its servers died with it); the next run removes it.
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

from aiops.stack import folders
from aiops.stack.postgres import Postgres
from aiops.stack.valkey import Valkey

PREFIX = f"payback-test-{os.getuid()}-"
HOME = "PAYBACK_TEST_HOME"


class _Run:
    home: Path
    lock: IO[str]
    postgres: Postgres
    valkey: Valkey


_run: _Run | None = None


def start() -> dict[str, str]:
    """Start both servers (once per process) and return the environment the settings are to be read with.

    The settings module is named here and not in pyproject.toml: named there, pytest-django would read the
    settings before the addresses exist.
    """
    global _run
    if _run is None:
        _sweep()
        _run = _Run()
        _run.home = Path(tempfile.mkdtemp(prefix=PREFIX))
        _run.lock = folders.lock(_run.home)
        _run.postgres = Postgres(_run.home, safe=False, connections=60)
        _run.valkey = Valkey(_run.home, safe=False)
        _run.postgres.start()
        _run.valkey.start()
    return {
        "DATABASE_URL": _run.postgres.url,
        "REDIS_URL": _run.valkey.url,
        "DJANGO_SETTINGS_MODULE": "aiops.settings",
        HOME: str(_run.home),
    }


def numbered(url: str, number: int) -> str:
    """One of the broker's databases for each worker: a job that one's test sends is never another's to run."""
    return url.replace("db=0", f"db={number % 16}")


def stop() -> None:
    """Stop both servers and remove their folder; safe to call twice."""
    global _run
    if _run is None:
        return
    run, _run = _run, None
    run.valkey.stop()
    run.postgres.stop()
    run.lock.close()
    shutil.rmtree(run.home, ignore_errors=True)


def _sweep() -> None:
    for folder in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        if _abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _abandoned(folder: Path) -> bool:
    """Nobody holds its lock. A folder without a lock file may be another run's, just made: left alone."""
    try:
        with open(folder / "lock", "r+") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
