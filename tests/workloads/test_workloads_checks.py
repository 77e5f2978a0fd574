"""Checks on a schedule: slots once, one worker at a time, one finding, and what a bad one sets going."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from aiops.errors import DomainError
from integrations.models import Delivery
from tests.factories import make_workload
from workloads import operations, queries
from workloads.models import Check, CheckRun, Finding, Incident

pytestmark = pytest.mark.django_db
SUNDAY = datetime(2026, 11, 22, tzinfo=UTC)
State = CheckRun.State


@pytest.fixture
def workload(cast):
    return make_workload(cast, deputy=cast.reviewer)


@pytest.fixture
def check(cast, workload, now):
    return operations.add_check(
        workload=workload, kind="cost", name="Cost", every_minutes=1440, by=cast.owner, at=now
    )


@pytest.fixture
def run(check, now):
    operations.dispatch_due(at=now)
    return check.runs.get()


@pytest.fixture
def jobs(django_capture_on_commit_callbacks):
    """What the block enqueues, by name and id."""

    class Sent(list):
        def during(self, call, **words):
            with patch("aiops.jobs.app.send_task") as send, django_capture_on_commit_callbacks(execute=True):
                result = call(**words)
            self[:] = [(c.args[0], *c.kwargs.get("args", ())) for c in send.call_args_list]
            return result

    return Sent()


def finish(run, severity="ok", at=None, sentence="All is well.", **more):
    return operations.finish_run(run=run, severity=severity, sentence=sentence, at=at or run.slot, **more)


def test_a_slot_is_made_once_and_belongs_to_its_own_day(check, jobs):
    Check.objects.update(next_due_at=SUNDAY)
    monday_early = SUNDAY + timedelta(hours=23, minutes=59)
    assert jobs.during(operations.dispatch_due, at=monday_early) == 1
    run = check.runs.get()
    assert run.slot == SUNDAY and jobs == [("workloads.run_cost_check", run.pk)]
    check.refresh_from_db()
    assert check.next_due_at == SUNDAY + timedelta(days=1)
    Check.objects.update(next_due_at=SUNDAY)  # a second beat that read the row before
    operations.dispatch_due(at=monday_early)
    assert check.runs.count() == 1


def test_downtime_makes_the_newest_slot_only(check, now):
    operations.dispatch_due(at=now)
    operations.dispatch_due(at=now + timedelta(days=9))
    assert [r.slot.day for r in check.runs.order_by("slot")] == [20, 29]


def test_what_is_not_due_paused_or_not_running_is_left_alone(cast, check, workload, now):
    assert operations.dispatch_due(at=now - timedelta(seconds=1)) == 0
    operations.change_check(check=check, every_minutes=60, enabled=False, by=cast.owner, at=now)
    assert operations.dispatch_due(at=now) == 0
    operations.change_check(check=check, every_minutes=60, enabled=True, by=cast.owner, at=now)
    workload.stage = "building"
    workload.save()
    assert operations.dispatch_due(at=now) == 0


def test_one_worker_claims(run, now):
    first = operations.claim_run(run_id=run.pk, worker="one", at=now)
    assert first.state == State.RUNNING and first.started_at == now and first.attempts == 1
    assert operations.claim_run(run_id=run.pk, worker="two", at=now) is None
    assert operations.claim_run(run_id=0, worker="two", at=now) is None


def test_a_lost_worker_is_replaced_and_told_when_it_comes_back(run, now, jobs):
    dead = operations.claim_run(run_id=run.pk, worker="one", at=now)
    assert operations.heartbeat(run=dead, done=3, total=10, at=now)
    later = now + timedelta(minutes=10)
    assert jobs.during(operations.requeue_lost, at=later) == 1 and jobs[0][1] == run.pk
    taken = operations.claim_run(run_id=run.pk, worker="two", at=later)
    assert (taken.attempts, taken.done, taken.started_at) == (2, 3, now)
    assert not operations.heartbeat(run=dead, done=4, total=10, at=later)
    first = finish(taken, at=later)
    assert finish(dead, "bad", at=later) == first and Finding.objects.count() == 1
    assert operations.claim_run(run_id=run.pk, worker="one", at=later) is None


def test_a_job_that_the_broker_lost_is_sent_again(run, now, jobs):
    assert jobs.during(operations.requeue_lost, at=now + timedelta(seconds=30)) == 0
    assert jobs.during(operations.requeue_lost, at=now + timedelta(seconds=90)) == 1
    assert jobs.during(operations.requeue_lost, at=now + timedelta(seconds=100)) == 0


def test_a_run_that_kills_its_workers_ends(run, now):
    for n in range(5):
        operations.claim_run(run_id=run.pk, worker=str(n), at=now + timedelta(minutes=n * 10))
    operations.requeue_lost(at=now + timedelta(hours=2))
    run.refresh_from_db()
    assert run.state == State.FAILED and "5 times" in run.error
    assert run.finding.severity == "unknown" and not Incident.objects.exists()


def test_a_failed_run_says_so_once_and_never_well(run, now):
    for _ in range(2):
        operations.fail_run(run=run, reason="The endpoint answered 500.", at=now)
    assert "answered 500" in Finding.objects.get().sentence
    assert Finding.objects.get().severity == "unknown"


def test_a_bad_finding_opens_one_incident_and_mails_owner_and_deputy(cast, check, run, workload, now):
    finish(run, "bad", sentence="Over the budget.", value=Decimal(5), target=Decimal(4))
    finish(run, "bad", sentence="Over the budget.")
    incident = Incident.objects.get()
    assert (incident.external_key, incident.state, incident.source) == (
        f"check-{check.pk}",
        "open",
        "finding",
    )
    mail = Delivery.objects.get(kind="mail")
    assert set(mail.payload["to"]) == {cast.owner.email, cast.reviewer.email}
    assert "Over the budget." in mail.payload["text"] and "/incidents/1/" in mail.payload["text"]
    again = operations.run_now(check=check, by=cast.owner, at=now + timedelta(hours=1))
    finish(again, "bad", sentence="Further over the budget.")
    assert Incident.objects.count() == 1 and Delivery.objects.filter(kind="mail").count() == 1
    assert incident.entries.filter(text__contains="Further").exists()


def test_unknown_and_warning_leave_it_open_and_a_good_one_resolves(cast, check, run, now):
    finish(run, "bad")
    for n, (severity, state) in enumerate([("unknown", "open"), ("warning", "open"), ("ok", "resolved")], 1):
        again = operations.run_now(check=check, by=cast.owner, at=now + timedelta(hours=n))
        finish(again, severity, at=now + timedelta(hours=n))
        assert Incident.objects.get().state == state
    assert Incident.objects.get().resolved_by.is_system


def test_run_now_gives_the_run_that_is_under_way(cast, check, now, jobs):
    first = jobs.during(operations.run_now, check=check, by=cast.owner, at=now)
    assert jobs == [("workloads.run_cost_check", first.pk)] and first.requested_by == cast.owner
    assert operations.run_now(check=check, by=cast.lead, at=now + timedelta(seconds=1)) == first
    finish(first)
    assert operations.run_now(check=check, by=cast.lead, at=now + timedelta(seconds=2)) != first


def test_strangers_neither_add_nor_run_nor_change(cast, check, workload, now):
    for person in (cast.stranger, cast.finance, cast.auditor, cast.executive):
        with pytest.raises(PermissionDenied):
            operations.run_now(check=check, by=person, at=now)
        with pytest.raises(PermissionDenied):
            operations.change_check(check=check, every_minutes=60, enabled=True, by=person, at=now)
        with pytest.raises(PermissionDenied):
            operations.add_check(
                workload=workload, kind="cost", name="x", every_minutes=60, by=person, at=now
            )
    assert not check.runs.exists()


def test_a_check_is_refused_twice_or_without_a_cadence(cast, check, workload, now):
    for name, every, word in (("Cost", 60, "already"), ("Other", 0, "minute")):
        with pytest.raises(DomainError, match=word):
            operations.add_check(
                workload=workload, kind="cost", name=name, every_minutes=every, by=cast.owner, at=now
            )


def test_the_page_reads_all_checks_in_three_queries(
    cast, check, run, workload, now, django_assert_num_queries
):
    finish(run, sentence="Fine.")
    operations.add_check(workload=workload, kind="cost", name="B", every_minutes=60, by=cast.owner, at=now)
    with django_assert_num_queries(3):
        rows = queries.check_rows(workload)
    assert [row.finding.sentence if row.finding else None for row in rows] == [None, "Fine."]
    assert queries.latest_finding(workload, "cost").sentence == "Fine."
    assert queries.latest_finding(workload, "drift") is None


def test_the_database_keeps_slots_and_leases(run, check):
    for change in ({"state": "running"}, {"state": "done"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CheckRun.objects.filter(pk=run.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        CheckRun.objects.create(check_of=check, slot=run.slot, queued_at=run.slot)
    for figures in ({"value": 1, "low": 2}, {"value": 3, "high": 2}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Finding.objects.create(
                workload=check.workload, at=run.slot, severity="ok", sentence="x", **figures
            )
