"""Hourly sums of calls, kept for good, and what was seen in them for the first and the last time."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from workloads.models.rows import WorkloadRowQuerySet, counter, text


def usd() -> models.DecimalField:
    """A sum of US dollars, unrounded."""
    return models.DecimalField(max_digits=50, decimal_places=24, default=0)


class UsageSums(models.Model):
    """What calls add up to. What is unpriced is counted, never taken for free.

    The four costs by source add up to `cost_usd`.
    """

    calls = counter()
    errors = counter()
    retries = counter()
    input_tokens = counter()
    output_tokens = counter()
    cached_tokens = counter()
    cache_write_tokens = counter()
    reasoning_tokens = counter()
    latency_ms_sum = counter()
    cost_usd = usd()
    client_cost_usd = usd()
    list_cost_usd = usd()
    own_cost_usd = usd()
    upper_bound_cost_usd = usd()
    unpriced_calls = counter()
    upper_bound_calls = counter()

    class Meta:
        abstract = True


class UsageHour(UsageSums):
    """Sums of the calls of one hour (UTC) of one kind. `latency_sketch`: workloads.calc.sketch tells what it holds."""

    workload = models.ForeignKey(
        "workloads.Workload", models.PROTECT, related_name="usage_hours", db_index=False
    )
    hour = models.DateTimeField()
    provider = text()
    model = text()
    operation = models.CharField(max_length=40)
    environment = text()
    cost_centre = text()
    latency_sketch = ArrayField(models.BigIntegerField(), default=list)

    objects = WorkloadRowQuerySet.as_manager()

    class Meta:
        ordering = ["-hour", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "workload", "hour", "provider", "model", "operation", "environment", "cost_centre",
                ],
                name="usage_hour_unique",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.model or 'unknown model'} {self.hour:%Y-%m-%d %H:00}"


class SeenModel(models.Model):
    """A model that a workload has called: the first call of each is a change, told once."""

    workload = models.ForeignKey(
        "workloads.Workload", models.PROTECT, related_name="seen_models", db_index=False
    )
    provider = text()
    model = models.CharField(max_length=200)
    first_call_at = models.DateTimeField()

    objects = WorkloadRowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workload", "provider", "model"], name="model_seen_once"),
        ]

    def __str__(self) -> str:
        return self.model
