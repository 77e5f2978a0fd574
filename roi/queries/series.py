"""Series and their meetings as lists and calendars show them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from roi.calc.ics import Event, calendar
from roi.calc.meeting_days import Rhythm
from roi.models import AgendaItem, Answer, Review, Series
from roi.queries.agenda.words import when_words

S = Review.State
ON = ("discuss", "consent")
LIST = 50


@dataclass(frozen=True)
class SeriesRow:
    """A series with what comes next in it."""

    series: Series
    coming: tuple[Review, ...]
    people: int


def rhythm_of(series: Series) -> Rhythm:
    return Rhythm(series.first_on, series.start_time, series.time_zone, series.every_weeks)


def series_rows(user: User, at: datetime) -> list[SeriesRow]:
    """Those that this person sees and that still meet, each with its meetings ahead."""
    rows = list(
        Series.objects.visible_to(user)
        .filter(ended_on=None)
        .select_related("unit", "chair")
        .annotate(people=Count("members", distinct=True))
    )
    ahead = Review.objects.filter(series__in=rows, state__in=[S.PLANNED, S.FROZEN, S.RUNNING])
    by_series: dict[int, list[Review]] = {row.pk: [] for row in rows}
    for review in _with_counts(ahead).order_by("starts_at"):
        by_series[review.series_id].append(review)
    return [SeriesRow(row, tuple(by_series[row.pk]), row.people) for row in rows]


def past_reviews(user: User) -> QuerySet[Review]:
    """Closed and cancelled meetings that this person sees, the newest first."""
    rows = Review.objects.visible_to(user).filter(state__in=[S.CLOSED, S.CANCELLED])
    return _with_counts(rows).order_by("-starts_at")


def _with_counts(rows: QuerySet[Review]) -> QuerySet[Review]:
    on = Count("items", filter=Q(items__section__in=ON))
    decided = Count("items", filter=Q(items__done_at__isnull=False))
    return rows.select_related("series__unit", "chair").annotate(on_agenda=on, decided=decided)


def sees_reviews(user: User) -> bool:
    """Whether the word Review stands in this person's bar: readers of the portfolio, and who sits in one."""
    if permissions.scope(user, Permission.READ_PORTFOLIO).everything:
        return True
    return Series.objects.visible_to(user).exists()


@dataclass(frozen=True)
class Waiting:
    """A pre-read that is out, and how much of it this person has answered."""

    review: Review
    items: int
    answered: int


def pre_reads_waiting(user: User, today: date) -> list[Waiting]:
    """Of meetings in which this person sits, that have not started, with items not answered yet."""
    mine = Q(series__members__user=user) | Q(chair=user)
    rows = (
        Review.objects.filter(mine, state=S.FROZEN, starts_at__date__gte=today)
        .select_related("series")
        .distinct()
    )
    found = []
    for review in rows.order_by("starts_at")[:5]:
        items = AgendaItem.objects.filter(review=review, section__in=ON).count()
        answered = Answer.objects.filter(item__review=review, item__section__in=ON, by=user).count()
        if answered < items:
            found.append(Waiting(review, items, answered))
    return found


Address = Callable[[Review], str]


def series_ics(series: Series, at: datetime, host: str, address: Address) -> str:
    """The recurring meeting with its exceptions: weeks without one, and meetings that were moved."""
    rhythm = rhythm_of(series)
    rows = list(series.reviews.order_by("starts_at"))
    uid, first = f"series-{series.pk}@{host}", rhythm.start_of(0)
    cancelled = [r for r in rows if r.state == S.CANCELLED]
    ended = datetime.combine(series.ended_on, first.timetz()) if series.ended_on else None
    base = {"uid": uid, "stamp": at, "summary": series.name, "place": series.place, "zone": series.time_zone}
    rule = Event(
        **base,  # type: ignore[arg-type]
        start=first,
        minutes=series.minutes,
        every_weeks=series.every_weeks,
        until=ended,
        left_out=[rhythm.start_of(rhythm.period(r.starts_at)) for r in cancelled],
        description=f"Chaired by {series.chair}.",
    )
    moved = [r for r in rows if r.state in (S.PLANNED, S.FROZEN) and _slot(rhythm, r) != r.starts_at]
    instead = [
        Event(
            **base,  # type: ignore[arg-type]
            start=r.starts_at, minutes=r.minutes, instead_of=_slot(rhythm, r), url=address(r),
            sequence=r.revision + 1,
        )
        for r in moved
    ]  # fmt: skip
    return calendar([rule, *instead])


def _slot(rhythm: Rhythm, review: Review) -> datetime:
    return rhythm.start_of(rhythm.period(review.starts_at))


def review_ics(review: Review, at: datetime, host: str, address: str) -> str:
    """One meeting, in UTC; cancelled where it was."""
    event = Event(
        uid=f"review-{review.number}@{host}",
        stamp=at,
        start=review.starts_at,
        minutes=review.minutes,
        summary=review.series.name,
        description=f"{when_words(review)}. Chaired by {review.chair}.\n{address}",
        place=review.series.place,
        url=address,
        cancelled=review.state == S.CANCELLED,
        sequence=review.revision,
    )
    return calendar([event])
