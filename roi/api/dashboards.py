"""The dashboards under /api/v1/: the same sentences, figures and tables as the pages."""

from dataclasses import asdict

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from roi.queries.dashboards import ROLES, dashboard, roles_of


class SentenceOut(serializers.Serializer):
    """Something to know, and where it leads."""

    text = serializers.CharField()
    url = serializers.CharField()
    tone = serializers.CharField()


class FigureOut(serializers.Serializer):
    """A figure with its unit and the ends of its interval; null is "not enough data"."""

    name = serializers.CharField()
    value = serializers.CharField(allow_null=True)
    unit = serializers.CharField()
    low = serializers.CharField(allow_null=True)
    high = serializers.CharField(allow_null=True)
    interval = serializers.CharField()
    note = serializers.CharField()
    url = serializers.CharField()


class DashboardOut(serializers.Serializer):
    """A role's dashboard as of a day; tables are lists of objects by their key."""

    role = serializers.CharField()
    as_of = serializers.DateField()
    currency = serializers.CharField()
    sentences = SentenceOut(many=True)
    figures = FigureOut(many=True)
    tables = serializers.DictField(child=serializers.ListField())


class RoleDashboard(APIView):
    """owner, lead, finance, it or executive: 403 where the caller may not open it."""

    @extend_schema(responses=DashboardOut)
    def get(self, request: Request, role: str) -> Response:
        if role not in ROLES:
            raise Http404
        if role not in roles_of(request.user):  # type: ignore[arg-type]
            raise PermissionDenied("This dashboard belongs to a role that you do not hold.")
        shown = dashboard(role, request.user, timezone.now())  # type: ignore[arg-type]
        told = {"role": shown.role, "as_of": shown.as_of, "currency": shown.currency}
        told["sentences"] = [asdict(sentence) for sentence in shown.sentences]
        told["figures"] = [FigureOut(figure).data for figure in shown.figures]
        told["tables"] = {
            table.key: [{c.key: row.get(c.key) for c in table.columns} for row in table.rows]
            for table in shown.tables
        }
        return Response(told)
