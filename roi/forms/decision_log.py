"""The filters of the decision log, for page, files and API."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from aiops.models import BusinessUnit
from aiops.widgets import date_input
from roi.models import Decision
from roi.queries import decision_log


class DecisionFilter(django_filters.FilterSet):
    """Words, verdict, unit, meeting, in [from, to]."""

    q = django_filters.CharFilter(
        method="search", label="Search", widget=forms.TextInput(attrs={"type": "search", "data-search": ""})
    )
    verdict = django_filters.MultipleChoiceFilter(choices=Decision.Verdict.choices, label="Verdict")
    unit = django_filters.ModelChoiceFilter(
        method="of_unit", queryset=BusinessUnit.objects.all(), label="Unit"
    )
    review = django_filters.NumberFilter(field_name="review__number", label="Meeting number")
    since = django_filters.DateFilter(
        field_name="at", lookup_expr="date__gte", label="From", widget=date_input()
    )
    until = django_filters.DateFilter(
        field_name="at", lookup_expr="date__lte", label="Until", widget=date_input()
    )
    standing = django_filters.BooleanFilter(
        method="only_standing", label="Without corrected ones", widget=forms.CheckboxInput
    )

    class Meta:
        model = Decision
        fields: list[str] = []

    def search(self, rows: QuerySet[Decision], name: str, text: str) -> QuerySet[Decision]:
        return decision_log.search(rows, text)

    def of_unit(self, rows: QuerySet[Decision], name: str, unit: Any) -> QuerySet[Decision]:
        return rows.filter(Q(candidate__unit=unit) | Q(workload__unit=unit))

    def only_standing(self, rows: QuerySet[Decision], name: str, value: Any) -> QuerySet[Decision]:
        return rows.filter(corrected_by=None) if value else rows
