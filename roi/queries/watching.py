"""The weeks that tripwires are held against, read for many workloads at once; and their readings as kept."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from aiops.models import Company, User
from roi.calc import tripwires, words
from roi.calc.realised import first_of, next_month
from roi.calc.tripwires import INPUT_OF
from roi.calc.watching import A_YEAR, WEEK, ZERO, Facts, weeks_between
from roi.models import Outlook, Tripwire, TripwireWeek, ValueMonth, ValueTerms, ValueToDate
from roi.queries.forecast import Approved, approved_of, first_day
from roi.queries.proposals import money_of
from roi.queries.volumes import volume_in, volumes_before
from workloads.models import Workload
from workloads.queries.outcome_days import OutcomeSums, week_sums
from workloads.queries.usage import usage_sums

SHOWN = 12
MOST_WEEKS = 30
FIXED = ("licence_cost", "platform_cost", "people_cost", "eval_cost")


def watched_from(wire: Tripwire) -> date | None:
    """The day it counts from: as agreed, never before the workload's go-live; None where that has not come."""
    workload = wire.workload
    went_live = None if workload is None else workload.go_live or first_day(workload)
    if went_live is None:
        return None
    return max(wire.check_from, went_live) if wire.check_from else went_live


def weeks_of(wire: Tripwire, today: date) -> list[date]:
    """Mondays of the whole weeks that it is held against, the newest MOST_WEEKS."""
    start = watched_from(wire)
    return [] if start is None else weeks_between(start, today, MOST_WEEKS)


class WeekFacts:
    """What is known of workloads week by week over [first, end); a fixed number of queries."""

    def __init__(self, workloads: Sequence[Workload], first: date, end: date, company: Company) -> None:
        ids = [workload.pk for workload in workloads]
        self.company = company
        self.workloads = {workload.pk: workload for workload in workloads}
        self.items = week_sums(ids, first, end)
        self.calls = _calls(ids, first, end, company)
        stated = ValueTerms.objects.filter(workload__in=ids, volume_month__isnull=False)
        self.terms = dict(stated.values_list("workload_id", "volume_month"))
        self.volumes_before = volumes_before(ids)
        self.approved: dict[int, Approved] = approved_of(workloads)
        built = ValueToDate.objects.filter(workload__in=ids, build_cost__gt=0)
        self.built = dict(built.values_list("workload_id", "build_cost"))
        self.months: dict[int, list[ValueMonth]] = defaultdict(list)
        rows = ValueMonth.objects.filter(workload__in=ids, month__gte=first_of(first) - timedelta(days=62))
        for row in rows.defer("made_of", "gap").order_by("month"):
            self.months[row.workload_id].append(row)

    def of(self, pk: int, week: date) -> Facts:
        sums = self.items.get((pk, week), OutcomeSums())
        row = next((m for m in reversed(self.months[pk]) if m.month <= week), None)
        stated, volume = self._stated(pk, week), self._volume_year(pk, week)
        billed = row is not None and row.cost_source in ("billed", "both")
        return Facts(
            week=week,
            done=sums.done,
            judged=sums.judged,
            accepted=sums.accepted,
            minutes_n=sums.minutes_n,
            minutes_sum=sums.minutes_sum,
            scope=None if volume is None else volume / A_YEAR,
            volume_year=stated,
            model_cost=_a_week(row, ("model_cost",)) if billed else self.calls.get((pk, week), ZERO),
            fixed_cost=_a_week(row, FIXED),
            baseline=None if row is None else row.baseline_minutes,
            build=self.built.get(pk) or self.workloads[pk].spent or None,
        )

    def _stated(self, pk: int, week: date) -> Decimal | None:
        """Items a year, as the terms said of the month in which the week begins."""
        stated = volume_in(first_of(week), self.terms.get(pk), self.volumes_before.get(pk, ()))
        return None if stated is None else stated * 12

    def _volume_year(self, pk: int, week: date) -> Decimal | None:
        """As the terms say; else as it was approved."""
        if (stated := self._stated(pk, week)) is not None:
            return stated
        known = self.approved.get(pk)
        if known is None or "volume" not in known.likely:
            return None
        return Decimal(repr(known.likely["volume"])) * known.share_in(first_of(week))


def _a_week(row: ValueMonth | None, names: Iterable[str]) -> Decimal:
    """A month's costs as they fall on seven of its counted days."""
    if row is None or row.through <= row.month:
        return ZERO
    days = (min(row.through, next_month(row.month)) - row.month).days
    return sum((getattr(row, name) for name in names), ZERO) * 7 / days


