"""POST /v1/traces: who may, what is read, and how each kind of bad input is refused."""

import gzip
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from tests.factories import make_workload
from tests.otlp_bodies import body, chat
from workloads.models.telemetry import Call, IngestKey, UsageHour
from workloads.operations.telemetry import create_ingest_key, revoke_ingest_key
from workloads.views import ingest


@pytest.fixture
def workload(cast):
    return make_workload(cast)


@pytest.fixture
def key(cast, workload):
    return make_key(cast, workload)


def make_key(cast, workload, scopes=("telemetry:write",), **more):
    at = timezone.now() - timedelta(days=1)
    return create_ingest_key(workload=workload, name="bot", scopes=scopes, by=cast.it, at=at, **more)


def send(plain, data, kind="application/x-protobuf", **headers):
    if plain:
        headers["Authorization"] = f"Bearer {plain}"
    return Client().post("/v1/traces", data, content_type=kind, headers=headers)


def nothing_stored():
    return not Call.objects.exists() and not UsageHour.objects.exists()


def test_takes_plain_and_gzip_and_counts_once(key, workload):
    data = body([chat(1), chat(2)])
    for raw, headers in ((data, {}), (gzip.compress(data), {"Content-Encoding": "gzip"}), (data, {})):
        response = send(key[1], raw, **headers)
        assert (response.status_code, response["Content-Type"]) == (200, "application/x-protobuf")
        assert response.content == b""
    assert Call.objects.filter(workload=workload).count() == 2


def test_wrappers_are_taken_and_not_counted(key):
    agent = chat(3, attributes={"gen_ai.operation.name": "invoke_agent"})
    assert send(key[1], body([chat(1), agent])).content == b""
    assert Call.objects.count() == 1


def test_bad_spans_in_a_good_body_are_counted_and_named(key):
    bad = [chat(2, span_id=b"\0" * 8), chat(3, tokens_in=-5), chat(4, start_time_unix_nano=0)]
    response = send(key[1], body([chat(1), *bad]))
    partial = ExportTraceServiceResponse.FromString(response.content).partial_success
    assert response.status_code == 200 and partial.rejected_spans == 3
    for words in ("span id", "negative", "2015"):
        assert words in partial.error_message
    assert Call.objects.count() == 1


@pytest.mark.parametrize("data", [b"nonsense", b"{}", body([chat(1)])[:-4]])
def test_broken_protobuf(key, data):
    response = send(key[1], data)
    assert response.status_code == 400 and b"protobuf" in response.content and nothing_stored()


def test_broken_gzip(key):
    for data in (b"nonsense", gzip.compress(body([chat(1)]))[:-9]):
        assert send(key[1], data, **{"Content-Encoding": "gzip"}).status_code == 400
    assert nothing_stored()


@pytest.mark.parametrize("kind", ["application/x-ndjson", "text/plain", "multipart/form-data; boundary=x"])
def test_other_content_types(key, kind):
    response = send(key[1], b"{}", kind=kind)
    assert response.status_code == 415 and b"application/x-protobuf" in response.content


def test_other_encodings(key):
    assert send(key[1], b"", **{"Content-Encoding": "br"}).status_code == 415


def test_a_50_mb_body(key):
    response = send(key[1], b"\0" * 50_000_000)
    assert response.status_code == 413 and b"20,000,000" in response.content and nothing_stored()


def test_a_bomb(key):
    response = send(key[1], gzip.compress(b"\0" * 70_000_000), **{"Content-Encoding": "gzip"})
    assert response.status_code == 413 and nothing_stored()


def test_a_body_without_a_length(key):
    headers = {"Authorization": f"Bearer {key[1]}"}
    kind = "application/x-protobuf"
    response = Client().generic("POST", "/v1/traces", b"x", kind, headers=headers, CONTENT_LENGTH="")
    assert response.status_code == 411


@pytest.mark.django_db
def test_no_key_and_unknown_keys():
    assert send("", body([chat(1)])).status_code == 401
    for plain in ("pbk_" + "x" * 43, "pbt_abc", "x"):
        response = send(plain, body([chat(1)]))
        assert response.status_code == 401 and "Bearer" in response["WWW-Authenticate"]


def test_revoked_and_expired_keys(cast, workload, key):
    late = make_key(cast, workload, expires_at=timezone.now() - timedelta(hours=1))
    assert b"expired" in send(late[1], body([chat(1)])).content
    revoke_ingest_key(key=key[0], by=cast.it, at=timezone.now())
    response = send(key[1], body([chat(1)]))
    assert response.status_code == 401 and b"revoked" in response.content and nothing_stored()


def test_a_key_without_the_scope(cast, workload):
    _, plain = make_key(cast, workload, scopes=["outcomes:write"])
    response = send(plain, body([chat(1)]))
    assert response.status_code == 403 and b"telemetry:write" in response.content and nothing_stored()


def test_a_retired_workload(key, workload):
    type(workload).objects.filter(pk=workload.pk).update(stage="retired", retired_on="2026-11-01")
    response = send(key[1], body([chat(1)]))
    assert response.status_code == 403 and b"retired" in response.content and nothing_stored()


def test_a_key_writes_to_its_own_workload_only(cast, key, workload):
    other = make_workload(cast, name="Another")
    send(key[1], body([chat(1)], resource={"payback.workload": other.slug, "service.name": other.slug}))
    assert not Call.objects.filter(workload=other).exists()
    assert Call.objects.filter(workload=workload).count() == 1


def test_the_use_of_a_key_is_noted_once_a_minute(key):
    send(key[1], body([chat(1)]))
    first = IngestKey.objects.get(pk=key[0].pk).last_used_at
    send(key[1], body([chat(2)]))
    assert first and IngestKey.objects.get(pk=key[0].pk).last_used_at == first


def test_no_database_is_a_call_for_later(key, monkeypatch):
    def gone(**_):
        raise OperationalError("gone")

    monkeypatch.setattr(ingest, "take", gone)
    response = send(key[1], body([chat(1)]))
    assert response.status_code == 503 and response["Retry-After"] == "5"


def test_a_connection_that_fell_since_the_last_request_is_made_anew(monkeypatch):
    """Nothing is asked of the database to find that out; the key of the request is asked for once more."""
    met = []

    def key_of(_):
        met.append("key")
        if len(met) == 1:
            raise OperationalError("the server closed the connection")
        return "the key"

    line = SimpleNamespace(in_atomic_block=False, close=lambda: met.append("closed"))
    monkeypatch.setattr(ingest, "connection", line)
    monkeypatch.setattr(ingest, "key_of", key_of)
    assert ingest._sender(None) == "the key" and met == ["key", "closed", "key"] and line.health_check_done


def test_only_post(key):
    assert Client().get("/v1/traces").status_code == 405


def test_a_batch_costs_few_queries(key, django_assert_max_num_queries):
    send(key[1], body([chat(1)]))
    with django_assert_max_num_queries(12):
        send(key[1], body([chat(i) for i in range(2, 500)]))
