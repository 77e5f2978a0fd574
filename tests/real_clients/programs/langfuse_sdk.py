"""Langfuse's SDK with nothing changed but its host and keys; it also scores the trace."""

import os

from conversation import KEY, PROVIDER, RECEIVER, talk

os.environ |= {"LANGFUSE_HOST": RECEIVER, "LANGFUSE_PUBLIC_KEY": "pk-lf-1", "LANGFUSE_SECRET_KEY": KEY}
os.environ |= {"LANGFUSE_TRACING_ENVIRONMENT": "prod", "LANGFUSE_RELEASE": "1.4.2"}

from langfuse import get_client, observe
from langfuse.openai import OpenAI


@observe(as_type="agent")
def handle() -> None:
    talk(OpenAI(base_url=PROVIDER, api_key="none", max_retries=0))
    get_client().score_current_trace(name="helpful", value=0.75, comment="short")


handle()
get_client().flush()
get_client().shutdown()
