"""Shapes that more than one API speaks: an estimate as a range."""

from typing import Any

from rest_framework import serializers

from backlog.models import Estimate


class EstimateIO(serializers.Serializer):
    """One quantity as a range with its meaning, evidence and date."""

    quantity = serializers.ChoiceField(Estimate.Quantity.choices)
    low = serializers.FloatField()
    likely = serializers.FloatField()
    high = serializers.FloatField()
    meaning = serializers.ChoiceField(Estimate.Meaning.choices, default="percentiles")
    evidence = serializers.ChoiceField(Estimate.Evidence.choices, default="assumed")
    note = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    as_of = serializers.DateField(required=False, allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["low"] <= attrs["likely"] <= attrs["high"]:
            words = f"{attrs['quantity']}: low {attrs['low']:g} <= likely {attrs['likely']:g} <= high {attrs['high']:g} must hold."
            raise serializers.ValidationError({"low": words})
        return attrs
