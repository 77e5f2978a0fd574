"""The time baseline of a workload: what counts now, what was before, and the ways to measure it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from aiops.errors import DomainError
from aiops.models import User
from roi import operations
from roi.calc.sheet_rows import Mistake
from roi.calc.touch_rows import touches
from roi.forms.baselines import EnterForm, TimesForm, TimingForm, TouchForm
from roi.models import TimeBaseline
from roi.operations import baselines as writes
from roi.queries import baselines as reads
from roi.views.measurements import link_key
from roi.views.table_files import KINDS, table_file
from workloads.models import Workload

HEAD = [
    "minutes",
    "low",
    "high",
    "how",
    "n",
    "measured_from",
    "measured_to",
    "before_go_live",
    "note",
    "by",
    "at",
]
FORMS: dict[str, type[forms.Form]] = {
    "times": TimesForm, "enter": EnterForm, "timing": TimingForm, "ticket": TouchForm,
}  # fmt: skip
ALL = (0.8, 1.2)


class SheetRefused(DomainError):
    """Rows of a sheet cannot be read; `rows` says which and why."""

    def __init__(self, rows: list[Mistake]) -> None:
        super().__init__("rows_refused", "Nothing was taken over: the rows below stand in the way.", "file")
        self.rows = rows


@require_http_methods(["GET", "HEAD", "POST"])
def baseline(request: HttpRequest, number: int) -> HttpResponse:
    """What counts, and the forms; ?format=csv, xlsx or json gives the list."""
    user: User = request.user  # type: ignore[assignment]
    rows = Workload.objects.visible_to(user).select_related("unit", "candidate", "business_owner")
    workload = get_object_or_404(rows, number=number)
    if request.method == "POST":
        return _answer(request, workload)
    if (kind := request.GET.get("format", "")) in KINDS:
        return table_file(kind, f"baselines-{workload.key}", HEAD, map(_cells, reads.baselines_of(workload)))
    return _page(request, workload, {})


def _cells(row: TimeBaseline) -> list[Any]:
    return [row.by.name if name == "by" else getattr(row, name) for name in HEAD]


def _page(
    request: HttpRequest, workload: Workload, bound: dict[str, forms.Form], status: int = 200, **more: Any
) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    rows = list(reads.baselines_of(workload))
    current = next((row for row in rows if row.replaced_by_id is None), None)
    today = timezone.localdate()
    first = {"timing": {"due_on": today + timedelta(days=14)}, "enter": {"how": "estimate"}}
    context = {
        "workload": workload,
        "rows": rows,
        "current": current,
        "sentence": reads.words_of(current),
        "estimated": reads.estimated_minutes(workload),
        "study": reads.open_study(workload),
        "group": reads.ticket_group(user, workload),
        "may_tell": writes.may_tell(workload, user) and workload.stage != "retired",
        "forms": {
            name: bound.get(name) or form(initial=first.get(name, {}), prefix=name)
            for name, form in FORMS.items()
        },
        "opened": next(iter(bound), ""),
    }
    return render(request, "roi/baseline.html", context | more, status=status)


def _answer(request: HttpRequest, workload: Workload) -> HttpResponse:
    writes.require_teller(workload, request.user)  # type: ignore[arg-type]
    name = request.POST.get("form", "")
    if name not in FORMS:
        return redirect("roi:baseline", workload.number)
    form: Any = FORMS[name](request.POST, request.FILES, prefix=name)
    if not form.is_valid():
        return _page(request, workload, {name: form}, 422)
    try:
        return VERBS[name](request, workload, form)
    except SheetRefused as error:
        return _page(request, workload, {name: form}, 422, problems=error.rows)
    except (DomainError, PermissionDenied) as error:
        field = getattr(error, "field", None)
        form.add_error(field if field in form.fields else None, str(error))
        return _page(request, workload, {name: form}, 422)


def _times(request: HttpRequest, workload: Workload, form: Any) -> HttpResponse:
    table, said = form.table, form.cleaned_data
    found, wrong = touches(table.head, table.rows, table.decimal_comma)
    if wrong:
        raise SheetRefused(wrong)
    writes.baseline_from_touches(
        workload=workload, touches=found, how=said["how"], longest=float(said["longest"]), note=said["note"],
        by=request.user, at=timezone.now(),  # type: ignore[arg-type]
    )  # fmt: skip
    return _done(request, workload)


def _enter(request: HttpRequest, workload: Workload, form: Any) -> HttpResponse:
    writes.set_baseline(workload=workload, by=request.user, at=timezone.now(), **form.said())  # type: ignore[arg-type]
    return _done(request, workload)


def _ticket(request: HttpRequest, workload: Workload, form: Any) -> HttpResponse:
    """Touches of the group times minutes a touch: an estimate, since nobody timed a touch."""
    user: User = request.user  # type: ignore[assignment]
    group = reads.ticket_group(user, workload)
    if group is None:
        raise DomainError("no_group", "It was not filed from a group of tickets that you see.")
    minutes = writes.round3(float(form.cleaned_data["each"]) * group.touches)
    low, high = (writes.round3(float(minutes) * share) for share in ALL)
    each = f"{form.cleaned_data['each']} minutes each"
    note = f"{group.touches:.1f} touches a ticket over {group.cases:,} tickets, {each}"
    ends: dict[str, Decimal] = {"minutes": minutes, "low": low, "high": high}
    writes.set_baseline(workload=workload, how="estimate", note=note, by=user, at=timezone.now(), **ends)
    return _done(request, workload)


def _done(request: HttpRequest, workload: Workload) -> HttpResponse:
    operations.refresh_workload(workload=workload, at=timezone.now())
    messages.success(
        request, "It counts from now on, in the months that are open. Closed months stay as they are."
    )
    return redirect("roi:baseline", workload.number)


def _timing(request: HttpRequest, workload: Workload, form: Any) -> HttpResponse:
    """A timing by a link that needs no account; the link is shown once, on the measurement's page."""
    if workload.candidate is None:
        raise DomainError("no_candidate", "It came from no candidate: send its work times instead.")
    row, secret = operations.start_measurement(
        candidate=workload.candidate, quantity="minutes", what=f"Minutes a {workload.item_noun} takes people"[:200],
        by=request.user, at=timezone.now(), **form.cleaned_data,  # type: ignore[arg-type]
    )  # fmt: skip
    request.session[link_key(row)] = request.build_absolute_uri(reverse("roi:timer", args=[secret]))
    return redirect("roi:measurement", row.pk)


VERBS: dict[str, Callable[[HttpRequest, Workload, Any], HttpResponse]] = {
    "times": _times, "enter": _enter, "ticket": _ticket, "timing": _timing,
}  # fmt: skip
