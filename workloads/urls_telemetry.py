"""Addresses of telemetry and outcomes; workloads/urls.py includes them."""

from django.urls import path

from workloads.api import telemetry as api
from workloads.views import ingest, outcomes, telemetry

urlpatterns = [
    path("v1/traces", ingest.traces, name="traces"),
    path("workloads/<int:number>/keys/", telemetry.keys, name="keys"),
    path("workloads/<int:number>/keys/<int:pk>/revoke/", telemetry.revoke_key, name="revoke_key"),
    path("workloads/<int:number>/calls/", telemetry.calls, name="calls"),
    path("workloads/<int:number>/calls/<slug:reference>/", telemetry.call, name="call"),
    path("workloads/<int:number>/outcomes/", outcomes.outcomes, name="outcomes"),
    path("workloads/<int:number>/self-report/", outcomes.monthly, name="self_report"),
    path("api/v1/outcomes", api.Outcomes.as_view(), name="api_outcomes"),
    path("api/v1/outcomes/", api.Outcomes.as_view(schema=None)),
    path("api/v1/workloads/<int:number>/usage/", api.Usage.as_view(), name="api_usage"),
]
