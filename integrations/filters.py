"""One filter for messages in and out, shared by the page and the API."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from aiops.widgets import date_input
from integrations.models import Connection, Delivery

KINDS = [("mail", "mail"), ("notice", "notice"), ("alert", "alert")]


def _connections(request: Any) -> QuerySet[Connection]:
    """What the asking person sees; nothing without a person."""
    rows = Connection.objects.visible_to(getattr(request, "user", None))
    return rows.defer("secret")


class DeliveryFilter(django_filters.FilterSet):
    """Over which connection, which way, in which state, in [since, until]."""

    connection = django_filters.ModelChoiceFilter(
        queryset=_connections, label="Connection", empty_label="all"
    )
    direction = django_filters.ChoiceFilter(
        choices=Delivery.Direction.choices, label="Direction", empty_label="both"
    )
    state = django_filters.ChoiceFilter(choices=Delivery.State.choices, label="State", empty_label="any")
    kind = django_filters.ChoiceFilter(choices=KINDS, label="Kind", empty_label="any")
    since = django_filters.DateFilter(
        field_name="created_at", lookup_expr="date__gte", label="From", widget=date_input()
    )
    until = django_filters.DateFilter(
        field_name="created_at", lookup_expr="date__lte", label="Until", widget=date_input()
    )

    class Meta:
        model = Delivery
        fields: list[str] = []
