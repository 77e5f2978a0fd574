"""A frozen pre-read and a closed review never change; only leaving the demo may remove simulated ones."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER roi_frozen BEFORE UPDATE OR DELETE ON roi_preread FOR EACH ROW EXECUTE FUNCTION roi_frozen();
CREATE TRIGGER roi_frozen BEFORE UPDATE OR DELETE ON roi_review FOR EACH ROW WHEN (OLD.state = 'closed')
  EXECUTE FUNCTION roi_frozen();
"""

BACKWARD = """
DROP TRIGGER roi_frozen ON roi_review;
DROP TRIGGER roi_frozen ON roi_preread;
"""


class Migration(migrations.Migration):
    dependencies = [("roi", "0004_review")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
