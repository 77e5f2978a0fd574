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
from workloads.operations.objectives import end_objective, in_words, set_objective
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
    """A promise and how it stands now. `budget_left` is a share, below zero when overspent."""

    severity = serializers.CharField()
    sentence = serializers.CharField()
    total = serializers.IntegerField()
    good_share = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    budget_left = serializers.FloatField(allow_null=True)
    spent_at = serializers.DateTimeField(allow_null=True)


def _standing(objective: Objective, at: Any) -> dict[str, Any]:
    judgement = queries.judged(objective, queries.buckets_of(objective, at), at)
    severity, sentence = in_words(objective, judgement)
    fields = {name: getattr(objective, name) for name in ("kind", "target", "window_days", "latency_ms")}
    return fields | {
        "severity": severity,
        "sentence": sentence,
        "total": judgement.tally.total,
        "good_share": judgement.tally.good_share,
        "low": judgement.low,
        "high": judgement.high,
        "budget_left": judgement.left if judgement.is_enough else None,
        "spent_at": judgement.spent_at,
    }


def _workload(request: Request, number: int) -> Workload:
    rows = Workload.objects.visible_to(request.user).select_related("unit")
    return get_object_or_404(rows, number=number)


class Objectives(APIView):
    """The objectives of a workload; a POST sets the one of its kind."""

    @extend_schema(responses={200: ObjectiveOut(many=True)})
    def get(self, request: Request, number: int) -> Response:
        at = timezone.now()
        rows = [_standing(one, at) for one in queries.objectives(_workload(request, number))]
        return Response(ObjectiveOut(rows, many=True).data)

    @extend_schema(request=ObjectiveIn, responses={200: ObjectiveOut})
    def post(self, request: Request, number: int) -> Response:
        workload, at = _workload(request, number), timezone.now()
        body = ObjectiveIn(data=request.data)
        body.is_valid(raise_exception=True)
        made = set_objective(workload=workload, by=request.user, at=at, **body.validated_data)  # type: ignore[arg-type]
        return Response(ObjectiveOut(_standing(made, at)).data)


class OneObjective(APIView):
    """Takes an objective back; its check stops."""

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, number: int, kind: str) -> Response:
        rows = queries.objectives(_workload(request, number)).select_related("workload__unit", "check_of")
        objective = get_object_or_404(rows, kind=kind)
        end_objective(objective=objective, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return Response(status=204)
