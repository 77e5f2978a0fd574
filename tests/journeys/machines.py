"""The machines of the journey: a real worker, a real exporter, and a place that webhooks arrive at."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from aiops.celery import app

ROOT = Path(__file__).resolve().parents[2]
A_SECOND = 10**9
A_DAY = 24 * 3600 * A_SECOND
QUEUES = "checks,deliveries,ingest"


def wait_for(what: Callable[[], Any], seconds: float = 60) -> Any:
    """The first true value of `what`."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
    return found


def tick(name: str) -> None:
    """What beat does when this job of the timetable is due."""
    app.send_task(name)


def _environment(home: Path) -> dict[str, str]:
    at = connection.settings_dict
    password = f":{quote(at['PASSWORD'], safe='')}" if at["PASSWORD"] else ""
    return os.environ | {
        "DATABASE_URL": f"postgresql://{quote(at['USER'])}{password}@/{at['NAME']}"
        f"?host={at['HOST']}&port={at['PORT']}",
        "REDIS_URL": settings.REDIS_URL,
        "PAYBACK_VAR": str(home),
        "PAYBACK_SECRET_KEY": settings.SECRET_KEY,
        "PAYBACK_ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),
        "OMP_NUM_THREADS": "1",
    }


@contextmanager
def real_worker(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process group of its own; jobs that earlier tests left behind are dropped first."""
    app.control.purge()
    command = [sys.executable, "-m", "celery", "-A", "aiops", "worker", "-Q", QUEUES, "-c", "1"]
    with open(home / "worker.log", "wb") as log:
        process = subprocess.Popen(
            [*command, "-n", "journey@test", "--loglevel", "WARNING"],
            cwd=ROOT,
            env=_environment(home),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=10)


def send_chats(endpoint: str, key: str, calls: int, days_ago: int = 0) -> None:
    """`calls` chats of an agent that many days ago, through the exporter that agents use."""
    start = time.time_ns() - days_ago * A_DAY - calls * A_SECOND
    exporter = OTLPSpanExporter(endpoint=endpoint, headers={"Authorization": f"Bearer {key}"})
    provider = TracerProvider(resource=Resource({"deployment.environment.name": "production"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("invoice-bot")
    attributes: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.usage.input_tokens": 1200,
        "gen_ai.usage.output_tokens": 85,
    }
    for n in range(calls):
        span = tracer.start_span("chat gpt-4o-mini", attributes=attributes, start_time=start + n * A_SECOND)
        span.end(start + n * A_SECOND + A_SECOND // 2)
    provider.shutdown()


class Receiver:
    """Somebody else's server: keeps what is posted to it and says yes."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.host = f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "Receiver":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
