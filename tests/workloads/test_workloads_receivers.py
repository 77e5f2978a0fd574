"""Logs, metrics, scores and Langfuse's paths: what is kept, what is counted, how odd input is refused."""

import gzip
import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from tests.factories import make_workload
from tests.otlp_bodies import START, body, chat, nanoseconds, set_attribute
from workloads.models import Arrival, Call, Evaluation, LogContent
from workloads.operations import create_ingest_key
from workloads.operations.holding import tend_doors
from workloads.operations.telemetry import create_environment_key

PROTOBUF = "application/x-protobuf"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "captures"


@pytest.fixture
def workload(cast):
    return make_workload(cast)


@pytest.fixture
def plain(cast, workload):
    at = timezone.now() - timedelta(days=1)
    return create_ingest_key(workload=workload, name="bot", scopes=["telemetry:write"], by=cast.it, at=at)[1]


def post(path, data, plain, kind=PROTOBUF, **headers):
    headers = {"x-api-key": plain} | headers
    return Client().post(path, data, content_type=kind, headers=headers)


def log_body(*events, trace=TRACE, span=SPAN):
    request = ExportLogsServiceRequest()
    scoped = request.resource_logs.add().scope_logs.add()
    for name, attributes, text in events:
        record = scoped.log_records.add(event_name=name, time_unix_nano=nanoseconds(START))
        record.trace_id, record.span_id = bytes.fromhex(trace), bytes.fromhex(span)
        for key, value in attributes.items():
            set_attribute(record.attributes, key, value)
        if text:
            record.body.string_value = text
    return request.SerializeToString()


JUDGED = (
    "gen_ai.evaluation.result",
    {"gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.value": 0.0},
    "",
)
ASKED = ("gen_ai.user.message", {}, "What is the due date of order 4711?")


def test_an_evaluation_in_the_logs_is_stored_once(workload, plain):
    for _ in range(2):
        response = post("/v1/logs", log_body(JUDGED), plain)
        assert (response.status_code, response["Content-Type"], response.content) == (200, PROTOBUF, b"")
    stored = Evaluation.objects.get()
    assert (stored.workload_id, stored.name, stored.value, stored.source) == (
        workload.pk,
        "relevance",
        0.0,
        "log",
    )
    assert Arrival.objects.get(signal="logs").items == 2


def test_content_of_the_logs_is_kept_as_the_policy_says(workload, plain):
    data = log_body(ASKED)
    post("/v1/logs", data, plain)
    assert not LogContent.objects.exists()
    type(workload).objects.filter(pk=workload.pk).update(content_policy="all")
    for _ in range(2):
        post("/v1/logs", data, plain)
    assert "order 4711" in LogContent.objects.get().content_in


def test_content_of_the_logs_goes_after_its_days(workload, plain):
    type(workload).objects.filter(pk=workload.pk).update(content_policy="all", content_days=7)
    post("/v1/logs", log_body(ASKED), plain)
    tend_doors(at=timezone.now() + timedelta(days=6))
    assert LogContent.objects.count() == 1
    tend_doors(at=timezone.now() + timedelta(days=8))
    assert not LogContent.objects.exists()


def test_bad_records_are_counted_and_named(plain):
    data = log_body(JUDGED, ("gen_ai.evaluation.result", {}, ""))
    partial = ExportLogsServiceResponse.FromString(post("/v1/logs", data, plain).content).partial_success
    assert partial.rejected_log_records == 1 and "gen_ai.evaluation.name" in partial.error_message
    assert Evaluation.objects.count() == 1


def test_metrics_are_counted_and_cost_nothing(workload, plain):
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="gen_ai.client.token.usage")
    metric.sum.data_points.add(as_int=1200)
    metric.sum.data_points.add(as_int=85)
    assert post("/v1/metrics", request.SerializeToString(), plain).status_code == 200
    assert Arrival.objects.get(signal="metrics").items == 2 and not Call.objects.exists()


def test_json_is_answered_in_json(workload, plain):
    for path, empty in (
        ("traces", "resourceSpans"),
        ("logs", "resourceLogs"),
        ("metrics", "resourceMetrics"),
    ):
        response = post(f"/v1/{path}", json.dumps({empty: []}), plain, kind="application/json")
        assert (response.status_code, response["Content-Type"], response.json()) == (
            200,
            "application/json",
            {},
        )
        bad = post(f"/v1/{path}", "{", plain, kind="application/json")
        assert bad.status_code == 400 and "JSON" in bad.json()["message"]


SCORE = {"id": "s1", "traceId": TRACE, "name": "helpful", "value": 1, "comment": "well said"}


def send_scores(payload, plain, path="/api/public/scores"):
    return post(path, json.dumps(payload), plain, kind="application/json")


def test_scores_come_alone_in_lists_and_in_older_batches(plain):
    assert send_scores(SCORE, plain).status_code == 202
    assert (
        send_scores([SCORE | {"id": "s2"}, SCORE | {"id": "s3", "value": "good"}], plain).status_code == 202
    )
    batch = {"batch": [{"id": "e", "type": "score-create", "body": SCORE | {"id": "s4"}}]}
    assert send_scores(batch, plain, "/api/public/ingestion").status_code == 207
    assert Evaluation.objects.count() == 4 and Arrival.objects.get(signal="scores").items == 4


