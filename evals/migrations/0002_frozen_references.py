"""A reference is frozen: its window and its profile never change, in the database."""

from django.db import migrations

FREEZE = """
CREATE FUNCTION evals_reference_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'evals_referencefeature' THEN
    RAISE EXCEPTION 'a reference is frozen: set a new one instead';
  END IF;
  IF (NEW.workload_id, NEW.check_id, NEW.start, NEW."end", NEW.n)
     IS DISTINCT FROM (OLD.workload_id, OLD.check_id, OLD.start, OLD."end", OLD.n) THEN
    RAISE EXCEPTION 'a reference is frozen: set a new one instead';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER evals_reference_frozen BEFORE UPDATE ON evals_reference
  FOR EACH ROW EXECUTE FUNCTION evals_reference_is_frozen();
CREATE TRIGGER evals_referencefeature_frozen BEFORE UPDATE ON evals_referencefeature
  FOR EACH ROW EXECUTE FUNCTION evals_reference_is_frozen();
"""
THAW = """
DROP TRIGGER evals_referencefeature_frozen ON evals_referencefeature;
DROP TRIGGER evals_reference_frozen ON evals_reference;
DROP FUNCTION evals_reference_is_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("evals", "0001_initial")]
    operations = [migrations.RunSQL(FREEZE, THAW)]
