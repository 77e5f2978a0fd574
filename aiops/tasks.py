"""The kernel's own jobs: signs of life.

Beat sends a job to each worker, which proves that beat runs and that the queues move. A worker whose slots
are all taken by long evaluations cannot take that job and is well all the same: its main loop says so itself.
"""

import logging
import time
from typing import Any

from celery import shared_task
from celery.signals import heartbeat_sent
from django.db import DatabaseError, connection
from django.utils import timezone

from aiops import readiness

EVERY = 15.0
log = logging.getLogger(__name__)
_last_noted = -EVERY


@shared_task(name="aiops.heartbeat_checks")
def heartbeat_checks(**_: Any) -> None:
    readiness.seen(("worker-checks", "beat"), at=timezone.now())


@shared_task(name="aiops.heartbeat_ingest")
def heartbeat_ingest(**_: Any) -> None:
    readiness.seen(("worker-ingest", "beat"), at=timezone.now())


@heartbeat_sent.connect
def main_loop_is_alive(sender: Any, **_: Any) -> None:
    """Celery's own heartbeat, every two seconds while the broker answers; noted four times a minute."""
    global _last_noted
    now = time.monotonic()
    if now - _last_noted < EVERY:
        return
    _last_noted = now
    name = "worker-" + sender.eventer.hostname.partition("@")[0]
    try:
        readiness.seen((name,), at=timezone.now())
    except DatabaseError:
        # An error here would end the worker, which can wait for the database instead.
        log.warning("No sign of life could be left in the database.", exc_info=True)
    finally:
        # The pool forks from this process, and a connection must not be shared across a fork.
        connection.close()
