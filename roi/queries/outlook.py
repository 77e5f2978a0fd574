"""What lies ahead of running workloads: computed from the approval and the months, and read back as it was kept."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from aiops.models import User
from roi.calc import outlook
from roi.calc.distributions import Shape
from roi.calc.finance import monthly_rate
from roi.calc.gap import Came, Planned
from roi.calc.outlook import Ahead, Frame, Seen, Updated
from roi.calc.realised import first_of, months_apart, next_month, share_of_month
from roi.calc.simulation import Inputs
from roi.models import Correction, Decision, Outlook, ValueMonth
from roi.models.value import CASH_COSTS
from roi.queries.assessment import frame_of
from roi.queries.currencies import Currencies
from roi.queries.forecast import Approved, first_day
from roi.queries.gap import MONEY, came_in, planned_in
from workloads.models import Workload

RECENT = 6
AT_LEAST = 12
BY_SHARE = ("volume", "run_cost", "other_cash", "build_cost")
TOLD = ("feed", "self")


@dataclass(frozen=True)
class LookedAhead:
    """One workload; `ahead` None: the approval knows no cash; `signed`: what finance signed of the cash due."""

    months_seen: int
    seen: tuple[Seen, ...]
    inputs: Inputs
    updated: Updated
    frame: Frame
    ahead: Ahead | None
    signed: float | None


def look_ahead(
    workload: Workload, approved: Approved, rows: Sequence[ValueMonth], month: date, currencies: Currencies
) -> LookedAhead:
    """From the whole months up to `month`, oldest first; money in the company's present currency."""
    whole = [row for row in rows if row.month <= month and row.through == next_month(row.month)]
    inputs = _own(frame_of(approved.assessment), approved, next_month(month), currencies)
    seen = tuple(_seen(whole[-RECENT:], approved, currencies))
    frame = _frame(workload, approved, rows, month, currencies)
    made = outlook.updated(inputs, seen)
    ahead = outlook.looked_ahead(inputs, made.x, frame) if inputs.knows_cash else None
    counted = sum(1 for row in whole if row.done)
    return LookedAhead(counted, seen, inputs, made, frame, ahead, _signed(whole, approved))


def _signed(rows: Sequence[ValueMonth], approved: Approved) -> float | None:
    """Signed cash of what the months would have given by the approved shares and other benefits."""
    pairs = [(row, plan) for row in rows if row.done and (plan := planned_in(row, approved)) is not None]
    due = sum((_due(row, plan) for row, plan in pairs), Decimal(0))
    return float(sum((row.cash_signed for row, _ in pairs), Decimal(0)) / due) if due else None


def _due(row: ValueMonth, plan: Planned) -> Decimal:
    return (
        max(row.hours_freed or Decimal(0), Decimal(0)) * plan.signed_share * plan.rate
        + plan.other * plan.use_live
    )


def _own(inputs: Inputs, approved: Approved, month: date, currencies: Currencies) -> Inputs:
    """The inputs in the company's currency, and after a split the part of them that is the workload's own."""
    rate = float(currencies.rate(approved.currency, currencies.now))
    share = float(approved.share_in(month))
    if rate == share == 1:
        return inputs
    shapes = {
        name: _times(
            shape, (share if name in BY_SHARE else 1) * (rate if name in (*MONEY, "build_cost") else 1)
        )
        for name, shape in inputs.shapes.items()
    }
    cap = None if inputs.hours_cap is None else inputs.hours_cap * share
    return replace(
        inputs,
        shapes=shapes,
        hours_cap=cap,
        price_in=inputs.price_in * rate,
        price_out=inputs.price_out * rate,
    )


def _times(shape: Shape, factor: float) -> Shape:
    return replace(shape, low=shape.low * factor, likely=shape.likely * factor, high=shape.high * factor)


def _seen(rows: Sequence[ValueMonth], approved: Approved, currencies: Currencies) -> list[Seen]:
    values: dict[str, list[float]] = {}
    for row in rows:
        plan = planned_in(row, approved) if row.done else None
        if plan is not None:
            for name, value in _of_month(row, plan, came_in(row, plan), currencies).items():
                values.setdefault(name, []).append(value)
    # One measurement, however many months rest on it.
    return [Seen(name, tuple(known[-1:] if name == "minutes" else known)) for name, known in values.items()]


def _of_month(row: ValueMonth, plan: Planned, came: Came, currencies: Currencies) -> dict[str, float]:
    """What one month showed, in the units of the inputs: a year, an item, a share."""
    part = float(share_of_month(row.month, None, row.month, row.through))
    volume = float(came.volume or 0)
    found = {}
    if volume and plan.use_live:
        share = float(came.done) / volume * float(1 if came.acceptance is None else came.acceptance)
        found["automation_share"] = share / float(plan.use_live)
    if row.volume and row.made_of.get("volume") != "estimate":
        found["volume"] = row.volume * 12 / part
    if row.baseline_measured and row.baseline_minutes:
        found["minutes"] = float(row.baseline_minutes)
    if row.handling_minutes and row.made_of.get("handling") in TOLD:
        found["review_minutes"] = float(row.handling_minutes)
    rate = float(currencies.rate(row.currency, currencies.now))
    return found | {name: cost * rate for name, cost in _costs(row, plan, came, part).items() if cost > 0}


