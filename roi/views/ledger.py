"""The ledger of one workload: every month with its state, and what each figure of a month rests on."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from aiops.csv_files import csv_response
from aiops.models import Company, User
from aiops.spreadsheets import xlsx_bytes
from roi.calc.closing import close_day
from roi.models import Assessment, TimeBaseline
from roi.queries import ledger as reads
from roi.views.value import XLSX, may_read_money
from workloads.models import Workload


def _workload(request: HttpRequest, number: int) -> Workload:
    rows = Workload.objects.visible_to(request.user).select_related("unit", "candidate")
    return get_object_or_404(rows, number=number)


@require_safe
def ledger(request: HttpRequest, number: int) -> HttpResponse:
    """All months and corrections; the same as CSV, XLSX and JSON."""
    workload = _workload(request, number)
    user: User = request.user  # type: ignore[assignment]
    money, known = may_read_money(user, workload), reads.ledger_of(workload)
    kind = request.GET.get("format")
    if kind in ("csv", "xlsx", "json"):
        return _file(kind, workload, known, money)
    company = Company.load()
    context = {
        "workload": workload,
        "ledger": known,
        "money": money,
        "corrections": [(row, reads.moved(row, money)) for row in known.corrections],
        "closes": company.close_working_day,
        "zone": company.time_zone,
    }
    return render(request, "roi/ledger.html", context)


def _file(kind: str, workload: Workload, known: reads.Ledger, money: bool) -> HttpResponse:
    head, rows = reads.exports(known, money)
    name = f"payback-ledger-{workload.key.lower()}"
    if kind == "csv":
        return csv_response(f"{name}.csv", head, rows)
    if kind == "json":
        answer: HttpResponse = JsonResponse({"rows": [dict(zip(head, row, strict=True)) for row in rows]})
    else:
        answer = HttpResponse(xlsx_bytes("Ledger", head, rows), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return answer


@require_safe
def ledger_month(request: HttpRequest, number: int, month: str) -> HttpResponse:
    """One month, every figure with what it is made of."""
    workload = _workload(request, number)
    user: User = request.user  # type: ignore[assignment]
    found = reads.ledger_month(workload, _month(month))
    if found is None:
        raise Http404("No such month in this ledger.")
    money, row = may_read_money(user, workload), found.row
    row.workload = workload
    context = {
        "workload": workload,
        "month": found,
        "row": row,
        "money": money,
        "closes_on": close_day(row.month, Company.load().close_working_day),
        "costs": reads.parts_of_costs(row) if money else [],
        "claims": reads.parts_of_claims(row) if money else [],
        "corrections": [(c, reads.moved(c, money)) for c in (*found.booked, *found.about)],
        "today": timezone.localdate(),
    }
    return render(request, "roi/ledger_month.html", context | _rests_on(row))


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Http404("A month is named like 2026-10.") from error


def _rests_on(row: Any) -> dict[str, Any]:
    """The rows that `made_of` names."""
    told = row.made_of or {}
    base = told.get("baseline") or {}
    promise = told.get("promise") or {}
    evals = (told.get("share") or {}).get("evals")
    return {
        "told": told,
        "baseline": TimeBaseline.objects.filter(pk=base.get("id") or 0).select_related("by").first(),
        "assessment": Assessment.objects.filter(pk=promise.get("assessment") or 0).only("pk", "at").first(),
        "run": evals[0] if evals and row.accepted_from == "evals" else None,
    }
