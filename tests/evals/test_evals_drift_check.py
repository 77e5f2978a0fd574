"""The drift check: a frozen reference, what is refused, and what a comparison leaves behind."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import Error, IntegrityError, transaction

from aiops.errors import DomainError
from evals import operations, queries
from evals.models import Reference, ReferenceFeature
from tests.evals.golden import make_calls
from workloads.models import Check, Finding, Incident

pytestmark = pytest.mark.django_db


def reference_days(now):
    return {"start": now - timedelta(days=40), "end": now - timedelta(days=10)}


def make_check(cast, workload, now, by=None):
    make_calls(workload, days=30, tokens=410, back=10, seed=1)
    return operations.create_drift_check(
        workload=workload, **reference_days(now), by=by or cast.evaluator, at=now
    )


def compare(check, by, now):
    started = operations.run_drift_now(check=check, by=by, at=now)
    return operations.run_drift(check_run_id=started.pk, worker="test", clock=lambda: now)


def test_a_longer_input_is_told_in_plain_words(cast, workload, now):
    check = make_check(cast, workload, now)
    make_calls(workload, days=7, tokens=640, seed=2)
    finding = compare(check, cast.evaluator, now)
    assert finding.severity == "bad"
    assert finding.sentence.startswith("Input is longer than between 11 October and 10 November: 6")
    assert Incident.objects.filter(workload=workload, state="open").count() == 1
    state = queries.workload_drift(workload)
    assert state.state == "drifting" and state.features[0]["feature"] == "input_tokens"


def test_more_of_the_same_is_stable(cast, workload, now):
    check = make_check(cast, workload, now)
    make_calls(workload, days=7, tokens=410, seed=3)
    finding = compare(check, cast.evaluator, now)
    assert finding.severity == "ok" and finding.sentence.startswith("Stable")


def test_few_calls_are_not_judged(cast, workload, now):
    check = make_check(cast, workload, now)
    make_calls(workload, days=7, tokens=900, calls=20, seed=4)
    finding = compare(check, cast.evaluator, now)
    assert finding.severity == "unknown"
    assert finding.sentence == (
        "Not enough data: 140 calls in the last 7 days, and at least 200 are needed to judge drift."
    )


def test_days_of_the_reference_are_not_compared_with_it(cast, workload, now):
    make_calls(workload, days=30, tokens=410, seed=5)
    window = {"start": now - timedelta(days=30), "end": now}
    check = operations.create_drift_check(workload=workload, **window, by=cast.evaluator, at=now)
    finding = compare(check, cast.evaluator, now)
    assert finding.severity == "unknown" and "0 calls since the reference ended" in finding.sentence


def test_a_late_run_is_still_about_its_slot(cast, workload, now):
    check = make_check(cast, workload, now)
    make_calls(workload, days=7, tokens=640, seed=6)
    started = operations.run_drift_now(check=check, by=cast.evaluator, at=now)
    late = now + timedelta(days=5)
    finding = operations.run_drift(check_run_id=started.pk, worker="test", clock=lambda: late)
    assert finding.severity == "bad"


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (40, 50, "window_order"),
        (40, -1, "window_order"),
        (200, 10, "window_too_long"),
        (4, 2, "not_enough_calls"),
    ],
)
def test_a_window_that_is_no_reference_is_refused(cast, workload, now, first, last, code):
    with pytest.raises(DomainError) as refusal:
        operations.create_drift_check(
            workload=workload,
            start=now - timedelta(days=first),
            end=now - timedelta(days=last),
            by=cast.evaluator,
            at=now,
        )
    assert refusal.value.code == code and not Check.objects.exists()


def test_a_workload_has_one_drift_check(cast, workload, now):
    make_check(cast, workload, now)
    with pytest.raises(DomainError, match="already"):
        operations.create_drift_check(workload=workload, **reference_days(now), by=cast.evaluator, at=now)


def test_an_owner_proposes_and_an_evaluator_approves_the_reference(cast, workload, now):
    check = make_check(cast, workload, now, by=cast.owner)
    reference = queries.current_reference(check)
    assert reference.state == "proposed" and not Check.objects.get(pk=check.pk).enabled
    with pytest.raises(PermissionDenied):
        operations.approve_reference(reference=reference, by=cast.owner, at=now)
    operations.approve_reference(reference=reference, by=cast.evaluator, at=now)
    assert Check.objects.get(pk=check.pk).enabled


def test_a_new_reference_replaces_and_keeps_the_old_one(cast, workload, now):
    check = make_check(cast, workload, now)
    later = operations.set_reference(
        check=check, start=now - timedelta(days=30), end=now - timedelta(days=10), by=cast.owner, at=now
    )
    assert Reference.objects.filter(check_of=check).count() == 2
    assert queries.current_reference(check) == later
    assert not Check.objects.get(pk=check.pk).enabled  # an owner's reference waits for approval
    old = Reference.objects.exclude(pk=later.pk).get()
    with pytest.raises(DomainError, match="newer"):
        operations.approve_reference(reference=old, by=cast.evaluator, at=now)


def test_only_people_of_the_workload_set_references(cast, workload, now):
    with pytest.raises(PermissionDenied):
        make_check(cast, workload, now, by=cast.finance)


def test_the_database_keeps_one_current_reference_and_freezes_it(cast, workload, now):
    check = make_check(cast, workload, now)
    reference = queries.current_reference(check)
    with pytest.raises(Error, match="frozen"), transaction.atomic():
        ReferenceFeature.objects.filter(reference=reference).update(median=1)
    with pytest.raises(Error, match="frozen"), transaction.atomic():
        Reference.objects.filter(pk=reference.pk).update(n=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reference.objects.create(
            workload=workload,
            check_of=check,
            start=reference.start,
            end=reference.end,
            n=300,
            created_by=cast.owner,
            created_at=now,
        )


def test_a_drift_task_delivered_twice_leaves_one_finding(cast, workload, now):
    check = make_check(cast, workload, now)
    started = operations.run_drift_now(check=check, by=cast.evaluator, at=now)
    operations.run_drift(check_run_id=started.pk, worker="a", clock=lambda: now)
    assert operations.run_drift(check_run_id=started.pk, worker="b", clock=lambda: now) is None
    assert Finding.objects.count() == 1
