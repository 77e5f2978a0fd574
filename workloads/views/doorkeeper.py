"""Who knocks at a door for machines: the ingest key of a request, however its client sends it."""

from django.http import HttpRequest
from django.utils import timezone

from workloads.calc.credentials import presented
from workloads.models.telemetry import TELEMETRY_WRITE, IngestKey
from workloads.operations.telemetry import KeyRefused, open_with_key

WAYS = "«Authorization: Bearer pbk_...», as the password of Basic, or as x-api-key"
CHALLENGE = 'Bearer realm="ingest", Basic realm="ingest"'


def key_of(request: HttpRequest, scope: str = TELEMETRY_WRITE) -> IngestKey:
    """The key of this request. Raises KeyRefused; a request without any is refused as unknown (401)."""
    texts = presented(request.headers)
    if not texts:
        raise KeyRefused("key_missing", f"Send an ingest key as {WAYS}.", known=False)
    return open_with_key(plain=texts, scope=scope, at=timezone.now())
