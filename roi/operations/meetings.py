"""Meetings of a series: the next two are always there; each may be moved within its weeks, or cancelled."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from aiops import audit
from aiops.errors import DomainError
from aiops.models import User
from roi.models import Review, Series
from roi.operations.agenda_telling import tell_moved
from roi.operations.leading import locked, require_lead
from roi.queries.series import rhythm_of
from workloads.models.inventory import take_turn

S = Review.State
AHEAD = 2
FAR = timedelta(days=36_500)


def plan_ahead(*, series: Series, at: datetime) -> list[Review]:
    """The meetings missing among the next two, made. A week with a cancelled meeting stays without one."""
    rhythm = rhythm_of(series)
    rows = list(series.reviews.filter(starts_at__gt=at - timedelta(days=100)))
    taken = {rhythm.period(row.starts_at) for row in rows}
    waiting = sum(row.starts_at > at and row.state in (S.PLANNED, S.FROZEN) for row in rows)
    made: list[Review] = []
    for period, start in rhythm.after(at):
        if waiting + len(made) >= AHEAD:
            break
        if period not in taken:
            made.append(_make(series, start))
    return made


def _make(series: Series, start: datetime) -> Review:
    take_turn("review")
    number = (Review.objects.aggregate(most=Max("number"))["most"] or 0) + 1
    freeze = start - timedelta(hours=series.freeze_hours)
    return Review.objects.create(
        series=series,
        number=number,
        starts_at=start,
        freeze_at=freeze,
        minutes=series.minutes,
        chair=series.chair,
    )


def retime(*, series: Series, at: datetime) -> None:
    """Planned meetings take the times, length and chair of the changed series, in their order."""
    rhythm = rhythm_of(series)
    fixed = series.reviews.exclude(state=S.PLANNED).filter(starts_at__gt=at - timedelta(days=100))
    taken = {rhythm.period(row.starts_at) for row in fixed}
    rows = list(series.reviews.filter(state=S.PLANNED, starts_at__gt=at).order_by("starts_at"))
    for row in rows:
        # Out of the way first: two meetings of a series never bear the same time, not even for a moment.
        Review.objects.filter(pk=row.pk).update(starts_at=row.starts_at + FAR)
    free = (start for period, start in rhythm.after(at) if period not in taken)
    for row, start in zip(rows, free, strict=False):
        row.starts_at, row.freeze_at = start, start - timedelta(hours=series.freeze_hours)
        row.minutes, row.chair = series.minutes, series.chair
        row.save(update_fields=["starts_at", "freeze_at", "minutes", "chair"])
    plan_ahead(series=series, at=at)


def move_meeting(*, review: Review, starts_at: datetime, by: User, at: datetime) -> Review:
    """Another time in the same weeks; the pre-read goes out as long before it as it was to."""
    require_lead(review, by)
    with transaction.atomic():
        row = locked(review)
        _require_ahead(row)
        rhythm = rhythm_of(row.series)
        first, last = rhythm.days_of(rhythm.period(row.starts_at))
        if starts_at <= at:
            raise DomainError("starts_at", "This time has passed: choose a later one.", "starts_at")
        if rhythm.period(starts_at) != rhythm.period(row.starts_at):
            words = f"Choose a day from {first:%-d %b} to {last:%-d %b %Y}, or cancel this meeting."
            raise DomainError("starts_at", words, "starts_at")
        if row.series.reviews.exclude(pk=row.pk).filter(starts_at=starts_at).exists():
            raise DomainError("starts_at", "There is a meeting at that time already.", "starts_at")
        before, row.starts_at = row.starts_at, starts_at
        if row.state == S.PLANNED:
            row.freeze_at = starts_at - timedelta(hours=row.series.freeze_hours)
        row.freeze_at = min(row.freeze_at, starts_at)
        row.revision += 1
        row.save(update_fields=["starts_at", "freeze_at", "revision"])
        changes = {"starts_at": [before, starts_at]}
        audit.record(by=by, at=at, action="review.moved", obj=row, unit=row.series.unit, changes=changes)
        tell_moved(row, at)
    return row


def cancel_meeting(*, review: Review, by: User, at: datetime, reason: str = "") -> Review:
    """It does not take place; its items come to the next one by themselves."""
    require_lead(review, by)
    with transaction.atomic():
        row = locked(review)
        _require_ahead(row)
        row.state, row.revision = S.CANCELLED, row.revision + 1
        row.save(update_fields=["state", "revision"])
        audit.record(
            by=by, at=at, action="review.cancelled", obj=row, unit=row.series.unit, reason=reason.strip()
        )
        plan_ahead(series=row.series, at=at)
        tell_moved(row, at, cancelled=True)
    return row


def _require_ahead(review: Review) -> None:
    if review.state not in (S.PLANNED, S.FROZEN):
        raise DomainError("state", f"This meeting is {review.get_state_display()}.")
