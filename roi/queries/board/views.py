"""How somebody likes the board: the columns remembered, and the views saved or shared."""

from dataclasses import dataclass

from aiops.models import User
from roi.models import BoardView


@dataclass(frozen=True)
class BoardViews:
    """The columns remembered, own views and those that others share, and the one that is open."""

    remembered: list[str]
    own: list[BoardView]
    shared: list[BoardView]
    opened: BoardView | None

    @property
    def columns(self) -> list[str]:
        return self.opened.columns if self.opened else self.remembered

    @property
    def opened_is_own(self) -> bool:
        return self.opened is not None and self.opened in self.own


def board_views(user: User, opened: str = "") -> BoardViews:
    """All views this person sees, in one query; `opened` is the number of the one that was asked for."""
    rows = list(BoardView.objects.visible_to(user).select_related("user"))
    own = [view for view in rows if view.user_id == user.pk and view.name]
    shared = [view for view in rows if view.user_id != user.pk]
    remembered = next((view.columns for view in rows if view.user_id == user.pk and not view.name), [])
    found = next((view for view in own + shared if str(view.pk) == opened), None)
    return BoardViews(remembered, own, shared, found)
