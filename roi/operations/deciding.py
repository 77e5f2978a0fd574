"""The rules of a decision: who is barred, what each verdict needs, what was on the screen when it fell."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import PermissionDenied

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from backlog.models import Candidate
from roi.models import AgendaItem, Assessment, Decision, Tripwire
from roi.queries.barred import barred_words
from roi.queries.pre_reads import pre_read_changes
from workloads.models import Workload

V = Decision.Verdict
OF_CANDIDATE = (V.APPROVE, V.MEASURE, V.DEFER, V.REJECT, V.DUPLICATE)
OF_WORKLOAD = (V.SCALE, V.FIX, V.KEEP, V.RETIRE)
REAPPROVE_MONTHS = 12
QUALITY_BAR = "set after the first eval"
MOST_WEEKS = 52
MOST_LEVEL = Decimal(10) ** 13


@dataclass(frozen=True)
class ToMeasure:
    """What "measure first" asks for: a quantity of an estimate, by whom, how often, by when."""

    quantity: str
    person: User
    samples: int
    due_on: date
    what: str = ""


@dataclass(frozen=True)
class Said:
    """A verdict with everything that was said with it."""

    verdict: str
    reason: str
    until: date | None = None
    measure: str = ""
    tripwires: Sequence[Mapping[str, Any]] = ()
    reapprove_on: date | None = None
    quality_bar: str = ""
    measurement: ToMeasure | None = None
    duplicate_of: Candidate | None = None
    by_consent: bool = False
    corrects: Decision | None = None


def require_decider(of: Candidate | Workload, by: User) -> None:
    """The lead of its unit, and nobody who filed it, owns it or pays for it."""
    permissions.require(by, Permission.DECIDE, unit=of.unit)
    if words := barred_words(of, by):
        raise PermissionDenied(words)


def require_complete(said: Said, at: datetime) -> None:
    """What a verdict on a candidate needs; DomainError names the field."""
    if said.verdict not in OF_CANDIDATE:
        raise DomainError("verdict", "Choose approve, measure first, defer, reject or duplicate.", "verdict")
    _require_reason(said.reason)
    if said.verdict == V.DEFER and (said.until is None or said.until <= at.date()):
        words = "Name the date until which it is deferred; it lies in the future."
        raise DomainError("until", words, "until")
    if said.verdict == V.MEASURE and not measured_words(said):
        raise DomainError("measure", "Say what is to be measured first.", "measure")
    if said.verdict == V.DUPLICATE and said.duplicate_of is None:
        raise DomainError("duplicate_of", "Name the candidate that it repeats.", "duplicate_of")
    if said.tripwires and said.verdict != V.APPROVE:
        raise DomainError("tripwires", "Tripwires belong to an approval.", "tripwires")
    _require_ahead(said.reapprove_on, at)


def require_complete_running(said: Said, at: datetime) -> None:
    """What a verdict on a workload needs."""
    if said.verdict not in OF_WORKLOAD:
        raise DomainError("verdict", "Choose scale, fix, keep or retire.", "verdict")
    _require_reason(said.reason)
    _require_ahead(said.reapprove_on, at)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise DomainError("reason", "Give the reason: its owner reads it.", "reason")


def _require_ahead(day: date | None, at: datetime) -> None:
    if day is not None and day <= at.date():
        raise DomainError("reapprove_on", "The date of the next approval lies in the future.", "reapprove_on")


def measured_words(said: Said) -> str:
    return (said.measure or (said.measurement.what if said.measurement else "")).strip()


def in_a_year(day: date) -> date:
    """Twelve months later; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def in_weeks(day: date, weeks: int) -> date:
    return day + timedelta(weeks=weeks)


