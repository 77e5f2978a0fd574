"""What people do to an agenda: put an item elsewhere, add one, drop one and take it back, pull one for talk."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F

from aiops import audit
from aiops.errors import DomainError
from aiops.models import User
from backlog.models import Candidate, State
from roi.models import AgendaItem, Review
from roi.operations.agenda import minutes_each
from roi.operations.leading import locked, require_lead
from roi.queries.agenda.candidates import candidates
from roi.queries.agenda.found import Found, look_at
from roi.queries.proposals import propose
from roi.queries.seats import sits_in
from workloads.models import Workload

S, Section, Reason = Review.State, AgendaItem.Section, AgendaItem.Reason
OPEN_TO_HAND = (Section.DISCUSS, Section.CONSENT, Section.CARRIED)
ADDABLE = (State.IN_REVIEW, State.DEFERRED, State.MEASURING)
ADDED_LATE = "added after the pre-read was out"


def place_item(
    *, item: AgendaItem, section: str, position: int, by: User, at: datetime, revision: int | None = None
) -> AgendaItem:
    """To the n-th place of a section, where it stays through every rebuild; also takes a dropped one back.

    `revision` is the one that was read: refused where somebody changed the item since.
    """
    with transaction.atomic():
        review, item = _held(item, by)
        _require_fresh(item, revision)
        if section not in OPEN_TO_HAND:
            raise DomainError("section", "Choose to discuss, by consent or carried over.", "section")
        if section == Section.CONSENT:
            _require_ready(item)
        before = item.section
        item.section, item.placed_by_hand = section, True
        item.section_why = f"placed here by {by}"
        _insert(review, item, position)
        if before != section:
            _close_gap(review, before)
        _keep(
            review, item, by, at, "agenda.placed", {"section": [before, section], "position": item.position}
        )
    return item


def add_item(
    *,
    review: Review,
    candidate: Candidate | None = None,
    workload: Workload | None = None,
    by: User,
    at: datetime,
) -> AgendaItem:
    """At the end of what is discussed, whatever it is worth; what is there already comes to the front instead."""
    with transaction.atomic():
        row = locked(review)
        require_lead(row, by)
        _require_open(row)
        if (candidate is None) == (workload is None):
            raise DomainError("subject", "Choose one candidate or one workload.", "subject")
        item = _present(row, candidate, workload) or _new(row, candidate, workload, at)
        item.section, item.placed_by_hand = Section.DISCUSS, True
        item.section_why = f"added by {by}" if row.state == S.PLANNED else f"{ADDED_LATE}, by {by}"
        _insert(row, item, 1 + row.items.filter(section=Section.DISCUSS).exclude(pk=item.pk).count())
        _keep(row, item, by, at, "agenda.added", {"item": str(candidate or workload)})
    return item


def drop_item(
    *, item: AgendaItem, by: User, at: datetime, reason: str = "", revision: int | None = None
) -> AgendaItem:
    """Off this agenda, and it stays off; `place_item` takes it back."""
    with transaction.atomic():
        review, item = _held(item, by)
        _require_fresh(item, revision)
        before, item.section, item.placed_by_hand = item.section, Section.DROPPED, True
        said = f": {reason.strip()}" if reason.strip() else ""
        item.section_why, item.position = f"dropped by {by}{said}"[:300], 0
        item.save(update_fields=["section", "section_why", "position", "placed_by_hand"])
        _close_gap(review, before)
        _keep(review, item, by, at, "agenda.dropped", {"section": before}, reason.strip())
    return item


def pull_item(*, item: AgendaItem, why: str, by: User, at: datetime) -> AgendaItem:
    """A member wants to talk about something that was to go by consent."""
    if not sits_in(item.review, by):
        raise PermissionDenied("Only who sits in this review pulls an item.")
    with transaction.atomic():
        review = locked(item.review)
        _require_ahead(review)
        item = review.items.select_for_update().get(pk=item.pk)
        if item.section != Section.CONSENT:
            raise DomainError("section", "It is not on the consent list.")
        item.pulled_by, item.pulled_why = by, why.strip()[:300]
        item.section, item.section_why = Section.DISCUSS, f"{by} wants to talk about it"
        _insert(review, item, 1 + review.items.filter(section=Section.DISCUSS).count())
        _close_gap(review, Section.CONSENT)
        _keep(review, item, by, at, "agenda.pulled", {}, item.pulled_why)
    return item


def put_back(*, item: AgendaItem, by: User, at: datetime) -> None:
    """Whoever pulled it is fine with it after all: back to the consent list. The review is locked by the caller."""
    review = item.review
    item.pulled_by, item.pulled_why = None, ""
    item.section, item.section_why = Section.CONSENT, f"{by} is fine with it after all"
    _insert(review, item, 1 + review.items.filter(section=Section.CONSENT).count())
    _close_gap(review, Section.DISCUSS)
    _keep(review, item, by, at, "agenda.put_back", {})


def _held(item: AgendaItem, by: User) -> tuple[Review, AgendaItem]:
    """Review first, then the item: always in this order, so that two people never wait for each other."""
    review = locked(item.review)
    require_lead(review, by)
    _require_open(review)
    found = review.items.select_for_update().filter(pk=item.pk).first()
    if found is None:
        raise DomainError("gone", "This item left the agenda meanwhile: reload the page.")
    if found.done_at is not None:
        raise DomainError("done", "This item is decided already.")
    found.review = review
    return review, found


def _require_open(review: Review) -> None:
    if review.is_over:
        raise DomainError("over", f"This meeting is {review.get_state_display()}: its agenda stays as it is.")


def _require_ahead(review: Review) -> None:
    if review.state not in (S.PLANNED, S.FROZEN):
        raise DomainError("state", f"This meeting is {review.get_state_display()}.")


def _require_fresh(item: AgendaItem, revision: int | None) -> None:
    if revision is not None and revision != item.revision:
        raise DomainError("changed", "Somebody changed this item meanwhile: look at the agenda again.")


def _require_ready(item: AgendaItem) -> None:
    if item.missing:
        waits = ", ".join(m["words"] for m in item.missing)
        raise DomainError(
            "not_ready", f"By consent goes only what is ready; it waits for {waits}.", "section"
        )


def _insert(review: Review, item: AgendaItem, position: int) -> None:
    """Into its section at a place; the others move up or down, their own revision does not change."""
    rows = list(review.items.filter(section=item.section).exclude(pk=item.pk).order_by("position", "pk"))
    rows.insert(max(0, min(position, len(rows) + 1) - 1), item)
    for n, row in enumerate(rows, 1):
        row.position = n
    item.save()
    AgendaItem.objects.bulk_update([r for r in rows if r.pk != item.pk], ["position"], batch_size=500)


def _close_gap(review: Review, section: str) -> None:
    rows = list(review.items.filter(section=section).order_by("position", "pk"))
    for n, row in enumerate(rows, 1):
        row.position = n
    AgendaItem.objects.bulk_update(rows, ["position"], batch_size=500)


def _keep(
    review: Review, item: AgendaItem, by: User, at: datetime, action: str, changes: Any, reason: str = ""
) -> None:
    item.revision += 1
    AgendaItem.objects.filter(pk=item.pk).update(revision=item.revision, pulled_by=item.pulled_by)
    Review.objects.filter(pk=review.pk).update(revision=F("revision") + 1)
    audit.record(
        by=by, at=at, action=action, obj=item, unit=review.series.unit, changes=changes, reason=reason
    )


def _present(review: Review, candidate: Candidate | None, workload: Workload | None) -> AgendaItem | None:
    about: dict[str, Any] = {"candidate": candidate} if candidate else {"workload": workload}
    return review.items.select_for_update().filter(**about, done_at=None).order_by("pk").first()


def _new(review: Review, candidate: Candidate | None, workload: Workload | None, at: datetime) -> AgendaItem:
    item = AgendaItem(review=review, candidate=candidate, workload=workload, reason=Reason.ADDED)
    item.why, item.minutes, item.section = "Added by hand.", minutes_each(review), Section.DISCUSS
    known = _of_candidate(review, candidate, at) if candidate else _of_workload(workload, at)
    item.stake, item.missing = known.stake, list(known.missing)
    item.proposed, item.proposed_why = known.proposed, known.proposed_why
    return item


def _of_candidate(review: Review, candidate: Candidate, at: datetime) -> Found:
    fresh = Candidate.objects.get(pk=candidate.pk)
    if fresh.state not in ADDABLE:
        words = (
            f"{fresh.key} is {fresh.get_state_display()}: only what waits for a decision comes to a review."
        )
        raise DomainError("state", words, "candidate")
    unit = review.series.unit_id
    if unit is not None and fresh.unit_id != unit:
        raise DomainError("unit", f"{fresh.key} is of another unit than this review.", "candidate")
    return candidates(look_at(review, at), also=[fresh.pk], only=True)[0]


def _of_workload(workload: Workload | None, at: datetime) -> Found:
    assert workload is not None
    made = propose(workload, at, reason=Reason.ADDED)
    return Found(
        Reason.ADDED, "", workload_id=workload.pk, proposed=made.verdict, proposed_why=made.why[:300]
    )
