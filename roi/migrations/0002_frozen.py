"""Assessments and decisions are frozen in the database; only leaving the demo may remove simulated ones."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION roi_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('payback.demo_removal', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is frozen', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER roi_frozen BEFORE UPDATE OR DELETE ON roi_assessment FOR EACH ROW EXECUTE FUNCTION roi_frozen();
CREATE TRIGGER roi_frozen BEFORE UPDATE OR DELETE ON roi_decision FOR EACH ROW EXECUTE FUNCTION roi_frozen();
"""

BACKWARD = """
DROP TRIGGER roi_frozen ON roi_decision;
DROP TRIGGER roi_frozen ON roi_assessment;
DROP FUNCTION roi_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("roi", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
