"""Who answers for what, under /api/v1/."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiops.models import User
from roi import operations
from roi.operations.handing_over import KINDS, may_hand_over
from roi.queries.ownership import gaps


class OwnershipGapOut(serializers.Serializer):
    """What is wrong with who answers for a workload."""

    workload = serializers.CharField(source="workload.key")
    kind = serializers.CharField()
    sentence = serializers.CharField()


class HandOverIn(serializers.Serializer):
    """To whom (e-mail), which kinds (all where left out), and why."""

    to = serializers.EmailField()
    kinds = serializers.MultipleChoiceField(choices=KINDS, required=False, default=set(KINDS))
    reason = serializers.CharField(max_length=300)


class HandedOverOut(serializers.Serializer):
    """How many of each kind moved."""

    candidates = serializers.IntegerField()
    workloads = serializers.IntegerField()
    actions = serializers.IntegerField()
    measurements = serializers.IntegerField()
    questions = serializers.IntegerField()
    claims = serializers.IntegerField()


class Ownership(APIView):
    """The gaps of the workloads that the caller sees."""

    @extend_schema(responses=OwnershipGapOut(many=True))
    def get(self, request: Request) -> Response:
        return Response(OwnershipGapOut(gaps(request.user, timezone.localdate()), many=True).data)  # type: ignore[arg-type]


class HandOver(APIView):
    """Move what one person answers for to another."""

    @extend_schema(request=HandOverIn, responses=HandedOverOut)
    def post(self, request: Request, pk: int) -> Response:
        leaver = get_object_or_404(User.objects.people(), pk=pk)
        if not may_hand_over(leaver, request.user):  # type: ignore[arg-type]
            raise Http404
        body = HandOverIn(data=request.data)
        body.is_valid(raise_exception=True)
        to = User.objects.people().filter(email__iexact=body.validated_data["to"]).first()
        if to is None:
            raise serializers.ValidationError({"to": "Nobody here has this address."})
        said = {"kinds": body.validated_data["kinds"], "reason": body.validated_data["reason"]}
        moved = operations.hand_over(leaver=leaver, to=to, by=request.user, at=timezone.now(), **said)  # type: ignore[arg-type]
        return Response(HandedOverOut(moved).data)
