"""A workload's ledger as pages and files show it: its months, corrections, the running weeks, what figures rest on."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from roi.calc.realised import TENTH
from roi.models import Claim, Correction, ValueMonth, ValueToDate
from workloads.models import Workload
from workloads.queries.outcome_days import OutcomeSums, week_sums

ZERO = Decimal(0)
FIGURES = (
    "done", "judged", "accepted", "accepted_share", "accepted_low", "accepted_high", "bounds", "accepted_from",
    "volume", "coverage", "baseline_minutes", "baseline_measured", "handling_minutes", "hours_freed",
    "hours_low", "hours_high", "hours_signed", "hours_capacity", "forecast_hours_p10", "forecast_hours_p50",
    "forecast_hours_p90",
)  # fmt: skip
MONEY_FIGURES = (
    "hourly_rate", "cash_signed", "cash_claimed", "avoided_signed", "revenue_signed", "risk_signed",
    "model_cost", "eval_cost", "licence_cost", "platform_cost", "people_cost", "run_cost", "cash_net",
    "build_cost", "expected_loss", "forecast_cash_p10", "forecast_cash_p50", "forecast_cash_p90", "cost_source",
    "cost_provisional", "unpriced_calls", "capacity_worth",
)  # fmt: skip
CORRECTED = (
    ("done", "items"), ("accepted", "accepted"), ("hours_freed", "hours freed"), ("hours_signed", "hours signed"),
)  # fmt: skip
CORRECTED_MONEY = (
    ("cash_signed", "cash signed"), ("avoided_signed", "cost avoided"), ("revenue_signed", "revenue"),
    ("risk_signed", "risk reduction"), ("model_cost", "model cost"), ("eval_cost", "cost of evals"),
    ("licence_cost", "licences"), ("platform_cost", "platform"), ("people_cost", "people"),
    ("build_cost", "building"),
)  # fmt: skip

KINDS = {
    "licence_cost": "Licences", "platform_cost": "Platform", "people_cost": "People", "eval_cost": "Evals",
    "build_cost": "Building",
}  # fmt: skip


@dataclass(frozen=True)
class LedgerMonth:
    """A month with the corrections that are booked in it, and those of later months that are about it."""

    row: ValueMonth
    booked: list[Correction] = field(default_factory=list)
    about: list[Correction] = field(default_factory=list)

    @property
    def hours_late(self) -> Decimal:
        return sum((c.hours_freed or ZERO for c in self.about), ZERO)


@dataclass(frozen=True)
class Week:
    """A week that no month has closed over: provisional. `hours` at the month's baseline; None where not known."""

    monday: date
    done: int
    judged: int
    accepted: int
    hours: Decimal | None
    is_running: bool


@dataclass(frozen=True)
class Ledger:
    """All months, the newest first, and the sums to date."""

    workload: Workload
    months: list[LedgerMonth]
    total: ValueToDate | None
    corrections: list[Correction]

    @property
    def late_hours(self) -> dict[date, Decimal]:
        return {m.row.month: m.hours_late for m in self.months if m.about}


def ledger_of(workload: Workload) -> Ledger:
    """For those who see the workload: the caller has checked. Three queries."""
    rows = list(ValueMonth.objects.filter(workload=workload).order_by("-month"))
    corrections = list(Correction.objects.filter(workload=workload).order_by("-month", "-about"))
    booked, about = _by(corrections, "month"), _by(corrections, "about")
    months = [LedgerMonth(row, booked[row.month], about[row.month]) for row in rows]
    return Ledger(workload, months, ValueToDate.objects.filter(workload=workload).first(), corrections)


def _by(corrections: Sequence[Correction], name: str) -> Mapping[date, list[Correction]]:
    found: dict[date, list[Correction]] = defaultdict(list)
    for row in corrections:
        found[getattr(row, name)].append(row)
    return found


def ledger_month(workload: Workload, month: date) -> LedgerMonth | None:
    row = ValueMonth.objects.filter(workload=workload, month=month).first()
    if row is None:
        return None
    corrections = list(Correction.objects.filter(workload=workload).order_by("month"))
    return LedgerMonth(
        row, [c for c in corrections if c.month == month], [c for c in corrections if c.about == month]
    )


def weeks_of(workload: Workload, today: date, month: ValueMonth | None) -> list[Week]:
    """This week so far and the one before."""
    monday = today - timedelta(days=today.weekday())
    mondays = (monday, monday - timedelta(days=7))
    sums = week_sums([workload.pk], mondays[-1], today + timedelta(days=1))
    return [_week(day, sums.get((workload.pk, day), OutcomeSums()), month, day == monday) for day in mondays]


