"""Finished projects: the list, a file of them in two steps, and taking them out again."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aiops import permissions
from aiops.csv_files import csv_response
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from aiops.spreadsheets import xlsx_bytes
from roi import operations
from roi.filters import PastCaseFilter
from roi.forms.past_cases import PastCasesForm
from roi.models import PastCase
from roi.queries import past_cases as queries
from roi.queries.past_cases import PastRow, RowProblem

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Between looking and importing nothing is stored: the rows travel in the page, signed.
SALT, GOOD_FOR_SECONDS = "roi.past_cases.import", 60 * 60
MOST_SHOWN = 200


@require_safe
def past_cases(request: HttpRequest) -> HttpResponse:
    """All cases that this person may see, searched and filtered; as CSV or XLSX they import back unchanged."""
    reader: User = request.user  # type: ignore[assignment]
    now = timezone.now()
    found = PastCaseFilter(request.GET, queryset=queries.visible_cases(reader))
    kind = request.GET.get("format")
    if kind in ("csv", "xlsx"):
        return _file(kind, queries.past_rows(found.qs, reader, now))
    page = Paginator(found.qs, 50).get_page(request.GET.get("page"))
    shown, where = queries.owners_shown(reader, now), permissions.scope(reader, Permission.ESTIMATE)
    rows = [
        (c, c.owner if shown(c) else None, c.workload_id is None and where.covers(c.unit_id)) for c in page
    ]
    context = {"filter": found, "page": page, "rows": rows, "may_import": queries.importable(reader)}
    context["chosen_source"] = queries.whole_import(found.qs, request.GET.get("source", ""))
    return render(request, "roi/past_cases.html", context)


def _file(kind: str, rows: list[list[Any]]) -> HttpResponse:
    if kind == "csv":
        return csv_response("payback-past-projects.csv", list(queries.HEAD), rows)
    response = HttpResponse(xlsx_bytes("Past projects", list(queries.HEAD), rows), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="payback-past-projects.xlsx"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def import_past_cases(request: HttpRequest) -> HttpResponse:
    """Send a file, see what it would bring, import it. Nothing is written before the second step."""
    permissions.require(request.user, Permission.ESTIMATE)
    if request.method != "POST":
        return _page(request, PastCasesForm())
    if "rows" in request.POST:
        return _import(request)
    form = PastCasesForm(request.POST, request.FILES)
    return _preview(request, form) if form.is_valid() else _page(request, form, 422)


def _page(request: HttpRequest, form: PastCasesForm, status: int = 200, **context: Any) -> HttpResponse:
    base = {"form": form, "head": queries.HEAD, "needed": queries.NEEDED}
    return render(request, "roi/import_past_cases.html", base | context, status=status)


def _preview(request: HttpRequest, form: PastCasesForm) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    now, read = timezone.now(), queries.read_past_rows(form.table)
    source = f"{form.cleaned_data['file'].name[:80]}, {timezone.localtime(now):%Y-%m-%d %H:%M}"
    tried = operations.import_past_cases(rows=read.rows, source=source, by=user, at=now, dry=True)
    problems = sorted([*read.problems, *tried.problems], key=lambda problem: problem.row)
    if problems:
        return _refused(request, problems, read.unread)
    writes = [*tried.new, *tried.changed]
    packed = {"user": user.pk, "source": source, "rows": [row.packed() for row in read.rows]}
    signed = signing.dumps(packed, salt=SALT, compress=True) if writes else ""
    context = {"tried": tried, "shown": writes[:MOST_SHOWN], "writes": len(writes), "signed": signed}
    return _page(request, PastCasesForm(), unread=read.unread, sentence=_sentence(tried), **context)


def _refused(request: HttpRequest, problems: list[RowProblem], unread: list[str]) -> HttpResponse:
    count = len(problems)
    words = (
        f"Nothing can be imported yet: {count} {'thing stands' if count == 1 else 'things stand'} in the way."
    )
    context = {"problems": problems[:MOST_SHOWN], "more": max(count - MOST_SHOWN, 0), "unread": unread}
    return _page(request, PastCasesForm(), 422, sentence=words, **context)


def _sentence(tried: operations.Imported) -> str:
    if not tried.new and not tried.changed:
        return "Nothing differs from what is stored."
    parts = [f"{len(tried.new)} new", f"{len(tried.changed)} changed", f"{tried.already} stored already"]
    return f"{', '.join(part for part in parts if not part.startswith('0 '))}."


def _import(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    try:
        said = signing.loads(request.POST["rows"], salt=SALT, max_age=GOOD_FOR_SECONDS)
    except signing.BadSignature:
        said = {"user": None}
    if said["user"] != user.pk:
        words = "What was looked at is older than an hour, or not yours: send the file again."
        return _refused(request, [RowProblem(0, "", "", words)], [])
    rows = [PastRow.unpacked(parts) for parts in said["rows"]]
    done = operations.import_past_cases(rows=rows, source=said["source"], by=user, at=timezone.now())
    if done.problems:
        return _refused(request, done.problems, [])
    messages.success(request, f"Imported: {_sentence(done)}")
    return redirect("roi:past_cases")


@require_POST
def remove_past_cases(request: HttpRequest) -> HttpResponse:
    """One imported case (pk), or all of one import (source)."""
    user: User = request.user  # type: ignore[assignment]
    rows = queries.visible_cases(user)
    pk, source = request.POST.get("pk", ""), request.POST.get("source", "")
    if pk.isascii() and pk.isdigit() and len(pk) < 10:
        chosen = rows.filter(pk=pk)
    else:
        chosen = rows.filter(source=source, workload=None) if source else PastCase.objects.none()
    try:
        gone = operations.remove_past_cases(cases=chosen, by=user, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{gone} case{'' if gone == 1 else 's'} taken out.")
    return redirect("roi:past_cases")
