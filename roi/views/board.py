"""The ranked board of all open candidates, its columns and its saved views."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aiops import permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from roi import operations
from roi.filters import BoardFilter
from roi.forms import BoardViewForm, ColumnsForm
from roi.models import BoardView
from roi.queries.board import (
    BoardRow,
    BoardViews,
    Column,
    Order,
    board_views,
    chosen_columns,
    columns_for,
    count_ranked,
    drawing,
    may_sort_by_money,
    open_candidates,
    order_for,
    ranked,
    rows_of,
)
from roi.views.board_files import download

PAGE_SIZE = 50
MORE_FILTERS = ("risk_tier", "owner", "team", "min_npv", "ready")
KEPT = ("q", "unit", "klass", "state", *MORE_FILTERS, "sort", "dir")


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Ranked by ?sort= and ?dir=; by money only for those who read money, by hours for the others."""
    user, asked = _user(request), request.GET
    order = order_for(user, asked.get("sort", ""), asked.get("dir", ""))
    found = BoardFilter(asked, queryset=open_candidates(user), request=request)
    candidates = ranked(user, found.qs, order)
    if asked.get("format") in ("csv", "xlsx"):
        rows = rows_of(user, candidates, order, ranked_in_all=count_ranked(candidates, order))
        return download(user, rows, asked["format"])
    page = Paginator(candidates, PAGE_SIZE).get_page(asked.get("page"))
    start = page.start_index() - 1 if page.object_list else 0
    rows = rows_of(user, page.object_list, order, start=start, ranked_in_all=count_ranked(candidates, order))
    views = board_views(user, asked.get("view", ""))
    context = _context(user, rows, order, views, timezone.now())
    context |= {"page": page, "filter": found, "query": kept_query(asked), "filtered": _is_filtered(asked)}
    context |= {"more_open": any(asked.get(name) for name in MORE_FILTERS)}
    context |= {"refused": order.refused or ("min_npv" in asked and not may_sort_by_money(user))}
    return render(request, "roi/board.html", context)


def kept_query(asked: QueryDict) -> str:
    """What of an address is worth keeping: filters and order, without the page and what else came along."""
    kept = QueryDict(mutable=True)
    for name in KEPT:
        if value := asked.get(name, "").strip():
            kept[name] = value
    return kept.urlencode()


def _is_filtered(asked: QueryDict) -> bool:
    return any(asked.get(name) for name in KEPT if name not in ("sort", "dir"))


def _context(
    user: User, rows: list[BoardRow], order: Order, views: BoardViews, at: datetime
) -> dict[str, Any]:
    wide, columns = may_sort_by_money(user), chosen_columns(user, views.columns)
    return {
        "rows": rows,
        "lines": [(row, [row.cell(column, at) for column in columns]) for row in rows],
        "columns": columns,
        "shows_worth": any(column.key == "npv" for column in columns),
        "column_keys": ",".join(column.key for column in columns),
        "order": order,
        "sort": order.column.key,
        "sorts": columns_for(user),
        "scale": _scale(rows),
        "drawing": drawing(rows, wide),
        "wide": wide,
        "views": views,
        "columns_form": _columns_form(user, columns),
        "view_form": _view_form(user, views),
        "may_decide": permissions.has(user, Permission.DECIDE),
        "may_import": permissions.has(user, Permission.ESTIMATE),
        "decidable": operations.DECIDABLE,
        "at": at,
    }


def _scale(rows: list[BoardRow]) -> tuple[float, float] | None:
    """One scale for all bars, so that their lengths compare."""
    ends = [(row.figure("npv_p10", True), row.figure("npv_p90", True)) for row in rows]
    known = [(float(low), float(high)) for low, high in ends if low is not None]
    return (min(0.0, *(e[0] for e in known)), max(0.0, *(e[1] for e in known))) if known else None


def _columns_form(user: User, columns: list[Column], data: Any = None) -> ColumnsForm:
    initial = {"columns": [column.key for column in columns]}
    return ColumnsForm(data, allowed=columns_for(user), initial=initial)


def _view_form(user: User, views: BoardViews, data: Any = None) -> BoardViewForm:
    opened = views.opened if views.opened_is_own else None
    initial = {"name": opened.name, "is_shared": opened.is_shared, "view": opened.pk} if opened else {}
    own = BoardView.objects.filter(user=user).exclude(name="")
    return BoardViewForm(data, own=own, initial=initial, auto_id="view_%s")


def _board_with(query: str) -> HttpResponse:
    asked = kept_query(QueryDict(query))
    return redirect(reverse("roi:board") + (f"?{asked}" if asked else ""))


@require_http_methods(["GET", "HEAD", "POST"])
def board_columns(request: HttpRequest) -> HttpResponse:
    """Which columns this person sees from now on; then back to the board as it was."""
    user, sent = _user(request), request.POST
    columns = chosen_columns(user, board_views(user).columns)
    form = _columns_form(user, columns, sent if request.method == "POST" else None)
    if form.is_valid():
        operations.remember_columns(columns=form.cleaned_data["columns"], by=user, at=timezone.now())
        return _board_with(sent.get("query", ""))
    context = {"columns_form": form, "query": kept_query(QueryDict(sent.get("query", "")))}
    return render(request, "roi/board_columns.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def save_board_view(request: HttpRequest) -> HttpResponse:
    """Keep filters, order and columns under a name, or change an own view; then it is open."""
    user, sent = _user(request), request.POST
    views = board_views(user)
    form = _view_form(user, views, sent if request.method == "POST" else None)
    keys = sent.get("columns", "") or ",".join(c.key for c in chosen_columns(user, views.columns))
    query = kept_query(QueryDict(sent.get("query", "")))
    if form.is_valid() and (saved := _saved(request, form, query, keys.split(","))):
        messages.success(request, f"Saved as «{saved.name}».")
        return redirect(f"{reverse('roi:board')}?{saved.query}&view={saved.pk}".replace("?&", "?"))
    context = {"view_form": form, "query": query, "column_keys": keys, "views": views}
    return render(request, "roi/board_view.html", context, status=422 if form.is_bound else 200)


def _saved(request: HttpRequest, form: BoardViewForm, query: str, columns: list[str]) -> BoardView | None:
    said = dict(form.cleaned_data)
    if "as_new" in request.POST:
        said["view"] = None
    try:
        return operations.save_view(
            query=query, columns=columns, by=_user(request), at=timezone.now(), **said
        )
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return None


@require_POST
def delete_board_view(request: HttpRequest, pk: int) -> HttpResponse:
    """An own view goes, for everybody it was shared with too."""
    view = get_object_or_404(BoardView.objects.visible_to(request.user), pk=pk)
    operations.delete_view(view=view, by=_user(request), at=timezone.now())
    messages.success(request, f"The view «{view.name}» is deleted.")
    return redirect("roi:board")
