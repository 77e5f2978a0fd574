"""Incidents: one for each cause, answered by its people, told once."""

from datetime import timedelta
from threading import Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from aiops.errors import DomainError
from integrations.models import Connection, Delivery
from tests.factories import make_cast, make_workload
from workloads import operations
from workloads.models import Incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def workload(cast):
    return make_workload(cast, deputy=cast.reviewer, builder=cast.assessor, it_steward=cast.it)


def opened(workload, cast, at, key="am-1"):
    return operations.open_incident(
        workload=workload,
        title="It is slow",
        sentence="Ten seconds a call.",
        severity="bad",
        source="alert",
        external_key=key,
        by=cast.system,
        at=at,
    )


def test_one_for_each_cause(cast, workload, now):
    first = opened(workload, cast, now)
    assert opened(workload, cast, now) == first
    assert opened(workload, cast, now, "am-2").number == first.number + 1
    assert opened(make_workload(cast, "Other"), cast, now).workload != workload
    assert Delivery.objects.filter(kind="mail").count() == 3


def test_after_it_was_resolved_the_same_cause_opens_a_new_one(cast, workload, now):
    first = opened(workload, cast, now)
    operations.resolve_incident(incident=first, resolution="Restarted.", by=cast.owner, at=now)
    assert opened(workload, cast, now + timedelta(hours=1)).number == 2


def test_it_is_told_to_every_outgoing_connection_once(cast, workload, now):
    for kind in ("webhook", "slack"):
        Connection.objects.create(
            kind=kind, name=kind, url="https://example.com/x", created_by=cast.it, created_at=now
        )
    Connection.objects.create(
        kind="slack",
        name="off",
        url="https://example.com/y",
        enabled=False,
        created_by=cast.it,
        created_at=now,
    )
    for _ in range(2):
        opened(workload, cast, now)
    assert Delivery.objects.filter(kind="notice").count() == 2


def test_owner_deputy_steward_and_lead_answer(cast, workload, now):
    for n, person in enumerate((cast.owner, cast.reviewer, cast.it, cast.lead)):
        found = opened(workload, cast, now, f"am-{n}")
        found = operations.acknowledge_incident(incident=found, by=person, at=now)
        assert (found.state, found.acknowledged_by) == ("acknowledged", person)
        found = operations.resolve_incident(incident=found, resolution="Done.", by=person, at=now)
        assert (found.state, found.resolved_by, found.resolution) == ("resolved", person, "Done.")


def test_nobody_else_answers(cast, workload, now):
    found = opened(workload, cast, now)
    for person in (cast.assessor, cast.stranger, cast.finance, cast.auditor, cast.executive, cast.evaluator):
        with pytest.raises(PermissionDenied):
            operations.acknowledge_incident(incident=found, by=person, at=now)
        with pytest.raises(PermissionDenied):
            operations.resolve_incident(incident=found, resolution="x", by=person, at=now)
        with pytest.raises(PermissionDenied):
            operations.comment_incident(incident=found, text="x", by=person, at=now)
    found.refresh_from_db()
    assert found.state == "open" and found.entries.count() == 1


def test_answers_out_of_order_are_refused(cast, workload, now):
    found = opened(workload, cast, now)
    operations.acknowledge_incident(incident=found, by=cast.owner, at=now)
    with pytest.raises(DomainError, match="already"):
        operations.acknowledge_incident(incident=found, by=cast.reviewer, at=now)
    with pytest.raises(DomainError, match="what was done"):
        operations.resolve_incident(incident=found, resolution="  ", by=cast.owner, at=now)
    with pytest.raises(DomainError):
        operations.comment_incident(incident=found, text=" ", by=cast.owner, at=now)
    operations.resolve_incident(incident=found, resolution="Done.", by=cast.owner, at=now)
    with pytest.raises(DomainError, match="resolved already"):
        operations.resolve_incident(incident=found, resolution="Again.", by=cast.owner, at=now)


def test_the_database_keeps_pairs_and_one_open(cast, workload, now):
    found = opened(workload, cast, now)
    for change in (
        {"acknowledged_at": now},
        {"resolved_at": now},
        {"state": "resolved"},
        {"resolved_at": now - timedelta(days=1), "resolved_by": cast.owner},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Incident.objects.filter(pk=found.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.create(
            number=99,
            workload=workload,
            title="x",
            severity="bad",
            source="alert",
            external_key="am-1",
            opened_at=now,
        )


@pytest.mark.django_db(transaction=True)
def test_at_the_same_moment_numbers_differ_and_a_cause_opens_once(now):
    cast = make_cast(now)
    made = [make_workload(cast, f"W{n}") for n in range(3)]
    failures = []

    def several(workload):
        try:
            for n in range(5):
                opened(workload, cast, now, f"am-{n}")
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=several, args=(workload,)) for workload in made * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(Incident.objects.values_list("number", flat=True)) == list(range(1, 16))
