"""One filter per list, for page, API and CSV."""

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from aiops.models import AuditEvent, User
from aiops.widgets import date_input


class AuditFilter(django_filters.FilterSet):
    """Who, what, on which thing, in [since, until]."""

    q = django_filters.CharFilter(
        method="search", label="Search", widget=forms.TextInput(attrs={"type": "search", "data-search": ""})
    )
    action = django_filters.CharFilter(lookup_expr="startswith", label="Action starts with")
    actor = django_filters.CharFilter(field_name="actor_label", lookup_expr="icontains", label="Who")
    since = django_filters.DateFilter(
        field_name="at", lookup_expr="date__gte", label="From", widget=date_input()
    )
    until = django_filters.DateFilter(
        field_name="at", lookup_expr="date__lte", label="Until", widget=date_input()
    )

    class Meta:
        model = AuditEvent
        fields: list[str] = []

    def search(self, rows: QuerySet[AuditEvent], name: str, text: str) -> QuerySet[AuditEvent]:
        return rows.filter(
            Q(object_label__icontains=text) | Q(actor_label__icontains=text) | Q(reason__icontains=text)
        )


class PeopleFilter(django_filters.FilterSet):
    """By a part of the name or the address."""

    q = django_filters.CharFilter(
        method="search",
        label="Name or e-mail",
        widget=forms.TextInput(attrs={"type": "search", "data-search": ""}),
    )

    class Meta:
        model = User
        fields: list[str] = []

    def search(self, rows: QuerySet[User], name: str, text: str) -> QuerySet[User]:
        return rows.filter(Q(name__icontains=text) | Q(email__icontains=text))
