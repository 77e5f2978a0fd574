"""Connections and deliveries under /api/v1/, for IT administrators; no answer ever holds a secret or a payload."""

from dataclasses import asdict
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops import permissions
from aiops.permissions import Permission
from integrations import operations, queries
from integrations.filters import DeliveryFilter
from integrations.models import Connection, Delivery


class ConnectionOut(serializers.ModelSerializer):
    """A connection as it stands: the secret as a fingerprint, the address without what would give access."""

    address = serializers.SerializerMethodField()

    class Meta:
        model = Connection
        fields = ["id", "kind", "name", "address", "encryption", "username", "sender"]
        fields += ["default_model", "allowed_hosts", "enabled", "is_failing", "secret_fingerprint"]
        fields += ["secret_set_at", "last_success_at", "last_failure_at", "last_failure", "last_failure_fix"]

    def get_address(self, connection: Connection) -> str:
        return queries.shown_address(connection)


class DeliveryOut(serializers.ModelSerializer):
    """One message in or out, without what it says."""

    class Meta:
        model = Delivery
        fields = ["id", "connection", "direction", "kind", "state", "effect", "repeats", "attempts"]
        fields += [
            "next_attempt_at",
            "last_error",
            "response_status",
            "created_at",
            "finished_at",
            "replay_of",
        ]


class StepOut(serializers.Serializer):
    """One step of a test."""

    name = serializers.CharField()
    ok = serializers.BooleanField()
    words = serializers.CharField()
    fix = serializers.CharField()


class ForIT:
    """403 for everybody who may not connect, before anything is looked up."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        permissions.require(request.user, Permission.CONNECT)


class Connections(ForIT, generics.ListAPIView):
    """All connections."""

    serializer_class = ConnectionOut

    def get_queryset(self) -> Any:
        return queries.connections(self.request.user)


class TestConnection(ForIT, APIView):
    """Try a connection; the steps up to the first that failed."""

    @extend_schema(request=None, responses={200: StepOut(many=True)})
    def post(self, request: Request, pk: int) -> Response:
        connection = get_object_or_404(queries.connections(request.user), pk=pk)
        steps = operations.test_connection(connection=connection, by=request.user, at=timezone.now())
        return Response([asdict(step) for step in steps])


class Deliveries(ForIT, generics.ListAPIView):
    """Messages in and out, newest first."""

    serializer_class = DeliveryOut
    filterset_class = DeliveryFilter

    def get_queryset(self) -> Any:
        return queries.deliveries(self.request.user)


class ReplayDelivery(ForIT, APIView):
    """The same message again, as a new delivery."""

    @extend_schema(request=None, responses={201: DeliveryOut})
    def post(self, request: Request, pk: int) -> Response:
        delivery = get_object_or_404(queries.deliveries(request.user), pk=pk)
        again = operations.replay(delivery=delivery, by=request.user, at=timezone.now())
        return Response(DeliveryOut(again).data, status=201)
