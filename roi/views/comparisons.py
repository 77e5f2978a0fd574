"""Is it real? The comparisons of a workload, one of them, and a new one."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from aiops.errors import DomainError
from aiops.models import User
from roi.calc.effect_rows import points
from roi.forms.comparisons import OutcomesForm, SeriesForm
from roi.models import Comparison
from roi.operations.baselines import may_tell, require_teller
from roi.operations.comparisons import compare_outcomes, compare_series
from roi.queries.comparisons import comparison_chart, comparison_table
from roi.views.table_files import KINDS, table_file
from workloads.models import Workload

HEAD = ["question", "method", "unit", "effect", "low", "high", "n", "self_reported", "sentence", "by", "at"]
FORMS: dict[str, Any] = {"outcomes": OutcomesForm, "series": SeriesForm}


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


@require_http_methods(["GET", "HEAD", "POST"])
def comparisons(request: HttpRequest, number: int) -> HttpResponse:
    """All of them, the newest first, and the forms of a new one; ?format=csv, xlsx or json."""
    rows = Workload.objects.visible_to(_user(request)).select_related("unit")
    workload = get_object_or_404(rows, number=number)
    if request.method == "POST":
        return _answer(request, workload)
    if (kind := request.GET.get("format", "")) in KINDS:
        return table_file(kind, f"is-it-real-{workload.key}", HEAD, map(_cells, _of(workload)))
    return _page(request, workload, {})


def _of(workload: Workload) -> Any:
    # The series itself is long, and of one comparison's page only.
    return Comparison.objects.filter(workload=workload).select_related("by").defer("details")


def _cells(row: Comparison) -> list[Any]:
    shown = {
        "method": row.get_method_display(),
        "by": row.by.name,
        "self_reported": row.inputs.get("self_reported"),
    }
    return [shown[name] if name in shown else getattr(row, name) for name in HEAD]


def _page(
    request: HttpRequest, workload: Workload, bound: dict[str, Any], status: int = 200, **more: Any
) -> HttpResponse:
    page = Paginator(_of(workload).defer("details", "inputs"), 25).get_page(request.GET.get("page"))
    first = {"cut": workload.go_live, "method": "its"}
    context = {
        "workload": workload,
        "page": page,
        "may_tell": may_tell(workload, _user(request)),
        "forms": {name: bound.get(name) or form(initial=first, prefix=name) for name, form in FORMS.items()},
        "opened": next(iter(bound), ""),
    }
    return render(request, "roi/comparisons.html", context | more, status=status)


def _answer(request: HttpRequest, workload: Workload) -> HttpResponse:
    require_teller(workload, _user(request))
    name = request.POST.get("form", "")
    if name not in FORMS:
        return redirect("roi:comparisons", workload.number)
    form = FORMS[name](request.POST, request.FILES, prefix=name)
    if not form.is_valid():
        return _page(request, workload, {name: form}, 422)
    said: dict[str, Any] = {
        "workload": workload,
        "asked": form.asked(),
        "by": _user(request),
        "at": timezone.now(),
    }
    if name == "series":
        table = form.table
        found, items, wrong = points(table.head, table.rows, form.cleaned_data["method"], table.decimal_comma)
        if wrong:
            return _page(request, workload, {name: form}, 422, problems=wrong)
        said |= {"points": found, "items": items}
    try:
        made = compare_series(**said) if name == "series" else compare_outcomes(**said)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return _page(request, workload, {name: form}, 422)
    messages.success(request, "Computed and kept.")
    return redirect("roi:comparison", workload.number, made.pk)


@require_safe
def comparison(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """One: the sentence, the chart and its table."""
    seen = Workload.objects.visible_to(_user(request)).filter(number=number)
    rows = Comparison.objects.filter(workload__in=seen).select_related("workload", "by")
    row = get_object_or_404(rows, pk=pk)
    head, table = comparison_table(row)
    if (kind := request.GET.get("format", "")) in KINDS:
        return table_file(kind, f"comparison-{row.pk}", head, table)
    scale = 100 if row.inputs.get("quantity") == "accepted" else 1
    ends = {name: getattr(row, name) * scale for name in ("low", "effect", "high")}
    told = ("level", "slope", "control_moved", "newey_west_error")
    details = row.details | {name: row.details[name] * scale for name in told if name in row.details}
    context = {
        "row": row,
        "workload": row.workload,
        "chart": comparison_chart(row),
        "head": head,
        "table": table,
    }
    return render(request, "roi/comparison.html", context | {"ends": ends, "details": details})
