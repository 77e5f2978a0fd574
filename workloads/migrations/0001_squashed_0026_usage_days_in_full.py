"""The first thirteen migrations in one; what they carried over from earlier tables, a new database has not."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import workloads.models.budgets
from aiops.migrations._at_once import AtOnce

CALLS = """
CREATE TABLE workloads_call (
  workload_id bigint NOT NULL,
  started_at timestamptz NOT NULL,
  trace_id varchar(32) COLLATE "C" NOT NULL,
  span_id varchar(16) COLLATE "C" NOT NULL,
  received_at timestamptz NOT NULL,
  input_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  cached_tokens bigint NOT NULL,
  cache_write_tokens bigint NOT NULL,
  reasoning_tokens bigint NOT NULL,
  latency_ms bigint NOT NULL,
  ttft_ms bigint NULL,
  is_error boolean NOT NULL,
  is_retry boolean NOT NULL,
  clamped boolean NOT NULL,
  counted boolean NOT NULL,
  operation varchar(40) NOT NULL,
  provider varchar(200) NOT NULL,
  model varchar(200) NOT NULL,
  environment varchar(200) NOT NULL,
  cost_centre varchar(200) NOT NULL,
  dialect varchar(20) NOT NULL,
  error_type varchar(200) NOT NULL,
  cost numeric(44, 24) NULL,
  cost_source varchar(12) NOT NULL,
  prompt_name varchar(200) NOT NULL,
  prompt_version varchar(200) NOT NULL,
  release varchar(200) NOT NULL,
  service varchar(200) NOT NULL,
  user_key varchar(64) NOT NULL,
  business_key varchar(200) NOT NULL,
  CONSTRAINT workloads_call_pkey PRIMARY KEY (workload_id, started_at, trace_id, span_id),
  CONSTRAINT call_tokens_possible CHECK (
    input_tokens >= 0 AND output_tokens >= 0 AND cached_tokens >= 0 AND reasoning_tokens >= 0
    AND cache_write_tokens >= 0 AND latency_ms >= 0 AND input_tokens >= cached_tokens + cache_write_tokens),
  CONSTRAINT call_priced_or_not CHECK (
    (cost IS NULL AND cost_source = 'unpriced') OR (cost >= 0 AND NOT cost_source = 'unpriced'))
) PARTITION BY RANGE (started_at);
CREATE INDEX call_received ON workloads_call USING brin (received_at);

CREATE TABLE workloads_callcontent (
  workload_id bigint NOT NULL,
  started_at timestamptz NOT NULL,
  trace_id varchar(32) COLLATE "C" NOT NULL,
  span_id varchar(16) COLLATE "C" NOT NULL,
  content_in text NOT NULL,
  content_out text NOT NULL,
  CONSTRAINT workloads_callcontent_pkey PRIMARY KEY (workload_id, started_at, trace_id, span_id)
) PARTITION BY RANGE (started_at);

-- Months from what retention keeps at most by default to two months ahead; the rest takes what no month takes.
-- Later months are made by a job.
CREATE TABLE workloads_call_rest PARTITION OF workloads_call DEFAULT;
CREATE TABLE workloads_callcontent_rest PARTITION OF workloads_callcontent DEFAULT;
DO $$
DECLARE
  first date := date_trunc('month', (now() - interval '90 days') AT TIME ZONE 'UTC');
  month date;
  parent text;
BEGIN
  FOR month IN SELECT generate_series(first, date_trunc('month', now() AT TIME ZONE 'UTC') + interval '2 months',
                                      interval '1 month')::date LOOP
    FOREACH parent IN ARRAY ARRAY['workloads_call', 'workloads_callcontent'] LOOP
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
        parent || '_' || to_char(month, 'YYYY_MM'), parent,
        month || ' 00:00+00', (month + interval '1 month')::date || ' 00:00+00');
    END LOOP;
  END LOOP;
