"""Pages of single items: the list behind a month, its CSV, and taking items back."""

from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from aiops.csv_files import csv_response
from aiops.errors import DomainError
from aiops.models import Company
from workloads.calc.outcome_rows import MOST_ROWS
from workloads.forms_outcomes import ItemFilterForm, StrikeForm
from workloads.models.inventory import Workload
from workloads.operations.outcomes import (
    RowsRefused,
    StrikeReport,
    may_feed,
    strike_listed,
    strike_outcomes,
)
from workloads.queries.outcome_items import ITEM_COLUMNS, item_cells, outcome_items
from workloads.views.outcomes import SHOWN_ERRORS, may_upload
from workloads.views.telemetry import SignedIn, visible_workload

A_PAGE = 50


def _found(request: SignedIn, workload: Workload, company: Company) -> tuple[ItemFilterForm, Any]:
    """The filter and its items; what cannot be read in the address is passed over."""
    form = ItemFilterForm(request.GET, today=company.day_of(timezone.now()))
    form.is_valid()
    asked = {name: value for name, value in form.cleaned_data.items() if value}
    return form, outcome_items(request.user, workload, **asked)


@require_safe
def items(request: SignedIn, number: int) -> HttpResponse:
    """Items one by one, the latest first; the filter stands in the address."""
    workload, company = visible_workload(request, number), Company.load()
    form, rows = _found(request, workload, company)
    context = {
        "workload": workload,
        "form": form,
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "filtered": any(form.cleaned_data.values()),
        "zone": company.time_zone,
        "may_strike": may_upload(workload, request.user),
    }
    return render(request, "workloads/outcome_items.html", context)


@require_safe
def items_csv(request: SignedIn, number: int) -> HttpResponse:
    """The same items as a file that can be uploaded again; of more than it may hold, the latest."""
    workload = visible_workload(request, number)
    _, rows = _found(request, workload, Company.load())
    cells = (item_cells(row) for row in islice(rows.iterator(chunk_size=2000), MOST_ROWS))
    return csv_response(f"outcomes-{workload.key}.csv", list(ITEM_COLUMNS), cells)


@require_http_methods(["GET", "HEAD", "POST"])
def strike(request: SignedIn, number: int) -> HttpResponse:
    """Takes items back, all of the list or none."""
    workload = visible_workload(request, number)
    may_feed(workload=workload, by=request.user)
    if request.method != "POST":
        return _strike_page(request, workload, StrikeForm(initial={"ids": request.GET.get("id", "")[:200]}))
    form = StrikeForm(request.POST, request.FILES)
    if not form.is_valid():
        return _strike_page(request, workload, form, status=422)
    try:
        report = _strike(request, workload, form)
    except RowsRefused as error:
        form.add_error(None, f"Nothing was taken back: {_mistakes(error)}, listed by line.")
        return _strike_page(request, workload, form, status=422, errors=error.rows[:SHOWN_ERRORS])
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return _strike_page(request, workload, form, status=422)
    messages.success(request, in_words(report))
    return redirect("workloads:outcomes", number)


def _mistakes(error: RowsRefused) -> str:
    return f"{len(error.rows)} mistake{'s' if len(error.rows) > 1 else ''}"


def _strike_page(
    request: SignedIn, workload: Workload, form: StrikeForm, status: int = 200, errors: Any = ()
) -> Any:
    context = {"workload": workload, "form": form, "errors": errors}
    return render(request, "workloads/strike_outcomes.html", context, status=status)


def _strike(request: SignedIn, workload: Workload, form: StrikeForm) -> StrikeReport:
    said: dict[str, Any] = {"reason": form.cleaned_data["reason"], "by": request.user, "at": timezone.now()}
    if form.cleaned_data["file"]:
        return strike_listed(workload=workload, data=form.cleaned_data["file"].read(), **said)
    return strike_outcomes(workload=workload, external_ids=form.listed(), **said)


def in_words(report: StrikeReport) -> str:
    """What was taken back, as one sentence."""
    before = f", {report.unchanged:,} were before" if report.unchanged else ""
    return f"{report.struck:,} taken back{before}. Sending an item again revives it."
