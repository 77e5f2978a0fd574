"""Every write of candidates, as verbs: draft, submit, edit, withdraw, size, send to review, follow a decision."""

from backlog.operations.estimates import set_estimates
from backlog.operations.filing import edit, require_edit, save_draft, submit, withdraw
from backlog.operations.moves import (
    assign_assessor,
    mark_building,
    mark_decided,
    mark_live,
    mark_retired,
    send_to_review,
)
from backlog.operations.relations import Link, set_relations
from backlog.operations.sizing import (
    Pair,
    set_correlations,
    set_efforts,
    set_frame,
    set_team,
    size,
)
from backlog.operations.teams import add_team, change_team, remove_team

__all__ = [
    "Link",
    "Pair",
    "add_team",
    "assign_assessor",
    "change_team",
    "edit",
    "mark_building",
    "mark_decided",
    "mark_live",
    "mark_retired",
    "remove_team",
    "require_edit",
    "save_draft",
    "send_to_review",
    "set_correlations",
    "set_efforts",
    "set_estimates",
    "set_frame",
    "set_relations",
    "set_team",
    "size",
    "submit",
    "withdraw",
]
