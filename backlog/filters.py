"""The one FilterSet of candidates, for page, CSV and API."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from aiops.models import BusinessUnit
from backlog.models import Candidate, State


class CandidateFilter(django_filters.FilterSet):
    """Search in title, description, key and owner; state, unit, class, risk; only mine; sort."""

    q = django_filters.CharFilter(method="search", label="Search")
    state = django_filters.MultipleChoiceFilter(choices=State.choices, label="State")
    unit = django_filters.ModelChoiceFilter(queryset=BusinessUnit.objects.all(), label="Unit")
    klass = django_filters.ChoiceFilter(choices=Candidate.Klass.choices, label="Class")
    risk_tier = django_filters.ChoiceFilter(choices=Candidate.Risk.choices, label="Risk")
    mine = django_filters.BooleanFilter(method="only_mine", label="Mine")
    sort = django_filters.OrderingFilter(
        fields=(("number", "number"), ("title", "title"), ("submitted_at", "submitted"), ("state", "state")),
        label="Sort",
    )

    class Meta:
        model = Candidate
        fields = ["q", "state", "unit", "klass", "risk_tier", "mine"]

    def search(self, rows: QuerySet[Candidate], name: str, value: str) -> QuerySet[Candidate]:
        number = value.upper().removeprefix("C-")
        words = Q(title__icontains=value) | Q(description__icontains=value) | Q(owner__name__icontains=value)
        return rows.filter(words | Q(number=int(number)) if number.isdecimal() and len(number) < 9 else words)

    def only_mine(self, rows: QuerySet[Candidate], name: str, value: Any) -> QuerySet[Candidate]:
        return rows.filter(owner=self.request.user) if value else rows  # type: ignore[union-attr]
