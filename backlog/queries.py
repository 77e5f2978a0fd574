"""Reads of candidates that pages, API and CSV share."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from aiops import permissions
from aiops.models import AuditEvent, BusinessUnit, Membership, User
from aiops.permissions import Permission
from aiops.roles import Role
from backlog.calc.ranges import Range
from backlog.models import STRIP, Candidate, Estimate, StageEntry, State


@dataclass(frozen=True)
class StripStep:
    """One step of the strip: where it stands, who has it and since when."""

    label: str
    is_done: bool
    is_now: bool
    who: str
    since: datetime | None


def estimate_ranges(candidate: Candidate) -> dict[str, Range]:
    """The quantities that are known, by name."""
    return {
        row.quantity: Range(
            float(row.low), float(row.likely), float(row.high), row.meaning, row.evidence, row.as_of
        )
        for row in candidate.estimates.all()
    }


def sees_money(user: User, candidate: Candidate) -> bool:
    """Its owner, the unit, the review and finance do."""
    return candidate.owner_id == user.pk or permissions.has(user, Permission.READ_MONEY, unit=candidate.unit)


def estimates_for(user: User, candidate: Candidate) -> QuerySet[Estimate]:
    """The estimates that this reader of the candidate may see."""
    rows = candidate.estimates.select_related("by").order_by("pk")
    return rows if sees_money(user, candidate) else rows.filter(quantity__in=Estimate.OPEN_TO_ALL)


def candidates(user: User) -> QuerySet[Candidate]:
    """The list: newest first, with what each row shows."""
    rows = Candidate.objects.visible_to(user).select_related("owner", "unit", "assessor")
    return rows.order_by("-number")


def strip(candidate: Candidate) -> list[StripStep]:
    """Received > being sized > in review > building > live. A side state leaves the strip where it was."""
    entries = {entry.state: entry for entry in candidate.stages.select_related("holder")}
    reached = [i for i, state in enumerate(STRIP) if state in entries]
    furthest = max(reached, default=-1)
    return [_step(i, state, entries.get(state), furthest, candidate) for i, state in enumerate(STRIP)]


def _step(i: int, state: State, entry: StageEntry | None, furthest: int, candidate: Candidate) -> StripStep:
    is_now = candidate.state == state
    is_done = i < furthest or (i == furthest and not is_now)
    who = entry.held_by if entry and is_now else ""
    return StripStep(str(state.label), is_done, is_now, who, entry.entered_at if entry else None)


def current_stage(candidate: Candidate) -> StageEntry | None:
    return candidate.stages.filter(left_at=None).select_related("holder").first()


def history(candidate: Candidate) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.of(candidate)[:50]


def assessors(unit: BusinessUnit) -> QuerySet[User]:
    """Who may size candidates of a unit: assessors and leads, active, here or company-wide."""
    roles = [Role.ASSESSOR.value, Role.LEAD.value]
    grants = Membership.objects.active().filter(Q(unit=unit) | Q(unit=None), role__in=roles)
    return User.objects.people().filter(is_active=True, pk__in=grants.values("user")).order_by("name", "pk")
