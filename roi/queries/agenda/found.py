"""What the sources of an agenda find: one thing to decide, with its reason, stake and what keeps it waiting."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q

from aiops.models import Company
from roi.models import Review, Series
from roi.queries.proposals import money_of

# An overdue action and a budget want a date or a number, not a debate.
SHORT = 2


@dataclass(frozen=True)
class Found:
    """`stake` is money of the company; `missing` as AgendaItem keeps it; `urgent` comes in after the pre-read too."""

    reason: str
    why: str
    candidate_id: int | None = None
    workload_id: int | None = None
    action_id: int | None = None
    stake: Decimal | None = None
    minutes: int | None = None
    missing: tuple[dict[str, Any], ...] = ()
    proposed: str = ""
    proposed_why: str = ""
    prob: float | None = None
    above_hurdle: bool = True
    due: bool = False
    urgent: bool = False
    carried: int = 0

    @property
    def key(self) -> tuple[Any, ...]:
        """The same thing at the next look, as the unique constraints of AgendaItem see it."""
        if self.workload_id is not None:
            return ("workload", self.workload_id, self.reason)
        return ("candidate", self.candidate_id) if self.candidate_id else ("action", self.action_id)


@dataclass(frozen=True)
class Look:
    """For which meeting, and when: read once for all sources."""

    review: Review
    at: datetime
    next_at: datetime
    company: Company

    @property
    def money(self) -> Callable[[float], str]:
        return money_of(self.company.currency)

    @property
    def hurdle(self) -> Decimal:
        return self.company.hurdle_npv

    def units(self, name: str = "unit_id") -> Q:
        """The unit of the review; a review of all units leaves those alone that have one of their own."""
        unit = self.review.series.unit_id
        if unit is not None:
            return Q(**{name: unit})
        own = Series.objects.filter(ended_on=None, unit__isnull=False).values("unit_id")
        return ~Q(**{f"{name}__in": own})


def look_at(review: Review, at: datetime) -> Look:
    weeks = timedelta(weeks=review.series.every_weeks)
    later = review.series.reviews.filter(starts_at__gt=review.starts_at, state=Review.State.PLANNED)
    following = later.order_by("starts_at").values_list("starts_at", flat=True).first()
    return Look(review, at, following or review.starts_at + weeks, Company.load())
