"""Enqueue work by job name, after commit: a lower package may name a job of an upper one."""

from functools import partial
from typing import Any

from django.db import transaction

from aiops.celery import app


def enqueue(name: str, *ids: Any, countdown: float = 0) -> None:
    """Send the job `name` with plain ids once the open transaction commits; lost if it rolls back."""
    transaction.on_commit(partial(_send, name, ids, countdown))


def _send(name: str, ids: tuple[Any, ...], countdown: float) -> None:
    app.send_task(name, args=ids, countdown=countdown or None)
