"""The columns of FOCUS 1.0, 1.1 and 1.2 as the specification lists them: level, whether NULL is allowed, type.

Source: FinOps Open Cost and Usage Specification, specification/columns, tags v1.0, v1.1 and v1.2.
"""

from collections.abc import Collection
from dataclasses import dataclass

MANDATORY, CONDITIONAL, RECOMMENDED = "mandatory", "conditional", "recommended"
TEXT, NUMBER, TIME, JSON = "String", "Decimal", "Date/Time", "JSON"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the specification and the version that brought it."""

    name: str
    level: str
    allows_null: bool
    type: str = TEXT
    since: str = "1.0"


def _c(name: str, level: str, allows_null: bool, type_: str = TEXT, since: str = "1.0") -> Column:
    return Column(name, level, allows_null, type_, since)


COLUMNS: tuple[Column, ...] = (
    _c("AvailabilityZone", RECOMMENDED, True),
    _c("BilledCost", MANDATORY, False, NUMBER),
    _c("BillingAccountId", MANDATORY, False),
    _c("BillingAccountName", MANDATORY, True),
    _c("BillingAccountType", CONDITIONAL, False, since="1.2"),
    _c("BillingCurrency", MANDATORY, False),
    _c("BillingPeriodEnd", MANDATORY, False, TIME),
    _c("BillingPeriodStart", MANDATORY, False, TIME),
    _c("CapacityReservationId", CONDITIONAL, True, since="1.1"),
    _c("CapacityReservationStatus", CONDITIONAL, True, since="1.1"),
    _c("ChargeCategory", MANDATORY, False),
    _c("ChargeClass", MANDATORY, True),
    _c("ChargeDescription", MANDATORY, True),
    _c("ChargeFrequency", RECOMMENDED, False),
    _c("ChargePeriodEnd", MANDATORY, False, TIME),
    _c("ChargePeriodStart", MANDATORY, False, TIME),
    _c("CommitmentDiscountCategory", CONDITIONAL, True),
    _c("CommitmentDiscountId", CONDITIONAL, True),
    _c("CommitmentDiscountName", CONDITIONAL, True),
    _c("CommitmentDiscountQuantity", CONDITIONAL, True, NUMBER, "1.1"),
    _c("CommitmentDiscountStatus", CONDITIONAL, True),
    _c("CommitmentDiscountType", CONDITIONAL, True),
    _c("CommitmentDiscountUnit", CONDITIONAL, True, since="1.1"),
    _c("ConsumedQuantity", CONDITIONAL, True, NUMBER),
    _c("ConsumedUnit", CONDITIONAL, True),
    _c("ContractedCost", MANDATORY, False, NUMBER),
    _c("ContractedUnitPrice", CONDITIONAL, True, NUMBER),
    _c("EffectiveCost", MANDATORY, False, NUMBER),
    _c("InvoiceId", RECOMMENDED, True, since="1.2"),
    _c("InvoiceIssuerName", MANDATORY, False),
    _c("ListCost", MANDATORY, False, NUMBER),
    _c("ListUnitPrice", CONDITIONAL, True, NUMBER),
    _c("PricingCategory", CONDITIONAL, True),
    _c("PricingCurrency", CONDITIONAL, True, since="1.2"),
    _c("PricingCurrencyContractedUnitPrice", CONDITIONAL, True, NUMBER, "1.2"),
    _c("PricingCurrencyEffectiveCost", CONDITIONAL, True, NUMBER, "1.2"),
    _c("PricingCurrencyListUnitPrice", CONDITIONAL, True, NUMBER, "1.2"),
    _c("PricingQuantity", MANDATORY, True, NUMBER),
    _c("PricingUnit", MANDATORY, True),
    _c("ProviderName", MANDATORY, False),
    _c("PublisherName", MANDATORY, False),
    _c("RegionId", CONDITIONAL, True),
    _c("RegionName", CONDITIONAL, True),
    _c("ResourceId", CONDITIONAL, True),
    _c("ResourceName", CONDITIONAL, True),
    _c("ResourceType", CONDITIONAL, True),
    _c("ServiceCategory", MANDATORY, False),
    _c("ServiceName", MANDATORY, False),
    _c("ServiceSubcategory", RECOMMENDED, False, since="1.1"),
    _c("SkuId", CONDITIONAL, True),
    _c("SkuMeter", CONDITIONAL, True, since="1.1"),
    _c("SkuPriceDetails", CONDITIONAL, True, JSON, "1.1"),
    _c("SkuPriceId", CONDITIONAL, True),
    _c("SubAccountId", CONDITIONAL, True),
    _c("SubAccountName", CONDITIONAL, True),
    _c("SubAccountType", CONDITIONAL, True, since="1.2"),
    _c("Tags", CONDITIONAL, True, JSON),
)
NAMES = tuple(column.name for column in COLUMNS)
# Without these a line has no money, no day, no owner to find: a file that lacks one is refused.
NEEDED = (
    "BilledCost",
    "EffectiveCost",
    "BillingAccountId",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "ProviderName",
    "ServiceName",
)
CHARGE_CATEGORIES = ("Usage", "Purchase", "Tax", "Credit", "Adjustment")
AI = "AI and Machine Learning"


def detect_version(names: Collection[str]) -> str:
    """The newest version that brought one of these columns; 1.0 when none of the newer ones is there."""
    there = set(names)
    return max((column.since for column in COLUMNS if column.name in there), default="1.0")


def missing_of(version: str, names: Collection[str]) -> list[str]:
    """Columns that the version makes mandatory and this header lacks."""
    return [
        c.name for c in COLUMNS if c.level == MANDATORY and c.since <= version and c.name not in set(names)
    ]
