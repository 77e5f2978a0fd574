"""What one accepted piece of work costs, and how dear calls may become before it no longer pays."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class UnitCost:
    """Cost of a period over its accepted items, in one currency. `worth`: what one item is worth, None: not said."""

    calls: Decimal
    fixed: Decimal
    accepted: int
    worth: Decimal | None = None

    @property
    def each(self) -> Decimal | None:
        """Cost of one accepted item; None while there is none."""
        return (self.calls + self.fixed) / self.accepted if self.accepted else None

    @property
    def pays(self) -> bool | None:
        return None if self.each is None or self.worth is None else self.each <= self.worth

    @property
    def price_factor(self) -> Decimal | None:
        """What calls may cost, in times of today's prices, before an item costs more than it is worth.

        0 where the fixed costs alone are too much; None where it cannot be said.
        """
        if self.worth is None or not self.accepted or self.calls <= 0:
            return None
        return max((self.worth * self.accepted - self.fixed) / self.calls, Decimal(0))