def set_tripwires(decision: Decision, wanted: Sequence[Mapping[str, Any]], workload: Workload | None) -> None:
    """Conditions of an approval, each quantity and side once; refused with the one at fault."""
    seen = set()
    for row in wanted:
        made = _tripwire(row)
        if (key := (made["quantity"], made["side"])) in seen:
            raise DomainError(
                "tripwires", f"The tripwire on {_noun(made['quantity'])} is set twice.", "tripwires"
            )
        seen.add(key)
        of = {"candidate_id": decision.candidate_id, "workload": workload}
        Tripwire.objects.create(decision=decision, **of, **made)


def _noun(quantity: str) -> str:
    return str(Tripwire.Quantity(quantity).label)


def _tripwire(row: Mapping[str, Any]) -> dict[str, Any]:
    quantity, side = str(row.get("quantity", "")), str(row.get("side", ""))
    if quantity not in Tripwire.Quantity.values or side not in Tripwire.Side.values:
        raise DomainError("tripwires", f"«{quantity} {side}» is no tripwire.", "tripwires")
    weeks = row.get("weeks", 4)
    if not isinstance(weeks, int) or not 1 <= weeks <= MOST_WEEKS:
        raise DomainError("tripwires", f"{_noun(quantity)}: between 1 and {MOST_WEEKS} weeks.", "tripwires")
    level = _level(quantity, row.get("level"))
    return {
        "quantity": quantity,
        "side": side,
        "level": level,
        "weeks": weeks,
        "note": str(row.get("note", ""))[:200],
        "check_from": row.get("check_from"),
    }


def _level(quantity: str, value: Any) -> Decimal:
    try:
        level = Decimal(str(value))
    except InvalidOperation as error:
        raise DomainError("tripwires", f"{_noun(quantity)}: the level is a number.", "tripwires") from error
    most = Decimal(1) if quantity.endswith("_share") else MOST_LEVEL
    if not level.is_finite() or not 0 <= level <= most:
        words = f"{_noun(quantity)}: between 0 and {most:,f}."
        raise DomainError("tripwires", words, "tripwires")
    return level.quantize(Decimal("0.0001"))


def as_seen(item: AgendaItem | None, assessment: Assessment | None, by: User) -> dict[str, Any]:
    """The figures that were on the screen: of the pre-read where there was one, with what has moved since."""
    told = _of_assessment(assessment) if assessment else {}
    pre_read = getattr(item, "pre_read", None) if item else None
    if item is None:
        return told
    told |= {"proposed": item.proposed, "proposed_why": item.proposed_why, "why": item.why}
    if pre_read is not None:
        told |= {"pre_read": pre_read.content_hash, "frozen_at": pre_read.frozen_at.isoformat()}
    return told | {"since": pre_read_changes(item, by)}


def _of_assessment(a: Assessment) -> dict[str, Any]:
    told = {
        "sentence": a.sentence,
        "npv": [_plain(a.npv_p10), _plain(a.npv_p50), _plain(a.npv_p90)],
        "prob_positive": _plain(a.prob_positive),
        "hours": [_plain(a.hours_p10), _plain(a.hours_p50), _plain(a.hours_p90)],
        "build": [_plain(a.build_p10), _plain(a.build_p50), _plain(a.build_p90)],
        "cost_of_delay": _plain(a.cost_of_delay),
        "currency": a.currency,
        "scored_at": a.at.isoformat(),
    }
    return told


def _plain(value: Any) -> float | None:
    number = None if value is None else float(value)
    return number if number is None or math.isfinite(number) else None


def record(decision: Decision, of: Candidate | Workload, said: Said, by: User, at: datetime) -> None:
    """The audit row of a decision."""
    changes: dict[str, Any] = {
        "verdict": said.verdict,
        "assessment": decision.assessment_id,
        "until": said.until,
    }
    if said.corrects is not None:
        changes |= {"corrects": said.corrects.pk}
    if decision.review is not None:
        changes |= {"review": decision.review.number, "by_consent": said.by_consent}
    kind = "candidate" if isinstance(of, Candidate) else "workload"
    audit.record(by=by, at=at, action=f"{kind}.decided", obj=of, changes=changes, reason=said.reason)
