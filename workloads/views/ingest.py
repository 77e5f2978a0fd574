"""The door for machines: POST /v1/traces, OTLP/HTTP in protobuf. It answers once what it took is stored."""

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from aiops.errors import DomainError
from workloads.calc import dialects, otlp
from workloads.models.telemetry import TELEMETRY_WRITE, IngestKey
from workloads.operations.call_store import store_calls
from workloads.operations.telemetry import KeyRefused, open_with_key

PROTOBUF = "application/x-protobuf"
MOST_BYTES = 20_000_000
MOST_UNPACKED = 64_000_000
RETRY_SECONDS = 5


class Refused(Exception):
    """An answer other than 200, with its sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@login_not_required
@csrf_exempt
@require_POST
def traces(request: HttpRequest) -> HttpResponse:
    """Takes one export. Spans refused are counted in the answer; a body that is broken stores nothing."""
    try:
        return _take(request)
    except Refused as error:
        return _refuse(error.status, error.message)
    except (OperationalError, InterfaceError):
        response = _refuse(503, "The database is not to be reached. Send this again later.")
        response["Retry-After"] = str(RETRY_SECONDS)
        return response


def _take(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    key = _key(request)
    body = _body(request)
    try:
        spans = otlp.decode(body, dialects.WANTED, dialects.WANTED_RESOURCE)
    except otlp.BrokenBody as error:
        raise Refused(400, str(error)) from error
    reading = dialects.read(spans, at)
    if reading.calls:
        _store(key, reading.calls, at)
    return _answer(reading)


def _key(request: HttpRequest) -> IngestKey:
    kind, _, plain = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not plain.strip():
        raise Refused(401, "Send the workload's ingest key as «Authorization: Bearer pbk_...».")
    try:
        return open_with_key(plain=plain.strip(), scope=TELEMETRY_WRITE, at=timezone.now())
    except KeyRefused as error:
        raise Refused(403 if error.known else 401, error.message) from error


def _store(key: IngestKey, calls: list[dialects.NormalisedCall], at) -> None:
    try:
        store_calls(workload=key.workload, calls=calls, at=at)
    except DomainError as error:
        raise Refused(403, error.message) from error


def _body(request: HttpRequest) -> bytes:
    """The protobuf bytes, unpacked. Refuses by the headers before it reads anything."""
    if request.content_type != PROTOBUF:
        kind = request.content_type or "nothing"
        raise Refused(415, f"Send {PROTOBUF} (OTLP over HTTP in protobuf); {kind} is not read here.")
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise Refused(415, "Content-Encoding may be gzip, or left out.")
    raw = _read(request)
    try:
        return otlp.gunzip(raw, MOST_UNPACKED) if encoding == "gzip" else raw
    except otlp.BodyTooLarge as error:
        raise Refused(413, f"{error} Send fewer spans at a time.") from error
    except otlp.BrokenBody as error:
        raise Refused(400, str(error)) from error


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


def _answer(reading: dialects.Reading) -> HttpResponse:
    reasons = ", ".join(f"{reason} ({count})" for reason, count in sorted(reading.refused.items()))
    message = f"{reading.rejected} spans were refused: {reasons}." if reading.rejected else ""
    return HttpResponse(otlp.answer(reading.rejected, message), content_type=PROTOBUF)


def _refuse(status: int, message: str) -> HttpResponse:
    """OTLP wants a google.rpc.Status; people who look at it still read the sentence."""
    response = HttpResponse(otlp.refusal(message), status=status, content_type=PROTOBUF)
    response["X-Payback-Reason"] = message.encode("ascii", "replace").decode()
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="ingest"'
    return response
