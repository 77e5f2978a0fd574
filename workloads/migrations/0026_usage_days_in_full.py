"""Days hold all that hours add up to, so that a workload's own pages read days too."""

from django.db import migrations, models

COUNTS = (
    "retries", "input_tokens", "output_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens",
    "latency_ms_sum",
)  # fmt: skip
COSTS = ("client_cost_usd", "list_cost_usd", "own_cost_usd")


class Migration(migrations.Migration):
    dependencies = [("workloads", "0024_usage_days_by_job")]

    operations = [
        # The job fills the table at its next run; until then everything is read from hours.
        migrations.RunSQL("TRUNCATE workloads_usageday", migrations.RunSQL.noop),
        *(migrations.AddField("usageday", name, models.BigIntegerField(default=0)) for name in COUNTS),
        *(
            migrations.AddField(
                "usageday", name, models.DecimalField(decimal_places=24, default=0, max_digits=50)
            )
            for name in COSTS
        ),
        # What telemetry marked and nothing has confirmed stands apart on every page of value.
        migrations.AddIndex(
            "outcome",
            models.Index(
                fields=["workload", "finished_at"],
                name="outcome_provisional",
                condition=models.Q(("source", "span")),
            ),
        ),
    ]
