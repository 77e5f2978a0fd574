"""For machines: is this process alive, is everything ready, what do the counters say."""

from secrets import compare_digest

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from aiops import queries, readiness


@login_not_required
@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """This process answers; nothing else is asked."""
    return JsonResponse({"ok": True})


@login_not_required
@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Every part by name; 503 while one is missing."""
    parts = readiness.parts(at=timezone.now())
    ready = all(part.ok for part in parts)
    body = {"ready": ready, "parts": {part.name: {"ok": part.ok, "says": part.says} for part in parts}}
    return JsonResponse(body, status=200 if ready else 503)


@login_not_required
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus counters, for this machine or for the bearer of PAYBACK_METRICS_TOKEN."""
    if not (_has_token(request) or queries.from_this_machine(request.META)):
        answer = "Send PAYBACK_METRICS_TOKEN as a bearer token.\n"
        return HttpResponse(answer, status=403, content_type="text/plain")
    return ExportToDjangoView(request)


def _has_token(request: HttpRequest) -> bool:
    wanted = f"Bearer {settings.METRICS_TOKEN}".encode()
    given = request.headers.get("Authorization", "").encode()
    return bool(settings.METRICS_TOKEN) and compare_digest(given, wanted)
