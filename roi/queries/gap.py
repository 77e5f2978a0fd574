"""A month as it was approved and as it came, for the gap between them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Protocol

from roi.calc.gap import ONE, ZERO, Came, Planned
from roi.calc.realised import first_of, months_apart, next_month, ramp, share_of_month
from roi.models import ValueMonth
from workloads.models import Workload

TWELVE = Decimal(12)
PLACES = Decimal("1e-12")


class Approval(Protocol):
    """What the gap needs of an approval: likely inputs by quantity, and the frame of the calculation.

    `planned_start`: first day of planned use; None where nobody said. `share_in`: the part of the forecast that is the
    workload's own in a month (1 without a split). `price_in`, `price_out`: money a token.
    """

    likely: Mapping[str, float]
    ramp_months: int
    planned_start: date | None
    hours_cap: float | None
    price_in: float
    price_out: float

    def share_in(self, month: date) -> Decimal: ...


def started_on(workload: Workload) -> date | None:
    """The go-live, or the first call where that came before it."""
    days = [workload.go_live, workload.first_call_at.date() if workload.first_call_at else None]
    return min((day for day in days if day is not None), default=None)


def planned_in(row: ValueMonth, approved: Approval) -> Planned | None:
    """The approved month; None where the approval knows no cash of it."""
    at_full = _at_full_use(approved)
    if at_full is None:
        return None
    began = started_on(row.workload) or row.month
    part = share_of_month(row.month, None, row.month, row.through) * approved.share_in(row.month)
    plan = _month(at_full, approved, row.month, first_of(began), part)
    if row.month != first_of(began):
        return plan
    late = _before(at_full, approved, row.month)
    hours = sum((month.hours for month in late), ZERO)
    return _with(plan, late=sum((month.cash_net for month in late), ZERO), late_hours=hours)


def _before(at_full: Planned, approved: Approval, month: date) -> list[Planned]:
    """The months that the plan gave value in before anything ran: booked with the first month, as delay."""
    found, day = [], first_of(approved.planned_start or month)
    while day < month:
        found.append(_month(at_full, approved, day, day, approved.share_in(day)))
        day = next_month(day)
    return found


def _month(at_full: Planned, approved: Approval, month: date, began: date, part: Decimal) -> Planned:
    start = first_of(approved.planned_start or began)
    age = months_apart(start, month)
    return _with(
        at_full,
        volume=at_full.volume * part,
        other=at_full.other * part,
        fixed=at_full.fixed * part,
        use=ramp(age, max(approved.ramp_months, 1)),
        use_live=ramp(months_apart(began, month), max(approved.ramp_months, 1)),
        running=ONE if age >= 0 else ZERO,
    )


def _with(plan: Planned, **changed: Decimal) -> Planned:
    return Planned(**(vars(plan) | changed))


def _at_full_use(approved: Approval) -> Planned | None:
    """A whole month at full use; work that is not counted in items may still bring other cash."""
    x = {name: Decimal(repr(float(value))) for name, value in approved.likely.items()}
    counted = {"volume", "minutes", "automation_share"} <= set(x)
    if not (counted and {"loaded_rate", "cashable_share"} <= set(x)) and "other_cash" not in x:
        return None
    plan = Planned(
        volume=x.get("volume", ZERO) / TWELVE if counted else ZERO,
        coverage=x.get("automation_share", ZERO),
        minutes=x.get("minutes", ZERO) + _rework(x, "before"),
        review=x.get("review_minutes", ZERO) + _rework(x, "after"),
        signed_share=x.get("cashable_share", ZERO),
        rate=x.get("loaded_rate", ZERO),
        other=x.get("other_cash", ZERO) / TWELVE,
        item_cost=_item_cost(x, approved) if counted else None,
        fixed=x.get("run_cost", ZERO) / TWELVE,
    )
    return _capped(plan, approved.hours_cap)


def _rework(x: Mapping[str, Decimal], when: str) -> Decimal:
    """Minutes an item: the errors' share times what one takes."""
    return x.get(f"error_share_{when}", ZERO) * x.get(f"rework_minutes_{when}", ZERO)


def _item_cost(x: Mapping[str, Decimal], approved: Approval) -> Decimal | None:
    if not {"run_cost_item", "tokens_in", "tokens_out"} & set(x):
        return None
    into = x.get("tokens_in", ZERO) * Decimal(repr(float(approved.price_in)))
    out = x.get("tokens_out", ZERO) * Decimal(repr(float(approved.price_out)))
    return x.get("run_cost_item", ZERO) + into + out


def _capped(plan: Planned, cap: float | None) -> Planned:
    """No more hours than the people have: what is beyond them was not forecast, and counts as less volume."""
    if cap is None or plan.hours * TWELVE <= Decimal(repr(float(cap))):
        return plan
    return _with(plan, volume=plan.volume * Decimal(repr(float(cap))) / (plan.hours * TWELVE))


def came_in(row: ValueMonth) -> Came:
    """The month of the ledger. Of cash claims, those of hours are told apart by what the month is made of."""
    other = _other_cash(row)
    return Came(
        done=Decimal(row.done),
        volume=None if row.volume is None else Decimal(row.volume),
        acceptance=_accepted(row),
        minutes=row.baseline_minutes,
        review=row.handling_minutes,
        hours=row.hours_freed,
        hours_signed=row.hours_signed,
        rate=row.hourly_rate,
        cash_hours=row.cash_signed - other,
        cash_other=other,
        model_cost=row.model_cost,
        eval_cost=row.eval_cost,
        licence_cost=row.licence_cost + row.platform_cost,
        people_cost=row.people_cost,
    )


def _accepted(row: ValueMonth) -> Decimal | None:
    if row.accepted_share is not None:
        return row.accepted_share
    return Decimal(row.accepted) / row.done if row.done else None


def _other_cash(row: ValueMonth) -> Decimal:
    """Signed cash without hours behind it (a cost that ended)."""
    told = row.made_of.get("cash_other") if isinstance(row.made_of, dict) else None
    if told is not None:
        return Decimal(str(told))
    return ZERO if row.hours_signed else row.cash_signed
