"""Calls in monthly partitions, their content beside them, and roll-ups by cost centre, cost source and latency.

The calls of earlier releases are carried over, and their roll-ups get the new sums from them.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

TABLES = """
ALTER TABLE workloads_call RENAME TO workloads_call_before;
ALTER TABLE workloads_call_before RENAME CONSTRAINT workloads_call_pkey TO workloads_call_before_pkey;

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

-- Months from the first call, or from what retention keeps at most by default, to two months ahead; the rest
-- takes what no month takes. Later months are made by a job.
CREATE TABLE workloads_call_rest PARTITION OF workloads_call DEFAULT;
CREATE TABLE workloads_callcontent_rest PARTITION OF workloads_callcontent DEFAULT;
DO $$
DECLARE
  first date := date_trunc('month', least(
    (SELECT min(started_at) FROM workloads_call_before), now() - interval '90 days') AT TIME ZONE 'UTC');
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

INSERT INTO workloads_call (
  workload_id, started_at, trace_id, span_id, received_at, input_tokens, output_tokens, cached_tokens,
  cache_write_tokens, reasoning_tokens, latency_ms, is_error, is_retry, clamped, counted, operation, provider,
  model, environment, cost_centre, dialect, error_type, cost, cost_source, prompt_name, prompt_version, release,
  service, user_key, business_key)
SELECT
  workload_id, started_at, trace_id, span_id, received_at, input_tokens, output_tokens, cached_tokens,
  cache_write_tokens, reasoning_tokens, latency_ms, is_error, false, clamped, true, operation, provider,
  model, environment, '', dialect, error_type, cost, cost_source, '', '', '', '', '', ''
FROM workloads_call_before ORDER BY received_at, workload_id, started_at;
DROP TABLE workloads_call_before;
"""

# A sketch's entry is bucket * 2**40 + calls; workloads.calc.sketch says which latencies a bucket holds.
SUMS_OF_BEFORE = """
-- The row of the current hour is written with every request: room beside it keeps it on its page.
ALTER TABLE workloads_usagehour SET (fillfactor = 60);

UPDATE workloads_usagehour AS total SET
  list_cost_usd = found.list_cost, client_cost_usd = found.client_cost, upper_bound_cost_usd = found.upper_bound,
  latency_sketch = found.sketch
FROM (
  SELECT workload_id, hour, provider, model, operation, environment,
    sum(list_cost) AS list_cost, sum(client_cost) AS client_cost, sum(upper_bound) AS upper_bound,
    array_agg((bucket << 40) + calls ORDER BY bucket) AS sketch
  FROM (
    SELECT workload_id, date_trunc('hour', started_at, 'UTC') AS hour, provider, model, operation, environment,
      CASE WHEN latency_ms < 1 THEN 0 ELSE 1 + ceil(ln(latency_ms) / ln(1.01 / 0.99))::bigint END AS bucket,
      count(*) AS calls,
      coalesce(sum(cost) FILTER (WHERE cost_source = 'list'), 0) AS list_cost,
      coalesce(sum(cost) FILTER (WHERE cost_source = 'client'), 0) AS client_cost,
      coalesce(sum(cost) FILTER (WHERE cost_source = 'upper_bound'), 0) AS upper_bound
    FROM workloads_call GROUP BY 1, 2, 3, 4, 5, 6, 7
  ) AS parts GROUP BY 1, 2, 3, 4, 5, 6
) AS found
WHERE (total.workload_id, total.hour, total.provider, total.model, total.operation, total.environment)
    = (found.workload_id, found.hour, found.provider, found.model, found.operation, found.environment);
