"""Sending what the outbox holds: claimed by one worker, outside transactions, tried again with back-off."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings as django_settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q

from aiops import audit, jobs, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from integrations.connectors import KINDS
from integrations.connectors.base import ConnectorError
from integrations.models import Delivery
from integrations.operations.connections import settings_of
from integrations.operations.outbox import note_failure, note_success

MOST_ATTEMPTS = 6
LEASE = timedelta(minutes=3)
FIRST_WAIT = timedelta(seconds=15)
State = Delivery.State


def dispatch_due(*, at: datetime, most: int = 200) -> int:
    """Enqueue what is due, and what a lost worker had claimed; paused connections wait."""
    due = Q(state=State.QUEUED, next_attempt_at__lte=at) | Q(state=State.SENDING, lease_until__lt=at)
    rows = Delivery.objects.filter(due).exclude(connection__enabled=False).order_by("next_attempt_at", "pk")
    ids = list(rows.values_list("pk", flat=True)[:most])
    with transaction.atomic():
        for pk in ids:
            jobs.enqueue("integrations.deliver", pk)
    return len(ids)


def deliver(*, delivery_id: int, at: datetime) -> Delivery | None:
    """Send one row; None when another worker has it, it is not due, paused or over."""
    row = _claim(delivery_id, at)
    if row is None:
        return None
    try:
        status, effect = _send(row)
    except ConnectorError as error:
        _failed(row, error, at)
    except Exception as error:  # whatever a connector did not foresee must end in the row, not in a loop
        _failed(row, ConnectorError(f"It broke off unexpectedly ({type(error).__name__}).", False), at)
    else:
        _sent(row, status, effect, at)
    return row


def _claim(delivery_id: int, at: datetime) -> Delivery | None:
    """Only the worker whose UPDATE changed the row goes on. Its own columns alone stand in the condition:
    a join would turn into a subquery, which is not looked at again after waiting for the other worker."""
    row = Delivery.objects.select_related("connection").filter(pk=delivery_id).first()
    if row is None or (row.connection is not None and not row.connection.enabled):
        return None
    free = Q(state=State.QUEUED, next_attempt_at__lte=at) | Q(state=State.SENDING, lease_until__lt=at)
    mine = Delivery.objects.filter(free, pk=delivery_id, attempts=row.attempts)
    if not mine.update(state=State.SENDING, lease_until=at + LEASE, attempts=row.attempts + 1):
        return None
    row.attempts += 1
    if row.attempts <= MOST_ATTEMPTS:
        return row
    _failed(row, ConnectorError(f"Given up: {MOST_ATTEMPTS} workers were lost while they sent it.", True), at)
    return None


def _send(row: Delivery) -> tuple[int | None, str]:
    """The id stays the same in every attempt, so that a receiver can tell a repetition."""
    message_id = f"{row.kind}-{row.pk}-{int(row.created_at.timestamp())}"
    if row.connection is None:
        return None, _print(row, message_id)
    send = KINDS[row.connection.kind].deliver
    if send is None:
        raise ConnectorError("This kind of connection sends nothing.", permanent=True)
    return send(settings_of(row.connection), row.kind, row.payload, message_id), "sent"


def _print(row: Delivery, message_id: str) -> str:
    if row.kind != "mail":
        raise ConnectorError("The connection it was meant for is gone.", permanent=True)
    payload, sender = row.payload, django_settings.DEFAULT_FROM_EMAIL
    headers = {"Message-ID": f"<{message_id}@payback>", "Auto-Submitted": "auto-generated"}
    subject = " ".join(str(payload["subject"]).split())
    EmailMessage(subject, payload["text"], sender, list(payload["to"]), headers=headers).send()
    return "printed to the console: no mail server is connected"


def _sent(row: Delivery, status: int | None, effect: str, at: datetime) -> None:
    mine = Delivery.objects.filter(pk=row.pk, state=State.SENDING, attempts=row.attempts)
    done = {"response_status": status, "effect": effect, "finished_at": at}
    mine.update(state=State.SENT, lease_until=None, last_error="", **done)
    if row.connection is not None:
        note_success(connection=row.connection, at=at)


def _failed(row: Delivery, error: ConnectorError, at: datetime) -> None:
    over = error.permanent or row.attempts >= MOST_ATTEMPTS
    wait = FIRST_WAIT * 4 ** (row.attempts - 1)
    changes: dict[str, Any] = {
        "last_error": error.message[:300],
        "response_status": error.status,
        "lease_until": None,
    }
    again = {"state": State.QUEUED, "next_attempt_at": at + wait}
    changes |= {"state": State.FAILED, "finished_at": at} if over else again
    Delivery.objects.filter(pk=row.pk, state=State.SENDING, attempts=row.attempts).update(**changes)
    if row.connection is not None:
        note_failure(connection=row.connection, reason=error.message, fix=error.fix, at=at)


def replay(*, delivery: Delivery, by: User, at: datetime) -> Delivery:
    """The same message again as a new row that names the old one; an incoming one is read again."""
    permissions.require(by, Permission.CONNECT)
    if delivery.state in (State.QUEUED, State.SENDING):
        raise DomainError("under_way", "This message is still under way.")
    incoming = delivery.direction == Delivery.Direction.IN
    with transaction.atomic():
        again = Delivery.objects.create(
            connection=delivery.connection,
            direction=delivery.direction,
            kind=delivery.kind,
            payload=delivery.payload,
            state=State.RECEIVED if incoming else State.QUEUED,
            next_attempt_at=None if incoming else at,
            created_at=at,
            replay_of=delivery,
        )
        audit.record(by=by, at=at, action="delivery.replayed", obj=delivery)
        jobs.enqueue("workloads.replay_alert" if incoming else "integrations.deliver", again.pk)
    return again


def read_payload(*, delivery: Delivery, by: User, at: datetime) -> dict[str, Any]:
    """What a message says: an audited read."""
    permissions.require(by, Permission.CONNECT)
    audit.record(by=by, at=at, action="delivery.read", obj=delivery)
    return dict(delivery.payload)
