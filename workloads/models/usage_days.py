"""Daily sums of the hourly ones: cost pages read these for the days that are settled."""

from django.db import models

from workloads.models.rows import WorkloadRowQuerySet, text
from workloads.models.usage import UsageSums


class UsageDay(UsageSums):
    """One settled day (UTC) of a workload's model in a cost centre: what its rows of UsageHour add up to.

    A job settles the days before today and looks after them: a call that comes late to a settled day counts in
    here minutes later. Days that are not settled are read from hours: workloads.queries.usage puts both together.
    """

    workload = models.ForeignKey(
        "workloads.Workload", models.PROTECT, related_name="usage_days", db_index=False, db_constraint=False
    )
    day = models.DateField(db_index=True)
    provider = text()
    model = text()
    cost_centre = text()

    objects = WorkloadRowQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workload", "day", "provider", "model", "cost_centre"], name="usage_day_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model or 'unknown model'} {self.day:%Y-%m-%d}"
