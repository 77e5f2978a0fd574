"""OpenTelemetry's own instrumentation of openai, current conventions."""

import os

os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"

from conversation import otlp_provider, talk
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor

provider = otlp_provider()
OpenAIInstrumentor().instrument()
talk()
provider.shutdown()
