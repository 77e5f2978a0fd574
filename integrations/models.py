"""Connections to outside systems, and every message in or out as a row."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from integrations.secrets import EncryptedField


class ConnectQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> "ConnectQuerySet":
        """IT admins only: an address is as telling as a secret."""
        return self.all() if permissions.has(user, Permission.CONNECT) else self.none()


class Connection(models.Model):
    """A link to an outside system. The secret is write-only: pages show its fingerprint and age."""

    class Kind(models.TextChoices):
        MODEL_ENDPOINT = "model_endpoint", "Model endpoint (OpenAI-compatible)"
        ALERTMANAGER = "alertmanager", "Alertmanager, alerts in"
        WEBHOOK = "webhook", "Webhook out"
        SLACK = "slack", "Slack out"
        SMTP = "smtp", "Mail server (SMTP)"
        IMAP = "imap", "Mailbox for candidates (IMAP)"
        HEALTH = "health", "Health address"

    class Encryption(models.TextChoices):
        STARTTLS = "starttls", "STARTTLS"
        TLS = "tls", "TLS"
        NONE = "none", "none"

    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=80, unique=True)
    url = models.URLField(max_length=400, blank=True)
    host = models.CharField(max_length=200, blank=True)
    port = models.PositiveIntegerField(null=True, blank=True)
    encryption = models.CharField(max_length=8, choices=Encryption.choices, default=Encryption.STARTTLS)
    username = models.CharField(max_length=200, blank=True)
    sender = models.EmailField(blank=True)
    default_model = models.CharField(max_length=120, blank=True)
    secret = EncryptedField(blank=True)
    secret_fingerprint = models.CharField(max_length=8, blank=True)
    secret_set_at = models.DateTimeField(null=True, blank=True)
    allowed_hosts = ArrayField(
        models.CharField(max_length=120),
        default=list,
        blank=True,
        help_text="private hosts or networks it may reach",
    )
    enabled = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_failure_at = models.DateTimeField(null=True, blank=True)
    last_failure = models.CharField(max_length=300, blank=True)
    last_failure_fix = models.CharField(max_length=300, blank=True)

    objects = ConnectQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_failing(self) -> bool:
        """The last thing that happened was a failure."""
        if self.last_failure_at is None:
            return False
        return self.last_success_at is None or self.last_failure_at > self.last_success_at


class Delivery(models.Model):
    """One message in or out. Outgoing rows are an outbox: written with the change, sent after it."""

    class Direction(models.TextChoices):
        IN = "in", "in"
        OUT = "out", "out"

    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        SENDING = "sending", "being sent"
        SENT = "sent", "sent"
        FAILED = "failed", "failed"
        RECEIVED = "received", "received"
        IGNORED = "ignored", "ignored"

    connection = models.ForeignKey(
        Connection, on_delete=models.SET_NULL, null=True, blank=True, related_name="deliveries"
    )
    direction = models.CharField(max_length=3, choices=Direction.choices)
    kind = models.CharField(max_length=16, help_text="mail, notice or alert")
    dedup_key = models.CharField(max_length=200, blank=True)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    response_status = models.PositiveSmallIntegerField(null=True, blank=True)
    effect = models.CharField(max_length=200, blank=True)
    repeats = models.PositiveIntegerField(default=0, help_text="how often the same message came again")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    replay_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replays"
    )

    objects = ConnectQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "direction", "dedup_key"],
                condition=~Q(dedup_key=""),
                nulls_distinct=False,
                name="delivery_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="queued") | Q(next_attempt_at__isnull=False),
                name="delivery_queued_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(lease_until__isnull=False),
                name="delivery_sending_has_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(state__in=["queued", "sending"]), name="delivery_due"
            ),
            models.Index(fields=["connection", "-created_at"], name="delivery_of_connection"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.direction}, {self.created_at:%Y-%m-%d %H:%M}"


class DigestLineQuerySet(models.QuerySet["DigestLine"]):
    def visible_to(self, user: Any) -> "DigestLineQuerySet":
        return self.filter(user_id=getattr(user, "pk", None))


class DigestLine(models.Model):
    """One sentence for one person that waits for their weekly digest. Sent once; the same key is one line."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="digest_lines")
    topic = models.CharField(max_length=20)
    sentence = models.CharField(max_length=400)
    path = models.CharField(max_length=300, help_text="where it leads, without the host")
    dedup_key = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = DigestLineQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "dedup_key"], name="digest_line_once")]
        indexes = [models.Index(fields=["user"], condition=Q(sent_at=None), name="digest_line_waiting")]

    def __str__(self) -> str:
        return f"{self.topic} for {self.user}"


class Unsubscribed(models.Model):
    """A kind of mail that a person does not want. No row means: sent."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="unsubscribed")
    topic = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "unsubscribed"
        constraints = [models.UniqueConstraint(fields=["user", "topic"], name="unsubscribed_once")]

    def __str__(self) -> str:
        return f"{self.user}: no {self.topic}"
