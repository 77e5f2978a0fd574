"""The month so far against its budget, in a sentence with a date and a unit."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from aiops.models import Company
from tests.factories import make_workload
from workloads import operations
from workloads.models import Incident
from workloads.models.telemetry import UsageHour

pytestmark = pytest.mark.django_db


def spend(workload, usd_a_day, days=range(1, 20), **more):
    for day in days:
        UsageHour.objects.create(
            workload=workload,
            hour=datetime(2026, 11, day, 9, tzinfo=UTC),
            provider="openai",
            model="gpt-4o",
            operation="chat",
            environment="",
            calls=10,
            cost_usd=Decimal(usd_a_day),
            **more,
        )


def judged(cast, workload, now):
    check = operations.add_check(
        workload=workload, kind="cost", name="Cost", every_minutes=1440, by=cast.owner, at=now
    )
    run = operations.run_now(check=check, by=cast.owner, at=now)
    return operations.run_cost_check(run_id=run.pk, worker="w", at=now)


def test_inside_the_budget(cast, now):
    workload = make_workload(cast, monthly_budget=1000)
    spend(workload, 20)
    finding = judged(cast, workload, now)
    assert finding.severity == "ok" and finding.value == 380 and finding.target == 1000
    assert finding.sentence.startswith("$380 by 20 Nov 2026, of $1,000.") and "month end" in finding.sentence


def test_heading_over_it_is_a_warning_and_over_it_is_bad(cast, now):
    ahead = make_workload(cast, monthly_budget=500)
    spend(ahead, 20)
    finding = judged(cast, ahead, now)
    assert finding.severity == "warning" and "over the budget" in finding.sentence
    assert not Incident.objects.exists()
    over = make_workload(cast, "Other", monthly_budget=300)
    spend(over, 20)
    assert judged(cast, over, now).severity == "bad"
    assert Incident.objects.get().workload == over


def test_no_budget_and_no_calls_cannot_tell(cast, now):
    workload = make_workload(cast)
    assert "No calls" in judged(cast, workload, now).sentence
    other = make_workload(cast, "Other")
    spend(other, 20)
    finding = judged(cast, other, now)
    assert finding.severity == "unknown" and "no budget is set" in finding.sentence


def test_it_counts_in_company_currency_and_names_what_has_no_price(cast, now):
    Company.objects.filter(pk=Company.load().pk).update(currency="EUR", usd_rate=Decimal("0.5"))
    workload = make_workload(cast, monthly_budget=1000)
    spend(workload, 20, unpriced_calls=2)
    finding = judged(cast, workload, now)
    assert finding.value == 190 and "€190" in finding.sentence and finding.unit == "EUR"
    assert "38 calls have no price" in finding.sentence


def test_too_early_to_project(cast, now):
    workload = make_workload(cast, monthly_budget=1000)
    spend(workload, 20, days=[1])
    check_day = datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert "Too few days" in judged(cast, workload, check_day).sentence


def test_a_second_worker_or_a_second_call_changes_nothing(cast, now):
    workload = make_workload(cast, monthly_budget=1000)
    spend(workload, 20)
    finding = judged(cast, workload, now)
    later = now + timedelta(hours=1)
    assert operations.run_cost_check(run_id=finding.run_id, worker="other", at=later) is None
    assert workload.findings.count() == 1
