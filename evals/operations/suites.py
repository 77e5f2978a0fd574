"""Suites: proposed by the people of a workload, approved by an evaluator."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from aiops import audit
from aiops.errors import DomainError
from aiops.models import User
from evals.calc.grading import answer_number
from evals.models import Case, Dataset, Suite
from evals.operations.access import require_propose
from evals.operations.approval import approval_of, schedule
from evals.queries import may_approve
from integrations.models import Connection
from workloads import operations as workload_operations
from workloads.models import Workload

HOURLY, DAILY, WEEKLY = 60, 24 * 60, 7 * 24 * 60


@transaction.atomic
def create_suite(
    *,
    workload: Workload,
    name: str,
    dataset: Dataset,
    grader: str,
    target: Decimal,
    tolerance: Decimal = Decimal(0),
    relative: bool = False,
    confidence: Decimal = Decimal("0.95"),
    connection: Connection | None = None,
    model: str = "",
    system_prompt: str = "",
    every_minutes: int = WEEKLY,
    by: User,
    at: datetime,
) -> Suite:
    """Make a suite with its check. An evaluator's own is approved and scheduled at once; another's waits."""
    require_propose(by, workload)
    _refuse_bad_suite(workload, name, dataset, grader, connection)
    approved = may_approve(by, workload)
    check = workload_operations.add_check(
        workload=workload, kind="eval", name=name, every_minutes=every_minutes, by=by, at=at
    )
    schedule(check, approved, by, at)
    suite = Suite.objects.create(
        workload=workload,
        name=name,
        dataset=dataset,
        grader=grader,
        target=target,
        tolerance=tolerance,
        relative=relative,
        confidence=confidence,
        connection=connection,
        model=model,
        system_prompt=system_prompt,
        check_of=check,
        created_by=by,
        created_at=at,
        **approval_of(approved, by, at),
    )
    changes = {"dataset": str(dataset), "grader": grader, "target": target, "state": suite.state}
    audit.record(by=by, at=at, action="suite.created", obj=suite, changes=changes)
    return suite


@transaction.atomic
def revise_suite(*, suite: Suite, dataset: Dataset, target: Decimal, by: User, at: datetime) -> Suite:
    """Another version of the cases or another bar; unless an evaluator does it, it waits for approval."""
    require_propose(by, suite.workload)
    locked = (
        Suite.objects.select_for_update(of=("self",))
        .select_related("workload__unit", "check_of")
        .get(pk=suite.pk)
    )
    _refuse_bad_cases(locked.workload, dataset, locked.grader, locked.connection)
    before = {"dataset": str(locked.dataset), "target": locked.target}
    approved = may_approve(by, locked.workload)
    unapproved = {"approved_by": None, "approved_at": None}
    for name, value in (unapproved | approval_of(approved, by, at)).items():
        setattr(locked, name, value)
    locked.dataset, locked.target = dataset, target
    locked.save(update_fields=["dataset", "target", "state", "approved_by", "approved_at"])
    schedule(locked.check_of, approved, by, at)
    after = {"dataset": str(dataset), "target": target, "state": locked.state}
    audit.record(by=by, at=at, action="suite.revised", obj=locked, changes={"before": before, "after": after})
    return locked


def _refuse_bad_suite(
    workload: Workload, name: str, dataset: Dataset, grader: str, connection: Connection | None
) -> None:
    if Suite.objects.filter(workload=workload, name=name).exists():
        raise DomainError("name_taken", f"{workload.name} has a suite called “{name}” already.", "name")
    if connection is not None and connection.kind != "model_endpoint":
        raise DomainError("not_an_endpoint", "Choose a connection to a model endpoint.", "connection")
    _refuse_bad_cases(workload, dataset, grader, connection)


def _refuse_bad_cases(
    workload: Workload, dataset: Dataset, grader: str, connection: Connection | None
) -> None:
    if dataset.workload_id != workload.pk:
        raise DomainError("foreign_dataset", "This dataset belongs to another workload.", "dataset")
    if connection is None and not dataset.cases.exclude(output="").exists():
        message = (
            "This dataset holds no recorded outputs: choose the endpoint that answers, or upload outputs."
        )
        raise DomainError("no_outputs", message, "connection")
    if grader == Suite.Grader.NUMERIC:
        _refuse_words(dataset)


def _refuse_words(dataset: Dataset) -> None:
    """The numeric grader needs a figure in every expected answer."""
    for case in Case.objects.filter(dataset=dataset).only("key", "expected").iterator():
        if answer_number(case.expected) is None:
            message = f"Case “{case.key}” expects no figure, so the numeric grader cannot grade it."
            raise DomainError("no_number", message, "grader")
