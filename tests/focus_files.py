"""FOCUS files as providers write them, made for tests."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

BASE = {
    "BilledCost": "1.00",
    "EffectiveCost": "1.00",
    "ListCost": "1.00",
    "ContractedCost": "1.00",
    "BillingAccountId": "acct-1",
    "BillingAccountName": "Example Ltd",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-10-01T00:00:00Z",
    "BillingPeriodEnd": "2026-11-01T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeClass": "NULL",
    "ChargeDescription": "gpt-4o input tokens",
    "ChargePeriodStart": "2026-10-05T00:00:00Z",
    "ChargePeriodEnd": "2026-10-06T00:00:00Z",
    "InvoiceIssuerName": "OpenAI",
    "PricingQuantity": "1",
    "PricingUnit": "Tokens",
    "ProviderName": "OpenAI",
    "PublisherName": "OpenAI",
    "ServiceCategory": "AI and Machine Learning",
    "ServiceName": "API",
    "SubAccountId": "proj-1",
    "SubAccountName": "Project one",
    "Tags": "NULL",
}


def focus(
    *rows: dict[str, Any], delimiter: str = ",", without: tuple[str, ...] = (), mark: str = ""
) -> bytes:
    """A file of BASE rows with changes; columns that a row adds are columns of all."""
    names = [
        name for name in dict.fromkeys([*BASE, *(key for row in rows for key in row)]) if name not in without
    ]
    out = io.StringIO()
    writer = csv.DictWriter(out, names, delimiter=delimiter, extrasaction="ignore", restval="")
    writer.writeheader()
    writer.writerows(BASE | row for row in rows)
    return (mark + out.getvalue()).encode()


def add_usage(workload: Any, model: str = "gpt-4o", cost: str = "1", day: int = 5, **more: Any) -> Any:
    """Hourly sums of calls in October 2026."""
    from workloads.models import UsageHour

    base = {
        "hour": datetime(2026, 10, day, 9, tzinfo=UTC),
        "provider": "openai",
        "operation": "chat",
        "calls": 10,
        "cost_usd": Decimal(cost),
    }
    return UsageHour.objects.create(workload=workload, model=model, **(base | more))
