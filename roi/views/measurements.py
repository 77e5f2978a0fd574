"""Measurements: the list, one with its samples, and its timer link, closing or cancelling."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from aiops.errors import DomainError
from aiops.models import User
from backlog.calc.ranges import Range
from backlog.models import Estimate
from roi import operations
from roi.calc.measured import FEWEST, NotEnough, kind_of, measured
from roi.forms.deciding import FoundForm
from roi.models import Measurement
from roi.operations.baselines import is_of_workload
from roi.queries.after_measuring import after_words


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


def _rows(request: HttpRequest) -> Any:
    rows = Measurement.objects.visible_to(request.user)
    return rows.select_related("candidate__unit", "person", "created_by")


@require_safe
def measurements(request: HttpRequest) -> HttpResponse:
    """Open ones by their date, then the others; mine marked."""
    which = request.GET.get("show", "open")
    rows = _rows(request).filter(state="open") if which == "open" else _rows(request).exclude(state="open")
    page = Paginator(rows.prefetch_related("samples"), 50).get_page(request.GET.get("page"))
    for row in page.object_list:
        row.counted = sum(1 for sample in row.samples.all() if sample.struck_at is None)
    context = {"page": page, "which": which, "today": timezone.localdate()}
    return render(request, "roi/measurements.html", context)


@never_cache
@require_safe
def measurement(request: HttpRequest, pk: int) -> HttpResponse:
    """One measurement with its samples as dots, and what they give so far."""
    row = get_object_or_404(_rows(request), pk=pk)
    return render(request, "roi/measurement.html", _context(request, row, FoundForm()))


def _context(request: HttpRequest, row: Measurement, form: FoundForm) -> dict[str, Any]:
    samples = list(row.samples.all())
    counted = [float(s.value) for s in samples if s.struck_at is None]
    kind = kind_of(row.quantity)
    sees = row.quantity not in Estimate.MONEY or operations.may_tend(row, _user(request))
    return {
        "m": row,
        "samples": samples,
        "counted": len(counted),
        "missing": max(FEWEST - len(counted), 0),
        "dots": dots(counted) if kind == "timed" else [],
        "ends": (min(counted), max(counted)) if counted else None,
        "so_far": _so_far(row, counted),
        "kind": kind,
        "form": form,
        "may_tend": operations.may_tend(row, _user(request)),
        "sees": sees,
        "label": Estimate.Quantity(row.quantity).label,
        "link": request.session.pop(link_key(row), "") if row.state == "open" else "",
    }


def link_key(row: Measurement) -> str:
    return f"timer-link-{row.pk}"


def _so_far(row: Measurement, counted: list[float]) -> Any:
    try:
        return measured(row.quantity, counted) if kind_of(row.quantity) != "looked_up" else None
    except NotEnough:
        return None


BINS, HEIGHT, STEP = 30, 110, 9


def dots(values: list[float]) -> list[tuple[float, int, float]]:
    """Each sample as a dot (percent across, pixels down, value), stacked where several fall together."""
    if not values:
        return []
    low, high = min(values), max(values)
    width = (high - low) or 1.0
    stacks: dict[int, int] = {}
    made = []
    for value in sorted(values):
        place = round((value - low) / width * BINS)
        stacks[place] = stacks.get(place, 0) + 1
        made.append((round(4 + 92 * place / BINS, 2), max(HEIGHT - STEP * stacks[place], 4), value))
    return made


@require_POST
def tend_measurement(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """A new timer link, closing with what was measured, or cancelling."""
    row = get_object_or_404(_rows(request), pk=pk)
    verbs = {"link": _link, "timer": _timer, "close": _close, "cancel": _cancel}
    if verb not in verbs:
        raise Http404
    try:
        return verbs[verb](request, row)
    except DomainError as error:
        messages.error(request, error.message)
    except PermissionDenied as error:
        messages.error(request, str(error))
    return redirect("roi:measurement", pk)


def _link(request: HttpRequest, row: Measurement) -> HttpResponse:
    """Shown once, on the page that follows."""
    secret = operations.renew_link(measurement=row, by=_user(request), at=timezone.now())
    request.session[link_key(row)] = request.build_absolute_uri(reverse("roi:timer", args=[secret]))
    return redirect("roi:measurement", row.pk)


def _timer(request: HttpRequest, row: Measurement) -> HttpResponse:
    """A new link, opened at once on this device."""
    secret = operations.renew_link(measurement=row, by=_user(request), at=timezone.now())
    return redirect("roi:timer", secret)


def _close(request: HttpRequest, row: Measurement) -> HttpResponse:
    found = None
    if kind_of(row.quantity) == "looked_up":
        form = FoundForm(request.POST)
        if not form.is_valid():
            return render(request, "roi/measurement.html", _context(request, row, form), status=422)
        found = Range(*(float(form.cleaned_data[name]) for name in ("low", "likely", "high")))
    done = operations.close_measurement(measurement=row, found=found, by=_user(request), at=timezone.now())
    messages.success(request, after_words(done, of_workload=is_of_workload(done)))
    return redirect("roi:measurement", row.pk)


def _cancel(request: HttpRequest, row: Measurement) -> HttpResponse:
    reason = request.POST.get("reason", "")
    gone = operations.cancel_measurement(measurement=row, reason=reason, by=_user(request), at=timezone.now())
    messages.success(request, after_words(gone, of_workload=is_of_workload(gone)))
    return redirect("roi:measurement", row.pk)
