"""How many items have a verdict, to date and in corrections: a sentence on what was accepted has to say of how many."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("roi", "0010_claims_again")]
    operations = [
        migrations.AddField("correction", "judged", models.IntegerField(default=0)),
        migrations.AddField(
            "valuetodate", "judged", models.IntegerField(default=0, help_text="items with a verdict")
        ),
    ]
