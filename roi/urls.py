"""Addresses of scores, the board, decisions, value and the homes."""

from django.urls import path

from roi import api
from roi.views import board, claims, decisions, home, scores, value

app_name = "roi"
urlpatterns = [
    path("", home.home, name="home"),
    path("use-it-for-real/", home.use_for_real, name="use_for_real"),
    path("board/", board.board, name="board"),
    path("scores/preview/", scores.preview, name="preview"),
    path("candidates/<int:number>/score/", scores.candidate_score, name="candidate_score"),
    path("candidates/<int:number>/decision/", decisions.candidate_decision, name="candidate_decision"),
    path("candidates/<int:number>/decide/", decisions.decide, name="decide"),
    path("value/", value.value, name="value"),
    path("workloads/<int:number>/value/", value.workload_value, name="workload_value"),
    path("workloads/<int:number>/claims/new/", claims.new_claim, name="new_claim"),
    path("claims/", claims.claims, name="claims"),
    path("claims/<int:pk>/", claims.claim, name="claim"),
    path("api/v1/board/", api.Board.as_view(), name="api_board"),
    path("api/v1/assessments/preview", api.Preview.as_view(), name="api_preview"),
    path("api/v1/candidates/<int:number>/assess/", api.Assess.as_view(), name="api_assess"),
    path("api/v1/candidates/<int:number>/decisions/", api.Decisions.as_view(), name="api_decisions"),
    path("api/v1/decisions/", api.AllDecisions.as_view(), name="api_all_decisions"),
    path("api/v1/claims/", api.Claims.as_view(), name="api_claims"),
    path("api/v1/claims/<int:pk>/<str:answer>/", api.AnswerClaim.as_view(), name="api_answer_claim"),
    path("api/v1/value/", api.Value.as_view(), name="api_value"),
]
