"""A Slack incoming webhook. Its address is the secret, so it is stored and shown as one."""

from collections.abc import Mapping
from typing import Any

from integrations.connectors.base import Settings, calling
from integrations.http import Client


def deliver(settings: Settings, kind: str, payload: Mapping[str, Any], message_id: str) -> int:
    """Post one notice as text with a link; gives the status."""
    text = f"*{_plain(payload.get('title'))}*\n{_plain(payload.get('text'))}\n{payload.get('url', '')}"
    client = Client(allowed=settings.allowed_hosts, timeout=15)
    return calling(lambda: client.post(settings.secret, json={"text": text}, headers={})).status


def _plain(value: Any) -> str:
    """Slack's three control characters as entities, so that text cannot mention people or forge links."""
    return str(value or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
