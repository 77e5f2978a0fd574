"""Finance's pages: the price book, one price, fixed costs, and pricing stored calls again."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from aiops.csv_files import csv_response
from aiops.errors import DomainError
from aiops.models import Company
from aiops.operations.whole_company import require_everywhere
from aiops.permissions import Permission
from workloads.forms_cost import ChangePriceForm, EndForm, FixedCostForm, PriceForm, ReasonForm, RepricingForm
from workloads.models import FixedCost, OwnPrice, Repricing
from workloads.models.telemetry import plain_usd
from workloads.operations import prices as operations
from workloads.operations import repricing as again
from workloads.operations.prices import CHANGEABLE
from workloads.queries import prices as queries
from workloads.queries.cost import may_read_cost
from workloads.views.telemetry import SignedIn, visible_workload

CSV_HEAD = ["provider", "model", "workload", *CHANGEABLE]


def attempt(form: django_forms.Form, verb: Callable[..., Any], **values: Any) -> Any:
    """What the operation made; None with its refusal on the form."""
    try:
        return verb(**values)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return None


@require_http_methods(["GET", "HEAD", "POST"])
def prices(request: SignedIn) -> HttpResponse:
    """The price book; finance adds to it. CSV by ?format=csv."""
    require_everywhere(request.user, Permission.READ_MONEY)
    at, company = timezone.now(), Company.load()
    rows = queries.prices(request.user)
    if request.GET.get("format") == "csv":
        return csv_response("payback-prices.csv", CSV_HEAD, ([getattr(r, n) for n in CSV_HEAD] for r in rows))
    rate = company.usd_rate
    start = {"currency": company.currency, "usd_rate": rate.normalize(), "valid_from": at.date()}
    form, status = PriceForm(initial=start), 200
    if request.method == "POST":
        form, status = PriceForm(request.POST), 422
        said = {"by": request.user, "at": at}
        if form.is_valid() and attempt(form, operations.add_price, **form.cleaned_data, **said):
            messages.success(request, "The price is added. Calls that are stored keep what they cost.")
            return redirect("workloads:prices")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    for row in page:
        _show(row)
    context = {"page": page, "form": form, "today": at.date(), "may_change": _is_finance(request)}
    return render(request, "workloads/prices.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def price(request: SignedIn, pk: int) -> HttpResponse:
    """One price: finance corrects it or lets it end."""
    require_everywhere(request.user, Permission.READ_MONEY)
    found = get_object_or_404(queries.prices(request.user), pk=pk)
    _show(found)
    forms = {
        "change": ChangePriceForm(initial={name: _plain(getattr(found, name)) for name in CHANGEABLE}),
        "end": EndForm(initial={"valid_to": timezone.now().date()}, auto_id="end_%s"),
    }
    status = 200
    if request.method == "POST":
        name = "end" if request.POST.get("form") == "end" else "change"
        form = EndForm(request.POST, auto_id="end_%s") if name == "end" else ChangePriceForm(request.POST)
        forms[name], status = form, 422
        if form.is_valid() and _priced(request, found, name, form):
            messages.success(request, "Noted. Calls that are stored keep what they cost.")
            return redirect("workloads:prices")
    context = {"price": found, "forms": forms, "may_change": _is_finance(request)}
    return render(request, "workloads/price.html", context, status=status)


def _show(row: OwnPrice) -> None:
    """Its numbers as people write them, for the template."""
    row.shown = {name: _plain(getattr(row, name)) for name in CHANGEABLE}  # type: ignore[attr-defined]


def _plain(value: Any) -> Any:
    """A number without the zeros that the database adds."""
    return f"{value.normalize():f}" if hasattr(value, "normalize") else value


def _priced(request: SignedIn, found: OwnPrice, name: str, form: django_forms.Form) -> Any:
    said = {"price": found, "by": request.user, "at": timezone.now()}
    if name == "end":
        return attempt(form, operations.end_price, **form.cleaned_data, **said)
    return attempt(form, operations.change_price, changes=form.cleaned_data, **said)


def _is_finance(request: SignedIn) -> bool:
    try:
        require_everywhere(request.user, Permission.FINANCE)
    except PermissionDenied:
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def repricings(request: SignedIn) -> HttpResponse:
    """Earlier re-pricings, and a preview of another."""
    require_everywhere(request.user, Permission.READ_MONEY)
    form, status = RepricingForm(initial={"workloads": request.GET.getlist("workload")}), 200
    if request.method == "POST":
        form, status = RepricingForm(request.POST), 422
        said = {"by": request.user, "at": timezone.now()}
        if form.is_valid() and (made := attempt(form, partial(_previewed, form), **said)):
            return redirect("workloads:repricing", made.pk)
    rows = Repricing.objects.visible_to(request.user).select_related("by", "applied_by")
    page = Paginator(rows, 25).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "form": form,
        "rate": Company.load().usd_rate,
        "may_change": _is_finance(request),
    }
    return render(request, "workloads/prices_again.html", context, status=status)


def _previewed(form: django_forms.Form, **said: Any) -> Repricing:
    chosen = dict(form.cleaned_data)
    return again.preview_repricing(**chosen | {"workloads": list(chosen["workloads"])}, **said)


@require_http_methods(["GET", "HEAD", "POST"])
def repricing(request: SignedIn, pk: int) -> HttpResponse:
    """A preview with its totals; finance applies it with a reason."""
    require_everywhere(request.user, Permission.READ_MONEY)
    rows = Repricing.objects.visible_to(request.user).select_related("by", "applied_by")
    found = get_object_or_404(rows, pk=pk)
    form, status = ReasonForm(), 200
    if request.method == "POST":
        form, status = ReasonForm(request.POST), 422
        said = {"repricing": found, "by": request.user, "at": timezone.now()}
        if form.is_valid() and (done := attempt(form, again.apply_repricing, **form.cleaned_data, **said)):
            words = "The calls have their new prices." if done.state == "done" else "It is under way."
            messages.success(request, words)
            return redirect("workloads:repricing", pk)
    rate = Company.load().usd_rate
    from_text = [
        (m, n, *(django_forms.DecimalField().clean(x) * rate for x in two)) for m, n, *two in found.by_model
    ]
    context = {
        "again": found,
        "form": form,
        "workloads": list(found.workloads.all()),
        "old_usd": plain_usd(found.old_usd),
        "new_usd": plain_usd(found.new_usd),
        "old": found.old_usd * rate,
        "new": found.new_usd * rate,
        "difference": found.difference_usd * rate,
        "lines": from_text,
        "may_change": _is_finance(request),
    }
    return render(request, "workloads/price_again.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def fixed_costs(request: SignedIn, number: int) -> HttpResponse:
    """What a workload costs without any call; finance adds to it."""
    workload = visible_workload(request, number)
    if not may_read_cost(request.user, workload):
        raise PermissionDenied("Cost is for those who read money in this unit.")
    at = timezone.now()
    form, status = FixedCostForm(initial={"valid_from": at.date().replace(day=1)}), 200
    if request.method == "POST":
        form, status = FixedCostForm(request.POST), 422
        said = {"workload": workload, "by": request.user, "at": at}
        if form.is_valid() and attempt(form, operations.add_fixed_cost, **form.cleaned_data, **said):
            messages.success(request, "Noted. It counts day by day from then on.")
            return redirect("workloads:fixed_costs", number)
    context = {
        "workload": workload,
        "costs": list(queries.fixed_costs([workload])),
        "form": form,
        "end_form": EndForm(initial={"valid_to": at.date()}),
        "may_change": _is_finance(request),
    }
    return render(request, "workloads/cost_fixed.html", context, status=status)


@require_POST
def end_fixed_cost(request: SignedIn, number: int, pk: int) -> HttpResponse:
    """Let it end before a day."""
    workload = visible_workload(request, number)
    cost = get_object_or_404(
        FixedCost.objects.filter(workload=workload).select_related("workload__unit"), pk=pk
    )
    form = EndForm(request.POST)
    said = {"cost": cost, "by": request.user, "at": timezone.now()}
    if form.is_valid() and attempt(form, operations.end_fixed_cost, **form.cleaned_data, **said):
        messages.success(request, "It ends then; what it cost until that day stays.")
    else:
        words = [error for errors in form.errors.values() for error in errors]
        messages.error(request, " ".join(map(str, words)))
    return redirect("workloads:fixed_costs", number)
