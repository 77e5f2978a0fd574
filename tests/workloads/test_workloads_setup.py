"""The setup page: the key once and a placeholder ever after; what arrived, what is wrong; what is kept."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from aiops.errors import DomainError
from aiops.models import AuditEvent
from tests.factories import make_workload
from tests.otlp_bodies import body, chat
from workloads.calc.dialects import NormalisedCall
from workloads.models import Arrival, IngestKey
from workloads.operations import create_ingest_key
from workloads.operations.call_store import store_calls
from workloads.operations.content_policy import set_policy

CLIENTS = (
    "OpenTelemetry SDK",
    "OpenTelemetry Collector",
    "OpenInference",
    "Langfuse SDK",
    "LiteLLM",
    "Traceloop",
    "MLflow",
)
PLACEHOLDER = "pbk_YOUR_KEY"
POLICY = {
    "form": "policy",
    "content_policy": "sampled",
    "content_percent": "25",
    "content_days": "7",
    "calls_days": "60",
    "trusts_client_cost": "on",
}


@pytest.fixture
def workload(cast):
    return make_workload(cast)


@pytest.fixture
def address(workload):
    return reverse("workloads:setup", args=[workload.number])


def make_key(client, address):
    response = client.post(address, {"form": "key", "name": "bot"})
    return response, response.content.decode().split('id="plain-key">')[1].split("<")[0]


def test_every_client_has_its_snippet_with_this_address(cast, address, settings):
    settings.SITE_URL = "https://payback.example.com"
    page = cast.client(cast.owner).get(address).content.decode()
    assert all(name in page for name in CLIENTS)
    assert page.count(PLACEHOLDER) >= len(CLIENTS) and page.count("https://payback.example.com") >= len(
        CLIENTS
    )
    assert "https://payback.example.com/v1/traces" in page


def test_the_key_is_filled_in_once_and_never_again(cast, address):
    it = cast.client(cast.it)
    response, plain = make_key(it, address)
    page = response.content.decode()
    assert response.status_code == 201 and "no-store" in response["Cache-Control"]
    assert page.count(plain) > len(CLIENTS) and PLACEHOLDER not in page
    for _ in range(2):
        again = it.get(address)
        assert plain not in again.content.decode() and PLACEHOLDER in again.content.decode()
    keys = reverse("workloads:keys", args=[IngestKey.objects.get().workload.number])
    assert plain not in it.get(keys).content.decode()
    assert plain not in str(AuditEvent.objects.values()) + str(IngestKey.objects.values())


def test_a_refused_form_makes_no_key(cast, address):
    it = cast.client(cast.it)
    for name in ("", "\x00", "x" * 81):
        assert it.post(address, {"form": "key", "name": name}).status_code == 422
    assert it.post(address, {"form": "other", "name": "x"}).status_code == 422
    assert not IngestKey.objects.exists()


def test_only_it_makes_keys(cast, address):
    for person in (cast.owner, cast.lead, cast.finance):
        client = cast.client(person)
        page = client.get(address).content.decode()
        assert "Make a key and fill it in" not in page and "IT administrator" in page
        assert client.post(address, {"form": "key", "name": "x"}).status_code == 403
    assert not IngestKey.objects.exists()
    assert cast.client(cast.stranger).post(address, {"form": "key", "name": "x"}).status_code == 404
    assert Client().post(address, {"form": "key", "name": "x"}).status_code == 302


def test_a_retired_workload_makes_no_key(cast, workload, address):
    type(workload).objects.filter(pk=workload.pk).update(stage="retired", retired_on="2026-11-01")
    it = cast.client(cast.it)
    assert "takes no more data" in it.get(address).content.decode()
    assert it.post(address, {"form": "key", "name": "bot"}).status_code == 422


def test_waiting_then_received(cast, workload, address):
    client, part = cast.client(cast.owner), reverse("workloads:setup_arrived", args=[workload.number])
    text = client.get(part).content.decode()
    assert "Waiting for the first span" in text and "every 3s" in text and "data-while-seen" in text
    _, plain = make_key(cast.client(cast.it), address)
    span = chat(1, model="gpt-4o-mini", start=timezone.now())
    send(plain, body([span], resource={"service.version": "1", "deployment.environment.name": "production"}))
    text = client.get(part).content.decode()
    assert (
        "received" in text and "gpt-4o-mini" in text and "GenAI conventions" in text and "every 15s" in text
    )
    assert "Nothing is missing" in text


def send(plain, data):
    headers = {"Authorization": f"Bearer {plain}"}
    return Client().post("/v1/traces", data, content_type="application/x-protobuf", headers=headers)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"drops_cached": True}, "does not tell which tokens came from a cache"),
        ({"model": "home-made"}, "add an own price"),
        ({"model": ""}, "names no model"),
        ({"input_tokens": 0}, "reports no tokens"),
        ({"clamped": True}, "larger than its whole"),
        ({"environment": ""}, "counts as production"),
        ({"release": ""}, "releases are not seen"),
        ({"is_error": True, "error_type": "429"}, "The last call failed: 429"),
    ],
)
def test_what_is_wrong_is_said_in_words(cast, workload, change, words):
    said = {"model": "gpt-4o-mini", "input_tokens": 10, "environment": "production", "release": "1"} | change
    call = NormalisedCall("a" * 32, "b" * 16, timezone.now(), provider="openai", **said)
    store_calls(workload=workload, calls=[call], at=timezone.now())
    part = reverse("workloads:setup_arrived", args=[workload.number])
    assert words in cast.client(cast.owner).get(part).content.decode()


def test_spans_without_a_call_and_refused_spans_are_told(cast, workload, address):
    _, plain = make_key(cast.client(cast.it), address)
    part = reverse("workloads:setup_arrived", args=[workload.number])
    send(plain, body([chat(1, attributes={"gen_ai.operation.name": "invoke_agent"})]))
    client = cast.client(cast.owner)
    assert "no call of a model among them" in client.get(part).content.decode()
    send(plain, body([chat(1, tokens_in=-5)]))
    assert "A span was refused" in client.get(part).content.decode()
    assert Arrival.objects.get().signal == "traces"


def test_the_owner_says_what_is_kept(cast, workload, address):
    client = cast.client(cast.owner)
    for _ in range(2):
        assert client.post(address, POLICY).status_code == 302
    workload.refresh_from_db()
    kept = (workload.content_policy, workload.content_percent, workload.content_days, workload.calls_days)
    assert kept == ("sampled", 25, 7, 60) and workload.trusts_client_cost
    assert AuditEvent.objects.filter(action="workload.policy_set").count() == 1
    for odd in (
        {"content_days": "61"},
        {"content_policy": "some"},
        {"content_percent": "0"},
        {"calls_days": "x"},
    ):
        assert client.post(address, POLICY | odd).status_code == 422
    for person in (cast.it, cast.finance, cast.evaluator):
        assert cast.client(person).post(address, POLICY).status_code == 403
    assert cast.client(cast.lead).post(address, POLICY | {"content_policy": "off"}).status_code == 302


def test_what_a_policy_may_say(cast, workload):
    good = {name: POLICY[name] for name in ("content_policy",)} | {
        "content_percent": 25, "content_days": 7, "calls_days": 60, "trusts_client_cost": True,
    }  # fmt: skip
    said = {"workload": workload, "by": cast.owner, "at": timezone.now()}
    for odd in (
        {"content_policy": "x"},
        {"content_percent": 101},
        {"content_days": 0},
        {"calls_days": 6},
        {"calls_days": 3651},
    ):
        with pytest.raises(DomainError):
            set_policy(**said, **(good | odd))
    with pytest.raises(PermissionDenied):
        set_policy(**(said | {"by": cast.it}), **good)


def test_a_key_made_elsewhere_is_never_on_this_page(cast, workload, address):
    at = timezone.now() - timedelta(days=1)
    _, plain = create_ingest_key(workload=workload, name="bot", scopes=["telemetry:write"], by=cast.it, at=at)
    assert plain not in cast.client(cast.it).get(address).content.decode()
