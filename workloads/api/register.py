"""The register and adoption under /api/v1/: the same operations and queries as the pages."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops.models import BusinessUnit
from workloads.models import Component, ComponentVersion, Workload
from workloads.operations.adoption import set_adoption
from workloads.operations.components import add_version
from workloads.queries import adoption as adoption_queries
from workloads.queries import register as queries


class VersionIn(serializers.Serializer):
    """Something a workload runs with that no call names."""

    kind = serializers.ChoiceField(choices=Component.Kind.choices)
    name = serializers.CharField(max_length=200)
    version = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    since = serializers.DateField()
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class VersionOut(serializers.Serializer):
    """A version in use. `seen_to` is the last sight of telemetry, or the day on which somebody ended it."""

    kind = serializers.CharField(source="component.kind")
    name = serializers.CharField(source="component.name")
    version = serializers.CharField()
    seen_from = serializers.DateTimeField()
    seen_to = serializers.DateTimeField(allow_null=True)
    by_hand = serializers.SerializerMethodField()
    note = serializers.CharField()

    def get_by_hand(self, row: ComponentVersion) -> bool:
        return row.by_id is not None


class AdoptionIn(serializers.Serializer):
    """The figures of a unit in a week, named by its Monday; what is not known is left out."""

    unit = serializers.SlugRelatedField(slug_field="code", queryset=BusinessUnit.objects.all())
    week = serializers.DateField()
    eligible = serializers.IntegerField(required=False, allow_null=True, min_value=0, default=None)
    active = serializers.IntegerField(required=False, allow_null=True, min_value=0, default=None)
    volume = serializers.IntegerField(required=False, allow_null=True, min_value=0, default=None)
    offered = serializers.IntegerField(required=False, allow_null=True, min_value=0, default=None)
    taken = serializers.IntegerField(required=False, allow_null=True, min_value=0, default=None)


class WeekOut(serializers.Serializer):
    """All units of a week together. People are words: small figures are not told."""

    week = serializers.DateField()
    eligible = serializers.CharField(source="total.eligible")
    active = serializers.CharField()
    used_share = serializers.FloatField(allow_null=True)
    volume = serializers.IntegerField(source="total.volume", allow_null=True)
    offered_share = serializers.FloatField(source="total.offered_share", allow_null=True)
    taken_share = serializers.FloatField(source="total.taken_share", allow_null=True)


def _workload(request: Request, number: int) -> Workload:
    rows = Workload.objects.visible_to(request.user).select_related("unit")
    return get_object_or_404(rows, number=number)


class Register(APIView):
    """What a workload runs with now, or ran with on a day; a POST adds something by hand."""

    @extend_schema(
        parameters=[OpenApiParameter("on", str, description="a past day, like 2026-10-01")],
        responses={200: VersionOut(many=True)},
    )
    def get(self, request: Request, number: int) -> Response:
        workload, at = _workload(request, number), timezone.now()
        asked = request.query_params.get("on")
        day = serializers.DateField().run_validation(asked) if asked else None
        groups = queries.ran_on(workload, day) if day else queries.running_now(workload, at)
        rows = [row.row for group in groups for row in group.rows]
        return Response(VersionOut(rows, many=True).data)

    @extend_schema(request=VersionIn, responses={201: VersionOut})
    def post(self, request: Request, number: int) -> Response:
        workload = _workload(request, number)
        body = VersionIn(data=request.data)
        body.is_valid(raise_exception=True)
        said: dict[str, Any] = {"by": request.user, "at": timezone.now()}
        row = add_version(workload=workload, **body.validated_data, **said)
        return Response(VersionOut(row).data, status=201)


class WorkloadAdoption(APIView):
    """How far a workload is used, week by week, the newest first; a POST enters a unit's week."""

    @extend_schema(responses={200: WeekOut(many=True)})
    def get(self, request: Request, number: int) -> Response:
        found = adoption_queries.weeks(_workload(request, number), timezone.now())
        return Response(WeekOut(found, many=True).data)

    @extend_schema(request=AdoptionIn, responses={204: None})
    def post(self, request: Request, number: int) -> Response:
        workload = _workload(request, number)
        body = AdoptionIn(data=request.data)
        body.is_valid(raise_exception=True)
        said: dict[str, Any] = {"by": request.user, "at": timezone.now()}
        set_adoption(workload=workload, **body.validated_data, **said)
        return Response(status=204)
