"""The decision log with its files, and one decision as it was seen."""

import json
from typing import Any

from django.core.paginator import Paginator
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from aiops.csv_files import csv_response
from aiops.models import User
from aiops.spreadsheets import xlsx_bytes
from roi import queries
from roi.forms.decision_log import DecisionFilter
from roi.models import Decision
from roi.queries.decision_log import decision_log, log_head, log_rows, money_of_decision, tripwire_words
from roi.queries.masked import reason_for
from roi.views.as_seen import figures_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """All decisions that this person may see, filtered."""
    found = DecisionFilter(request.GET, queryset=decision_log(_user(request)), request=request)
    page = Paginator(found.qs, 50).get_page(request.GET.get("page"))
    for row in page.object_list:
        row.shows_money = money_of_decision(_user(request), row)
        row.reason_shown = reason_for(row.reason, row.shows_money)
    return render(
        request, "roi/decisions.html", {"filter": found, "page": page, "query": request.GET.urlencode()}
    )


@require_safe
def log_file(request: HttpRequest, kind: str) -> HttpResponse:
    """The same rows as CSV, XLSX or JSON; text cannot start a formula."""
    user = _user(request)
    rows = DecisionFilter(request.GET, queryset=decision_log(user), request=request).qs
    wide = queries.may_sort_by_money(user)
    head, body = log_head(wide), log_rows(user, rows, wide)
    name = f"payback-decisions-{timezone.localdate():%Y-%m-%d}"
    if kind == "csv":
        return csv_response(f"{name}.csv", head, body)
    if kind == "xlsx":
        return _attached(xlsx_bytes("Decisions", head, body), XLSX, f"{name}.xlsx")
    if kind != "json":
        raise Http404
    told = json.dumps([dict(zip(head, row, strict=True)) for row in body], cls=DjangoJSONEncoder, indent=1)
    return _attached(told, "application/json", f"{name}.json")


def _attached(data: Any, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    """One decision with the figures that were on the screen, and what followed."""
    rows = Decision.objects.visible_to(request.user).select_related(
        "candidate__unit",
        "workload__unit",
        "by",
        "review__series",
        "corrects",
        "duplicate_of",
        "assessment",
        "item",
    )
    found = get_object_or_404(rows, pk=pk)
    money = money_of_decision(_user(request), found)
    context = {
        "d": found,
        "money": money,
        "reason": reason_for(found.reason, money),
        "tripwires": [tripwire_words(t) for t in found.tripwires.all()] if money else [],
        "measurements": found.measurements.select_related("person"),
        "later": Decision.objects.filter(corrects=found).first(),
        "voices": found.item.voices.select_related("by") if found.item else [],
    }
    figures = figures_of(found.assessment if money else None)
    return render(request, "roi/one_decision.html", context | figures)
