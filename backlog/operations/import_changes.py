"""The rows of a file written at once: thousands of candidates made or changed in a handful of statements."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from aiops.models import AuditEvent, User
from backlog.calc import ranges
from backlog.models import Candidate, Estimate, StageEntry, State
from backlog.operations.estimates import FROM_FORM
from backlog.operations.stages import HOLDERS
from backlog.queries.import_plan import Step

AT_ONCE = 500
SIZES = {"count", "period", "minutes", "people", "share", "sureness"}


def store_new(fresh: list[Candidate], by: User, at: datetime) -> None:
    """With their first stage, and of the submitted ones the ranges that submitting makes."""
    Candidate.objects.bulk_create(fresh, batch_size=AT_ONCE)
    StageEntry.objects.bulk_create([_stage(one, at) for one in fresh], batch_size=AT_ONCE)
    _record([_event(one, "candidate.imported", {"state": one.state}, by, at) for one in fresh])
    _put([row for one in fresh if one.state != State.DRAFT for row in _estimates(one, by, at)])


def store_changed(steps: list[Step], by: User, at: datetime) -> None:
    """As editing does: ranges made from the owner's answers follow, those that somebody sharpened stay."""
    events, names = [], set()
    for step in steps:
        assert step.candidate is not None
        said = {name: [getattr(step.candidate, name), value] for name, value in step.changes.items()}
        for name, value in step.changes.items():
            setattr(step.candidate, name, value)
        names |= set(step.changes)
        said.pop("description", None)
        events.append(_event(step.candidate, "candidate.edited", said, by, at))
    changed = [step.candidate for step in steps if step.candidate is not None]
    if changed:
        Candidate.objects.bulk_update(changed, sorted(names), batch_size=AT_ONCE)
    _record(events)
    sized = [step.candidate for step in steps if step.candidate and SIZES & set(step.changes)]
    _follow([one for one in sized if one.state != State.DRAFT], by, at)


def _follow(sized: list[Candidate], by: User, at: datetime) -> None:
    sharpened = set(
        Estimate.objects.filter(candidate__in=sized)
        .exclude(note=FROM_FORM)
        .values_list("candidate", "quantity")
    )
    rows = (row for one in sized for row in _estimates(one, by, at))
    _put([row for row in rows if (row.candidate_id, row.quantity) not in sharpened])


def _record(events: Iterable[AuditEvent]) -> None:
    AuditEvent.objects.bulk_create(events, batch_size=AT_ONCE)


def _put(rows: list[Estimate]) -> None:
    named = ["low", "likely", "high", "meaning", "evidence", "note", "as_of", "by"]
    Estimate.objects.bulk_create(
        rows,
        batch_size=AT_ONCE,
        update_conflicts=True,
        unique_fields=["candidate", "quantity"],
        update_fields=named,
    )


def _stage(one: Candidate, at: datetime) -> StageEntry:
    draft = one.state == State.DRAFT
    role = "" if draft else HOLDERS[State.RECEIVED]
    holder = one.owner if draft else None
    return StageEntry(candidate=one, state=one.state, holder=holder, holder_role=role, entered_at=at)


def _event(one: Candidate, action: str, said: dict[str, Any], by: User, at: datetime) -> AuditEvent:
    """The row that audit.record would write, one by one."""
    return AuditEvent(
        at=at,
        actor_id=by.pk,
        actor_label=str(by),
        action=action,
        object_type=one._meta.label_lower,
        object_id=str(one.pk),
        object_label=str(one)[:200],
        unit_id=one.unit_id,
        changes={name: _plain(value) for name, value in said.items()},
    )


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, Decimal) else value


def _estimates(one: Candidate, by: User, at: datetime) -> list[Estimate]:
    """Volume and minutes as ranges, as submitting makes them."""
    volume = ranges.per_year(float(one.count or 0), one.period)
    minutes = (
        float(one.minutes)
        if one.minutes is not None
        else ranges.minutes_from_people(float(one.people or 0), one.share, volume)
    )
    return [_estimate(one, name, value, by, at) for name, value in (("volume", volume), ("minutes", minutes))]


def _estimate(one: Candidate, quantity: str, value: float, by: User, at: datetime) -> Estimate:
    made = ranges.from_answer(value, one.sureness, quantity, at.date())
    points: dict[str, Any] = {
        end: Decimal(repr(round(getattr(made, end), 4))) for end in ("low", "likely", "high")
    }
    said = {"meaning": made.meaning, "evidence": made.evidence, "note": FROM_FORM, "as_of": at.date()}
    return Estimate(candidate=one, quantity=quantity, by=by, **points, **said)
