"""How far a workload is used: a sentence, the trend, weeks by unit, and the owner's form and file."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from aiops.csv_files import csv_response
from aiops.errors import DomainError
from aiops.models import BusinessUnit
from workloads.calc.adoption import COLUMNS, FIGURES, monday
from workloads.forms_register import AdoptionForm, AdoptionUploadForm
from workloads.models import Workload
from workloads.operations.adoption import import_adoption, may_report, set_adoption
from workloads.operations.outcomes import RowsRefused
from workloads.queries import adoption as queries
from workloads.views.telemetry import SignedIn, visible_workload

SHOWN_ERRORS = 100


@require_http_methods(["GET", "HEAD", "POST"])
def adoption(request: SignedIn, number: int) -> HttpResponse:
    """The newest week in a sentence, 26 weeks as a trend and a table; a POST names which form was sent."""
    workload = visible_workload(request, number)
    if request.method != "POST":
        return _page(request, workload)
    _require(request, workload)
    if request.POST.get("form") == "import":
        return _import(request, workload)
    form = AdoptionForm(request.POST, units=_units())
    if form.is_valid() and _saved(request, workload, form):
        return redirect("workloads:adoption", number)
    return _page(request, workload, form=form, status=422)


@never_cache
@require_safe
def adoption_csv(request: SignedIn, number: int) -> HttpResponse:
    """What was entered, unrounded, for those who enter it; it imports back unchanged."""
    workload = visible_workload(request, number)
    _require(request, workload)
    rows = [
        [row.unit.code, row.week, *(getattr(row, name) for name in FIGURES)]
        for row in queries.adoption_rows(workload)
    ]
    return csv_response(f"adoption-{workload.slug}.csv", list(COLUMNS), rows)


def _require(request: SignedIn, workload: Workload) -> None:
    if not may_report(workload, request.user):
        raise PermissionDenied("Only the owner, the deputy and the lead enter these figures.")


def _units() -> Any:
    return BusinessUnit.objects.order_by("name")


def _saved(request: SignedIn, workload: Workload, form: AdoptionForm) -> bool:
    try:
        row = set_adoption(workload=workload, by=request.user, at=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    messages.success(request, f"Noted for {row.unit}, week of {row.week:%-d %b %Y}.")
    return True


def _import(request: SignedIn, workload: Workload) -> HttpResponse:
    upload = AdoptionUploadForm(request.POST, request.FILES)
    if not upload.is_valid():
        return _page(request, workload, upload=upload, status=422)
    data = upload.cleaned_data["file"].read()
    try:
        report = import_adoption(workload=workload, data=data, by=request.user, at=timezone.now())
    except RowsRefused as error:
        upload.add_error("file", f"Nothing was stored: {len(error.rows)} mistakes, listed by line.")
        return _page(request, workload, upload=upload, errors=error.rows, status=422)
    except DomainError as error:
        upload.add_error(error.field if error.field in upload.fields else None, error.message)
        return _page(request, workload, upload=upload, status=422)
    words = f"{report.new:,} new, {report.changed:,} changed, {report.unchanged:,} were there already."
    messages.success(request, words)
    return redirect("workloads:adoption", workload.number)


def _page(
    request: SignedIn,
    workload: Workload,
    *,
    form: AdoptionForm | None = None,
    upload: AdoptionUploadForm | None = None,
    errors: Any = (),
    status: int = 200,
) -> HttpResponse:
    at = timezone.now()
    found = queries.weeks(workload, at)
    initial = {"unit": workload.unit_id, "week": monday(at.date())}
    context = {
        "workload": workload,
        "sentence": queries.in_words(found, at),
        "weeks": found,
        "chart": _chart(found[::-1]),
        "form": form or AdoptionForm(units=_units(), initial=initial),
        "upload": upload or AdoptionUploadForm(),
        "errors": errors[:SHOWN_ERRORS],
        "more_errors": max(0, len(errors) - SHOWN_ERRORS),
        "columns": ",".join(COLUMNS),
        "may_report": may_report(workload, request.user),
    }
    return render(request, "workloads/adoption.html", context, status=status)


def _chart(found: list[queries.Week]) -> dict[str, Any]:
    """People as bars, shares of the work as lines, by week; figures that are not told leave a gap."""

    def line(name: str, shares: list[float | None], colour: str) -> dict[str, Any]:
        data = [None if one is None else round(one * 100, 1) for one in shares]
        style = {"itemStyle": {"color": colour}}
        return {"name": name, "type": "line", "yAxisIndex": 1, "symbolSize": 4, "data": data, **style}

    people = [week.active.count if week.active.is_told else None for week in found]
    bars = {"name": "People who used it", "type": "bar", "data": people, "itemStyle": {"color": "$band"}}
    lines = [
        line("Offered, %", [week.total.offered_share for week in found], "$accent"),
        line("Taken of it, %", [week.total.taken_share for week in found], "$warn"),
    ]
    return {
        "grid": {"left": 48, "right": 48, "top": 56, "bottom": 28},
        "legend": {"data": [bars["name"], *(one["name"] for one in lines)], "top": 0},
        "xAxis": {"type": "category", "data": [f"{week.week:%-d %b}" for week in found]},
        "yAxis": [{"type": "value"}, {"type": "value", "max": 100, "splitLine": {"show": False}}],
        "series": [bars, *lines],
    }
