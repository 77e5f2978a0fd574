"""Days that stand out and costs that creep are told once, with their cause."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from tests.factories import make_workload
from workloads import operations
from workloads.models import Incident, UsageHour
from workloads.operations.anomalies import watch_cost

pytestmark = pytest.mark.django_db
DAYS = 98


@pytest.fixture
def workload(cast):
    return make_workload(cast)


def spend(workload, now, cost, days=DAYS):
    """`cost(n)` US dollars n days ago, of calls that all look alike."""
    UsageHour.objects.bulk_create(
        UsageHour(
            workload=workload,
            hour=datetime.combine((now - timedelta(days=n)).date(), time(0), UTC),
            provider="openai",
            model="gpt-4o",
            operation="chat",
            calls=int(Decimal(cost(n)) * 100),
            input_tokens=int(Decimal(cost(n)) * 240_000),
            cost_usd=Decimal(cost(n)),
        )
        for n in range(1, days)
    )


def test_yesterday_is_told_once_with_its_cause(now, workload):
    spend(workload, now, lambda n: 90 if n == 1 else 10)
    assert watch_cost(at=now) == 1 and watch_cost(at=now + timedelta(hours=1)) == 0
    incident = Incident.objects.get()
    assert (incident.severity, incident.title) == ("warning", "A day of unusual cost")
    assert incident.sentence == (
        "19 Nov 2026 cost $80 more than the mean of the 4 weeks before, on the same weekdays: "
        "number of calls +$80."
    )


def test_what_somebody_resolved_is_not_told_again(cast, now, workload):
    spend(workload, now, lambda n: 90 if n == 1 else 10)
    watch_cost(at=now)
    operations.resolve_incident(
        incident=Incident.objects.get(), resolution="A test run", by=cast.owner, at=now
    )
    assert watch_cost(at=now + timedelta(hours=2)) == 0


def test_days_in_a_row_are_told_on_the_first(now, workload):
    spend(workload, now, lambda n: 90 if n in (1, 2) else 10)
    assert watch_cost(at=now) == 0


def test_a_slow_rise_is_told_once_in_four_weeks(now, workload):
    spend(workload, now, lambda n: Decimal(30) - Decimal(n) / 5)
    assert watch_cost(at=now) == 1 and watch_cost(at=now + timedelta(hours=1)) == 0
    incident = Incident.objects.get()
    assert incident.title == "Cost creeps up" and "in 13 weeks" in incident.sentence
    assert "number of calls +" in incident.sentence


def test_cents_a_calm_workload_and_one_at_rest_call_nobody(cast, now, workload):
    spend(workload, now, lambda n: "0.09" if n == 1 else "0.01")
    spend(make_workload(cast, "Calm"), now, lambda n: 10)
    spend(make_workload(cast, "Building", stage="building"), now, lambda n: 90 if n == 1 else 10)
    spend(make_workload(cast, "Young"), now, lambda n: 90 if n == 1 else 10, days=20)
    assert watch_cost(at=now) == 0 and not Incident.objects.exists()
