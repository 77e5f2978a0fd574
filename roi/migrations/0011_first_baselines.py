"""What runs already and was timed before it was approved starts with that timing as its time baseline."""

from django.db import migrations

TIMED = """
INSERT INTO roi_timebaseline
  (workload_id, minutes, low, high, n, how, measured_from, measured_to, before_go_live, note, by_id, at)
SELECT DISTINCT ON (w.id)
  w.id, (m.result->>'likely')::numeric, (m.result->>'low')::numeric, (m.result->>'high')::numeric,
  (m.result->>'n')::int, 'study', s.first, s.last,
  CASE WHEN w.go_live IS NULL AND w.first_call_at IS NULL THEN w.stage IN ('approved', 'building')
    ELSE s.last < least(w.go_live, (w.first_call_at AT TIME ZONE 'UTC')::date) END,
  left('timed by ' || p.name || ': ' || coalesce(m.result->>'words', ''), 300), m.person_id, m.done_at
FROM workloads_workload w
JOIN roi_measurement m ON m.candidate_id = w.candidate_id AND m.quantity = 'minutes' AND m.state = 'done'
JOIN aiops_user p ON p.id = m.person_id
CROSS JOIN LATERAL (
  SELECT coalesce(min((at AT TIME ZONE 'UTC')::date), (m.done_at AT TIME ZONE 'UTC')::date) AS first,
         coalesce(max((at AT TIME ZONE 'UTC')::date), (m.done_at AT TIME ZONE 'UTC')::date) AS last
  FROM roi_sample WHERE measurement_id = m.id AND struck_at IS NULL) s
WHERE (m.result->>'n')::int >= 5 AND NOT EXISTS (SELECT 1 FROM roi_timebaseline b WHERE b.workload_id = w.id)
ORDER BY w.id, m.done_at DESC, m.id DESC
"""


class Migration(migrations.Migration):
    dependencies = [("roi", "0009_judged_to_date")]
    operations = [migrations.RunSQL(TIMED, migrations.RunSQL.noop)]
