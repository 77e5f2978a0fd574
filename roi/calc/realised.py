"""Realised value of one workload in one month: hours freed, claims pro rata, the forecast as it ramps.

Money is Decimal and rounded once, to the cent, at the end of each function that says so. Hours are Decimal with one
place. Method: capacity = accepted outcomes x (time baseline - handling minutes), as in ServiceNow LEAP; claims are
spread over the days on which they hold.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
TENTH = Decimal("0.1")
RAMP_MONTHS = 3


@dataclass(frozen=True)
class ClaimLine:
    """A signed claim as arithmetic needs it; `end` is exclusive and None while it runs.

    `column`: cash, avoided, revenue or risk, the one of SignedTotals that it counts in.
    """

    amount_month: Decimal
    start: date
    end: date | None
    hours_month: Decimal = Decimal(0)
    column: str = "cash"
    pk: int = 0


@dataclass(frozen=True)
class SignedTotals:
    """What signed claims give in a period: cash, the hours behind it, and the kinds that are not cash, each apart."""

    cash: Decimal = Decimal(0)
    hours: Decimal = Decimal(0)
    avoided: Decimal = Decimal(0)
    revenue: Decimal = Decimal(0)
    risk: Decimal = Decimal(0)


def first_of(day: date) -> date:
    return day.replace(day=1)


def next_month(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def months_between(start: date, end: date) -> list[date]:
    """First days of the months that touch [start, end)."""
    months, month = [], first_of(start)
    while month < end:
        months.append(month)
        month = next_month(month)
    return months


def hours_freed(
    accepted: int, baseline_minutes: Decimal | None, handling_minutes: Decimal | None
) -> Decimal | None:
    """Hours set free by accepted items; None without a time baseline.

    Items that now take longer than before give a negative figure: it is shown, not hidden.
    """
    if baseline_minutes is None:
        return None
    saved = baseline_minutes - (handling_minutes or Decimal(0))
    return (Decimal(accepted) * saved / 60).quantize(TENTH, ROUND_HALF_UP)


def share_of_month(start: date, end: date | None, month: date, through: date) -> Decimal:
    """Part of the month's days, up to `through` (exclusive), on which [start, end) holds: 0 to 1."""
    last = min(through, next_month(month), end or date.max)
    days = (last - max(start, month)).days
    return Decimal(max(days, 0)) / (next_month(month) - month).days


def signed(claims: Iterable[ClaimLine], month: date, through: date) -> SignedTotals:
    """Signed claims of a month, pro rata by day, rounded once to the cent."""
    sums, hours = dict.fromkeys(("cash", "avoided", "revenue", "risk"), Decimal(0)), Decimal(0)
    for claim in claims:
        part = share_of_month(claim.start, claim.end, month, through)
        sums[claim.column] += claim.amount_month * part
        hours += claim.hours_month * part if claim.column == "cash" else 0
    rounded = {name: amount.quantize(CENT, ROUND_HALF_UP) for name, amount in sums.items()}
    return SignedTotals(hours=hours.quantize(TENTH), **rounded)


def ramp(months_live: int, ramp_months: int = RAMP_MONTHS) -> Decimal:
    """Planned share of full use in a month: linear over the ramp, the go-live month is the first step."""
    return min(Decimal(1), Decimal(months_live + 1) / ramp_months) if months_live >= 0 else Decimal(0)


def forecast_in(yearly: Decimal, months_live: int, month: date, through: date, ramp_months: int) -> Decimal:
    """A yearly forecast as it falls into [month, through): a twelfth, ramped, by days; not rounded."""
    days = (min(through, next_month(month)) - month).days
    part = Decimal(max(days, 0)) / (next_month(month) - month).days
    return yearly / 12 * ramp(months_live, ramp_months) * part


def months_apart(earlier: date, later: date) -> int:
    return (later.year - earlier.year) * 12 + later.month - earlier.month
