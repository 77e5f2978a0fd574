"""The three lines that the page of keys offers are all that a real exporter needs."""

import html
import re
import socket
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode

from tests.factories import make_workload
from tests.otlp_bodies import body, chat
from workloads.models import Call, Workload

USAGE = {"gen_ai.usage.input_tokens": 1200, "gen_ai.usage.output_tokens": 85}


def variables_from_the_page(cast, workload) -> dict[str, str]:
    form = {"name": "ticket-bot", "scopes": ["telemetry:write"]}
    address = reverse("workloads:keys", args=[workload.number])
    page = cast.client(cast.it).post(address, form).content.decode()
    return dict(re.findall(r'export (\w+)="([^"]+)"', html.unescape(page)))


def an_agent_at_work(provider: TracerProvider) -> None:
    tracer = provider.get_tracer("ticket-bot")
    operation = "gen_ai.operation.name"
    named = {operation: "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini"}
    with tracer.start_as_current_span("invoke_agent bot", attributes={operation: "invoke_agent"}):
        with tracer.start_as_current_span("chat gpt-4o-mini", attributes=named | USAGE):
            pass
        with tracer.start_as_current_span("execute_tool", attributes={operation: "execute_tool"}):
            pass
        with tracer.start_as_current_span("chat gpt-4o-mini", attributes=named) as failed:
            failed.set_status(Status(StatusCode.ERROR))
            failed.set_attribute("error.type", "RateLimitError")


@pytest.mark.django_db(transaction=True)
def test_the_three_lines_work_as_they_stand(cast, live_server, monkeypatch):
    workload = make_workload(cast)
    for name, value in variables_from_the_page(cast, workload).items():
        if name.endswith("ENDPOINT"):
            value = live_server.url + urlsplit(value).path
        monkeypatch.setenv(name, value)
    provider = TracerProvider(resource=Resource({"deployment.environment.name": "prod"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    an_agent_at_work(provider)
    provider.shutdown()
    good, failed = Call.objects.filter(workload=workload).order_by("is_error")
    assert (good.input_tokens, good.cost_text, good.environment) == (1200, "0.000231", "prod")
    assert (failed.is_error, failed.error_type, failed.cost_source) == (True, "RateLimitError", "none")
    assert Workload.objects.get(pk=workload.pk).first_call_at == min(good.started_at, failed.started_at)


@pytest.mark.django_db(transaction=True)
def test_a_sender_that_dies_in_the_middle_of_its_body(cast, live_server):
    key = variables_from_the_page(cast, make_workload(cast))["OTEL_EXPORTER_OTLP_TRACES_HEADERS"]
    data, address = body([chat(i) for i in range(100)]), urlsplit(live_server.url)
    head = [
        f"POST /v1/traces HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/x-protobuf",
        f"Authorization: {key.partition('=')[2].replace('%20', ' ')}\r\nContent-Length: {len(data)}\r\n\r\n",
    ]
    with socket.create_connection((address.hostname, address.port), timeout=10) as wire:
        wire.sendall("\r\n".join(head).encode() + data[: len(data) // 2])
        wire.shutdown(socket.SHUT_WR)
        answer = wire.recv(4096)
    assert answer.startswith(b"HTTP/1.1 400") and not Call.objects.exists()
