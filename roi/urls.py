"""Addresses of scores, the board, decisions, value and the homes."""

from django.urls import path

from roi import api
from roi.views import board, board_files, claims, comparison, decisions, home, measuring, plans, scores, value

app_name = "roi"
urlpatterns = [
    path("", home.home, name="home"),
    path("use-it-for-real/", home.use_for_real, name="use_for_real"),
    path("board/", board.board, name="board"),
    path("board/columns/", board.board_columns, name="board_columns"),
    path("board/views/", board.save_board_view, name="save_board_view"),
    path("board/views/<int:pk>/delete/", board.delete_board_view, name="delete_board_view"),
    path("board/import/", board_files.board_import, name="board_import"),
    path("scores/preview/", scores.preview, name="preview"),
    path("scores/preview/details/", scores.preview_details, name="preview_details"),
    path("candidates/<int:number>/score/", scores.candidate_score, name="candidate_score"),
    path("candidates/<int:number>/score/details/", scores.candidate_details, name="candidate_details"),
    path("candidates/<int:number>/compare/", comparison.comparison, name="compare"),
    path("measure-next/", measuring.measure_next, name="measure_next"),
    path("candidates/<int:number>/decision/", decisions.candidate_decision, name="candidate_decision"),
    path("candidates/<int:number>/decide/", decisions.decide, name="decide"),
    path("candidates/<int:number>/plan/", plans.candidate_plan, name="candidate_plan"),
    path("portfolio/", plans.plans, name="plans"),
    path("portfolio/new/", plans.new_plan, name="new_plan"),
    path("portfolio/compare/", plans.compare, name="compare_plans"),
    path("portfolio/<int:pk>/", plans.plan, name="plan"),
    path("portfolio/<int:pk>/edit/", plans.edit_plan, name="edit_plan"),
    path("portfolio/<int:pk>/<slug:verb>/", plans.act, name="act_on_plan"),
    path("value/", value.value, name="value"),
    path("workloads/<int:number>/value/", value.workload_value, name="workload_value"),
    path("workloads/<int:number>/claims/new/", claims.new_claim, name="new_claim"),
    path("claims/", claims.claims, name="claims"),
    path("claims/<int:pk>/", claims.claim, name="claim"),
    path("api/v1/board/", api.Board.as_view(), name="api_board"),
    path("api/v1/assessments/preview", api.Preview.as_view(), name="api_preview"),
    path("api/v1/assessments/compare", api.Compare.as_view(), name="api_compare"),
    path("api/v1/assessments/<int:pk>/", api.OneAssessment.as_view(), name="api_assessment"),
    path("api/v1/candidates/<int:number>/assessments/", api.Assessments.as_view(), name="api_assessments"),
    path("api/v1/candidates/<int:number>/assess/", api.Assess.as_view(), name="api_assess"),
    path("api/v1/candidates/<int:number>/decisions/", api.Decisions.as_view(), name="api_decisions"),
    path("api/v1/decisions/", api.AllDecisions.as_view(), name="api_all_decisions"),
    path("api/v1/claims/", api.Claims.as_view(), name="api_claims"),
    path("api/v1/claims/<int:pk>/<str:answer>/", api.AnswerClaim.as_view(), name="api_answer_claim"),
    path("api/v1/plans/", api.Plans.as_view(), name="api_plans"),
    path("api/v1/plans/<int:pk>/", api.OnePlan.as_view(), name="api_plan"),
    path("api/v1/plans/<int:pk>/copy/", api.CopyPlan.as_view(), name="api_copy_plan"),
    path("api/v1/value/", api.Value.as_view(), name="api_value"),
]
