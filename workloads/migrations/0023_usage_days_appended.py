"""Daily sums are appended, and put together by a job: senders of the same day no longer wait for each other."""

import django.db.models.deletion
from django.db import migrations, models

KEY = "workload_id, day, provider, model, cost_centre"
SUMS = ("calls", "errors", "cost_usd", "upper_bound_cost_usd", "unpriced_calls", "upper_bound_calls")
NAMES = ", ".join(SUMS)


def _rows(table: str, sign: int) -> str:
    return f"SELECT {sign} AS sign, workload_id, hour, provider, model, cost_centre, {NAMES} FROM {table}"


def _appends(event: str, rows: str) -> str:
    """No row is shared and no constraint is asked, so that no writer waits for another."""
    return f"""
CREATE OR REPLACE FUNCTION usage_days_after_{event}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO workloads_usageday ({KEY}, {NAMES}, folded)
  SELECT workload_id, (hour AT TIME ZONE 'UTC')::date, provider, model, cost_centre,
    {", ".join(f"sum(sign * {name})" for name in SUMS)}, false
  FROM ({rows}) AS moved GROUP BY 1, 2, 3, 4, 5;
  RETURN NULL;
END $$;
"""


APPENDS = (
    _appends("insert", _rows("fresh", 1))
    + _appends("update", f"{_rows('fresh', 1)} UNION ALL {_rows('before', -1)}")
    + _appends("delete", _rows("before", -1))
)


class Migration(migrations.Migration):
    dependencies = [("workloads", "0022_objective_standing")]

    operations = [
        migrations.AddField(
            model_name="usageday",
            name="folded",
            field=models.BooleanField(
                default=True, help_text="false: came since the job put the rows together"
            ),
        ),
        migrations.RemoveConstraint(model_name="usageday", name="usage_day_unique"),
        migrations.AlterField(
            model_name="usageday",
            name="workload",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="usage_days",
                to="workloads.workload",
            ),
        ),
        migrations.AddConstraint(
            model_name="usageday",
            constraint=models.UniqueConstraint(
                condition=models.Q(("folded", True)),
                fields=("workload", "day", "provider", "model", "cost_centre"),
                name="usage_day_folded_once",
            ),
        ),
        migrations.AddIndex(
            model_name="usageday",
            index=models.Index(condition=models.Q(("folded", False)), fields=["day"], name="usage_day_loose"),
        ),
        # Going back takes 0021 away with it: its triggers and its table are made anew.
        migrations.RunSQL(APPENDS, migrations.RunSQL.noop),
    ]
