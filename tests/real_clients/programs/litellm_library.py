"""LiteLLM as a library with its own callback for OpenTelemetry; it reckons its cost itself."""

import os
import time

os.environ |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "OTEL_SERVICE_NAME": "ticket-bot"}
os.environ |= {"OTEL_EXPORTER": "otlp_http", "OTEL_ENDPOINT": f"{os.environ['RECEIVER_URL']}/v1/traces"}
os.environ |= {"OTEL_HEADERS": f"Authorization=Bearer {os.environ['INGEST_KEY']}"}

import litellm
from opentelemetry import trace

litellm.callbacks = ["otel"]
ASKED = {"messages": [{"role": "user", "content": "What is the capital of France?"}]}
WHERE = {"api_base": os.environ["PROVIDER_URL"], "api_key": "none", "num_retries": 0}

litellm.completion(model="gpt-4o-mini", **ASKED, **WHERE)
for _ in litellm.completion(
    model="gpt-4o-mini", stream=True, stream_options={"include_usage": True}, **ASKED, **WHERE
):
    pass
litellm.embedding(model="text-embedding-3-small", input=["hello", "world"], **WHERE)
try:
    litellm.completion(model="gpt-4o-mini", messages=[{"role": "user", "content": "FAIL"}], **WHERE)
except litellm.exceptions.RateLimitError:
    pass
time.sleep(3)  # its callbacks run in threads of their own, which nobody can wait for
trace.get_tracer_provider().force_flush()
