"""The gap and the outlook of a workload under /api/v1/workloads/<number>/."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops.models import Company
from roi.models import Outlook
from roi.queries import gap_page
from roi.queries.outlook import outlooks_of
from workloads.models import Workload


class PartOut(serializers.Serializer):
    """One factor: what it moved the result by, and the sentence that says why."""

    factor = serializers.CharField()
    amount = serializers.DecimalField(18, 2)
    words = serializers.CharField()


class GapOut(serializers.Serializer):
    """Realised less approved cash net; `parts` add up to `gap`. `hours` explain the capacity alike, in hours.

    Without a month that has a forecast in cash the figures are null and the parts empty.
    """

    currency = serializers.CharField()
    first = serializers.DateField(allow_null=True)
    through = serializers.DateField(allow_null=True)
    planned = serializers.DecimalField(18, 2, allow_null=True)
    came = serializers.DecimalField(18, 2, allow_null=True)
    gap = serializers.DecimalField(18, 2, allow_null=True)
    corrections = serializers.DecimalField(18, 2, allow_null=True)
    parts = PartOut(many=True)
    hours = PartOut(many=True)


class OutlookOut(serializers.ModelSerializer):
    """What lies ahead, as it was computed for a month: money from then on, P10 to P90."""

    class Meta:
        model = Outlook
        exclude = ["id", "workload", "quantities"]


FIGURES = ("first", "through", "planned", "came", "gap", "corrections")
NOTHING: dict[str, Any] = dict.fromkeys(FIGURES) | {"parts": [], "hours": []}


def _workload(request: Request, number: int) -> Workload:
    rows = Workload.objects.visible_to(request.user).select_related("unit", "candidate")
    workload = get_object_or_404(rows, number=number)
    if not gap_page.may_see_money(request.user, workload):  # type: ignore[arg-type]
        raise PermissionDenied("This is for who reads the money of the unit.")
    return workload


class Gap(APIView):
    """To date, or one month."""

    @extend_schema(parameters=[OpenApiParameter("month", str, description="yyyy-mm")], responses=GapOut)
    def get(self, request: Request, number: int) -> Response:
        workload, asked = _workload(request, number), request.query_params.get("month", "")
        month = next((m for m in gap_page.months_with_gap(workload) if f"{m:%Y-%m}" == asked), None)
        if asked and month is None:
            raise NotFound("There is no such month with a forecast to compare with.")
        made = gap_page.explained(workload, month)
        return Response(GapOut(made).data if made else NOTHING | {"currency": Company.load().currency})


class Outlooks(APIView):
    """All that were kept, the newest first."""

    @extend_schema(responses=OutlookOut(many=True))
    def get(self, request: Request, number: int) -> Response:
        user: Any = request.user
        return Response(OutlookOut(outlooks_of(user, _workload(request, number)), many=True).data)
