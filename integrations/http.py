"""The one way out over HTTP: vetted address, pinned for the connect, no redirects, bounded answer and time."""

import json as json_module
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from integrations.vetting import Blocked, Resolver, Target, resolve, vet

__all__ = ["Answer", "Blocked", "Client"]

LARGEST_ANSWER = 4 * 1024 * 1024
TIMEOUT = 30.0


@dataclass(frozen=True)
class Answer:
    """Status, headers and bounded body of a response."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; ValueError where it is none."""
        return json_module.loads(self.body)

    @property
    def retry_after(self) -> float | None:
        text = self.headers.get("retry-after", "")
        return float(text) if text.isdigit() else None


class Client:
    """Requests to one connection's host. `allowed` lists the private hosts that an IT admin permitted."""

    def __init__(
        self, *, allowed: Sequence[str] = (), timeout: float = TIMEOUT, resolver: Resolver = resolve
    ) -> None:
        self.allowed, self.timeout, self.resolver = tuple(allowed), timeout, resolver

    def vet(self, url: str) -> Target:
        """The pinned target of a URL; Blocked for a scheme, address or port that is not permitted."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Blocked("The address must start with https:// or http:// and name a host.", "Correct the address.")
        if parts.username or parts.password:
            raise Blocked("The address holds a user name or password.", "Put the secret into its own field.")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return vet(parts.hostname, port, allowed=self.allowed, resolver=self.resolver)

    def post(self, url: str, *, json: Any = None, content: bytes | None = None, headers: Mapping[str, str]) -> Answer:
        body = content if content is not None else json_module.dumps(json).encode()
        return self._send("POST", url, {"content-type": "application/json", **headers}, body)

    def get(self, url: str, *, headers: Mapping[str, str]) -> Answer:
        return self._send("GET", url, headers, None)

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        target = self.vet(url)
        pinned = _pinned(url, target)
        sent = {**headers, "host": _host_header(url)}
        with httpx.Client(timeout=self.timeout, follow_redirects=False, trust_env=False) as client:
            request = client.build_request(method, pinned, headers=sent, content=body)
            request.extensions["sni_hostname"] = target.host
            response = client.send(request, stream=True)
            try:
                return Answer(response.status_code, dict(response.headers), _bounded(response))
            finally:
                response.close()


def _pinned(url: str, target: Target) -> str:
    """The URL with the vetted address in place of the name: nothing is resolved a second time."""
    parts = urlsplit(url)
    host = f"[{target.address}]" if ":" in target.address else target.address
    return parts._replace(netloc=f"{host}:{target.port}").geturl()


def _host_header(url: str) -> str:
    parts = urlsplit(url)
    return parts.netloc


def _bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise httpx.DecodingError(f"The answer is larger than {LARGEST_ANSWER // 1024 // 1024} MB.")
    return bytes(body)


def certificate_days(host: str, address: str, port: int, timeout: float = 10.0) -> int:
    """Days until the certificate that this host shows runs out; OSError or ssl.SSLError where TLS fails."""
    import socket
    from datetime import UTC, datetime

    context = ssl.create_default_context()
    with socket.create_connection((address, port), timeout) as plain, context.wrap_socket(plain, server_hostname=host) as tls:
        shown = tls.getpeercert() or {}
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
    return (until - datetime.now(UTC)).days
