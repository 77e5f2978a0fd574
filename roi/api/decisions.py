"""Decisions under /api/v1/: the same operation as the page."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from backlog.models import Candidate
from roi import operations, queries
from roi.api.scores import visible_candidate
from roi.models import Decision

PEOPLE = ("business_owner", "deputy", "builder", "it_steward")


class DecisionOut(serializers.ModelSerializer):
    """A decision with the assessment as seen."""

    by = serializers.CharField(source="by.email")
    candidate = serializers.IntegerField(source="candidate.number", read_only=True)

    class Meta:
        model = Decision
        fields = ["id", "candidate", "verdict", "reason", "until", "measure", "by", "at", "assessment"]


class DecisionIn(serializers.Serializer):
    """A verdict with its reason; a date for defer, what for measure."""

    verdict = serializers.ChoiceField(Decision.Verdict.choices)
    reason = serializers.CharField(max_length=2000)
    until = serializers.DateField(required=False, allow_null=True, default=None)
    measure = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class DecisionOnIn(DecisionIn):
    """A verdict on a candidate by its number; people by e-mail, for an approval."""

    candidate = serializers.IntegerField(help_text="number of the candidate")
    business_owner = serializers.EmailField(required=False, help_text="the candidate's owner when left out")
    deputy = serializers.EmailField(required=False)
    builder = serializers.EmailField(required=False)
    it_steward = serializers.EmailField(required=False)
    planned_go_live = serializers.DateField(required=False, allow_null=True, default=None)
    item_noun = serializers.CharField(max_length=40, required=False, default="item")


class Decisions(APIView):
    """Decisions on a candidate; POST decides."""

    @extend_schema(responses=DecisionOut(many=True))
    def get(self, request: Request, number: int) -> Response:
        rows = queries.decisions(request.user, visible_candidate(request, number))  # type: ignore[arg-type]
        return Response(DecisionOut(rows, many=True).data)

    @extend_schema(request=DecisionIn, responses={201: DecisionOut})
    def post(self, request: Request, number: int) -> Response:
        candidate, body = visible_candidate(request, number), DecisionIn(data=request.data)
        body.is_valid(raise_exception=True)
        made = operations.decide(
            candidate=candidate,
            by=request.user,
            at=timezone.now(),
            **body.validated_data,  # type: ignore[arg-type]
        )
        return Response(DecisionOut(made).data, status=201)


class AllDecisions(generics.ListAPIView):
    """Decisions that the caller may see, newest first; POST decides, with the people of the workload."""

    serializer_class = DecisionOut

    def get_queryset(self) -> Any:
        rows = Decision.objects.visible_to(self.request.user).select_related("by", "candidate")
        return rows.order_by("-at", "-pk")

    @extend_schema(request=DecisionOnIn, responses={201: DecisionOut})
    def post(self, request: Request) -> Response:
        body = DecisionOnIn(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        candidate = visible_candidate(request, data.pop("candidate"))
        permissions.require(request.user, Permission.DECIDE)
        said = {name: data[name] for name in ("verdict", "reason", "until", "measure")}
        build = _build(data, candidate) if data["verdict"] == Decision.Verdict.APPROVE else None
        made = operations.decide(
            candidate=candidate,
            build=build,
            by=request.user,
            at=timezone.now(),
            **said,  # type: ignore[arg-type]
        )
        return Response(DecisionOut(made).data, status=201)


def _build(data: dict[str, Any], candidate: Candidate) -> operations.Build:
    people = {name: _person(name, data[name]) for name in PEOPLE if data.get(name)}
    rest = {"planned_go_live": data["planned_go_live"], "item_noun": data["item_noun"]}
    return operations.Build(**({"business_owner": candidate.owner} | people | rest))


def _person(name: str, email: str) -> User:
    found = User.objects.people().filter(is_active=True, email__iexact=email).first()
    if found is None:
        raise serializers.ValidationError({name: f"Nobody active has the address {email}."})
    return found
