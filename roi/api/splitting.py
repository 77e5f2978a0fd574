"""Splitting a workload under /api/v1/."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops.models import User
from roi.models import Split
from roi.operations.splitting import split_workload
from workloads.models import Workload


class SplitIn(serializers.Serializer[Any]):
    """The part that becomes a workload of its own."""

    name = serializers.CharField(max_length=120)
    owner = serializers.SlugRelatedField(
        slug_field="email", queryset=User.objects.people().filter(is_active=True), help_text="e-mail"
    )
    deputy = serializers.SlugRelatedField(
        slug_field="email",
        queryset=User.objects.people().filter(is_active=True),
        required=False,
        allow_null=True,
        default=None,
    )
    share = serializers.DecimalField(
        max_digits=5, decimal_places=4, help_text="of the forecast that goes along, between 0 and 1"
    )
    month = serializers.DateField(help_text="first day of an open month")
    reason = serializers.CharField(max_length=300)


class SplitOut(serializers.ModelSerializer[Split]):
    source = serializers.CharField(source="source.key")  # type: ignore[assignment]
    part = serializers.CharField(source="part.key")

    class Meta:
        model = Split
        fields = ["source", "part", "share", "month", "reason", "at"]


class SplitWorkload(APIView):
    """A workload is split in two."""

    @extend_schema(request=SplitIn, responses={201: SplitOut}, operation_id="workload_split")
    def post(self, request: Request, number: int) -> Response:
        """The new workload goes on from that month on with its share of the forecast; claims stay with the old one."""
        source = get_object_or_404(
            Workload.objects.visible_to(request.user).select_related("unit", "candidate"), number=number
        )
        said = SplitIn(data=request.data)
        said.is_valid(raise_exception=True)
        made = split_workload(source=source, by=request.user, at=timezone.now(), **said.validated_data)
        return Response(SplitOut(made).data, status=201)
