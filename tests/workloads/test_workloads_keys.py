"""Ingest keys: each way to send one, each way to be refused, and those of an environment."""

import base64
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from aiops.errors import DomainError
from aiops.models import AuditEvent
from aiops.roles import Role
from tests.factories import grant, make_user, make_workload
from tests.otlp_bodies import body, chat
from workloads.calc.credentials import presented
from workloads.models import Call, IngestKey, Service
from workloads.operations import create_ingest_key, revoke_ingest_key
from workloads.operations.telemetry import create_environment_key

PAGE = "/services/keys/"


@pytest.fixture
def workload(cast):
    return make_workload(cast)


def yesterday():
    return timezone.now() - timedelta(days=1)


@pytest.fixture
def plain(cast, workload):
    said = {"scopes": ["telemetry:write"], "by": cast.it, "at": yesterday()}
    return create_ingest_key(workload=workload, name="bot", **said)[1]


def basic(name, secret):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


def send(headers, spans=(1,)):
    data = body([chat(n) for n in spans], resource={"service.name": "bot"})
    return Client().post("/v1/traces", data, content_type="application/x-protobuf", headers=headers)


def test_every_way_to_send_a_key_opens_the_door(plain):
    ways = [
        {"Authorization": f"Bearer {plain}"},
        {"Authorization": f"bearer  {plain} "},
        {"x-api-key": plain},
        basic("pk-lf-anything", plain),
        basic(plain, "sk-lf-anything"),
        basic(plain, ""),
        basic(plain, plain),
    ]
    assert [send(way).status_code for way in ways] == [200] * len(ways)
    assert Call.objects.count() == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic %%%"},
        {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode()},
        {"Authorization": "Digest pbk_" + "x" * 43},
        {"x-api-key": "pbk_" + "x" * 43},
        basic("pk-lf-1", "sk-lf-1"),
        basic("", "pbk_" + "\x00" * 43),
        {"Authorization": "Bearer pbk_" + "x" * 100_000},
    ],
)
def test_what_is_no_key_is_401_and_names_the_ways_to_send_one(db, headers):
    response = send(headers)
    assert response.status_code == 401
    assert "Bearer" in response["WWW-Authenticate"] and "Basic" in response["WWW-Authenticate"]
    assert not Call.objects.exists()


def test_a_secret_is_tried_before_a_name():
    assert presented(basic("public", "secret")) == ("secret", "public")
    assert presented({"Authorization": "Bearer one", "x-api-key": "two"}) == ("one", "two")


def environment_key(cast, environment="production", **more):
    said = {"name": "cluster", "by": cast.it, "at": yesterday()} | more
    return create_environment_key(environment=environment, **said)


def test_a_key_of_an_environment_writes_where_its_service_belongs(cast, workload):
    _, plain = environment_key(cast)
    seen = {"first_seen_at": yesterday(), "last_seen_at": yesterday()}
    Service.objects.create(name="bot", environment="production", workload=workload, **seen)
    assert send({"x-api-key": plain}).content == b""
    call = Call.objects.get()
    assert (call.workload_id, call.environment) == (workload.pk, "production")


def test_a_key_of_every_environment_leaves_each_call_its_own(cast, workload):
    _, plain = environment_key(cast, environment="")
    seen = {"first_seen_at": yesterday(), "last_seen_at": yesterday(), "workload": workload}
    Service.objects.create(name="bot", environment="staging", **seen)
    data = body([chat(1)], resource={"service.name": "bot", "deployment.environment.name": "staging"})
    headers = {"x-api-key": plain}
    Client().post("/v1/traces", data, content_type="application/x-protobuf", headers=headers)
    assert Call.objects.get().environment == "staging"


def test_revoked_and_expired_keys_of_an_environment_are_refused(cast):
    key, plain = environment_key(cast)
    _, late = environment_key(cast, expires_at=timezone.now() - timedelta(hours=1))
    revoke_ingest_key(key=key, by=cast.it, at=timezone.now())
    for text, word in ((plain, b"revoked"), (late, b"expired")):
        response = send({"x-api-key": text})
        assert response.status_code == 401 and word in response.content
    assert not Service.objects.exists()


def test_a_key_of_an_environment_sends_no_outcomes(cast):
    _, plain = environment_key(cast)
    headers = {"Authorization": f"Bearer {plain}"}
    response = Client().post("/api/v1/outcomes", {}, content_type="application/json", headers=headers)
    assert response.status_code == 403


def test_only_it_of_the_whole_company_makes_and_revokes_them(cast):
    key, _ = environment_key(cast)
    local = make_user("Lou Local", cast.unit)
    grant(local, Role.IT_ADMIN, cast.unit, cast.system, yesterday())
    for person in (local, cast.lead, cast.finance, cast.owner):
        with pytest.raises(PermissionDenied):
            environment_key(cast, by=person)
        with pytest.raises(PermissionDenied):
            revoke_ingest_key(key=key, by=person, at=timezone.now())
        client = cast.client(person)
        assert client.get(PAGE).status_code == 403
        assert client.post(f"{PAGE}{key.pk}/revoke/").status_code == 403
        assert not IngestKey.objects.visible_to(person).filter(workload=None).exists()
    assert Client().get(PAGE).status_code == 302


def test_what_a_key_of_an_environment_must_have(cast):
    for change in ({"name": " "}, {"expires_at": yesterday() - timedelta(days=1)}):
        with pytest.raises(DomainError):
            environment_key(cast, **change)


def test_the_database_lets_no_key_reach_further(cast, workload):
    said = {"created_by": cast.it, "created_at": yesterday(), "prefix": "pbk_", "name": "x"}
    for n, odd in enumerate(
        (
            {"workload": workload, "environment": "production", "scopes": ["telemetry:write"]},
            {"workload": None, "scopes": ["outcomes:write"]},
        )
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            IngestKey.objects.create(digest=str(n), **said, **odd)


def test_the_page_shows_a_new_key_once(cast):
    client = cast.client(cast.it)
    response = client.post(PAGE, {"name": "cluster", "environment": "production"})
    assert response.status_code == 201 and "no-store" in response["Cache-Control"]
    plain = response.content.decode().split('id="plain-key">')[1].split("<")[0]
    assert send({"x-api-key": plain}).status_code == 200
    page = client.get(PAGE).content.decode()
    assert plain not in page and "cluster" in page and "production" in page
    assert plain not in str(AuditEvent.objects.values())
    assert client.post(PAGE, {"name": ""}).status_code == 422
    assert client.post(PAGE, {"name": "x\x00"}).status_code == 422
    key = IngestKey.objects.get()
    assert client.post(f"{PAGE}{key.pk}/revoke/").status_code == 302
    assert send({"x-api-key": plain}).status_code == 401


def test_a_key_of_a_workload_is_not_revoked_as_one_of_an_environment(cast, workload, plain):
    key = IngestKey.objects.get()
    assert cast.client(cast.it).post(f"{PAGE}{key.pk}/revoke/").status_code == 404
