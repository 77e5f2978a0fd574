"""Every write of candidates, as verbs: draft, submit, edit, withdraw, size, send to review, follow a decision."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from backlog.calc import ranges
from backlog.calc.ranges import Range
from backlog.models import MOVES, OPEN, Candidate, Estimate, StageEntry, State
from integrations.messages import Mail
from integrations.operations import queue_mail

ANSWERS = (
    "title",
    "description",
    "count",
    "period",
    "minutes",
    "people",
    "share",
    "sureness",
    "who_does_it",
    "klass",
    "systems",
    "risk_tier",
)
HOLDERS = {
    State.RECEIVED: "the lead",
    State.SIZING: "an assessor",
    State.IN_REVIEW: "the ROI review",
    State.APPROVED: "the builder",
    State.BUILDING: "the builder",
    State.LIVE: "its business owner",
    State.DEFERRED: "the calendar",
    State.MEASURING: "its owner",
}


def save_draft(
    *,
    by: User,
    at: datetime,
    candidate: Candidate | None = None,
    owner: User | None = None,
    unit: BusinessUnit | None = None,
    client_token: str = "",
    simulated: bool = False,
    **answers: Any,
) -> Candidate:
    """Make a draft or save what was typed into it; the same client token makes one draft however often it comes."""
    permissions.require(by, Permission.FILE)
    if candidate is None:
        return _new_draft(by, at, owner or by, unit, client_token, simulated, answers)
    require_edit(candidate, by)
    if candidate.state != State.DRAFT:
        raise DomainError("not_draft", f"{candidate.key} is submitted; edit it on its page.")
    return _write(candidate, answers)


def _new_draft(
    by: User,
    at: datetime,
    owner: User,
    unit: BusinessUnit | None,
    token: str,
    simulated: bool,
    answers: dict[str, Any],
) -> Candidate:
    unit = unit or owner.home_unit
    if unit is None:
        raise DomainError("unit", "Your profile names no business unit; ask IT to set one.", "unit")
    with transaction.atomic():
        # One lock for the counter: numbers follow each other without gaps and never collide.
        User.objects.select_for_update().get(pk=User.objects.system().pk)
        if token and (same := Candidate.objects.filter(owner=owner, client_token=token).first()):
            return _write(same, answers) if same.state == State.DRAFT else same
        candidate = Candidate(
            number=Candidate.objects.next_number(),
            owner=owner,
            unit=unit,
            created_at=at,
            simulated=simulated,
            client_token=token,
        )
        _assign(candidate, answers)
        candidate.save()
        _enter(candidate, State.DRAFT, at, holder=owner)
        audit.record(by=by, at=at, action="candidate.drafted", obj=candidate)
    return candidate


def _assign(candidate: Candidate, answers: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(answers) - set(ANSWERS)
    if unknown:
        raise TypeError(f"not asked of a candidate: {sorted(unknown)}")
    changed = {name: value for name, value in answers.items() if getattr(candidate, name) != value}
    for name, value in changed.items():
        setattr(candidate, name, value)
    return changed


def _write(candidate: Candidate, answers: Mapping[str, Any]) -> Candidate:
    changed = _assign(candidate, answers)
    if changed:
        candidate.save(update_fields=list(changed))
    return candidate


def require_edit(candidate: Candidate, by: User) -> None:
    if by.pk == candidate.owner_id or by.is_system:
        return
    if candidate.state == State.DRAFT or not permissions.has(by, Permission.ESTIMATE, unit=candidate.unit):
        raise PermissionDenied("Only the owner or an assessor edits a candidate.")


def submit(*, candidate: Candidate, by: User, at: datetime) -> Candidate:
    """Hand a draft in: what is missing is named, ranges are made from the answers, the owner gets a receipt."""
    if by.pk != candidate.owner_id and not by.is_system:
        raise PermissionDenied("Only its owner submits a candidate.")
    with transaction.atomic():
        candidate = _locked(candidate)
        _require_move(candidate, State.RECEIVED)
        _require_complete(candidate)
        candidate.submitted_at = at
        _move(candidate, State.RECEIVED, at)
        _estimate_from_answers(candidate, by, at.date())
        audit.record(by=by, at=at, action="candidate.submitted", obj=candidate)
        _receipt(candidate, at)
    return candidate


def _require_complete(candidate: Candidate) -> None:
    if not candidate.title.strip():
        raise DomainError("title", "Say in a few words what the work is.", "title")
    if candidate.count is None:
        raise DomainError("count", "How many are there? A guess is fine.", "count")
    if candidate.minutes is None and not (candidate.people and candidate.share):
        words = "Give the minutes each one takes, or how many people do it and how much of their time."
        raise DomainError("minutes", words, "minutes")


def _estimate_from_answers(candidate: Candidate, by: User, day: date) -> None:
    """Volume and minutes from the short form; what an assessor sharpened by hand stays."""
    assert candidate.count is not None
    volume = ranges.per_year(float(candidate.count), candidate.period)
    minutes = (
        float(candidate.minutes)
        if candidate.minutes is not None
        else ranges.minutes_from_people(float(candidate.people or 0), candidate.share, volume)
    )
    answers = {"volume": volume, "minutes": minutes}
    _require_within_reason(answers)
    known = set(candidate.estimates.exclude(note=FROM_FORM).values_list("quantity", flat=True))
    for quantity, value in answers.items():
        if quantity not in known:
            made = ranges.from_answer(value, candidate.sureness, quantity, day)
            _put(candidate, quantity, made, FROM_FORM, by, day)


def _require_within_reason(answers: Mapping[str, float]) -> None:
    """Beyond these the stored figures would overflow; no company has that much of one kind of work."""
    if answers["volume"] > MOST_A_YEAR:
        raise DomainError(
            "count", "More than a thousand billion a year: check the number and its period.", "count"
        )
    if answers["minutes"] > MOST_MINUTES:
        words = (
            "That is more than a billion minutes each: check how many there are, the minutes and the people."
        )
        raise DomainError("minutes", words, "minutes")


MOST_A_YEAR, MOST_MINUTES = 1e12, 1e9
FROM_FORM = "made from the owner's answer"


def _put(candidate: Candidate, quantity: str, made: Range, note: str, by: User, day: date) -> None:
    values = {name: Decimal(repr(round(getattr(made, name), 4))) for name in ("low", "likely", "high")}
    rest = {
        "meaning": made.meaning,
        "evidence": made.evidence,
        "note": note,
        "as_of": made.as_of or day,
        "by": by,
    }
    Estimate.objects.update_or_create(candidate=candidate, quantity=quantity, defaults={**values, **rest})


def _receipt(candidate: Candidate, at: datetime) -> None:
    text = (
        f"Received, {candidate.key}: {candidate.title}.\n\n"
        "An assessor looks at it next and IT sizes the cost. You are told when it is decided; "
        "until then you can edit or withdraw it on its page.\n"
    )
    mail = Mail(
        to=(candidate.owner.email,), subject=f"Received, {candidate.key}: {candidate.title}", text=text
    )
    stamp = int(at.timestamp())
    if not candidate.simulated:
        queue_mail(mail=mail, dedup_key=f"candidate-{candidate.pk}-received-{stamp}", at=at)


def edit(*, candidate: Candidate, by: User, at: datetime, **answers: Any) -> Candidate:
    """Change the answers of an open candidate; ranges that came from the short form follow."""
    require_edit(candidate, by)
    with transaction.atomic():
        candidate = _locked(candidate)
        if candidate.state not in OPEN:
            raise DomainError(
                "closed", f"{candidate.key} is {candidate.get_state_display()}: it can't be edited."
            )
        before = {name: getattr(candidate, name) for name in answers}
        changed = _assign(candidate, answers)
        _require_complete(candidate)
        if changed:
            candidate.save(update_fields=list(changed))
            _estimate_from_answers(candidate, by, at.date())
            log = {name: [before[name], changed[name]] for name in changed if name != "description"}
            audit.record(by=by, at=at, action="candidate.edited", obj=candidate, changes=log)
    return candidate


def withdraw(*, candidate: Candidate, by: User, at: datetime, reason: str = "") -> Candidate:
    """The owner takes it back; it can be submitted again later."""
    if by.pk != candidate.owner_id:
        raise PermissionDenied("Only its owner withdraws a candidate.")
    return _moved(candidate, State.WITHDRAWN, by, at, "candidate.withdrawn", reason=reason)


def set_estimates(
    *,
    candidate: Candidate,
    ranges: Mapping[str, Range | None],
    notes: Mapping[str, str] | None = None,
    by: User,
    at: datetime,
    **details: Any,
) -> Candidate:
    """Sharpen quantities (None forgets one) and class, systems, risk tier; all or nothing.

    `ranges` maps a quantity's name to its range; shares lie in 0..1, only benefits may be below zero.
    """
    if not by.is_system:
        permissions.require(by, Permission.ESTIMATE, unit=candidate.unit)
    for quantity, made in ranges.items():
        _require_possible(quantity, made)
    with transaction.atomic():
        candidate = _locked(candidate)
        if candidate.state not in OPEN:
            raise DomainError(
                "closed", f"{candidate.key} is {candidate.get_state_display()}: its estimates stand."
            )
        described = _assign(candidate, details)
        candidate.save(update_fields=list(described))
        for quantity, made in ranges.items():
            if made is None:
                candidate.estimates.filter(quantity=quantity).delete()
            else:
                _put(candidate, quantity, made, _own_note(notes, quantity), by, at.date())
        if candidate.state == State.RECEIVED:
            _move(candidate, State.SIZING, at, holder=by)
        changes = {q: None if r is None else [r.low, r.likely, r.high] for q, r in ranges.items()}
        log = {**changes, **described}
        audit.record(by=by, at=at, action="candidate.estimated", obj=candidate, changes=log)
    return candidate


def _own_note(notes: Mapping[str, str] | None, quantity: str) -> str:
    """The assessor's note. The form's mark goes: a later edit of the answers must not undo a sharpened range."""
    note = (notes or {}).get(quantity, "")
    return "" if note == FROM_FORM else note


def _require_possible(quantity: str, made: Range | None) -> None:
    if quantity not in Estimate.Quantity.values:
        raise DomainError("quantity", f"There is no quantity «{quantity}».", quantity)
    if made is None:
        return
    label = Estimate.Quantity(quantity).label
    if quantity in Estimate.SHARES and (made.low < 0 or made.high > 1):
        raise DomainError("share", f"{label}: a share lies between 0 and 1.", quantity)
    if made.low < 0 and quantity not in Estimate.MAY_BE_NEGATIVE:
        raise DomainError("negative", f"{label}: it cannot be below zero.", quantity)


def assign_assessor(*, candidate: Candidate, assessor: User, by: User, at: datetime) -> Candidate:
    """The lead (or an owner of the unit) names who sizes it."""
    permissions.require(by, Permission.TRIAGE, unit=candidate.unit)
    if not permissions.has(assessor, Permission.ESTIMATE, unit=candidate.unit):
        raise DomainError("assessor", f"{assessor} does not assess candidates of this unit.", "assessor")
    with transaction.atomic():
        candidate = _locked(candidate)
        _require_move(candidate, State.SIZING)
        candidate.assessor = assessor
        candidate.save(update_fields=["assessor"])
        _move(candidate, State.SIZING, at, holder=assessor)
        audit.record(by=by, at=at, action="candidate.assigned", obj=candidate, changes={"assessor": assessor})
    return candidate


def send_to_review(*, candidate: Candidate, by: User, at: datetime) -> Candidate:
    """Ready to be decided; it needs a volume and minutes, the cost may still be open."""
    permissions.require(by, Permission.TRIAGE, unit=candidate.unit)
    known = set(candidate.estimates.values_list("quantity", flat=True))
    if not {"volume", "minutes"} <= known:
        raise DomainError("not_ready", "A review needs a volume and minutes first.")
    return _moved(candidate, State.IN_REVIEW, by, at, "candidate.sent_to_review")


def mark_decided(
    *, candidate: Candidate, state: str, until: date | None = None, by: User, at: datetime
) -> Candidate:
    """Follow a decision of the review: approved, deferred, measuring, rejected or duplicate."""
    if not by.is_system:
        permissions.require(by, Permission.DECIDE)
    if state == State.DEFERRED and until is None:
        raise DomainError("until", "Name the date until which it is deferred.", "until")
    with transaction.atomic():
        candidate = _locked(candidate)
        _require_move(candidate, state)
        _move(candidate, state, at, until=until if state == State.DEFERRED else None)
        audit.record(by=by, at=at, action=f"candidate.{state}", obj=candidate, changes={"until": until})
    return candidate


def mark_building(*, candidate: Candidate, by: User, at: datetime) -> Candidate:
    """Its workload is being built."""
    return _followed(candidate, State.BUILDING, by, at)


def mark_live(*, candidate: Candidate, by: User, at: datetime) -> Candidate:
    """Its workload is live."""
    return _followed(candidate, State.LIVE, by, at)


def mark_retired(*, candidate: Candidate, by: User, at: datetime) -> Candidate:
    """Its workload is retired."""
    return _followed(candidate, State.RETIRED, by, at)


def _followed(candidate: Candidate, state: str, by: User, at: datetime) -> Candidate:
    """A candidate follows its workload; where it is already (or cannot go back) it stays."""
    with transaction.atomic():
        # Asked of the locked row: the caller's copy may be older than the decision.
        candidate = _locked(candidate)
        if not candidate.may_move_to(state):
            return candidate
        return _moved(candidate, state, by, at, f"candidate.{state}")


def _moved(
    candidate: Candidate, state: str, by: User, at: datetime, action: str, reason: str = ""
) -> Candidate:
    with transaction.atomic():
        candidate = _locked(candidate)
        _require_move(candidate, state)
        _move(candidate, state, at)
        audit.record(by=by, at=at, action=action, obj=candidate, reason=reason)
    return candidate


def _locked(candidate: Candidate) -> Candidate:
    rows = Candidate.objects.select_for_update(of=("self",)).select_related("owner", "unit")
    return rows.get(pk=candidate.pk)


def _require_move(candidate: Candidate, state: str) -> None:
    if state not in MOVES[candidate.state] and state != candidate.state:
        words = f"{candidate.key} is {candidate.get_state_display()}: it cannot become {State(state).label}."
        raise DomainError("state", words)
    if state == candidate.state and state != State.SIZING:
        raise DomainError("state", f"{candidate.key} is {candidate.get_state_display()} already.")


def _move(
    candidate: Candidate, state: str, at: datetime, holder: User | None = None, until: date | None = None
) -> None:
    candidate.state, candidate.deferred_until = state, until
    candidate.save(update_fields=["state", "submitted_at", "deferred_until"])
    _enter(candidate, state, at, holder)


def _enter(candidate: Candidate, state: str, at: datetime, holder: User | None = None) -> None:
    candidate.stages.filter(left_at=None).update(left_at=at)
    role = "" if holder else HOLDERS.get(State(state), "")
    StageEntry.objects.create(
        candidate=candidate, state=state, holder=holder, holder_role=role, entered_at=at
    )
