"""The kernel's own jobs: signs of life. Beat sends one to each worker, so each also proves that beat runs."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from aiops import readiness


@shared_task(name="aiops.heartbeat_checks")
def heartbeat_checks(**_: Any) -> None:
    readiness.seen(("worker-checks", "beat"), at=timezone.now())


@shared_task(name="aiops.heartbeat_ingest")
def heartbeat_ingest(**_: Any) -> None:
    readiness.seen(("worker-ingest", "beat"), at=timezone.now())
