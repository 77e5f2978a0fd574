"""Money that was written down while the company counted in another currency."""

from datetime import date, datetime
from decimal import Context, Decimal

from aiops import queries
from aiops.models import Company

EXACT = Context(prec=60)


class Currencies(queries.Currencies):
    """As the kernel's, for sums over months: a currency that no change ties to the others counts one to one."""

    @classmethod
    def load(cls, company: Company) -> "Currencies":
        known = queries.currencies(company)
        return cls(known.now, known.changes)

    def of_month(self, month: date) -> str:
        """What a month counts in: a change holds from its first month on."""
        return self.on(month)

    def written(self, at: datetime) -> str:
        """What an amount was in that somebody entered at that moment."""
        return next((change.old for change in self.changes if at < change.at), self.now)

    def rate(self, old: str, new: str) -> Decimal:
        try:
            return super().rate(old, new)
        except LookupError:
            return Decimal(1)

    def converted(self, amount: Decimal, old: str, new: str) -> Decimal:
        """Not rounded."""
        return amount if old == new else EXACT.multiply(amount, self.rate(old, new))
