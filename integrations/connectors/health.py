"""A health address: a GET that answers, in time, with the status that is expected of it."""

import time
from urllib.parse import urlsplit

from integrations.connectors.base import ConnectorError, Settings, calling
from integrations.http import Blocked, Client
from integrations.messages import Health


def ask(settings: Settings, *, path: str = "", timeout: float = 10.0) -> Health:
    """Ask once. Any status is an answer; a redirect is not followed and is told as the status that it is.

    `path` goes behind the connection's address and cannot lead to another host.
    """
    url = settings.url.rstrip("/") + path if path else settings.url
    if urlsplit(url).netloc != urlsplit(settings.url).netloc:
        raise ValueError("the path leads to another host")
    headers = {"authorization": f"Bearer {settings.secret}"} if settings.secret else {}
    client = Client(allowed=settings.allowed_hosts, timeout=timeout)
    start = time.monotonic()
    try:
        status, error, was_asked = _status(client, url, headers), "", True
    except ConnectorError as failed:
        status, error, was_asked = None, failed.message, not isinstance(failed.__cause__, Blocked)
    return Health(status, int((time.monotonic() - start) * 1000), error, was_asked)


def _status(client: Client, url: str, headers: dict[str, str]) -> int | None:
    try:
        return calling(lambda: client.get(url, headers=headers)).status
    except ConnectorError as failed:
        if failed.status is None:
            raise
        return failed.status


def sample(settings: Settings) -> str:
    """Ask the address itself."""
    health = ask(settings)
    if health.status is None:
        raise ConnectorError(health.error, permanent=False, fix="Check host, port and firewall.")
    if health.status in (401, 403):
        raise ConnectorError(f"It answered {health.status}.", True, "Set its bearer token.", health.status)
    return f"It answered {health.status} in {health.latency_ms} ms."
