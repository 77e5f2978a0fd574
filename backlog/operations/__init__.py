"""Every write of candidates, as verbs: draft, submit, edit, withdraw, size, send to review, follow a decision."""

from backlog.operations.estimates import set_estimates
from backlog.operations.evidence import add_file, add_link, add_note, remove_evidence
from backlog.operations.feasibility import set_feasibility
from backlog.operations.filing import edit, require_edit, resubmit, save_draft, submit, withdraw
from backlog.operations.forms_of_class import FormRefused, save_form_version
from backlog.operations.giving import give_candidate
from backlog.operations.importing import import_candidates, remember_columns, sync_candidate
from backlog.operations.joining import differ, join_candidate
from backlog.operations.mailbox import file_from_mail, read_candidate_mail
from backlog.operations.merging import merge, unmerge
from backlog.operations.moves import (
    assign_assessor,
    mark_building,
    mark_decided,
    mark_live,
    mark_retired,
    send_to_review,
)
from backlog.operations.pasting import read_pasted
from backlog.operations.policy import set_policy, set_review_date
from backlog.operations.questions import answer_question, ask, withdraw_question
from backlog.operations.receipt import receipt_sentence
from backlog.operations.relations import Link, set_relations
from backlog.operations.reviewing import return_to_review, take_back_decision
from backlog.operations.sizing import (
    Pair,
    set_correlations,
    set_efforts,
    set_frame,
    set_team,
    size,
)
from backlog.operations.talk import comment, edit_comment, remove_comment
from backlog.operations.teams import add_team, change_team, remove_team
from backlog.operations.ticket_reading import (
    read_tickets,
    tend_tickets,
)
from backlog.operations.tickets import (
    confirm_mapping,
    file_from_group,
    may_upload,
    remove_tickets,
    start_tickets,
)
from backlog.operations.triage import name_waiting, park, put_back, standing
from backlog.operations.votes import follow, unfollow, unvote, vote

__all__ = [
    "FormRefused",
    "Link",
    "Pair",
    "add_file",
    "add_link",
    "add_note",
    "add_team",
    "answer_question",
    "ask",
    "assign_assessor",
    "change_team",
    "comment",
    "confirm_mapping",
    "differ",
    "edit",
    "edit_comment",
    "file_from_group",
    "file_from_mail",
    "follow",
    "give_candidate",
    "import_candidates",
    "join_candidate",
    "mark_building",
    "mark_decided",
    "mark_live",
    "mark_retired",
    "may_upload",
    "merge",
    "name_waiting",
    "park",
    "put_back",
    "read_candidate_mail",
    "read_pasted",
    "read_tickets",
    "receipt_sentence",
    "remember_columns",
    "remove_comment",
    "remove_evidence",
    "remove_team",
    "remove_tickets",
    "require_edit",
    "resubmit",
    "return_to_review",
    "save_draft",
    "save_form_version",
    "send_to_review",
    "set_correlations",
    "set_efforts",
    "set_estimates",
    "set_feasibility",
    "set_frame",
    "set_policy",
    "set_relations",
    "set_review_date",
    "set_team",
    "size",
    "standing",
    "start_tickets",
    "submit",
    "sync_candidate",
    "take_back_decision",
    "tend_tickets",
    "unfollow",
    "unmerge",
    "unvote",
    "vote",
    "withdraw",
    "withdraw_question",
]
