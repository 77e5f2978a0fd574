"""Doors of scores, month values and the demo's feed."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from aiops.models import Company
from roi import operations
from roi.demo.feed import tick
from roi.operations import outlook, tripwires


@shared_task(name="roi.assess_stale")
def assess_stale(**_: Any) -> None:
    operations.assess_open(at=timezone.now())


@shared_task(name="roi.refresh_months")
def refresh_months(**_: Any) -> None:
    operations.refresh_open_months(at=timezone.now())


@shared_task(name="roi.close_months")
def close_months(**_: Any) -> None:
    operations.close_months(at=timezone.now())


@shared_task(name="roi.solve_plan")
def solve_plan(plan_id: int, revision: int, **_: Any) -> None:
    operations.solve_plan(plan_id=plan_id, revision=revision, clock=timezone.now)


@shared_task(name="roi.requeue_plans")
def requeue_plans(**_: Any) -> None:
    operations.requeue_plans(at=timezone.now())


@shared_task(name="roi.tend_reviews")
def tend_reviews(**_: Any) -> None:
    operations.schedule_meetings(at=timezone.now())


@shared_task(name="roi.refresh_agendas")
def refresh_agendas(**_: Any) -> None:
    operations.refresh_agendas(at=timezone.now())


@shared_task(name="roi.bring_back_deferred")
def bring_back_deferred(**_: Any) -> None:
    operations.bring_back_deferred(at=timezone.now())


@shared_task(name="roi.tell_finance")
def tell_finance(**_: Any) -> None:
    operations.tell_finance(at=timezone.now())


@shared_task(name="roi.weekly_words")
def weekly_words(**_: Any) -> None:
    operations.tell_week(at=timezone.now())


@shared_task(name="roi.learn")
def learn(**_: Any) -> None:
    operations.learn(at=timezone.now())


@shared_task(name="roi.refresh_outlooks")
def refresh_outlooks(**_: Any) -> None:
    outlook.refresh_outlooks(at=timezone.now())


@shared_task(name="roi.watch_tripwires")
def watch_tripwires(**_: Any) -> None:
    tripwires.watch(at=timezone.now())


@shared_task(name="roi.feed_demo")
def feed_demo(**_: Any) -> None:
    if Company.load().demo:
        tick(at=timezone.now())
