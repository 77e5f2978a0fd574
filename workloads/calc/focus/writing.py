"""Showback as FOCUS 1.2: one charge for each workload, cost centre, model and month, all columns of the version."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from workloads.calc.focus.columns import AI, NAMES

USAGE, PURCHASE = "Usage", "Purchase"


@dataclass(frozen=True, slots=True)
class ShowbackCharge:
    """What a unit is shown for one workload, cost centre and model in [start, end), in `currency`, unrounded."""

    company: str
    currency: str
    start: date
    end: date
    unit_code: str
    unit_name: str
    cost_centre: str
    workload_key: str
    workload_name: str
    provider: str
    model: str
    source: str
    provisional: bool
    amount: Decimal
    calls: int = 0


def focus_rows(charges: Iterable[ShowbackCharge]) -> Iterator[list[str]]:
    """The header, then one row a charge. NULL is an empty cell, as the specification wants it in CSV."""
    yield list(NAMES)
    for charge in charges:
        cells = _cells(charge)
        yield [cells.get(name, "") for name in NAMES]


def plain(amount: Decimal) -> str:
    """Every digit that counts, without an exponent: "0.0001542"."""
    written = format(amount, "f")
    written = written.rstrip("0").rstrip(".") if "." in written else written
    return "0" if written == "-0" else written


def _cells(charge: ShowbackCharge) -> dict[str, str]:
    money = plain(charge.amount)
    start, end = _moment(charge.start), _moment(charge.end)
    return {
        "BilledCost": money,
        "EffectiveCost": money,
        "ListCost": money,
        "ContractedCost": money,
        "BillingAccountId": charge.company,
        "BillingAccountName": charge.company,
        "BillingAccountType": "Company",
        "BillingCurrency": charge.currency,
        "BillingPeriodStart": start,
        "BillingPeriodEnd": end,
        "ChargePeriodStart": start,
        "ChargePeriodEnd": end,
        "ChargeDescription": _described(charge),
        "InvoiceIssuerName": charge.company,
        "ProviderName": charge.provider or charge.company,
        "PublisherName": charge.provider or charge.company,
        "ServiceCategory": AI,
        "ServiceSubcategory": "Generative AI",
        "ServiceName": charge.workload_name,
        "ResourceId": charge.workload_key,
        "ResourceName": charge.workload_name,
        "ResourceType": "AI workload",
        "SubAccountId": charge.unit_code,
        "SubAccountName": charge.unit_name,
        "SubAccountType": "Business unit",
        "Tags": json.dumps(_tags(charge), ensure_ascii=False),
        **_usage(charge),
    }


def _usage(charge: ShowbackCharge) -> dict[str, str]:
    """Calls are the quantity of what calls caused; a fixed cost is bought, not used."""
    if not charge.model:
        return {"ChargeCategory": PURCHASE, "ChargeFrequency": "Recurring"} | _one_piece()
    calls = {"ConsumedQuantity": str(charge.calls), "ConsumedUnit": "Calls"}
    pricing = {"PricingQuantity": str(charge.calls), "PricingUnit": "Calls"}
    category = {"ChargeCategory": USAGE, "ChargeFrequency": "Usage-Based", "PricingCategory": "Other"}
    return category | calls | pricing | {"SkuId": charge.model, "SkuMeter": charge.model}


def _one_piece() -> dict[str, str]:
    return {"PricingQuantity": "1", "PricingUnit": "Month", "PricingCategory": "Other"}


def _described(charge: ShowbackCharge) -> str:
    what = f"{charge.model} of {charge.workload_name}" if charge.model else f"costs of {charge.workload_name}"
    return f"{what}, {charge.source}{', provisional' if charge.provisional else ''}"


def _tags(charge: ShowbackCharge) -> dict[str, str | bool]:
    said: dict[str, str | bool] = {
        "workload": charge.workload_key,
        "business_unit": charge.unit_code,
        "source": charge.source,
        "provisional": charge.provisional,
    }
    named = {"cost_centre": charge.cost_centre, "model": charge.model}
    return said | {key: value for key, value in named.items() if value}


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
