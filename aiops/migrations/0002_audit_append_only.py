"""The audit log is append-only in the database, whoever holds the connection."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION aiops_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER aiops_audit_append_only BEFORE UPDATE OR DELETE ON aiops_auditevent
    FOR EACH ROW EXECUTE FUNCTION aiops_audit_append_only();
"""

BACKWARD = """
DROP TRIGGER aiops_audit_append_only ON aiops_auditevent;
DROP FUNCTION aiops_audit_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("aiops", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
