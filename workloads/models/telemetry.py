"""What arrives by OpenTelemetry: the keys that senders hold, calls of models, and their hourly sums."""

import hashlib
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from workloads.models.inventory import Workload

TELEMETRY_WRITE = "telemetry:write"
OUTCOMES_WRITE = "outcomes:write"
SCOPES = {TELEMETRY_WRITE: "send traces", OUTCOMES_WRITE: "send outcomes"}


def digest_of(plain: str) -> str:
    """What is stored of a key: enough to recognise it, too little to use it."""
    return hashlib.sha256(plain.encode()).hexdigest()


def plain_usd(amount: Decimal) -> str:
    """Every digit that counts and no trailing zero. Never through normalize(), which rounds to 28 digits."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


class WorkloadRowQuerySet(models.QuerySet):
    """Rows that are seen by whoever sees their workload."""

    def visible_to(self, user):
        return self.filter(workload__in=Workload.objects.visible_to(user))


class IngestKeyQuerySet(WorkloadRowQuerySet):
    def by_plain(self, plain: str):
        """The key that this text is, usable or not; None when nobody issued it."""
        return self.select_related("workload").filter(digest=digest_of(plain)).first()


class IngestKey(models.Model):
    """Lets one program write to one workload. The key itself is shown once and stored as a digest."""

    workload = models.ForeignKey("workloads.Workload", models.PROTECT, related_name="ingest_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    created_by = models.ForeignKey("aiops.User", models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = IngestKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=list(SCOPES)) & Q(scopes__len__gt=0),
                name="ingest_key_known_scopes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_usable(self, at) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)


class CostSource(models.TextChoices):
    CLIENT = "client", "sent by the client"
    LIST = "list", "list price of the day"
    UPPER_BOUND = "upper_bound", "at most: the client does not say what was cached"
    UNPRICED = "unpriced", "no price known"
    NONE = "none", "failed before any token was used"


def _count() -> models.BigIntegerField:
    return models.BigIntegerField(default=0)


class Call(models.Model):
    """One call of a model, counted once however often its span is sent. Cost in US dollars, unrounded."""

    workload = models.ForeignKey("workloads.Workload", models.PROTECT, related_name="calls", db_index=False)
    trace_id = models.CharField(max_length=32)
    span_id = models.CharField(max_length=16)
    started_at = models.DateTimeField()
    operation = models.CharField(max_length=40)
    provider = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=200, blank=True)
    environment = models.CharField(max_length=200, blank=True)
    dialect = models.CharField(max_length=20)
    input_tokens = _count()
    output_tokens = _count()
    cached_tokens = _count()
    cache_write_tokens = _count()
    reasoning_tokens = _count()
    latency_ms = _count()
    is_error = models.BooleanField(default=False)
    error_type = models.CharField(max_length=200, blank=True)
    clamped = models.BooleanField(default=False)
    cost = models.DecimalField(max_digits=44, decimal_places=24, null=True)
    cost_source = models.CharField(max_length=12, choices=CostSource)
    received_at = models.DateTimeField()

    objects = WorkloadRowQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["workload", "trace_id", "span_id"], name="call_counted_once"),
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
        indexes = [models.Index(fields=["workload", "-started_at", "-id"], name="call_by_time")]

    def __str__(self) -> str:
        return f"{self.model or 'unknown model'} {self.trace_id[:8]}/{self.span_id}"

    def get_absolute_url(self) -> str:
        return reverse("workloads:call", args=[self.workload.number, self.pk])

    @property
    def cost_text(self) -> str:
        """The cost to its last digit, without trailing zeros: "0.0001542"."""
        return "" if self.cost is None else plain_usd(self.cost)


class UsageHour(models.Model):
    """Sums of the calls of one hour (UTC) of one kind. What is unpriced is counted, never taken for free."""

    workload = models.ForeignKey(
        "workloads.Workload", models.PROTECT, related_name="usage_hours", db_index=False
    )
    hour = models.DateTimeField()
    provider = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=200, blank=True)
    operation = models.CharField(max_length=40)
    environment = models.CharField(max_length=200, blank=True)
    calls = _count()
    errors = _count()
    input_tokens = _count()
    output_tokens = _count()
    cached_tokens = _count()
    cache_write_tokens = _count()
    reasoning_tokens = _count()
    latency_ms_sum = _count()
    cost_usd = models.DecimalField(max_digits=50, decimal_places=24, default=0)
    unpriced_calls = _count()
    upper_bound_calls = _count()

    objects = WorkloadRowQuerySet.as_manager()

    class Meta:
        ordering = ["-hour", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workload", "hour", "provider", "model", "operation", "environment"],
                name="usage_hour_unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model or 'unknown model'} {self.hour:%Y-%m-%d %H:00}"


class SeenModel(models.Model):
    """A model that a workload has called: the first call of each is a change, told once."""

    workload = models.ForeignKey(
        "workloads.Workload", models.PROTECT, related_name="seen_models", db_index=False
    )
    provider = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=200)
    first_call_at = models.DateTimeField()

    objects = WorkloadRowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workload", "provider", "model"], name="model_seen_once"),
        ]

    def __str__(self) -> str:
        return self.model
