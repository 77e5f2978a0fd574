"""Which workload a program's telemetry belongs to, and what of it means more than tokens."""

from typing import Any

from django.db import models
from django.db.models import Q

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from workloads.models.inventory import Workload
from workloads.models.rows import WorkloadRowQuerySet


class ServiceQuerySet(models.QuerySet["Service"]):
    def visible_to(self, user: Any) -> "ServiceQuerySet":
        """IT's list: a name of a program tells who builds what before anybody said so."""
        return self if permissions.scope(user, Permission.CONNECT).everything else self.none()

    def unclaimed(self) -> "ServiceQuerySet":
        return self.filter(workload=None, is_ignored=False)


class Service(models.Model):
    """A service name in an environment as exporters say it; claimed by a workload, ignored, or neither yet."""

    name = models.CharField(max_length=200)
    environment = models.CharField(max_length=200, blank=True)
    workload = models.ForeignKey(
        Workload, on_delete=models.PROTECT, null=True, blank=True, related_name="services"
    )
    is_ignored = models.BooleanField(default=False)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    calls = models.PositiveBigIntegerField(default=0, help_text="held until somebody claims it")
    held_bytes = models.PositiveBigIntegerField(default=0)
    dropped = models.PositiveBigIntegerField(default=0, help_text="calls past what is held for it")

    objects = ServiceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "environment"]
        constraints = [
            models.UniqueConstraint(fields=["name", "environment"], name="service_once"),
            models.CheckConstraint(
                condition=Q(workload=None) | Q(is_ignored=False), name="service_claimed_or_ignored"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.environment})" if self.environment else self.name


class HeldSpans(models.Model):
    """What an unclaimed service sent, for some days, encrypted and without content: claiming it stores this."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="held")
    received_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    count = models.PositiveIntegerField()
    body = models.BinaryField()

    class Meta:
        ordering = ["received_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["service", "digest"], name="held_spans_once")]

    def __str__(self) -> str:
        return f"{self.count} calls of {self.service}"


class Mapping(models.Model):
    """Which attributes of a workload's spans say a cost centre, and a finished piece of work."""

    workload = models.OneToOneField(Workload, on_delete=models.CASCADE, related_name="mapping")
    cost_centre_key = models.CharField(max_length=120, blank=True)
    outcome_key = models.CharField(max_length=120, blank=True, help_text="order, ticket or invoice number")
    accepted_key = models.CharField(max_length=120, blank=True)
    accepted_value = models.CharField(max_length=120, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_key="") | ~Q(outcome_key=""), name="mapping_accepted_needs_outcome"
            ),
        ]

    def __str__(self) -> str:
        return f"mapping of {self.workload}"


class Evaluation(models.Model):
    """What an evaluator or a person said of one span, as telemetry brought it; the words are content and not kept."""

    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="evaluations")
    key = models.CharField(max_length=64, help_text="digest of what makes it one: sent again, it is the same")
    trace_id = models.CharField(max_length=32)
    span_id = models.CharField(max_length=16, blank=True)
    name = models.CharField(max_length=120)
    value = models.FloatField(null=True, blank=True)
    label = models.CharField(max_length=120, blank=True)
    source = models.CharField(max_length=16)
    evaluator = models.CharField(max_length=120, blank=True)
    evaluator_version = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()

    objects = WorkloadRowQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["workload", "key"], name="evaluation_once")]
        indexes = [
            models.Index(fields=["workload", "name", "-at"], name="evaluation_by_name"),
            models.Index(fields=["workload", "trace_id"], name="evaluation_by_trace"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.label or self.value}"
