"""Daily sums are made by a job: triggers on the hours cost senders of one workload half of their rate."""

from django.db import migrations, models

EVENTS = ("insert", "update", "delete")
GONE = "".join(
    f"DROP TRIGGER IF EXISTS usage_days_after_{event} ON workloads_usagehour;"
    f"DROP FUNCTION IF EXISTS usage_days_after_{event}();"
    for event in EVENTS
)


class Migration(migrations.Migration):
    dependencies = [("workloads", "0023_usage_days_appended")]

    operations = [
        # The job fills the table at its first run; until then months are read from hours.
        migrations.RunSQL(GONE + "TRUNCATE workloads_usageday;", migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="usageday", name="usage_day_folded_once"),
        migrations.RemoveIndex(model_name="usageday", name="usage_day_loose"),
        migrations.RemoveField(model_name="usageday", name="folded"),
        migrations.AddConstraint(
            model_name="usageday",
            constraint=models.UniqueConstraint(
                fields=("workload", "day", "provider", "model", "cost_centre"), name="usage_day_unique"
            ),
        ),
    ]
