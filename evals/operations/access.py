"""Who may propose and who may approve, as refusals."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from aiops.errors import DomainError
from aiops.models import User
from evals.queries import may_approve, may_propose, may_read_content
from workloads.models import Workload


def require_propose(by: User, workload: Workload) -> None:
    """Refuse whoever neither answers for the workload nor evaluates its unit; refuse retired workloads."""
    if not may_propose(by, workload):
        raise PermissionDenied("Only the people of this workload and evaluators may propose checks for it.")
    if workload.stage == "retired":
        raise DomainError(
            "workload_retired", f"{workload.name} is retired, so its quality is not checked any more."
        )


def require_approve(by: User, workload: Workload) -> None:
    """Refuse whoever does not evaluate the workload's unit."""
    if not may_approve(by, workload):
        raise PermissionDenied("Only an evaluator may approve suites and references.")


def require_content(by: User, workload: Workload) -> None:
    """Refuse whoever may know of the cases but not read them."""
    if not may_read_content(by, workload):
        raise PermissionDenied("Only the people of this workload and evaluators may read its cases.")
