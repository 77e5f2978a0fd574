"""The volume of a workload until a part of it was split off: months before the split keep it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("roi", "0012_statement_sums")]
    operations = [
        migrations.AddField("split", "volume_before", models.PositiveIntegerField(blank=True, null=True)),
    ]
