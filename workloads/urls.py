"""Addresses of workloads, checks, incidents and alerts; telemetry brings its own."""

from django.urls import path

from workloads.api import inventory as api
from workloads.urls_bills import urlpatterns as bill_patterns
from workloads.urls_cost import urlpatterns as cost_patterns
from workloads.urls_reliability import urlpatterns as reliability_patterns
from workloads.urls_telemetry import urlpatterns as telemetry_patterns
from workloads.views import checks, hooks, incidents, inventory, people

app_name = "workloads"
urlpatterns = [
    path("workloads/", inventory.workloads, name="workloads"),
    path("workloads/<int:number>/", inventory.workload, name="workload"),
    path("workloads/<int:number>/people/", people.people, name="people"),
    path("workloads/<int:number>/checks/", checks.checks, name="checks"),
    path("workloads/<int:number>/checks/<int:pk>/run/", checks.run_check, name="run_check"),
    path("candidates/<int:number>/workload/", inventory.candidate_workload, name="candidate_workload"),
    path("incidents/", incidents.incidents, name="incidents"),
    path("incidents/<int:number>/", incidents.incident, name="incident"),
    path("hooks/alertmanager/<int:pk>/", hooks.alertmanager, name="alertmanager"),
    path("api/v1/workloads/", api.Workloads.as_view(), name="api_workloads"),
    path("api/v1/workloads/<int:number>/", api.OneWorkload.as_view(), name="api_workload"),
    path("api/v1/workloads/<int:number>/checks/<int:pk>/run/", api.RunCheck.as_view(), name="api_run_check"),
    path("api/v1/incidents/", api.Incidents.as_view(), name="api_incidents"),
    path(
        "api/v1/incidents/<int:number>/<str:answer>/",
        api.AnswerIncident.as_view(),
        name="api_answer_incident",
    ),
    *telemetry_patterns,
    *reliability_patterns,
    *bill_patterns,
    *cost_patterns,
]
