"""Doors for machines that send OTLP over HTTP. They answer once what they took is stored."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from aiops.errors import DomainError
from workloads.calc import dialects, otlp
from workloads.models.telemetry import IngestKey
from workloads.operations.arrivals import note_arrival, take, wants_content
from workloads.operations.telemetry import KeyRefused
from workloads.views.doorkeeper import CHALLENGE, key_of
from workloads.views.gate import GATE, RETRY_SECONDS, Busy, expected_bytes

KINDS = (otlp.PROTOBUF, otlp.JSON)
MOST_BYTES = 20_000_000
MOST_UNPACKED = 64_000_000


class Refused(Exception):
    """An answer other than 200, with its sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class Export(NamedTuple):
    """One request behind its key: the body unpacked, and when it came."""

    key: IngestKey
    body: bytes
    kind: str
    at: datetime


# What a signal does with an export: how many items it refused, and a sentence that says why.
Taker = Callable[[Export], tuple[int, str]]


@login_not_required
@csrf_exempt
@require_POST
def traces(request: HttpRequest) -> HttpResponse:
    """Takes one export. Spans refused are counted in the answer; a body that is broken stores nothing."""
    return receive(request, "traces", _traces)


def receive(request: HttpRequest, signal: str, taker: Taker) -> HttpResponse:
    """One export of a signal, answered in the content type of the request."""
    kind = request.content_type if request.content_type in KINDS else otlp.PROTOBUF
    return guarded(partial(_receive, request, signal, taker), partial(refuse, kind=kind))


def guarded(answer: Callable[[], HttpResponse], refuse: Callable[[int, str], HttpResponse]) -> HttpResponse:
    """The answer, or a refusal in words; what is no fault of the sender's is asked for again."""
    try:
        return answer()
    except Refused as error:
        return refuse(error.status, error.message)
    except KeyRefused as error:
        return refuse(403 if error.known else 401, error.message)
    except DomainError as error:
        return refuse(403, error.message)
    except otlp.BrokenBody as error:
        return refuse(400, str(error))
    except otlp.BodyTooLarge as error:
        return refuse(413, str(error))
    except Busy:
        return _later(refuse, "More telemetry is in hand than this server takes at a time.")
    except (OperationalError, InterfaceError):
        return _later(refuse, "The database is not to be reached.")


def _later(refuse: Callable[[int, str], HttpResponse], why: str) -> HttpResponse:
    """503, which exporters take for "send the same again"; nothing of this request is stored."""
    response = refuse(503, f"{why} Send this again in {RETRY_SECONDS} seconds.")
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _receive(request: HttpRequest, signal: str, taker: Taker) -> HttpResponse:
    key = _sender(request)
    with GATE.admitted(expected_bytes(request)):
        export = Export(key, read_body(request, KINDS), request.content_type or "", timezone.now())
        rejected, message = taker(export)
    body = otlp.answer(signal, export.kind, rejected, message)
    return HttpResponse(body, content_type=export.kind)


def _sender(request: HttpRequest) -> IngestKey:
    """The key of a request. Its query is the first of the request and finds out by itself whether the connection still
    stands: asking for that before is another way to the database and back."""
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return key_of(request)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return key_of(request)


def _traces(export: Export) -> tuple[int, str]:
    batch = otlp.decode_traces(export.body, export.kind)
    read = dialects.read_calls(batch, wants_content(export.key), export.at)
    found = {"calls": read.calls, "evaluations": read.evaluations, "marks": read.marks}
    refused = take(key=export.key, at=export.at, **found).refused
    reasons = dict(read.reasons) | refused
    message = _sentence(reasons)
    if export.key.workload is not None:
        words = message or _nothing_found(read)
        note_arrival(workload=export.key.workload, signal="traces", words=words, at=export.at)
    return sum(reasons.values()), message


def _sentence(reasons: dict[str, int]) -> str:
    if not reasons:
        return ""
    said = ", ".join(f"{reason} ({many})" for reason, many in sorted(reasons.items()))
    count = sum(reasons.values())
    return f"{count} spans were refused: {said}." if count > 1 else f"A span was refused: {said}."


def _nothing_found(read: dialects.Read) -> str:
    if read.calls or not read.spans:
        return ""
    many = f"{read.spans} spans came" if read.spans > 1 else "A span came"
    return f"{many}, and no call of a model among them."


def read_body(request: HttpRequest, kinds: tuple[str, ...]) -> bytes:
    """The bytes of a body, unpacked. Refuses by the headers before it reads anything."""
    if request.content_type not in kinds:
        kind = request.content_type or "nothing"
        raise Refused(415, f"Send {' or '.join(kinds)}; {kind} is not read here.")
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise Refused(415, "Content-Encoding may be gzip, or left out.")
    raw = _read(request)
    return otlp.gunzip(raw, MOST_UNPACKED) if encoding == "gzip" else raw


def _read(request: HttpRequest) -> bytes:
    length = request.headers.get("Content-Length", "")
    if not length.isdigit():
        raise Refused(411, "Say how long the body is with Content-Length; chunked bodies are not read here.")
    if int(length) > MOST_BYTES:
        raise Refused(413, f"The body has {int(length):,} bytes; at most {MOST_BYTES:,} are taken at a time.")
    try:
        raw = request.read(MOST_BYTES + 1)
    except UnreadablePostError as error:
        raise Refused(400, "The connection broke before the whole body was here.") from error
    if len(raw) != int(length):
        raise Refused(400, "The body is shorter than its Content-Length says.")
    return raw


def refuse(status: int, message: str, kind: str = otlp.PROTOBUF) -> HttpResponse:
    """OTLP wants a google.rpc.Status; people who look at it still read the sentence."""
    response = HttpResponse(otlp.refusal(message, kind), status=status, content_type=kind)
    response["X-Payback-Reason"] = message.encode("ascii", "replace").decode()
    if status == 401:
        response["WWW-Authenticate"] = CHALLENGE
    return response
