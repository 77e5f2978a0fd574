"""How a person likes the board: columns remembered, views saved, renamed, shared and deleted."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit
from aiops.errors import DomainError
from aiops.models import User
from roi.models import BoardView
from roi.queries.board import columns_for

LONGEST_NAME, LONGEST_QUERY = 60, 600


def remember_columns(*, columns: Sequence[str], by: User, at: datetime) -> BoardView:
    """These columns from now on; none of them forgets the choice, so that the usual ones come back."""
    kept = _known(by, columns) if columns else []
    view, _ = BoardView.objects.update_or_create(user=by, name="", defaults={"columns": kept, "saved_at": at})
    return view


def save_view(
    *,
    name: str,
    query: str,
    columns: Sequence[str],
    is_shared: bool = False,
    view: BoardView | None = None,
    by: User,
    at: datetime,
) -> BoardView:
    """Keep filters, order and columns under a name; with `view` that one is changed, renamed too where it differs."""
    if view is not None and view.user_id != by.pk:
        raise PermissionDenied("Only who saved a view changes it.")
    name = " ".join(name.split())
    with transaction.atomic():
        # One lock per person, so that two clicks do not take one name twice.
        User.objects.select_for_update().get(pk=by.pk)
        _require_name(by, name, view)
        if len(query) > LONGEST_QUERY:
            raise DomainError("query", "These filters are too long to be saved: take some away.", "name")
        was_shared = view is not None and view.is_shared
        view = view or BoardView(user=by)
        view.name, view.query, view.is_shared, view.saved_at = name, query, is_shared, at
        view.columns = _known(by, columns)
        view.save()
        if is_shared or was_shared:
            action = "board_view.shared" if is_shared else "board_view.unshared"
            audit.record(by=by, at=at, action=action, obj=view, changes={"query": query, "columns": columns})
    return view


def _require_name(by: User, name: str, view: BoardView | None) -> None:
    if not name:
        raise DomainError("name", "Give the view a name.", "name")
    if len(name) > LONGEST_NAME:
        raise DomainError("name", f"A name has at most {LONGEST_NAME} characters.", "name")
    same = BoardView.objects.filter(user=by, name__iexact=name).first()
    if same is not None and same != view:
        raise DomainError("name_taken", f"You have a view «{name}» already: open it to change it.", "name")


def _known(by: User, columns: Sequence[str]) -> list[str]:
    """The keys in the order of the table; one that is not there, or is money for others, is named."""
    allowed = [column.key for column in columns_for(by)]
    for key in columns:
        if key not in allowed:
            raise DomainError("columns", f"There is no column «{key}».", "columns")
    if not columns:
        raise DomainError("columns", "Choose at least one column.", "columns")
    return [key for key in allowed if key in columns]


def delete_view(*, view: BoardView, by: User, at: datetime) -> None:
    """Gone for everybody; only who saved it may."""
    if view.user_id != by.pk or not view.name:
        raise PermissionDenied("Only who saved a view deletes it.")
    with transaction.atomic():
        if view.is_shared:
            audit.record(by=by, at=at, action="board_view.deleted", obj=view)
        view.delete()
