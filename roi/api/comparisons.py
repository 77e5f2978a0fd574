"""Is it real? Comparisons under /api/v1/workloads/<number>/comparisons/."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from roi.api.baselines import FiniteField
from roi.calc.effect_rows import Item
from roi.calc.effects import Point
from roi.models import Comparison
from roi.operations.comparisons import Asked, compare_outcomes, compare_series
from workloads.models import Workload

MOST_ROWS, MOST = 20_000, 1e12


class ComparisonOut(serializers.ModelSerializer):
    """A comparison: the effect with its 95 % interval, in its unit (a share for acceptance)."""

    quantity = serializers.CharField(source="inputs.quantity")
    self_reported = serializers.BooleanField(source="inputs.self_reported")
    by = serializers.CharField(source="by.name")

    class Meta:
        model = Comparison
        fields = ["id", "method", "question", "quantity", "unit", "effect", "low", "high", "n", "sentence"]
        fields += ["self_reported", "by", "at"]


class PointIn(serializers.Serializer):
    """A figure of a day (before and after, two groups) or of an item (holdout)."""

    date = serializers.DateField(required=False)
    value = FiniteField(min_value=-MOST, max_value=MOST)
    n = FiniteField(required=False, default=1.0, min_value=0, max_value=MOST)
    group = serializers.ChoiceField(["with", "without"], required=False, default="with")
    place = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)


class ComparisonIn(serializers.Serializer):
    """From reported outcomes; or from `rows`, where there are any."""

    method = serializers.ChoiceField(Comparison.Method.choices)
    quantity = serializers.ChoiceField(["minutes", "accepted", "items", "other"])
    question = serializers.CharField(max_length=200)
    unit = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    cut = serializers.DateField(required=False, allow_null=True, default=None, help_text="in use from")
    first = serializers.DateField(required=False, allow_null=True, default=None)
    last = serializers.DateField(required=False, allow_null=True, default=None)
    self_reported = serializers.BooleanField(required=False, default=False)
    rows = serializers.ListField(child=PointIn(), required=False, max_length=MOST_ROWS)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        dated = said["method"] != Comparison.Method.HOLDOUT
        undated = [n for n, row in enumerate(said.get("rows", []), 1) if "date" not in row]
        if dated and undated:
            raise serializers.ValidationError({"rows": f"Row {undated[0]} has no date."})
        return said


class Comparisons(APIView):
    """The comparisons of a workload, the newest first; POST computes one and keeps it (409: not enough data)."""

    @extend_schema(responses=ComparisonOut(many=True))
    def get(self, request: Request, number: int) -> Response:
        rows = Comparison.objects.filter(workload=_workload(request, number)).select_related("by")
        return Response(ComparisonOut(rows.defer("details")[:200], many=True).data)

    @extend_schema(request=ComparisonIn, responses={201: ComparisonOut})
    def post(self, request: Request, number: int) -> Response:
        workload, body = _workload(request, number), ComparisonIn(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        rows = said.pop("rows", None)
        about: dict[str, Any] = {"workload": workload, "asked": Asked(**said), "by": request.user}
        about["at"] = timezone.now()
        made = (
            compare_outcomes(**about)
            if rows is None
            else compare_series(**about, **_figures(said["method"], rows))
        )
        return Response(ComparisonOut(made).data, status=201)


def _figures(method: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    if method == Comparison.Method.HOLDOUT:
        return {"items": [Item(r["value"], r["group"] == "with", r["place"]) for r in rows]}
    return {"points": [Point(r["date"], r["value"], r["n"], r["group"] == "with", r["place"]) for r in rows]}


def _workload(request: Request, number: int) -> Workload:
    return get_object_or_404(Workload.objects.visible_to(request.user).select_related("unit"), number=number)
