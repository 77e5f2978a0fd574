"""Pages for finished work: a CSV upload with its report, and three questions a month."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from aiops.errors import DomainError
from aiops.models import Company
from workloads import queries
from workloads.forms_telemetry import OutcomeUploadForm, SelfReportForm
from workloads.models.inventory import Workload
from workloads.operations.outcomes import (
    OutcomeReport,
    RowsRefused,
    may_feed,
    self_report,
    upload_outcomes,
)
from workloads.views.telemetry import SignedIn, visible_workload

SHOWN_ERRORS = 100
SHOWN_DAYS = 366


@require_http_methods(["GET", "HEAD", "POST"])
def outcomes(request: SignedIn, number: int) -> HttpResponse:
    """What was done, month by month, and the upload: all rows of a file or none."""
    workload = visible_workload(request, number)
    if request.method != "POST":
        return _outcomes_page(request, workload, OutcomeUploadForm())
    if workload.stage != "retired":  # a retired workload is told in the form, a stranger to it here
        may_feed(workload=workload, by=request.user)
    form = OutcomeUploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _outcomes_page(request, workload, form, status=422)
    return _upload(request, workload, form)


def _upload(request: SignedIn, workload: Workload, form: OutcomeUploadForm) -> HttpResponse:
    data = form.cleaned_data["file"].read()
    try:
        report = upload_outcomes(workload=workload, data=data, by=request.user, at=timezone.now())
    except RowsRefused as error:
        form.add_error("file", f"Nothing was stored: {len(error.rows)} mistakes, listed by line.")
        return _outcomes_page(request, workload, form, status=422, errors=error.rows)
    except DomainError as error:
        form.add_error(error.field, error.message)
        return _outcomes_page(request, workload, form, status=422)
    messages.success(request, in_words(report))
    return redirect("workloads:outcomes", workload.number)


def in_words(report: OutcomeReport) -> str:
    """What an upload did, as one sentence."""
    return f"{report.created:,} new, {report.updated:,} changed, {report.unchanged:,} were there already."


def _outcomes_page(request: SignedIn, workload: Workload, form, status: int = 200, errors=()) -> HttpResponse:
    company = Company.load()
    today = company.day_of(timezone.now())
    first = (today - timedelta(days=SHOWN_DAYS)).replace(day=1)
    context = {
        "workload": workload,
        "form": form,
        "errors": errors[:SHOWN_ERRORS],
        "more_errors": max(0, len(errors) - SHOWN_ERRORS),
        "months": queries.outcome_months(workload, first, today + timedelta(days=2))[::-1],
        "may_report": workload.answers(request.user),
        "may_upload": may_upload(workload, request.user),
        "zone": company.time_zone,
    }
    return render(request, "workloads/outcomes.html", context, status=status)


def may_upload(workload: Workload, user: Any) -> bool:
    """Whether `may_feed` would listen to this person."""
    try:
        may_feed(workload=workload, by=user)
    except (PermissionDenied, DomainError):
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def monthly(request: SignedIn, number: int) -> HttpResponse:
    """The owner's three answers for a month; answering again replaces them."""
    workload = visible_workload(request, number)
    if not workload.answers(request.user):
        raise PermissionDenied("Only the business owner and the deputy answer for this workload.")
    today = Company.load().day_of(timezone.now())
    if request.method != "POST":
        return _monthly_page(
            request, workload, SelfReportForm(today=today, initial=_initial(request, workload, today))
        )
    form = SelfReportForm(request.POST, today=today)
    if not form.is_valid() or not _answer(request, workload, form):
        return _monthly_page(request, workload, form, status=422)
    return redirect("workloads:self_report", workload.number)


def _answer(request: SignedIn, workload: Workload, form: SelfReportForm) -> bool:
    try:
        report = self_report(workload=workload, by=request.user, at=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        form.add_error(error.field, error.message)
        return False
    messages.success(request, f"Noted for {report.month:%B %Y}. It counts as self-reported.")
    return True


def _initial(request: SignedIn, workload: Workload, today: date) -> dict[str, Any]:
    """Last month, unless the address names one; with the figures that were given for it."""
    last = (today.replace(day=1) - timedelta(days=1)).replace(day=1).isoformat()
    asked = request.GET.get("month", last)
    for report in queries.self_reports(request.user, workload):
        if report.month.isoformat() == asked:
            return {
                "month": asked,
                "done": report.done,
                "accepted": report.accepted,
                "minutes": report.minutes,
            }
    return {"month": asked}


def _monthly_page(
    request: SignedIn, workload: Workload, form: SelfReportForm, status: int = 200
) -> HttpResponse:
    reports = queries.self_reports(request.user, workload)[:24]
    context = {"workload": workload, "form": form, "reports": reports}
    return render(request, "workloads/self_report.html", context, status=status)
