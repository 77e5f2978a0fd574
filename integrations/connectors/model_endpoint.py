"""An OpenAI-compatible endpoint: POST {url}/chat/completions."""

import time
from collections.abc import Sequence
from typing import Any

from integrations.connectors.base import ConnectorError, Settings, calling
from integrations.http import Client
from integrations.messages import Completion


def complete(
    settings: Settings, messages: Sequence[dict[str, str]], *, model: str = "", timeout: float = 30.0
) -> Completion:
    """One answer at temperature 0; ConnectorError with its fix where there is none."""
    asked = model or settings.default_model
    body = {"model": asked, "messages": list(messages), "temperature": 0}
    client = Client(allowed=settings.allowed_hosts, timeout=timeout)
    url = settings.url.rstrip("/") + "/chat/completions"
    headers = {"authorization": f"Bearer {settings.secret}"} if settings.secret else {}
    start = time.monotonic()
    answer = calling(lambda: client.post(url, json=body, headers=headers))
    return _completion(answer, asked, int((time.monotonic() - start) * 1000))


def _completion(answer: Any, model: str, latency: int) -> Completion:
    try:
        data = answer.json()
        text = data["choices"][0]["message"]["content"] or ""
        usage = data.get("usage") or {}
        tokens = int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
        return Completion(str(text), *tokens, str(data.get("model") or model), latency)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        words = "It answered, but not as a chat completion."
        raise ConnectorError(
            words, True, "Check that the address ends in /v1 of an OpenAI-compatible API."
        ) from error


def sample(settings: Settings) -> str:
    """Ask for one word."""
    made = complete(settings, [{"role": "user", "content": "Answer with the word yes."}], timeout=20)
    return f"{made.model} answered in {made.latency_ms} ms"
