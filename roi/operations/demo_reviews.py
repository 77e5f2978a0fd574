"""Leaving the demo, the reviews of it: what was about simulated work goes, what was decided on kept work stays."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from aiops.models import BusinessUnit, User
from backlog.models import ReviewDate
from roi.models import (
    Action,
    AgendaItem,
    Answer,
    Decision,
    Measurement,
    Member,
    PreRead,
    Presence,
    Review,
    Sample,
    Series,
    Tripwire,
    TripwireWeek,
    Voice,
)

SIMULATED = Q(candidate__simulated=True) | Q(workload__simulated=True)


def remove_reviews(*, unit: BusinessUnit, lead: User, at: datetime) -> None:
    """Before simulated candidates and workloads go: nothing of a review hangs on them any more.

    A review that decided on something kept stays, ended, with the new unit and lead.
    """
    _raw(Sample.objects.filter(measurement__candidate__simulated=True))
    _raw(Measurement.objects.filter(candidate__simulated=True))
    wires = Tripwire.objects.filter(SIMULATED)
    _raw(TripwireWeek.objects.filter(tripwire__in=list(wires.values_list("pk", flat=True))))
    _raw(wires)
    _raw(Decision.objects.filter(SIMULATED))
    _remove_items(AgendaItem.objects.filter(SIMULATED))
    gone = Review.objects.filter(series__simulated=True, decisions=None)
    _remove_items(AgendaItem.objects.filter(review__in=gone))
    _remove_items(AgendaItem.objects.filter(action__review__in=gone))
    for model in (Presence, Action):
        _raw(model._base_manager.filter(review__in=gone))
    _raw(Review.objects.filter(pk__in=list(gone.values_list("pk", flat=True))))
    Series.objects.filter(simulated=True, reviews=None).delete()
    _hand_over(unit, lead, at)
    ReviewDate.objects.all().delete()


def _remove_items(items: "models.QuerySet[AgendaItem]") -> None:
    keys = list(items.values_list("pk", flat=True))
    Review.objects.filter(current__in=keys).update(current=None)
    Action.objects.filter(item__in=keys).update(item=None)
    for model in (Answer, Voice, PreRead):
        _raw(model._base_manager.filter(item__in=keys))
    _raw(AgendaItem.objects.filter(pk__in=keys))


def _hand_over(unit: BusinessUnit, lead: User, at: datetime) -> None:
    """What somebody set up while trying ends: its people were made up."""
    Member.objects.filter(user__simulated=True).delete()
    Series.objects.filter(ended_on=None).update(ended_on=at.date(), chair=lead)
    Series.objects.filter(unit__simulated=True).update(unit=unit)
    Series.objects.filter(chair__simulated=True).update(chair=lead)
    ahead = Review.objects.filter(state__in=[Review.State.PLANNED, Review.State.FROZEN, Review.State.RUNNING])
    ahead.update(state=Review.State.CANCELLED, chair=lead)


def _raw(rows: "models.QuerySet[Any]") -> None:
    rows._raw_delete(rows.db)  # type: ignore[attr-defined]
