"""Addresses of the backlog."""

from django.urls import path

from backlog import api
from backlog.views import candidates, filing, sizing, teams

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
