"""Shapes that more than one API speaks: an estimate as a range, and what stands beside the ranges."""

from decimal import Decimal
from functools import cached_property
from typing import Any

from rest_framework import serializers

from aiops.models import Company
from backlog import queries
from backlog.models import Effort, Estimate, Relation

# What a column holds; infinity and its kin end here too.
LARGEST = 1e13


class CurrencyField(serializers.CharField):
    """The company's currency on a row of money, null on the others."""

    def get_attribute(self, instance: Any) -> str | None:
        quantity = instance["quantity"] if isinstance(instance, dict) else instance.quantity
        parent: Any = self.parent
        return parent.company_currency if queries.kind_of(quantity) == "money" else None


class EstimateIO(serializers.Serializer):
    """One quantity as a range with its meaning, evidence and date; `currency` of money, null for the rest.

    Money is in the company's currency: another one is refused, never converted in silence.
    """

    quantity = serializers.ChoiceField(Estimate.Quantity.choices)
    low = serializers.FloatField(min_value=-LARGEST, max_value=LARGEST)
    likely = serializers.FloatField(min_value=-LARGEST, max_value=LARGEST)
    high = serializers.FloatField(min_value=-LARGEST, max_value=LARGEST)
    meaning = serializers.ChoiceField(Estimate.Meaning.choices, default="percentiles")
    evidence = serializers.ChoiceField(Estimate.Evidence.choices, default="assumed")
    note = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    as_of = serializers.DateField(required=False, allow_null=True, default=None)
    currency = CurrencyField(max_length=3, required=False, allow_null=True)

    @cached_property
    def company_currency(self) -> str:
        return Company.load().currency

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["low"] <= attrs["likely"] <= attrs["high"]:
            name, low, likely, high = (attrs[key] for key in ("quantity", "low", "likely", "high"))
            words = f"{name}: low {low:g} <= likely {likely:g} <= high {high:g} must hold."
            raise serializers.ValidationError({"low": words})
        self._refuse_currency(attrs["quantity"], attrs.pop("currency", None))
        return attrs

    def _refuse_currency(self, quantity: str, currency: str | None) -> None:
        if not currency:
            return
        if queries.kind_of(quantity) != "money":
            words = f"{quantity} is not money: leave the currency out."
            raise serializers.ValidationError({"currency": words})
        if currency != self.company_currency:
            counts = f"{quantity} is in {currency}, the company counts in {self.company_currency}"
            raise serializers.ValidationError({"currency": f"{counts}: convert it first."})


class TeamIO(serializers.Serializer):
    """A team of the unit. A new name needs `people`; for a known one they correct its number."""

    name = serializers.CharField(max_length=120)
    people = serializers.DecimalField(8, 1, required=False, allow_null=True, default=None)


class CorrelationIO(serializers.Serializer):
    """Two quantities and their rank correlation."""

    first = serializers.ChoiceField(Estimate.Quantity.choices)
    second = serializers.ChoiceField(Estimate.Quantity.choices)
    rho = serializers.FloatField(min_value=-0.95, max_value=0.95)
    note = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class EffortIO(serializers.Serializer):
    """Days of a role to build it."""

    role = serializers.ChoiceField(Effort.Role.choices)
    days = serializers.DecimalField(7, 1, min_value=Decimal("0.1"))  # type: ignore[arg-type]


class RelationIO(serializers.Serializer):
    """Another candidate, by its number; `overlap` is the share of benefit lost, for "overlaps" only."""

    number = serializers.IntegerField(min_value=1)
    kind = serializers.ChoiceField(Relation.Kind.choices)
    overlap = serializers.FloatField(required=False, allow_null=True, default=None)
    title = serializers.CharField(read_only=True)
    unit = serializers.CharField(read_only=True)
    owner = serializers.CharField(read_only=True)


class SizingIO(serializers.Serializer):
    """What stands beside the ranges. PUT replaces the parts that it names; a team of null means none.

    `discount_rate` is a share a year that finance sets, null for the company's (or where money is hidden).
    `related_by` is what other candidates say of this one; `hours_cap` the hours a year that the people have.
    """

    team = TeamIO(required=False, allow_null=True)
    rate_job = serializers.CharField(max_length=80, required=False, allow_blank=True)
    token_model = serializers.CharField(max_length=160, required=False, allow_blank=True)
    horizon_months = serializers.IntegerField(required=False, allow_null=True)
    discount_rate = serializers.DecimalField(5, 4, required=False, allow_null=True)
    correlations = CorrelationIO(many=True, required=False)
    efforts = EffortIO(many=True, required=False)
    relations = RelationIO(many=True, required=False)
    related_by = RelationIO(many=True, read_only=True)
    hours_cap = serializers.FloatField(read_only=True, allow_null=True)
    hours_cap_words = serializers.CharField(read_only=True)

    def validate_efforts(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({row["role"] for row in rows}) < len(rows):
            raise serializers.ValidationError("A role is named twice.")
        return rows
