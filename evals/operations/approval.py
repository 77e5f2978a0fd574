"""Approval: only what an evaluator approved runs on a schedule."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from aiops import audit
from aiops.errors import DomainError
from aiops.models import User
from evals.models import Proposable, Reference, Suite
from evals.operations.access import require_approve
from workloads import operations as workload_operations
from workloads.models import Check, CheckRun


def approval_of(approved: bool, by: User, at: datetime) -> dict[str, Any]:
    """The state columns of something new: approved by its maker, or proposed."""
    if approved:
        return {"state": Proposable.State.APPROVED, "approved_by": by, "approved_at": at}
    return {"state": Proposable.State.PROPOSED}


def schedule(check: Check, enabled: bool, by: User, at: datetime) -> None:
    """Put a check on the timetable or take it off."""
    if check.enabled != enabled:
        workload_operations.change_check(
            check=check, every_minutes=check.every_minutes, enabled=enabled, by=by, at=at
        )


def refuse_unapproved(check_run: CheckRun, row: Proposable, at: datetime) -> bool:
    """End a scheduled run of something only proposed; runs that a person asked for go on."""
    if row.is_approved or check_run.requested_by_id is not None:
        return False
    workload_operations.fail_run(run=check_run, reason="an evaluator has not approved it yet.", at=at)
    return True


@transaction.atomic
def approve_suite(*, suite: Suite, by: User, at: datetime) -> Suite:
    """Let a proposed suite run on its schedule; a second approval is refused."""
    require_approve(by, suite.workload)
    return _approve(Suite, suite, "suite.approved", by, at)


@transaction.atomic
def approve_reference(*, reference: Reference, by: User, at: datetime) -> Reference:
    """Let a drift check run on its schedule against a proposed reference."""
    require_approve(by, reference.workload)
    if reference.replaced_at is not None:
        raise DomainError("reference_replaced", "A newer reference has replaced this one.")
    return _approve(Reference, reference, "reference.approved", by, at)


def _approve(model: type[Any], row: Any, action: str, by: User, at: datetime) -> Any:
    waiting = model.objects.filter(pk=row.pk, state=Proposable.State.PROPOSED)
    if waiting.update(**approval_of(True, by, at)) != 1:
        raise DomainError("already_approved", "This was approved already.")
    schedule(row.check_of, True, by, at)
    row.refresh_from_db()
    audit.record(by=by, at=at, action=action, obj=row)
    return row
