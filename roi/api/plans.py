"""Plans under /api/v1/plans/: the same operations as the pages."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backlog.models import Effort
from roi import operations, queries
from roi.models import Plan


class CapacityIn(serializers.Serializer):
    """Days that a role has in a quarter, counted from 1."""

    role = serializers.ChoiceField(Effort.Role.choices)
    quarter = serializers.IntegerField()
    days = serializers.DecimalField(9, 1)


class PlanIn(serializers.Serializer):
    """What is asked of the planner. Money in company currency; null is no limit."""

    name = serializers.CharField(max_length=80)
    budget = serializers.DecimalField(15, 2)
    quarters = serializers.IntegerField(required=False, help_text="1 to 4")
    capacity = CapacityIn(many=True, required=False, help_text="a role and quarter not named has no limit")
    must = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="numbers always in"
    )
    never = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="numbers never in"
    )
    max_high_risk = serializers.IntegerField(required=False, allow_null=True)
    cvar_floor = serializers.DecimalField(
        15, 2, required=False, allow_null=True, help_text="least mean NPV of the worst tenth of the futures"
    )
    correlation = serializers.FloatField(required=False, help_text="rank correlation of any two, 0 to 0.9")


class PlanChange(PlanIn):
    """What is given changes, the rest stays; `revision` refuses when somebody asked another question since."""

    name = serializers.CharField(max_length=80, required=False)
    budget = serializers.DecimalField(15, 2, required=False)  # type: ignore[assignment]
    revision = serializers.IntegerField(required=False)
    is_published = serializers.BooleanField(
        required=False, help_text="true shows it to owners, false takes it back"
    )
    solve_again = serializers.BooleanField(required=False, help_text="true asks the same question again")


class PlanLine(serializers.ModelSerializer):
    """A plan and how far it is."""

    class Meta:
        model = Plan
        fields = ["id", "name", "state", "revision", "done", "total", "error", "currency", "is_published"]


class PlanOut(PlanLine):
    """A plan with its question and its answer; `changed_since` are keys scored anew or decided meanwhile."""

    by = serializers.CharField(source="by.name")
    changed_since = serializers.SerializerMethodField()

    class Meta(PlanLine.Meta):
        fields = [*PlanLine.Meta.fields, "by", "created_at", "changed_at", "solved_at", "settings", "result"]
        fields += ["changed_since"]

    def get_changed_since(self, plan: Plan) -> list[str]:
        return queries.changed_since(self.context["request"].user, plan)


def _readable(request: Request) -> Any:
    if not queries.may_read_plans(request.user):
        raise PermissionDenied("Plans are for those who read the money of the whole company.")
    return queries.plans(request.user)


class Plans(generics.ListAPIView):
    """All plans; POST makes one and sends it to be solved: ask its own address until `state` is done."""

    serializer_class = PlanLine
    queryset = Plan.objects.none()

    def get_queryset(self) -> Any:
        return _readable(self.request)

    @extend_schema(request=PlanIn, responses={202: PlanLine})
    def post(self, request: Request) -> Response:
        _readable(request)
        body = PlanIn(data=request.data)
        body.is_valid(raise_exception=True)
        asked = dict(body.validated_data)
        name = asked.pop("name")
        made = operations.create_plan(name=name, settings=asked, by=request.user, at=timezone.now())
        return Response(PlanLine(made).data, status=202)


class OnePlan(APIView):
    """One plan with its answer."""

    @extend_schema(responses=PlanOut)
    def get(self, request: Request, pk: int) -> Response:
        found = get_object_or_404(_readable(request), pk=pk)
        return Response(PlanOut(found, context={"request": request}).data)

    @extend_schema(request=PlanChange, responses=PlanOut)
    def patch(self, request: Request, pk: int) -> Response:
        found = get_object_or_404(_readable(request), pk=pk)
        body = PlanChange(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        _change(found, dict(body.validated_data), {"by": request.user, "at": timezone.now()})
        found = get_object_or_404(_readable(request), pk=pk)
        return Response(PlanOut(found, context={"request": request}).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        found = get_object_or_404(_readable(request), pk=pk)
        operations.delete_plan(plan=found, by=request.user, at=timezone.now())
        return Response(status=204)


def _change(found: Plan, asked: dict[str, Any], who: dict[str, Any]) -> None:
    """Question and name first, then what is done with the answer: one of them in a call."""
    published, again = asked.pop("is_published", None), asked.pop("solve_again", False)
    name, revision = asked.pop("name", None), asked.pop("revision", None)
    if asked or name is not None or revision is not None:
        operations.change_plan(plan=found, name=name, settings=asked, revision=revision, **who)
    if again:
        operations.request_solve(plan=found, **who)
    if published is not None:
        verb = operations.publish_plan if published else operations.unpublish_plan
        verb(plan=found, **who)


class CopyIn(serializers.Serializer):
    """The name of the copy."""

    name = serializers.CharField(max_length=80)


class CopyPlan(APIView):
    """The same question under another name, sent to be solved."""

    @extend_schema(request=CopyIn, responses={202: PlanLine})
    def post(self, request: Request, pk: int) -> Response:
        found = get_object_or_404(_readable(request), pk=pk)
        body = CopyIn(data=request.data)
        body.is_valid(raise_exception=True)
        name = body.validated_data["name"]
        made = operations.copy_plan(plan=found, name=name, by=request.user, at=timezone.now())
        return Response(PlanLine(made).data, status=202)
