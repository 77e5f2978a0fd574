"""Daily sums beside the hourly ones, written by triggers so that they agree whoever writes the hours."""

import django.db.models.deletion
from django.db import migrations, models

KEY = "workload_id, day, provider, model, cost_centre"
SUMS = ("calls", "errors", "cost_usd", "upper_bound_cost_usd", "unpriced_calls", "upper_bound_calls")
NAMES = ", ".join(SUMS)


def _added(rows: str) -> str:
    """Adds what `rows` say with their sign, in key order, so that writers wait for each other in one order."""
    return f"""
  INSERT INTO workloads_usageday AS total ({KEY}, {NAMES})
  SELECT workload_id, (hour AT TIME ZONE 'UTC')::date AS day, provider, model, cost_centre,
    {", ".join(f"sum(sign * {name})" for name in SUMS)}
  FROM ({rows}) AS moved GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
  ON CONFLICT ({KEY}) DO UPDATE SET {", ".join(f"{name} = total.{name} + excluded.{name}" for name in SUMS)};"""


def _rows(table: str, sign: int) -> str:
    return f"SELECT {sign} AS sign, workload_id, hour, provider, model, cost_centre, {NAMES} FROM {table}"


def _trigger(event: str, referencing: str, rows: str) -> str:
    """One statement that inserts some hours and updates others fires two of these, each in its own key order.

    Two such writers could wait for each other in a circle: so one writer of a workload at a time.
    """
    locked = "before" if event == "delete" else "fresh"
    name = f"usage_days_after_{event}"
    return f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('payback usage days'), workload_id::int)
  FROM (SELECT DISTINCT workload_id FROM {locked} ORDER BY 1) AS workloads;{_added(rows)}
  RETURN NULL;
END $$;
CREATE TRIGGER {name} AFTER {event.upper()} ON workloads_usagehour
REFERENCING {referencing} FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""


TRIGGERS = (
    # The row of today is written with every request: room beside it keeps it on its page.
    "ALTER TABLE workloads_usageday SET (fillfactor = 60);"
    + _trigger("insert", "NEW TABLE AS fresh", _rows("fresh", 1))
    + _trigger(
        "update",
        "NEW TABLE AS fresh OLD TABLE AS before",
        f"{_rows('fresh', 1)} UNION ALL {_rows('before', -1)}",
    )
    + _trigger("delete", "OLD TABLE AS before", _rows("before", -1))
    + _added(_rows("workloads_usagehour", 1))
)
GONE = "".join(
    f"DROP TRIGGER usage_days_after_{event} ON workloads_usagehour; DROP FUNCTION usage_days_after_{event}();"
    for event in ("insert", "update", "delete")
)


class Migration(migrations.Migration):
    dependencies = [("workloads", "0020_models_into_the_register")]

    operations = [
        migrations.CreateModel(
            name="UsageDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
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
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="usage_days",
                        to="workloads.workload",
                    ),
                ),
            ],
            options={
                "ordering": ["-day", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("workload", "day", "provider", "model", "cost_centre"),
                        name="usage_day_unique",
                    )
                ],
            },
        ),
        migrations.RunSQL(TRIGGERS, GONE),
    ]
