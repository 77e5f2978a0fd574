"""Doors of the checks: ids in, one operation."""

from typing import Any

from celery import Task, shared_task
from django.utils import timezone

from integrations.models import Delivery
from workloads import operations
from workloads.operations import arrivals


@shared_task(name="workloads.dispatch_checks")
def dispatch_checks(**_: Any) -> None:
    operations.dispatch_due(at=timezone.now())


@shared_task(name="workloads.requeue_lost")
def requeue_lost(**_: Any) -> None:
    operations.requeue_lost(at=timezone.now())


@shared_task(name="workloads.run_cost_check", bind=True)
def run_cost_check(self: "Task[Any, Any]", run_id: int, **_: Any) -> None:
    operations.run_cost_check(
        run_id=run_id, worker=f"{self.request.hostname}:{self.request.id}", at=timezone.now()
    )


@shared_task(name="workloads.replay_alert")
def replay_alert(delivery_id: int, **_: Any) -> None:
    delivery = Delivery.objects.get(pk=delivery_id, direction=Delivery.Direction.IN)
    operations.replay_alert(delivery=delivery, at=timezone.now())


@shared_task(name="workloads.store_held")
def store_held(service_id: int, **_: Any) -> None:
    arrivals.store_held(service_id=service_id, at=timezone.now())


@shared_task(name="workloads.tend_doors")
def tend_doors(**_: Any) -> None:
    arrivals.tend_doors(at=timezone.now())
