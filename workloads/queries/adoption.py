"""How far a workload is used: by week and unit, people only as far as a figure hides each of them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Count, QuerySet

from workloads.calc.adoption import People, beside, monday, share, together, used_share
from workloads.models import ActivePerson, Adoption, Workload

WEEKS = 26


@dataclass(frozen=True)
class Figures:
    """Of one unit, or of all of them together. Shares are None where they are not known or must not be told."""

    unit: str
    eligible: People
    active: People
    volume: int | None
    offered_share: float | None
    taken_share: float | None

    @property
    def used_share(self) -> float | None:
        return used_share(self.active, self.eligible)


@dataclass(frozen=True)
class Week:
    """A week from its Monday: all units together, each of them, and people counted from telemetry."""

    week: date
    total: Figures
    units: list[Figures]
    counted: People

    @property
    def active(self) -> People:
        """People who used it: as reported, else as counted."""
        return self.total.active if self.total.active.count is not None else self.counted

    @property
    def used_share(self) -> float | None:
        return used_share(self.active, self.total.eligible)


def adoption_rows(workload: Workload) -> QuerySet[Adoption]:
    """What was entered, as it was entered: for those who enter it."""
    return Adoption.objects.filter(workload=workload).select_related("unit").order_by("week", "unit__code")


def weeks(workload: Workload, at: datetime) -> list[Week]:
    """Weeks with figures among the last 26, the newest first."""
    since = monday(at.astimezone(UTC).date()) - timedelta(weeks=WEEKS - 1)
    rows: dict[date, list[Adoption]] = defaultdict(list)
    for row in adoption_rows(workload).filter(week__gte=since):
        rows[row.week].append(row)
    people = ActivePerson.objects.filter(workload=workload, week__gte=since).values("week")
    counted = {row["week"]: row["n"] for row in people.annotate(n=Count("pk")).order_by()}
    return [
        _week(day, rows[day], counted.get(day)) for day in sorted(rows.keys() | counted.keys(), reverse=True)
    ]


def _week(day: date, rows: list[Adoption], counted: int | None) -> Week:
    units = [
        Figures(
            unit=row.unit.name,
            eligible=People(row.eligible),
            active=People(row.active),
            volume=row.volume,
            offered_share=share(row.offered, row.volume),
            taken_share=share(row.taken, row.offered),
        )
        for row in rows
    ]
    return Week(day, _total(rows), units, beside(counted, [row.active for row in rows]))


def _total(rows: list[Adoption]) -> Figures:
    """Shares over those units that told both figures: one that told half of it would bend the share."""
    both = [row for row in rows if row.offered is not None and row.volume is not None]
    taken = [row for row in rows if row.taken is not None and row.offered is not None]
    volumes = [row.volume for row in rows if row.volume is not None]
    return Figures(
        unit="All units",
        eligible=together([row.eligible for row in rows]),
        active=together([row.active for row in rows]),
        volume=sum(volumes) if volumes else None,
        offered_share=share(sum(row.offered or 0 for row in both), sum(row.volume or 0 for row in both)),
        taken_share=share(sum(row.taken or 0 for row in taken), sum(row.offered or 0 for row in taken)),
    )


def in_words(found: list[Week], at: datetime) -> str:
    """The newest week with figures in one sentence."""
    if not found:
        return "Nobody has told yet who could use it and who does, and no call has named its user."
    week = found[0]
    volume = (
        f"there were {week.total.volume:,} items" if week.total.volume is not None else "nothing is known"
    )
    parts = [part for part in (_people(week), _work(week)) if part] or [volume]
    so_far = " so far" if week.week == monday(at.astimezone(UTC).date()) else ""
    return f"In the week of {week.week:%-d %b %Y}{so_far}, {'; '.join(parts)}."


def _people(week: Week) -> str:
    active, eligible = week.active, week.total.eligible
    if active.count is None:
        return f"{eligible} people could use it" if eligible.count is not None else ""
    of = f" of {eligible}" if eligible.count is not None else ""
    used = f" ({week.used_share * 100:.0f} %)" if week.used_share is not None else ""
    return f"{active}{of} people used it{used}"


def _work(week: Week) -> str:
    offered, taken = week.total.offered_share, week.total.taken_share
    if offered is None:
        return f"it took {taken * 100:.0f} % of what it was offered" if taken is not None else ""
    words = f"{offered * 100:.0f} % of the work was offered to it"
    return f"{words}, and it took {taken * 100:.0f} % of that" if taken is not None else words
