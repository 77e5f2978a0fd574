"""What happens to reviews by itself: next meetings are made, pre-reads go out on time, agendas are written anew."""

import logging
from datetime import datetime

from aiops.models import User
from backlog import operations as backlog_operations
from backlog.models import ReviewDate
from roi.models import Review, Series
from roi.operations.agenda import build_agenda
from roi.operations.meetings import plan_ahead
from roi.operations.pre_reads import freeze

logger = logging.getLogger(__name__)
S = Review.State


def schedule_meetings(*, at: datetime) -> None:
    """Of every series: the next two meetings exist, due pre-reads are frozen, intake knows the next date."""
    for series in Series.objects.filter(ended_on=None).select_related("unit", "chair"):
        plan_ahead(series=series, at=at)
    due = Review.objects.filter(state=S.PLANNED, freeze_at__lte=at, starts_at__gt=at, series__ended_on=None)
    for review in due.order_by("starts_at"):
        freeze(review=review, at=at)
    _hand_down(at)


def refresh_agendas(*, at: datetime) -> int:
    """Write the agenda of every meeting that comes next anew; one that fails does not keep the others waiting."""
    done = 0
    for series in Series.objects.filter(ended_on=None):
        coming = series.reviews.filter(state__in=[S.PLANNED, S.FROZEN], starts_at__gt=at)
        review = coming.order_by("starts_at").first()
        if review is not None:
            done += _built(review, at)
    return done


def _built(review: Review, at: datetime) -> bool:
    try:
        build_agenda(review=review, at=at)
    except Exception:
        logger.exception("The agenda of review %s could not be built.", review.pk)
        return False
    return True


def _hand_down(at: datetime) -> None:
    """The date of the next meeting that still takes what is new, for each series; none where a series ended."""
    system = User.objects.system()
    known = {row.unit_id: (row.starts_at, row.freeze_at) for row in ReviewDate.objects.all()}
    wanted = _next_dates(at)
    units = {s.unit_id: s.unit for s in Series.objects.select_related("unit")}
    for unit_id, unit in units.items():
        dates = wanted.get(unit_id)
        if known.get(unit_id) != dates:
            starts_at, freeze_at = dates or (None, None)
            backlog_operations.set_review_date(
                unit=unit, starts_at=starts_at, freeze_at=freeze_at, by=system, at=at
            )


def _next_dates(at: datetime) -> dict[int | None, tuple[datetime, datetime]]:
    rows = Review.objects.filter(state=S.PLANNED, freeze_at__gt=at, series__ended_on=None)
    latest_first = rows.order_by("-starts_at").values_list("series__unit_id", "starts_at", "freeze_at")
    return {unit: (starts, freezes) for unit, starts, freezes in latest_first}
