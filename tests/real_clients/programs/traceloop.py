"""Traceloop's instrumentation within a workflow, with an association property as its SDK writes it."""

from conversation import otlp_provider, talk
from opentelemetry import trace
from opentelemetry.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.sdk.trace import SpanProcessor


class Associated(SpanProcessor):
    def on_start(self, span, parent_context=None) -> None:
        span.set_attribute("traceloop.workflow.name", "tickets")
        span.set_attribute("traceloop.association.properties.cost_centre", "CC-17")


provider = otlp_provider()
provider.add_span_processor(Associated())
OpenAIInstrumentor().instrument()
named = {"traceloop.span.kind": "workflow", "traceloop.entity.name": "tickets"}
with trace.get_tracer("app").start_as_current_span("tickets.workflow", attributes=named):
    talk()
provider.shutdown()
