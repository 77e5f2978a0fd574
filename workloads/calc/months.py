"""Calendar months in UTC, and the share of one in which something holds."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

from workloads.calc.reconcile import EXACT

LAST_PLACE = Decimal(1).scaleb(-32)


def first_of(day: date) -> date:
    return day.replace(day=1)


def later(month: date, months: int = 1) -> date:
    """The first day of the month so many months on; negative goes back."""
    index = month.year * 12 + month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def months_of(first: date, end: date) -> list[date]:
    """The first days of the months of [first, end); both are first days themselves."""
    found = []
    while first < end:
        found.append(first)
        first = later(first)
    return found


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def held(amount: Decimal, month: date, valid_from: date, valid_to: date | None) -> Decimal:
    """A monthly amount for the days of the month on which it holds; [valid_from, valid_to)."""
    end = later(month)
    start, stop = max(month, valid_from), min(end, valid_to or end)
    days = max((stop - start).days, 0)
    whole = (end - month).days
    if days == whole:
        return amount
    return EXACT.divide(EXACT.multiply(amount, Decimal(days)), Decimal(whole)).quantize(
        LAST_PLACE, context=EXACT
    )
