"""Statements of months and stand-ins of finance under /api/v1/."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from roi import operations
from roi.filters import StatementFilter
from roi.models import StandIn, Statement
from roi.queries import statements as queries
from roi.queries.stand_ins import stand_ins


class StatementOut(serializers.ModelSerializer):
    """A unit's month: amounts as text in `currency`; cash, hours and the other kinds are never added."""

    unit = serializers.CharField(source="unit.code")
    signed_by = serializers.SerializerMethodField()

    class Meta:
        model = Statement
        fields = [
            "id", "unit", "month", "currency", "state", "totals", "exceptions", "due_on", "made_at", "signed_by",
            "signed_at", "note",
        ]  # fmt: skip

    def get_signed_by(self, row: Statement) -> str:
        return str(row.signed_by or "")


class SignStatementIn(serializers.Serializer):
    note = serializers.CharField(max_length=400, required=False, default="", allow_blank=True)


class StandInOut(serializers.ModelSerializer):
    """Who is away from the first to the last day, and who answers for them; ids of people."""

    class Meta:
        model = StandIn
        fields = ["id", "absent", "deputy", "starts_on", "ends_on"]


class StandInIn(serializers.Serializer):
    """Two people of finance and the first and last day."""

    absent = serializers.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True))
    deputy = serializers.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True))
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()


class Statements(generics.ListAPIView):
    """Statements of the units whose money the caller reads, newest month first."""

    serializer_class = StatementOut
    filterset_class = StatementFilter

    def get_queryset(self) -> Any:
        if not permissions.has(self.request.user, Permission.READ_MONEY):
            raise PermissionDenied("Statements are for those who read a unit's money.")
        return queries.statements(self.request.user)  # type: ignore[arg-type]


class OneStatement(APIView):
    """One statement with its rows by workload and its claims by cost centre."""

    @extend_schema(responses=StatementOut)
    def get(self, request: Request, pk: int) -> Response:
        return Response(StatementOut(_found(request, pk)).data)


class SignStatement(APIView):
    """Finance signs; 409 for who answers for work of the unit, and for a statement that is signed."""

    @extend_schema(request=SignStatementIn, responses=StatementOut)
    def post(self, request: Request, pk: int) -> Response:
        found, body = _found(request, pk), SignStatementIn(data=request.data)
        body.is_valid(raise_exception=True)
        note = body.validated_data["note"]
        made = operations.sign_statement(statement=found, by=request.user, at=timezone.now(), note=note)  # type: ignore[arg-type]
        return Response(StatementOut(made).data)


def _found(request: Request, pk: int) -> Statement:
    return get_object_or_404(queries.statements(request.user), pk=pk)  # type: ignore[arg-type]


class StandIns(generics.ListAPIView):
    """Who stands in for whom, newest first; POST names one. For finance."""

    serializer_class = StandInOut

    def get_queryset(self) -> Any:
        permissions.require(self.request.user, Permission.FINANCE)
        return stand_ins()

    @extend_schema(request=StandInIn, responses={201: StandInOut})
    def post(self, request: Request) -> Response:
        permissions.require(request.user, Permission.FINANCE)
        body = StandInIn(data=request.data)
        body.is_valid(raise_exception=True)
        made = operations.name_stand_in(by=request.user, at=timezone.now(), **body.validated_data)  # type: ignore[arg-type]
        return Response(StandInOut(made).data, status=201)


class EndStandIn(APIView):
    """Back early: today is the last day; one that has not begun is taken away."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        permissions.require(request.user, Permission.FINANCE)
        found = get_object_or_404(StandIn, pk=pk)
        operations.end_stand_in(stand_in=found, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return Response(status=204)
