"""The one way out over HTTP: vetted address, pinned for the connect, no redirects, bounded size and time."""

import json as json_module
import logging
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx

from integrations.vetting import Blocked, Resolver, Target, resolve, vet

__all__ = ["Answer", "Blocked", "Client", "certificate_days", "knock"]

LARGEST_ANSWER = 4 * 1024 * 1024
TIMEOUT = 30.0
KNOCK_TIMEOUT = 10.0

# httpx logs whole addresses at INFO, httpcore whole headers at DEBUG: both can be secrets.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True)
class Answer:
    """Status, headers and bounded body of a response."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; ValueError where it is none."""
        return json_module.loads(self.body)


class Client:
    """Requests to one connection's host. `allowed` lists the private hosts that an IT admin permitted."""

    def __init__(
        self, *, allowed: Sequence[str] = (), timeout: float = TIMEOUT, resolver: Resolver = resolve
    ) -> None:
        self.allowed, self.timeout, self.resolver = tuple(allowed), timeout, resolver

    def vet(self, url: str) -> Target:
        """The pinned target of a URL; Blocked for a scheme, address or port that is not permitted."""
        parts, port = _read(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Blocked(
                "The address must start with https:// or http:// and name a host.", "Correct the address."
            )
        if parts.username or parts.password:
            raise Blocked("The address holds a user name or password.", "Put the secret into its own field.")
        return vet(parts.hostname, port, allowed=self.allowed, resolver=self.resolver)

    def post(
        self, url: str, *, json: Any = None, content: bytes | None = None, headers: Mapping[str, str]
    ) -> Answer:
        body = content if content is not None else json_module.dumps(json).encode()
        return self._send("POST", url, {"content-type": "application/json", **headers}, body)

    def get(self, url: str, *, headers: Mapping[str, str]) -> Answer:
        return self._send("GET", url, headers, None)

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        target = self.vet(url)
        # No compression: the bound below would count bytes only after they were unpacked.
        sent = {**headers, "host": urlsplit(url).netloc, "accept-encoding": "identity"}
        until = time.monotonic() + self.timeout
        with httpx.Client(timeout=self.timeout, follow_redirects=False, trust_env=False) as client:
            request = client.build_request(method, _pinned(url, target), headers=sent, content=body)
            request.extensions["sni_hostname"] = target.host
            response = client.send(request, stream=True)
            try:
                return Answer(response.status_code, dict(response.headers), _bounded(response, until))
            finally:
                response.close()


def _read(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        return parts, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise Blocked("This is not an address.", "Correct the address.") from error


def _pinned(url: str, target: Target) -> str:
    """The URL with the vetted address in place of the name: nothing is resolved a second time."""
    host = f"[{target.address}]" if ":" in target.address else target.address
    return urlsplit(url)._replace(netloc=f"{host}:{target.port}").geturl()


def _bounded(response: httpx.Response, until: float) -> bytes:
    """The body, given up when it grows too large or trickles in for too long."""
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise httpx.DecodingError(f"The answer is larger than {LARGEST_ANSWER // 1024 // 1024} MB.")
        if time.monotonic() > until:
            raise httpx.ReadTimeout("The answer took too long.")
    return bytes(body)


def knock(target: Target) -> None:
    """Open and close a TCP connection to a vetted target; OSError where nobody answers."""
    socket.create_connection((target.address, target.port), KNOCK_TIMEOUT).close()


def certificate_days(target: Target, at: datetime) -> int:
    """Days until the certificate of a vetted target runs out; OSError or ssl.SSLError where TLS fails."""
    context = ssl.create_default_context()
    with (
        socket.create_connection((target.address, target.port), KNOCK_TIMEOUT) as plain,
        context.wrap_socket(plain, server_hostname=target.host) as tls,
    ):
        shown = tls.getpeercert() or {}
    return (datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC) - at).days
