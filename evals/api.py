"""The same operations and queries as the pages, under /api/v1/."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, cast

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops.models import User
from evals import operations, queries
from evals.filters import ResultFilter, RunFilter
from evals.models import Dataset, Result, Run, Suite
from workloads.models import Workload


class DatasetIn(serializers.Serializer):
    """A file (CSV or JSON lines), or the cases themselves."""

    name = serializers.CharField(max_length=120)
    file = serializers.FileField(required=False)
    cases = serializers.ListField(child=serializers.DictField(), required=False, max_length=20_000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("file" in attrs) == ("cases" in attrs):
            raise serializers.ValidationError("Send either a file or cases.")
        return attrs

    def content(self) -> tuple[bytes, str]:
        """The bytes and the file name that the operation reads."""
        file = self.validated_data.get("file")
        if file:
            return file.read(operations.MAX_BYTES + 1), file.name
        return "\n".join(json.dumps(case) for case in self.validated_data["cases"]).encode(), "cases.jsonl"


class ProblemOut(serializers.Serializer):
    row = serializers.IntegerField()
    field = serializers.CharField()
    message = serializers.CharField()


class RefusedRows(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()
    problems = ProblemOut(many=True)


class DatasetOut(serializers.ModelSerializer):
    case_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Dataset
        fields = ["id", "name", "version", "case_count", "created_at"]


class SuiteIn(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    dataset = serializers.IntegerField(min_value=1)
    grader = serializers.ChoiceField(Suite.Grader.choices)
    target = serializers.DecimalField(
        max_digits=5, decimal_places=4, min_value=Decimal("0.0001"), max_value=Decimal(1)
    )
    tolerance = serializers.DecimalField(
        max_digits=14, decimal_places=6, min_value=Decimal(0), default=Decimal(0)
    )
    relative = serializers.BooleanField(default=False)
    connection = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    model = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    system_prompt = serializers.CharField(max_length=20_000, required=False, allow_blank=True, default="")
    every_minutes = serializers.ChoiceField([60, 1440, 10080], default=10080)


class SuiteOut(serializers.ModelSerializer):
    class Meta:
        model = Suite
        fields = [
            "id",
            "name",
            "dataset",
            "grader",
            "target",
            "tolerance",
            "relative",
            "connection",
            "model",
            "state",
        ]


class StartedRun(serializers.Serializer):
    check_run = serializers.IntegerField(source="pk")
    state = serializers.CharField()


class RunOut(serializers.ModelSerializer):
    workload = serializers.IntegerField(source="suite.workload.number", read_only=True)
    severity = serializers.CharField(source="check_run.finding.severity", default=None, read_only=True)
    sentence = serializers.CharField(source="check_run.finding.sentence", default=None, read_only=True)
    rate = serializers.FloatField(read_only=True, allow_null=True)

    class Meta:
        model = Run
        fields = [
            "id",
            "workload",
            "suite",
            "dataset",
            "check_run",
            "model",
            "target",
            "confidence",
            "created_at",
            "finished_at",
            "passed",
            "total",
            "errors",
            "rate",
            "low",
            "high",
            "severity",
            "sentence",
        ]


class ResultOut(serializers.ModelSerializer):
    """A result without the text of the case, which only its readers get."""

    key = serializers.CharField(source="case.key")
    outcome = serializers.CharField(read_only=True)

    class Meta:
        model = Result
        fields = ["key", "outcome", "passed", "score", "error", "latency_ms", "input_tokens", "output_tokens"]


class ReadableResultOut(ResultOut):
    input = serializers.CharField(source="case.input")
    expected = serializers.CharField(source="case.expected")

    class Meta(ResultOut.Meta):
        fields = [*ResultOut.Meta.fields, "why", "input", "expected", "output"]


def _user(request: Request) -> User:
    return cast(User, request.user)


def _workload(request: Request, number: int) -> Workload:
    return get_object_or_404(
        Workload.objects.visible_to(_user(request)).select_related("unit"), number=number
    )


def _suite(request: Request, pk: int) -> Suite:
    rows = Suite.objects.visible_to(_user(request)).select_related("workload__unit", "check_of")
    return get_object_or_404(rows, pk=pk)


class Datasets(APIView):
    @extend_schema(responses=DatasetOut(many=True), operation_id="datasets_list")
    def get(self, request: Request, number: int) -> Response:
        """The workload's datasets, newest version first."""
        found = queries.datasets(_user(request), _workload(request, number))
        return Response(DatasetOut(found, many=True).data)

    @extend_schema(
        request=DatasetIn, responses={201: DatasetOut, 422: RefusedRows}, operation_id="datasets_upload"
    )
    def post(self, request: Request, number: int) -> Response:
        """Upload the next version of a dataset: all cases or none, with a report by row."""
        workload = _workload(request, number)
        shape = DatasetIn(data=request.data)
        shape.is_valid(raise_exception=True)
        data, filename = shape.content()
        report = operations.upload_dataset(
            workload=workload,
            name=shape.validated_data["name"],
            data=data,
            filename=filename,
            by=_user(request),
            at=timezone.now(),
        )
        if report.dataset is None:
            body = {"code": "rows_refused", "message": "Nothing was stored.", "problems": report.problems}
            return Response(RefusedRows(body).data, status=status.HTTP_422_UNPROCESSABLE_ENTITY)
        return Response(
            DatasetOut(report.dataset).data | {"case_count": report.cases}, status=status.HTTP_201_CREATED
        )


