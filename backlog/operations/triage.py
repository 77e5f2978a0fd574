"""Triage: parking a candidate until a day, putting one back where it was, and a name on what waits too long."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import Membership, User
from aiops.permissions import Permission
from aiops.roles import Role
from backlog.models import Candidate, Policy, StageEntry, State
from backlog.operations.following import tell_followers, tell_one
from backlog.operations.stages import enter, locked

WAITING = (State.RECEIVED, State.SIZING)
LONGEST_PARK = timedelta(days=365)


def park(*, candidate: Candidate, until: date, why: str, by: User, at: datetime) -> Candidate:
    """Out of the way until a day, with the reason; its owner and followers read it. It comes back by itself."""
    permissions.require(by, Permission.TRIAGE, unit=candidate.unit)
    if not at.date() < until <= at.date() + LONGEST_PARK:
        raise DomainError("until", "Park it until a day of the coming year.", "until")
    if not why.strip():
        raise DomainError("why", "Say why it waits: its owner reads it.", "why")
    with transaction.atomic():
        candidate = locked(candidate)
        if candidate.state not in WAITING:
            words = (
                f"{candidate.key} is {candidate.get_state_display()}: only what waits for triage is parked."
            )
            raise DomainError("state", words)
        candidate.parked_until, candidate.parked_why = until, why.strip()[:200]
        candidate.save(update_fields=["parked_until", "parked_why"])
        changes = {"until": until}
        audit.record(by=by, at=at, action="candidate.parked", obj=candidate, changes=changes, reason=why)
        _tell_parked(candidate, by, at)
    return candidate


def _tell_parked(candidate: Candidate, by: User, at: datetime) -> None:
    sentence = f"{by} parked {candidate} until {candidate.parked_until:%-d %b %Y}: {candidate.parked_why}"
    key = f"parked-{candidate.pk}-{int(at.timestamp())}"
    tell_followers(candidate=candidate, sentence=sentence, key=key, at=at, but=[by.pk])


def standing(candidate: Candidate) -> dict[str, Any]:
    """Where it stands, as plain values: what undoing a step needs, and what it compares before."""
    stage: Any = StageEntry.objects.filter(candidate=candidate, left_at=None).values("pk", "holder").first() or {}
    parked = candidate.parked_until.isoformat() if candidate.parked_until else None
    return {
        "state": candidate.state,
        "stage": stage.get("pk"),
        "holder": stage.get("holder"),
        "assessor": candidate.assessor_id,
        "parked_until": parked,
        "parked_why": candidate.parked_why,
    }


def put_back(
    *, candidate: Candidate, before: Mapping[str, Any], after: Mapping[str, Any], by: User, at: datetime
) -> Candidate:
    """Back to `before`; refused where it does not stand as `after` any more: somebody went on with it."""
    permissions.require(by, Permission.TRIAGE, unit=candidate.unit)
    with transaction.atomic():
        candidate = locked(candidate)
        if standing(candidate) != dict(after):
            raise DomainError("changed", f"{candidate.key} has changed since: nothing was undone.")
        if before["stage"] != after["stage"]:
            candidate.state = before["state"]
            enter(candidate, State(before["state"]), at, User.objects.filter(pk=before["holder"]).first())
        day = before["parked_until"]
        candidate.parked_until = date.fromisoformat(day) if day else None
        candidate.parked_why, candidate.assessor_id = before["parked_why"], before["assessor"]
        candidate.save(update_fields=["state", "parked_until", "parked_why", "assessor"])
        audit.record(by=by, at=at, action="candidate.put_back", obj=candidate)
    return candidate


def name_waiting(*, at: datetime) -> int:
    """What waited longer than the policy says without anybody's name gets the lead's, who is told; how many."""
    before = at - timedelta(days=Policy.load().waiting_days)
    nobody = StageEntry.objects.filter(left_at=None, holder=None, entered_at__lt=before)
    nobody = nobody.filter(state__in=WAITING, candidate__state=F("state"))
    parked = Q(candidate__parked_until__gt=at.date())
    rows = nobody.exclude(parked).select_related("candidate__unit", "candidate__owner").order_by("pk")
    return sum(_named(row, at) for row in rows)


def _named(stage: StageEntry, at: datetime) -> bool:
    lead = _lead_of(stage.candidate)
    if lead is None:
        return False
    with transaction.atomic():
        mine = StageEntry.objects.filter(pk=stage.pk, left_at=None, holder=None)
        if not mine.update(holder=lead, holder_role=""):
            return False
        candidate, system = stage.candidate, User.objects.system()
        days = (at - stage.entered_at).days
        audit.record(by=system, at=at, action="candidate.named", obj=candidate, changes={"holder": lead})
        text = (
            f"{candidate} waited {days} days and nobody had it. It is with you now: size it, ask, or park it."
        )
        about = {"topic": "action", "subject": f"With you now: {candidate}", "text": text}
        tell_one(person=lead, candidate=candidate, key=f"named-{stage.pk}", at=at, **about)
    return True


def _lead_of(candidate: Candidate) -> User | None:
    """The unit's lead before the company's; never the owner, who waits already."""
    grants = Membership.objects.active().filter(role=Role.LEAD.value, user__is_active=True)
    grants = grants.filter(Q(unit=candidate.unit) | Q(unit=None)).exclude(user=candidate.owner_id)
    found = grants.order_by(F("unit").asc(nulls_last=True), "pk").select_related("user").first()
    return found.user if found else None
