"""Decide: approve, defer, measure first or reject; with a reason, never on an own candidate."""

from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog import operations as backlog_operations
from backlog.models import Candidate, State
from integrations.messages import Mail
from integrations.operations import queue_mail
from roi.models import Decision
from roi.operations.assessment import assess
from workloads import operations as workload_operations

STATES = {
    "approve": State.APPROVED,
    "defer": State.DEFERRED,
    "measure": State.MEASURING,
    "reject": State.REJECTED,
}
DECIDABLE = (State.IN_REVIEW, State.DEFERRED, State.MEASURING)


@dataclass(frozen=True)
class Build:
    """Who builds and runs what was approved, and by when."""

    business_owner: User
    deputy: User | None = None
    builder: User | None = None
    it_steward: User | None = None
    planned_go_live: date | None = None
    item_noun: str = "item"


def decide(
    *,
    candidate: Candidate,
    verdict: str,
    reason: str,
    until: date | None = None,
    measure: str = "",
    build: Build | None = None,
    by: User,
    at: datetime,
) -> Decision:
    """The lead's verdict, kept with the assessment as seen; approval registers the workload in the same step."""
    permissions.require(by, Permission.DECIDE)
    if candidate.owner_id == by.pk:
        raise PermissionDenied("You own this candidate: somebody else decides on it.")
    _require_complete(verdict, reason, until, measure, at)
    if build and build.planned_go_live and build.planned_go_live < at.date():
        raise DomainError("planned_go_live", "The planned go-live lies in the past.", "planned_go_live")
    with transaction.atomic():
        candidate = (
            Candidate.objects.select_for_update(of=("self",))
            .select_related("owner", "unit")
            .get(pk=candidate.pk)
        )
        if candidate.state not in DECIDABLE:
            words = f"{candidate.key} is {candidate.get_state_display()}: there is nothing to decide."
            raise DomainError("not_in_review", words)
        decision = Decision.objects.create(
            candidate=candidate,
            assessment=assess(candidate=candidate, by=by, at=at),
            verdict=verdict,
            reason=reason.strip(),
            until=until,
            measure=measure.strip(),
            by=by,
            at=at,
        )
        _follow(decision, build or Build(candidate.owner), by, at)
        changes = {"verdict": verdict, "assessment": decision.assessment_id, "until": until}
        audit.record(by=by, at=at, action="candidate.decided", obj=candidate, changes=changes, reason=reason)
        _tell(decision, at)
    return decision


def may_decide(candidate: Candidate, user: User) -> bool:
    """Whether `decide` would listen to this person now: what pages ask before they draw a button."""
    return (
        permissions.has(user, Permission.DECIDE)
        and candidate.owner_id != user.pk
        and candidate.state in DECIDABLE
    )


def _require_complete(verdict: str, reason: str, until: date | None, measure: str, at: datetime) -> None:
    if verdict not in STATES:
        raise DomainError("verdict", "Choose approve, defer, measure or reject.", "verdict")
    if not reason.strip():
        raise DomainError("reason", "Give the reason: its owner reads it.", "reason")
    if verdict == "defer" and (until is None or until <= at.date()):
        raise DomainError(
            "until", "Name the date until which it is deferred; it lies in the future.", "until"
        )
    if verdict == "measure" and not measure.strip():
        raise DomainError("measure", "Say what is to be measured first.", "measure")


def _follow(decision: Decision, build: Build, by: User, at: datetime) -> None:
    candidate, state = decision.candidate, STATES[decision.verdict]
    moved = backlog_operations.mark_decided(
        candidate=candidate, state=state, until=decision.until, by=by, at=at
    )
    if decision.verdict == Decision.Verdict.APPROVE:
        workload_operations.register(candidate=moved, name=moved.title, by=by, at=at, **vars(build))


def _tell(decision: Decision, at: datetime) -> None:
    candidate = decision.candidate
    if candidate.simulated:
        return
    words = f"{candidate.key} {candidate.title}: {decision.get_verdict_display()}"
    until = f" until {decision.until:%-d %b %Y}" if decision.until else ""
    text = f"{words}{until}, by {decision.by}.\n\nThe reason: {decision.reason}\n"
    mail = Mail(to=(candidate.owner.email,), subject=words, text=text)
    queue_mail(mail=mail, dedup_key=f"decision-{decision.pk}", at=at)
