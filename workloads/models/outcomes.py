"""Finished work: what a business system reports item by item, or what an owner says once a month."""

from django.db import models
from django.db.models import F, Q

from workloads.models.telemetry import WorkloadRowQuerySet


class OutcomeSource(models.TextChoices):
    API = "api", "sent by a system"
    CSV = "csv", "uploaded as CSV"
    SPAN = "span", "marked by telemetry, provisional"


class Outcome(models.Model):
    """One finished item, accepted or not; minutes = people's work that it still took."""

    workload = models.ForeignKey(
        "workloads.Workload", models.PROTECT, related_name="outcomes", db_index=False
    )
    external_id = models.CharField(max_length=200)
    finished_at = models.DateTimeField()
    accepted = models.BooleanField()
    minutes = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    source = models.CharField(max_length=8, choices=OutcomeSource)
    created_at = models.DateTimeField()

    objects = WorkloadRowQuerySet.as_manager()

    class Meta:
        ordering = ["-finished_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["workload", "external_id"], name="outcome_counted_once"),
            models.CheckConstraint(
                condition=Q(minutes__isnull=True) | Q(minutes__gte=0), name="outcome_minutes_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["workload", "finished_at"], name="outcome_by_time"),
            models.Index(
                fields=["workload", "finished_at"], name="outcome_provisional", condition=Q(source="span")
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class SelfReport(models.Model):
    """An owner's answer for one month. Marked wherever it is shown; never becomes cash unsigned."""

    workload = models.ForeignKey(
        "workloads.Workload", models.PROTECT, related_name="self_reports", db_index=False
    )
    month = models.DateField()
    done = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField()
    minutes = models.DecimalField(max_digits=8, decimal_places=2)
    by = models.ForeignKey("aiops.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = WorkloadRowQuerySet.as_manager()

    class Meta:
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(fields=["workload", "month"], name="self_report_one_a_month"),
            models.CheckConstraint(condition=Q(accepted__lte=F("done")), name="self_report_accepted_of_done"),
            models.CheckConstraint(condition=Q(minutes__gte=0), name="self_report_minutes_not_negative"),
            models.CheckConstraint(condition=Q(month__day=1), name="self_report_first_of_month"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%B %Y}"
