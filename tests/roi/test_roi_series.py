"""Series and meetings: who sets a review up, when it meets, and what becomes of its meetings."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from aiops.errors import DomainError
from aiops.models import AuditEvent
from aiops.roles import Role
from backlog.models import ReviewDate
from roi import operations
from roi.models import Assessment, Decision, PreRead, Review, Series
from roi.operations.demo_reviews import remove_reviews
from tests.factories import grant, make_user
from tests.roi.reviewed import make_ready, make_series

pytestmark = pytest.mark.django_db


def starts(series: Series) -> list[str]:
    rows = series.reviews.exclude(state="cancelled").order_by("starts_at")
    return [r.starts_at.isoformat()[:16] for r in rows]


def test_a_review_is_set_up_with_its_next_two_meetings(cast: Any, now: datetime) -> None:
    made = make_series(cast, now)
    assert starts(made) == ["2026-11-26T08:30", "2026-12-03T08:30"]
    first = made.reviews.earliest("starts_at")
    assert (first.freeze_at, first.chair, first.minutes) == (
        datetime(2026, 11, 24, 8, 30, tzinfo=UTC), cast.lead, 30,
    )  # fmt: skip
    assert {m.user for m in made.members.all()} == {cast.lead, cast.reviewer, cast.finance, cast.it}
    assert AuditEvent.objects.of(made).filter(action="series.created").exists()
    with pytest.raises(DomainError, match="The company has a review already"):
        make_series(cast, now)


@pytest.mark.parametrize("who", ["owner", "assessor", "reviewer", "finance", "it", "auditor", "executive"])
def test_only_who_decides_sets_one_up_changes_or_ends_it(who: str, cast: Any, now: datetime) -> None:
    series, by = make_series(cast, now), {"by": getattr(cast, who), "at": now}
    meeting = series.reviews.earliest("starts_at")
    verbs: list[Callable[[], Any]] = [
        lambda: operations.create_series(
            name="X", chair=cast.lead, unit=cast.unit, first_on=date(2026, 12, 1), start_time=time(9), **by
        ),
        lambda: operations.change_series(series=series, minutes=60, **by),
        lambda: operations.end_series(series=series, **by),
        lambda: operations.move_meeting(review=meeting, starts_at=now + timedelta(days=4), **by),
        lambda: operations.cancel_meeting(review=meeting, **by),
    ]
    for verb in verbs:
        with pytest.raises(PermissionDenied):
            verb()


def test_a_lead_of_one_unit_has_a_review_of_that_unit_only(cast: Any, now: datetime) -> None:
    local = make_user("Lou Local", cast.unit)
    grant(local, Role.LEAD, cast.unit, cast.system, now)
    asked = {"name": "AP", "first_on": date(2026, 12, 1), "start_time": time(9), "by": local, "at": now}
    assert operations.create_series(chair=local, unit=cast.unit, **asked).unit == cast.unit
    with pytest.raises(PermissionDenied):
        operations.create_series(chair=local, **asked)
    with pytest.raises(DomainError, match="Lou Local does not decide for all units"):
        make_series(cast, now, chair=local)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"every_weeks": 0}, "every_weeks"),
        ({"minutes": 5}, "minutes"),
        ({"most_items": 31}, "most_items"),
        ({"freeze_hours": 241}, "freeze_hours"),
        ({"quorum": 51}, "quorum"),
        ({"consent_below": Decimal(-1)}, "consent_below"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(values: Any, field: str, cast: Any, now: datetime) -> None:
    with pytest.raises(DomainError) as refused:
        make_series(cast, now, **values)
    assert refused.value.field == field and not Series.objects.exists()


def test_chair_and_members_must_be_able_to(cast: Any, now: datetime) -> None:
    with pytest.raises(DomainError, match="Fay Finance does not decide"):
        make_series(cast, now, chair=cast.finance)
    gone = make_user("Gone", cast.unit, is_active=False)
    with pytest.raises(DomainError, match="Gone cannot sit"):
        make_series(cast, now, members=[gone])


def test_a_changed_series_moves_what_is_planned_and_leaves_what_is_out(cast: Any, now: datetime) -> None:
    series = make_series(cast, now)
    first = series.reviews.earliest("starts_at")
    Review.objects.filter(pk=first.pk).update(state="frozen")
    operations.change_series(
        series=series,
        first_on=date(2026, 11, 27),
        start_time=time(14),
        minutes=45,
        members=[],
        by=cast.lead,
        at=now,
    )
    assert starts(series) == ["2026-11-26T08:30", "2026-12-04T13:00"]
    assert [m.user for m in series.members.all()] == [cast.lead]
    assert series.reviews.latest("starts_at").minutes == 45
    # A week earlier: the second takes the time that the first had. Nothing collides.
    Review.objects.filter(pk=first.pk).update(state="planned")
    series.refresh_from_db()
    operations.change_series(series=series, first_on=date(2026, 12, 4), by=cast.lead, at=now)
    assert starts(series) == ["2026-12-04T13:00", "2026-12-11T13:00"]
    with pytest.raises(DomainError, match="no «unit» to change"):
        operations.change_series(series=series, unit=cast.unit, by=cast.lead, at=now)


def test_the_job_keeps_two_ahead_and_a_cancelled_week_stays_empty(cast: Any, now: datetime) -> None:
    series = make_series(cast, now)
    first = series.reviews.earliest("starts_at")
    operations.cancel_meeting(review=first, reason="Holiday", by=cast.lead, at=now)
    assert starts(series) == ["2026-12-03T08:30", "2026-12-10T08:30"]
    operations.schedule_meetings(at=now)
    operations.schedule_meetings(at=now)
    assert Review.objects.count() == 3
    with pytest.raises(DomainError, match="cancelled"):
        operations.cancel_meeting(review=first, by=cast.lead, at=now)
    ends = operations.end_series(series=series, by=cast.lead, at=now)
    assert (ends.ended_on, starts(series)) == (now.date(), [])
    operations.schedule_meetings(at=now)
    assert starts(series) == []
    with pytest.raises(DomainError, match="has ended"):
        operations.change_series(series=series, minutes=60, by=cast.lead, at=now)


def test_a_meeting_moves_within_its_week_and_is_not_made_twice(cast: Any, now: datetime) -> None:
    series = make_series(cast, now)
    first = series.reviews.earliest("starts_at")
    tuesday = datetime(2026, 11, 24, 12, tzinfo=UTC)
    moved = operations.move_meeting(review=first, starts_at=tuesday, by=cast.second_lead, at=now)
    assert (moved.starts_at, moved.freeze_at) == (tuesday, tuesday - timedelta(hours=48))
    operations.schedule_meetings(at=now)
    assert starts(series) == ["2026-11-24T12:00", "2026-12-03T08:30"]
    refused = {"next week": datetime(2026, 12, 1, 9, tzinfo=UTC), "past": now - timedelta(hours=1)}
    for starts_at in refused.values():
        with pytest.raises(DomainError) as error:
            operations.move_meeting(review=first, starts_at=starts_at, by=cast.lead, at=now)
        assert error.value.field == "starts_at"


def test_the_next_date_is_handed_down_to_intake(cast: Any, now: datetime) -> None:
    make_series(cast, now)
    operations.schedule_meetings(at=now)
    known = ReviewDate.objects.get()
    assert (known.unit, known.starts_at) == (None, datetime(2026, 11, 26, 8, 30, tzinfo=UTC))


def test_leaving_the_demo_takes_its_reviews_but_not_what_was_decided_on_kept_work(
    cast: Any, now: datetime
) -> None:
    simulated, other = (
        make_series(cast, now, simulated=True),
        make_series(cast, now, unit=cast.unit, simulated=True),
    )
    kept, made_up = make_ready(cast, now), make_ready(cast, now, simulated=True)
    about = {"verdict": "reject", "reason": "No", "by": cast.lead, "at": now, "assessment": None}
    for series, candidate in ((simulated, kept), (other, made_up)):
        review = series.reviews.earliest("starts_at")
        item = review.items.create(candidate=candidate, reason="new", why="x", section="discuss")
        PreRead.objects.create(item=item, content={}, content_hash="x", frozen_at=now, assessment=None)
        Decision.objects.create(candidate=candidate, review=review, item=item, **about)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL payback.demo_removal = 'on'")
    remove_reviews(unit=cast.other_unit, lead=cast.second_lead, at=now)
    assert list(Decision.objects.values_list("candidate", flat=True)) == [kept.pk]
    assert (Series.objects.get().ended_on, Series.objects.get().chair) == (now.date(), cast.second_lead)
    assert Review.objects.count() == 1 and not ReviewDate.objects.exists()
    made_up.stages.all().delete()
    Assessment.objects.filter(candidate=made_up)._raw_delete("default")  # type: ignore[attr-defined]
    made_up.delete()
