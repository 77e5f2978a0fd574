"""/api/v1/: who am I, people, units, the audit log."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops import operations, permissions, queries
from aiops.filters import AuditFilter, PeopleFilter
from aiops.models import AuditEvent, BusinessUnit, Company, CurrencyChange, User
from aiops.permissions import Permission


class UnitSerializer(serializers.ModelSerializer[BusinessUnit]):
    class Meta:
        model = BusinessUnit
        fields = ["id", "name", "code", "simulated"]
        extra_kwargs: ClassVar[dict[str, Any]] = {"name": {"validators": []}}
        read_only_fields = ["code", "simulated"]


class RoleSerializer(serializers.Serializer[Any]):
    role = serializers.CharField()
    unit = serializers.CharField(allow_null=True, source="unit.name", default=None)
    waiting = serializers.BooleanField(source="needs_confirmation")


class UserSerializer(serializers.ModelSerializer[User]):
    home_unit = serializers.SlugRelatedField(
        slug_field="code", queryset=BusinessUnit.objects.all(), required=False, allow_null=True
    )
    roles = RoleSerializer(many=True, source="grants", read_only=True, default=[])

    class Meta:
        model = User
        fields = ["id", "email", "name", "title", "home_unit", "is_active", "simulated", "roles"]
        read_only_fields = ["is_active", "simulated"]
        # Uniqueness is the operation's rule (409), not a matter of shape.
        extra_kwargs = {"email": {"validators": []}, "title": {"required": False}}


class MeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    email = serializers.EmailField()
    name = serializers.CharField()
    home_unit = serializers.CharField(allow_null=True)
    roles = RoleSerializer(many=True)
    scopes = serializers.ListField(
        child=serializers.CharField(), help_text="of the token used; empty on a page"
    )


class AuditSerializer(serializers.ModelSerializer[AuditEvent]):
    class Meta:
        model = AuditEvent
        fields = [
            "id", "at", "actor_id", "actor_label", "action", "object_type", "object_id", "object_label",
            "unit_id", "changes", "reason",
        ]  # fmt: skip


class Me(APIView):
    """The person behind this token or session."""

    @extend_schema(responses=MeSerializer, operation_id="me")
    def get(self, request: Request) -> Response:
        user = request.user
        facts = {
            "id": user.pk,
            "email": user.email,
            "name": user.name,
            "home_unit": user.home_unit.code if user.home_unit else None,
            "roles": user.active_memberships,
            "scopes": getattr(request.auth, "scopes", []),
        }
        return Response(MeSerializer(facts).data)


class Users(generics.ListCreateAPIView):
    """Everybody with their roles; IT adds people."""

    serializer_class = UserSerializer
    filterset_class = PeopleFilter

    def get_queryset(self) -> QuerySet[User]:
        if not queries.may_see_people(self.request.user) and not getattr(self, "swagger_fake_view", False):
            self.permission_denied(self.request, "The list of people is for IT, lead and finance.")
        return queries.people(self.request.user)

    def perform_create(self, serializer: serializers.BaseSerializer[User]) -> None:
        given = serializer.validated_data
        serializer.instance = operations.create_user(**given, by=self.request.user, at=timezone.now())


class Units(generics.ListCreateAPIView):
    """Business units; IT adds them."""

    serializer_class = UnitSerializer
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[BusinessUnit]:
        return queries.units(self.request.user)

    def perform_create(self, serializer: serializers.BaseSerializer[BusinessUnit]) -> None:
        name = serializer.validated_data["name"]
        serializer.instance = operations.create_unit(name=name, by=self.request.user, at=timezone.now())


class Audit(generics.ListAPIView):
    """The audit log, newest first."""

    serializer_class = AuditSerializer
    filterset_class = AuditFilter

    def get_queryset(self) -> QuerySet[AuditEvent]:
        if not getattr(self, "swagger_fake_view", False):
            permissions.require(self.request.user, Permission.READ_AUDIT)
        return queries.audit_events(self.request.user)


class CurrencyChangeSerializer(serializers.ModelSerializer[CurrencyChange]):
    new = serializers.RegexField(r"^[A-Z]{3}$", help_text="Three capital letters.")
    rate = serializers.DecimalField(
        max_digits=18, decimal_places=8, help_text="Units of the new currency for one of the old."
    )

    class Meta:
        model = CurrencyChange
        fields = ["old", "new", "rate", "valid_from", "at"]
        read_only_fields = ["old", "valid_from", "at"]


class Currency(generics.ListCreateAPIView):
    """The changes of the company's currency; finance changes it, from the first day of this month on."""

    serializer_class = CurrencyChangeSerializer
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[CurrencyChange]:
        if not getattr(self, "swagger_fake_view", False):
            permissions.require(self.request.user, Permission.FINANCE)
        return CurrencyChange.objects.order_by("valid_from")

    def perform_create(self, serializer: serializers.BaseSerializer[CurrencyChange]) -> None:
        at = timezone.now()
        first = Company.load().day_of(at).replace(day=1)
        given = serializer.validated_data
        serializer.instance = operations.change_currency(**given, valid_from=first, by=self.request.user, at=at)