def _costs(row: ValueMonth, plan: Planned, came: Came, part: float) -> dict[str, float]:
    """A cost that nobody has entered yet is not a cost of nothing: running is seen where more than calls was told."""
    fixed = float(came.eval_cost + came.licence_cost + came.people_cost)
    if plan.item_cost is None and not fixed:
        return {}
    if plan.item_cost is None:
        return {"run_cost": (fixed + float(came.model_cost)) * 12 / part}
    return {"run_cost": fixed * 12 / part, "run_cost_item": float(came.model_cost) / row.done}


def _frame(
    workload: Workload, approved: Approved, rows: Sequence[ValueMonth], month: date, currencies: Currencies
) -> Frame:
    ahead_from = next_month(month)
    elapsed = months_apart(first_of(approved.decided_on), ahead_from)
    left = approved.horizon_months - elapsed
    began = first_of(first_day(workload) or ahead_from)
    npv = approved.assessment.npv_p50
    rate = currencies.rate(approved.currency, currencies.now) * approved.share_in(ahead_from)
    return Frame(
        age=max(months_apart(began, ahead_from), 0),
        ahead=max(left, AT_LEAST),
        left=left,
        elapsed=max(elapsed, 0),
        so_far=_so_far(workload, approved, [row for row in rows if row.month <= month], currencies),
        target=None if npv is None else float(npv * rate),
    )


def _so_far(
    workload: Workload, approved: Approved, rows: Sequence[ValueMonth], currencies: Currencies
) -> float:
    """Cash net of the months as it was worth at the approval, less what was spent on building."""
    month_rate = 1 + monthly_rate(float(approved.assessment.discount_rate))
    last = rows[-1].month if rows else approved.decided_on
    later: list[Any] = list(Correction.objects.filter(workload=workload, month__lte=last))
    total, build = 0.0, Decimal(0)
    for row in [*rows, *later]:
        rate = currencies.rate(row.currency, currencies.now)
        months = max(months_apart(first_of(approved.decided_on), row.month) + 1, 0)
        total += float(row.cash_net * rate) * month_rate**-months
        build += row.build_cost * rate
    return total - float(build or workload.spent)


def latest(workloads: Iterable[Workload] | Any) -> dict[int, Outlook]:
    """The newest outlook of each, by the workload's id; one query."""
    rows = (
        Outlook.objects.filter(workload__in=workloads)
        .order_by("workload_id", "-month")
        .distinct("workload_id")
    )
    return {row.workload_id: row for row in rows}


def outlooks_of(user: User, workload: Workload) -> list[Outlook]:
    """All that were kept, the newest first."""
    rows: Any = Outlook.objects.visible_to(user).filter(workload=workload)
    return list(rows.order_by("-month"))


@dataclass(frozen=True)
class Followed:
    """What the rule said before a review, what the review decided, and cash net a month before and after it."""

    said: str
    decision: Decision
    before: Decimal | None
    after: Decimal | None
    months_after: int

    @property
    def workload(self) -> Workload:
        assert self.decision.workload is not None
        return self.decision.workload

    @property
    def agreed(self) -> bool:
        return self.said == self.decision.verdict


VERDICTS = (Outlook.Verdict.SCALE, Outlook.Verdict.KEEP, Outlook.Verdict.FIX, Outlook.Verdict.RETIRE)


def record_of_rule(user: User, workloads: Any, limit: int = 100) -> list[Followed]:
    """Each standing decision on these workloads with what the rule said before it, the newest first; three queries."""
    decisions = (
        Decision.objects.visible_to(user).standing().filter(workload__in=workloads, verdict__in=VERDICTS)
    )
    rows = list(decisions.select_related("workload").defer("as_seen").order_by("-at", "-pk")[:limit])
    ids = {row.workload_id for row in rows}
    said: dict[int, list[tuple[Any, str]]] = defaultdict(list)
    told = Outlook.objects.filter(workload__in=ids).exclude(verdict="").order_by("month")
    for pk, at, verdict in told.values_list("workload_id", "at", "verdict"):
        said[pk].append((at, verdict))
    months = _cash_by_month(ids)
    return [
        _followed(row, known[-1], months[row.workload_id or 0])
        for row in rows
        if (known := [verdict for at, verdict in said[row.workload_id or 0] if at <= row.at])
    ]


def _cash_by_month(ids: Iterable[int | None]) -> dict[int, list[tuple[date, Decimal]]]:
    """Cash net of whole months, the oldest first."""
    found: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    rows = ValueMonth.objects.filter(workload__in=[pk for pk in ids if pk]).order_by("month")
    for pk, month, through, cash, *costs in rows.values_list(
        "workload_id", "month", "through", "cash_signed", *CASH_COSTS
    ):
        if through == next_month(month):
            found[pk].append((month, cash - sum(costs, Decimal(0))))
    return found


def _followed(decision: Decision, said: str, months: Sequence[tuple[date, Decimal]]) -> Followed:
    day = first_of(decision.at.date())
    before = [cash for month, cash in months if month < day][-3:]
    after = [cash for month, cash in months if month > day][:6]
    return Followed(said, decision, _mean(before), _mean(after), len(after))


def _mean(values: Sequence[Decimal]) -> Decimal | None:
    return sum(values, Decimal(0)) / len(values) if values else None
