"""How close ingest comes to its ceiling, measured in one run against one throw-away PostgreSQL.

The ceiling parses the protobuf, takes figures out and COPYs them to a flat table, one commit a request: no
keys, prices, checks, counting once or sums. Run: python -m bench.ingest [requests] [spans a request]
"""

import logging
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

from tests import servers
from tests.otlp_bodies import body, chat

NAMES = ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.request.model")
ROUNDS = 3


def main(requests: int = 40, spans: int = 500) -> None:
    keys = {
        "PAYBACK_SECRET_KEY": "bench",
        "PAYBACK_ENCRYPTION_KEYS": "YmVuY2gtb25seS1rZXktYmVuY2gtb25seS1rZXktMDE=",
    }
    os.environ.update(servers.start() | keys)
    try:
        workload, plain = _prepare()
        bodies = _bodies(requests, spans)
        ways = {
            "ceiling: parse, COPY to a flat table": _ceiling(),
            "the door: key, checks, price, once, sums": _door(plain),
        }
        best = {
            name: max(_rate(way, bodies, spans, turn) for turn in range(ROUNDS)) for name, way in ways.items()
        }
        again = _rate(_door(plain), bodies, spans, 0)
        _tell(best, again)
        _check(workload, requests * spans * ROUNDS)
    finally:
        servers.stop()


def _prepare() -> tuple[Any, str]:
    import django
    import structlog

    django.setup()
    # the log line of each request is no part of what is measured
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE flat (trace text, span text, at timestamptz, tin bigint, tout bigint, model text)"
        )
    from tests.factories import make_cast, make_workload
    from workloads.operations.telemetry import create_ingest_key

    at = datetime.now(UTC) - timedelta(hours=1)
    cast = make_cast(at)
    workload = make_workload(cast)
    return workload, create_ingest_key(
        workload=workload, name="bench", scopes=["telemetry:write"], by=cast.it, at=at
    )[1]


def _bodies(requests: int, spans: int) -> list[list[bytes]]:
    """For each round its own spans, spread over an hour."""
    start = datetime(2026, 11, 1, tzinfo=UTC)
    return [
        [
            body(
                chat(
                    1 + turn * 10**9 + r * spans + i, start=start + timedelta(seconds=(r * spans + i) % 3600)
                )
                for i in range(spans)
            )
            for r in range(requests)
        ]
        for turn in range(ROUNDS)
    ]


def _rate(way: Callable[[bytes], None], bodies: list[list[bytes]], spans: int, turn: int) -> float:
    began = time.perf_counter()
    for raw in bodies[turn]:
        way(raw)
    return len(bodies[turn]) * spans / (time.perf_counter() - began)


def _ceiling() -> Callable[[bytes], None]:
    from django.db import connection, transaction
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    def store(raw: bytes) -> None:
        lines = []
        for span in ExportTraceServiceRequest.FromString(raw).resource_spans[0].scope_spans[0].spans:
            found = {pair.key: pair.value for pair in span.attributes}
            tokens = [found[name].int_value for name in NAMES[:2]]
            at = datetime.fromtimestamp(span.start_time_unix_nano / 1e9, UTC).isoformat()
            model = found[NAMES[2]].string_value
            lines.append(
                f"{span.trace_id.hex()}\t{span.span_id.hex()}\t{at}\t{tokens[0]}\t{tokens[1]}\t{model}\n"
            )
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.copy_expert("COPY flat FROM STDIN", StringIO("".join(lines)))

    return store


def _door(plain: str) -> Callable[[bytes], None]:
    from django.test import Client

    client, headers = Client(), {"Authorization": f"Bearer {plain}"}

    def send(raw: bytes) -> None:
        response = client.post("/v1/traces", raw, content_type="application/x-protobuf", headers=headers)
        assert response.status_code == 200 and not response.content

    return send


def _tell(best: dict[str, float], again: float) -> None:
    (ceiling, top), (door, rate) = best.items()
    print(f"{top:10,.0f} spans/s  {ceiling}")
    print(f"{rate:10,.0f} spans/s  {door}  ({rate / top:.2f} of the ceiling)")
    print(f"{again:10,.0f} spans/s  the same spans again  ({again / top:.2f} of the ceiling)")


def _check(workload: Any, expected: int) -> None:
    from workloads.models.telemetry import Call
    from workloads.queries.usage import usage

    start = datetime(2026, 11, 1, tzinfo=UTC)
    totals = usage(workload, start, start + timedelta(days=1))
    assert Call.objects.count() == totals.calls == expected, (Call.objects.count(), totals.calls, expected)
    print(f"{expected:10,} calls stored and summed, none twice")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
