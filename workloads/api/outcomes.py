"""Taking finished items back by the API: one by its id, or a list; sending one again revives it."""

from dataclasses import asdict
from typing import Any, cast

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops.authentication import TokenAuthentication
from aiops.models import User
from workloads.api.telemetry import MOST_ROWS, IngestKeyAuthentication, rows_refused, workload_of
from workloads.models.inventory import Workload
from workloads.operations.outcomes import MOST_REASON, RowsRefused, strike_outcomes

UNSAID = "Taken back by the business system."


class StruckOut(serializers.Serializer[Any]):
    struck = serializers.IntegerField()
    unchanged = serializers.IntegerField(help_text="taken back before")


class StrikeIn(serializers.Serializer[Any]):
    external_ids = serializers.ListField(
        child=serializers.CharField(max_length=200), allow_empty=False, max_length=MOST_ROWS
    )
    reason = serializers.CharField(max_length=MOST_REASON)


class _Taking(APIView):
    authentication_classes = [IngestKeyAuthentication, TokenAuthentication, SessionAuthentication]

    def strike(self, request: Request, workload: Workload, ids: list[str], reason: str) -> Response:
        report = strike_outcomes(
            workload=workload,
            external_ids=list(enumerate(ids, 1)),
            reason=reason,
            by=cast(User, request.user),
            at=timezone.now(),
        )
        return Response(asdict(report))


class StrikeOutcomes(_Taking):
    """A list of items that count no more."""

    @extend_schema(request=StrikeIn, responses=StruckOut, operation_id="outcomes_strike")
    def post(self, request: Request, number: int) -> Response:
        """All of the list or none: an id that was never sent is named with its row, and nothing happens."""
        workload, said = workload_of(request, number), StrikeIn(data=request.data)
        said.is_valid(raise_exception=True)
        try:
            return self.strike(
                request, workload, said.validated_data["external_ids"], said.validated_data["reason"]
            )
        except RowsRefused as error:
            return Response(rows_refused(error), status=422)


class OneOutcome(_Taking):
    """One item by the id that its system gave it."""

    @extend_schema(
        parameters=[OpenApiParameter("reason", str)],
        request=None,
        responses={200: StruckOut},
        operation_id="outcomes_delete",
    )
    def delete(self, request: Request, number: int, external_id: str) -> Response:
        """It counts no more from now on; sending it again revives it. 404 for an id that was never sent."""
        workload = workload_of(request, number)
        reason = request.query_params.get("reason", "").strip() or UNSAID
        try:
            return self.strike(request, workload, [external_id], reason)
        except RowsRefused as error:
            raise Http404("No such item.") from error
