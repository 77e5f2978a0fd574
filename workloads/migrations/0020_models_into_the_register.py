"""Models that were seen before there was a register stand in it, with the first and the last hour of their calls."""

from django.db import migrations

COMPONENTS = """
INSERT INTO workloads_component (workload_id, kind, name, note)
SELECT DISTINCT workload_id, 'model', model, '' FROM workloads_seenmodel
ON CONFLICT (workload_id, kind, name) DO NOTHING
"""
VERSIONS = """
INSERT INTO workloads_componentversion (component_id, version, seen_from, seen_to, note)
SELECT component.id, '', min(seen.first_call_at), greatest(min(seen.first_call_at), max(used.last_hour)), ''
FROM workloads_seenmodel AS seen
JOIN workloads_component AS component
  ON component.workload_id = seen.workload_id AND component.kind = 'model' AND component.name = seen.model
LEFT JOIN (
  SELECT workload_id, model, max(hour) AS last_hour FROM workloads_usagehour GROUP BY workload_id, model
) AS used ON used.workload_id = seen.workload_id AND used.model = seen.model
GROUP BY component.id
ON CONFLICT (component_id, version) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("workloads", "0013_budgets_of_workloads")]

    # Going back, the rows stay: they are true, and telemetry would bring them again.
    operations = [
        migrations.RunSQL(COMPONENTS, migrations.RunSQL.noop),
        migrations.RunSQL(VERSIONS, migrations.RunSQL.noop),
    ]
