"""Incidents: what somebody must answer, and what was said about it."""

from typing import Any

from django.db import models
from django.db.models import F, Max, Q

from aiops.models import User
from workloads.models.checks import Finding
from workloads.models.inventory import Workload, take_turn


class IncidentQuerySet(models.QuerySet["Incident"]):
    def visible_to(self, user: Any) -> "IncidentQuerySet":
        return self.filter(workload__in=Workload.objects.visible_to(user))

    def unresolved(self) -> "IncidentQuerySet":
        return self.exclude(state=Incident.State.RESOLVED)

    def next_number(self) -> int:
        """One more than the highest; others wait for the end of this transaction."""
        take_turn("incident")
        return (self.aggregate(most=Max("number"))["most"] or 0) + 1


class Incident(models.Model):
    """Opened by a finding, a budget or an alert from outside; at most one open for each cause."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        ACKNOWLEDGED = "acknowledged", "acknowledged"
        RESOLVED = "resolved", "resolved"

    class Source(models.TextChoices):
        FINDING = "finding", "a check"
        BUDGET = "budget", "a budget"
        ALERT = "alert", "an alert from outside"

    class Severity(models.TextChoices):
        WARNING = "warning", "warning"
        BAD = "bad", "bad"

    number = models.PositiveIntegerField(unique=True)
    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="incidents")
    title = models.CharField(max_length=200)
    sentence = models.CharField(max_length=500, blank=True)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    source = models.CharField(max_length=10, choices=Source.choices)
    finding = models.ForeignKey(
        Finding, on_delete=models.PROTECT, null=True, blank=True, related_name="incidents"
    )
    external_key = models.CharField(max_length=160)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    resolution = models.CharField(max_length=500, blank=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workload", "external_key"], condition=~Q(state="resolved"), name="incident_open_once"
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolved_by=None)
                | Q(resolved_at__isnull=False, resolved_by__isnull=False),
                name="incident_resolved_pair",
            ),
            models.CheckConstraint(
                condition=~Q(state="resolved") | Q(resolved_at__isnull=False),
                name="incident_resolved_has_time",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, acknowledged_by=None)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="incident_acknowledged_pair",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None) | Q(resolved_at__gte=F("opened_at")),
                name="incident_resolved_later",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.title}"

    @property
    def key(self) -> str:
        return f"I-{self.number}"

    @property
    def unit(self) -> Any:
        return self.workload.unit

    def may_be_answered_by(self, user: User) -> bool:
        """The people on the workload who answer for it: owner, deputy, IT steward."""
        return self.workload.answers(user) or user.pk == self.workload.it_steward_id


class IncidentEntry(models.Model):
    """One line of what was said and done."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="entries")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    text = models.CharField(max_length=500)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.text
