"""Sending what the outbox holds: claimed by one worker, called outside transactions, tried again with back-off."""

from datetime import datetime, timedelta

from django.conf import settings as django_settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q

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
LEASE = timedelta(seconds=90)
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
    """Send one row; None when another worker has it, it is not due or it is over."""
    free = Q(state=State.QUEUED, next_attempt_at__lte=at) | Q(state=State.SENDING, lease_until__lt=at)
    claimed = Delivery.objects.filter(free, pk=delivery_id).exclude(connection__enabled=False).update(
        state=State.SENDING, lease_until=at + LEASE, attempts=F("attempts") + 1
    )
    if not claimed:
        return None
    row = Delivery.objects.select_related("connection").get(pk=delivery_id)
    try:
        status, effect = _send(row)
    except ConnectorError as error:
        _failed(row, error, at)
    else:
        _sent(row, status, effect, at)
    return row


def _send(row: Delivery) -> tuple[int | None, str]:
    message_id = f"{row.kind}-{row.replay_of_id or row.pk}-{row.pk}"
    if row.connection is None:
        payload = row.payload
        sender = django_settings.DEFAULT_FROM_EMAIL
        EmailMessage(payload["subject"], payload["text"], sender, list(payload["to"])).send()
        return None, "printed to the console: no mail server is connected"
    send = KINDS[row.connection.kind].deliver
    if send is None:
        raise ConnectorError("This kind of connection sends nothing.", permanent=True)
    return send(settings_of(row.connection), row.kind, row.payload, message_id), "sent"


def _sent(row: Delivery, status: int | None, effect: str, at: datetime) -> None:
    mine = Delivery.objects.filter(pk=row.pk, state=State.SENDING, attempts=row.attempts)
    mine.update(state=State.SENT, response_status=status, effect=effect, finished_at=at, lease_until=None, last_error="")
    if row.connection is not None:
        note_success(connection=row.connection, at=at)


def _failed(row: Delivery, error: ConnectorError, at: datetime) -> None:
    over = error.permanent or row.attempts >= MOST_ATTEMPTS
    wait = FIRST_WAIT * 4 ** (row.attempts - 1)
    changes = {"last_error": error.message[:300], "response_status": error.status, "lease_until": None}
    changes |= {"state": State.FAILED, "finished_at": at} if over else {"state": State.QUEUED, "next_attempt_at": at + wait}
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
