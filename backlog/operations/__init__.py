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

__all__ = [
    "assign_assessor",
    "edit",
    "mark_building",
    "mark_decided",
    "mark_live",
    "mark_retired",
    "require_edit",
    "save_draft",
    "send_to_review",
    "set_estimates",
    "submit",
    "withdraw",
]
