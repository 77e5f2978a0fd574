"""After a change of the company's currency: estimates of money, in the transaction of the change."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F

from aiops import audit
from aiops.models import CurrencyChange, User
from backlog.models import Estimate

# The share of hours that becomes cash is shown with the money, but it is no amount.
AMOUNTS = tuple(name for name in Estimate.MONEY if not name.endswith("_share"))


def convert(*, change: CurrencyChange, by: User, at: datetime, **_: Any) -> None:
    """All three ends of every amount, so that the range keeps its shape; assessments are then made anew."""
    rows = Estimate.objects.filter(quantity__in=AMOUNTS)
    ends: dict[str, Any] = {name: F(name) * Decimal(change.rate) for name in ("low", "likely", "high")}
    counts = {"estimates": rows.update(**ends)}
    audit.record(by=by, at=at, action="estimates.currency_converted", obj=change, changes=counts)
