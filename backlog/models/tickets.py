"""Tickets of another system, uploaded to find what is worth automating."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from aiops import permissions
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from backlog.models.candidate import Candidate


class TicketLogQuerySet(models.QuerySet["TicketLog"]):
    def visible_to(self, user: Any) -> "TicketLogQuerySet":
        """One's own, and those of the units whose backlog one triages."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        where = permissions.scope(user, Permission.TRIAGE)
        if where.everything:
            return self.all()
        return self.filter(Q(by_id=user.pk) | Q(unit_id__in=where.unit_ids))


class TicketLog(models.Model):
    """One upload: its columns, what was read, and what was left out with the reason.

    `summary` has the window, cases, events, excluded cases by reason, and whether the log is cut at either end.
    """

    class State(models.TextChoices):
        MAPPING = "mapping", "columns to confirm"
        READING = "reading", "being read"
        READY = "ready", "read"
        FAILED = "failed", "not readable"

    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.MAPPING)
    head = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    progress = models.PositiveSmallIntegerField(default=0, help_text="percent")
    problem = models.TextField(blank=True)
    summary = models.JSONField(default=dict)
    simulated = models.BooleanField(default=False)

    objects = TicketLogQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.name


class TicketFile(models.Model):
    """The uploaded bytes, kept until the log is read; then they go."""

    log = models.OneToOneField(TicketLog, on_delete=models.CASCADE, related_name="file")
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"file of {self.log}"


class TicketGroup(models.Model):
    """Similar tickets: by category, or by their words. Figures are of closed cases inside the window.

    `details` holds quartiles, months, the words that name it, and samples of ticket numbers (never their text).
    """

    class By(models.TextChoices):
        CATEGORY = "category", "by category"
        TEXT = "text", "by their words"

    log = models.ForeignKey(TicketLog, on_delete=models.CASCADE, related_name="groups")
    grouped_by = models.CharField(max_length=8, choices=By.choices)
    name = models.CharField(max_length=200)
    cases = models.PositiveIntegerField()
    cases_year_low = models.FloatField()
    cases_year = models.FloatField()
    cases_year_high = models.FloatField()
    touches = models.FloatField(help_text="mean events a case by people")
    reassignments = models.FloatField(help_text="mean a case")
    waiting_hours = models.FloatField(
        null=True, help_text="median from opened to resolved: waiting, never effort"
    )
    rank = models.FloatField(help_text="volume x touches x (1 + reassignments)")
    details = models.JSONField(default=dict)
    candidate = models.ForeignKey(
        Candidate, on_delete=models.SET_NULL, null=True, blank=True, related_name="ticket_groups"
    )

    class Meta:
        ordering = ["log", "grouped_by", "-rank", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cases_year_low__lte=F("cases_year"), cases_year__lte=F("cases_year_high")),
                name="ticket_group_ordered",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.cases})"
