"""The 90 % interval of a sum of months.

What months share (the time baseline was measured once) moves them together: its half-widths are added. What each has
of its own (which items were judged or timed) is independent: its half-widths are added in quadrature. Bounds of months
are added as they stand: worst with worst.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

TENTH = Decimal("0.1")
ZERO = Decimal(0)
# P10 to P90 of a normal is 2.5631 standard errors wide, P5 to P95 3.2897: half of the one in halves of the other.
WIDER = Decimal("1.2835")


@dataclass(frozen=True)
class MonthHours:
    """Hours of a month with the ends of their interval (or bounds); `baseline` is half the P10-P90 width of the time
    baseline times the accepted items, in minutes."""

    hours: Decimal
    low: Decimal
    high: Decimal
    bounds: bool = False
    baseline: Decimal = ZERO

    @property
    def shared(self) -> Decimal:
        """Half the width that comes of the time baseline, in hours, at 90 %."""
        return abs(self.baseline) * WIDER / 60


def hours_interval(months: Iterable[MonthHours]) -> tuple[Decimal | None, Decimal | None]:
    """Low and high of the sum, to one place; None without months."""
    listed = list(months)
    if not listed:
        return None, None
    total = sum((m.hours for m in listed), ZERO)
    firm = [m for m in listed if not m.bounds]
    loose = [m for m in listed if m.bounds]
    down = _side(firm, [m.hours - m.low for m in firm]) + sum((m.hours - m.low for m in loose), ZERO)
    up = _side(firm, [m.high - m.hours for m in firm]) + sum((m.high - m.hours for m in loose), ZERO)
    return (total - down).quantize(TENTH), (total + up).quantize(TENTH)


def independent_sum(
    rows: Iterable[tuple[Decimal, Decimal | None, Decimal | None, bool]],
) -> tuple[Decimal, Decimal] | None:
    """Low and high of the sum of workloads, from (hours, low, high, bounds) each; None without any.

    Each has a baseline of its own, so half-widths are added in quadrature; bounds as they stand.
    """
    listed = list(rows)
    if not listed:
        return None
    total = sum((hours for hours, *_ in listed), ZERO)
    ends = []
    for sign, place in ((-1, 1), (1, 2)):
        widths = [(abs((row[place] if row[place] is not None else row[0]) - row[0]), row[3]) for row in listed]  # type: ignore[operator]
        loose = sum((width for width, bounds in widths if bounds), ZERO)
        firm = _root(sum((width**2 for width, bounds in widths if not bounds), ZERO))
        ends.append(total + sign * (loose + firm))
    return ends[0].quantize(TENTH), ends[1].quantize(TENTH)


def _side(months: list[MonthHours], widths: list[Decimal]) -> Decimal:
    together = [min(month.shared, width) for month, width in zip(months, widths, strict=True)]
    own = [width**2 - part**2 for width, part in zip(widths, together, strict=True)]
    return _root(sum(together, ZERO) ** 2 + sum(own, ZERO))


def _root(square: Decimal) -> Decimal:
    return max(square, ZERO).sqrt()