"""

COST_SOURCES = [
    ("client", "sent by the client"),
    ("own", "own price book"),
    ("list", "list price of the day"),
    ("upper_bound", "at most: the client does not say what was cached"),
    ("unpriced", "no price known"),
    ("none", "failed before any token was used"),
]


def _text(length: int = 200) -> models.CharField:
    return models.CharField(blank=True, default="", max_length=length)


def _count() -> models.BigIntegerField:
    return models.BigIntegerField(default=0)


def _usd() -> models.DecimalField:
    return models.DecimalField(decimal_places=24, default=0, max_digits=50)


def _span(related_name: str) -> list[tuple[str, models.Field]]:
    """The key that calls and content share."""
    key = models.CompositePrimaryKey(
        "workload_id", "started_at", "trace_id", "span_id",
        blank=True, editable=False, primary_key=True, serialize=False,
    )  # fmt: skip
    workload = models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related_name,
        to="workloads.workload",
    )
    return [
        ("pk", key),
        ("workload", workload),
        ("started_at", models.DateTimeField()),
        ("trace_id", models.CharField(db_collation="C", max_length=32)),
        ("span_id", models.CharField(db_collation="C", max_length=16)),
    ]


CALL = migrations.CreateModel(
    name="Call",
    fields=[
        *_span("calls"),
        ("operation", models.CharField(max_length=40)),
        ("provider", _text()),
        ("model", _text()),
        ("environment", _text()),
        ("cost_centre", _text()),
        ("dialect", models.CharField(max_length=20)),
        ("input_tokens", _count()),
        ("output_tokens", _count()),
        ("cached_tokens", _count()),
        ("cache_write_tokens", _count()),
        ("reasoning_tokens", _count()),
        ("latency_ms", _count()),
        ("ttft_ms", models.BigIntegerField(null=True)),
        ("is_error", models.BooleanField(default=False)),
        ("error_type", _text()),
        ("is_retry", models.BooleanField(default=False)),
        ("clamped", models.BooleanField(default=False)),
        ("counted", models.BooleanField(default=True)),
        ("cost", models.DecimalField(decimal_places=24, max_digits=44, null=True)),
        ("cost_source", models.CharField(choices=COST_SOURCES, max_length=12)),
        ("prompt_name", _text()),
        ("prompt_version", _text()),
        ("release", _text()),
        ("service", _text()),
        ("user_key", _text(64)),
        ("business_key", _text()),
        ("received_at", models.DateTimeField()),
    ],
    options={
        "ordering": ["-started_at", "-trace_id", "-span_id"],
        "indexes": [
            django.contrib.postgres.indexes.BrinIndex(fields=["received_at"], name="call_received"),
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
                        models.expressions.CombinedExpression(
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
)
CONTENT = migrations.CreateModel(
    name="CallContent",
    fields=[
        *_span("+"),
        ("content_in", models.TextField(blank=True)),
        ("content_out", models.TextField(blank=True)),
    ],
    options={"abstract": False},
)
TWIN = migrations.CreateModel(
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
)
NEW_FIELDS: dict[str, dict[str, models.Field]] = {
    "usagehour": {
        "cost_centre": _text(),
        "retries": _count(),
        "client_cost_usd": _usd(),
        "list_cost_usd": _usd(),
        "own_cost_usd": _usd(),
        "upper_bound_cost_usd": _usd(),
        "latency_sketch": django.contrib.postgres.fields.ArrayField(
            base_field=models.BigIntegerField(), default=list, size=None
        ),
    },
    "workload": {
        "content_policy": models.CharField(
            choices=[("off", "not kept"), ("sampled", "kept for a sample of traces"), ("all", "kept")],
            default="off",
            max_length=8,
        ),
        "content_percent": models.PositiveSmallIntegerField(
            default=10,
            help_text="of the traces, when sampled",
            validators=[
                django.core.validators.MinValueValidator(1),
                django.core.validators.MaxValueValidator(100),
            ],
        ),
        "content_days": models.PositiveSmallIntegerField(
            default=30, help_text="how long prompts and answers are kept"
        ),
        "calls_days": models.PositiveSmallIntegerField(
            default=90, help_text="how long single calls are kept"
        ),
        "trusts_client_cost": models.BooleanField(
            default=True, help_text="a cost that the client sends goes before the price book"
        ),
    },
}
DEFAULTED = {"seenmodel": ("provider",), "usagehour": ("provider", "model", "environment")}


class Migration(migrations.Migration):
    dependencies = [("workloads", "0002_cost_register_reliability")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLES)],
            state_operations=[migrations.DeleteModel("Call"), CALL, CONTENT],
        ),
        TWIN,
        migrations.RemoveConstraint(model_name="usagehour", name="usage_hour_unique"),
        *(
            migrations.AddField(model_name=model, name=name, field=field)
            for model, fields in NEW_FIELDS.items()
            for name, field in fields.items()
        ),
        *(
            migrations.AlterField(model_name=model, name=name, field=_text())
            for model, names in DEFAULTED.items()
            for name in names
        ),
        migrations.AddConstraint(
            model_name="usagehour",
            constraint=models.UniqueConstraint(
                fields=(
                    "workload", "hour", "provider", "model", "operation", "environment", "cost_centre",
                ),
                name="usage_hour_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="workload",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("content_days__gte", 1),
                    ("content_percent__gte", 1),
                    ("content_percent__lte", 100),
                    ("calls_days__gte", models.F("content_days")),
                ),
                name="workload_keeps_calls_longest",
            ),
        ),
        migrations.RunSQL(SUMS_OF_BEFORE),
    ]  # fmt: skip
