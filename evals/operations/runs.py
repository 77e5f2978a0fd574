"""Eval runs: resumable, each case graded exactly once however many workers died or met.

The truth is in the rows: Result is unique per (run, case), so a second worker fills the gaps that a killed
one left, and an answer that two workers fetched is kept once. Endpoints are asked outside transactions and
every answer is committed before the next question.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Q

from aiops.models import User
from evals import queries
from evals.calc.grading import Grade, grade_exact, grade_numeric
from evals.calc.verdict import Verdict, judge
from evals.models import Case, Result, Run, Suite
from evals.operations.approval import refuse_unapproved
from evals.operations.asking import Answer, ask, recorded
from integrations import operations as integration_operations
from integrations.models import Connection
from workloads import operations as workload_operations
from workloads.models import CheckRun

RECORDED_BATCH = 200
# An endpoint that fails this many cases in a row is not asked the other thousand.
GIVE_UP_AFTER = 5
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Tally:
    """What the results of a run add up to; `errors` includes cases that were never asked."""

    passed: int
    graded: int
    errors: int
    reason: str


def run_now(*, suite: Suite, by: User, at: datetime) -> CheckRun:
    """Start a run by hand; proposed suites may run this way too."""
    return workload_operations.run_now(check=suite.check_of, by=by, at=at)


def run_eval(*, check_run_id: int, worker: str, clock: Clock) -> Run | None:
    """Do one run from claim to finding; None when another worker has it or it is done."""
    check_run = workload_operations.claim_run(run_id=check_run_id, worker=worker, at=clock())
    if check_run is None:
        return None
    suite = Suite.objects.select_related("workload", "connection").get(check_of=check_run.check_of_id)
    if refuse_unapproved(check_run, suite, clock()):
        return None
    run = start_run(suite=suite, check_run=check_run, at=clock())
    try:
        fix = grade_open_cases(run=run, check_run=check_run, clock=clock)
    except LeaseLost:
        return None
    _note_connection(run, fix, clock())
    return finish(run=run, check_run=check_run, fix=fix, at=clock())


def start_run(*, suite: Suite, check_run: CheckRun, at: datetime) -> Run:
    """The run of this check run: made once, found again by whoever resumes it."""
    run, _ = Run.objects.get_or_create(
        check_run=check_run,
        defaults={
            "suite": suite,
            "dataset": suite.dataset,
            "model": suite.model,
            "target": suite.target,
            "confidence": suite.confidence,
            "created_at": at,
        },
    )
    return run


def grade_open_cases(*, run: Run, check_run: CheckRun, clock: Clock) -> str:
    """Grade every case that has no result yet; the fix for the endpoint when it was given up, else ""."""
    suite = run.suite
    if suite.connection is None:
        return _grade_recorded(run, check_run, clock)
    if not suite.connection.enabled:
        return "It is switched off: switch the connection on, then run again."
    return _grade_asking(run, suite.connection, check_run, clock)


def _grade_recorded(run: Run, check_run: CheckRun, clock: Clock) -> str:
    progress, fix = _Progress(run, check_run, clock), ""
    while batch := list(queries.open_cases(run)[:RECORDED_BATCH]):
        answers = [(case, recorded(case)) for case in batch]
        record_results(run=run, answers=answers, at=clock())
        fix = next((answer.fix for _, answer in answers if answer.fix), fix)
        progress.add(len(batch))
    return fix


def _grade_asking(run: Run, connection: Connection, check_run: CheckRun, clock: Clock) -> str:
    progress, failed_in_a_row = _Progress(run, check_run, clock), 0
    for case in list(queries.open_cases(run)):
        answer = ask(run.suite, connection, case, progress.beat)
        record_results(run=run, answers=[(case, answer)], at=clock())
        progress.add(1)
        failed_in_a_row = failed_in_a_row + 1 if answer.error else 0
        if failed_in_a_row >= GIVE_UP_AFTER:
            return answer.fix
    return ""


def _note_connection(run: Run, fix: str, at: datetime) -> None:
    """Tell the page of connections how the endpoint did."""
    connection, seen = run.suite.connection, tally(run)
    if connection is None:
        return
    if fix:
        integration_operations.note_failure(connection=connection, reason=seen.reason, fix=fix, at=at)
    elif seen.graded:
        integration_operations.note_success(connection=connection, at=at)


class LeaseLost(Exception):
    """Another worker has taken the run over: this one stops."""


class _Progress:
    """Keeps the lease and the progress bar; one heartbeat a batch and one before each attempt."""

    def __init__(self, run: Run, check_run: CheckRun, clock: Clock) -> None:
        self.check_run, self.clock = check_run, clock
        self.total = run.dataset.cases.count()
        self.done = run.results.count()
        self.beat()

    def add(self, count: int) -> None:
        self.done += count
        self.beat()

    def beat(self) -> None:
        at = self.clock()
        if not workload_operations.heartbeat(run=self.check_run, done=self.done, total=self.total, at=at):
            raise LeaseLost


def record_results(*, run: Run, answers: list[tuple[Case, Answer]], at: datetime) -> None:
    """Grade answers and store each once: a result that is there already stays as it is."""
    rows = [_result(run, case, answer, at) for case, answer in answers]
    Result.objects.bulk_create(rows, ignore_conflicts=True)


def _result(run: Run, case: Case, answer: Answer, at: datetime) -> Result:
    row = Result(
        run=run,
        case=case,
        graded_at=at,
        latency_ms=answer.latency_ms,
        output=answer.output,
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
        error=answer.error[:300],
    )
    if not answer.error:
        grade = _grade(run.suite, case, answer.output)
        row.passed, row.score, row.why = grade.passed, grade.score, grade.why[:200]
    return row


def _grade(suite: Suite, case: Case, output: str) -> Grade:
    if suite.grader == Suite.Grader.NUMERIC:
        return grade_numeric(case.expected, output, suite.tolerance, suite.relative)
    return grade_exact(case.expected, output)


def tally(run: Run) -> Tally:
    """Count the results as they are in the database now."""
    counts = run.results.aggregate(
        right=Count("pk", filter=Q(passed=True)), graded=Count("pk", filter=Q(passed__isnull=False))
    )
    common = (
        run.results.filter(passed=None)
        .values("error")
        .annotate(n=Count("pk"))
        .order_by("-n", "error")
        .first()
    )
    missing = run.dataset.cases.count() - counts["graded"]
    return Tally(counts["right"], counts["graded"], missing, common["error"] if common else "")


@transaction.atomic
def finish(*, run: Run, check_run: CheckRun, fix: str = "", at: datetime) -> Run:
    """Close a run with its interval and leave the finding; doing it twice changes nothing."""
    seen = tally(run)
    verdict = _verdict(run, seen, fix)
    low, high = (verdict.interval.low, verdict.interval.high) if verdict.interval else (None, None)
    Run.objects.filter(pk=run.pk, finished_at=None).update(
        passed=seen.passed, total=seen.graded, errors=seen.errors, low=low, high=high, finished_at=at
    )
    run.refresh_from_db()
    workload_operations.finish_run(
        run=check_run,
        severity=verdict.severity,
        sentence=verdict.sentence[:500],
        metric="pass_rate",
        value=_decimal(run.rate),
        low=_decimal(run.low),
        high=_decimal(run.high),
        target=run.target,
        unit="share",
        details=_details(run, seen),
        at=at,
    )
    return run


def _decimal(share: float | None) -> Decimal | None:
    """A share at rest: the one place where it is rounded, to six places."""
    return None if share is None else Decimal(f"{share:.6f}")


def _verdict(run: Run, seen: Tally, fix: str) -> Verdict:
    connection = run.suite.connection
    return judge(
        passed=seen.passed,
        graded=seen.graded,
        errors=seen.errors,
        target=float(run.target),
        confidence=float(run.confidence),
        endpoint=connection.name if connection else "",
        reason=seen.reason,
        fix=fix,
    )


def _details(run: Run, seen: Tally) -> dict[str, object]:
    return {
        "suite": run.suite.name,
        "dataset": str(run.dataset),
        "passed": seen.passed,
        "graded": seen.graded,
        "errors": seen.errors,
        "confidence": float(run.confidence),
        "model": run.model,
    }
