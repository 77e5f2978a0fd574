"""A claim that mends one that was sent back; discounts; a post is the same in capitals and small letters."""

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

# Two open claims whose posts differ in capitals only: the later one keeps its number behind the name.
APART = """
UPDATE roi_claim later SET post = left(later.post, 68) || ' (' || later.id || ')'
WHERE later.state IN ('claimed', 'signed') AND later.post <> '' AND EXISTS (
  SELECT 1 FROM roi_claim earlier WHERE earlier.id < later.id AND lower(earlier.post) = lower(later.post)
  AND earlier.state IN ('claimed', 'signed'));
UPDATE roi_claim SET posts = NULL WHERE posts <= 0;
"""


class Migration(migrations.Migration):
    dependencies = [("roi", "0008_frozen_months")]
    operations = [
        migrations.RunSQL(APART, migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="claim", name="claim_post_once"),
        migrations.AddField(
            model_name="claim",
            name="again_of",
            field=models.OneToOneField(
                blank=True,
                help_text="the claim that was sent back, and that this one mends",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="filed_again",
                to="roi.claim",
            ),
        ),
        migrations.AlterField(
            model_name="claim",
            name="amount_proposed",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="low end a month, as proposed on filing",
                max_digits=14,
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="claim",
            name="kind",
            field=models.CharField(
                choices=[
                    ("hours", "hours freed, now cash"),
                    ("cost_ended", "a cost that ended: contract, licence"),
                    ("discount", "a discount"),
                    ("cost_avoided", "cost avoidance"),
                    ("revenue", "revenue"),
                    ("risk_reduction", "risk reduction, avoided loss"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(("posts", None), ("posts__gt", 0), _connector="OR"),
                name="claim_posts_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("post"),
                condition=models.Q(
                    ("state__in", ["claimed", "signed"]), models.Q(("post", ""), _negated=True)
                ),
                name="claim_post_once",
            ),
        ),
    ]
