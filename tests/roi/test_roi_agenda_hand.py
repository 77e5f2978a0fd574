"""What people do to an agenda, who may, and that nothing is overwritten silently; why a candidate is on none."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from aiops.errors import DomainError
from aiops.models import Company
from backlog.models import Candidate, Question
from integrations.models import Delivery
from roi import operations
from roi.models import AgendaItem, Review
from roi.queries.why_not_agenda import why_not_on_agenda
from tests.factories import make_workload
from tests.roi.reviewed import make_ready, make_review, make_series

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(cast: Any, now: datetime) -> Review:
    Company.objects.update_or_create(pk=1, defaults={"hurdle_npv": Decimal(10_000)})
    return make_review(cast, now, most_items=2)


def section(review: Review, name: str) -> list[str]:
    rows = AgendaItem.objects.filter(review=review, section=name).select_related("candidate", "workload")
    return [i.candidate.title if i.candidate else i.workload.name for i in rows.order_by("position")]  # type: ignore[union-attr]


def item_of(review: Review, title: str) -> AgendaItem:
    return AgendaItem.objects.select_related("review__series").get(review=review, candidate__title=title)


def test_the_chair_moves_drops_and_takes_back_and_a_rebuild_respects_it(
    cast: Any, now: Any, review: Review
) -> None:
    for n in (5, 4, 3):
        make_ready(cast, now, npv=n * 10_000, title=f"Worth {n}")
    operations.build_agenda(review=review, at=now)
    by = {"by": cast.lead, "at": now}
    operations.place_item(item=item_of(review, "Worth 3"), section="discuss", position=1, **by)
    assert section(review, "discuss") == ["Worth 3", "Worth 5", "Worth 4"]
    operations.build_agenda(review=review, at=now)
    assert (section(review, "discuss"), section(review, "carried")) == (["Worth 3", "Worth 5"], ["Worth 4"])
    operations.drop_item(item=item_of(review, "Worth 5"), reason="Wait for IT", **by)
    assert item_of(review, "Worth 5").section_why == "dropped by Lea Lead: Wait for IT"
    operations.build_agenda(review=review, at=now)
    assert section(review, "discuss") == ["Worth 3", "Worth 4"] and section(review, "dropped") == ["Worth 5"]
    operations.place_item(item=item_of(review, "Worth 5"), section="discuss", position=2, **by)
    assert section(review, "discuss") == ["Worth 3", "Worth 5", "Worth 4"]


def test_only_the_chair_and_who_decides_there_may(cast: Any, now: Any, review: Review) -> None:
    candidate = make_ready(cast, now)
    operations.build_agenda(review=review, at=now)
    item = item_of(review, "Match invoices")
    for who in (cast.reviewer, cast.finance, cast.it, cast.owner, cast.executive):
        by = {"by": who, "at": now}
        verbs: list[Callable[[], Any]] = [
            lambda by=by: operations.place_item(item=item, section="carried", position=1, **by),
            lambda by=by: operations.drop_item(item=item, **by),
            lambda by=by: operations.add_item(review=review, candidate=candidate, **by),
            lambda by=by: operations.remind(review=review, **by),
        ]
        for verb in verbs:
            with pytest.raises(PermissionDenied):
                verb()
    assert operations.drop_item(item=item, by=cast.second_lead, at=now).section == "dropped"
    with pytest.raises(PermissionDenied):
        operations.pull_item(item=item, why="", by=cast.owner, at=now)


def test_what_somebody_changed_meanwhile_is_not_overwritten(cast: Any, now: Any, review: Review) -> None:
    make_ready(cast, now)
    operations.build_agenda(review=review, at=now)
    item = item_of(review, "Match invoices")
    operations.drop_item(item=item, by=cast.lead, at=now, revision=0)
    with pytest.raises(DomainError, match="changed this item meanwhile"):
        operations.place_item(
            item=item, section="discuss", position=1, by=cast.second_lead, at=now, revision=0
        )
    with pytest.raises(DomainError, match="Choose to discuss"):
        operations.place_item(item=item, section="not_ready", position=1, by=cast.lead, at=now)
    Review.objects.filter(pk=review.pk).update(state="closed", closed_at=now)
    with pytest.raises(DomainError, match="is closed"):
        operations.drop_item(item=item, by=cast.lead, at=now)


def test_adding_by_hand_whatever_it_is_worth(cast: Any, now: Any, review: Review) -> None:
    small = make_ready(cast, now, npv=100, title="Small")
    draft = make_ready(cast, now, title="Draft", state="draft")
    workload = make_workload(cast)
    by = {"review": review, "by": cast.lead, "at": now}
    made = operations.add_item(candidate=small, **by)
    assert (made.reason, made.section, made.stake) == ("added", "discuss", Decimal(100))
    operations.add_item(workload=workload, **by)
    operations.build_agenda(review=review, at=now)
    assert section(review, "discuss") == ["Small", "Invoice coding"]
    with pytest.raises(DomainError, match="only what waits for a decision"):
        operations.add_item(candidate=draft, **by)
    with pytest.raises(DomainError, match="one candidate or one workload"):
        operations.add_item(**by)
    legal = make_series(cast, now, unit=cast.other_unit).reviews.earliest("starts_at")
    with pytest.raises(DomainError, match="another unit"):
        operations.add_item(review=legal, candidate=small, by=cast.lead, at=now)
    asked = make_ready(cast, now, title="Asked")
    Question.objects.create(candidate=asked, by=cast.lead, of=cast.owner, text="How many?", at=now)
    item = operations.add_item(candidate=asked, **by)
    with pytest.raises(DomainError, match="waits for an answer of Ada Owner"):
        operations.place_item(item=item, section="consent", position=1, by=cast.lead, at=now)


def test_remind_asks_whom_it_waits_for_once_a_day(cast: Any, now: Any, review: Review) -> None:
    make_ready(cast, now, npv=None, title="Bare", ready=False, assessor=cast.assessor)
    operations.build_agenda(review=review, at=now)
    assert operations.remind(review=review, by=cast.lead, at=now) == 2
    operations.remind(review=review, by=cast.lead, at=now + timedelta(hours=3))
    asked = Delivery.objects.filter(dedup_key__contains="remind")
    assert sorted(d.payload["to"][0] for d in asked) == [cast.assessor.email, cast.it.email]
    operations.remind(review=review, by=cast.lead, at=now + timedelta(days=1))
    assert asked.all().count() == 4
    assert (
        "its cost, for C-1 Bare"
        in asked.get(payload__to=[cast.assessor.email], dedup_key__contains="20261120").payload["text"]
    )


# -- why not


def said(candidate: Candidate, at: datetime) -> tuple[str, str]:
    found = why_not_on_agenda(candidate, at)
    assert found is not None
    return found.sentence, found.what_would_change_it


def test_each_candidate_says_why_it_is_on_no_agenda_and_what_would_change_it(
    cast: Any, now: Any, review: Review
) -> None:
    under = make_ready(cast, now, npv=8_000, title="Under")
    bare = make_ready(cast, now, npv=None, ready=False, title="Bare")
    first, second, third = (make_ready(cast, now, npv=n * 10_000, title=f"W{n}") for n in (5, 4, 3))
    later = make_ready(cast, now, state="deferred", deferred_until=date(2027, 3, 1))
    measuring, sizing = make_ready(cast, now, state="measuring"), make_ready(cast, now, state="sizing")
    parked = make_ready(cast, now, parked_until=date(2027, 1, 4), parked_why="budget")
    operations.build_agenda(review=review, at=now)
    assert why_not_on_agenda(first, now) is None and why_not_on_agenda(second, now) is None
    assert said(under, now) == (
        "Not on the agenda of 26 Nov 2026: $2,000 short of the hurdle of $10,000 in the middle case.",
        "It needs $2,000 more worth in cash, or a build below $18,000.",
    )
    assert said(bare, now) == (
        "Not ready for the review on 26 Nov 2026: it waits for its cost and IT's line on whether it can be built.",
        "It needs its cost and IT's line on whether it can be built.",
    )
    assert said(third, now)[0].startswith(
        "Carried over on 26 Nov 2026: third by money at stake a minute; 2 were"
    )
    assert said(later, now)[1] == "It comes back by itself on 1 Mar 2027."
    assert said(measuring, now)[1] == "It comes back when the measurement is done."
    assert said(sizing, now)[0] == "Not on the agenda: its cost is being sized."
    assert said(parked, now)[0] == "Not on the agenda of 26 Nov 2026: it is parked (budget)."
    assert why_not_on_agenda(make_ready(cast, now, state="live"), now) is None
    new = make_ready(cast, now, title="New")
    assert said(new, now)[0] == "The agenda of 26 Nov 2026 is being written."
    operations.end_series(series=review.series, by=cast.lead, at=now)
    assert said(new, now)[0] == "No review is planned that would decide on it."
