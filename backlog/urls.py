"""Addresses of the backlog."""

from django.urls import path

from backlog import api
from backlog.views import candidates, evidence, filing, merging, sizing, talk, teams, tickets

app_name = "backlog"
urlpatterns = [
    path("candidates/", candidates.candidates, name="candidates"),
    path("candidates/new/", filing.file, name="file"),
    path("candidates/<int:number>/", candidates.candidate, name="candidate"),
    path("candidates/<int:number>/edit/", filing.edit, name="edit"),
    path("candidates/<int:number>/estimates/", sizing.estimates, name="estimates"),
    path("candidates/<int:number>/discount-rate/", sizing.discount_rate, name="discount_rate"),
    path("candidates/<int:number>/assign/", candidates.assign, name="assign"),
    path("candidates/<int:number>/submit/", filing.submit, name="submit"),
    path("candidates/<int:number>/withdraw/", filing.withdraw, name="withdraw"),
    path("candidates/<int:number>/send-to-review/", filing.send_to_review, name="send_to_review"),
    path("tickets/", tickets.ticket_logs, name="ticket_logs"),
    path("tickets/<int:pk>/", tickets.ticket_log, name="ticket_log"),
    path("tickets/<int:pk>/columns/", tickets.ticket_columns, name="ticket_columns"),
    path("tickets/<int:pk>/remove/", tickets.remove_tickets, name="remove_tickets"),
    path("tickets/groups/<int:pk>/", tickets.ticket_group, name="ticket_group"),
    path("tickets/groups/<int:pk>/file/", tickets.file_group, name="file_group"),
    path("api/v1/ticket-logs/", api.TicketLogs.as_view(), name="api_ticket_logs"),
    path("api/v1/ticket-logs/<int:pk>/", api.OneTicketLog.as_view(), name="api_ticket_log"),
    path("api/v1/ticket-logs/<int:pk>/columns/", api.TicketColumns.as_view(), name="api_ticket_columns"),
    path("api/v1/ticket-logs/<int:pk>/groups/", api.TicketGroups.as_view(), name="api_ticket_groups"),
    path("api/v1/ticket-groups/<int:pk>/file/", api.FileTicketGroup.as_view(), name="api_file_ticket_group"),
    path("candidates/<int:number>/comments/", talk.comments, name="comments"),
    path(
        "candidates/<int:number>/comments/<int:pk>/edit/",
        talk.change_comment,
        {"verb": "edit"},
        name="edit_comment",
    ),
    path(
        "candidates/<int:number>/comments/<int:pk>/remove/",
        talk.change_comment,
        {"verb": "remove"},
        name="remove_comment",
    ),
    path("candidates/<int:number>/people/", talk.people_options, name="people_options"),
    path("candidates/<int:number>/people/<str:verb>/", talk.stand, name="stand"),
    path("candidates/<int:number>/questions/", talk.questions, name="questions"),
    path(
        "candidates/<int:number>/questions/<int:pk>/answer/",
        talk.change_question,
        {"verb": "answer"},
        name="answer_question",
    ),
    path(
        "candidates/<int:number>/questions/<int:pk>/withdraw/",
        talk.change_question,
        {"verb": "withdraw"},
        name="withdraw_question",
    ),
    path("candidates/<int:number>/activity/", talk.activity, name="activity"),
    path("candidates/<int:number>/evidence/", evidence.evidence, name="evidence"),
    path("candidates/<int:number>/evidence/<int:pk>/", evidence.file, name="evidence_file"),
    path("candidates/<int:number>/evidence/<int:pk>/remove/", evidence.remove, name="remove_evidence"),
    path("candidates/<int:number>/merge/", merging.merge, name="merge"),
    path("candidates/<int:number>/unmerge/", merging.unmerge, name="unmerge"),
    path("teams/", teams.teams, name="teams"),
    path("teams/<int:pk>/", teams.team, name="team"),
    path("teams/<int:pk>/remove/", teams.remove, name="remove_team"),
    path("api/v1/candidates/", api.Candidates.as_view(), name="api_candidates"),
    path("api/v1/candidates/<int:number>/", api.OneCandidate.as_view(), name="api_candidate"),
    path(
        "api/v1/candidates/<int:number>/submit/", api.MoveCandidate.as_view(verb="submit"), name="api_submit"
    ),
    path(
        "api/v1/candidates/<int:number>/withdraw/",
        api.MoveCandidate.as_view(verb="withdraw"),
        name="api_withdraw",
    ),
    path(
        "api/v1/candidates/<int:number>/send-to-review/",
        api.MoveCandidate.as_view(verb="send_to_review"),
        name="api_send_to_review",
    ),
    path("api/v1/candidates/<int:number>/estimates/", api.Estimates.as_view(), name="api_estimates"),
    path("api/v1/candidates/<int:number>/sizing/", api.Sizing.as_view(), name="api_sizing"),
]
