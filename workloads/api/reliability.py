"""Objectives under /api/v1/: what is promised, how it stands, and setting or taking back a promise."""

from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from workloads.models import Objective, Workload
from workloads.operations.objectives import end_objective, set_objective
from workloads.queries import reliability as queries


class ObjectiveIn(serializers.Serializer):
    """A promise; the target is a share, 0.995 is 99.5 %."""

    kind = serializers.ChoiceField(choices=Objective.Kind.choices)
    target = serializers.DecimalField(
        max_digits=7, decimal_places=6, min_value=Decimal(0), max_value=Decimal(1)
    )
    window_days = serializers.IntegerField(default=28)
    latency_ms = serializers.IntegerField(required=False, allow_null=True, default=None)


class ObjectiveOut(ObjectiveIn):
    """A promise and how its check saw it last. `budget_left` is a share, below zero when overspent."""

    severity = serializers.CharField()
    sentence = serializers.CharField()
    total = serializers.IntegerField()
    good_share = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    budget_left = serializers.FloatField(allow_null=True)
    spent_at = serializers.CharField(allow_null=True)
    as_of = serializers.CharField(allow_null=True)


def _told(objective: Objective) -> dict[str, Any]:
    seen = objective.standing or {"severity": "unknown", "sentence": "Not judged yet.", "total": 0}
    figures = {
        name: seen.get(name) for name in ("severity", "sentence", "total", "good_share", "low", "high")
    }
    fields = {name: getattr(objective, name) for name in ("kind", "target", "window_days", "latency_ms")}
    return (
        fields
        | figures
        | {"as_of": seen.get("at"), "budget_left": seen.get("left"), "spent_at": seen.get("spent_at")}
    )


def _workload(request: Request, number: int) -> Workload:
    rows = Workload.objects.visible_to(request.user).select_related("unit")
    return get_object_or_404(rows, number=number)


class Objectives(APIView):
    """The objectives of a workload; a POST sets the one of its kind."""

    @extend_schema(responses={200: ObjectiveOut(many=True)})
    def get(self, request: Request, number: int) -> Response:
        rows = [_told(one) for one in queries.objectives(_workload(request, number))]
        return Response(ObjectiveOut(rows, many=True).data)

    @extend_schema(request=ObjectiveIn, responses={200: ObjectiveOut})
    def post(self, request: Request, number: int) -> Response:
        workload, at = _workload(request, number), timezone.now()
        body = ObjectiveIn(data=request.data)
        body.is_valid(raise_exception=True)
        made = set_objective(workload=workload, by=request.user, at=at, **body.validated_data)  # type: ignore[arg-type]
        return Response(ObjectiveOut(_told(made)).data)


class OneObjective(APIView):
    """Takes an objective back; its check stops."""

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, number: int, kind: str) -> Response:
        rows = queries.objectives(_workload(request, number)).select_related("workload__unit", "check_of")
        objective = get_object_or_404(rows, kind=kind)
        end_objective(objective=objective, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return Response(status=204)
