"""Peers on this machine: a small HTTP server that answers as told and keeps what it was sent."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest


class Peer:
    """Answers with `status`, `headers` and `body`; `seen` holds the requests."""

    def __init__(self) -> None:
        self.status, self.headers, self.body = 200, {}, b"{}"
        self.seen: list[SimpleNamespace] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


def _handler(peer: Peer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            peer.seen.append(SimpleNamespace(path=self.path, headers=dict(self.headers), body=body))
            self.send_response(peer.status)
            for name, value in {"Content-Length": str(len(peer.body)), **peer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(peer.body)

        do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Handler


@pytest.fixture
def peer() -> Iterator[Peer]:
    one = Peer()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def make_connection(cast: SimpleNamespace, now: Any) -> Any:
    """Connections as an IT admin makes them, allowed to reach this machine."""
    from integrations import operations

    def make(kind: str, name: str = "", secret: str = "", **fields: Any) -> Any:
        if kind != "alertmanager":
            fields.setdefault("allowed_hosts", ["127.0.0.1"])
        made, _ = operations.create_connection(
            kind=kind, name=name or f"My {kind}", secret=secret, by=cast.it, at=now, **fields
        )
        return made

    return make
