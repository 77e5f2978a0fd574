"""A review with its members and items, made without its agenda: where the stories about a meeting begin."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from roi import operations
from roi.models import AgendaItem, Member, PreRead, Review, Series
from roi.queries.pre_reads import page_of
from tests.roi import scored


def make_review(cast: SimpleNamespace, now: datetime, number: int = 1, **series: Any) -> Review:
    """Frozen, chaired by the lead; second lead, reviewer and finance sit in it."""
    base = {
        "name": "ROI review",
        "chair": cast.lead,
        "first_on": now.date(),
        "start_time": time(9),
        "created_at": now,
    }
    made = Series.objects.create(**(base | series))
    for person in (cast.second_lead, cast.reviewer, cast.finance):
        Member.objects.create(series=made, user=person)
    return Review.objects.create(
        series=made, number=number, starts_at=now, freeze_at=now - timedelta(days=2), minutes=30, chair=made.chair,
        state="frozen", frozen_at=now - timedelta(days=2),
    )  # fmt: skip


def add(
    review: Review, subject: Any, proposed: str = "approve", section: str = "discuss", **fields: Any
) -> AgendaItem:
    kind = "candidate" if hasattr(subject, "title") else "workload"
    said = {
        "reason": "new",
        "why": "It is new.",
        "proposed_why": "It clears the hurdle.",
        "stake": Decimal(1000),
    }
    said |= {kind: subject, "section": section, "proposed": proposed, "position": review.items.count()}
    return AgendaItem.objects.create(review=review, **(said | fields))


def freeze(item: AgendaItem, cast: SimpleNamespace, now: datetime) -> PreRead:
    """The page of an item as the agenda freezes it."""
    assessment = scored.freeze(item.candidate, cast, now)
    return PreRead.objects.create(
        item=item,
        assessment=assessment,
        content=page_of(item, assessment, now),
        content_hash="0" * 64,
        frozen_at=now,
    )


def running(
    cast: SimpleNamespace, now: datetime, titles: tuple[str, ...] = ("Match invoices",), **series: Any
) -> Any:
    """A meeting under way with an item to discuss for each title; gives (review, items)."""
    review = make_review(cast, now, **series)
    items = [add(review, scored.file(cast, now, title)) for title in titles]
    review = operations.start_meeting(review=review, by=review.chair, at=now)
    return review, items
