"""Actual costs under /api/v1/actual-costs/: read with the page's rules; lines of a feed come in all or none."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from roi.calc import sheet_rows
from roi.calc.cost_rows import CostRow, amount
from roi.models import ActualCost
from roi.operations.actual_costs import MOST_ROWS, CostsRefused, write_costs
from roi.queries.actual_costs import cost_lines

SHOWN = 100


class CostOut(serializers.ModelSerializer):
    """A line; `month` is its first day."""

    workload = serializers.CharField(source="workload.key")

    class Meta:
        model = ActualCost
        fields = ["workload", "month", "kind", "amount", "cost_centre", "note", "source", "at"]


class MonthField(serializers.Field):
    """2026-11, or any day of the month."""

    def to_internal_value(self, data: Any) -> date:
        try:
            return sheet_rows.month(data)
        except sheet_rows.BadCell as error:
            raise serializers.ValidationError(f"{error}.") from error

    def to_representation(self, value: date) -> str:
        return f"{value:%Y-%m}"


class AmountField(serializers.Field):
    """Money to the cent, a number or its text; null or 0 takes the line away."""

    def to_internal_value(self, data: Any) -> Decimal:
        try:
            return amount(data)
        except sheet_rows.BadCell as error:
            raise serializers.ValidationError(f"{error}.") from error

    def to_representation(self, value: Decimal) -> str:
        return str(value)


class CostIn(serializers.Serializer):
    workload = serializers.IntegerField(
        min_value=1, max_value=999_999_999, help_text="number of the workload"
    )
    month = MonthField(help_text="2026-11")
    kind = serializers.ChoiceField(ActualCost.Kind.choices)
    amount = AmountField(allow_null=True)
    cost_centre = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    note = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class CostsIn(serializers.Serializer):
    lines = serializers.ListField(child=CostIn(), min_length=1, max_length=MOST_ROWS)


class ActualCosts(generics.ListAPIView):
    """Lines of the workloads whose money the caller reads; POST stores a batch, all lines or none.

    The same lines again change nothing. A line that somebody entered by hand is not changed: 422 names it.
    """

    serializer_class = CostOut

    @extend_schema(parameters=[OpenApiParameter("workload", int, description="only this number")])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        rows = cost_lines(self.request.user)  # type: ignore[arg-type]
        number = self.request.query_params.get("workload", "")
        return rows.filter(workload__number=int(number)) if number.isdigit() and len(number) < 10 else rows

    @extend_schema(request=CostsIn, responses={200: {"type": "object"}})
    def post(self, request: Request) -> Response:
        body = CostsIn(data=request.data)
        body.is_valid(raise_exception=True)
        rows = [CostRow(row=n, **line) for n, line in enumerate(body.validated_data["lines"], 1)]
        try:
            done = write_costs(rows=_once(rows), source="feed", by=request.user, at=timezone.now())  # type: ignore[arg-type]
        except CostsRefused as error:
            told = [vars(row) for row in error.rows[:SHOWN]]
            return Response({"code": error.code, "message": error.message, "rows": told}, status=422)
        counts = {"new": len(done.new), "changed": len(done.changed), "removed": len(done.removed)}
        return Response(counts | {"same": done.same})


def _once(rows: list[CostRow]) -> list[CostRow]:
    seen: set[tuple[int, date, str]] = set()
    for row in rows:
        key = (row.workload, row.month, row.kind)
        if key in seen:
            words = f"Line {row.row} has a workload, month and kind that came before."
            raise serializers.ValidationError({"lines": words})
        seen.add(key)
    return rows
