"""A real worker is killed with -9 in the middle of a run; another finishes it: each case graded once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from aiops.celery import app
from evals import operations
from evals.models import Result, Run
from tests.evals.fake_endpoint import FakeEndpoint
from tests.evals.golden import make_dataset, make_suite
from workloads.models import CheckRun, Finding

CASES = 30
LEASE = 2
ROOT = Path(__file__).resolve().parents[2]


def wait_for(what: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def worker_environment(tmp_path: Path) -> dict[str, str]:
    at = connection.settings_dict
    password = f":{quote(at['PASSWORD'], safe='')}" if at["PASSWORD"] else ""
    url = f"postgresql://{quote(at['USER'])}{password}@/{at['NAME']}?host={at['HOST']}&port={at['PORT']}"
    return os.environ | {
        "DATABASE_URL": url,
        "REDIS_URL": settings.REDIS_URL,
        "PAYBACK_VAR": str(tmp_path),
        "PAYBACK_SECRET_KEY": settings.SECRET_KEY,
        "PAYBACK_ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),
        "PAYBACK_LEASE_SECONDS": str(LEASE),
        "OMP_NUM_THREADS": "1",
    }


@contextmanager
def worker(tmp_path: Path, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process group of its own, so that killing it takes its children along."""
    command = [sys.executable, "-m", "celery", "-A", "aiops", "worker", "-Q", "checks", "-c", "1"]
    log = open(tmp_path / f"{name}.log", "wb")
    process = subprocess.Popen(
        [*command, "-n", f"{name}@test", "--loglevel", "WARNING"],
        cwd=ROOT,
        env=worker_environment(tmp_path),
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        kill(process)
        log.close()


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 of the worker and its children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_a_killed_worker_leaves_a_run_that_another_finishes(cast, workload, connect, tmp_path):
    now = timezone.now()
    with FakeEndpoint(lambda q: str(2 * int(q.removeprefix("2*"))), delay=0.1) as endpoint:
        dataset = make_dataset(workload, cast.evaluator, now, cases=CASES)
        suite = make_suite(workload, dataset, cast.evaluator, now, connection=connect(endpoint))
        check_run = operations.run_now(suite=suite, by=cast.evaluator, at=now)
        app.control.purge()
        with worker(tmp_path, "first") as first:
            app.send_task("evals.run_eval_check", args=[check_run.pk])
            wait_for(lambda: Result.objects.count() >= 8, 25)
            kill(first)
        left = Result.objects.count()
        assert 8 <= left < CASES and not Finding.objects.exists()
        time.sleep(LEASE + 0.2)
        with worker(tmp_path, "second"):
            app.send_task("workloads.requeue_lost")
            wait_for(lambda: CheckRun.objects.get(pk=check_run.pk).state == "done", 30)
    done = Run.objects.get()
    assert (done.passed, done.total, done.errors) == (CASES, CASES, 0)
    results = Result.objects.filter(run=done)
    assert results.values("case").distinct().count() == results.count() == CASES
    # The question that was open when the worker died may have been asked twice; none was graded twice.
    assert len(endpoint.asked) == CASES and sum(endpoint.asked.values()) <= CASES + 1
    assert Finding.objects.get().severity == "ok"
