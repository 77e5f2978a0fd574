"""The items behind the sums: what a month is made of, what is provisional, and what was taken back."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from aiops.models import Company, User
from workloads.calc.months import later
from workloads.models.inventory import Workload
from workloads.models.outcomes import Arm, Outcome, OutcomeSource

COUNTED = Q(struck_at=None, arm=Arm.AI) & ~Q(source=OutcomeSource.SPAN)
# Name in the address, what the page calls it, and which items are meant.
STATES: dict[str, tuple[str, Q]] = {
    "": ("that count", COUNTED),
    "accepted": ("accepted", COUNTED & Q(accepted=True)),
    "rejected": ("not accepted", COUNTED & Q(accepted=False)),
    "unjudged": ("without a verdict", COUNTED & Q(accepted=None)),
    "control": ("held out", Q(struck_at=None, arm=Arm.CONTROL) & ~Q(source=OutcomeSource.SPAN)),
    "provisional": ("provisional", Q(struck_at=None, source=OutcomeSource.SPAN)),
    "struck": ("taken back", Q(struck_at__isnull=False)),
}
ITEM_COLUMNS = ("external_id", "finished_at", "accepted", "minutes", "arm", "place", "source", "struck_at")


def outcome_items(
    user: User,
    workload: Workload,
    *,
    month: date | None = None,
    state: str = "",
    words: str = "",
    place: str = "",
) -> "QuerySet[Outcome]":
    """Items of a workload, the latest first; of one month of the company, of one state, by the start of the id."""
    rows = Outcome.objects.visible_to(user).filter(STATES[state][1], workload=workload)
    if month is not None:
        company = Company.load()
        rows = rows.filter(
            finished_at__gte=company.midnight(month), finished_at__lt=company.midnight(later(month))
        )
    if words:
        rows = rows.filter(external_id__startswith=words)
    return rows.filter(place=place) if place else rows


def item_cells(row: Outcome) -> list[Any]:
    """One item as a row of a file, which can be uploaded again."""
    verdict = {True: "yes", False: "no", None: ""}[row.accepted]
    minutes = "" if row.minutes is None else row.minutes
    return [
        row.external_id,
        row.finished_at,
        verdict,
        minutes,
        row.arm or "ai",
        row.place,
        row.source,
        row.struck_at,
    ]
