"""Doors of the checks: ids in, one operation."""

from datetime import datetime
from typing import Any

from celery import Task, shared_task
from django.utils import timezone

from integrations.models import Delivery
from workloads import operations
from workloads.operations import (
    anomalies,
    budget_watch,
    doubles,
    holding,
    objectives,
    outcome_days,
    probes,
    repricing,
    retention,
    usage_days,
)


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
    holding.store_held(service_id=service_id, at=timezone.now())


@shared_task(name="workloads.tend_doors")
def tend_doors(**_: Any) -> None:
    holding.tend_doors(at=timezone.now())


@shared_task(name="workloads.watch_budgets")
def watch_budgets(**_: Any) -> None:
    budget_watch.watch_budgets(at=timezone.now())


@shared_task(name="workloads.watch_cost")
def watch_cost(**_: Any) -> None:
    anomalies.watch_cost(at=timezone.now())


@shared_task(name="workloads.run_repricing")
def run_repricing(repricing_id: int, **_: Any) -> None:
    repricing.run_repricing(repricing_id=repricing_id, at=timezone.now())


@shared_task(name="workloads.resume_repricings")
def resume_repricings(**_: Any) -> None:
    repricing.resume_repricings(at=timezone.now())


@shared_task(name="workloads.run_reliability_check", bind=True)
def run_reliability_check(self: "Task[Any, Any]", run_id: int, **_: Any) -> None:
    worker = f"{self.request.hostname}:{self.request.id}"
    objectives.run_reliability_check(run_id=run_id, worker=worker, at=timezone.now())


@shared_task(name="workloads.dispatch_probes")
def dispatch_probes(**_: Any) -> None:
    probes.dispatch_probes(at=timezone.now())


# A peer that trickles its answer byte by byte is given up here, past the longest timeout of a probe.
@shared_task(name="workloads.run_probe", soft_time_limit=45, time_limit=60)
def run_probe(probe_id: int, slot: str, **_: Any) -> None:
    probes.run_probe(probe_id=probe_id, slot=datetime.fromisoformat(slot), at=timezone.now())


@shared_task(name="workloads.keep_house")
def keep_house(**_: Any) -> None:
    retention.keep_house(at=timezone.now())


@shared_task(name="workloads.take_out_doubles")
def take_out_doubles(**_: Any) -> None:
    doubles.take_out_doubles(at=timezone.now())


@shared_task(name="workloads.settle_usage_days")
def settle_usage_days(**_: Any) -> None:
    usage_days.settle_usage_days(at=timezone.now())


@shared_task(name="workloads.move_outcome_days")
def move_outcome_days(**_: Any) -> None:
    outcome_days.move_outcome_days(at=timezone.now())
