"""One eval run: what it found, and its cases, wrong ones first."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from evals import operations, queries
from evals.calc.dataset_file import write_csv
from evals.filters import ResultFilter
from evals.models import Result, Run
from evals.views.datasets import csv_file
from evals.views.doors import SignedIn

OPEN_COLUMNS = ("key", "outcome", "error")
CONTENT_COLUMNS = ("key", "input", "expected", "output", "outcome", "why", "error")


@require_GET
def show(request: SignedIn, pk: int) -> HttpResponse:
    """The run with its cases; questions and answers only for those who may read them, as an audited read."""
    run = _run(request, pk)
    readable = _read(request, run)
    found = ResultFilter(request.GET, queries.results(run))
    context = {
        "run": run,
        "suite": run.suite,
        "workload": run.suite.workload,
        "readable": readable,
        "filter": found,
        "page_obj": Paginator(found.qs, 50).get_page(request.GET.get("page")),
        "finding": getattr(run.check_run, "finding", None),
    }
    return render(request, "evals/_results.html" if request.htmx else "evals/run.html", context)


@require_GET
def download(request: SignedIn, pk: int) -> StreamingHttpResponse:
    """The results as CSV, safe for a spreadsheet; without content for those who may not read it."""
    run = _run(request, pk)
    columns = CONTENT_COLUMNS if _read(request, run) else OPEN_COLUMNS
    found = ResultFilter(request.GET, queries.results(run))
    return csv_file(write_csv(_rows(found.qs, columns), columns), f"eval-run-{run.pk}.csv")


def _rows(results: object, columns: tuple[str, ...]) -> Iterator[list[str]]:
    for row in results.iterator(chunk_size=500):  # type: ignore[attr-defined]
        yield [_cell(row, column) for column in columns]


def _cell(row: Result, column: str) -> str:
    return getattr(row.case if column in ("key", "input", "expected") else row, column)


def _read(request: SignedIn, run: Run) -> bool:
    workload = run.suite.workload
    if not queries.may_read_content(request.user, workload):
        return False
    operations.read_content(workload=workload, what=run, by=request.user, at=timezone.now())
    return True


def _run(request: SignedIn, pk: int) -> Run:
    return get_object_or_404(queries.runs(request.user), pk=pk)
