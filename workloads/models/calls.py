"""Calls of models, one row each, their kept content, and which of two spans of one call counts.

The tables of calls and content are partitioned by month of `started_at`. Their key starts with workload and time:
new rows land side by side, and the latest calls of a workload are read off the key without another index.
"""

import re
from datetime import UTC, datetime, timedelta

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from workloads.models.rows import WorkloadRowQuerySet, counter, plain_usd, text

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REFERENCE = re.compile(r"(\d{1,17})-([0-9a-f]{32})-([0-9a-f]{16})")


class CostSource(models.TextChoices):
    CLIENT = "client", "sent by the client"
    OWN = "own", "own price book"
    LIST = "list", "list price of the day"
    UPPER_BOUND = "upper_bound", "at most: the client does not say what was cached"
    UNPRICED = "unpriced", "no price known"
    NONE = "none", "failed before any token was used"


class SpanRowQuerySet(WorkloadRowQuerySet):
    def by_reference(self, reference: str):
        """The rows of one span, found by its key; none when the text is no reference."""
        found = REFERENCE.fullmatch(reference)
        if found is None:
            return self.none()
        started_at = EPOCH + timedelta(microseconds=int(found[1]))
        return self.filter(started_at=started_at, trace_id=found[2], span_id=found[3])


class SpanRow(models.Model):
    """A row that belongs to one span. The database checks no foreign key for each of ten thousand rows a second:
    the writer holds the workload's row, and workloads with calls are never deleted."""

    pk = models.CompositePrimaryKey("workload_id", "started_at", "trace_id", "span_id")
    workload = models.ForeignKey(
        "workloads.Workload", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    started_at = models.DateTimeField()
    trace_id = models.CharField(max_length=32, db_collation="C")
    span_id = models.CharField(max_length=16, db_collation="C")

    objects = SpanRowQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def reference(self) -> str:
        """The key as it stands in an address: microseconds since 1970, trace, span."""
        return f"{(self.started_at - EPOCH) // timedelta(microseconds=1)}-{self.trace_id}-{self.span_id}"


class Call(SpanRow):
    """One call of a model, counted once however often its span is sent. Cost in US dollars, unrounded.

    `counted` is false for a span that stands for a call which another span reports better (a wrapper and its raw
    twin): it is kept and shown, and is in no sum.
    """

    workload = models.ForeignKey(
        "workloads.Workload", models.PROTECT, related_name="calls", db_index=False, db_constraint=False
    )
    operation = models.CharField(max_length=40)
    provider = text()
    model = text()
    environment = text()
    cost_centre = text()
    dialect = models.CharField(max_length=20)
    input_tokens = counter()
    output_tokens = counter()
    cached_tokens = counter()
    cache_write_tokens = counter()
    reasoning_tokens = counter()
    latency_ms = counter()
    ttft_ms = models.BigIntegerField(null=True)
    is_error = models.BooleanField(default=False)
    error_type = text()
    is_retry = models.BooleanField(default=False)
    clamped = models.BooleanField(default=False)
    counted = models.BooleanField(default=True)
    # None: stored before this was kept.
    is_batch = models.BooleanField(null=True, help_text="went through the provider's batch service")
    cost = models.DecimalField(max_digits=44, decimal_places=24, null=True)
    cost_source = models.CharField(max_length=12, choices=CostSource)
    prompt_name = text()
    prompt_version = text()
    release = text()
    service = text()
    user_key = text(64)
    business_key = text()
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["-started_at", "-trace_id", "-span_id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    input_tokens__gte=0, output_tokens__gte=0, cached_tokens__gte=0, reasoning_tokens__gte=0
                )
                & Q(cache_write_tokens__gte=0, latency_ms__gte=0)
                & Q(input_tokens__gte=F("cached_tokens") + F("cache_write_tokens")),
                name="call_tokens_possible",
            ),
            models.CheckConstraint(
                condition=Q(cost__isnull=True, cost_source="unpriced")
                | (Q(cost__gte=0) & ~Q(cost_source="unpriced")),
                name="call_priced_or_not",
            ),
        ]
        # Rows arrive in the order of this time, so a few bytes a block tell which blocks are new.
        indexes = [BrinIndex(fields=["received_at"], name="call_received")]

    def __str__(self) -> str:
        return f"{self.model or 'unknown model'} {self.trace_id[:8]}/{self.span_id}"

    @property
    def cost_text(self) -> str:
        """The cost to its last digit, without trailing zeros: "0.0001542"."""
        return "" if self.cost is None else plain_usd(self.cost)


class CallContent(SpanRow):
    """Prompt and answer of one call, kept only as the workload's policy says and for its own, shorter time."""

    content_in = models.TextField(blank=True)
    content_out = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"content of {self.trace_id[:8]}/{self.span_id}"


class CallTwin(models.Model):
    """Which span counts for a model call that several spans report. They may arrive in different requests."""

    workload = models.ForeignKey("workloads.Workload", models.PROTECT, related_name="+", db_index=False)
    twin_key = models.CharField(max_length=200, db_collation="C")
    started_at = models.DateTimeField(db_index=True)
    trace_id = models.CharField(max_length=32)
    span_id = models.CharField(max_length=16)
    rank = models.BigIntegerField(help_text="how well the span reports the call; the highest counts")

    objects = WorkloadRowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workload", "twin_key"], name="call_twin_one_counts"),
        ]

    def __str__(self) -> str:
        return self.twin_key
