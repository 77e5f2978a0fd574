"""What every client does: a chat, a streamed chat, an embedding and a chat that fails, then the process ends."""

import os

import openai

PROVIDER, RECEIVER, KEY = (os.environ[name] for name in ("PROVIDER_URL", "RECEIVER_URL", "INGEST_KEY"))
ASKED = [{"role": "user", "content": "What is the capital of France?"}]


def talk(client=None) -> None:
    client = client or openai.OpenAI(base_url=PROVIDER, api_key="none", max_retries=0)
    client.chat.completions.create(model="gpt-4o-mini", messages=ASKED)
    options = {"include_usage": True}
    for _ in client.chat.completions.create(
        model="gpt-4o-mini", messages=ASKED, stream=True, stream_options=options
    ):
        pass
    client.embeddings.create(model="text-embedding-3-small", input=["hello", "world"])
    try:
        client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "FAIL"}])
    except openai.RateLimitError:
        pass


def otlp_provider():
    """A tracer provider that sends to the receiver, as any program sets one up."""
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    said = {"service.name": "ticket-bot", "service.version": "1.4.2", "deployment.environment.name": "prod"}
    provider = TracerProvider(resource=Resource.create(said))
    headers = {"Authorization": f"Bearer {KEY}"}
    exporter = OTLPSpanExporter(f"{RECEIVER}/v1/traces", headers=headers, compression=Compression.Gzip)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider
