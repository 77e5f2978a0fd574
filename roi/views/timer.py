"""The timer of a measurement: a page for a phone, opened by its link alone."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from aiops.errors import DomainError
from roi import operations
from roi.calc.measured import FEWEST, QUESTIONS, kind_of
from roi.models import Measurement
from roi.operations.baselines import is_of_workload
from roi.queries.after_measuring import after_words

A_MINUTE, MOST_A_MINUTE = 60, 120
LARGEST = 10_000
View = Callable[..., HttpResponse]


def _quiet(view: View) -> View:
    """Kept by nobody, found by nobody, told to nobody: the address is the key."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "no-referrer"
        return response

    return answered


def _too_many(request: HttpRequest, secret: str) -> bool:
    """More than a person can tap; counted by link and by address, so that guessing is slow as well."""
    names = (hashlib.sha256(secret.encode()).hexdigest()[:24], request.META.get("REMOTE_ADDR", ""))
    return any(_count(f"timer:{name}") > MOST_A_MINUTE for name in names)


def _count(key: str) -> int:
    cache.add(key, 0, A_MINUTE)
    try:
        return int(cache.incr(key))
    except ValueError:
        return 1


# No cookie is read: whoever has the link may send, and nobody else can be made to.
@login_not_required
@csrf_exempt
@_quiet
@require_http_methods(["GET", "HEAD", "POST"])
def timer(request: HttpRequest, secret: str, verb: str = "") -> HttpResponse:
    """The page, and POST for a sample; `undo` takes the last one back, `done` ends the measurement."""
    if _too_many(request, secret):
        return HttpResponse("Too many taps: wait a minute.", status=429, content_type="text/plain")
    row = operations.by_secret(secret, timezone.now())
    if row is None or verb not in VERBS:
        return _gone(request)
    if request.method != "POST":
        return (
            render(request, "roi/timer.html", _context(row, secret))
            if not verb
            else redirect("roi:timer", secret)
        )
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        return HttpResponse(status=413)
    try:
        return VERBS[verb](request, row, secret)
    except DomainError as error:
        return _refused(request, row, secret, error)


def _gone(request: HttpRequest) -> HttpResponse:
    if _is_script(request):
        return JsonResponse({"message": "This link is not in use any more."}, status=404)
    return render(request, "roi/timer_gone.html", status=404)


def _is_script(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _refused(request: HttpRequest, row: Measurement, secret: str, error: DomainError) -> HttpResponse:
    if _is_script(request):
        return JsonResponse({"message": error.message, "code": error.code}, status=422)
    return render(request, "roi/timer.html", _context(row, secret) | {"error": error.message}, status=422)


def _context(row: Measurement, secret: str) -> dict[str, Any]:
    return {
        "what": row.what,
        "wanted": row.samples_wanted,
        "count": _counted(row),
        "due_on": row.due_on,
        "kind": kind_of(row.quantity),
        "question": QUESTIONS.get(row.quantity, ""),
        "secret": secret,
        "fewest": FEWEST,
        # For the form without scripts: sent twice by a double tap it stays one sample.
        "client_id": get_random_string(32),
    }


def _counted(row: Measurement) -> int:
    return row.samples.filter(struck_at=None).count()


def _add(request: HttpRequest, row: Measurement, secret: str) -> HttpResponse:
    value, client_id = request.POST.get("value", "").replace(",", "."), request.POST.get("client_id", "")
    operations.add_sample(measurement=row, value=value, client_id=client_id, at=timezone.now())
    return _told(request, row, secret)


def _undo(request: HttpRequest, row: Measurement, secret: str) -> HttpResponse:
    client_id = request.POST.get("client_id", "")[:40]
    operations.strike_sample(measurement=row, client_id=client_id, at=timezone.now())
    return _told(request, row, secret)


def _finish(request: HttpRequest, row: Measurement, secret: str) -> HttpResponse:
    done = operations.close_measurement(measurement=row, by=row.person, at=timezone.now())
    if _is_script(request):
        return JsonResponse({"done": True})
    words = after_words(done, of_workload=is_of_workload(done))
    return render(request, "roi/timer_done.html", {"words": words})


def _told(request: HttpRequest, row: Measurement, secret: str) -> HttpResponse:
    if _is_script(request):
        return JsonResponse({"count": _counted(row), "wanted": row.samples_wanted})
    return redirect("roi:timer", secret)


VERBS: dict[str, Callable[[HttpRequest, Measurement, str], HttpResponse]] = {
    "": _add, "undo": _undo, "done": _finish,
}  # fmt: skip
