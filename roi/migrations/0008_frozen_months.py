"""A closed month, its corrections and a signed statement never change; only leaving the demo may remove simulated ones."""

from django.db import migrations

FORWARD = """
UPDATE roi_valuemonth SET currency = company.currency FROM aiops_company company WHERE company.id = 1;
CREATE TRIGGER roi_frozen BEFORE UPDATE OR DELETE ON roi_valuemonth FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL)
  EXECUTE FUNCTION roi_frozen();
CREATE TRIGGER roi_frozen BEFORE UPDATE OR DELETE ON roi_correction FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL)
  EXECUTE FUNCTION roi_frozen();
CREATE TRIGGER roi_frozen BEFORE UPDATE OR DELETE ON roi_statement FOR EACH ROW WHEN (OLD.state = 'signed')
  EXECUTE FUNCTION roi_frozen();
"""

BACKWARD = """
DROP TRIGGER roi_frozen ON roi_statement;
DROP TRIGGER roi_frozen ON roi_correction;
DROP TRIGGER roi_frozen ON roi_valuemonth;
"""


class Migration(migrations.Migration):
    dependencies = [("roi", "0007_value_ledger")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
