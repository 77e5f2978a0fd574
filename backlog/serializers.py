"""Shapes that more than one API speaks: an estimate as a range."""

from typing import Any

from rest_framework import serializers

from backlog.models import Estimate

# What a column holds; infinity and its kin end here too.
LARGEST = 1e13


class EstimateIO(serializers.Serializer):
    """One quantity as a range with its meaning, evidence and date."""

    quantity = serializers.ChoiceField(Estimate.Quantity.choices)
    low = serializers.FloatField(min_value=-LARGEST, max_value=LARGEST)
    likely = serializers.FloatField(min_value=-LARGEST, max_value=LARGEST)
    high = serializers.FloatField(min_value=-LARGEST, max_value=LARGEST)
    meaning = serializers.ChoiceField(Estimate.Meaning.choices, default="percentiles")
    evidence = serializers.ChoiceField(Estimate.Evidence.choices, default="assumed")
    note = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    as_of = serializers.DateField(required=False, allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["low"] <= attrs["likely"] <= attrs["high"]:
            name, low, likely, high = (attrs[key] for key in ("quantity", "low", "likely", "high"))
            words = f"{name}: low {low:g} <= likely {likely:g} <= high {high:g} must hold."
            raise serializers.ValidationError({"low": words})
        return attrs
