"""Whether a call went through a provider's batch service is kept, so that it is priced again as one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workloads", "0026_usage_days_in_full")]

    operations = [
        # Nothing for the calls that are there: nobody knows it of them, and no table is written anew.
        migrations.AddField(
            "call",
            "is_batch",
            models.BooleanField(null=True, help_text="went through the provider's batch service"),
        ),
    ]
