"""Finished work: what a business system reports item by item, or what an owner says once a month."""

from django.db import models
from django.db.models import F, Q

from workloads.models.telemetry import WorkloadRowQuerySet


class OutcomeSource(models.TextChoices):
    API = "api", "sent by a system"
    CSV = "csv", "uploaded as CSV"
    SPAN = "span", "marked by telemetry, provisional"


class Arm(models.TextChoices):
    """Who did it: the workload, or people as before, in a share or place that was held out to compare with."""

    AI = "", "by the workload"
    CONTROL = "control", "by people, held out"


class Outcome(models.Model):
    """One finished item, accepted or not; minutes = people's work that it still took.

    `accepted` is None until somebody judged it. Held-out items (`arm`) are counted nowhere but in comparisons. A row
    that the business system took back keeps its id with `struck_at` and counts no more.
    """

    workload = models.ForeignKey(
        "workloads.Workload", models.PROTECT, related_name="outcomes", db_index=False
    )
    external_id = models.CharField(max_length=200)
    finished_at = models.DateTimeField()
    accepted = models.BooleanField(null=True)
    minutes = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    arm = models.CharField(max_length=8, choices=Arm, default=Arm.AI, db_default="", blank=True)
    place = models.CharField(
        max_length=80, default="", db_default="", blank=True, help_text="site, team or queue"
    )
    source = models.CharField(max_length=8, choices=OutcomeSource)
    created_at = models.DateTimeField()
    struck_at = models.DateTimeField(null=True, blank=True)

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


class OutcomeDay(models.Model):
    """One day (in the company's time zone) of a workload's outcomes: what pages and the ledger read, never the items.

    `judged` of the `done` items have a verdict. `minutes_sum` and `minutes_squares` are over `minutes_n` items. Items
    that only telemetry marked and items that were struck are not in it. `changed_at` is the last change of the sums.
    """

    workload = models.ForeignKey(
        "workloads.Workload", models.PROTECT, related_name="outcome_days", db_index=False, db_constraint=False
    )
    day = models.DateField()
    arm = models.CharField(max_length=8, choices=Arm, default=Arm.AI, blank=True)
    place = models.CharField(max_length=80, default="", blank=True)
    done = models.PositiveIntegerField(default=0)
    judged = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    minutes_n = models.PositiveIntegerField(default=0)
    minutes_sum = models.DecimalField(max_digits=24, decimal_places=4, default=0)
    minutes_squares = models.DecimalField(max_digits=34, decimal_places=8, default=0)
    changed_at = models.DateTimeField()

    objects = WorkloadRowQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["workload", "day", "arm", "place"], name="outcome_day_once"),
            models.CheckConstraint(
                condition=Q(accepted__lte=F("judged"), judged__lte=F("done"), minutes_n__lte=F("done")),
                name="outcome_day_parts_of_done",
            ),
        ]
        indexes = [models.Index(fields=["changed_at"], name="outcome_day_changed")]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}: {self.done}"


class OutcomeZone(models.Model):
    """The time zone that a workload's daily sums are in; UTC where there is no row. It follows the company's."""

    workload = models.OneToOneField(
        "workloads.Workload", models.CASCADE, primary_key=True, related_name="outcome_zone"
    )
    zone = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.zone


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
