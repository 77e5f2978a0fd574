"""Doors for the worker: an id in, one operation."""

from __future__ import annotations

import os
import socket
from typing import Any

from celery import shared_task
from django.utils import timezone

from evals import operations


@shared_task(name="evals.run_eval_check")
def run_eval_check(check_run_id: int, **_: Any) -> None:
    """Grade the cases that a check run still has open, and leave its finding."""
    operations.run_eval(check_run_id=check_run_id, worker=_worker(), clock=timezone.now)


@shared_task(name="evals.run_drift_check")
def run_drift_check(check_run_id: int, **_: Any) -> None:
    """Compare the last seven days with the reference, and leave the finding."""
    operations.run_drift(check_run_id=check_run_id, worker=_worker(), clock=timezone.now)


def _worker() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
