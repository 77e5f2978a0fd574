"""Addresses of telemetry and outcomes; workloads/urls.py includes them."""

from django.urls import path

from workloads.api import outcomes as outcome_api
from workloads.api import services as service_api
from workloads.api import telemetry as api
from workloads.views import (
    calls,
    ingest,
    outcome_items,
    outcomes,
    receivers,
    services,
    setup,
    telemetry,
)

urlpatterns = [
    path("v1/traces", ingest.traces, name="traces"),
    path("v1/logs", receivers.logs, name="logs"),
    path("v1/metrics", receivers.metrics, name="metrics"),
    path("api/public/otel/v1/traces", ingest.traces, name="langfuse_traces"),
    path("api/public/scores", receivers.scores, name="langfuse_scores"),
    path("api/public/ingestion", receivers.scores, name="langfuse_ingestion"),
    path("api/public/health", receivers.health, name="langfuse_health"),
    path("api/public/projects", receivers.projects, name="langfuse_projects"),
    path("services/", services.services, name="services"),
    path("services/keys/", services.environment_keys, name="environment_keys"),
    path("services/keys/<int:pk>/revoke/", services.revoke_environment_key, name="revoke_environment_key"),
    path("services/<int:pk>/", services.service, name="service"),
    path("workloads/<int:number>/mapping/", services.mapping, name="mapping"),
    path("workloads/<int:number>/keys/", telemetry.keys, name="keys"),
    path("workloads/<int:number>/keys/<int:pk>/revoke/", telemetry.revoke_key, name="revoke_key"),
    path("workloads/<int:number>/setup/", setup.setup, name="setup"),
    path("workloads/<int:number>/setup/arrived/", setup.arrived, name="setup_arrived"),
    path("workloads/<int:number>/live/", calls.live, name="live"),
    path("workloads/<int:number>/evaluations/", calls.evaluations, name="evaluations"),
    path("workloads/<int:number>/changes/", calls.changes, name="changes"),
    path("workloads/<int:number>/calls/", calls.calls, name="calls"),
    path("workloads/<int:number>/calls/<slug:reference>/", calls.call, name="call"),
    path("workloads/<int:number>/calls/<slug:reference>/content/", calls.content, name="call_content"),
    path("workloads/<int:number>/outcomes/", outcomes.outcomes, name="outcomes"),
    path("workloads/<int:number>/outcomes/items/", outcome_items.items, name="outcome_items"),
    path("workloads/<int:number>/outcomes/items.csv", outcome_items.items_csv, name="outcome_items_csv"),
    path("workloads/<int:number>/outcomes/strike/", outcome_items.strike, name="strike_outcomes"),
    path("workloads/<int:number>/self-report/", outcomes.monthly, name="self_report"),
    path("api/v1/outcomes", api.Outcomes.as_view(), name="api_outcomes"),
    path("api/v1/outcomes/", api.Outcomes.as_view(schema=None)),
    path(
        "api/v1/workloads/<int:number>/outcomes/strike/",
        outcome_api.StrikeOutcomes.as_view(),
        name="api_strike_outcomes",
    ),
    path(
        "api/v1/workloads/<int:number>/outcomes/<path:external_id>/",
        outcome_api.OneOutcome.as_view(),
        name="api_outcome",
    ),
    path("api/v1/services/", service_api.Services.as_view(), name="api_services"),
    path(
        "api/v1/services/<int:pk>/<str:verb>/", service_api.ClaimService.as_view(), name="api_claim_service"
    ),
    path("api/v1/workloads/<int:number>/calls/", service_api.Calls.as_view(), name="api_calls"),
    path("api/v1/workloads/<int:number>/changes/", service_api.Changes.as_view(), name="api_changes"),
    path(
        "api/v1/workloads/<int:number>/evaluations/", service_api.Evaluations.as_view(), name="api_evaluations"
    ),
    path("api/v1/workloads/<int:number>/usage/", api.Usage.as_view(), name="api_usage"),
]
