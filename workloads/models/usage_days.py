"""Daily sums of the hourly ones, kept by the database itself: cost pages of months read these."""

from django.db import models
from django.db.models import Q

from workloads.models.rows import WorkloadRowQuerySet, counter, text
from workloads.models.usage import usd


class UsageDay(models.Model):
    """A part of what a day (UTC) of a workload's model in a cost centre adds up to: sum the rows, never read one.

    Triggers of UsageHour append a row for whatever changes the hours, in the same transaction, so the sum is right at
    every moment and no writer waits for another. A job puts the rows of a day together; `folded` are those it made.
    """

    workload = models.ForeignKey(
        "workloads.Workload", models.PROTECT, related_name="usage_days", db_index=False, db_constraint=False
    )
    day = models.DateField(db_index=True)
    provider = text()
    model = text()
    cost_centre = text()
    calls = counter()
    errors = counter()
    cost_usd = usd()
    upper_bound_cost_usd = usd()
    unpriced_calls = counter()
    upper_bound_calls = counter()
    folded = models.BooleanField(default=True, help_text="false: came since the job put the rows together")

    objects = WorkloadRowQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workload", "day", "provider", "model", "cost_centre"],
                condition=Q(folded=True),
                name="usage_day_folded_once",
            ),
        ]
        indexes = [models.Index(fields=["day"], condition=Q(folded=False), name="usage_day_loose")]

    def __str__(self) -> str:
        return f"{self.model or 'unknown model'} {self.day:%Y-%m-%d}"
