"""Doors of the backlog's jobs: ids in, one operation."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from backlog import operations
from backlog.operations import ticket_reading


@shared_task(name="backlog.read_tickets")
def read_tickets(log_id: int, **_: Any) -> None:
    ticket_reading.read_tickets(log_id=log_id, clock=timezone.now)


@shared_task(name="backlog.tend_tickets")
def tend_tickets(**_: Any) -> None:
    ticket_reading.tend_tickets(at=timezone.now())


@shared_task(name="backlog.read_mailboxes")
def read_mailboxes(**_: Any) -> None:
    operations.read_candidate_mail(at=timezone.now())


@shared_task(name="backlog.name_waiting")
def name_waiting(**_: Any) -> None:
    operations.name_waiting(at=timezone.now())
