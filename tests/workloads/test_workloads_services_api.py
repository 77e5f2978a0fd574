"""Programs, calls, changes and evaluations by the API."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_workload
from workloads.calc.dialects import NormalisedCall
from workloads.models import Evaluation, Service, Workload
from workloads.operations.call_store import store_calls


@pytest.fixture
def workload(cast):
    return make_workload(cast)


@pytest.fixture
def service(db, now):
    return Service.objects.create(name="bot", environment="production", first_seen_at=now, last_seen_at=now)


def claim(client, service, verb, **body):
    return client.post(f"/api/v1/services/{service.pk}/{verb}/", body, content_type="application/json")


def test_it_hands_programs_out(cast, workload, service):
    it = cast.client(cast.it)
    (row,) = it.get("/api/v1/services/").json()["results"]
    assert (row["name"], row["workload"], row["calls"]) == ("bot", None, 0)
    assert claim(it, service, "assign", workload=workload.number).json()["workload"] == workload.number
    assert claim(it, service, "ignore").status_code == 409
    assert claim(it, service, "release").json()["workload"] is None
    assert claim(it, service, "ignore").json()["is_ignored"] is True
    said = {"name": "Bot", "unit": "ap", "business_owner": "ada.owner@example.com"}
    made = claim(it, service, "register", **said).json()["workload"]
    assert Workload.objects.get(number=made).stage == "pilot"


def test_what_a_claim_must_say(cast, workload, service):
    it = cast.client(cast.it)
    for verb, body, status in (
        ("sell", {}, 400),
        ("assign", {}, 400),
        ("assign", {"workload": 999}, 404),
        ("assign", {"workload": "x"}, 400),
        ("register", {"name": "x"}, 400),
        ("register", {"name": "\x00", "unit": "ap", "business_owner": "ada.owner@example.com"}, 400),
        ("register", {"name": "x", "unit": "nowhere", "business_owner": "ada.owner@example.com"}, 404),
        ("register", {"name": "x", "unit": "ap", "business_owner": "nobody@example.com"}, 404),
    ):
        assert claim(it, service, verb, **body).status_code == status, (verb, body)
    for person in (cast.owner, cast.lead):
        client = cast.client(person)
        assert client.get("/api/v1/services/").status_code == 403
        assert claim(client, service, "ignore").status_code == 403
    assert Client().get("/api/v1/services/").status_code in (401, 403)


def test_calls_page_after_page(cast, workload):
    start = timezone.now() - timedelta(hours=3)
    made = [
        NormalisedCall(
            f"{n:032x}", f"{n:016x}", start + timedelta(seconds=n), "gpt-4o-mini", input_tokens=1200
        )
        for n in range(1, 121)
    ]
    store_calls(workload=workload, calls=made, at=timezone.now())
    client, address = cast.client(cast.owner), f"/api/v1/workloads/{workload.number}/calls/"
    seen, after = [], ""
    for _ in range(10):
        page = client.get(address, {"after": after}).json()
        seen += [call["span_id"] for call in page["calls"]]
        if not (after := page["older"]):
            break
    assert seen == [f"{n:016x}" for n in range(120, 0, -1)]
    assert page["calls"][0]["cost_usd"] == "0.00018"
    for odd in ({"since": "x"}, {"source": "gift"}, {"model": "\x00"}):
        assert client.get(address, odd).status_code == 400
    assert client.get(address, {"after": "x"}).status_code == 200
    assert cast.client(cast.stranger).get(address).status_code == 404


def test_changes_and_evaluations(cast, workload, now):
    workload.changes.create(at=now, kind="prompt", summary="Prompt 2")
    said = {"trace_id": "a" * 32, "name": "relevance", "value": 0.5, "source": "log", "evaluator": "judge"}
    Evaluation.objects.create(workload=workload, key="1", at=timezone.now(), **said)
    client, address = cast.client(cast.owner), f"/api/v1/workloads/{workload.number}"
    (change,) = client.get(f"{address}/changes/").json()["results"]
    assert (change["summary"], change["by"]) == ("Prompt 2", "")
    assert client.get(f"{address}/changes/", {"kind": "model"}).json()["results"] == []
    (row,) = client.get(f"{address}/evaluations/", {"days": 7}).json()
    assert (row["name"], row["count"], row["mean"]) == ("relevance", 1, 0.5)
    for days in ("x", "0", "9999"):
        assert client.get(f"{address}/evaluations/", {"days": days}).status_code == 400
    stranger = cast.client(cast.stranger)
    assert stranger.get(f"{address}/changes/").status_code == 404
    assert stranger.get(f"{address}/evaluations/").status_code == 404
