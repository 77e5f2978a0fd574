"""Daily sums are made from the hourly ones, and made right again when calls came late or were priced anew."""

from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max

from workloads.calc.months import midnight
from workloads.models import UsageDay, Workload
from workloads.models.usage import UsageSums

KEY = "workload_id, day, provider, model, cost_centre"
SUMS = tuple(field.name for field in UsageSums._meta.local_fields)
NAMES = ", ".join(SUMS)
SETTLE = f"""
WITH sums AS (
  SELECT workload_id, (hour AT TIME ZONE 'UTC')::date AS day, provider, model, cost_centre,
    {", ".join(f"sum({name}) AS {name}" for name in SUMS)}
  FROM workloads_usagehour WHERE hour >= %(first)s AND hour < %(end)s GROUP BY 1, 2, 3, 4, 5
), put AS (
  INSERT INTO workloads_usageday AS kept ({KEY}, {NAMES}) SELECT {KEY}, {NAMES} FROM sums
  ON CONFLICT ({KEY}) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in SUMS)}
  WHERE ({", ".join(f"kept.{name}" for name in SUMS)}) IS DISTINCT FROM
    ({", ".join(f"excluded.{name}" for name in SUMS)})
  RETURNING 1
), gone AS (
  DELETE FROM workloads_usageday AS kept WHERE day >= %(first_day)s AND day < %(end_day)s AND NOT EXISTS (
    SELECT 1 FROM sums WHERE (sums.workload_id, sums.day, sums.provider, sums.model, sums.cost_centre)
      = (kept.workload_id, kept.day, kept.provider, kept.model, kept.cost_centre))
  RETURNING 1
)
SELECT (SELECT count(*) FROM put) + (SELECT count(*) FROM gone)
"""  # noqa: S608  only our own column names are put in


@transaction.atomic
def settle_usage_days(*, at: datetime) -> int:
    """Sums the days before today as far back as calls can still come or change; how many rows it changed.

    The first run sums all days there are. Two at once do the work of one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('payback usage days'))")
        if not cursor.fetchone()[0]:
            return 0
        end = at.astimezone(UTC).date()
        first = datetime(1990, 1, 1, tzinfo=UTC).date()
        if UsageDay.objects.exists():
            kept = Workload.objects.aggregate(days=Max("calls_days"))["days"] or 0
            first = end - timedelta(days=kept + 2)
        days = {"first_day": first, "end_day": end, "first": midnight(first), "end": midnight(end)}
        cursor.execute(SETTLE, days)
        return cursor.fetchone()[0]
