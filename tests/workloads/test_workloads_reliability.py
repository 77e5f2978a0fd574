"""Objectives: what may be promised and by whom, and what the check says of calls that fail or dawdle."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from aiops.errors import DomainError
from aiops.models import AuditEvent
from tests.factories import make_workload
from workloads import operations
from workloads.calc import sketch
from workloads.models import Check, Incident, Objective, Probe, ProbeResult, UsageHour
from workloads.operations.objectives import end_objective, run_reliability_check, set_objective
from workloads.queries.reliability import buckets_of, by_day, failed_calls, slow_calls

pytestmark = pytest.mark.django_db
HALF_PAST = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.fixture
def workload(cast):
    return make_workload(cast, deputy=cast.reviewer, it_steward=cast.it, builder=cast.assessor)


def hour(workload, ago, calls, errors=0, latencies=(), environment="", model="gpt-4o"):
    return UsageHour.objects.create(
        workload=workload,
        hour=HALF_PAST.replace(minute=0) - timedelta(hours=ago),
        provider="openai",
        model=model,
        operation="chat",
        environment=environment,
        calls=calls,
        errors=errors,
        latency_sketch=sketch.entries(latencies),
    )


def promise(workload, cast, kind="errors", target="0.999", **more):
    return set_objective(
        workload=workload,
        kind=kind,
        target=Decimal(target),
        by=more.pop("by", cast.owner),
        at=HALF_PAST,
        **more,
    )


def judged(objective, cast, at=HALF_PAST):
    run = operations.run_now(check=objective.check_of, by=cast.owner, at=at)
    return run_reliability_check(run_id=run.pk, worker="w", at=at)


def refused(code, workload, cast, **asked):
    with pytest.raises(DomainError) as told:
        promise(workload, cast, **asked)
    assert told.value.code == code
    assert not Objective.objects.exists() and not Check.objects.exists()
    return told.value


@pytest.mark.parametrize("who", ["owner", "reviewer", "it", "lead"])
def test_owner_deputy_steward_and_lead_promise(cast, workload, who):
    objective = promise(workload, cast, by=getattr(cast, who))
    assert objective.check_of.kind == "reliability" and objective.check_of.next_due_at == HALF_PAST
    event = AuditEvent.objects.get(action="objective.set")
    assert event.actor_id == getattr(cast, who).pk and event.changes["target"] == [None, "0.999"]


@pytest.mark.parametrize("who", ["assessor", "finance", "evaluator", "auditor", "executive", "stranger"])
def test_nobody_else_does(cast, workload, who):
    with pytest.raises(PermissionDenied, match="sets what a workload promises"):
        promise(workload, cast, by=getattr(cast, who))
    assert not Objective.objects.exists()


def test_what_cannot_be_promised(cast, workload):
    assert "no room" in refused("target_all", workload, cast, target="1").message
    assert refused("target", workload, cast, target="0.49").field == "target"
    refused("target", workload, cast, target="0.999999")
    refused("window", workload, cast, window_days=0)
    refused("window", workload, cast, window_days=91)
    refused("kind", workload, cast, kind="beauty")
    assert refused("latency", workload, cast, kind="latency").field == "latency_ms"
    refused("latency", workload, cast, kind="latency", latency_ms=3_600_001)
    refused("latency_other", workload, cast, latency_ms=500)
    assert "IT sets up a probe" in refused("no_probe", workload, cast, kind="availability").message
    workload.stage = "retired"
    refused("retired", workload, cast)


def test_another_target_changes_the_one_there_is(cast, workload):
    first = promise(workload, cast)
    again = promise(workload, cast, target="0.99", window_days=7)
    assert again.pk == first.pk and again.check_of_id == first.check_of_id and again.window_days == 7
    event = AuditEvent.objects.get(action="objective.changed")
    assert event.changes["target"] == ["0.999000", "0.99"] and event.changes["window_days"] == [28, 7]
    promise(workload, cast, target="0.99", window_days=7)
    assert AuditEvent.objects.filter(action="objective.changed").count() == 1


def test_a_promise_taken_back_stops_its_check_closes_its_incident_and_can_return(cast, workload):
    objective = promise(workload, cast)
    hour(workload, 0, 1000, 100)
    check, finding = objective.check_of, judged(objective, cast)
    assert finding.severity == "bad" and Incident.objects.unresolved().count() == 1
    with pytest.raises(PermissionDenied):
        end_objective(objective=objective, by=cast.finance, at=HALF_PAST)
    end_objective(objective=objective, by=cast.owner, at=HALF_PAST)
    check.refresh_from_db()
    assert not check.enabled and not Incident.objects.unresolved().exists()
    assert not Objective.objects.exists() and check.findings.count() == 1
    assert AuditEvent.objects.filter(action="objective.ended").count() == 1
    assert promise(workload, cast).check_of_id == check.pk
    check.refresh_from_db()
    assert check.enabled


def test_a_run_after_the_promise_was_taken_back_cannot_tell(cast, workload):
    objective = promise(workload, cast)
    run = operations.run_now(check=objective.check_of, by=cast.owner, at=HALF_PAST)
    end_objective(objective=objective, by=cast.owner, at=HALF_PAST)
    assert run_reliability_check(run_id=run.pk, worker="w", at=HALF_PAST) is None
    run.refresh_from_db()
    assert (
        run.state == "failed" and run.finding.severity == "unknown" and "taken back" in run.finding.sentence
    )


def test_a_good_month_is_fine_with_its_interval_and_what_is_left(cast, workload):
    objective = promise(workload, cast)
    for day in range(1, 27):
        hour(workload, day * 24, 1000, 1 if day > 13 else 0)
    finding = judged(objective, cast)
    assert finding.severity == "ok"
    assert (finding.value, finding.target) == (Decimal("0.9995"), Decimal("0.999"))
    assert finding.low < finding.value < finding.high < 1
    assert finding.sentence == (
        "99.95 % of 26,000 calls in 28 days were good (99.914 % to 99.971 %); 99.9 % is promised. "
        "50 % of the error budget is left."
    )
    assert finding.details["budget_left"] == pytest.approx(0.5) and not Incident.objects.exists()


def test_a_burst_of_errors_is_bad_once_and_heals(cast, workload):
    objective = promise(workload, cast)
    for ago in range(2, 200):
        hour(workload, ago, 1000)
    burning = hour(workload, 0, 600, 30)
    finding = judged(objective, cast)
    assert finding.severity == "bad"
    assert "burns 50.0 times too fast over the last hour (30 of 600 bad" in finding.sentence
    incident = Incident.objects.get()
    assert incident.title == "Reliability: Errors" and incident.state == "open"
    assert judged(objective, cast, HALF_PAST + timedelta(minutes=15)).severity == "bad"
    assert Incident.objects.count() == 1
    UsageHour.objects.filter(pk=burning.pk).update(errors=0)
    assert judged(objective, cast, HALF_PAST + timedelta(minutes=30)).severity == "ok"
    incident.refresh_from_db()
    assert incident.state == "resolved"


def test_a_slow_burn_is_a_warning_and_opens_nothing(cast, workload):
    objective = promise(workload, cast)
    for ago in range(72):
        hour(workload, ago, 1000, 2)
    finding = judged(objective, cast)
    assert finding.severity == "warning" and "2.0 times too fast over the last 3 days" in finding.sentence
    assert not Incident.objects.exists()


def test_a_spent_budget_that_no_longer_burns_is_a_warning(cast, workload):
    objective = promise(workload, cast)
    hour(workload, 24 * 20, 1000, 500)
    for ago in range(24):
        hour(workload, ago, 1000)
    finding = judged(objective, cast)
    assert finding.severity == "warning" and "The error budget is spent" in finding.sentence


def test_too_few_calls_cannot_tell_and_none_say_so(cast, workload):
    objective = promise(workload, cast)
    assert judged(objective, cast).sentence.startswith("No calls in the last 28 days.")
    hour(workload, 1, 999, 1)
    finding = judged(objective, cast, HALF_PAST + timedelta(minutes=1))
    assert finding.severity == "unknown" and "Not enough calls to tell: 1,000 are needed" in finding.sentence


def test_only_production_counts(cast, workload):
    hour(workload, 0, 100, 1, environment="PROD")
    hour(workload, 0, 100, 100, environment="staging")
    hour(workload, 0, 50, 2)
    other = make_workload(cast, "Other")
    hour(other, 0, 7, 7)
    (bucket,) = failed_calls(workload, HALF_PAST - timedelta(days=1), HALF_PAST)
    assert (bucket.total, bucket.bad) == (150, 3)


def test_latency_counts_calls_above_the_limit_over_models(cast, workload):
    hour(workload, 0, 6, latencies=[100, 200, 990, 1100, 5000, 0])
    hour(workload, 0, 2, latencies=[1500, 10], model="gpt-4o-mini")
    hour(workload, 1, 1, latencies=[900])
    rows = slow_calls(workload, HALF_PAST - timedelta(days=1), HALF_PAST, 1000)
    assert [(row.total, row.bad) for row in rows] == [(1, 0), (8, 3)]


def test_calls_taken_out_of_a_sketch_are_not_counted(cast, workload):
    row = hour(workload, 0, 2, latencies=[100, 5000])
    gone = [-entry for entry in sketch.entries([5000])]
    UsageHour.objects.filter(pk=row.pk).update(latency_sketch=row.latency_sketch + gone)
    (bucket,) = slow_calls(workload, HALF_PAST - timedelta(days=1), HALF_PAST, 1000)
    assert (bucket.total, bucket.bad) == (1, 0)


def test_a_slow_workload_breaks_its_latency_objective(cast, workload):
    objective = promise(workload, cast, kind="latency", target="0.95", latency_ms=1000)
    hour(workload, 0, 40, latencies=[2000] * 39 + [10])
    finding = judged(objective, cast)
    assert finding.severity == "bad" and finding.metric == "calls within 1,000 ms"
    assert finding.value == Decimal("0.025")


def test_availability_is_judged_by_single_probes(cast, workload):
    connection = _address(cast)
    probe = Probe.objects.create(workload=workload, connection=connection, next_due_at=HALF_PAST, by=cast.it)
    objective = promise(workload, cast, kind="availability", target="0.99")
    slots = [HALF_PAST - timedelta(minutes=5 * n) for n in range(1, 300)]
    results = [ProbeResult(probe=probe, slot=slot, ok=n >= 4) for n, slot in enumerate(slots)]
    results[10].ok = None
    ProbeResult.objects.bulk_create(results)
    finding = judged(objective, cast)
    assert finding.severity == "bad" and "4 of 11 bad" in finding.sentence
    assert finding.sentence.startswith("98.658 % of 298 probes")


def _address(cast):
    from integrations.models import Connection

    return Connection.objects.create(
        kind="health",
        name="Health",
        url="https://bot.example.com/healthz",
        created_by=cast.it,
        created_at=HALF_PAST,
    )


def test_a_second_worker_gets_nothing(cast, workload):
    objective = promise(workload, cast)
    run = operations.run_now(check=objective.check_of, by=cast.owner, at=HALF_PAST)
    assert run_reliability_check(run_id=run.pk, worker="a", at=HALF_PAST) is not None
    assert run_reliability_check(run_id=run.pk, worker="b", at=HALF_PAST) is None
    assert workload.findings.count() == 1


def test_the_dispatcher_sends_it_to_its_job(cast, workload, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr("aiops.jobs.app.send_task", lambda name, args, countdown: sent.append(name))
    promise(workload, cast)
    with django_capture_on_commit_callbacks(execute=True):
        operations.dispatch_due(at=HALF_PAST)
    assert sent == ["workloads.run_reliability_check"]


def test_days_without_calls_are_days_too(cast, workload):
    objective = promise(workload, cast, window_days=3)
    hour(workload, 24, 10, 1)
    days = by_day(buckets_of(objective, HALF_PAST), HALF_PAST - timedelta(days=3), HALF_PAST)
    assert [(d.day.day, d.total, d.share) for d in days] == [
        (17, 0, None), (18, 0, None), (19, 10, 0.9), (20, 0, None),
    ]  # fmt: skip
