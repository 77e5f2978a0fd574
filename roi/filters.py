"""FilterSets of the board and of claims, for page, CSV and API."""

from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from aiops.models import BusinessUnit, User
from aiops.widgets import date_input
from backlog.models import OPEN, Candidate, State, Team
from roi.models import Claim, PastCase, Statement
from roi.queries.board import may_sort_by_money, newest, readable


def _owners(request: Any) -> QuerySet[User]:
    """People whose candidates the reader sees on the board."""
    return User.objects.filter(pk__in=_seen(request).values("owner")).order_by("name", "pk")


def _teams(request: Any) -> QuerySet[Team]:
    return Team.objects.filter(pk__in=_seen(request).values("team")).select_related("unit")


def _seen(request: Any) -> QuerySet[Candidate]:
    return Candidate.objects.visible_to(request.user).open() if request else Candidate.objects.none()


def _money_units(request: Any) -> QuerySet[BusinessUnit]:
    """Units with a statement that the reader sees."""
    seen = Statement.objects.visible_to(request.user) if request else Statement.objects.none()
    return BusinessUnit.objects.filter(pk__in=seen.values("unit")).order_by("name", "pk")


class BoardFilter(django_filters.FilterSet):
    """Open candidates by unit, class, state, risk, people, worth and words.

    `min_npv` is money: it is there for those who read money, and finds only rows whose money they read.
    """

    q = django_filters.CharFilter(method="search", label="Search")
    unit = django_filters.ModelChoiceFilter(queryset=BusinessUnit.objects.all(), label="Unit")
    klass = django_filters.ChoiceFilter(choices=Candidate.Klass.choices, label="Class")
    state = django_filters.ChoiceFilter(
        choices=[(s.value, s.label) for s in State if s in OPEN], label="State"
    )
    risk_tier = django_filters.ChoiceFilter(choices=Candidate.Risk.choices, label="Risk")
    owner = django_filters.ModelChoiceFilter(queryset=_owners, label="Owner")
    team = django_filters.ModelChoiceFilter(queryset=_teams, label="Team")
    min_npv = django_filters.NumberFilter(method="worth", label="Worth at least")
    ready = django_filters.BooleanFilter(
        method="scored", label="Only those with a worth", widget=forms.CheckboxInput
    )

    class Meta:
        model = Candidate
        fields = ["q", "unit", "klass", "state", "risk_tier", "owner", "team"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.request or not may_sort_by_money(self.request.user):
            del self.filters["min_npv"]

    def search(self, rows: QuerySet[Candidate], name: str, value: str) -> QuerySet[Candidate]:
        words = Q(title__icontains=value) | Q(owner__name__icontains=value)
        number = value.upper().removeprefix("C-")
        is_key = number.isdecimal() and len(number) < 9
        return rows.filter(words | Q(number=int(number)) if is_key else words)

    def worth(self, rows: QuerySet[Candidate], name: str, value: Decimal) -> QuerySet[Candidate]:
        least = rows.filter(readable(self.request.user)).annotate(worth=newest("npv_p50"))
        return least.filter(worth__gte=value)

    def scored(self, rows: QuerySet[Candidate], name: str, value: bool | None) -> QuerySet[Candidate]:
        return rows.annotate(scored=newest("npv_p50")).filter(scored__isnull=False) if value else rows


class StatementFilter(django_filters.FilterSet):
    """Statements by unit, state and month."""

    unit = django_filters.ModelChoiceFilter(queryset=_money_units, label="Unit")
    state = django_filters.ChoiceFilter(choices=Statement.State.choices, label="State")
    month = django_filters.DateFilter(label="Month, its first day", widget=date_input())

    class Meta:
        model = Statement
        fields = ["unit", "state", "month"]


class ClaimFilter(django_filters.FilterSet):
    """Claims by state, kind and workload number."""

    state = django_filters.ChoiceFilter(choices=Claim.State.choices, label="State")
    kind = django_filters.ChoiceFilter(choices=Claim.Kind.choices, label="Kind")
    workload = django_filters.NumberFilter(field_name="workload__number", label="Workload")

    class Meta:
        model = Claim
        fields: list[Any] = ["state", "kind", "workload"]


class PastCaseFilter(django_filters.FilterSet):
    """Finished cases by words, quantity, class and import."""

    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label="Search")
    quantity = django_filters.ChoiceFilter(choices=PastCase.Quantity.choices, label="Quantity")
    klass = django_filters.ChoiceFilter(choices=Candidate.Klass.choices, label="Class")
    source = django_filters.CharFilter(field_name="source", lookup_expr="icontains", label="Import")

    class Meta:
        model = PastCase
        fields: list[Any] = ["q", "quantity", "klass", "source"]
