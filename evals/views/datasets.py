"""Datasets: upload with a report by row, look at the cases, download them and an empty file to start from."""

from __future__ import annotations

import json

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from evals import operations, queries
from evals.calc.dataset_file import COLUMNS, write_csv
from evals.forms import DatasetForm
from evals.models import Dataset
from evals.operations import access
from evals.operations.datasets import UploadReport
from evals.views.doors import SignedIn, attempt, workload_or_404
from workloads.models import Workload

EXAMPLES = [
    ("inv-001", "Read the total of this invoice: Widgets 3 x 40.00", "120.00", "The total is $120.00"),
    ("inv-002", "Read the total of this invoice: Hours 2 x 95.50", "191.00", ""),
]


@require_http_methods(["GET", "POST"])
def new(request: SignedIn, number: int) -> HttpResponse:
    """Upload a dataset; a file with a wrong row stores nothing and is answered with a report."""
    workload = workload_or_404(request, number)
    access.require_propose(request.user, workload)
    form = DatasetForm(request.POST or None, request.FILES or None)
    report = _upload(request, workload, form) if request.method == "POST" and form.is_valid() else None
    if report and report.dataset:
        messages.success(request, f"{report.cases:,} cases stored as {report.dataset}.")
        return redirect("evals:dataset", report.dataset.pk)
    context = {"workload": workload, "form": form, "report": report}
    return render(request, "evals/dataset_new.html", context, status=422 if request.method == "POST" else 200)


def _upload(request: SignedIn, workload: Workload, form: DatasetForm) -> UploadReport | None:
    file = form.cleaned_data["file"]
    return attempt(
        form,
        lambda: operations.upload_dataset(
            workload=workload,
            name=form.cleaned_data["name"],
            data=file.read(operations.MAX_BYTES + 1),
            filename=file.name,
            by=request.user,
            at=timezone.now(),
        ),
    )


@require_GET
def show(request: SignedIn, pk: int) -> HttpResponse:
    """One version of a dataset; its cases only for those who may read them, as an audited read."""
    dataset = _dataset(request, pk)
    readable = queries.may_read_content(request.user, dataset.workload)
    if readable:
        operations.read_content(workload=dataset.workload, what=dataset, by=request.user, at=timezone.now())
    page = Paginator(dataset.cases.all(), 50).get_page(request.GET.get("page"))
    context = {
        "dataset": dataset,
        "workload": dataset.workload,
        "page_obj": page,
        "readable": readable,
        "may_propose": queries.may_propose(request.user, dataset.workload),
    }
    return render(request, "evals/dataset.html", context)


@require_GET
def download(request: SignedIn, pk: int) -> HttpResponse | StreamingHttpResponse:
    """The cases as CSV, safe for a spreadsheet; uploading the file again gives the same cases."""
    dataset = _dataset(request, pk)
    operations.read_content(workload=dataset.workload, what=dataset, by=request.user, at=timezone.now())
    rows = dataset.cases.values_list(*COLUMNS).order_by("pk").iterator()
    return csv_file(write_csv(rows, COLUMNS), f"dataset-{dataset.pk}.csv")


@require_GET
def template(request: SignedIn, kind: str) -> HttpResponse | StreamingHttpResponse:
    """A file with two examples to start from."""
    if kind == "csv":
        return csv_file(write_csv(EXAMPLES, COLUMNS), "dataset.csv")
    if kind != "jsonl":
        raise Http404("There is a template as csv and as jsonl.")
    lines = "".join(json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n" for row in EXAMPLES)
    return HttpResponse(
        lines, "application/jsonl", headers={"Content-Disposition": 'attachment; filename="dataset.jsonl"'}
    )


def csv_file(lines, name: str) -> StreamingHttpResponse:  # type: ignore[no-untyped-def]
    """A CSV download."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _dataset(request: SignedIn, pk: int) -> Dataset:
    rows = Dataset.objects.visible_to(request.user).select_related("workload__unit", "created_by")
    return get_object_or_404(rows, pk=pk)
