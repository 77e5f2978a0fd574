"""The API of outcomes and usage: the same operations and queries as the pages."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.authentication import (
    BaseAuthentication,
    SessionAuthentication,
    get_authorization_header,
)
from rest_framework.exceptions import APIException, AuthenticationFailed, PermissionDenied
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops.authentication import TokenAuthentication
from aiops.models import User
from workloads import queries
from workloads.models.inventory import Workload
from workloads.models.telemetry import OUTCOMES_WRITE, IngestKey, plain_usd
from workloads.operations.outcomes import RowsRefused, record_outcomes
from workloads.operations.telemetry import KEY_PREFIX, KeyRefused, open_with_key

MOST_ROWS = 5000
MOST_BYTES = 10_000_000
SHOWN_ERRORS = 100


class IngestKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer pbk_...` with the scope outcomes:write; it writes as the system."""

    def authenticate(self, request: Request) -> tuple[User, IngestKey] | None:
        words = get_authorization_header(request).decode("latin-1").split()
        if len(words) != 2 or words[0].lower() != "bearer" or not words[1].startswith(KEY_PREFIX):
            return None
        try:
            key = open_with_key(plain=words[1], scope=OUTCOMES_WRITE, at=timezone.now())
        except KeyRefused as error:
            raise (PermissionDenied if error.known else AuthenticationFailed)(
                error.message, error.code
            ) from error
        return User.objects.system(), key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class IngestKeyScheme(OpenApiAuthenticationExtension):
    target_class = "workloads.api.telemetry.IngestKeyAuthentication"
    name = "ingestKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class OutcomeIn(serializers.Serializer):
    """Documentation of one row; the rows are checked by workloads.calc.outcome_rows, by row and field."""

    external_id = serializers.CharField(max_length=200)
    finished_at = serializers.DateTimeField()
    accepted = serializers.BooleanField(
        required=False, allow_null=True, help_text="Absent or null until somebody judged it."
    )
    minutes = serializers.DecimalField(max_digits=12, decimal_places=4, required=False, allow_null=True)
    arm = serializers.ChoiceField(
        ["ai", "control"], required=False, help_text="«control»: held out, done by people as before."
    )
    place = serializers.CharField(max_length=80, required=False, help_text="Site, team or queue.")


class OutcomesIn(serializers.Serializer):
    workload = serializers.IntegerField(
        required=False, min_value=1, help_text="The workload's number. Needed with a personal token."
    )
    outcomes = serializers.ListField(child=serializers.JSONField(), allow_empty=False, max_length=MOST_ROWS)


class OutcomesShape(serializers.Serializer):
    workload = serializers.IntegerField(required=False)
    outcomes = OutcomeIn(many=True)


class OutcomesOut(serializers.Serializer):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()


class TooLarge(APIException):
    status_code = 413
    default_detail = (
        f"The body is over {MOST_BYTES // 1_000_000} MB. Send at most {MOST_ROWS:,} rows at a time."
    )
    default_code = "too_large"


class Outcomes(APIView):
    """Finished work of a workload, once for each external id."""

    authentication_classes = [IngestKeyAuthentication, TokenAuthentication, SessionAuthentication]
    parser_classes = [JSONParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuses a huge body by its header, before the parser reads it."""
        super().initial(request, *args, **kwargs)
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            raise TooLarge

    @extend_schema(request=OutcomesShape, responses=OutcomesOut, operation_id="outcomes_record")
    def post(self, request: Request) -> Response:
        """All rows or none. Sending them again changes nothing; other values for the same id replace them."""
        shape = OutcomesIn(data=request.data)
        shape.is_valid(raise_exception=True)
        workload = workload_of(request, shape.validated_data.get("workload"))
        rows = shape.validated_data["outcomes"]
        try:
            report = record_outcomes(
                workload=workload, rows=rows, source="api", by=cast(User, request.user), at=timezone.now()
            )
        except RowsRefused as error:
            return Response(rows_refused(error), status=422)
        return Response(asdict(report))


def workload_of(request: Request, number: int | None) -> Workload:
    """The workload that this sender may write to: the key's own, or one that the person sees. 403, 400 or 404."""
    if isinstance(request.auth, IngestKey) and request.auth.workload is not None:
        if number not in (None, request.auth.workload.number):
            raise PermissionDenied("This ingest key belongs to another workload.", "key_workload")
        return request.auth.workload
    if number is None:
        raise serializers.ValidationError({"workload": "Name the workload by its number."})
    return get_object_or_404(Workload.objects.visible_to(request.user), number=number)


def rows_refused(error: RowsRefused) -> dict[str, Any]:
    rows = [asdict(row) for row in error.rows[:SHOWN_ERRORS]]
    return {"code": error.code, "message": error.message, "field": error.field, "rows": rows}


class UsageIn(serializers.Serializer):
    start = serializers.DateTimeField(required=False)
    end = serializers.DateTimeField(required=False)


class UsageOut(serializers.Serializer):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    calls = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    cached_tokens = serializers.IntegerField()
    cache_write_tokens = serializers.IntegerField()
    reasoning_tokens = serializers.IntegerField()
    latency_ms_sum = serializers.IntegerField()
    cost_usd = serializers.CharField(help_text="US dollars, unrounded")
    unpriced_calls = serializers.IntegerField()
    upper_bound_calls = serializers.IntegerField()
    unpriced_models = serializers.ListField(child=serializers.CharField())


class Usage(APIView):
    """What a workload used and cost."""

    @extend_schema(
        parameters=[OpenApiParameter("start", datetime), OpenApiParameter("end", datetime)],
        responses=UsageOut,
        operation_id="workload_usage",
    )
    def get(self, request: Request, number: int) -> Response:
        """Sums over whole hours in [start, end); without dates, the last 30 days."""
        workload = get_object_or_404(Workload.objects.visible_to(request.user), number=number)
        asked = UsageIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        end = asked.validated_data.get("end") or timezone.now().astimezone(UTC)
        start = asked.validated_data.get("start") or end - timedelta(days=30)
        totals = asdict(queries.usage(workload, start, end)) | {"start": start, "end": end}
        totals["cost_usd"] = plain_usd(totals["cost_usd"])
        return Response(UsageOut(totals).data)
