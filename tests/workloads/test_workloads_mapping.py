"""What the attributes of calls mean: cost centres, finished work, and names that are kept without values."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from aiops.errors import DomainError
from aiops.models import AuditEvent
from tests.factories import make_workload
from tests.otlp_bodies import START
from tests.workloads.test_workloads_services import make
from workloads.calc.dialects import Mark
from workloads.models import Call, Outcome, SeenAttribute, UsageHour, Workload
from workloads.operations import create_ingest_key, record_outcomes
from workloads.operations.arrivals import take
from workloads.operations.mapping import set_mapping

pytestmark = pytest.mark.django_db


@pytest.fixture
def workload(cast):
    return make_workload(cast)


def mapped(cast, workload, now, **keys):
    set_mapping(workload=workload, by=cast.it, at=now, **keys)
    return Workload.objects.select_related("mapping").get(pk=workload.pk)


@pytest.fixture
def own_key(cast, workload):
    at = timezone.now() - timedelta(days=1)
    said = {"scopes": ["telemetry:write"], "by": cast.it, "at": at}
    return create_ingest_key(workload=workload, name="bot", **said)[0]


def give(own_key, workload, now, *calls, marks=()):
    own_key.workload = Workload.objects.select_related("mapping").get(pk=workload.pk)
    take(key=own_key, calls=calls, marks=marks, at=now)


def test_a_mapped_attribute_is_a_dimension(cast, workload, own_key, now):
    mapped(cast, workload, now, cost_centre_key="team", outcome_key="order")
    calls = [make(1, business={"team": "4200", "order": "A-1"}), make(2, cost_centre="sent", business={})]
    give(own_key, workload, now, *calls)
    assert set(UsageHour.objects.values_list("cost_centre", flat=True)) == {"4200", "sent"}
    assert set(Call.objects.values_list("business_key", flat=True)) == {"A-1", ""}


def test_spans_mark_outcomes_until_the_business_system_speaks(cast, workload, own_key, now):
    mapped(cast, workload, now, outcome_key="order", accepted_key="state", accepted_value="booked")
    mark = Mark(
        "a" * 32, "b" * 16, "flow", START, START, False, "bot", "", {"order": "A-3", "state": "Booked"}
    )
    failed = make(4, is_error=True, business={"order": "A-4", "state": "booked"})
    give(
        own_key,
        workload,
        now,
        make(1, business={"order": "A-1", "state": "booked"}),
        make(2, business={"order": "A-2", "state": "rejected"}),
        make(3, business={"order": "A-5"}),
        failed,
        marks=[mark],
    )
    rows = dict(Outcome.objects.values_list("external_id", "accepted"))
    assert rows == {"A-1": True, "A-2": False, "A-3": True}
    assert set(Outcome.objects.values_list("source", flat=True)) == {"span"}
    row = {"external_id": "A-2", "finished_at": "2026-11-20T08:30:00Z", "accepted": True}
    record_outcomes(workload=workload, rows=[row], source="api", by=cast.owner, at=now)
    give(own_key, workload, now, make(9, business={"order": "A-2", "state": "rejected"}))
    told = Outcome.objects.get(external_id="A-2")
    assert (told.accepted, told.source) == (True, "api")


def test_the_same_outcome_from_the_business_system_confirms_it(cast, workload, own_key, now):
    mapped(cast, workload, now, outcome_key="order")
    give(own_key, workload, now, make(1, business={"order": "A-1"}))
    held_row = Outcome.objects.get()
    row = {"external_id": "A-1", "finished_at": held_row.finished_at.isoformat(), "accepted": True}
    record_outcomes(workload=workload, rows=[row], source="api", by=cast.owner, at=now)
    assert Outcome.objects.get().source == "api"


def test_later_marks_replace_earlier_ones_in_any_order_of_arrival(cast, workload, own_key, now):
    mapped(cast, workload, now, outcome_key="order", accepted_key="ok")
    late, early = make(9, business={"order": "A", "ok": "true"}), make(1, business={"order": "A", "ok": "no"})
    give(own_key, workload, now, late)
    give(own_key, workload, now, early)
    assert Outcome.objects.get().accepted is True


def test_names_of_attributes_are_kept_and_no_values(workload, own_key, now):
    odd = {"order": "secret-4711", "ada@example.com": "x", "": "x", "a b": "x", "n\x00": "x"}
    give(own_key, workload, now, make(1, business=odd))
    assert list(SeenAttribute.objects.values_list("name", flat=True)) == ["order"]


def test_users_become_digests_of_their_workload(cast, workload, own_key, now):
    give(own_key, workload, now, make(1, user_raw="zoe@example.com"), make(2, user_raw="zoe@example.com"))
    keys = set(Call.objects.values_list("user_key", flat=True))
    assert len(keys) == 1 and "zoe" not in keys.pop()


def test_what_a_mapping_may_say(cast, workload, now):
    for odd in (
        {"accepted_key": "state"},
        {"outcome_key": "order", "accepted_value": "yes"},
        {"cost_centre_key": "x" * 121},
        {"cost_centre_key": "\x00"},
    ):
        with pytest.raises(DomainError):
            set_mapping(workload=workload, by=cast.it, at=now, **odd)
    with pytest.raises(PermissionDenied):
        set_mapping(workload=workload, cost_centre_key="team", by=cast.owner, at=now)


def test_the_page_offers_what_was_seen(cast, workload, own_key, now):
    address = reverse("workloads:mapping", args=[workload.number])
    it = cast.client(cast.it)
    assert b"No attribute was seen yet" in it.get(address).content
    give(own_key, workload, now, make(1, business={"order": "4711", "team": "x"}))
    page = it.get(address).content.decode()
    assert "order" in page and "4711" not in page
    assert it.post(address, {"outcome_key": "never seen"}).status_code == 422
    assert it.post(address, {"outcome_key": "order", "cost_centre_key": "team"}).status_code == 302
    assert "«order» marks finished work" in it.get(address).content.decode()
    assert cast.client(cast.owner).get(address).status_code == 200
    assert cast.client(cast.owner).post(address, {"outcome_key": "order"}).status_code == 403
    assert cast.client(cast.stranger).get(address).status_code == 404
    assert AuditEvent.objects.filter(action="mapping.set").count() == 1
