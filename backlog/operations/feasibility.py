"""Can it be built here? One line of IT, needed before a review decides."""

from datetime import datetime

from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog.models import Candidate, Feasibility, State
from backlog.operations.stages import locked

LONGEST = 200


def set_feasibility(*, candidate: Candidate, verdict: str, line: str, by: User, at: datetime) -> Feasibility:
    """IT's verdict and its reason in a line; a later one replaces it, the audit log keeps both."""
    permissions.require(by, Permission.CONNECT, unit=candidate.unit)
    words = " ".join(line.split())
    _require_said(verdict, words)
    with transaction.atomic():
        candidate = locked(candidate)
        if candidate.state in (State.DRAFT, State.WITHDRAWN):
            raise DomainError("state", f"{candidate.key} is {candidate.get_state_display()}.")
        said, _ = Feasibility.objects.update_or_create(
            candidate=candidate, defaults={"verdict": verdict, "line": words, "by": by, "at": at}
        )
        audit.record(
            by=by, at=at, action="candidate.feasibility_said", obj=candidate, changes={"verdict": verdict}
        )
    return said


def _require_said(verdict: str, words: str) -> None:
    if verdict not in Feasibility.Verdict.values:
        raise DomainError("verdict", "Choose one of the three.", "verdict")
    if not words:
        raise DomainError("line", "Say why in a line: the owner and the review read it.", "line")
    if len(words) > LONGEST:
        raise DomainError("line", f"One line, at most {LONGEST} characters.", "line")
