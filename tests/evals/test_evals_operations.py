"""Datasets, suites and runs: who may, what is refused, and each case graded exactly once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from aiops.errors import DomainError
from aiops.models import AuditEvent
from evals import operations, queries
from evals.models import Case, Dataset, Result, Run, Suite
from evals.operations.asking import Answer, storable
from evals.operations.runs import LeaseLost
from tests.evals.golden import jsonl, make_dataset, make_suite, run
from workloads.models import Check, CheckRun, Finding, Incident

pytestmark = pytest.mark.django_db


def upload(workload, data, by, at, filename="a.csv", name="Golden"):
    return operations.upload_dataset(workload=workload, name=name, data=data, filename=filename, by=by, at=at)


def test_a_dataset_is_stored_and_audited(cast, workload, now):
    report = upload(workload, b"input,expected\n1,2\n3,4\n", cast.owner, now)
    assert report.cases == 2 and report.dataset.version == 1
    event = AuditEvent.objects.of(report.dataset).get()
    assert event.action == "dataset.uploaded" and event.changes == {"cases": 2}


def test_the_same_name_is_the_next_version(cast, workload, now):
    first = make_dataset(workload, cast.owner, now)
    second = make_dataset(workload, cast.owner, now)
    assert (first.version, second.version) == (1, 2)


def test_one_wrong_row_and_nothing_is_stored(cast, workload, now):
    report = upload(workload, b"input,expected\n1,2\n3,\n", cast.owner, now)
    assert report.dataset is None and report.problems[0].row == 3
    assert not Dataset.objects.exists() and not Case.objects.exists()


def test_a_huge_file_and_a_missing_name_are_refused(cast, workload, now):
    with pytest.raises(DomainError, match="20 MB"):
        upload(workload, b"x" * (operations.MAX_BYTES + 1), cast.owner, now)
    with pytest.raises(DomainError, match="name"):
        upload(workload, b"input,expected\n1,2\n", cast.owner, now, name=" ")


@pytest.mark.parametrize("who", ["stranger", "auditor", "finance", "executive", "it_reader"])
def test_who_has_no_part_in_a_workload_proposes_nothing(cast, workload, now, who):
    person = getattr(cast, who, cast.reviewer)
    with pytest.raises(PermissionDenied):
        upload(workload, b"input,expected\n1,2\n", person, now)


def test_a_retired_workload_is_not_checked_any_more(cast, workload, now):
    type(workload).objects.filter(pk=workload.pk).update(stage="retired", retired_on=now)
    workload.refresh_from_db()
    with pytest.raises(DomainError, match="retired"):
        upload(workload, b"input,expected\n1,2\n", cast.evaluator, now)


def test_an_owner_proposes_and_an_evaluator_approves(cast, workload, now):
    suite = make_suite(workload, make_dataset(workload, cast.owner, now), cast.owner, now)
    assert suite.state == "proposed" and not Check.objects.get(pk=suite.check_of_id).enabled
    with pytest.raises(PermissionDenied):
        operations.approve_suite(suite=suite, by=cast.owner, at=now)
    operations.approve_suite(suite=suite, by=cast.evaluator, at=now)
    suite.refresh_from_db()
    assert suite.is_approved and Check.objects.get(pk=suite.check_of_id).enabled
    with pytest.raises(DomainError, match="already"):
        operations.approve_suite(suite=suite, by=cast.evaluator, at=now)


def test_an_evaluators_own_suite_is_approved_at_once(cast, workload, now):
    suite = make_suite(workload, make_dataset(workload, cast.evaluator, now), cast.evaluator, now)
    assert suite.is_approved and suite.approved_by == cast.evaluator


@pytest.mark.parametrize(
    ("rows", "fields", "code"),
    [
        ([{"input": "a", "expected": "b"}], {}, "no_outputs"),
        ([{"key": "k9", "input": "a", "expected": "b", "output": "c"}], {"grader": "numeric"}, "no_number"),
    ],
)
def test_a_suite_that_could_not_run_is_refused(cast, workload, now, rows, fields, code):
    dataset = make_dataset(workload, cast.owner, now, rows=rows)
    with pytest.raises(DomainError) as refusal:
        make_suite(workload, dataset, cast.owner, now, **fields)
    assert refusal.value.code == code and not Check.objects.exists()


def test_changing_cases_or_bar_needs_approval_again_unless_an_evaluator_does_it(cast, workload, now):
    suite = make_suite(workload, make_dataset(workload, cast.evaluator, now), cast.evaluator, now)
    done = run(suite, cast.evaluator, now)
    newer = make_dataset(workload, cast.owner, now, cases=50, right=50)
    with pytest.raises(PermissionDenied):
        operations.revise_suite(suite=suite, dataset=newer, target=Decimal("0.5"), by=cast.finance, at=now)
    revised = operations.revise_suite(
        suite=suite, dataset=newer, target=Decimal("0.5"), by=cast.owner, at=now
    )
    assert revised.state == "proposed" and not Check.objects.get(pk=suite.check_of_id).enabled
    again = operations.revise_suite(
        suite=suite, dataset=newer, target=Decimal("0.97"), by=cast.evaluator, at=now
    )
    assert again.is_approved and Check.objects.get(pk=suite.check_of_id).enabled
    done.refresh_from_db()
    assert (done.dataset.version, done.target) == (1, Decimal("0.9"))  # history is not rewritten


def test_a_scheduled_run_of_a_proposal_is_ended(cast, workload, now):
    suite = make_suite(workload, make_dataset(workload, cast.owner, now), cast.owner, now)
    slot = CheckRun.objects.create(check_of=suite.check_of, slot=now, queued_at=now)
    assert operations.run_eval(check_run_id=slot.pk, worker="a", clock=lambda: now) is None
    assert not Run.objects.exists() and "not approved" in Finding.objects.get().sentence


def test_a_worker_that_lost_its_lease_stops(cast, workload, now):
    suite = make_suite(workload, make_dataset(workload, cast.owner, now), cast.owner, now)
    check_run = operations.run_now(suite=suite, by=cast.owner, at=now)
    CheckRun.objects.filter(pk=check_run.pk).update(
        state="running", lease_until=now + timedelta(minutes=1), attempts=2
    )
    check_run.claimed_by = "somebody else"
    started = operations.start_run(suite=suite, check_run=check_run, at=now)
    with pytest.raises(LeaseLost):
        operations.grade_open_cases(run=started, check_run=check_run, clock=lambda: now)
    assert not Result.objects.exists()


def test_a_name_is_taken_once(cast, workload, now):
    dataset = make_dataset(workload, cast.owner, now)
    make_suite(workload, dataset, cast.owner, now)
    with pytest.raises(DomainError, match="already"):
        make_suite(workload, dataset, cast.owner, now)


def test_a_run_under_the_bar_leaves_a_bad_finding_and_an_incident(cast, workload, now):
    dataset = make_dataset(workload, cast.evaluator, now, cases=100, right=60)
    suite = make_suite(workload, dataset, cast.evaluator, now, target=Decimal("0.97"))
    done = run(suite, cast.evaluator, now)
    assert (done.passed, done.total, done.errors) == (60, 100, 0)
    finding = Finding.objects.get(workload=workload)
    assert finding.severity == "bad"
    assert finding.sentence == "Right 60 times in 100 (50 to 69), under the 97 you asked for."
    assert Incident.objects.filter(workload=workload, state="open").count() == 1


def test_a_good_run_resolves_what_a_bad_one_opened(cast, workload, now):
    bad = make_dataset(workload, cast.evaluator, now, cases=100, right=50)
    suite = make_suite(workload, bad, cast.evaluator, now)
    run(suite, cast.evaluator, now)
    Suite.objects.filter(pk=suite.pk).update(
        dataset=make_dataset(workload, cast.evaluator, now, cases=100, right=100)
    )
    suite.refresh_from_db()
    run(suite, cast.evaluator, now + timedelta(hours=1))
    assert not Incident.objects.filter(workload=workload).exclude(state="resolved").exists()


def test_recorded_outputs_that_are_missing_are_no_wrong_answers(cast, workload, now):
    rows = [{"input": str(i), "expected": "1", "output": "1" if i < 20 else ""} for i in range(40)]
    suite = make_suite(workload, make_dataset(workload, cast.evaluator, now, rows=rows), cast.evaluator, now)
    done = run(suite, cast.evaluator, now)
    assert (done.passed, done.total, done.errors) == (20, 20, 20)
    assert Finding.objects.get().severity == "unknown" and not Incident.objects.exists()


def test_the_numeric_grader_reads_figures_out_of_sentences(cast, workload, now):
    rows = [{"input": str(i), "expected": "1234.5", "output": "The total is $1,234.50."} for i in range(25)]
    dataset = make_dataset(workload, cast.evaluator, now, rows=rows)
    suite = make_suite(workload, dataset, cast.evaluator, now, grader="numeric")
    assert run(suite, cast.evaluator, now).passed == 25


def test_a_resumed_run_fills_the_gaps_and_grades_nothing_twice(cast, workload, now):
    suite = make_suite(workload, make_dataset(workload, cast.evaluator, now), cast.evaluator, now)
    check_run = operations.run_now(suite=suite, by=cast.evaluator, at=now)
    started = operations.start_run(suite=suite, check_run=check_run, at=now)
    before = list(queries.open_cases(started)[:15])
    operations.record_results(run=started, answers=[(c, Answer(output=c.expected)) for c in before], at=now)
    again = [(c, Answer(output="something else")) for c in before]
    operations.record_results(run=started, answers=again, at=now)
    done = operations.run_eval(check_run_id=check_run.pk, worker="b", clock=lambda: now)
    assert done.pk == started.pk and (done.passed, done.total) == (40, 40)
    assert Result.objects.count() == 40


def test_a_task_delivered_twice_does_its_work_once(cast, workload, now):
    suite = make_suite(workload, make_dataset(workload, cast.evaluator, now), cast.evaluator, now)
    check_run = operations.run_now(suite=suite, by=cast.evaluator, at=now)
    first = operations.run_eval(check_run_id=check_run.pk, worker="a", clock=lambda: now)
    second = operations.run_eval(check_run_id=check_run.pk, worker="b", clock=lambda: now)
    assert first is not None and second is None
    assert Run.objects.count() == 1 and Finding.objects.count() == 1


def test_a_proposed_suite_can_be_tried(cast, workload, now):
    suite = make_suite(workload, make_dataset(workload, cast.owner, now), cast.owner, now)
    assert run(suite, cast.owner, now).total == 40


def test_only_people_of_the_workload_run_it_by_hand(cast, workload, now):
    suite = make_suite(workload, make_dataset(workload, cast.owner, now), cast.owner, now)
    with pytest.raises(PermissionDenied):
        operations.run_now(suite=suite, by=cast.auditor, at=now)


@pytest.mark.parametrize(
    "change",
    [
        {"passed": 3, "total": 2},
        {"low": 0.9, "high": 0.8},
        {"low": 0.9, "high": None},
    ],
)
def test_the_database_refuses_an_impossible_run(cast, workload, now, change):
    suite = make_suite(workload, make_dataset(workload, cast.owner, now), cast.owner, now)
    done = run(suite, cast.owner, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.filter(pk=done.pk).update(**change)


def test_the_database_refuses_a_second_result_and_a_result_that_is_neither(cast, workload, now):
    suite = make_suite(workload, make_dataset(workload, cast.owner, now), cast.owner, now)
    done = run(suite, cast.owner, now)
    case = done.dataset.cases.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Result.objects.create(run=done, case=case, passed=True, score=1, graded_at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Result.objects.filter(run=done, case=case).update(passed=None)


@pytest.mark.parametrize(
    "change", [{"target": Decimal(0)}, {"state": "approved"}, {"tolerance": Decimal(-1)}]
)
def test_the_database_refuses_an_impossible_suite(cast, workload, now, change):
    suite = make_suite(workload, make_dataset(workload, cast.owner, now), cast.owner, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Suite.objects.filter(pk=suite.pk).update(**change)


def test_what_is_real_is_not_forgotten_and_what_is_simulated_is(cast, workload, now):
    run(make_suite(workload, make_dataset(workload, cast.owner, now), cast.owner, now), cast.owner, now)
    with pytest.raises(DomainError, match="real"):
        operations.forget_workload(workload=workload, by=cast.it, at=now)
    type(workload).objects.filter(pk=workload.pk).update(simulated=True)
    workload.refresh_from_db()
    with pytest.raises(PermissionDenied):
        operations.forget_workload(workload=workload, by=cast.owner, at=now)
    operations.forget_workload(workload=workload, by=cast.it, at=now)
    assert not Result.objects.exists() and not Dataset.objects.exists()


def test_an_answer_is_made_storable():
    assert storable("a\0b\ud800c") == "ab?c"


def test_jsonl_of_the_story_parses():
    assert jsonl([{"a": 1}, {"b": 2}]).count(b"\n") == 1
