"""Scores under /api/v1/: previewed without a trace, or frozen."""

from dataclasses import asdict
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops import permissions
from aiops.permissions import Permission
from backlog.calc.ranges import Range
from backlog.models import Candidate
from backlog.serializers import EstimateIO
from roi import operations
from roi.models import Assessment


class AssessmentOut(serializers.ModelSerializer):
    """A frozen assessment with inputs, hash, seed and calc version."""

    class Meta:
        model = Assessment
        exclude = ["by"]


class PreviewIn(serializers.Serializer):
    """Ranges to score without storing anything."""

    estimates = EstimateIO(many=True)


class ScoreOut(serializers.Serializer):
    """What a score says; money in `currency`, hours a year, payback in months."""

    sentence = serializers.CharField()
    currency = serializers.CharField()
    seed = serializers.IntegerField()
    inputs_hash = serializers.CharField()
    result = serializers.DictField()
    drivers = serializers.ListField()
    inputs = serializers.ListField()
    missing = serializers.ListField()


class Preview(APIView):
    """Score estimates without storing anything."""

    @extend_schema(request=PreviewIn, responses=ScoreOut)
    def post(self, request: Request) -> Response:
        permissions.require(request.user, Permission.FILE)
        body = PreviewIn(data=request.data)
        body.is_valid(raise_exception=True)
        ranges = {r["quantity"]: _range(r) for r in body.validated_data["estimates"]}
        today = timezone.now().date()
        made = operations.score(ranges=ranges, unit=request.user.home_unit, day=today)  # type: ignore[union-attr]
        return Response(_score(made))


def _range(row: dict[str, Any]) -> Range:
    return Range(row["low"], row["likely"], row["high"], row["meaning"], row["evidence"], row["as_of"])


def _score(made: operations.Score) -> dict[str, Any]:
    return {
        "sentence": made.sentence,
        "currency": made.currency,
        "seed": made.seed,
        "inputs_hash": made.inputs_hash,
        "result": asdict(made.result),
        "drivers": [{**asdict(d), "swing": d.swing} for d in made.drivers],
        "inputs": [
            {**asdict(i.range), "quantity": i.quantity, "source": i.source, "note": i.note}
            for i in made.inputs
        ],
        "missing": list(made.missing),
    }


def visible_candidate(request: Request, number: int) -> Candidate:
    rows = Candidate.objects.visible_to(request.user).select_related("owner", "unit")
    return get_object_or_404(rows, number=number)


def require_money(request: Request, candidate: Candidate) -> None:
    if candidate.owner_id != request.user.pk:
        permissions.require(request.user, Permission.READ_MONEY, unit=candidate.unit)


class Assess(APIView):
    """Freeze an assessment of a candidate as it stands; unchanged inputs give the one that is there."""

    @extend_schema(request=None, responses=AssessmentOut)
    def post(self, request: Request, number: int) -> Response:
        candidate = visible_candidate(request, number)
        require_money(request, candidate)
        made = operations.assess(candidate=candidate, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return Response(AssessmentOut(made).data)
