"""Decisions under /api/v1/: the same operation as the page."""

from typing import Any

from django.shortcuts import get_object_or_404
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
from roi.forms.decision_log import DecisionFilter
from roi.models import Decision, Tripwire
from roi.queries.decision_log import money_of_decision
from roi.queries.masked import reason_for
from workloads.models import Workload

PEOPLE = ("business_owner", "deputy", "builder", "it_steward")


class TripwireRow(serializers.Serializer):
    """A condition agreed at approval: stop and look when it holds for so many weeks in a row."""

    quantity = serializers.ChoiceField(Tripwire.Quantity.choices)
    side = serializers.ChoiceField(Tripwire.Side.choices)
    level = serializers.DecimalField(max_digits=18, decimal_places=4, min_value=0)
    weeks = serializers.IntegerField(min_value=1, max_value=52, default=4)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class DecisionOut(serializers.ModelSerializer):
    """A decision on a candidate or a workload, with the assessment as seen."""

    by = serializers.CharField(source="by.email")
    candidate = serializers.IntegerField(source="candidate.number", read_only=True, default=None)
    workload = serializers.IntegerField(source="workload.number", read_only=True, default=None)
    review = serializers.IntegerField(source="review.number", read_only=True, default=None)
    duplicate_of = serializers.IntegerField(source="duplicate_of.number", read_only=True, default=None)
    tripwires = TripwireRow(many=True, read_only=True)

    class Meta:
        model = Decision
        fields = [
            "id", "candidate", "workload", "review", "verdict", "reason", "until", "measure", "by", "by_consent", "at",
            "assessment", "corrects", "duplicate_of", "reapprove_on", "quality_bar", "tripwires",
        ]  # fmt: skip

    def to_representation(self, instance: Decision) -> Any:
        """Amounts in reasons and levels of tripwires are for those who read the money of it."""
        shown = super().to_representation(instance)
        if money_of_decision(self.context["request"].user, instance):
            return shown
        return {**shown, "reason": reason_for(instance.reason, False), "tripwires": []}


class DecisionIn(serializers.Serializer):
    """A verdict with its reason; a date for defer, what for measure."""

    verdict = serializers.ChoiceField(Decision.Verdict.choices)
    reason = serializers.CharField(max_length=2000)
    until = serializers.DateField(required=False, allow_null=True, default=None)
    measure = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class DecisionOnIn(DecisionIn):
    """A verdict on a candidate or a workload by its number; people by e-mail, for an approval."""

    candidate = serializers.IntegerField(required=False, help_text="number of the candidate")
    workload = serializers.IntegerField(required=False, help_text="number of the workload")
    corrects = serializers.IntegerField(
        required=False, help_text="id of the decision that this one takes the place of"
    )
    duplicate_of = serializers.IntegerField(
        required=False, help_text="number of the candidate that it repeats"
    )
    tripwires = TripwireRow(many=True, required=False, default=list)
    reapprove_on = serializers.DateField(required=False, allow_null=True, default=None)
    quality_bar = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    business_owner = serializers.EmailField(required=False, help_text="the candidate's owner when left out")
    deputy = serializers.EmailField(required=False)
    builder = serializers.EmailField(required=False)
    it_steward = serializers.EmailField(required=False)
    planned_go_live = serializers.DateField(required=False, allow_null=True, default=None)
    item_noun = serializers.CharField(max_length=40, required=False, default="item")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of the two that may be decided on."""
        if ("candidate" in attrs) == ("workload" in attrs):
            raise serializers.ValidationError("Name either a candidate or a workload.")
        return attrs


class Decisions(APIView):
    """Decisions on a candidate; POST decides."""

    @extend_schema(responses=DecisionOut(many=True))
    def get(self, request: Request, number: int) -> Response:
        rows = queries.decisions(request.user, visible_candidate(request, number))  # type: ignore[arg-type]
        return Response(DecisionOut(rows, many=True, context={"request": request}).data)

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
        return Response(DecisionOut(made, context={"request": request}).data, status=201)


class AllDecisions(generics.ListAPIView):
    """Decisions that the caller may see, newest first; POST decides, with the people of the workload."""

    serializer_class = DecisionOut

    def get_queryset(self) -> Any:
        rows = Decision.objects.visible_to(self.request.user).prefetch_related("tripwires")
        rows = rows.select_related("by", "candidate", "workload", "review", "duplicate_of")
        return DecisionFilter(self.request.GET, queryset=rows.order_by("-at", "-pk"), request=self.request).qs

    @extend_schema(request=DecisionOnIn, responses={201: DecisionOut})
    def post(self, request: Request) -> Response:
        body = DecisionOnIn(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        made = _on_workload(request, data) if "workload" in data else _on_candidate(request, data)
        return Response(DecisionOut(made, context={"request": request}).data, status=201)


def _on_candidate(request: Request, data: dict[str, Any]) -> Decision:
    candidate = visible_candidate(request, data["candidate"])
    permissions.require(request.user, Permission.DECIDE)
    names = ("verdict", "reason", "until", "measure", "tripwires", "reapprove_on", "quality_bar")
    said = {name: data[name] for name in names}
    if data.get("duplicate_of"):
        said["duplicate_of"] = visible_candidate(request, data["duplicate_of"])
    build = _build(data, candidate) if data["verdict"] == Decision.Verdict.APPROVE else None
    who: dict[str, Any] = {"by": request.user, "at": timezone.now()}
    return operations.decide(
        candidate=candidate, build=build, corrects=_corrected(request, data), **said, **who
    )


def _on_workload(request: Request, data: dict[str, Any]) -> Decision:
    rows = Workload.objects.visible_to(request.user).select_related("unit", "candidate")
    workload = get_object_or_404(rows, number=data["workload"])
    said = {name: data[name] for name in ("verdict", "reason", "reapprove_on")}
    who: dict[str, Any] = {"by": request.user, "at": timezone.now()}
    return operations.decide_workload(workload=workload, corrects=_corrected(request, data), **said, **who)


def _corrected(request: Request, data: dict[str, Any]) -> Decision | None:
    if data.get("corrects") is None:
        return None
    found = Decision.objects.visible_to(request.user).filter(pk=data["corrects"]).first()
    if found is None:
        raise serializers.ValidationError({"corrects": "There is no such decision that you can see."})
    return found


def _build(data: dict[str, Any], candidate: Candidate) -> operations.Build:
    people = {name: _person(name, data[name]) for name in PEOPLE if data.get(name)}
    rest = {"planned_go_live": data["planned_go_live"], "item_noun": data["item_noun"]}
    return operations.Build(**({"business_owner": candidate.owner} | people | rest))


def _person(name: str, email: str) -> User:
    found = User.objects.people().filter(is_active=True, email__iexact=email).first()
    if found is None:
        raise serializers.ValidationError({name: f"Nobody active has the address {email}."})
    return found
