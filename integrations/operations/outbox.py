"""Outgoing and incoming messages as rows: queued with the change, sent after it, counted once."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from aiops import jobs
from integrations.messages import Mail, Notice
from integrations.models import Connection, Delivery

Kind = Connection.Kind


def queue_mail(*, mail: Mail, dedup_key: str, at: datetime) -> Delivery:
    """Put a mail into the outbox of the mail server, or of the console where none is connected."""
    connection = Connection.objects.filter(kind=Kind.SMTP, enabled=True).order_by("pk").first()
    return _queue(connection, "mail", asdict(mail), dedup_key, at)


def queue_notice(*, notice: Notice, dedup_key: str, at: datetime) -> list[Delivery]:
    """Put a notice into the outbox of every enabled webhook and Slack connection."""
    targets = Connection.objects.filter(kind__in=[Kind.WEBHOOK, Kind.SLACK], enabled=True).order_by("pk")
    return [_queue(connection, "notice", asdict(notice), dedup_key, at) for connection in targets]


def _queue(
    connection: Connection | None, kind: str, payload: dict[str, Any], dedup_key: str, at: datetime
) -> Delivery:
    with transaction.atomic():
        row, created = Delivery.objects.get_or_create(
            connection=connection,
            direction=Delivery.Direction.OUT,
            dedup_key=dedup_key,
            defaults={
                "kind": kind,
                "payload": payload,
                "state": Delivery.State.QUEUED,
                "next_attempt_at": at,
                "created_at": at,
            },
        )
        if created:
            jobs.enqueue("integrations.deliver", row.pk)
    return row


def record_inbound(
    *, connection: Connection, dedup_key: str, payload: dict[str, Any], at: datetime, kind: str = "alert"
) -> tuple[Delivery, bool]:
    """Keep an incoming message; the second value is False when the same one came before (it is counted)."""
    with transaction.atomic():
        row, created = Delivery.objects.get_or_create(
            connection=connection,
            direction=Delivery.Direction.IN,
            dedup_key=dedup_key,
            defaults={"kind": kind, "payload": payload, "state": Delivery.State.RECEIVED, "created_at": at},
        )
        if not created:
            Delivery.objects.filter(pk=row.pk).update(repeats=F("repeats") + 1)
        note_success(connection=connection, at=at)
    return row, created


def mark_delivery(*, delivery: Delivery, state: str, effect: str, at: datetime) -> None:
    """Say what an incoming message did: what it opened or closed, or why it was ignored."""
    Delivery.objects.filter(pk=delivery.pk).update(state=state, effect=effect[:200], finished_at=at)


def note_success(*, connection: Connection, at: datetime) -> None:
    Connection.objects.filter(pk=connection.pk).update(last_success_at=at)


def note_failure(*, connection: Connection, reason: str, fix: str, at: datetime) -> None:
    """Keep the last failure with its fix; the last success stays, so that silence does not read as health."""
    Connection.objects.filter(pk=connection.pk).update(
        last_failure_at=at, last_failure=reason[:300], last_failure_fix=fix[:300]
    )
