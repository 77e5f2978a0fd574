"""Pages of bills: the list with its upload, and one bill."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from aiops import permissions
from aiops.errors import DomainError
from aiops.permissions import Permission
from workloads.forms_bills import BillUploadForm, WithdrawForm
from workloads.operations.bills import ImportReport, import_bills, set_final, withdraw_bill
from workloads.operations.outcomes import RowsRefused
from workloads.queries import bills as queries
from workloads.queries.showback import reads_all_money
from workloads.views.telemetry import SignedIn

SHOWN_ERRORS = 100
LINES_A_PAGE = 100


def require_all_money(request: SignedIn) -> None:
    if not reads_all_money(request.user):
        raise PermissionDenied(
            "Bills hold the money of all units: this needs «read_money» for the whole company."
        )


def _is_finance(request: SignedIn) -> bool:
    return permissions.scope(request.user, Permission.FINANCE).everything


@require_http_methods(["GET", "HEAD", "POST"])
def bills(request: SignedIn) -> HttpResponse:
    """All bills, and the upload: all rows of a file or none."""
    require_all_money(request)
    if request.method != "POST":
        return _bills_page(request, BillUploadForm())
    form = BillUploadForm(request.POST, request.FILES)
    if not _is_finance(request):
        raise PermissionDenied("Finance takes bills in.")
    if not form.is_valid():
        return _bills_page(request, form, status=422)
    return _upload(request, form)


def _upload(request: SignedIn, form: BillUploadForm) -> HttpResponse:
    file, given = form.cleaned_data["file"], form.cleaned_data
    try:
        report = import_bills(
            file=file.file,
            name=file.name,
            rates=given["rates"],
            final=given["final"],
            by=request.user,
            at=timezone.now(),
        )
    except RowsRefused as error:
        form.add_error("file", f"Nothing was stored: {len(error.rows)} mistakes, listed by line.")
        return _bills_page(request, form, status=422, errors=error.rows)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return _bills_page(request, form, status=422)
    messages.success(request, in_words(report))
    return (
        redirect("workloads:bill", report.bills[0].pk)
        if len(report.bills) == 1
        else redirect("workloads:bills")
    )


def in_words(report: ImportReport) -> str:
    """What an upload did, as a sentence or three."""
    count = len(report.bills)
    named = ", ".join(f"{bill} ({bill.currency})" for bill in report.bills[:5]) + (" …" if count > 5 else "")
    if not report.is_new:
        return f"This file is here already: {named}. Nothing was counted twice."
    words = f"{report.rows:,} rows became {count} bill{'s' if count > 1 else ''}: {named}."
    if report.replaced:
        words += f" Replaced, and kept: {', '.join(str(bill) for bill in report.replaced[:5])}."
    if report.missing:
        words += (
            f" The file lacks columns that FOCUS demands and nothing here needs: {', '.join(report.missing)}."
        )
    return words


def _bills_page(request: SignedIn, form: BillUploadForm, status: int = 200, errors: Any = ()) -> HttpResponse:
    page = Paginator(queries.bills(request.user), 50).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": queries.with_owned(page.object_list),
        "errors": errors[:SHOWN_ERRORS],
        "more_errors": max(0, len(errors) - SHOWN_ERRORS),
        "is_finance": _is_finance(request),
    }
    return render(request, "workloads/bills.html", context, status=status)


VERBS = {"final", "open", "withdraw"}


@require_http_methods(["GET", "HEAD", "POST"])
def bill(request: SignedIn, pk: int) -> HttpResponse:
    """One bill and its lines; a POST says what to do with it."""
    require_all_money(request)
    found = get_object_or_404(queries.bills(request.user), pk=pk)
    form, status = WithdrawForm(), 200
    if request.method == "POST":
        verb = request.POST.get("do", "")
        if verb not in VERBS:
            raise PermissionDenied("There is no such form on this page.")
        form = WithdrawForm(request.POST) if verb == "withdraw" else form
        if (verb != "withdraw" or form.is_valid()) and _done(request, found, verb, form):
            return redirect("workloads:bills") if verb == "withdraw" else redirect("workloads:bill", pk)
        status = 422
    page = Paginator(queries.bill_lines(found), LINES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "bill": found,
        "row": queries.with_owned([found])[0],
        "page": page,
        "form": form,
        "is_finance": _is_finance(request),
    }
    return render(request, "workloads/bill.html", context, status=status)


def _done(request: SignedIn, found: Any, verb: str, form: WithdrawForm) -> bool:
    by, at = request.user, timezone.now()
    try:
        if verb == "withdraw":
            withdraw_bill(bill=found, reason=form.cleaned_data["reason"], by=by, at=at)
        else:
            set_final(bill=found, final=verb == "final", by=by, at=at)
    except DomainError as error:
        if error.field in form.fields:
            form.add_error(error.field, error.message)
        else:
            messages.error(request, error.message)
        return False
    told = {
        "final": "It rules its month now.",
        "open": "It is open again.",
        "withdraw": "The bill is taken out.",
    }
    messages.success(request, told[verb])
    return True
