"""Track records and past projects under /api/v1/."""

from dataclasses import asdict
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backlog.models import Candidate
from roi import operations
from roi.filters import PastCaseFilter
from roi.models import PastCase
from roi.queries import track_record as queries
from roi.queries.past_cases import PastRow, RowProblem, impossible, owners_shown, visible_cases

MOST = 5000


class PastCaseOut(serializers.ModelSerializer):
    """A finished case; `owner` is empty where the caller may not know whose it is."""

    unit = serializers.CharField(source="unit.code", default=None)
    owner = serializers.SerializerMethodField()
    workload = serializers.CharField(source="workload.key", default=None)
    ratio = serializers.SerializerMethodField(help_text="actual over likely")

    class Meta:
        model = PastCase
        exclude = ["by"]

    def get_owner(self, case: PastCase) -> str:
        shown = self.context["shown"]
        return case.owner.email if case.owner and shown(case) else ""

    def get_ratio(self, case: PastCase) -> float:
        return round(float(case.actual / case.likely), 4)


class PastCaseIn(serializers.Serializer):
    """A finished project to bring in; `unit` by code, `owner` by e-mail."""

    name = serializers.CharField(max_length=200)
    quantity = serializers.ChoiceField(PastCase.Quantity.choices)
    measure = serializers.CharField(max_length=40)
    low = serializers.DecimalField(18, 4, required=False, allow_null=True, default=None)
    likely = serializers.DecimalField(18, 4)
    high = serializers.DecimalField(18, 4, required=False, allow_null=True, default=None)
    actual = serializers.DecimalField(18, 4)
    finished_on = serializers.DateField()
    klass = serializers.ChoiceField(Candidate.Klass.choices, required=False, default="", allow_blank=True)
    unit = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)
    owner = serializers.CharField(required=False, default="", allow_blank=True, max_length=254)


class PastCasesIn(serializers.Serializer):
    """All or nothing."""

    cases = serializers.ListField(child=PastCaseIn(), allow_empty=False, max_length=MOST)
    source = serializers.CharField(max_length=120, required=False, default="API")  # type: ignore[assignment]


class ImportedOut(serializers.Serializer):
    """How many were new, changed, and stored already."""

    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    already = serializers.IntegerField()


class PastCases(generics.ListAPIView):
    """Finished cases that the caller may see; POST brings in a list of them, all or nothing."""

    serializer_class = PastCaseOut
    filterset_class = PastCaseFilter

    def get_queryset(self) -> Any:
        return visible_cases(self.request.user)

    def get_serializer_context(self) -> dict[str, Any]:
        shown = owners_shown(self.request.user, timezone.now())
        return {**super().get_serializer_context(), "shown": shown}

    @extend_schema(request=PastCasesIn, responses=ImportedOut)
    def post(self, request: Request) -> Response:
        body = PastCasesIn(data=request.data)
        body.is_valid(raise_exception=True)
        rows = [PastRow(n, **case) for n, case in enumerate(body.validated_data["cases"], 1)]
        _refuse([problem for row in rows for problem in impossible(row)])
        source = body.validated_data["source"]
        done = operations.import_past_cases(rows=rows, source=source, by=request.user, at=timezone.now())
        _refuse(done.problems)
        return Response({"new": len(done.new), "changed": len(done.changed), "already": done.already})


def _refuse(problems: list[RowProblem]) -> None:
    if problems:
        raise serializers.ValidationError({"cases": [asdict(problem) for problem in problems[:200]]})


class OnePastCase(APIView):
    """DELETE takes an imported case out."""

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        rows = visible_cases(request.user)
        get_object_or_404(rows, pk=pk)
        operations.remove_past_cases(cases=rows.filter(pk=pk), by=request.user, at=timezone.now())
        return Response(status=204)


class RecordOut(serializers.Serializer):
    """A quantity's record: ratios are actual over likely, shares 0 to 1, intervals 90 %; null where too few."""

    quantity = serializers.CharField()
    cases = serializers.IntegerField()
    median_ratio = serializers.FloatField()
    median_low = serializers.FloatField(allow_null=True)
    median_high = serializers.FloatField(allow_null=True)
    eight_in_ten_ratio = serializers.FloatField(allow_null=True)
    ranges_held = serializers.IntegerField(allow_null=True)
    ranges = serializers.IntegerField(allow_null=True)
    coverage = serializers.FloatField(allow_null=True)
    coverage_low = serializers.FloatField(allow_null=True)
    coverage_high = serializers.FloatField(allow_null=True)
    crps = serializers.FloatField(allow_null=True)
    crps_median_rule = serializers.FloatField(allow_null=True)
    crps_past_ratios = serializers.FloatField(allow_null=True)
    offered_factor = serializers.FloatField(allow_null=True)
    sentences = serializers.ListField(child=serializers.CharField())


class TrackRecordOut(serializers.Serializer):
    name = serializers.CharField()
    records = RecordOut(many=True)


class TrackRecord(APIView):
    """One's own track record, or that of a person (id), a unit (code), a class or the company."""

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("person", "unit", "klass", "company")],
        responses=TrackRecordOut,
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        subject = queries.subject_of(request.user, request.query_params, now)
        if subject is None:
            raise Http404
        found = queries.records(subject, request.user, now)
        told = [
            dict(zip(queries.EXPORT_HEAD, row, strict=True)) | {"sentences": list(record.sentences)}
            for row, record in zip(queries.export_rows(found), found, strict=True)
        ]
        return Response({"name": subject.name, "records": told})
