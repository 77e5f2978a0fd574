"""What is known of the data that arrives beside the calls themselves."""

from django.db import models

from workloads.models.rows import WorkloadRowQuerySet


class Signal(models.TextChoices):
    TRACES = "traces", "traces"
    LOGS = "logs", "logs"
    METRICS = "metrics", "metrics"
    SCORES = "scores", "scores"


class Arrival(models.Model):
    """When a kind of data last came for a workload, and what was wrong with it, in words about it, never of it.

    `items` counts log records, metric points and scores. Spans are counted as calls, in the hourly sums.
    """

    workload = models.ForeignKey(
        "workloads.Workload", models.CASCADE, related_name="arrivals", db_index=False
    )
    signal = models.CharField(max_length=8, choices=Signal)
    items = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField()
    words = models.CharField(max_length=500, blank=True)
    words_at = models.DateTimeField(null=True, blank=True)

    objects = WorkloadRowQuerySet.as_manager()

    class Meta:
        ordering = ["signal"]
        constraints = [models.UniqueConstraint(fields=["workload", "signal"], name="arrival_once")]

    def __str__(self) -> str:
        return f"{self.get_signal_display()} of {self.workload}"


class SeenAttribute(models.Model):
    """The name of an attribute that a workload's calls carry, for IT to choose from. Values are never kept."""

    workload = models.ForeignKey("workloads.Workload", models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=120)
    last_seen_at = models.DateTimeField()

    objects = WorkloadRowQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["workload", "name"], name="attribute_seen_once")]

    def __str__(self) -> str:
        return self.name


class LogContent(models.Model):
    """Prompt or answer of one span that came as a log event, which may be there before the span is."""

    workload = models.ForeignKey("workloads.Workload", models.CASCADE, related_name="+", db_index=False)
    trace_id = models.CharField(max_length=32)
    span_id = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    content_in = models.TextField(blank=True)
    content_out = models.TextField(blank=True)

    objects = WorkloadRowQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workload", "trace_id", "span_id", "digest"], name="log_content_once"
            )
        ]
        indexes = [models.Index(fields=["at"], name="log_content_by_time")]

    def __str__(self) -> str:
        return f"content of {self.trace_id[:8]}/{self.span_id}"