END $$;
"""
NO_CALLS = "DROP TABLE workloads_callcontent; DROP TABLE workloads_call;"

# The rows of the current hour and of today are written again and again: room beside them keeps them on their page.
ROOM = """
ALTER TABLE workloads_usagehour SET (fillfactor = 60);
ALTER TABLE workloads_usageday SET (fillfactor = 60);
"""

TABLES = [
    migrations.CreateModel(
        name="Check",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("eval", "eval"),
                        ("cost", "cost"),
                        ("drift", "drift"),
                        ("reliability", "reliability"),
                    ],
                    max_length=12,
                ),
            ),
            ("name", models.CharField(max_length=120)),
            ("every_minutes", models.PositiveIntegerField()),
            ("next_due_at", models.DateTimeField()),
            ("enabled", models.BooleanField(default=True)),
            (
                "created_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="checks",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["workload_id", "kind", "name", "pk"],
            "indexes": [
                models.Index(condition=models.Q(("enabled", True)), fields=["next_due_at"], name="check_due")
            ],
            "constraints": [
                models.UniqueConstraint(fields=("workload", "kind", "name"), name="check_once"),
                models.CheckConstraint(
                    condition=models.Q(("every_minutes__gte", 1)), name="check_cadence_positive"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="CheckRun",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("slot", models.DateTimeField()),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "waiting for a worker"),
                        ("running", "running"),
                        ("done", "done"),
                        ("failed", "failed"),
                    ],
                    default="queued",
                    max_length=8,
                ),
            ),
            ("queued_at", models.DateTimeField()),
            ("claimed_by", models.CharField(blank=True, max_length=120)),
            ("lease_until", models.DateTimeField(blank=True, null=True)),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("done", models.PositiveIntegerField(default=0)),
            ("total", models.PositiveIntegerField(default=0)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            ("error", models.CharField(blank=True, max_length=500)),
            (
                "check_of",
                models.ForeignKey(
                    db_column="check_id",
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="runs",
                    to="workloads.check",
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "ordering": ["-slot", "-pk"],
            "indexes": [
                models.Index(
                    condition=models.Q(("state__in", ["queued", "running"])),
                    fields=["state", "lease_until"],
                    name="run_open",
                )
            ],
            "constraints": [
                models.UniqueConstraint(fields=("check_of", "slot"), name="check_run_slot_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "running"), _negated=True),
                        ("lease_until__isnull", False),
                        _connector="OR",
                    ),
                    name="check_run_running_has_lease",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["queued", "running"]), ("finished_at__isnull", False), _connector="OR"
                    ),
                    name="check_run_ended_has_time",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Finding",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("at", models.DateTimeField()),
            (
                "severity",
                models.CharField(
                    choices=[
                        ("ok", "fine"),
                        ("unknown", "cannot tell"),
                        ("warning", "look at it"),
                        ("bad", "bad"),
                    ],
                    max_length=8,
                ),
            ),
            ("sentence", models.CharField(max_length=500)),
            ("metric", models.CharField(blank=True, max_length=60)),
            ("value", models.DecimalField(blank=True, decimal_places=10, max_digits=24, null=True)),
            ("low", models.DecimalField(blank=True, decimal_places=10, max_digits=24, null=True)),
            ("high", models.DecimalField(blank=True, decimal_places=10, max_digits=24, null=True)),
            ("target", models.DecimalField(blank=True, decimal_places=10, max_digits=24, null=True)),
            ("unit", models.CharField(blank=True, max_length=20)),
            ("details", models.JSONField(blank=True, default=dict)),
            (
                "check_of",
                models.ForeignKey(
                    blank=True,
                    db_column="check_id",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="findings",
                    to="workloads.check",
                ),
            ),
            (
                "run",
                models.OneToOneField(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="finding",
                    to="workloads.checkrun",
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="findings",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["-at", "-pk"],
            "indexes": [models.Index(fields=["workload", "-at"], name="finding_by_time")],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("low", None), ("value", None), ("low__lte", models.F("value")), _connector="OR"
                    ),
                    name="finding_low_below_value",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("high", None), ("value", None), ("high__gte", models.F("value")), _connector="OR"
                    ),
                    name="finding_high_above_value",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Incident",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("number", models.PositiveIntegerField(unique=True)),
            ("title", models.CharField(max_length=200)),
            ("sentence", models.CharField(blank=True, max_length=500)),
            ("severity", models.CharField(choices=[("warning", "warning"), ("bad", "bad")], max_length=8)),
            (
                "source",
                models.CharField(
                    choices=[
                        ("finding", "a check"),
                        ("budget", "a budget"),
                        ("alert", "an alert from outside"),
                    ],
                    max_length=10,
                ),
            ),
            ("external_key", models.CharField(max_length=160)),
            (
                "state",
                models.CharField(
                    choices=[("open", "open"), ("acknowledged", "acknowledged"), ("resolved", "resolved")],
                    default="open",
                    max_length=12,
                ),
            ),
            ("opened_at", models.DateTimeField()),
            ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
            ("resolved_at", models.DateTimeField(blank=True, null=True)),
            ("resolution", models.CharField(blank=True, max_length=500)),
            (
                "acknowledged_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "finding",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="incidents",
                    to="workloads.finding",
                ),
            ),
            (
                "resolved_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="incidents",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["-opened_at", "-pk"],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("state", "resolved"), _negated=True),
                    fields=("workload", "external_key"),
                    name="incident_open_once",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("resolved_at", None), ("resolved_by", None)),
                        models.Q(("resolved_at__isnull", False), ("resolved_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="incident_resolved_pair",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "resolved"), _negated=True),
                        ("resolved_at__isnull", False),
                        _connector="OR",
                    ),
                    name="incident_resolved_has_time",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("acknowledged_at", None), ("acknowledged_by", None)),
                        models.Q(("acknowledged_at__isnull", False), ("acknowledged_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="incident_acknowledged_pair",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("resolved_at", None), ("resolved_at__gte", models.F("opened_at")), _connector="OR"
                    ),
                    name="incident_resolved_later",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="IncidentEntry",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("at", models.DateTimeField()),
            ("text", models.CharField(max_length=500)),
            (
                "by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "incident",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="entries",
                    to="workloads.incident",
                ),
            ),
        ],
        options={
            "ordering": ["at", "pk"],
        },
    ),
    migrations.CreateModel(
        name="Workload",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("number", models.PositiveIntegerField(unique=True)),
            ("name", models.CharField(max_length=120)),
            (
                "slug",
                models.SlugField(
                    help_text="the name that alerts and exporters use", max_length=120, unique=True
                ),
            ),
            (
                "klass",
                models.CharField(
                    choices=[
                        ("business_ai", "business AI"),
                        ("ai_for_ops", "AI for Ops"),
                        ("ops_for_ai", "Ops for AI"),
                    ],
                    max_length=12,
                    verbose_name="class",
                ),
            ),
            (
                "stage",
                models.CharField(
                    choices=[
                        ("approved", "approved"),
                        ("building", "building"),
                        ("pilot", "pilot"),
                        ("live", "live"),
                        ("retired", "retired"),
                    ],
                    default="approved",
                    max_length=10,
                ),
            ),
            ("planned_go_live", models.DateField(blank=True, null=True)),
            ("go_live", models.DateField(blank=True, null=True)),
            ("first_call_at", models.DateTimeField(blank=True, null=True)),
            ("retired_on", models.DateField(blank=True, null=True)),
            (
                "spent",
                models.DecimalField(
                    decimal_places=2, default=0, help_text="company currency, to date", max_digits=14
                ),
            ),
            ("monthly_budget", models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
            ("item_noun", models.CharField(default="item", max_length=40)),
            ("simulated", models.BooleanField(default=False)),
            ("created_at", models.DateTimeField()),
            (
                "builder",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "business_owner",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="workloads_owned",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "candidate",
                models.OneToOneField(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="workload",
                    to="backlog.candidate",
                ),
            ),
            (
                "deputy",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "it_steward",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "unit",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="workloads",
                    to="aiops.businessunit",
                ),
            ),
            (
                "content_policy",
                models.CharField(
                    choices=[
                        ("off", "not kept"),
                        ("sampled", "kept for a sample of traces"),
                        ("all", "kept"),
                    ],
                    default="off",
                    max_length=8,
                ),
            ),
            (
                "content_percent",
                models.PositiveSmallIntegerField(
                    default=10,
                    help_text="of the traces, when sampled",
                    validators=[
                        django.core.validators.MinValueValidator(1),
                        django.core.validators.MaxValueValidator(100),
                    ],
                ),
            ),
            (
                "content_days",
                models.PositiveSmallIntegerField(
                    default=30, help_text="how long prompts and answers are kept"
                ),
            ),
            (
                "calls_days",
                models.PositiveSmallIntegerField(default=90, help_text="how long single calls are kept"),
            ),
            (
                "trusts_client_cost",
                models.BooleanField(
                    default=True, help_text="a cost that the client sends goes before the price book"
                ),
            ),
        ],
        options={
            "ordering": ["name", "pk"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("spent__gte", 0)), name="workload_spent_not_negative"
                ),
                models.CheckConstraint(
                    condition=models.Q(("monthly_budget", None), ("monthly_budget__gt", 0), _connector="OR"),
                    name="workload_budget_positive",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("stage", "retired"), _negated=True),
                        ("retired_on__isnull", False),
                        _connector="OR",
                    ),
                    name="workload_retired_has_date",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("deputy", None),
                        models.Q(("deputy", models.F("business_owner")), _negated=True),
                        _connector="OR",
                    ),
                    name="workload_deputy_is_another",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("content_days__gte", 1),
                        ("content_percent__gte", 1),
                        ("content_percent__lte", 100),
                        ("calls_days__gte", models.F("content_days")),
                    ),
                    name="workload_keeps_calls_longest",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="UsageHour",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("hour", models.DateTimeField()),
            ("provider", models.CharField(blank=True, default="", max_length=200)),
            ("model", models.CharField(blank=True, default="", max_length=200)),
            ("operation", models.CharField(max_length=40)),
            ("environment", models.CharField(blank=True, default="", max_length=200)),
            ("calls", models.BigIntegerField(default=0)),
            ("errors", models.BigIntegerField(default=0)),
            ("input_tokens", models.BigIntegerField(default=0)),
            ("output_tokens", models.BigIntegerField(default=0)),
            ("cached_tokens", models.BigIntegerField(default=0)),
            ("cache_write_tokens", models.BigIntegerField(default=0)),
            ("reasoning_tokens", models.BigIntegerField(default=0)),
            ("latency_ms_sum", models.BigIntegerField(default=0)),
            ("cost_usd", models.DecimalField(decimal_places=24, default=0, max_digits=50)),
            ("unpriced_calls", models.BigIntegerField(default=0)),
            ("upper_bound_calls", models.BigIntegerField(default=0)),
            (
                "workload",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="usage_hours",
                    to="workloads.workload",
                ),
            ),
            ("cost_centre", models.CharField(blank=True, default="", max_length=200)),
            ("retries", models.BigIntegerField(default=0)),
            ("client_cost_usd", models.DecimalField(decimal_places=24, default=0, max_digits=50)),
            ("list_cost_usd", models.DecimalField(decimal_places=24, default=0, max_digits=50)),
            ("own_cost_usd", models.DecimalField(decimal_places=24, default=0, max_digits=50)),
            ("upper_bound_cost_usd", models.DecimalField(decimal_places=24, default=0, max_digits=50)),
            (
                "latency_sketch",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.BigIntegerField(), default=list, size=None
                ),
            ),
        ],
        options={
            "ordering": ["-hour", "pk"],
            "constraints": [
                models.UniqueConstraint(
                    fields=(
                        "workload",
                        "hour",
                        "provider",
                        "model",
                        "operation",
                        "environment",
                        "cost_centre",
                    ),
                    name="usage_hour_unique",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="SelfReport",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("month", models.DateField()),
            ("done", models.PositiveIntegerField()),
            ("accepted", models.PositiveIntegerField()),
            ("minutes", models.DecimalField(decimal_places=2, max_digits=8)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="self_reports",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["-month"],
            "constraints": [
                models.UniqueConstraint(fields=("workload", "month"), name="self_report_one_a_month"),
                models.CheckConstraint(
                    condition=models.Q(("accepted__lte", models.F("done"))),
                    name="self_report_accepted_of_done",
                ),
                models.CheckConstraint(
                    condition=models.Q(("minutes__gte", 0)), name="self_report_minutes_not_negative"
                ),
                models.CheckConstraint(
                    condition=models.Q(("month__day", 1)), name="self_report_first_of_month"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="SeenModel",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("provider", models.CharField(blank=True, default="", max_length=200)),
            ("model", models.CharField(max_length=200)),
            ("first_call_at", models.DateTimeField()),
            (
                "workload",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="seen_models",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("workload", "provider", "model"), name="model_seen_once")
            ],
        },
    ),
    migrations.CreateModel(
        name="Outcome",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("external_id", models.CharField(max_length=200)),
            ("finished_at", models.DateTimeField()),
            ("accepted", models.BooleanField()),
            ("minutes", models.DecimalField(decimal_places=4, max_digits=12, null=True)),
            (
                "source",
                models.CharField(
                    choices=[
                        ("api", "sent by a system"),
                        ("csv", "uploaded as CSV"),
                        ("span", "marked by telemetry, provisional"),
                    ],
                    max_length=8,
                ),
            ),
            ("created_at", models.DateTimeField()),
            (
                "workload",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="outcomes",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["-finished_at", "-pk"],
            "indexes": [
                models.Index(fields=["workload", "finished_at"], name="outcome_by_time"),
                models.Index(
                    condition=models.Q(("source", "span")),
                    fields=["workload", "finished_at"],
                    name="outcome_provisional",
                ),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("workload", "external_id"), name="outcome_counted_once"),
                models.CheckConstraint(
                    condition=models.Q(("minutes__isnull", True), ("minutes__gte", 0), _connector="OR"),
                    name="outcome_minutes_not_negative",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="IngestKey",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("name", models.CharField(max_length=80)),
            ("prefix", models.CharField(max_length=12)),
            ("digest", models.CharField(max_length=64, unique=True)),
            (
                "scopes",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=40), size=None
                ),
            ),
            ("created_at", models.DateTimeField()),
            ("expires_at", models.DateTimeField(blank=True, null=True)),
            ("revoked_at", models.DateTimeField(blank=True, null=True)),
            ("last_used_at", models.DateTimeField(blank=True, null=True)),
            (
                "created_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="ingest_keys",
                    to="workloads.workload",
                ),
            ),
            (
                "environment",
                models.CharField(
                    blank=True,
                    help_text="of all calls that come with it; empty: as each call says",
                    max_length=200,
                ),
            ),
        ],
        options={
            "ordering": ["-created_at", "-pk"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("scopes__contained_by", ["telemetry:write", "outcomes:write"]),
                        ("scopes__len__gt", 0),
                    ),
                    name="ingest_key_known_scopes",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("environment", ""), ("workload__isnull", False)),
                        models.Q(("scopes__contained_by", ["telemetry:write"]), ("workload", None)),
                        _connector="OR",
                    ),
                    name="ingest_key_of_workload_or_environment",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Change",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("at", models.DateTimeField()),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("model", "model"),
                        ("prompt", "prompt"),
                        ("price", "price"),
                        ("dataset", "dataset"),
                        ("pipeline", "pipeline"),
                        ("tool", "tool"),
                        ("release", "release"),
                        ("stage", "stage"),
                        ("budget", "budget"),
                        ("other", "other"),
                    ],
                    max_length=10,
                ),
            ),
            ("summary", models.CharField(max_length=300)),
            (
                "by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="changes",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["-at", "-pk"],
            "indexes": [models.Index(fields=["workload", "-at"], name="change_by_time")],
        },
    ),
    migrations.CreateModel(
        name="Bill",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("provider", models.CharField(max_length=120)),
            ("source", models.CharField(help_text="the file's name", max_length=200)),
            ("digest", models.CharField(max_length=64, unique=True)),
            ("focus_version", models.CharField(blank=True, max_length=8)),
            ("currency", models.CharField(max_length=3)),
            (
                "usd_rate",
                models.DecimalField(
                    decimal_places=8,
                    default=1,
                    help_text="units of the currency per US dollar, fixed here",
                    max_digits=14,
                ),
            ),
            ("period_start", models.DateField()),
            ("period_end", models.DateField(help_text="exclusive")),
            ("lines_count", models.PositiveIntegerField(default=0, help_text="rows of the file")),
            (
                "is_final",
                models.BooleanField(default=False, help_text="the provider changes nothing in it any more"),
            ),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "replaced_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="workloads.bill",
                ),
            ),
            ("billed_total", models.DecimalField(decimal_places=32, default=0, max_digits=60)),
            ("billing_account", models.CharField(blank=True, max_length=200)),
            ("effective_total", models.DecimalField(decimal_places=32, default=0, max_digits=60)),
        ],
        options={
            "ordering": ["-period_start", "-pk"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("period_end__gt", models.F("period_start"))), name="bill_forward"
                ),
                models.CheckConstraint(condition=models.Q(("usd_rate__gt", 0)), name="bill_rate_positive"),
            ],
        },
    ),
    migrations.CreateModel(
        name="BillLine",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("day", models.DateField()),
            ("account", models.CharField(blank=True, max_length=200)),
            ("service", models.CharField(blank=True, max_length=200)),
            ("model", models.CharField(blank=True, max_length=200)),
            (
                "category",
                models.CharField(
                    blank=True, help_text="Usage, Purchase, Tax, Credit, Adjustment", max_length=40
                ),
            ),
            ("quantity", models.DecimalField(blank=True, decimal_places=32, max_digits=60, null=True)),
            ("unit", models.CharField(blank=True, max_length=80)),
            ("billed_cost", models.DecimalField(decimal_places=32, max_digits=60)),
            ("effective_cost", models.DecimalField(blank=True, decimal_places=32, max_digits=60, null=True)),
            ("tags", models.JSONField(blank=True, default=dict)),
            (
                "bill",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="workloads.bill"
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="bill_lines",
                    to="workloads.workload",
                ),
            ),
            ("account_name", models.CharField(blank=True, max_length=200)),
        ],
        options={
            "ordering": ["bill_id", "day", "pk"],
            "indexes": [
                models.Index(fields=["workload", "day"], name="bill_line_by_workload"),
                models.Index(fields=["bill", "day"], name="bill_line_by_day"),
                models.Index(
                    condition=models.Q(
                        models.Q(("model", ""), _negated=True), ("workload__isnull", False), _connector="OR"
                    ),
                    fields=["day"],
                    name="bill_line_ruling",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="BillRule",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("provider", models.CharField(blank=True, max_length=120)),
            ("account", models.CharField(blank=True, max_length=200)),
            ("service", models.CharField(blank=True, max_length=200)),
            ("tag_key", models.CharField(blank=True, max_length=120)),
            ("tag_value", models.CharField(blank=True, max_length=200)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="bill_rules",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["provider", "account", "service", "tag_key", "pk"],
            "constraints": [
                models.UniqueConstraint(
                    fields=("provider", "account", "service", "tag_key", "tag_value"), name="bill_rule_once"
                ),
                models.CheckConstraint(
                    condition=models.Q(("account", ""), ("service", ""), ("tag_key", ""), _negated=True),
                    name="bill_rule_says_something",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Budget",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("cost_centre", models.CharField(blank=True, max_length=80)),
            (
                "period",
                models.CharField(
                    choices=[("month", "a month"), ("quarter", "a quarter"), ("year", "a fiscal year")],
                    default="month",
                    max_length=8,
                ),
            ),
            ("amount", models.DecimalField(decimal_places=2, max_digits=16)),
            (
                "levels",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.PositiveSmallIntegerField(),
                    default=workloads.models.budgets.usual_levels,
                    help_text="percent at which it warns",
                    size=None,
                ),
            ),
            ("warns_on_pace", models.BooleanField(default=True)),
            ("valid_from", models.DateField()),
            ("valid_to", models.DateField(blank=True, null=True)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "unit",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="budgets",
                    to="aiops.businessunit",
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="budgets",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["valid_from", "pk"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("cost_centre", ""), ("unit", None), ("workload__isnull", False)),
                        models.Q(("cost_centre", ""), ("unit__isnull", False), ("workload", None)),
                        models.Q(
                            ("unit", None), ("workload", None), models.Q(("cost_centre", ""), _negated=True)
                        ),
                        _connector="OR",
                    ),
                    name="budget_of_one",
                ),
                models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="budget_positive"),
                models.CheckConstraint(
                    condition=models.Q(
                        ("valid_to", None), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                    ),
                    name="budget_forward",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="BudgetAlert",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("period_start", models.DateField()),
            ("level", models.PositiveSmallIntegerField(help_text="percent; 0 is the pace")),
            ("sentence", models.CharField(max_length=400)),
            ("at", models.DateTimeField()),
            (
                "budget",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="alerts", to="workloads.budget"
                ),
            ),
        ],
        options={
            "ordering": ["-at", "-pk"],
            "constraints": [
                models.UniqueConstraint(fields=("budget", "period_start", "level"), name="budget_alert_once")
            ],
        },
    ),
    migrations.CreateModel(
        name="Component",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("model", "model"),
                        ("prompt", "prompt"),
                        ("pipeline", "pipeline"),
                        ("tool", "tool"),
                        ("dataset", "dataset"),
                        ("release", "release"),
                    ],
                    max_length=8,
                ),
            ),
            ("name", models.CharField(max_length=200)),
            ("note", models.CharField(blank=True, max_length=300)),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="components",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["workload_id", "kind", "name"],
            "constraints": [
                models.UniqueConstraint(fields=("workload", "kind", "name"), name="component_once")
            ],
        },
    ),
    migrations.CreateModel(
        name="ComponentVersion",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("version", models.CharField(blank=True, max_length=120)),
            ("seen_from", models.DateTimeField()),
            ("seen_to", models.DateTimeField(blank=True, null=True)),
            ("note", models.CharField(blank=True, max_length=300)),
            (
                "by",
                models.ForeignKey(
                    blank=True,
                    help_text="None: telemetry",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "component",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="versions",
                    to="workloads.component",
                ),
            ),
        ],
        options={
            "ordering": ["-seen_from", "pk"],
            "constraints": [
                models.UniqueConstraint(fields=("component", "version"), name="component_version_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        ("seen_to", None), ("seen_to__gte", models.F("seen_from")), _connector="OR"
                    ),
                    name="component_version_forward",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Evaluation",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "key",
                models.CharField(
                    help_text="digest of what makes it one: sent again, it is the same", max_length=64
                ),
            ),
            ("trace_id", models.CharField(max_length=32)),
            ("span_id", models.CharField(blank=True, max_length=16)),
            ("name", models.CharField(max_length=120)),
            ("value", models.FloatField(blank=True, null=True)),
            ("label", models.CharField(blank=True, max_length=120)),
            ("source", models.CharField(max_length=16)),
            ("evaluator", models.CharField(blank=True, max_length=120)),
            ("evaluator_version", models.CharField(blank=True, max_length=80)),
            ("at", models.DateTimeField()),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="evaluations",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["-at", "-pk"],
            "indexes": [
                models.Index(fields=["workload", "name", "-at"], name="evaluation_by_name"),
                models.Index(fields=["workload", "trace_id"], name="evaluation_by_trace"),
            ],
            "constraints": [models.UniqueConstraint(fields=("workload", "key"), name="evaluation_once")],
        },
    ),
    migrations.CreateModel(
        name="FixedCost",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("seat", "seats, a month"),
                        ("hour", "hours of use"),
                        ("licence", "licence, a month"),
                        ("platform", "platform, a month"),
                        ("people", "people, a month"),
                    ],
                    max_length=10,
                ),
            ),
            ("name", models.CharField(max_length=120)),
            ("quantity", models.DecimalField(decimal_places=2, default=1, max_digits=14)),
            ("amount", models.DecimalField(decimal_places=4, max_digits=14)),
            ("cost_centre", models.CharField(blank=True, max_length=80)),
            ("valid_from", models.DateField()),
            ("valid_to", models.DateField(blank=True, null=True)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="fixed_costs",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["workload_id", "name", "valid_from"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("valid_to", None), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                    ),
                    name="fixed_cost_forward",
                ),
                models.CheckConstraint(
                    condition=models.Q(("amount__gte", 0), ("quantity__gt", 0)),
                    name="fixed_cost_not_negative",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Mapping",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("cost_centre_key", models.CharField(blank=True, max_length=120)),
            (
                "outcome_key",
                models.CharField(blank=True, help_text="order, ticket or invoice number", max_length=120),
            ),
            ("accepted_key", models.CharField(blank=True, max_length=120)),
            ("accepted_value", models.CharField(blank=True, max_length=120)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "workload",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="mapping",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("accepted_key", ""), models.Q(("outcome_key", ""), _negated=True), _connector="OR"
                    ),
                    name="mapping_accepted_needs_outcome",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Objective",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("availability", "it answers"),
                        ("errors", "calls without an error"),
                        ("latency", "calls that are fast enough"),
                    ],
                    max_length=12,
                ),
            ),
            ("target", models.DecimalField(decimal_places=6, help_text="0.995 is 99.5 %", max_digits=7)),
            ("latency_ms", models.PositiveIntegerField(blank=True, null=True)),
            ("window_days", models.PositiveSmallIntegerField(default=28)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "check_of",
                models.OneToOneField(
                    db_column="check_id",
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="objective",
                    to="workloads.check",
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="objectives",
                    to="workloads.workload",
                ),
            ),
            (
                "standing",
                models.JSONField(
                    blank=True, help_text="what its check made of it last; pages read this", null=True
                ),
            ),
        ],
        options={
            "ordering": ["workload_id", "kind", "pk"],
            "constraints": [
                models.UniqueConstraint(fields=("workload", "kind"), name="objective_once"),
                models.CheckConstraint(
                    condition=models.Q(("target__gt", 0), ("target__lt", 1)), name="objective_target_share"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("kind", "latency"), ("latency_ms__gt", 0)),
                        models.Q(models.Q(("kind", "latency"), _negated=True), ("latency_ms", None)),
                        _connector="OR",
                    ),
                    name="objective_latency_has_limit",
                ),
                models.CheckConstraint(
                    condition=models.Q(("window_days__gte", 1), ("window_days__lte", 90)),
                    name="objective_window",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="OwnPrice",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "provider",
                models.CharField(blank=True, help_text="as the calls say it; empty for any", max_length=200),
            ),
            ("model", models.CharField(max_length=200)),
            ("currency", models.CharField(max_length=3)),
            (
                "usd_rate",
                models.DecimalField(
                    decimal_places=8,
                    default=1,
                    help_text="units of the currency per US dollar, fixed here",
                    max_digits=14,
                ),
            ),
            ("input_mtok", models.DecimalField(blank=True, decimal_places=12, max_digits=24, null=True)),
            ("output_mtok", models.DecimalField(blank=True, decimal_places=12, max_digits=24, null=True)),
            ("cached_mtok", models.DecimalField(blank=True, decimal_places=12, max_digits=24, null=True)),
            (
                "cache_write_mtok",
                models.DecimalField(blank=True, decimal_places=12, max_digits=24, null=True),
            ),
            ("per_call", models.DecimalField(blank=True, decimal_places=12, max_digits=24, null=True)),
            (
                "batch_share",
                models.DecimalField(
                    blank=True,
                    decimal_places=4,
                    help_text="what a batch call pays of it: 0.5",
                    max_digits=5,
                    null=True,
                ),
            ),
            ("valid_from", models.DateField()),
            ("valid_to", models.DateField(blank=True, null=True)),
            ("note", models.CharField(max_length=300)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="own_prices",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["model", "-valid_from", "pk"],
            "constraints": [
                models.UniqueConstraint(
                    fields=("provider", "model", "workload", "valid_from"),
                    name="own_price_once",
                    nulls_distinct=False,
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("valid_to", None), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                    ),
                    name="own_price_forward",
                ),
                models.CheckConstraint(
                    condition=models.Q(("usd_rate__gt", 0)), name="own_price_rate_positive"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("input_mtok", None), ("input_mtok__gte", 0), _connector="OR"),
                        models.Q(("output_mtok", None), ("output_mtok__gte", 0), _connector="OR"),
                        models.Q(("cached_mtok", None), ("cached_mtok__gte", 0), _connector="OR"),
                        models.Q(("cache_write_mtok", None), ("cache_write_mtok__gte", 0), _connector="OR"),
                        models.Q(("per_call", None), ("per_call__gte", 0), _connector="OR"),
                    ),
                    name="own_price_not_negative",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("batch_share", None),
                        models.Q(("batch_share__gte", 0), ("batch_share__lte", 1)),
                        _connector="OR",
                    ),
                    name="own_price_batch_share",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Probe",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("path", models.CharField(default="/", max_length=300)),
            ("expected_status", models.PositiveSmallIntegerField(default=200)),
            ("timeout_seconds", models.PositiveSmallIntegerField(default=10)),
            ("every_minutes", models.PositiveSmallIntegerField(default=5)),
            ("next_due_at", models.DateTimeField()),
            ("is_on", models.BooleanField(default=True)),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="integrations.connection",
                ),
            ),
            (
                "workload",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="probe", to="workloads.workload"
                ),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("every_minutes__gte", 1)), name="probe_cadence_positive"
                ),
                models.CheckConstraint(
                    condition=models.Q(("timeout_seconds__gte", 1), ("timeout_seconds__lte", 30)),
                    name="probe_timeout",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ProbeResult",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("slot", models.DateTimeField()),
            ("ok", models.BooleanField(blank=True, help_text="None while it is being asked", null=True)),
            ("status", models.PositiveSmallIntegerField(blank=True, null=True)),
            ("latency_ms", models.PositiveIntegerField(blank=True, null=True)),
            ("error", models.CharField(blank=True, max_length=200)),
            (
                "probe",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="results", to="workloads.probe"
                ),
            ),
        ],
        options={
            "ordering": ["-slot"],
            "constraints": [models.UniqueConstraint(fields=("probe", "slot"), name="probe_slot_once")],
        },
    ),
    migrations.CreateModel(
        name="Service",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("name", models.CharField(max_length=200)),
            ("environment", models.CharField(blank=True, max_length=200)),
            ("is_ignored", models.BooleanField(default=False)),
            ("first_seen_at", models.DateTimeField()),
            ("last_seen_at", models.DateTimeField()),
            ("calls", models.PositiveBigIntegerField(default=0, help_text="held until somebody claims it")),
            (
                "dropped",
                models.PositiveBigIntegerField(default=0, help_text="calls past what is held for it"),
            ),
            (
                "workload",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="services",
                    to="workloads.workload",
                ),
            ),
            ("held_bytes", models.PositiveBigIntegerField(default=0)),
        ],
        options={
            "ordering": ["name", "environment"],
            "constraints": [
                models.UniqueConstraint(fields=("name", "environment"), name="service_once"),
                models.CheckConstraint(
                    condition=models.Q(("workload", None), ("is_ignored", False), _connector="OR"),
                    name="service_claimed_or_ignored",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="HeldSpans",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("received_at", models.DateTimeField()),
            ("digest", models.CharField(max_length=64)),
            ("count", models.PositiveIntegerField()),
            ("body", models.BinaryField()),
            (
                "service",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="held", to="workloads.service"
                ),
            ),
        ],
        options={
            "ordering": ["received_at", "pk"],
            "constraints": [models.UniqueConstraint(fields=("service", "digest"), name="held_spans_once")],
        },
    ),
    migrations.CreateModel(
        name="ActivePerson",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("week", models.DateField(help_text="its Monday")),
            ("digest", models.BinaryField(max_length=16)),
            (
                "workload",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("workload", "week", "digest"), name="active_person_once")
            ],
        },
    ),
    migrations.CreateModel(
        name="Adoption",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("week", models.DateField(help_text="its Monday")),
            ("eligible", models.PositiveIntegerField(blank=True, null=True)),
            ("active", models.PositiveIntegerField(blank=True, null=True)),
            (
                "volume",
                models.PositiveBigIntegerField(blank=True, help_text="all work items of the week", null=True),
            ),
            ("offered", models.PositiveBigIntegerField(blank=True, null=True)),
            ("taken", models.PositiveBigIntegerField(blank=True, null=True)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "unit",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="aiops.businessunit"
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="adoption",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["-week", "unit__name"],
            "constraints": [
                models.UniqueConstraint(fields=("workload", "unit", "week"), name="adoption_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        ("active", None),
                        ("eligible", None),
                        ("active__lte", models.F("eligible")),
                        _connector="OR",
                    ),
                    name="adoption_active_among_eligible",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("offered", None),
                        ("volume", None),
                        ("offered__lte", models.F("volume")),
                        _connector="OR",
                    ),
                    name="adoption_offered_of_volume",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("taken", None),
                        ("offered", None),
                        ("taken__lte", models.F("offered")),
                        _connector="OR",
                    ),
                    name="adoption_taken_of_offered",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="CallTwin",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("twin_key", models.CharField(db_collation="C", max_length=200)),
            ("started_at", models.DateTimeField(db_index=True)),
            ("trace_id", models.CharField(max_length=32)),
            ("span_id", models.CharField(max_length=16)),
            (
                "rank",
                models.BigIntegerField(help_text="how well the span reports the call; the highest counts"),
            ),
            (
                "workload",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("workload", "twin_key"), name="call_twin_one_counts")
            ],
        },
    ),
    migrations.CreateModel(
        name="BilledModel",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("provider", models.CharField(max_length=120)),
            ("name", models.CharField(max_length=200)),
            ("model", models.CharField(help_text="as the calls say it", max_length=200)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={
            "ordering": ["provider", "name"],
            "constraints": [models.UniqueConstraint(fields=("provider", "name"), name="billed_model_once")],
        },
    ),
    migrations.CreateModel(
        name="Arrival",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "signal",
                models.CharField(
                    choices=[
                        ("traces", "traces"),
                        ("logs", "logs"),
                        ("metrics", "metrics"),
                        ("scores", "scores"),
                    ],
                    max_length=8,
                ),
            ),
            ("items", models.PositiveBigIntegerField(default=0)),
            ("last_at", models.DateTimeField()),
            ("words", models.CharField(blank=True, max_length=500)),
            ("words_at", models.DateTimeField(blank=True, null=True)),
            (
                "workload",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="arrivals",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["signal"],
            "constraints": [models.UniqueConstraint(fields=("workload", "signal"), name="arrival_once")],
        },
    ),
    migrations.CreateModel(
        name="LogContent",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("trace_id", models.CharField(max_length=32)),
            ("span_id", models.CharField(max_length=16)),
            ("digest", models.CharField(max_length=64)),
            ("at", models.DateTimeField()),
            ("content_in", models.TextField(blank=True)),
            ("content_out", models.TextField(blank=True)),
            (
                "workload",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["at", "pk"],
            "indexes": [models.Index(fields=["at"], name="log_content_by_time")],
            "constraints": [
                models.UniqueConstraint(
                    fields=("workload", "trace_id", "span_id", "digest"), name="log_content_once"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="SeenAttribute",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("name", models.CharField(max_length=120)),
            ("last_seen_at", models.DateTimeField()),
            (
                "workload",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["name"],
            "constraints": [models.UniqueConstraint(fields=("workload", "name"), name="attribute_seen_once")],
        },
    ),
    migrations.CreateModel(
        name="Repricing",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "model_names",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=200), blank=True, default=list, size=None
                ),
            ),
            ("start", models.DateField()),
            ("end", models.DateField()),
            (
                "state",
                models.CharField(
                    choices=[("preview", "a preview"), ("running", "under way"), ("done", "applied")],
                    default="preview",
                    max_length=8,
                ),
            ),
            ("digest", models.CharField(max_length=64)),
            ("kept_from", models.DateField(help_text="earlier calls are no longer kept and keep their cost")),
            ("calls", models.PositiveBigIntegerField(default=0)),
            ("old_usd", models.DecimalField(decimal_places=24, default=0, max_digits=50)),
            ("new_usd", models.DecimalField(decimal_places=24, default=0, max_digits=50)),
            (
                "by_model",
                models.JSONField(default=list, help_text="[model, calls, old, new] in US dollars, as text"),
            ),
            ("done_calls", models.PositiveBigIntegerField(default=0)),
            ("done_changed", models.PositiveBigIntegerField(default=0)),
            ("done_usd", models.DecimalField(decimal_places=24, default=0, max_digits=50)),
            ("reached", models.CharField(blank=True, max_length=120)),
            ("heartbeat", models.DateTimeField(blank=True, null=True)),
            ("at", models.DateTimeField()),
            ("applied_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            ("reason", models.CharField(blank=True, max_length=300)),
            (
                "applied_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            ("workloads", models.ManyToManyField(related_name="+", to="workloads.workload")),
        ],
        options={
            "ordering": ["-at", "-pk"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("end__gt", models.F("start"))), name="repricing_forward"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="UsageDay",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("day", models.DateField(db_index=True)),
            ("provider", models.CharField(blank=True, default="", max_length=200)),
            ("model", models.CharField(blank=True, default="", max_length=200)),
            ("cost_centre", models.CharField(blank=True, default="", max_length=200)),
            ("calls", models.BigIntegerField(default=0)),
            ("errors", models.BigIntegerField(default=0)),
            ("cost_usd", models.DecimalField(decimal_places=24, default=0, max_digits=50)),
            ("upper_bound_cost_usd", models.DecimalField(decimal_places=24, default=0, max_digits=50)),
            ("unpriced_calls", models.BigIntegerField(default=0)),
            ("upper_bound_calls", models.BigIntegerField(default=0)),
            (
                "workload",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="usage_days",
                    to="workloads.workload",
                ),
            ),
            ("retries", models.BigIntegerField(default=0)),
            ("input_tokens", models.BigIntegerField(default=0)),
            ("output_tokens", models.BigIntegerField(default=0)),
            ("cached_tokens", models.BigIntegerField(default=0)),
            ("cache_write_tokens", models.BigIntegerField(default=0)),
            ("reasoning_tokens", models.BigIntegerField(default=0)),
            ("latency_ms_sum", models.BigIntegerField(default=0)),
            ("client_cost_usd", models.DecimalField(decimal_places=24, default=0, max_digits=50)),
            ("list_cost_usd", models.DecimalField(decimal_places=24, default=0, max_digits=50)),
            ("own_cost_usd", models.DecimalField(decimal_places=24, default=0, max_digits=50)),
        ],
        options={
            "ordering": ["-day", "pk"],
            "constraints": [
                models.UniqueConstraint(
                    fields=("workload", "day", "provider", "model", "cost_centre"), name="usage_day_unique"
                )
            ],
        },
    ),
]

# Partitioned: CALLS makes them.
CALL_TABLES = [
    migrations.CreateModel(
        name="Call",
        fields=[
            (
                "pk",
                models.CompositePrimaryKey(
                    "workload_id",
                    "started_at",
                    "trace_id",
                    "span_id",
                    blank=True,
                    editable=False,
                    primary_key=True,
                    serialize=False,
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="calls",
                    to="workloads.workload",
                ),
            ),
            ("started_at", models.DateTimeField()),
            ("trace_id", models.CharField(db_collation="C", max_length=32)),
            ("span_id", models.CharField(db_collation="C", max_length=16)),
            ("operation", models.CharField(max_length=40)),
            ("provider", models.CharField(blank=True, default="", max_length=200)),
            ("model", models.CharField(blank=True, default="", max_length=200)),
            ("environment", models.CharField(blank=True, default="", max_length=200)),
            ("cost_centre", models.CharField(blank=True, default="", max_length=200)),
            ("dialect", models.CharField(max_length=20)),
            ("input_tokens", models.BigIntegerField(default=0)),
            ("output_tokens", models.BigIntegerField(default=0)),
            ("cached_tokens", models.BigIntegerField(default=0)),
            ("cache_write_tokens", models.BigIntegerField(default=0)),
            ("reasoning_tokens", models.BigIntegerField(default=0)),
            ("latency_ms", models.BigIntegerField(default=0)),
            ("ttft_ms", models.BigIntegerField(null=True)),
            ("is_error", models.BooleanField(default=False)),
            ("error_type", models.CharField(blank=True, default="", max_length=200)),
            ("is_retry", models.BooleanField(default=False)),
            ("clamped", models.BooleanField(default=False)),
            ("counted", models.BooleanField(default=True)),
            ("cost", models.DecimalField(decimal_places=24, max_digits=44, null=True)),
            (
                "cost_source",
                models.CharField(
                    choices=[
                        ("client", "sent by the client"),
                        ("own", "own price book"),
                        ("list", "list price of the day"),
                        ("upper_bound", "at most: the client does not say what was cached"),
                        ("unpriced", "no price known"),
                        ("none", "failed before any token was used"),
                    ],
                    max_length=12,
                ),
            ),
            ("prompt_name", models.CharField(blank=True, default="", max_length=200)),
            ("prompt_version", models.CharField(blank=True, default="", max_length=200)),
            ("release", models.CharField(blank=True, default="", max_length=200)),
            ("service", models.CharField(blank=True, default="", max_length=200)),
            ("user_key", models.CharField(blank=True, default="", max_length=64)),
            ("business_key", models.CharField(blank=True, default="", max_length=200)),
            ("received_at", models.DateTimeField()),
        ],
        options={
            "ordering": ["-started_at", "-trace_id", "-span_id"],
            "indexes": [
                django.contrib.postgres.indexes.BrinIndex(fields=["received_at"], name="call_received")
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("cached_tokens__gte", 0),
                        ("input_tokens__gte", 0),
                        ("output_tokens__gte", 0),
                        ("reasoning_tokens__gte", 0),
                        ("cache_write_tokens__gte", 0),
                        ("latency_ms__gte", 0),
                        (
                            "input_tokens__gte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("cached_tokens"), "+", models.F("cache_write_tokens")
                            ),
                        ),
                    ),
                    name="call_tokens_possible",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("cost__isnull", True), ("cost_source", "unpriced")),
                        models.Q(("cost__gte", 0), models.Q(("cost_source", "unpriced"), _negated=True)),
                        _connector="OR",
                    ),
                    name="call_priced_or_not",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="CallContent",
        fields=[
            (
                "pk",
                models.CompositePrimaryKey(
                    "workload_id",
                    "started_at",
                    "trace_id",
                    "span_id",
                    blank=True,
                    editable=False,
                    primary_key=True,
                    serialize=False,
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="workloads.workload",
                ),
            ),
            ("started_at", models.DateTimeField()),
            ("trace_id", models.CharField(db_collation="C", max_length=32)),
            ("span_id", models.CharField(db_collation="C", max_length=16)),
            ("content_in", models.TextField(blank=True)),
            ("content_out", models.TextField(blank=True)),
        ],
        options={
            "abstract": False,
        },
    ),
]


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("workloads", "0001_initial"),
        ("workloads", "0002_cost_register_reliability"),
        ("workloads", "0003_calls_partitioned"),
        ("workloads", "0010_bills_exact"),
        ("workloads", "0011_doors"),
        ("workloads", "0012_repricing"),
        ("workloads", "0013_budgets_of_workloads"),
        ("workloads", "0020_models_into_the_register"),
        ("workloads", "0021_usage_days"),
        ("workloads", "0022_objective_standing"),
        ("workloads", "0023_usage_days_appended"),
        ("workloads", "0024_usage_days_by_job"),
        ("workloads", "0026_usage_days_in_full"),
    ]
    dependencies = [
        ("aiops", "0001_squashed_0002_audit_append_only"),
        ("backlog", "0001_squashed_0003_intake"),
        ("integrations", "0001_squashed_0003_telling"),
    ]
    operations = [
        AtOnce(TABLES, by_hand=CALL_TABLES),
        migrations.RunSQL(CALLS, NO_CALLS),
        migrations.RunSQL(ROOM, migrations.RunSQL.noop),
    ]
