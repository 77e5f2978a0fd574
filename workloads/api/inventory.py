"""Workloads, checks and incidents under /api/v1/: the same operations as the pages."""

from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from workloads import operations, queries
from workloads.filters import IncidentFilter, WorkloadFilter
from workloads.models import Check, CheckRun, Incident, Stage, Workload


class WorkloadOut(serializers.ModelSerializer):
    """A workload as it stands."""

    unit = serializers.CharField(source="unit.name")
    business_owner = serializers.CharField(source="business_owner.email")

    class Meta:
        model = Workload
        fields = [
            "number",
            "key",
            "name",
            "slug",
            "unit",
            "klass",
            "stage",
            "business_owner",
            "planned_go_live",
        ]
        fields += ["go_live", "first_call_at", "item_noun", "spent", "monthly_budget", "simulated"]


class IncidentOut(serializers.ModelSerializer):
    """An incident and where it stands."""

    workload = serializers.CharField(source="workload.key")

    class Meta:
        model = Incident
        fields = [
            "number",
            "key",
            "workload",
            "title",
            "sentence",
            "severity",
            "source",
            "state",
            "opened_at",
        ]
        fields += ["acknowledged_at", "resolved_at", "resolution"]


class RunOut(serializers.ModelSerializer):
    """A run of a check."""

    class Meta:
        model = CheckRun
        fields = ["id", "slot", "state", "done", "total", "started_at", "finished_at", "error"]


class WorkloadIn(serializers.Serializer):
    """What may change; a field that is left out stays as it is."""

    stage = serializers.ChoiceField(choices=Stage.choices, required=False)
    on = serializers.DateField(required=False, help_text="the day of the stage; today when left out")
    go_live = serializers.DateField(required=False, help_text="confirms what the first call proposed")
    planned_go_live = serializers.DateField(required=False, allow_null=True)
    spent = serializers.DecimalField(max_digits=14, decimal_places=2, required=False, min_value=Decimal(0))
    monthly_budget = serializers.DecimalField(
        max_digits=14, decimal_places=2, required=False, allow_null=True
    )


class AnswerIn(serializers.Serializer):
    """What resolves or comments an incident; nothing for acknowledge."""

    text = serializers.CharField(max_length=500, required=False, default="")


class Workloads(generics.ListAPIView):
    """Workloads that the caller may see."""

    serializer_class = WorkloadOut
    filterset_class = WorkloadFilter

    def get_queryset(self) -> Any:
        return queries.workloads(self.request.user)  # type: ignore[arg-type]


class OneWorkload(APIView):
    """One workload by its number, and what its people keep up to date."""

    @extend_schema(responses={200: WorkloadOut})
    def get(self, request: Request, number: int) -> Response:
        found = get_object_or_404(queries.workloads(request.user), number=number)  # type: ignore[arg-type]
        return Response(WorkloadOut(found).data)

    @extend_schema(request=WorkloadIn, responses={200: WorkloadOut})
    def patch(self, request: Request, number: int) -> Response:
        found = get_object_or_404(queries.workloads(request.user), number=number)  # type: ignore[arg-type]
        body = WorkloadIn(data=request.data)
        body.is_valid(raise_exception=True)
        changed = operations.change_workload(
            workload=found,
            changes=body.validated_data,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        )
        return Response(WorkloadOut(changed).data)


class RunCheck(APIView):
    """Run a check outside its calendar."""

    @extend_schema(request=None, responses={202: RunOut})
    def post(self, request: Request, number: int, pk: int) -> Response:
        workload = get_object_or_404(Workload.objects.visible_to(request.user), number=number)
        check = get_object_or_404(
            Check.objects.filter(workload=workload).select_related("workload__unit"), pk=pk
        )
        run = operations.run_now(check=check, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return Response(RunOut(run).data, status=202)


class Incidents(generics.ListAPIView):
    """Incidents that the caller may see; open ones unless a state is asked for."""

    serializer_class = IncidentOut
    filterset_class = IncidentFilter

    def get_queryset(self) -> Any:
        return queries.incidents(self.request.user)  # type: ignore[arg-type]


class AnswerIncident(APIView):
    """acknowledge, resolve or comment."""

    @extend_schema(request=AnswerIn, responses={200: IncidentOut})
    def post(self, request: Request, number: int, answer: str) -> Response:
        incident = get_object_or_404(Incident.objects.visible_to(request.user), number=number)
        body = AnswerIn(data=request.data)
        body.is_valid(raise_exception=True)
        said = {"by": request.user, "at": timezone.now()}
        text = body.validated_data["text"]
        if answer == "acknowledge":
            operations.acknowledge_incident(incident=incident, **said)  # type: ignore[arg-type]
        elif answer == "resolve":
            operations.resolve_incident(incident=incident, resolution=text, **said)  # type: ignore[arg-type]
        elif answer == "comment":
            operations.comment_incident(incident=incident, text=text, **said)  # type: ignore[arg-type]
        else:
            raise serializers.ValidationError({"answer": "Choose acknowledge, resolve or comment."})
        incident.refresh_from_db()
        return Response(IncidentOut(incident).data)
