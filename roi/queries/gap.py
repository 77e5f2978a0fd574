"""A month as it was approved and as it came, for the gap between them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from aiops.models import Company
from roi.calc.gap import ONE, ZERO, Came, Planned
from roi.calc.realised import first_of, months_apart, next_month, ramp, share_of_month
from roi.models import ValueMonth
from roi.queries.currencies import Currencies
from roi.queries.forecast import Approved, first_day

TWELVE = Decimal(12)
MONEY = ("loaded_rate", "other_cash", "run_cost", "run_cost_item")


def planned_in(row: ValueMonth, approved: Approved) -> Planned | None:
    """The approved month; None where the approval knows no cash of it, and beyond its horizon."""
    at_full = _at_full_use(approved, row.currency)
    if at_full is None or approved.age_in(row.month) >= approved.horizon_months:
        return None
    began = _began(row, approved)
    part = share_of_month(row.month, None, row.month, row.through) * approved.share_in(row.month)
    plan = _month(at_full, approved, row.month, began, part)
    if row.month != began:
        return plan
    late = _before(at_full, approved, row.month)
    hours = sum((month.hours for month in late), ZERO)
    return _with(plan, late=sum((month.cash_net for month in late), ZERO), late_hours=hours)


def _began(row: ValueMonth, approved: Approved) -> date:
    """Month of the first use. A part that was split off goes on with what ran before it: neither late nor new."""
    if approved.shares[0][0] > date.min:
        return first_of(min(approved.start, row.month))
    return first_of(min(first_day(row.workload) or row.month, row.month))


def _before(at_full: Planned, approved: Approved, month: date) -> list[Planned]:
    """The months that the plan gave value in before anything ran: booked with the first month, as delay."""
    found, day = [], first_of(approved.start)
    while day < month:
        found.append(_month(at_full, approved, day, day, approved.share_in(day)))
        day = next_month(day)
    return found


def _month(at_full: Planned, approved: Approved, month: date, began: date, part: Decimal) -> Planned:
    age = approved.age_in(month)
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


def _at_full_use(approved: Approved, currency: str) -> Planned | None:
    """A whole month at full use; work that is not counted in items may still bring other cash."""
    rate = _rate(approved.currency, currency)
    x = {
        name: Decimal(repr(value)) * (rate if name in MONEY else ONE)
        for name, value in approved.likely.items()
    }
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
        item_cost=_item_cost(x, approved.assessment.inputs, rate) if counted else None,
        fixed=x.get("run_cost", ZERO) / TWELVE,
    )
    return _capped(plan, approved.assessment.inputs.get("hours_cap"))


def _rate(old: str, new: str) -> Decimal:
    return ONE if old == new else Currencies.load(Company.load()).rate(old, new)


def _rework(x: Mapping[str, Decimal], when: str) -> Decimal:
    """Minutes an item: the errors' share times what one takes."""
    return x.get(f"error_share_{when}", ZERO) * x.get(f"rework_minutes_{when}", ZERO)


def _item_cost(x: Mapping[str, Decimal], frame: Mapping[str, Any], rate: Decimal) -> Decimal | None:
    if not {"run_cost_item", "tokens_in", "tokens_out"} & set(x):
        return None
    prices = {way: Decimal(repr(float(frame.get(f"price_{way}") or 0))) * rate for way in ("in", "out")}
    tokens = sum((x.get(f"tokens_{way}", ZERO) * price for way, price in prices.items()), ZERO)
    return x.get("run_cost_item", ZERO) + tokens


def _capped(plan: Planned, cap: float | None) -> Planned:
    """No more hours than the people have: what is beyond them was not forecast, and counts as less volume."""
    if cap is None or plan.hours * TWELVE <= Decimal(repr(float(cap))):
        return plan
    return _with(plan, volume=plan.volume * Decimal(repr(float(cap))) / (plan.hours * TWELVE))


def came_in(row: ValueMonth, plan: Planned) -> Came:
    """The month of the ledger; what the month is made of tells cash of hours from other cash."""
    other = _other_cash(row)
    return Came(
        done=Decimal(row.done),
        volume=_volume(row, plan),
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


def _volume(row: ValueMonth, plan: Planned) -> Decimal | None:
    """Where nobody counts the items in scope, the plan's number holds, or what was done if that is more."""
    if row.volume is None or row.made_of.get("volume") == "estimate":
        return max(plan.volume, Decimal(row.done)) or None
    return Decimal(row.volume)


def _accepted(row: ValueMonth) -> Decimal | None:
    if row.accepted_share is not None:
        return row.accepted_share
    return Decimal(row.accepted) / row.judged if row.judged else None


def _other_cash(row: ValueMonth) -> Decimal:
    """Signed cash without hours behind it (a cost that ended)."""
    claims = row.made_of.get("claims")
    if claims is None:
        return ZERO if row.hours_signed else row.cash_signed
    return sum(
        (Decimal(cash) for _, cash, hours, kind in claims if kind == "cash" and not Decimal(hours)), ZERO
    )
