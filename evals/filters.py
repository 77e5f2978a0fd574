"""One filter for a list, used by its page and its API."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from evals.models import Result, Run

SHOWN = [("wrong", "Wrong"), ("right", "Right"), ("error", "No answer")]


class RunFilter(django_filters.FilterSet):
    workload = django_filters.NumberFilter(field_name="suite__workload__number", label="Workload number")
    suite = django_filters.NumberFilter(field_name="suite", label="Suite")
    finished = django_filters.BooleanFilter(
        field_name="finished_at", lookup_expr="isnull", exclude=True, label="Finished"
    )

    class Meta:
        model = Run
        fields: list[str] = []


class ResultFilter(django_filters.FilterSet):
    show = django_filters.ChoiceFilter(choices=SHOWN, method="narrow", label="Show", empty_label="All cases")

    class Meta:
        model = Result
        fields: list[str] = []

    def narrow(self, rows: QuerySet[Result], name: str, value: str) -> QuerySet[Result]:
        """Wrong, right, or without an answer."""
        return rows.filter(passed={"wrong": False, "right": True, "error": None}[value])
