"""What is known of a candidate as ranges: written whole or not at all."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog.calc import ranges as rules
from backlog.calc.ranges import Range
from backlog.models import Candidate, Estimate, State
from backlog.operations.stages import locked_open, move

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
    "form_version",
    "answers",
)
FROM_FORM = "made from the owner's answer"


def assign(candidate: Candidate, answers: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(answers) - set(ANSWERS)
    if unknown:
        raise TypeError(f"not asked of a candidate: {sorted(unknown)}")
    changed = {name: value for name, value in answers.items() if getattr(candidate, name) != value}
    for name, value in changed.items():
        setattr(candidate, name, value)
    return changed


def put(candidate: Candidate, quantity: str, made: Range, note: str, by: User, day: date) -> None:
    values = {name: Decimal(repr(round(getattr(made, name), 4))) for name in ("low", "likely", "high")}
    rest = {
        "meaning": made.meaning,
        "evidence": made.evidence,
        "note": note,
        "as_of": made.as_of or day,
        "by": by,
    }
    Estimate.objects.update_or_create(candidate=candidate, quantity=quantity, defaults={**values, **rest})


def require_estimate(candidate: Candidate, by: User) -> None:
    """Assessors of the unit and leads size a candidate, and the system does."""
    if not by.is_system:
        permissions.require(by, Permission.ESTIMATE, unit=candidate.unit)


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

    `ranges` maps a quantity's name to its range; shares lie in 0..1, only benefits may be below zero. An own
    loaded rate replaces the one that finance keeps, so it needs its reason in `notes`.
    """
    require_estimate(candidate, by)
    for quantity, made in ranges.items():
        _require_possible(quantity, made)
    _require_reason(ranges.get("loaded_rate"), _own_note(notes, "loaded_rate"))
    with transaction.atomic():
        candidate = locked_open(candidate, "its estimates stand.")
        described = assign(candidate, details)
        candidate.save(update_fields=list(described))
        for quantity, made in ranges.items():
            if made is None:
                candidate.estimates.filter(quantity=quantity).delete()
            else:
                put(candidate, quantity, made, _own_note(notes, quantity), by, at.date())
        if candidate.state == State.RECEIVED:
            move(candidate, State.SIZING, at, holder=by)
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
    if wrong := rules.refusal(quantity, made.low, made.high):
        code, words = wrong
        raise DomainError(code, f"{Estimate.Quantity(quantity).label}: {words}", quantity)


def _require_reason(rate: Range | None, note: str) -> None:
    if rate is not None and not note.strip():
        words = "An own loaded rate needs its reason in the note; without one, finance's rate card counts."
        raise DomainError("reason", words, "loaded_rate")
