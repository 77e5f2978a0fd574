"""The daily sums of outcomes that are there already, by UTC days: the company's time zone is UTC until somebody says."""

from django.db import migrations

FILL = """
INSERT INTO workloads_outcomeday
  (workload_id, day, arm, place, done, judged, accepted, minutes_n, minutes_sum, minutes_squares, changed_at)
SELECT workload_id, (finished_at AT TIME ZONE 'UTC')::date, '', '', count(*), count(accepted),
  count(*) FILTER (WHERE accepted), count(minutes), coalesce(sum(minutes), 0), coalesce(sum(minutes * minutes), 0), now()
FROM workloads_outcome WHERE source <> 'span' GROUP BY 1, 2
"""


class Migration(migrations.Migration):
    dependencies = [("workloads", "0028_outcome_days")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
