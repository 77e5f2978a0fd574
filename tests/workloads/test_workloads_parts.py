"""Agents, workflows, tools and datasets that spans name are in the register, each version once."""

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_workload
from tests.otlp_bodies import body, chat
from workloads.models import Change
from workloads.models.register import ComponentVersion
from workloads.operations.telemetry import create_ingest_key

NAMED = [
    {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "tickets", "gen_ai.agent.version": "3"},
    {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "find"},
    {"gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "handbook"},
    {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "find"},
]


def plain_span(index: int, attributes: dict) -> dict:
    return chat(index) | {"attributes": attributes}


@pytest.mark.django_db
def test_parts_are_in_the_register_once(cast):
    workload = make_workload(cast)
    at = timezone.now()
    _, plain = create_ingest_key(workload=workload, name="bot", scopes=["telemetry:write"], by=cast.it, at=at)
    spans = [chat(1)] + [plain_span(index, named) for index, named in enumerate(NAMED, 2)]
    headers = {"Authorization": f"Bearer {plain}"}
    for _ in range(2):
        answer = Client().post(
            "/v1/traces", body(spans), content_type="application/x-protobuf", headers=headers
        )
        assert answer.status_code == 200
    kept = ComponentVersion.objects.filter(component__workload=workload).exclude(component__kind="model")
    assert set(kept.values_list("component__kind", "component__name", "version")) == {
        ("pipeline", "tickets", "3"),
        ("tool", "find", ""),
        ("dataset", "handbook", ""),
    }
    told = Change.objects.filter(workload=workload, kind__in=["pipeline", "tool", "dataset"])
    assert set(told.values_list("summary", flat=True)) == {
        "First call of the pipeline tickets in version 3",
        "First call of the tool find",
        "First call of the dataset handbook",
    }
