"""Statements of a unit's month: the list, one of them with its signature, its file; who stands in for whom."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aiops import permissions
from aiops.csv_files import csv_response
from aiops.errors import DomainError
from aiops.models import Company, User
from aiops.permissions import Permission
from roi import operations
from roi.filters import StatementFilter
from roi.forms.claims import SignStatementForm, StandInForm
from roi.models import Claim, StandIn, Statement
from roi.queries import stand_ins as stand_in_queries
from roi.queries import statements as queries
from roi.queries.claims import in_their_currency, money_of_company


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


def _require_reader(user: User) -> None:
    if not permissions.has(user, Permission.READ_MONEY):
        raise PermissionDenied("Statements are for those who read a unit's money.")


@require_safe
def statements(request: HttpRequest) -> HttpResponse:
    """Every statement this person reads, newest month first; what is theirs to sign on top."""
    user = _user(request)
    _require_reader(user)
    found = StatementFilter(request.GET, queryset=queries.listed(user), request=request)
    rows = found.qs
    if request.GET.get("format") == "csv":
        name = f"payback-statements-{timezone.localdate():%Y-%m-%d}.csv"
        return csv_response(name, queries.LIST_HEAD, queries.list_rows(rows))
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    for row in page.object_list:
        row.sums = queries.figures(queries.sums_of(row)) | {"exceptions": row.unusual}
    is_finance = permissions.has(user, Permission.FINANCE)
    mine = queries.to_sign(user) if is_finance else []
    context = {"page": page, "to_sign": queries.with_claims(mine), "is_finance": is_finance}
    context |= {"today": timezone.localdate(), "filter": found}
    return render(request, "roi/statements.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def statement(request: HttpRequest, pk: int) -> HttpResponse:
    """One unit's month: exceptions on top, sums by kind, rows by workload; finance signs it here."""
    user, status = _user(request), 200
    found = get_object_or_404(queries.statements(user), pk=pk)
    form = SignStatementForm(request.POST or None)
    if request.method == "POST":
        if form.is_valid() and _signed(request, found, form):
            return redirect("roi:statement", pk)
        status = 422
    return render(request, "roi/statement.html", _context(user, found, form), status=status)


def _context(user: User, found: Statement, form: SignStatementForm) -> dict[str, Any]:
    waits = Claim.objects.visible_to(user).filter(workload__unit=found.unit, state=Claim.State.CLAIMED)
    waits = in_their_currency(waits, money_of_company())
    return {
        "statement": found,
        "sums": queries.figures(queries.sums_of(found)),
        "rows": [queries.figures(row) for row in found.totals.get("rows", [])],
        "kinds": queries.kinds_of(found),
        "centres": queries.centres_of(found),
        "signature": queries.signature(found),
        "waits": waits.select_related("workload") if found.state == Statement.State.OPEN else [],
        "may_sign": found.state == Statement.State.OPEN and queries.may_sign(user, found),
        "form": form,
        "today": timezone.localdate(),
    }


def _signed(request: HttpRequest, found: Statement, form: SignStatementForm) -> bool:
    try:
        operations.sign_statement(
            statement=found, by=_user(request), at=timezone.now(), note=form.cleaned_data["note"]
        )
    except DomainError as error:
        form.add_error(None, error.message)
        return False
    messages.success(request, "Signed. The month stays as it is from now on.")
    return True


@require_safe
def statement_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Claims and corrections of the month by cost centre and account."""
    found = get_object_or_404(queries.statements(_user(request)), pk=pk)
    name = f"payback-statement-{found.unit.code}-{found.month:%Y-%m}.csv"
    return csv_response(name, queries.CSV_HEAD, queries.csv_rows(found))


@require_http_methods(["GET", "HEAD", "POST"])
def stand_ins(request: HttpRequest) -> HttpResponse:
    """Who of finance is away and who answers for them."""
    user, status = _user(request), 200
    permissions.require(user, Permission.FINANCE)
    form = StandInForm(request.POST or None, initial={"absent": user.pk})
    if request.method == "POST":
        if form.is_valid() and _named(request, form):
            return redirect("roi:stand_ins")
        status = 422
    page = Paginator(stand_in_queries.stand_ins(), 50).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "today": Company.load().day_of(timezone.now())}
    return render(request, "roi/stand_ins.html", context, status=status)


def _named(request: HttpRequest, form: StandInForm) -> bool:
    try:
        made = operations.name_stand_in(by=_user(request), at=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    words = (
        f"{made.deputy} answers for {made.absent} from {made.starts_on:%-d %b} to {made.ends_on:%-d %b %Y}."
    )
    messages.success(request, words)
    return True


@require_POST
def end_stand_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Back early, or not away after all."""
    permissions.require(_user(request), Permission.FINANCE)
    found = get_object_or_404(StandIn, pk=pk)
    try:
        operations.end_stand_in(stand_in=found, by=_user(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Ended.")
    return redirect("roi:stand_ins")