def test_a_score_with_the_same_id_changes_and_is_still_one(plain):
    send_scores(SCORE, plain)
    send_scores(SCORE | {"value": 0.25}, plain)
    assert Evaluation.objects.get().value == 0.25


def test_the_words_of_a_score_are_not_kept(plain):
    send_scores(SCORE, plain)
    assert "well said" not in str(Evaluation.objects.values())


def test_bad_scores_are_named_and_the_others_stored(plain):
    answer = send_scores([SCORE, {"name": "x", "value": 1}, SCORE | {"id": "n", "value": None}], plain)
    assert answer.status_code == 207 and answer.json()["rejected"] == 2
    assert Evaluation.objects.count() == 1


@pytest.mark.parametrize("payload", [b"null", b"[1]", b"\x00", b'"x"', b"[" * 100_000, b"\xff\xfe"])
def test_what_is_no_score_is_400(plain, payload):
    response = post("/api/public/scores", payload, plain, kind="application/json")
    assert response.status_code == 400 and not Evaluation.objects.exists()


def test_odd_texts_in_a_score_do_no_harm(plain):
    odd = SCORE | {
        "name": "a\x00b" * 200,
        "value": float("1e308"),
        "id": "\x00",
        "metadata": {"version": "\x00"},
    }
    assert send_scores(odd, plain).status_code in (202, 207)


def test_scores_need_the_key_of_a_workload(cast):
    at = timezone.now() - timedelta(days=1)
    _, plain = create_environment_key(environment="production", name="cluster", by=cast.it, at=at)
    response = send_scores(SCORE, plain)
    assert response.status_code == 400 and "ingest key of the workload" in response.json()["message"]
    assert not Evaluation.objects.exists()


@pytest.mark.parametrize(
    "path", ["/v1/traces", "/v1/logs", "/v1/metrics", "/api/public/otel/v1/traces", "/api/public/scores"]
)
def test_every_door_wants_a_key_and_a_content_type(db, path, plain):
    assert Client().post(path, b"", content_type=PROTOBUF).status_code == 401
    assert post(path, b"", "pbk_" + "x" * 43).status_code == 401
    assert post(path, b"", plain, kind="text/plain").status_code == 415
    assert post(path, b"", plain, kind="application/json", **{"Content-Encoding": "br"}).status_code == 415
    assert Client().get(path).status_code == 405


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/logs", "/v1/metrics"])
def test_what_is_no_protobuf_is_400(plain, path):
    for data in (b"nonsense", b"\x0a\xff", b"\x00"):
        assert post(path, data, plain).status_code == 400
    assert post(path, gzip.compress(b"x" * 99)[:-9], plain, **{"Content-Encoding": "gzip"}).status_code == 400


def test_langfuse_asks_for_health_and_its_project(db, workload, plain):
    assert Client().get("/api/public/health").json()["status"] == "OK"
    answer = Client().get("/api/public/projects", headers={"x-api-key": plain}).json()
    assert answer["data"][0]["name"] == str(workload) and answer["data"][0]["organization"]["id"]
    refused = Client().get("/api/public/projects")
    assert refused.status_code == 401 and refused.json()["message"]


def test_langfuse_traces_are_read_under_its_own_path(plain):
    assert post("/api/public/otel/v1/traces", body([chat(1)]), plain).status_code == 200
    assert Call.objects.count() == 1


def test_no_content_reaches_the_logs(workload, plain, caplog, capfd):
    type(workload).objects.filter(pk=workload.pk).update(content_policy="all")
    secret = "the salary of Ms Doe"
    with caplog.at_level(logging.DEBUG):
        post("/v1/logs", log_body(("gen_ai.user.message", {}, secret)), plain)
        send_scores(SCORE | {"comment": secret, "id": ""}, plain)
        attributes = {"gen_ai.input.messages": json.dumps([{"role": "user", "content": secret}])}
        post("/v1/traces", body([chat(1, attributes=attributes)]), plain)
        post("/v1/traces", secret.encode(), plain)
    out = capfd.readouterr()
    assert secret not in caplog.text + out.out + out.err and plain not in caplog.text + out.out + out.err


@pytest.mark.skipif(not CAPTURES.exists(), reason="captures of real clients are not beside the checkout")
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("langfuse_sdk/001_api_public_otel_v1_traces.pb.gz", "/api/public/otel/v1/traces"),
        ("langfuse_sdk/002_api_public_scores.json", "/api/public/scores"),
        ("otel_openai_v2_latest/001_v1_logs.pb", "/v1/logs"),
        ("otel_openai_v2_latest/003_v1_metrics.pb", "/v1/metrics"),
        ("otel_openai_v2_latest/005_v1_logs.pb", "/v1/logs"),
        ("otel_openai_v2_default_gzip/004_v1_logs.pb.gz", "/v1/logs"),
    ],
)
def test_what_real_clients_sent_is_taken(plain, name, path):
    kind = "application/json" if name.endswith(".json") else PROTOBUF
    headers = {"Content-Encoding": "gzip"} if name.endswith(".gz") else {}
    response = post(path, (CAPTURES / name).read_bytes(), plain, kind=kind, **headers)
    assert response.status_code in (200, 202)
