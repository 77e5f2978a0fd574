"""Daily sums arrive in pieces; this puts the pieces of a day together."""

from django.db import connection, transaction

KEY = "workload_id, day, provider, model, cost_centre"
SUMS = ("calls", "errors", "cost_usd", "upper_bound_cost_usd", "unpriced_calls", "upper_bound_calls")
ALL = f"{KEY}, {', '.join(SUMS)}"
# One statement: a reader sees the pieces or what they were put together to, never both and never neither.
FOLD = f"""
WITH loose AS (DELETE FROM workloads_usageday WHERE NOT folded RETURNING {ALL}),
whole AS (
  DELETE FROM workloads_usageday AS kept USING (SELECT DISTINCT {KEY} FROM loose) AS found
  WHERE kept.folded AND (kept.workload_id, kept.day, kept.provider, kept.model, kept.cost_centre)
    = (found.workload_id, found.day, found.provider, found.model, found.cost_centre)
  RETURNING {", ".join(f"kept.{name}" for name in ALL.split(", "))}
)
INSERT INTO workloads_usageday ({ALL}, folded)
SELECT {KEY}, {", ".join(f"sum({name})" for name in SUMS)}, true
FROM (SELECT {ALL} FROM loose UNION ALL SELECT {ALL} FROM whole) AS pieces GROUP BY {KEY}
"""  # noqa: S608  only our own column names are put in


@transaction.atomic
def fold_usage_days() -> int:
    """Makes one row of each day, model and cost centre; how many rows it wrote. One at a time; no sum changes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('payback usage days'))")
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(FOLD)
        return cursor.rowcount