class Suites(APIView):
    @extend_schema(responses=SuiteOut(many=True), operation_id="suites_list")
    def get(self, request: Request, number: int) -> Response:
        """The workload's suites."""
        rows = Suite.objects.visible_to(_user(request)).filter(workload=_workload(request, number))
        return Response(SuiteOut(rows, many=True).data)

    @extend_schema(request=SuiteIn, responses={201: SuiteOut}, operation_id="suites_create")
    def post(self, request: Request, number: int) -> Response:
        """Make a suite; a proposal unless the caller evaluates the unit."""
        workload = _workload(request, number)
        shape = SuiteIn(data=request.data)
        shape.is_valid(raise_exception=True)
        values = dict(shape.validated_data)
        dataset = get_object_or_404(Dataset.objects.visible_to(_user(request)), pk=values.pop("dataset"))
        connection = _endpoint(values.pop("connection", None))
        suite = operations.create_suite(
            workload=workload,
            dataset=dataset,
            connection=connection,
            by=_user(request),
            at=timezone.now(),
            **values,
        )
        return Response(SuiteOut(suite).data, status=status.HTTP_201_CREATED)


def _endpoint(pk: int | None) -> Any:
    if pk is None:
        return None
    return get_object_or_404(queries.endpoints(), pk=pk)


class ApproveSuite(APIView):
    @extend_schema(request=None, responses=SuiteOut)
    def post(self, request: Request, pk: int) -> Response:
        """Put a proposed suite on its schedule."""
        suite = operations.approve_suite(suite=_suite(request, pk), by=_user(request), at=timezone.now())
        return Response(SuiteOut(suite).data)


class SuiteRuns(APIView):
    @extend_schema(request=None, responses={202: StartedRun}, operation_id="suite_run_now")
    def post(self, request: Request, pk: int) -> Response:
        """Start a run; follow it at /api/v1/eval-runs/."""
        started = operations.run_now(suite=_suite(request, pk), by=_user(request), at=timezone.now())
        return Response(StartedRun(started).data, status=status.HTTP_202_ACCEPTED)


class Runs(generics.ListAPIView):
    """Eval runs, newest first."""

    serializer_class = RunOut
    filterset_class = RunFilter
    queryset = Run.objects.none()

    def get_queryset(self) -> Any:
        return queries.runs(_user(self.request))


class RunDetail(generics.RetrieveAPIView):
    """One eval run with its interval and finding."""

    serializer_class = RunOut
    queryset = Run.objects.none()

    def get_queryset(self) -> Any:
        return queries.runs(_user(self.request))


class Results(generics.ListAPIView):
    """The results of a run, wrong ones first; case texts only for those who may read them (audited)."""

    serializer_class = ReadableResultOut
    filterset_class = ResultFilter
    queryset = Result.objects.none()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.run = get_object_or_404(queries.runs(_user(request)), pk=kwargs["pk"])
        workload = self.run.suite.workload
        self.readable = queries.may_read_content(_user(request), workload)
        if self.readable:
            operations.read_content(workload=workload, what=self.run, by=_user(request), at=timezone.now())
        return super().list(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        if not hasattr(self, "run"):
            raise Http404
        return queries.results(self.run)

    def get_serializer_class(self) -> Any:
        return ReadableResultOut if getattr(self, "readable", True) else ResultOut
