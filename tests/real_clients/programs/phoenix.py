"""OpenInference's instrumentation, which Phoenix uses, with metadata and a user."""

from conversation import otlp_provider, talk
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor

provider = otlp_provider()
OpenAIInstrumentor().instrument()
with using_attributes(user_id="user-9", metadata={"cost_centre": "CC-17"}):
    talk()
provider.shutdown()
