"""Candidates from a file: what its columns mean, what its rows would do, and then all of them or none."""

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from aiops import permissions
from aiops.permissions import Permission
from aiops.spreadsheets import Formula, Table
from backlog import operations
from backlog.calc.columns import FIELDS, guessed, head_hash, problems_of
from backlog.forms.importing import CandidatesFileForm, ColumnsForm
from backlog.models import ColumnMap
from backlog.queries.import_plan import CHANGED, NEW, SAME, Plan, plan
from backlog.queries.sheet_rows import Problem, read_rows
from backlog.views.parts import user_of

# Between the steps nothing is stored: the rows travel in the page, signed.
SALT, GOOD_FOR_SECONDS = "backlog.import", 2 * 60 * 60
MOST_PACKED = 20 * 1024 * 1024
SHOWN, MOST_PROBLEMS = 20, 500
TOO_OLD = "What was read is older than two hours, or not yours: send the file again."


@require_http_methods(["GET", "HEAD", "POST"])
def import_candidates(request: HttpRequest) -> HttpResponse:
    """Send a file, say what its columns mean, look, apply. Nothing is written before the last step."""
    permissions.require(request.user, Permission.FILE)
    if request.method != "POST":
        return _page(request, CandidatesFileForm())
    if "table" in request.POST:
        return _mapped(request)
    form = CandidatesFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, 422)
    signed = _signed(request, form.table)
    if len(signed) > MOST_PACKED:
        form.add_error("file", "The file holds too much text: split it.")
        return _page(request, form, 422)
    columns = ColumnsForm(form.table.head, initial=_known(request, form.table.head))
    return _preview(request, form.table, signed, columns, columns.initial, "received")


def _page(request: HttpRequest, form: CandidatesFileForm, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, "backlog/import.html", {"form": form} | context, status=status)


def _known(request: HttpRequest, head: list[str]) -> dict[str, str]:
    """As this person mapped the same header before, else as its names suggest."""
    kept = ColumnMap.objects.visible_to(request.user).filter(purpose="candidates", head_hash=head_hash(head))
    before = kept.first()
    if before is None:
        return guessed(head)
    return {name: before.mapping[name] for name in FIELDS if before.mapping.get(name) in head}


def _mapped(request: HttpRequest) -> HttpResponse:
    table = _unsigned(request)
    if table is None:
        form = CandidatesFileForm()
        return _page(request, form, 422, sentence=TOO_OLD)
    columns = ColumnsForm(table.head, request.POST)
    if not columns.is_valid():
        return _page(
            request, CandidatesFileForm(), 422, sentence="A column that is chosen is not in the file."
        )
    end = "received" if request.POST.get("end") == "received" else "draft"
    if request.POST.get("then") == "apply":
        return _apply(request, table, columns, end)
    return _preview(request, table, request.POST["table"], columns, columns.mapping, end)


def _preview(
    request: HttpRequest, table: Table, signed: str, columns: ColumnsForm, mapping: dict[str, str], end: str
) -> HttpResponse:
    found, problems = _planned(request, table, mapping, end)
    context = {
        "columns": columns,
        "table": signed,
        "end": end,
        "plan": found,
        "problems": problems[:MOST_PROBLEMS],
        "more_problems": max(0, len(problems) - MOST_PROBLEMS),
        "sentence": _sentence(found, problems, len(table.rows)),
        "shown": [_shown(step, mapping) for step in found.steps[:SHOWN]],
        "shown_names": [columns.fields[name].label for name in mapping],
        "unread": [name for name in table.head if name and name not in mapping.values()],
        "rows": len(table.rows),
        "differs": found.count(NEW) + found.count(CHANGED),
        "new": found.count(NEW),
    }
    return render(request, "backlog/import_columns.html", context, status=422 if problems else 200)


def _planned(
    request: HttpRequest, table: Table, mapping: dict[str, str], end: str
) -> tuple[Plan, list[Problem]]:
    wrong = problems_of(mapping, table.head)
    if wrong:
        return Plan(), [Problem(1, "", words) for words in wrong]
    rows, problems = read_rows(table, mapping)
    found = plan(rows, mapping, user_of(request), end == "received")
    return found, sorted([*problems, *found.problems], key=lambda one: one.row)


def _shown(step: Any, mapping: dict[str, str]) -> dict[str, Any]:
    cells = [step.row.said.get(name, "") for name in mapping]
    return {"row": step.row.number, "what": step.what, "cells": cells, "candidate": step.candidate}


def _sentence(found: Plan, problems: list[Problem], rows: int) -> str:
    if problems:
        many = "1 thing stands" if len(problems) == 1 else f"{len(problems):,} things stand"
        return f"Nothing can be taken over yet: {many} in the way."
    new, changed, same = (found.count(what) for what in (NEW, CHANGED, SAME))
    if not new and not changed:
        return f"Nothing differs from what is there, in {rows:,} row{'' if rows == 1 else 's'}."
    return f"{rows:,} row{'' if rows == 1 else 's'}: {new:,} new, {changed:,} changed, {same:,} as they are."


def _apply(request: HttpRequest, table: Table, columns: ColumnsForm, end: str) -> HttpResponse:
    mapping, user, now = columns.mapping, user_of(request), timezone.now()
    _, problems = _planned(request, table, mapping, end)
    if problems:
        return _preview(request, table, request.POST["table"], columns, mapping, end)
    operations.remember_columns(head=table.head, mapping=mapping, by=user, at=now)
    rows, _ = read_rows(table, mapping)
    said = {"mapping": mapping, "hand_in": end == "received", "token": _token(request)}
    made = operations.import_candidates(rows=rows, by=user, at=now, **said)
    counts = {what: made.count(what) for what in (NEW, CHANGED, SAME)}
    context = {"made": made, "counts": counts, "end": end, "problems": made.problems[:MOST_PROBLEMS]}
    return render(request, "backlog/import_done.html", context, status=422 if made.problems else 200)


def _token(request: HttpRequest) -> str:
    """The same page sent twice is one import; the same file chosen again is another one."""
    return hashlib.sha256(request.POST["table"].encode()).hexdigest()[:24]


def _signed(request: HttpRequest, table: Table) -> str:
    rows = [[number, [_packed(value) for value in cells]] for number, cells in table.rows]
    said = {"user": request.user.pk, "head": table.head, "rows": rows, "comma": table.decimal_comma}
    return signing.dumps(said | {"at": timezone.now().isoformat()}, salt=SALT, compress=True)


def _packed(value: Any) -> Any:
    if isinstance(value, Formula):
        return {"formula": value.text}
    return str(value) if isinstance(value, Decimal | date) else value


def _unsigned(request: HttpRequest) -> Table | None:
    try:
        said = signing.loads(request.POST["table"], salt=SALT, max_age=GOOD_FOR_SECONDS)
    except signing.BadSignature:
        return None
    if said["user"] != request.user.pk:
        return None
    rows = [
        (number, [Formula(value["formula"]) if isinstance(value, dict) else value for value in cells])
        for number, cells in said["rows"]
    ]
    return Table(said["head"], rows, said["comma"])
