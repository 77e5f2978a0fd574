"""Claims under /api/v1/."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from roi import operations
from roi.filters import ClaimFilter
from roi.models import Claim
from workloads.models import Workload


class ClaimOut(serializers.ModelSerializer):
    """A claim and where it stands."""

    workload = serializers.CharField(source="workload.key")

    class Meta:
        model = Claim
        exclude = ["filed_by", "signed_by"]


class ClaimIn(serializers.Serializer):
    """A claim to file for a workload."""

    workload = serializers.IntegerField(help_text="number of the workload")
    kind = serializers.ChoiceField(Claim.Kind.choices)
    amount_month = serializers.DecimalField(14, 2)
    hours_month = serializers.DecimalField(10, 1, required=False, allow_null=True, default=None)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True, default=None)
    posts = serializers.DecimalField(5, 2, required=False, allow_null=True, default=None)
    act = serializers.CharField(max_length=1000)
    post = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    cost_centre = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    account = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    evidence = serializers.CharField(max_length=1000, required=False, default="", allow_blank=True)
    again_of = serializers.IntegerField(
        required=False, allow_null=True, default=None, help_text="id of the claim that was sent back"
    )


class AnswerClaimIn(serializers.Serializer):
    """sign takes amount_month, send_back a reason, end a day."""

    amount_month = serializers.DecimalField(14, 2, required=False)
    reason = serializers.CharField(max_length=1000, required=False)
    on = serializers.DateField(required=False)


class Claims(generics.ListAPIView):
    """Claims that the caller may see; POST files one."""

    serializer_class = ClaimOut
    filterset_class = ClaimFilter

    def get_queryset(self) -> Any:
        return Claim.objects.visible_to(self.request.user).select_related("workload")

    @extend_schema(request=ClaimIn, responses={201: ClaimOut})
    def post(self, request: Request) -> Response:
        body = ClaimIn(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        workload = get_object_or_404(Workload.objects.visible_to(request.user), number=data.pop("workload"))
        if data["again_of"] is not None:
            seen = Claim.objects.visible_to(request.user)
            data["again_of"] = get_object_or_404(seen, pk=data["again_of"])
        made = operations.file_claim(workload=workload, by=request.user, at=timezone.now(), **data)  # type: ignore[arg-type]
        return Response(ClaimOut(made).data, status=201)


class AnswerClaim(APIView):
    """sign, send_back or end."""

    VERBS = {
        "sign": (operations.sign_claim, "amount_month"),
        "send_back": (operations.send_back_claim, "reason"),
        "end": (operations.end_claim, "on"),
    }

    @extend_schema(request=AnswerClaimIn, responses=ClaimOut)
    def post(self, request: Request, pk: int, answer: str) -> Response:
        found = get_object_or_404(
            Claim.objects.visible_to(request.user).select_related("workload__unit"), pk=pk
        )
        body = AnswerClaimIn(data=request.data)
        body.is_valid(raise_exception=True)
        if answer not in self.VERBS:
            raise serializers.ValidationError({"answer": "Choose sign, send_back or end."})
        verb, field = self.VERBS[answer]
        if field not in body.validated_data and answer != "sign":
            raise serializers.ValidationError({field: "This is needed."})
        said = {field: body.validated_data[field]} if field in body.validated_data else {}
        made = verb(claim=found, by=request.user, at=timezone.now(), **said)  # type: ignore[operator]
        return Response(ClaimOut(made).data)
