"""Daily sums are the hourly ones added up, whoever wrote those and in whichever way."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import F, Sum

from tests.factories import make_workload
from workloads.calc.dialects import NormalisedCall
from workloads.calc.reconcile import EXACT
from workloads.models import UsageDay, UsageHour
from workloads.operations.call_store import store_calls
from workloads.operations.usage_days import SUMS, settle_usage_days
from workloads.queries.usage import usage_sums

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
        sums = found.setdefault(key, dict.fromkeys(SUMS, Decimal(0)))
        for name in SUMS:
            sums[name] = EXACT.add(sums[name], Decimal(getattr(row, name)))
    return {key: sums for key, sums in found.items() if any(sums.values())}


def by_days():
    rows = UsageDay.objects.values(*KEYS, "day", *SUMS)
    found = {
        (*(row[key] for key in KEYS), row["day"]): {name: row[name] for name in SUMS} for row in rows
    }
    return {key: sums for key, sums in found.items() if any(sums.values())}


@pytest.fixture
def october(cast):
    """Two hundred hours of two models and two cost centres."""
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
            cost_usd=Decimal(rng.randrange(10**9)).scaleb(-24) + rng.randrange(10**6),
        )
        for n in range(200)
    ]
    UsageHour.objects.bulk_create(rows)
    return workload


def test_days_are_settled_and_made_right_again(october, now):
    assert settle_usage_days(at=now) == len(by_hours()) > 20 and by_days() == by_hours()
    assert settle_usage_days(at=now) == 0, "what is right is not written again"
    UsageHour.objects.filter(model="o3").update(cost_usd=F("cost_usd") * 2, calls=F("calls") + 3)
    assert settle_usage_days(at=now) and by_days() == by_hours()
    UsageHour.objects.filter(cost_centre="A", hour__lt=START + timedelta(days=2)).delete()
    UsageHour.objects.filter(cost_centre="").update(provider="azure.ai.openai")
    assert settle_usage_days(at=now) and by_days() == by_hours()


def test_today_stays_with_the_hours(cast, now):
    workload = make_workload(cast)
    today = now.replace(hour=0)
    for back in (0, 1, 2, 3):
        hour(workload, today - timedelta(days=back)).save()
    settle_usage_days(at=now)
    assert sorted(UsageDay.objects.values_list("day", flat=True)) == [
        (today - timedelta(days=back)).date() for back in (3, 2, 1)
    ]


@pytest.mark.parametrize("by", [("month",), ("day", "model"), ("workload", "cost_centre"), ("provider",)])
@pytest.mark.parametrize("last", [0, 3, 100])
def test_both_sums_answer_alike(october, now, by, last):
    """With no day settled, with some, and with all: whole days or a piece of one."""

    def told(start, end):
        rows = usage_sums(start, end, *by, of=("calls", "cost_usd"), workloads=[october.pk])
        return sorted((sorted(row.items()) for row in rows), key=str)

    spans = [(START, START + timedelta(days=40)), (START + timedelta(hours=5), START + timedelta(days=4))]
    spans += [
        (START + timedelta(days=2), START + timedelta(days=5, hours=7)),
        (START, START + timedelta(hours=3)),
    ]
    before = [told(*span) for span in spans]
    settle_usage_days(at=START + timedelta(days=last))
    assert UsageDay.objects.exists() == bool(last)
    assert [told(*span) for span in spans] == before and all(before)


def test_a_late_call_counts_once_the_job_has_run(october, now):
    settle_usage_days(at=now)
    span = (START, START + timedelta(days=1))
    ((before,)) = usage_sums(*span, "workload", of=("calls",))
    hour(october, START + timedelta(hours=2), model="late", calls=7).save()
    settle_usage_days(at=now)
    ((after,)) = usage_sums(*span, "workload", of=("calls",))
    assert after["calls"] == before["calls"] + 7


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
    settle_usage_days(at=now + timedelta(days=5))
    assert by_days() == by_hours()
    assert UsageDay.objects.aggregate(n=Sum("calls"))["n"] == 59
