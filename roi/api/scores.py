"""Frozen scores under /api/v1/: made, listed, read whole and compared."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops import permissions
from aiops.permissions import Permission
from backlog.models import Candidate
from roi import operations, queries
from roi.models import Assessment
from roi.queries import sight
from roi.queries.comparison import Comparison, compare


class AssessmentRow(serializers.ModelSerializer):
    """A frozen assessment without its inputs and details."""

    candidate = serializers.IntegerField(source="candidate.number", read_only=True)

    class Meta:
        model = Assessment
        exclude = ["by", "inputs", "details", "drivers"]


class AssessmentOut(AssessmentRow):
    """A frozen assessment with inputs, hash, seed, calc version, and `details` as the preview answers them.

    A rate of finance's card is a band for everybody but finance.
    """

    class Meta:
        model = Assessment
        exclude = ["by"]

    def to_representation(self, instance: Assessment) -> dict[str, Any]:
        made = super().to_representation(instance)
        user = self.context["request"].user
        rows = instance.inputs["quantities"]
        sources = {row["quantity"]: row["source"] for row in rows}
        made["inputs"] = {
            **instance.inputs,
            "quantities": sight.open_inputs(user, rows, instance.currency),
        }
        if "analysis" in instance.details:
            opened = sight.open_analysis(user, instance.details["analysis"], sources)
            made["details"] = {**instance.details, "analysis": opened}
        return made


class ChangeOut(serializers.Serializer):
    """One change between two assessments; `part` is what it did to the NPV P50, null where there is no NPV."""

    factor = serializers.CharField()
    name = serializers.CharField()
    was = serializers.JSONField(allow_null=True)
    now = serializers.JSONField(allow_null=True)
    part = serializers.DecimalField(18, 2, allow_null=True)


class ComparisonOut(serializers.Serializer):
    """What changed; the parts add up to `total`, the difference of the NPV P50, to the cent."""

    before = serializers.IntegerField(source="before.pk")
    after = serializers.IntegerField(source="after.pk")
    currency = serializers.CharField(source="after.currency")
    total = serializers.DecimalField(18, 2, allow_null=True)
    why_not = serializers.CharField()
    rows = ChangeOut(many=True)


def visible_candidate(request: Request, number: int) -> Candidate:
    rows = Candidate.objects.visible_to(request.user).select_related("owner", "unit", "team")
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
        return Response(AssessmentOut(made, context={"request": request}).data)


class Assessments(generics.ListAPIView):
    """The frozen assessments of a candidate, newest first."""

    serializer_class = AssessmentRow

    def get_queryset(self) -> QuerySet[Assessment]:
        candidate = visible_candidate(self.request, self.kwargs["number"])
        require_money(self.request, candidate)
        return queries.assessments_of(candidate).select_related("candidate")


class OneAssessment(APIView):
    """One frozen assessment, whole."""

    @extend_schema(responses=AssessmentOut)
    def get(self, request: Request, pk: int) -> Response:
        found = visible_assessment(request, pk)
        return Response(AssessmentOut(found, context={"request": request}).data)


def visible_assessment(request: Request, pk: int) -> Assessment:
    """404 where the candidate is not seen, 403 where its money is not."""
    rows = Assessment.objects.visible_to(request.user).select_related("candidate__unit")
    found = get_object_or_404(rows, pk=pk)
    require_money(request, found.candidate)
    return found


class CompareIn(serializers.Serializer):
    """Two assessments of one candidate, by their ids."""

    a = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    b = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class Compare(APIView):
    """What changed from assessment `a` to assessment `b` of the same candidate, and what each change did."""

    @extend_schema(
        parameters=[OpenApiParameter(name, int, required=True) for name in ("a", "b")],
        responses=ComparisonOut,
    )
    def get(self, request: Request) -> Response:
        asked = CompareIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        before, after = (visible_assessment(request, asked.validated_data[name]) for name in ("a", "b"))
        if before.candidate_id != after.candidate_id:
            raise serializers.ValidationError({"b": "These are assessments of two different candidates."})
        return Response(_opened(request, compare(before, after)))


def _opened(request: Request, made: Comparison) -> dict[str, Any]:
    """The comparison with ranges of a hidden rate as a band."""
    told = dict(ComparisonOut(made).data)
    user: Any = request.user
    for row in told["rows"]:
        for side, of in (("was", made.before), ("now", made.after)):
            if isinstance(row[side], dict):
                row[side] = sight.open_inputs(user, [row[side]], of.currency)[0]
    return told
