"""What to measure next, over all open candidates."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from aiops.csv_files import csv_response
from roi import queries
from roi.queries.measuring import MeasureRow, to_measure
from roi.views.score_parts import reader

HEAD = ["key", "title", "input", "how", "hours", "worth_up_to", "standard_error", "costs_about", "leaves"]


@require_safe
def measure_next(request: HttpRequest) -> HttpResponse:
    """Inputs that are worth more to know than they cost to find out, the best first; ?format=csv."""
    found = to_measure(reader(request))
    if request.GET.get("format") == "csv":
        return csv_response("payback-measure-next.csv", HEAD, _cells(found.rows))
    page = Paginator(found.rows, 50).get_page(request.GET.get("page"))
    context = {"found": found, "page": page, "money": queries.may_sort_by_money(reader(request))}
    return render(request, "roi/measuring.html", context)


def _cells(rows: Iterable[MeasureRow]) -> Iterator[list[Any]]:
    for row in rows:
        f = row.finding
        figures = [f.hours, f.worth, f.standard_error, f.cost, f.net]
        yield [row.candidate.key, row.candidate.title, f.quantity, f.how, *figures]
