"""What a workload promises of itself, and the probe that asks whether it is there."""

from django.db import models
from django.db.models import Q

from aiops.models import User
from integrations.models import Connection
from workloads.models.checks import Check, OfWorkload
from workloads.models.inventory import Workload


class Objective(models.Model):
    """A service level objective over a rolling window: the share of good calls (or probes) that is promised.

    availability: probes answered. errors: calls without an error. latency: calls within `latency_ms`.
    """

    class Kind(models.TextChoices):
        AVAILABILITY = "availability", "it answers"
        ERRORS = "errors", "calls without an error"
        LATENCY = "latency", "calls that are fast enough"

    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="objectives")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    target = models.DecimalField(max_digits=7, decimal_places=6, help_text="0.995 is 99.5 %")
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    window_days = models.PositiveSmallIntegerField(default=28)
    standing = models.JSONField(
        null=True, blank=True, help_text="what its check made of it last; pages read this"
    )
    check_of = models.OneToOneField(
        Check, on_delete=models.PROTECT, related_name="objective", db_column="check_id"
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfWorkload.as_manager()

    class Meta:
        ordering = ["workload_id", "kind", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["workload", "kind"], name="objective_once"),
            models.CheckConstraint(condition=Q(target__gt=0, target__lt=1), name="objective_target_share"),
            models.CheckConstraint(
                condition=Q(kind="latency", latency_ms__gt=0) | (~Q(kind="latency") & Q(latency_ms=None)),
                name="objective_latency_has_limit",
            ),
            models.CheckConstraint(
                condition=Q(window_days__gte=1, window_days__lte=90), name="objective_window"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.workload}"


class Probe(models.Model):
    """Asks a workload's own health address, through a connection of IT, on a schedule."""

    workload = models.OneToOneField(Workload, on_delete=models.PROTECT, related_name="probe")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    path = models.CharField(max_length=300, default="/")
    expected_status = models.PositiveSmallIntegerField(default=200)
    timeout_seconds = models.PositiveSmallIntegerField(default=10)
    every_minutes = models.PositiveSmallIntegerField(default=5)
    next_due_at = models.DateTimeField()
    is_on = models.BooleanField(default=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(every_minutes__gte=1), name="probe_cadence_positive"),
            models.CheckConstraint(
                condition=Q(timeout_seconds__gte=1, timeout_seconds__lte=30), name="probe_timeout"
            ),
        ]

    def __str__(self) -> str:
        return f"probe of {self.workload}"


class ProbeResult(models.Model):
    """One slot of a probe: a slot is asked once, whoever asks."""

    probe = models.ForeignKey(Probe, on_delete=models.CASCADE, related_name="results")
    slot = models.DateTimeField()
    ok = models.BooleanField(null=True, blank=True, help_text="None while it is being asked")
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-slot"]
        constraints = [models.UniqueConstraint(fields=["probe", "slot"], name="probe_slot_once")]

    def __str__(self) -> str:
        return f"{self.probe}, {self.slot:%Y-%m-%d %H:%M}"
