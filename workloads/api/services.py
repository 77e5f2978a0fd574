"""Programs, calls, changes and evaluations under /api/v1/: the same operations and queries as the pages."""

from datetime import timedelta
from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops.models import BusinessUnit, User
from workloads.forms_telemetry import CallFilterForm, ChangeFilterForm
from workloads.models import Call, Change, Service, Workload
from workloads.operations import services as operations
from workloads.operations.telemetry import require_company_it
from workloads.queries import calls as reads
from workloads.queries.change_log import change_log
from workloads.queries.services import evaluation_rows, services

MOST_DAYS = 366


class ServiceOut(serializers.ModelSerializer):
    """A program in an environment, and whose it is."""

    workload = serializers.IntegerField(source="workload.number", allow_null=True, default=None)

    class Meta:
        model = Service
        fields = ["id", "name", "environment", "workload", "is_ignored", "calls", "dropped"]
        fields += ["first_seen_at", "last_seen_at"]


class ClaimIn(serializers.Serializer):
    """assign: a workload's number. register: a name, a unit's code and an owner's e-mail. Nothing for the others."""

    workload = serializers.IntegerField(required=False, min_value=1)
    name = serializers.CharField(required=False, max_length=200)
    unit = serializers.SlugField(required=False, max_length=40)
    business_owner = serializers.EmailField(required=False)


class Services(generics.ListAPIView):
    """Programs that the keys of environments brought. IT of the whole company only."""

    serializer_class = ServiceOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Service.objects.none()
        require_company_it(cast(User, self.request.user))
        return services(cast(User, self.request.user))


class ClaimService(APIView):
    """assign, register, ignore or release."""

    @extend_schema(request=ClaimIn, responses={200: ServiceOut})
    def post(self, request: Request, pk: int, verb: str) -> Response:
        by = cast(User, request.user)
        require_company_it(by)
        service = get_object_or_404(services(by), pk=pk)
        body = ClaimIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = _given(verb, body.validated_data, by)
        VERBS[verb](service=service, by=by, at=timezone.now(), **given)
        return Response(ServiceOut(services(by).get(pk=pk)).data)


VERBS: dict[str, Any] = {
    "assign": operations.assign_service,
    "register": operations.register_service,
    "ignore": operations.ignore_service,
    "release": operations.release_service,
}
NEEDS = {"assign": ("workload",), "register": ("name", "unit", "business_owner")}


def _given(verb: str, said: dict[str, Any], by: User) -> dict[str, Any]:
    if verb not in VERBS:
        raise serializers.ValidationError({"verb": f"Choose one of {', '.join(VERBS)}."})
    missing = [name for name in NEEDS.get(verb, ()) if name not in said]
    if missing:
        raise serializers.ValidationError({name: "This is needed." for name in missing})
    if verb == "assign":
        return {"workload": get_object_or_404(Workload.objects.visible_to(by), number=said["workload"])}
    if verb != "register":
        return {}
    people = User.objects.filter(is_active=True, is_system=False)
    return {
        "name": said["name"],
        "unit": get_object_or_404(BusinessUnit, code=said["unit"]),
        "business_owner": get_object_or_404(people, email__iexact=said["business_owner"]),
    }


class CallOut(serializers.ModelSerializer):
    """One call. Its content is not in the API."""

    id = serializers.CharField(source="reference")
    cost_usd = serializers.CharField(
        source="cost_text", help_text="US dollars, unrounded; empty: no price known"
    )

    class Meta:
        model = Call
        fields = ["id", "trace_id", "span_id", "started_at", "operation", "provider", "model", "environment"]
        fields += ["cost_centre", "dialect", "input_tokens", "output_tokens", "cached_tokens"]
        fields += [
            "cache_write_tokens",
            "reasoning_tokens",
            "latency_ms",
            "ttft_ms",
            "is_error",
            "error_type",
        ]
        fields += [
            "is_retry",
            "clamped",
            "cost_usd",
            "cost_source",
            "prompt_name",
            "prompt_version",
            "release",
        ]
        fields += ["service", "business_key", "received_at"]


class CallsOut(serializers.Serializer):
    """A page: `older` is what `after` wants for the next one, empty at the end."""

    calls = CallOut(many=True)
    older = serializers.CharField(allow_blank=True)
    back_to = serializers.DateTimeField(allow_null=True)


class Calls(APIView):
    """Calls of a workload, the latest first; never counted, page after page by key."""

    @extend_schema(
        parameters=[
            *(OpenApiParameter(name) for name in ("model", "operation", "environment", "cost_centre")),
            *(OpenApiParameter(name) for name in ("source", "dialect", "since", "until", "after")),
            OpenApiParameter("failed", bool),
        ],
        responses=CallsOut,
        operation_id="workload_calls",
    )
    def get(self, request: Request, number: int) -> Response:
        by = cast(User, request.user)
        workload = get_object_or_404(Workload.objects.visible_to(by), number=number)
        asked = _checked(CallFilterForm(request.query_params))
        after = request.query_params.get("after", "")
        page = reads.call_page(by, workload, asked, timezone.now(), after)
        return Response(CallsOut({"calls": page.calls, "older": page.older, "back_to": page.back_to}).data)


def _checked(form: Any) -> dict[str, Any]:
    if not form.is_valid():
        raise serializers.ValidationError({name: list(errors) for name, errors in form.errors.items()})
    return form.cleaned_data


class ChangeOut(serializers.ModelSerializer):
    """A line of the change log; `by` is empty when telemetry told it."""

    by = serializers.CharField(source="by.email", default="")

    class Meta:
        model = Change
        fields = ["at", "kind", "summary", "by"]


class Changes(generics.ListAPIView):
    """The change log of a workload, filtered like its page: kind, told, words, since, until."""

    serializer_class = ChangeOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Change.objects.none()
        visible = Workload.objects.visible_to(self.request.user)
        workload = get_object_or_404(visible, number=self.kwargs["number"])
        return change_log(workload, _checked(ChangeFilterForm(self.request.query_params)))


class EvaluationOut(serializers.Serializer):
    name = serializers.CharField()
    evaluator = serializers.CharField()
    evaluator_version = serializers.CharField()
    count = serializers.IntegerField()
    figures = serializers.IntegerField(help_text="how many of them came with a figure")
    mean = serializers.FloatField(allow_null=True)
    last_at = serializers.DateTimeField()


class Evaluations(APIView):
    """What evaluators and people said of a workload's calls, by name, evaluator and version."""

    @extend_schema(
        parameters=[OpenApiParameter("days", int, description="30 when left out")],
        responses=EvaluationOut(many=True),
        operation_id="workload_evaluations",
    )
    def get(self, request: Request, number: int) -> Response:
        workload = get_object_or_404(Workload.objects.visible_to(request.user), number=number)
        days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=30)
        count = days.run_validation(request.query_params.get("days", 30))
        now = timezone.now()
        rows = evaluation_rows(workload, now - timedelta(days=count), now + timedelta(days=1))
        return Response(EvaluationOut(rows, many=True).data)
