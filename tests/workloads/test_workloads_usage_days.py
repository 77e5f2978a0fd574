"""Daily sums are the hourly ones added up, whoever wrote those and in whichever way."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Thread

import pytest
from django.db import connection, connections
from django.db.models import F, Sum

from tests.factories import make_workload
from workloads.calc.dialects import NormalisedCall
from workloads.models import UsageDay, UsageHour
from workloads.operations.call_store import store_calls
from workloads.operations.usage_days import fold_usage_days
from workloads.queries.usage import DAILY_SUMS, usage_sums

START = datetime(2026, 10, 1, tzinfo=UTC)
KEYS = ("workload", "provider", "model", "cost_centre")


def hour(workload, at, **more):
    base = {
        "provider": "openai",
        "model": "gpt-4o",
        "operation": "chat",
        "calls": 1,
        "cost_usd": Decimal("0.1"),
    }
    return UsageHour(workload=workload, hour=at, **(base | more))


def by_hours():
    """What the daily sums should be, by the hours themselves."""
    found: dict[tuple, dict] = {}
    for row in UsageHour.objects.all():
        key = (row.workload_id, row.provider, row.model, row.cost_centre, row.hour.astimezone(UTC).date())
        sums = found.setdefault(key, dict.fromkeys(DAILY_SUMS, Decimal(0)))
        for name in DAILY_SUMS:
            sums[name] += getattr(row, name)
    return {key: sums for key, sums in found.items() if any(sums.values())}


def by_days():
    found: dict[tuple, dict] = {}
    for row in UsageDay.objects.all():
        key = (row.workload_id, row.provider, row.model, row.cost_centre, row.day)
        sums = found.setdefault(key, dict.fromkeys(DAILY_SUMS, Decimal(0)))
        for name in DAILY_SUMS:
            sums[name] += getattr(row, name)
    return {key: sums for key, sums in found.items() if any(sums.values())}


def test_pieces_are_put_together_and_no_sum_moves(cast):
    workload = make_workload(cast)
    for n in range(30):
        hour(workload, START + timedelta(hours=n), cost_usd=Decimal("1E-24") * n, calls=n + 1).save()
    before = by_days()
    assert UsageDay.objects.count() == 30
    assert fold_usage_days() == 2 and UsageDay.objects.count() == 2 and by_days() == before
    UsageHour.objects.filter(hour__lt=START + timedelta(hours=3)).update(calls=F("calls") + 5)
    assert fold_usage_days() == 1 and by_days() == by_hours() and UsageDay.objects.count() == 2
    assert fold_usage_days() == 0


def test_hours_that_come_grow_move_and_go(cast):
    workload, rng = make_workload(cast), random.Random(11)
    rows = [
        hour(
            workload,
            START + timedelta(hours=n),
            model=rng.choice(["gpt-4o", "o3"]),
            cost_centre=rng.choice(["", "A"]),
            calls=rng.randrange(1, 9),
            errors=rng.randrange(2),
            unpriced_calls=rng.randrange(2),
            cost_usd=Decimal(rng.randrange(10**9)).scaleb(-12),
        )
        for n in range(200)
    ]
    UsageHour.objects.bulk_create(rows)
    assert by_days() == by_hours() and len(by_days()) > 20
    UsageHour.objects.filter(model="o3").update(cost_usd=F("cost_usd") * 2, calls=F("calls") + 3)
    assert by_days() == by_hours()
    UsageHour.objects.filter(cost_centre="A", hour__lt=START + timedelta(days=2)).delete()
    UsageHour.objects.filter(cost_centre="").update(provider="azure.ai.openai")
    assert by_days() == by_hours()
    late = UsageHour.objects.order_by("hour").last()
    UsageHour.objects.filter(pk=late.pk).update(hour=F("hour") + timedelta(days=3))
    assert by_days() == by_hours()


def test_calls_that_are_stored_count_in_their_day_once(cast, now):
    workload = make_workload(cast)
    calls = [
        NormalisedCall(
            trace_id=f"{n:032x}", span_id=f"{n:016x}", started_at=now - timedelta(hours=n), operation="chat",
            provider="openai", model="gpt-4o", input_tokens=1000 + n, output_tokens=10, dialect="genai",
        )
        for n in range(1, 60)
    ]  # fmt: skip
    for batch in (calls[:40], calls[20:], calls):
        store_calls(workload=workload, calls=batch, at=now)
    assert by_days() == by_hours()
    assert UsageDay.objects.aggregate(n=Sum("calls"))["n"] == 59


@pytest.mark.parametrize("by", [("month",), ("day", "model"), ("workload", "cost_centre")])
def test_both_sums_answer_alike(cast, by):
    """Whole days are read from days; an hour more, from hours."""
    workload = make_workload(cast)
    rows = [hour(workload, START + timedelta(hours=7 * n), cost_centre=str(n % 2)) for n in range(100)]
    UsageHour.objects.bulk_create(rows)
    end, of = START + timedelta(days=40), ("calls", "cost_usd")

    def told(first):
        return sorted(
            (sorted(row.items()) for row in usage_sums(first, end, *by, of=of, workloads=[workload.pk])),
            key=str,
        )

    assert told(START) == told(START - timedelta(hours=1))


def test_which_table_is_read(cast, django_assert_num_queries):
    def tables(**more):
        with connection.execute_wrapper(lambda run, sql, *rest: asked.append(sql) or run(sql, *rest)):
            usage_sums(START, START + timedelta(**more), "workload", of=("calls",))
        return asked.pop()

    asked: list[str] = []
    assert "workloads_usageday" in tables(days=1) and "workloads_usagehour" in tables(hours=5)


@pytest.mark.django_db(transaction=True)
def test_senders_of_the_same_days_never_wait_in_a_circle(cast, now):
    """Each batch opens hours of some models and adds to those of others; the job runs all the while."""
    workload, failures = make_workload(cast), []

    def send(sender):
        rng = random.Random(sender)
        try:
            for batch in range(15):
                fold_usage_days()
                calls = [
                    NormalisedCall(
                        trace_id=f"{sender * 1000 + batch:032x}", span_id=f"{n:016x}", operation="chat",
                        started_at=now - timedelta(hours=rng.randrange(1, 48)), provider="openai",
                        model=rng.choice("abcdef"), input_tokens=10, output_tokens=1, dialect="genai",
                    )
                    for n in range(8)
                ]  # fmt: skip
                store_calls(workload=workload, calls=calls, at=now)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=send, args=(sender,)) for sender in range(1, 5)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert failures == [] and by_days() == by_hours()
    assert UsageDay.objects.aggregate(n=Sum("calls"))["n"] == 4 * 15 * 8
