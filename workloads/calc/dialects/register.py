"""Parts of a workload that spans name beside the models: pipelines (agents, workflows), tools and datasets, with
their versions.
"""

from collections.abc import Iterator
from typing import NamedTuple

from workloads.calc.dialects.values import text
from workloads.calc.otlp import Span

# kind, attribute of the name, attribute of the version
PARTS = (
    ("pipeline", "gen_ai.agent.name", "gen_ai.agent.version"),
    ("pipeline", "gen_ai.workflow.name", ""),
    ("pipeline", "traceloop.workflow.name", "traceloop.entity.version"),
    ("tool", "gen_ai.tool.name", ""),
    ("tool", "tool.name", ""),
    ("pipeline", "agent.name", ""),
    ("dataset", "gen_ai.data_source.id", ""),
)
NAMES = frozenset(name for _, name, _ in PARTS)


class Part(NamedTuple):
    """One part in one version."""

    kind: str
    name: str
    version: str


def parts_of(span: Span) -> Iterator[Part]:
    """The parts that a span names; nothing for most spans."""
    attributes = span.attributes
    if NAMES.isdisjoint(attributes):
        return
    for kind, key, version_key in PARTS:
        if found := text(attributes.get(key) or ""):
            yield Part(kind, found, text(attributes.get(version_key) or "", 120))
