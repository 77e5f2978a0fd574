"""Doors of the outbox."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from integrations import operations


@shared_task(name="integrations.dispatch_deliveries")
def dispatch_deliveries(**_: Any) -> None:
    operations.dispatch_due(at=timezone.now())


@shared_task(name="integrations.deliver")
def deliver(delivery_id: int, **_: Any) -> None:
    operations.deliver(delivery_id=delivery_id, at=timezone.now())


@shared_task(name="integrations.send_digests")
def send_digests(**_: Any) -> None:
    operations.send_digests(at=timezone.now())
