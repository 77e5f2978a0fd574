"""Pages of keys and calls, for those who may see and change them."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from aiops.errors import DomainError
from aiops.models import AuditEvent
from tests.factories import make_workload
from tests.otlp_bodies import START
from workloads.calc.dialects import NormalisedCall
from workloads.models.telemetry import Call, IngestKey, digest_of
from workloads.operations.call_store import store_calls
from workloads.operations.telemetry import create_ingest_key, revoke_ingest_key

FORM = {"name": "ticket-bot", "scopes": ["telemetry:write"]}


@pytest.fixture
def workload(cast):
    return make_workload(cast)


@pytest.fixture
def calls(workload, now):
    made = [
        NormalisedCall(
            f"{i:032x}", f"{i:016x}", START + timedelta(minutes=i), model, "openai", input_tokens=1200
        )
        for i, model in enumerate(["gpt-4o-mini", "gpt-4o-mini", "home-made"], 1)
    ]
    store_calls(workload=workload, calls=made, at=now)
    return list(Call.objects.order_by("started_at"))


def url(name, workload, *more):
    return reverse(f"workloads:{name}", args=[workload.number, *more])


def test_a_key_is_shown_once(cast, workload):
    client = cast.client(cast.it)
    response = client.post(url("keys", workload), FORM)
    assert response.status_code == 201 and "no-store" in response["Cache-Control"]
    page = response.content.decode()
    plain = page.split('id="plain-key">')[1].split("<")[0]
    assert plain.startswith("pbk_") and "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" in page
    key = IngestKey.objects.get()
    assert key.digest == digest_of(plain) and plain not in str(AuditEvent.objects.values())
    assert plain not in client.get(url("keys", workload)).content.decode()


def test_a_bad_form_is_422(cast, workload):
    client = cast.client(cast.it)
    for change in ({"name": ""}, {"scopes": ["admin"]}, {"scopes": []}, {"expires_on": "2020-01-01"}):
        assert client.post(url("keys", workload), FORM | change).status_code == 422
    assert not IngestKey.objects.exists()


def test_only_it_makes_and_revokes_keys(cast, workload, now):
    key, _ = create_ingest_key(workload=workload, name="bot", scopes=["telemetry:write"], by=cast.it, at=now)
    for person in (cast.owner, cast.lead, cast.finance):
        client = cast.client(person)
        assert client.post(url("keys", workload), FORM).status_code == 403
        assert client.post(url("revoke_key", workload, key.pk)).status_code == 403
        with pytest.raises(PermissionDenied):
            create_ingest_key(workload=workload, name="x", scopes=["telemetry:write"], by=person, at=now)
    assert cast.client(cast.it).post(url("revoke_key", workload, key.pk)).status_code == 302
    key.refresh_from_db()
    assert key.revoked_at and not key.is_usable(timezone.now())


def test_revoking_twice_is_one_audit_row(cast, workload, now):
    key, _ = create_ingest_key(workload=workload, name="bot", scopes=["telemetry:write"], by=cast.it, at=now)
    for _ in range(2):
        revoke_ingest_key(key=key, by=cast.it, at=now)
    assert AuditEvent.objects.filter(action="ingest_key.revoked").count() == 1


def test_what_a_key_must_have(cast, workload, now):
    good = {"workload": workload, "name": "bot", "scopes": ["telemetry:write"], "by": cast.it, "at": now}
    for change in ({"name": " "}, {"scopes": []}, {"scopes": ["x"]}, {"expires_at": now}):
        with pytest.raises(DomainError):
            create_ingest_key(**(good | change))
    workload.stage = "retired"
    with pytest.raises(DomainError, match="retired"):
        create_ingest_key(**good)


def test_strangers_see_nothing(cast, workload, calls):
    client = cast.client(cast.stranger)
    for name, more in (
        ("keys", ()),
        ("calls", ()),
        ("call", (calls[0].reference,)),
        ("outcomes", ()),
        ("self_report", ()),
    ):
        assert client.get(url(name, workload, *more)).status_code == 404
    assert client.post(url("revoke_key", workload, 1)).status_code == 404
    assert not Call.objects.visible_to(cast.stranger).exists()


def test_a_key_of_another_workload_is_not_revoked_through_this_one(cast, workload, now):
    other = make_workload(cast, name="Another")
    key, _ = create_ingest_key(workload=other, name="bot", scopes=["telemetry:write"], by=cast.it, at=now)
    assert cast.client(cast.it).post(url("revoke_key", workload, key.pk)).status_code == 404


def test_the_list_filters_by_its_address(cast, workload, calls):
    client = cast.client(cast.owner)
    address = url("calls", workload)
    assert b"0.00018" in client.get(address).content
    assert b"no price" in client.get(address, {"source": "unpriced"}).content
    assert b"No call fits" in client.get(address, {"model": "gpt-5"}).content
    assert b"No call fits" in client.get(address, {"until": "2026-11-19"}).content
    part = client.get(address, {"model": "home-made"}, headers={"HX-Request": "true"}).content
    assert b"<html" not in part and b"home-made" in part and b"gpt-4o-mini" not in part
    for odd in ({"since": "x"}, {"page": "9999"}, {"source": "'"}, {"model": "\x00"}):
        assert client.get(address, odd).status_code == 200


def test_looking_at_a_call_is_in_the_audit_log(cast, workload, calls):
    response = cast.client(cast.owner).get(url("call", workload, calls[0].reference))
    assert response.status_code == 200 and b"0.00018 US dollars" in response.content
    assert AuditEvent.objects.filter(action="call.read", actor_id=cast.owner.pk).count() == 1


def test_a_call_of_another_workload_is_not_found(cast, workload, calls):
    other = make_workload(cast, name="Another")
    assert cast.client(cast.owner).get(url("call", other, calls[0].reference)).status_code == 404


def test_the_list_costs_the_same_for_more_rows(cast, workload, calls, django_assert_max_num_queries):
    client = cast.client(cast.owner)
    client.get(url("calls", workload))
    with django_assert_max_num_queries(12):
        client.get(url("calls", workload))


def test_usage_by_the_api(cast, workload, calls):
    address = reverse("workloads:api_usage", args=[workload.number])
    asked = {"start": "2026-11-20T00:00:00Z", "end": "2026-11-21T00:00:00Z"}
    answer = cast.client(cast.owner).get(address, asked).json()
    assert (answer["calls"], answer["cost_usd"], answer["unpriced_models"]) == (3, "0.00036", ["home-made"])
    assert cast.client(cast.stranger).get(address).status_code == 404
    assert cast.client(cast.owner).get(address, {"start": "x"}).status_code == 400
