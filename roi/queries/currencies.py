"""Money that was written down while the company counted in another currency."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Context, Decimal

from aiops.models import Company, CurrencyChange

EXACT = Context(prec=60)
ONE = Decimal(1)


@dataclass(frozen=True)
class Currencies:
    """The company's currency and its changes, the oldest first; rates are fixed on the day of each change."""

    now: str
    changes: tuple[CurrencyChange, ...] = field(default=())

    @classmethod
    def load(cls, company: Company) -> "Currencies":
        return cls(company.currency, tuple(CurrencyChange.objects.order_by("valid_from")))

    def of_month(self, month: date) -> str:
        """What a month counts in: a change holds from its first month on."""
        for change in self.changes:
            if month < change.valid_from:
                return change.old
        return self.now

    def written(self, at: datetime) -> str:
        """What an amount was in that somebody entered at that moment."""
        for change in self.changes:
            if at < change.at:
                return change.old
        return self.now

    def rate(self, old: str, new: str) -> Decimal:
        """Units of `new` for one of `old`, along the changes; 1 where no change ties the two together."""
        if old == new:
            return ONE
        forward = _along([(c.old, c.new, c.rate) for c in self.changes], old, new)
        if forward is not None:
            return forward
        back = _along([(c.old, c.new, c.rate) for c in self.changes], new, old)
        return ONE if back is None else EXACT.divide(ONE, back)

    def converted(self, amount: Decimal, old: str, new: str) -> Decimal:
        """Not rounded."""
        return amount if old == new else EXACT.multiply(amount, self.rate(old, new))


def _along(steps: list[tuple[str, str, Decimal]], old: str, new: str) -> Decimal | None:
    """The product of the rates from the last time that `old` was left until `new` is reached."""
    starts = [index for index, step in enumerate(steps) if step[0] == old]
    for start in reversed(starts):
        rate = ONE
        for _, reached, factor in steps[start:]:
            rate = EXACT.multiply(rate, factor)
            if reached == new:
                return rate
    return None
