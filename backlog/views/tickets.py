"""Work found in tickets: the uploads, their columns, and what was found."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aiops.csv_files import csv_response
from aiops.errors import DomainError
from aiops.forms import refuse
from aiops.models import User
from backlog import queries
from backlog.forms import ColumnsForm, GroupDraftForm, TicketUploadForm
from backlog.models import TicketGroup, TicketLog
from backlog.operations import tickets as operations
from backlog.views.ticket_charts import months_chart, months_rows

A_PAGE = 50
State = TicketLog.State
View = Callable[..., HttpResponse]


def refused_by_size(view: View) -> View:
    """Refuses a huge body by its header, before anything reads it: the check of the form's token would read it."""
    guarded = csrf_protect(view)

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if int(request.META.get("CONTENT_LENGTH") or 0) > operations.MOST_BYTES + 100_000:
            answer = render(
                request, "backlog/tickets_too_large.html", {"words": operations.TOO_LARGE}, status=413
            )
            answer["Connection"] = "close"
            return answer
        return guarded(request, *args, **kwargs)

    return csrf_exempt(wrapped)


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


def _log(request: HttpRequest, pk: int) -> TicketLog:
    rows = TicketLog.objects.visible_to(request.user).select_related("unit", "by")
    return get_object_or_404(rows, pk=pk)


@refused_by_size
@require_http_methods(["GET", "HEAD", "POST"])
def ticket_logs(request: HttpRequest) -> HttpResponse:
    """What was uploaded, and the form that takes the next file."""
    units = queries.upload_units(_user(request))
    home = _user(request).home_unit_id
    form = TicketUploadForm(units, request.POST or None, request.FILES or None, initial={"unit": home})
    if request.method == "POST":
        if not units:
            raise PermissionDenied("You look for work in tickets of your own unit.")
        form = TicketUploadForm(units, request.POST, request.FILES)
        if (log := _uploaded(request, form)) is not None:
            return redirect("backlog:ticket_columns", log.pk)
    page = Paginator(queries.ticket_logs(_user(request)), A_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {"page": page, "form": form if units else None}
    context |= {"most_bytes": operations.MOST_BYTES, "too_large": operations.TOO_LARGE}
    return render(request, "backlog/tickets.html", context, status=422 if form.errors else 200)


def _uploaded(request: HttpRequest, form: TicketUploadForm) -> TicketLog | None:
    if not form.is_valid():
        return None
    file, unit = form.cleaned_data["file"], form.cleaned_data["unit"]
    said: dict[str, Any] = {"by": _user(request), "at": timezone.now()}
    try:
        return operations.start_tickets(name=file.name, data=file.read(), unit=unit, **said)
    except DomainError as error:
        refuse(form, error)
    return None


@require_http_methods(["GET", "HEAD", "POST"])
def ticket_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Which column means what, with the first rows; a POST sends the file to be read."""
    log = _log(request, pk)
    form = ColumnsForm(log, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            said: dict[str, Any] = {"by": _user(request), "at": timezone.now()}
            operations.confirm_mapping(log=log, mapping=form.mapping, options=form.options, **said)
            return redirect("backlog:ticket_log", pk)
        except DomainError as error:
            refuse(form, error)
    elif request.method != "POST" and (log.state == State.READING or not queries.has_file(log)):
        return redirect("backlog:ticket_log", pk)
    rows = [row + [""] * (len(log.head) - len(row)) for row in log.options.get("sample", [])]
    context = {"log": log, "form": form, "rows": rows}
    return render(request, "backlog/ticket_columns.html", context, status=422 if form.errors else 200)


@require_safe
def ticket_log(request: HttpRequest, pk: int) -> HttpResponse:
    """Being read, not readable, or what was found, by category or by words."""
    log = _log(request, pk)
    if log.state == State.MAPPING:
        return redirect("backlog:ticket_columns", pk)
    by = TicketGroup.By.TEXT if request.GET.get("by") == "text" else TicketGroup.By.CATEGORY
    groups = list(queries.ticket_groups(log, by))
    seen = queries.drafts_seen(_user(request), groups)
    if request.GET.get("format") == "csv":
        rows = (queries.group_cells(place, group, seen) for place, group in enumerate(groups, 1))
        return csv_response("payback-ticket-groups.csv", list(queries.GROUP_COLUMNS), rows)
    ends = [group.cases_year_high for group in groups] or [1.0]
    context = {"log": log, "groups": groups, "by": by, "seen": seen, "end": max(ends), "summary": log.summary}
    window, months = (
        [date.fromisoformat(day) for day in log.summary.get(name) or ()] for name in ("window", "months")
    )
    context |= {"window": window, "months": months, "last_month": months[-1] if months else None}
    context |= {
        "under_way": log.state == State.READING,
        "has_file": queries.has_file(log),
        "parts": _parts(log),
    }
    part = request.htmx and log.state == State.READING  # type: ignore[attr-defined]
    if request.htmx and not part:  # type: ignore[attr-defined]
        answer = HttpResponse(status=204)
        answer["HX-Refresh"] = "true"
        return answer
    template = "backlog/_ticket_progress.html" if part else "backlog/ticket_log.html"
    return render(request, template, context)


def _parts(log: TicketLog) -> list[tuple[str, int]]:
    """Tickets and rows that do not count, each with its reason."""
    summary = log.summary
    parts = [(f"tickets {reason}", count) for reason, count in summary.get("left_out", [])]
    if summary.get("open"):
        parts.append(("tickets still open: in the volume, not in touches and waiting", summary["open"]))
    rows = [
        (f"rows with {reason} in «{column}»", count)
        for column, reason, count in summary.get("unreadable", [])
    ]
    return parts + rows


@require_POST
def remove_tickets(request: HttpRequest, pk: int) -> HttpResponse:
    log = _log(request, pk)
    operations.remove_tickets(log=log, by=_user(request), at=timezone.now())
    messages.success(request, f"«{log.name}» is gone; drafts that were filed from it stay.")
    return redirect("backlog:ticket_logs")


def _group(request: HttpRequest, pk: int) -> TicketGroup:
    return get_object_or_404(queries.visible_groups(_user(request)), pk=pk)


@require_safe
def ticket_group(request: HttpRequest, pk: int) -> HttpResponse:
    """One group: its figures, months and words; no text of a ticket is kept, so none is shown."""
    return _group_page(request, _group(request, pk), GroupDraftForm())


def _group_page(
    request: HttpRequest, group: TicketGroup, form: GroupDraftForm, status: int = 200
) -> HttpResponse:
    context = {"group": group, "log": group.log, "form": form, "chart": months_chart(group)}
    context |= {"months": months_rows(group), "seen": queries.drafts_seen(_user(request), [group])}
    return render(request, "backlog/ticket_group.html", context, status=status)


@require_POST
def file_group(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft of it; a second click finds the same one."""
    group, form = _group(request, pk), GroupDraftForm(request.POST)
    if not form.is_valid():
        return _group_page(request, group, form, 422)
    made = operations.file_from_group(group=group, by=_user(request), at=timezone.now(), **form.cleaned_data)
    if made.pk not in queries.drafts_seen(_user(request), [TicketGroup(candidate_id=made.pk)]):
        messages.warning(request, f"{made.owner} has a draft of this group already: {made.key}.")
        return redirect("backlog:ticket_group", pk)
    return redirect("backlog:edit" if made.state == "draft" else "backlog:candidate", made.number)
