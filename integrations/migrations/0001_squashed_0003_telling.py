"""The first three migrations in one: connections, deliveries, and who is told how."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import integrations.secrets
from aiops.migrations._at_once import AtOnce

TABLES = [
    migrations.CreateModel(
        name="Connection",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("model_endpoint", "Model endpoint (OpenAI-compatible)"),
                        ("alertmanager", "Alertmanager, alerts in"),
                        ("webhook", "Webhook out"),
                        ("slack", "Slack out"),
                        ("smtp", "Mail server (SMTP)"),
                        ("imap", "Mailbox for candidates (IMAP)"),
                        ("health", "Health address"),
                    ],
                    max_length=16,
                ),
            ),
            ("name", models.CharField(max_length=80, unique=True)),
            ("url", models.URLField(blank=True, max_length=400)),
            ("host", models.CharField(blank=True, max_length=200)),
            ("port", models.PositiveIntegerField(blank=True, null=True)),
            (
                "encryption",
                models.CharField(
                    choices=[("starttls", "STARTTLS"), ("tls", "TLS"), ("none", "none")],
                    default="starttls",
                    max_length=8,
                ),
            ),
            ("username", models.CharField(blank=True, max_length=200)),
            ("sender", models.EmailField(blank=True, max_length=254)),
            ("default_model", models.CharField(blank=True, max_length=120)),
            ("secret", integrations.secrets.EncryptedField(blank=True)),
            ("secret_fingerprint", models.CharField(blank=True, max_length=8)),
            ("secret_set_at", models.DateTimeField(blank=True, null=True)),
            (
                "allowed_hosts",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=120),
                    blank=True,
                    default=list,
                    help_text="private hosts or networks it may reach",
                    size=None,
                ),
            ),
            ("enabled", models.BooleanField(default=True)),
            ("created_at", models.DateTimeField()),
            ("last_success_at", models.DateTimeField(blank=True, null=True)),
            ("last_failure_at", models.DateTimeField(blank=True, null=True)),
            ("last_failure", models.CharField(blank=True, max_length=300)),
            ("last_failure_fix", models.CharField(blank=True, max_length=300)),
            (
                "created_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={
            "ordering": ["kind", "name", "pk"],
        },
    ),
    migrations.CreateModel(
        name="Delivery",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("direction", models.CharField(choices=[("in", "in"), ("out", "out")], max_length=3)),
            ("kind", models.CharField(help_text="mail, notice or alert", max_length=16)),
            ("dedup_key", models.CharField(blank=True, max_length=200)),
            ("payload", models.JSONField(default=dict)),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "waiting"),
                        ("sending", "being sent"),
                        ("sent", "sent"),
                        ("failed", "failed"),
                        ("received", "received"),
                        ("ignored", "ignored"),
                    ],
                    max_length=8,
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("next_attempt_at", models.DateTimeField(blank=True, null=True)),
            ("lease_until", models.DateTimeField(blank=True, null=True)),
            ("last_error", models.CharField(blank=True, max_length=300)),
            ("response_status", models.PositiveSmallIntegerField(blank=True, null=True)),
            ("effect", models.CharField(blank=True, max_length=200)),
            (
                "repeats",
                models.PositiveIntegerField(default=0, help_text="how often the same message came again"),
            ),
            ("created_at", models.DateTimeField()),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "connection",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="deliveries",
                    to="integrations.connection",
                ),
            ),
            (
                "replay_of",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="replays",
                    to="integrations.delivery",
                ),
            ),
        ],
        options={
            "verbose_name_plural": "deliveries",
            "ordering": ["-created_at", "-pk"],
            "indexes": [
                models.Index(
                    condition=models.Q(("state__in", ["queued", "sending"])),
                    fields=["next_attempt_at"],
                    name="delivery_due",
                ),
                models.Index(fields=["connection", "-created_at"], name="delivery_of_connection"),
            ],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("dedup_key", ""), _negated=True),
                    fields=("connection", "direction", "dedup_key"),
                    name="delivery_once",
                    nulls_distinct=False,
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "queued"), _negated=True),
                        ("next_attempt_at__isnull", False),
                        _connector="OR",
                    ),
                    name="delivery_queued_has_time",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "sending"), _negated=True),
                        ("lease_until__isnull", False),
                        _connector="OR",
                    ),
                    name="delivery_sending_has_lease",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="DigestLine",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("topic", models.CharField(max_length=20)),
            ("sentence", models.CharField(max_length=400)),
            ("path", models.CharField(help_text="where it leads, without the host", max_length=300)),
            ("dedup_key", models.CharField(max_length=200)),
            ("created_at", models.DateTimeField()),
            ("sent_at", models.DateTimeField(blank=True, null=True)),
            (
                "user",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="digest_lines",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "ordering": ["created_at", "pk"],
            "indexes": [
                models.Index(
                    condition=models.Q(("sent_at", None)), fields=["user"], name="digest_line_waiting"
                )
            ],
            "constraints": [models.UniqueConstraint(fields=("user", "dedup_key"), name="digest_line_once")],
        },
    ),
    migrations.CreateModel(
        name="Unsubscribed",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("topic", models.CharField(max_length=20)),
            ("at", models.DateTimeField()),
            (
                "user",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="unsubscribed",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "verbose_name_plural": "unsubscribed",
            "constraints": [models.UniqueConstraint(fields=("user", "topic"), name="unsubscribed_once")],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("integrations", "0001_initial"),
        ("integrations", "0002_health_address"),
        ("integrations", "0003_telling"),
    ]
    dependencies = [("aiops", "0001_squashed_0002_audit_append_only")]
    operations = [AtOnce(TABLES)]
