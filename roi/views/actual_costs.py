"""What was paid: a line a month of one workload, and a sheet of many."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from aiops.errors import DomainError
from aiops.models import User
from aiops.spreadsheets import Table
from roi import operations
from roi.calc.cost_rows import CostRow, cost_rows
from roi.calc.sheet_rows import BadCell, Mistake, month
from roi.forms.actual_costs import KINDS, CostLineForm, CostsFileForm
from roi.models import ActualCost
from roi.operations.actual_costs import CostsRefused, Written, may_enter_costs, write_costs
from roi.queries import actual_costs as reads
from roi.views.table_files import KINDS as FILES
from roi.views.table_files import table_file
from workloads.models import Workload

# Between looking at what would change and applying it nothing is stored: the rows travel in the page, signed.
SALT, GOOD_FOR_SECONDS = "roi.costs.import", 60 * 60
MOST_SHOWN, REFRESHED = 200, 50
TOO_OLD = "What was read is older than an hour, or not yours: send the file again."


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


@require_http_methods(["GET", "HEAD", "POST"])
def actual_costs(request: HttpRequest, number: int) -> HttpResponse:
    """The months of a workload; ?month=2026-10 opens one in the form; ?format=csv, xlsx or json."""
    user = _user(request)
    rows = Workload.objects.visible_to(user).select_related("unit")
    workload = get_object_or_404(rows, number=number)
    if not reads.may_read_costs(workload, user):
        raise PermissionDenied("What was paid is shown to the unit, the review and finance.")
    if (kind := request.GET.get("format", "")) in FILES:
        sheet = reads.sheet_rows(reads.cost_lines(user, workload))
        return table_file(kind, f"costs-{workload.key}", reads.HEAD, sheet)
    form = (
        CostLineForm(request.POST)
        if request.method == "POST"
        else CostLineForm(initial=_first(request, workload))
    )
    if request.method == "POST" and form.is_valid() and _stored(request, workload, form):
        return redirect("roi:actual_costs", number)
    return _page(request, workload, form)


def _page(request: HttpRequest, workload: Workload, form: CostLineForm) -> HttpResponse:
    closed, money = reads.closed_months(workload), reads.currencies()
    context = {
        "workload": workload,
        "months": reads.cost_months(workload, closed, money),
        "kinds": [kind.label for kind in ActualCost.Kind],
        "built": reads.built_to_date([workload], money)[workload.pk],
        "may_enter": may_enter_costs(workload, _user(request)),
        "form": form,
        "closed": form.initial.get("month") in closed,
    }
    return render(request, "roi/actual_costs.html", context, status=422 if request.method == "POST" else 200)


def _first(request: HttpRequest, workload: Workload) -> dict[str, Any]:
    """The month that is asked for, else this one, as it is stored."""
    try:
        asked: date = month(request.GET.get("month", ""))
    except BadCell:
        asked = timezone.localdate().replace(day=1)
    lines = ActualCost.objects.filter(workload=workload, month=asked).exclude(amount=0)
    return {"month": asked} | CostLineForm.initial_of(lines)


def _stored(request: HttpRequest, workload: Workload, form: CostLineForm) -> bool:
    now = timezone.now()
    try:
        done = write_costs(rows=form.rows(workload.number), source="form", by=_user(request), at=now)
    except CostsRefused as error:
        for row in error.rows:
            form.add_error("month" if row.field == "month" else None, row.reason)
        return False
    except DomainError as error:
        form.add_error(None, error.message)
        return False
    if done.differs:
        operations.refresh_workload(workload=workload, at=now)
    messages.success(request, "Stored." if done.differs else "Nothing differs from what is stored.")
    return True


# -- a sheet of many workloads


@require_http_methods(["GET", "HEAD", "POST"])
def import_costs(request: HttpRequest) -> HttpResponse:
    """Send a sheet, see what it would change, apply it: all rows or none. ?format= gives the lines as they are."""
    if (kind := request.GET.get("format", "")) in FILES:
        return table_file(
            kind, "payback-costs", reads.HEAD, reads.sheet_rows(reads.cost_lines(_user(request)))
        )
    if request.method != "POST":
        return _sheet(request, CostsFileForm())
    if "rows" in request.POST:
        return _apply(request)
    form = CostsFileForm(request.POST, request.FILES)
    return _preview(request, form.table) if form.is_valid() else _sheet(request, form, 422)


def _sheet(request: HttpRequest, form: CostsFileForm, status: int = 200, **context: Any) -> HttpResponse:
    about = {"form": form, "kinds": KINDS, "has_lines": reads.cost_lines(_user(request)).exists()}
    return render(request, "roi/import_costs.html", about | context, status=status)


def _preview(request: HttpRequest, table: Table) -> HttpResponse:
    rows, wrong = cost_rows(table.head, table.rows, KINDS, table.decimal_comma)
    try:
        # Tried and taken back: what the rules refuse is known before anybody applies it.
        tried = write_costs(rows=rows, source="import", by=_user(request), at=timezone.now(), dry=True)
    except DomainError as error:
        tried = Written(mistakes=[Mistake(0, "rows", error.message)])
    wrong = sorted([*wrong, *tried.mistakes], key=lambda one: one.row)
    context = {
        "tried": tried,
        "problems": wrong[:MOST_SHOWN],
        "sentence": _sentence(tried, wrong),
        "new": tried.new[:MOST_SHOWN],
        "changed": [*tried.changed, *tried.removed][:MOST_SHOWN],
        "signed": "" if wrong or not tried.differs else _signed(request, rows),
    }
    return _sheet(request, CostsFileForm(), 422 if wrong else 200, **context)


def _sentence(tried: Written, wrong: list[Mistake]) -> str:
    if wrong:
        many = "1 thing stands" if len(wrong) == 1 else f"{len(wrong):,} things stand"
        return f"Nothing can be taken over yet: {many} in the way."
    if not tried.differs:
        return "Nothing differs from what is stored."
    moved = len(tried.changed) + len(tried.removed)
    return f"{len(tried.new):,} new, {moved:,} changed, {tried.same:,} as they are."


def _signed(request: HttpRequest, rows: list[CostRow]) -> str:
    packed = [
        [r.row, r.workload, r.month.isoformat(), r.kind, _plain(r.amount), r.cost_centre, r.note]
        for r in rows
    ]
    return signing.dumps({"user": _user(request).pk, "rows": packed}, salt=SALT, compress=True)


def _plain(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _unsigned(request: HttpRequest) -> list[CostRow] | None:
    try:
        said = signing.loads(request.POST["rows"], salt=SALT, max_age=GOOD_FOR_SECONDS)
    except signing.BadSignature:
        return None
    if said["user"] != _user(request).pk:
        return None
    return [
        CostRow(
            row, number, date.fromisoformat(day), kind, None if paid is None else Decimal(paid), centre, note
        )
        for row, number, day, kind, paid, centre, note in said["rows"]
    ]


def _apply(request: HttpRequest) -> HttpResponse:
    rows, now = _unsigned(request), timezone.now()
    if rows is None:
        return _sheet(request, CostsFileForm(), 422, sentence=TOO_OLD)
    try:
        done = write_costs(rows=rows, source="import", by=_user(request), at=now)
    except CostsRefused as error:
        return _sheet(request, CostsFileForm(), 422, problems=error.rows, sentence=error.message)
    _refresh({row.workload for row in rows}, now)
    many = "1 line differs" if done.differs == 1 else f"{done.differs:,} lines differ"
    messages.success(request, f"Taken over: {many} from before, {done.same:,} are as they were.")
    return redirect("roi:import_costs")


def _refresh(numbers: set[int], now: Any) -> None:
    """At once for a few; more are seen by the job that runs every two minutes."""
    if len(numbers) <= REFRESHED:
        for workload in Workload.objects.filter(number__in=numbers):
            operations.refresh_workload(workload=workload, at=now)
