"""The board as a file, and the same file back: compared first, then applied all or nothing."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from aiops import permissions
from aiops.csv_files import csv_response
from aiops.models import User
from aiops.permissions import Permission
from aiops.spreadsheets import Table, xlsx_bytes
from roi import operations
from roi.forms import SheetForm
from roi.queries.board import BoardRow, sheet_head, sheet_rows
from roi.queries.board.changes import Change, Comparison, Problem, compare

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Between looking at what would change and applying it nothing is stored: the changes travel in the page, signed.
SALT, GOOD_FOR_SECONDS = "roi.board.import", 60 * 60
MOST_SHOWN = 200


def download(user: User, rows: list[BoardRow], kind: str) -> HttpResponse:
    """Every row of the board as "csv" or "xlsx"; both import back unchanged."""
    head, body = sheet_head(user), sheet_rows(user, rows)
    if kind == "csv":
        return csv_response("payback-board.csv", head, body)
    response = HttpResponse(xlsx_bytes("Board", head, body), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="payback-board.xlsx"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def board_import(request: HttpRequest) -> HttpResponse:
    """Send a file, see what it would change, apply it. Nothing is written before the second step."""
    permissions.require(request.user, Permission.ESTIMATE)
    if request.method == "POST" and "changes" in request.POST:
        return _apply(request)
    if request.method != "POST":
        return _page(request, SheetForm())
    form = SheetForm(request.POST, request.FILES)
    return _preview(request, form, form.table) if form.is_valid() else _page(request, form, status=422)


def _page(request: HttpRequest, form: SheetForm, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, "roi/board_import.html", {"form": form} | context, status=status)


def _preview(request: HttpRequest, form: SheetForm, table: Table) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    now = timezone.now()
    found = compare(user, table, now.date())
    if found.changes and not found.problems:
        # Tried and taken back: what the rules of estimates refuse is known before anybody applies it.
        tried = operations.import_estimates(changes=found.changes, by=user, at=now, dry=True)
        found.problems.extend(tried.problems)
    signed = "" if found.problems or not found.changes else _signed(user, found.changes)
    context = {"found": found, "signed": signed, "shown": found.changes[:MOST_SHOWN]}
    context |= {"problems": _in_order(found.problems)[:MOST_SHOWN], "sentence": _sentence(found)}
    return _page(request, SheetForm(), 422 if found.problems else 200, **context)


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: problem.row)


def _sentence(found: Comparison) -> str:
    if found.problems:
        count = len(found.problems)
        return f"Nothing can be taken over yet: {count} {'thing stands' if count == 1 else 'things stand'} in the way."
    if not found.changes:
        return "Nothing differs from what is stored."
    many = f"{found.changed_rows} of {found.rows} row{'' if found.rows == 1 else 's'}"
    return f"{many} change{'s' if found.changed_rows == 1 else ''}."


def _signed(user: User, changes: list[Change]) -> str:
    packed = [change.packed() for change in changes]
    return signing.dumps({"user": user.pk, "changes": packed}, salt=SALT, compress=True)


def _apply(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    changes = _unsigned(user, request.POST["changes"])
    if changes is None:
        form = SheetForm()
        words = "What was compared is older than an hour, or not yours: send the file again."
        return _page(
            request, form, 422, problems=[Problem(0, "", "", words)], sentence="Nothing was changed."
        )
    outcome = operations.import_estimates(changes=changes, by=user, at=timezone.now())
    if outcome.problems:
        said = {"problems": _in_order(outcome.problems), "sentence": "Nothing was changed."}
        return _page(request, SheetForm(), 422, **said)
    messages.success(request, _done(len({c.number for c in outcome.written})))
    return redirect("roi:board")


def _done(candidates: int) -> str:
    if not candidates:
        return "Nothing differs: the file was taken over before."
    many = "1 candidate has" if candidates == 1 else f"{candidates} candidates have"
    return f"{many} the ranges of the file; the scores follow within a minute."


def _unsigned(user: User, text: str) -> list[Change] | None:
    try:
        said = signing.loads(text, salt=SALT, max_age=GOOD_FOR_SECONDS)
    except signing.BadSignature:
        return None
    return [Change.unpacked(parts) for parts in said["changes"]] if said["user"] == user.pk else None
