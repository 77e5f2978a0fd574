"""URLs."""

from django.urls import path

from evals import api
from evals.views import datasets, drift, quality, runs, suites

app_name = "evals"
urlpatterns = [
    path("workloads/<int:number>/quality/", quality.workload_quality, name="workload_quality"),
    path("workloads/<int:number>/datasets/new/", datasets.new, name="dataset_new"),
    path("workloads/<int:number>/suites/new/", suites.new, name="suite_new"),
    path("workloads/<int:number>/drift/", drift.workload_drift, name="drift"),
    path("workloads/<int:number>/drift/run/", drift.run_now, name="drift_run"),
    path("workloads/<int:number>/drift/approve/", drift.approve, name="drift_approve"),
    path("datasets/template.<str:kind>", datasets.template, name="dataset_template"),
    path("datasets/<int:pk>/", datasets.show, name="dataset"),
    path("datasets/<int:pk>/cases.csv", datasets.download, name="dataset_csv"),
    path("suites/<int:pk>/", suites.show, name="suite"),
    path("suites/<int:pk>/run/", suites.run_now, name="suite_run"),
    path("suites/<int:pk>/approve/", suites.approve, name="suite_approve"),
    path("suites/<int:pk>/revise/", suites.revise, name="suite_revise"),
    path("eval-runs/<int:pk>/", runs.show, name="run"),
    path("eval-runs/<int:pk>/results.csv", runs.download, name="run_csv"),
    path("api/v1/workloads/<int:number>/datasets/", api.Datasets.as_view(), name="api_datasets"),
    path("api/v1/workloads/<int:number>/suites/", api.Suites.as_view(), name="api_suites"),
    path("api/v1/suites/<int:pk>/approve/", api.ApproveSuite.as_view(), name="api_suite_approve"),
    path("api/v1/suites/<int:pk>/runs/", api.SuiteRuns.as_view(), name="api_suite_runs"),
    path("api/v1/eval-runs/", api.Runs.as_view(), name="api_runs"),
    path("api/v1/eval-runs/<int:pk>/", api.RunDetail.as_view(), name="api_run"),
    path("api/v1/eval-runs/<int:pk>/results/", api.Results.as_view(), name="api_results"),
]
