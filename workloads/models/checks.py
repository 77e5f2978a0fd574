"""Checks on a schedule, their runs in unique slots, and what they found."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q

from aiops.models import User
from workloads.models.inventory import Workload


class Severity(models.TextChoices):
    OK = "ok", "fine"
    UNKNOWN = "unknown", "cannot tell"
    WARNING = "warning", "look at it"
    BAD = "bad", "bad"


class OfWorkload(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> "OfWorkload":
        return self.filter(workload__in=Workload.objects.visible_to(user))


class CheckQuerySet(OfWorkload):
    def due(self, at: datetime) -> "CheckQuerySet":
        """Scheduled, of a running workload, and its time has come."""
        return self.filter(enabled=True, next_due_at__lte=at, workload__stage__in=["pilot", "live"])


class Check(models.Model):
    """Something that is looked at again and again: eval, cost, drift or reliability."""

    class Kind(models.TextChoices):
        EVAL = "eval", "eval"
        COST = "cost", "cost"
        DRIFT = "drift", "drift"
        RELIABILITY = "reliability", "reliability"

    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="checks")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=120)
    every_minutes = models.PositiveIntegerField()
    next_due_at = models.DateTimeField()
    enabled = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = CheckQuerySet.as_manager()

    class Meta:
        ordering = ["workload_id", "kind", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["workload", "kind", "name"], name="check_once"),
            models.CheckConstraint(condition=Q(every_minutes__gte=1), name="check_cadence_positive"),
        ]
        indexes = [models.Index(fields=["next_due_at"], condition=Q(enabled=True), name="check_due")]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_kind_display()})"

    def slot_at(self, at: datetime) -> datetime:
        """The start of the slot that `at` falls into: late runs still belong to their own slot."""
        seconds = self.every_minutes * 60
        return at.fromtimestamp(int(at.timestamp()) // seconds * seconds, tz=at.tzinfo)

    def slot_after(self, at: datetime) -> datetime:
        return self.slot_at(at) + timedelta(minutes=self.every_minutes)


class CheckRunQuerySet(models.QuerySet["CheckRun"]):
    def visible_to(self, user: Any) -> "CheckRunQuerySet":
        return self.filter(check_of__workload__in=Workload.objects.visible_to(user))


class CheckRun(models.Model):
    """One slot of a check: claimed by a worker that holds a lease and shows progress."""

    class State(models.TextChoices):
        QUEUED = "queued", "waiting for a worker"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    check_of = models.ForeignKey(Check, on_delete=models.PROTECT, related_name="runs", db_column="check_id")
    slot = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    queued_at = models.DateTimeField()
    claimed_by = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = CheckRunQuerySet.as_manager()

    class Meta:
        ordering = ["-slot", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["check_of", "slot"], name="check_run_slot_once"),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease_until__isnull=False),
                name="check_run_running_has_lease",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"]) | Q(finished_at__isnull=False),
                name="check_run_ended_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "lease_until"], condition=Q(state__in=["queued", "running"]), name="run_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.check_of}, {self.slot:%Y-%m-%d %H:%M}"

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)


class Finding(models.Model):
    """What a check saw, as a sentence and, where there is one, a figure with its interval and target."""

    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="findings")
    check_of = models.ForeignKey(
        Check, on_delete=models.PROTECT, null=True, blank=True, related_name="findings", db_column="check_id"
    )
    run = models.OneToOneField(
        CheckRun, on_delete=models.PROTECT, null=True, blank=True, related_name="finding"
    )
    at = models.DateTimeField()
    severity = models.CharField(max_length=8, choices=Severity.choices)
    sentence = models.CharField(max_length=500)
    metric = models.CharField(max_length=60, blank=True)
    value = models.DecimalField(max_digits=24, decimal_places=10, null=True, blank=True)
    low = models.DecimalField(max_digits=24, decimal_places=10, null=True, blank=True)
    high = models.DecimalField(max_digits=24, decimal_places=10, null=True, blank=True)
    target = models.DecimalField(max_digits=24, decimal_places=10, null=True, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    details = models.JSONField(default=dict, blank=True)

    objects = OfWorkload.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(low=None) | Q(value=None) | Q(low__lte=F("value")), name="finding_low_below_value"
            ),
            models.CheckConstraint(
                condition=Q(high=None) | Q(value=None) | Q(high__gte=F("value")),
                name="finding_high_above_value",
            ),
        ]
        indexes = [models.Index(fields=["workload", "-at"], name="finding_by_time")]

    def __str__(self) -> str:
        return self.sentence
