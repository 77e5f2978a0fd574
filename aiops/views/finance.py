"""What finance keeps."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from aiops import operations, permissions, queries
from aiops.errors import DomainError
from aiops.forms import CompanyForm, CurrencyForm, EndRateForm, RateForm, refuse
from aiops.models import Company
from aiops.operations.whole_company import require_everywhere
from aiops.permissions import Permission


@require_http_methods(["GET", "POST"])
def finance(request: HttpRequest) -> HttpResponse:
    """Currency, discount rate, hurdle, fiscal year; the rates below."""
    permissions.require(request.user, Permission.FINANCE)
    if request.method == "GET":
        return _page(request, form=CompanyForm.of(Company.load()))
    form = CompanyForm(request.POST)
    if form.is_valid():
        try:
            operations.update_company(**form.cleaned_data, by=request.user, at=timezone.now())
            messages.success(request, "Saved. Assessments made from now on use these figures.")
            return redirect("aiops:finance")
        except DomainError as error:
            refuse(form, error)
    return _page(request, form=form, status=422)


def _page(request: HttpRequest, status: int = 200, **forms: Any) -> HttpResponse:
    shown = {"form": CompanyForm.of(Company.load()), "rate_form": RateForm(), **forms}
    today = timezone.localdate()
    rates = [(rate, rate.valid_to is None or rate.valid_to > today) for rate in queries.rates(request.user)]
    return render(request, "aiops/finance.html", {"rates": rates, "today": today, **shown}, status=status)


@require_POST
def add_rate(request: HttpRequest) -> HttpResponse:
    permissions.require(request.user, Permission.FINANCE)
    form = RateForm(request.POST)
    if form.is_valid():
        try:
            operations.add_rate(**form.cleaned_data, by=request.user, at=timezone.now())
            messages.success(request, "The rate is kept.")
            return redirect("aiops:finance")
        except DomainError as error:
            refuse(form, error)
    return _page(request, status=422, rate_form=form)


@require_http_methods(["GET", "POST"])
def end_rate(request: HttpRequest, pk: int) -> HttpResponse:
    permissions.require(request.user, Permission.FINANCE)
    rate = get_object_or_404(queries.rates(request.user), pk=pk)
    form = EndRateForm(request.POST or None, initial={"valid_to": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            operations.end_rate(rate=rate, **form.cleaned_data, by=request.user, at=timezone.now())
            return redirect("aiops:finance")
        except DomainError as error:
            refuse(form, error)
    return render(
        request, "aiops/end_rate.html", {"rate": rate, "form": form}, status=422 if form.errors else 200
    )


def this_month() -> date:
    return Company.load().day_of(timezone.now()).replace(day=1)


@require_http_methods(["GET", "POST"])
def change_currency(request: HttpRequest) -> HttpResponse:
    """First what it would do, then, with a second press, it is done."""
    require_everywhere(request.user, Permission.FINANCE)
    form = CurrencyForm(request.POST or None)
    seen = None
    if request.method == "POST" and form.is_valid():
        said = {**form.cleaned_data, "valid_from": this_month(), "by": request.user, "at": timezone.now()}
        try:
            if "confirmed" in request.POST:
                change = operations.change_currency(**said)
                messages.success(request, f"The company counts in {change.new} from {change.valid_from:%-d %B %Y} on.")
                return redirect("aiops:finance")
            seen = operations.preview_currency(**said)
        except DomainError as error:
            refuse(form, error)
    shown = {"form": form, "seen": seen, "month": this_month(), "changes": queries.currencies().changes}
    return render(request, "aiops/currency.html", shown, status=422 if form.errors else 200)
