"""Nobody changes the audit log, whoever holds the connection."""

from datetime import datetime
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction

from aiops import audit
from aiops.models import AuditEvent


@pytest.mark.parametrize(
    "sql", ["UPDATE aiops_auditevent SET reason = 'nothing happened'", "DELETE FROM aiops_auditevent"]
)
def test_a_row_of_the_log_can_neither_change_nor_go(sql: str, cast: SimpleNamespace, now: datetime) -> None:
    audit.record(by=cast.it, at=now, action="a.b", reason="kept")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(sql)
    assert AuditEvent.objects.get().reason == "kept"


def test_the_orm_cannot_either(cast: SimpleNamespace, now: datetime) -> None:
    event = audit.record(by=cast.it, at=now, action="a.b")
    for attempt in (event.delete, event.save, AuditEvent.objects.all().delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            attempt()


def test_the_log_outlives_what_it_speaks_of(cast: SimpleNamespace, now: datetime) -> None:
    audit.record(by=cast.it, at=now, action="a.b", obj=cast.other_unit)
    cast.stranger.memberships.all().delete()
    cast.stranger.delete()
    cast.other_unit.delete()
    assert AuditEvent.objects.get().object_label == "Legal"


def test_a_change_and_its_row_commit_together(cast: SimpleNamespace, now: datetime) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        audit.record(by=cast.it, at=now, action="a.b")
        raise RuntimeError
    assert not AuditEvent.objects.exists()