def _calls(ids: list[int], first: date, end: date, company: Company) -> dict[tuple[int, date], Decimal]:
    """Traced cost by workload and Monday, company currency; days of calls are UTC days."""
    found: dict[tuple[int, date], Decimal] = defaultdict(Decimal)
    rows = usage_sums(company.midnight(first), company.midnight(end), "workload", "day", workloads=ids)
    for row in rows:
        day = row["day"].date()
        found[row["workload"], day - timedelta(days=day.weekday())] += row["cost_usd"] * company.usd_rate
    return dict(found)


@dataclass(frozen=True)
class Watched:
    """A tripwire with its newest weeks, for a page; `value`, `level` in its own unit."""

    wire: Tripwire
    weeks: list[TripwireWeek]
    currency: str

    @property
    def newest(self) -> TripwireWeek | None:
        return next((week for week in self.weeks if week.value is not None), None)

    @property
    def words(self) -> str:
        wire = self.wire
        return tripwires.sentence(
            wire.quantity, wire.side, float(wire.level), wire.weeks, money_of(self.currency)
        )

    @property
    def seen(self) -> str:
        return seen_words(self.wire.quantity, self.newest.value if self.newest else None, self.currency)

    @property
    def told(self) -> list[tuple[date, str, int, str]]:
        """Week, reading, items, and whether it held."""
        return [
            (w.week, seen_words(self.wire.quantity, w.value, self.currency), w.n, _held(w))
            for w in self.weeks
        ]

    @property
    def in_a_row(self) -> int:
        """Weeks breached without one between that held."""
        told = [week.breached for week in self.weeks if week.value is not None]
        return told.index(False) if False in told else len(told)


def watched(user: User, workload: Workload) -> list[Watched]:
    """What was agreed for a workload that the reader sees, and how it stands."""
    wires = Tripwire.objects.filter(workload=workload, workload__in=Workload.objects.visible_to(user))
    kept: dict[int, list[TripwireWeek]] = defaultdict(list)
    for row in TripwireWeek.objects.filter(tripwire__in=wires).order_by("-week"):
        kept[row.tripwire_id].append(row)
    currency = Company.load().currency
    return [
        Watched(wire, kept[wire.pk][:SHOWN], currency) for wire in wires.exclude(state=Tripwire.State.ENDED)
    ]


def _held(row: TripwireWeek) -> str:
    return "" if row.value is None else "no" if row.breached else "yes"


def seen_words(quantity: str, value: Decimal | None, currency: str) -> str:
    """A reading in its unit, "31 %" or "$5,200"; money as a sentence says it."""
    if value is None:
        return "too few items"
    name = "automation_share" if quantity == "accepted_share" else INPUT_OF.get(quantity, quantity)
    return words.amount(name, float(value), money_of(currency))


def breakeven_words(quantity: str, ahead: Outlook | None) -> str:
    """ "From here on it breaks even at 31 %." for what a tripwire watches; empty where nobody can say."""
    if ahead is None:
        return ""
    name = INPUT_OF.get(quantity, quantity)
    # Accepted items are counted in the share automated: both break even together.
    name = "automation_share" if quantity == "accepted_share" else name
    row = next((row for row in ahead.breakevens if row["quantity"] == name), None)
    if row is None or quantity == "build_cost":
        return ""
    if row["value"] is None:
        return f"From here on no value of {words.NAMES[name]} alone makes it break even."
    at = _own_unit(quantity, row["value"], row["now"], ahead)
    return f"From here on it breaks even at {at}." if at else ""


def _own_unit(quantity: str, value: float, now: float, ahead: Outlook) -> str:
    """The break-even as the tripwire counts it: the accepted share in proportion, minutes as saved ones."""
    if quantity == "accepted_share":
        return f"{value / now * 100:.0f} % of what is accepted now" if now else ""
    if quantity == "minutes":
        value -= next(
            (row["after"][1] for row in ahead.quantities if row["quantity"] == "review_minutes"), 0.0
        )
    return seen_words(quantity, Decimal(repr(words.three_digits(value))), ahead.currency)


def first_week(all_weeks: Iterable[list[date]]) -> tuple[date, date] | None:
    """From the first Monday of any to the end of the last week."""
    every: list[Any] = [week for weeks in all_weeks for week in weeks]
    return (min(every), max(every) + WEEK) if every else None
