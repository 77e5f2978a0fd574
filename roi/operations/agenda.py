"""The agenda writes itself: what needs a decision is found, weighed and placed, as often as anything changes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from roi.calc.agenda import Place, Weighed, consent_reason, place
from roi.models import AgendaItem, Review
from roi.operations.leading import locked
from roi.queries.agenda.candidates import candidates
from roi.queries.agenda.found import Found, Look, look_at
from roi.queries.agenda.running import actions, running

S = Review.State
Section = AgendaItem.Section
REASONS = [reason.value for reason in AgendaItem.Reason]
# What a rebuild writes anew; the rest of an item is what people did to it.
WRITTEN = ("reason", "why", "stake", "minutes", "missing", "proposed", "proposed_why")
PLACED = ("section", "section_why", "position")
LATE = "it came after the pre-read was out"
GONE = "there is nothing to decide any more"


def build_agenda(*, review: Review, at: datetime) -> Review:
    """Write the agenda of a meeting anew; what people placed, added, dropped or pulled stays so.

    Once the pre-read is out, only urgent things are added, under "carried over", and what was settled drops out. A
    meeting that runs or is over keeps its agenda.
    """
    with transaction.atomic():
        row = locked(review)
        if row.state not in (S.PLANNED, S.FROZEN):
            return row
        items = list(row.items.all())
        found = _found(look_at(row, at), items)
        changed = _add_late(row, items, found) if row.state == S.FROZEN else _rewrite(row, items, found)
        if changed:
            row.revision += 1
            row.save(update_fields=["revision"])
    return row


def _found(look: Look, items: Iterable[AgendaItem]) -> dict[Any, Found]:
    by_hand = [i.candidate_id for i in items if i.candidate_id and _is_of_people(i)]
    rows = [*candidates(look, also=by_hand), *running(look), *actions(look)]
    return {one.key: one for one in rows}


def _is_of_people(item: AgendaItem) -> bool:
    return item.placed_by_hand or item.reason == AgendaItem.Reason.ADDED or item.pulled_by_id is not None


def key_of(item: AgendaItem) -> tuple[Any, ...]:
    if item.workload_id is not None:
        return ("workload", item.workload_id, item.reason)
    return ("candidate", item.candidate_id) if item.candidate_id else ("action", item.action_id)


def _rewrite(review: Review, items: list[AgendaItem], found: dict[Any, Found]) -> bool:
    gone = [i for i in items if key_of(i) not in found and not _is_added_workload(i)]
    gone = [i for i in gone if (i.section, i.section_why) != (Section.DROPPED, GONE)]
    _remove(gone)
    out = {i.pk for i in gone}
    kept = {key_of(i): i for i in items if i.pk not in out}
    new = [_item(review, one) for key, one in found.items() if key not in kept]
    before = {key: _seen(item) for key, item in kept.items()}
    for key, item in kept.items():
        if key in found:
            _write(item, found[key], review)
    _place_all(review, [*kept.values(), *new], found)
    changed = [item for key, item in kept.items() if _seen(item) != before[key]]
    for item in changed:
        item.revision += 1
    AgendaItem.objects.bulk_create(new, batch_size=1000)
    _save(changed)
    return bool(gone or new or changed)


def _save(changed: list[AgendaItem]) -> None:
    """Thousands may move by one place: an upsert writes them in a tenth of the time of an update by cases."""
    AgendaItem.objects.bulk_create(
        changed,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*WRITTEN, *PLACED, "revision"],
    )


def _remove(gone: list[AgendaItem]) -> None:
    """Gone without a trace, unless a decision refers to it: then it drops out."""
    rows = AgendaItem.objects.filter(pk__in=[i.pk for i in gone])
    rows.filter(decisions=None).delete()
    rows.update(section=Section.DROPPED, section_why=GONE)


def _is_added_workload(item: AgendaItem) -> bool:
    """A chair may put a workload on the agenda that nothing else brings there."""
    return item.workload_id is not None and item.reason == AgendaItem.Reason.ADDED


def _seen(item: AgendaItem) -> tuple[Any, ...]:
    return tuple(getattr(item, name) for name in (*WRITTEN, *PLACED))


def _item(review: Review, one: Found) -> AgendaItem:
    item = AgendaItem(
        review=review,
        candidate_id=one.candidate_id,
        workload_id=one.workload_id,
        action_id=one.action_id,
        section=Section.CARRIED,
    )
    _write(item, one, review)
    return item


def minutes_each(review: Review) -> int:
    """The slot shared out evenly."""
    return max(1, review.minutes // review.series.most_items)


def _write(item: AgendaItem, one: Found, review: Review) -> None:
    if item.reason != AgendaItem.Reason.ADDED:
        item.reason, item.why = one.reason, one.why
    item.stake, item.missing = one.stake, list(one.missing)
    item.minutes = one.minutes or minutes_each(review)
    item.proposed, item.proposed_why = one.proposed, one.proposed_why


def _place_all(review: Review, items: list[AgendaItem], found: dict[Any, Found]) -> None:
    """Positions and sections of everything that was not dropped."""
    mine = {_number(i): i for i in items if i.section != Section.DROPPED}
    troubled = {one.workload_id for one in found.values() if one.urgent}
    weighed = [_weighed(n, i, found.get(key_of(i)), review, troubled) for n, i in mine.items()]
    rows = place(weighed, most_items=review.series.most_items, minutes=review.minutes)
    for where in rows:
        _put(mine[where.key], where)


def _put(item: AgendaItem, where: Place) -> None:
    item.section, item.position = where.section, where.position
    item.section_why = where.why[:300]


def _number(item: AgendaItem) -> int:
    """One number for each, the same at every build: it settles ties."""
    if item.workload_id is not None:
        return (item.workload_id * len(REASONS) + REASONS.index(item.reason)) * 3 + 1
    return item.candidate_id * 3 if item.candidate_id else (item.action_id or 0) * 3 + 2


def _weighed(
    number: int, item: AgendaItem, one: Found | None, review: Review, troubled: set[int | None]
) -> Weighed:
    return Weighed(
        number,
        item.stake,
        item.minutes,
        missing=tuple(m["words"] for m in item.missing),
        consent=_consent(one, review, troubled) if one else "",
        due=one is not None and one.due,
        carried=one.carried if one else 0,
        pulled=item.pulled_by_id is not None,
        hand=(item.section, item.position) if item.placed_by_hand else None,
    )


def _consent(one: Found, review: Review, troubled: set[int | None]) -> str:
    # What went wrong is talked about, however clear the proposal, and so is all else of the same workload.
    if one.urgent or one.action_id or (one.workload_id and one.workload_id in troubled):
        return ""
    return consent_reason(
        proposed=one.proposed,
        prob_positive=one.prob,
        above_hurdle=one.above_hurdle,
        stake=one.stake,
        consent_below=review.series.consent_below,
    )


def _add_late(review: Review, items: list[AgendaItem], found: dict[Any, Found]) -> bool:
    """After the freeze: urgent things come in for the chair to take up, settled ones go out; nothing else moves."""
    there = {key_of(i) for i in items}
    late = [_item(review, one) for key, one in found.items() if one.urgent and key not in there]
    last = max((i.position for i in items if i.section == Section.CARRIED), default=0)
    for n, item in enumerate(late, last + 1):
        item.position, item.section_why = n, LATE
    AgendaItem.objects.bulk_create(late)
    settled = [i for i in items if i.section != Section.DROPPED and _is_settled(i, found)]
    for item in settled:
        item.section, item.section_why, item.revision = Section.DROPPED, GONE, item.revision + 1
    AgendaItem.objects.bulk_update(settled, ["section", "section_why", "revision"])
    return bool(late or settled)


def _is_settled(item: AgendaItem, found: dict[Any, Found]) -> bool:
    """Withdrawn, decided elsewhere, answered: only of what a source can tell for sure."""
    if item.candidate_id is None or key_of(item) in found:
        return False
    return item.candidate is not None and item.candidate.state not in ("in_review", "deferred", "measuring")
