"""What lists say of a statement, apart from its rows and lines: those of a large unit are a megabyte."""

from django.db import migrations, models

FILL = """
ALTER TABLE roi_statement DISABLE TRIGGER roi_frozen;
UPDATE roi_statement SET sums = (totals - '{rows,lines,kinds}'::text[])
  || jsonb_build_object('exceptions', jsonb_array_length(exceptions));
ALTER TABLE roi_statement ENABLE TRIGGER roi_frozen;
"""


class Migration(migrations.Migration):
    dependencies = [("roi", "0011_first_baselines")]
    operations = [
        migrations.AddField("statement", "sums", models.JSONField(default=dict)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