def _week(monday: date, sums: OutcomeSums, month: ValueMonth | None, is_running: bool) -> Week:
    hours = None
    if month is not None and month.baseline_minutes is not None and sums.done:
        share = Decimal(sums.accepted) / sums.judged if sums.judged else month.accepted_share
        handling = sums.minutes_mean if sums.minutes_mean is not None else month.handling_minutes or ZERO
        if share is not None:
            saved = month.baseline_minutes - handling
            hours = Decimal(sums.done * share * saved / 60).quantize(TENTH, ROUND_HALF_UP)
    return Week(monday, sums.done, sums.judged, sums.accepted, hours, is_running)


@dataclass(frozen=True)
class Part:
    """One thing that a figure rests on: words, an amount or None, and where it can be read."""

    words: str
    amount: Any = None
    link: tuple[str, tuple[Any, ...]] | None = None
    note: str = ""


def parts_of_costs(row: ValueMonth) -> list[Part]:
    """Every line of cost of the month, in its currency."""
    calls = (row.made_of or {}).get("calls") or {}
    number = row.workload.number
    parts = []
    for name, words in (("billed", "Calls as billed"), ("traced", "Calls as traced, provisional")):
        if Decimal(calls.get(name, 0)):
            parts.append(Part(words, Decimal(calls[name]), ("workloads:workload_cost", (number,))))
    if Decimal(calls.get("eval_share", 0)):
        share = Decimal(calls["eval_share"]) * 100
        parts.append(
            Part("Of the calls, made to evaluate", None, None, f"{share:.1f} %, counted as cost of evals")
        )
    for column, amount, source in (row.made_of or {}).get("costs", []):
        link = "roi:actual_costs" if source == "line" else "workloads:workload_cost"
        note = "line of actual cost" if source == "line" else "fixed cost, by days"
        note += ", beside running cost" if column == "build_cost" else ""
        parts.append(Part(KINDS[column], Decimal(amount), (link, (number,)), note))
    return parts


def parts_of_claims(row: ValueMonth) -> list[Part]:
    """The signed claims that count in the month, as it knows them."""
    told = (row.made_of or {}).get("claims") or []
    known = Claim.objects.in_bulk([pk for pk, *_ in told])
    parts = []
    for pk, amount, hours, column in told:
        claim = known.get(pk)
        words = claim.get_kind_display().capitalize() if claim else f"Claim {pk}"
        note = f"{Decimal(hours):,.1f} h" if Decimal(hours) else ""
        note = "; ".join(filter(None, (note, "" if column == "cash" else "never in cash")))
        parts.append(Part(words, Decimal(amount), ("roi:claim", (pk,)), note))
    return parts


def exports(ledger: Ledger, money: bool) -> tuple[list[str], list[list[Any]]]:
    """Head and rows of the CSV: months and corrections, the oldest first; no money for those who may not read it."""
    names = [*FIGURES, *(MONEY_FIGURES if money else ())]
    head = ["workload", "name", "entry", "month", "about", "state", "through", "currency", *names, "reason"]
    rows: list[list[Any]] = []
    for month in reversed(ledger.months):
        rows.append(_line(ledger.workload, month.row, names))
        rows += [_line(ledger.workload, row, names) for row in month.booked]
    return head, rows


def _line(workload: Workload, row: ValueMonth | Correction, names: list[str]) -> list[Any]:
    corrects = isinstance(row, Correction)
    state = "open" if row.closed_at is None else "closed"
    about = row.about if isinstance(row, Correction) else None
    through = row.last_day if isinstance(row, ValueMonth) else None
    cells: list[Any] = [workload.key, workload.name, "correction" if corrects else "month", row.month, about]
    cells += [state, through, row.currency, *(getattr(row, name, None) for name in names)]
    return [*cells, row.reason if isinstance(row, Correction) else ""]


def moved(row: Correction, money: bool) -> list[tuple[str, Any, str]]:
    """What a correction changes: (words, difference, the difference in words; empty for money)."""
    found = [(words, getattr(row, name), name) for name, words in CORRECTED if getattr(row, name)]
    told = [
        (words, by, f"{by:+,}" if name in ("done", "accepted") else f"{by:+,.1f} h")
        for words, by, name in found
    ]
    if money:
        told += [(words, getattr(row, name), "") for name, words in CORRECTED_MONEY if getattr(row, name)]
    return told
