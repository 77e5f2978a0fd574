"""One FilterSet a list, for page and API alike."""

import django_filters
from django.db.models import Q, QuerySet

from aiops.models import BusinessUnit
from workloads.models import Incident, Stage, Workload


class WorkloadFilter(django_filters.FilterSet):
    """Search by name, key or owner; stage and unit."""

    q = django_filters.CharFilter(method="search", label="Search")
    stage = django_filters.MultipleChoiceFilter(choices=Stage.choices, label="Stage")
    unit = django_filters.ModelChoiceFilter(queryset=BusinessUnit.objects.all(), label="Unit")

    class Meta:
        model = Workload
        fields = ["q", "stage", "unit"]

    def search(self, rows: QuerySet[Workload], name: str, value: str) -> QuerySet[Workload]:
        number = value.upper().removeprefix("W-")
        found = Q(name__icontains=value) | Q(slug__icontains=value) | Q(business_owner__name__icontains=value)
        return rows.filter(found | Q(number=int(number)) if number.isdecimal() and len(number) < 9 else found)


class IncidentFilter(django_filters.FilterSet):
    """Those that are not resolved, unless a state (or "all") is asked for; by severity and source."""

    STATES = (*Incident.State.choices, ("all", "all"))

    state = django_filters.ChoiceFilter(
        method="in_state", choices=STATES, label="State", empty_label="not resolved"
    )
    severity = django_filters.ChoiceFilter(choices=Incident.Severity.choices, label="Severity")
    source = django_filters.ChoiceFilter(choices=Incident.Source.choices, label="From")

    class Meta:
        model = Incident
        fields = ["state", "severity", "source"]

    def in_state(self, rows: QuerySet[Incident], name: str, value: str) -> QuerySet[Incident]:
        return rows if value == "all" else rows.filter(state=value)

    def filter_queryset(self, queryset: QuerySet[Incident]) -> QuerySet[Incident]:
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("state") else rows.exclude(state="resolved")
