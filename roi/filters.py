"""FilterSets of the board and of claims, for page, CSV and API."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from aiops.models import BusinessUnit
from backlog.models import OPEN, Candidate, State
from roi.models import Claim


class BoardFilter(django_filters.FilterSet):
    """Open candidates by unit, class, state and words."""

    q = django_filters.CharFilter(method="search", label="Search")
    unit = django_filters.ModelChoiceFilter(queryset=BusinessUnit.objects.all(), label="Unit")
    klass = django_filters.ChoiceFilter(choices=Candidate.Klass.choices, label="Class")
    state = django_filters.ChoiceFilter(
        choices=[(s.value, s.label) for s in State if s in OPEN], label="State"
    )

    class Meta:
        model = Candidate
        fields = ["q", "unit", "klass", "state"]

    def search(self, rows: QuerySet[Candidate], name: str, value: str) -> QuerySet[Candidate]:
        words = Q(title__icontains=value) | Q(owner__name__icontains=value)
        number = value.upper().removeprefix("C-")
        is_key = number.isdecimal() and len(number) < 9
        return rows.filter(words | Q(number=int(number)) if is_key else words)


class ClaimFilter(django_filters.FilterSet):
    """Claims by state, kind and workload number."""

    state = django_filters.ChoiceFilter(choices=Claim.State.choices, label="State")
    kind = django_filters.ChoiceFilter(choices=Claim.Kind.choices, label="Kind")
    workload = django_filters.NumberFilter(field_name="workload__number", label="Workload")

    class Meta:
        model = Claim
        fields: list[Any] = ["state", "kind", "workload"]
