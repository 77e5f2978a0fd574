"""The root of all URLs. Apps are included by string: the kernel imports none of them."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from aiops.api import readable_schema

urlpatterns = [
    path("", include("aiops.urls_health")),
    # Telemetry comes a hundred times a second: what stands before it is tried before it.
    path("", include("workloads.urls")),
    path("", include("roi.urls")),
    path("", include("aiops.urls_people")),
    path("", include("backlog.urls")),
    path("", include("evals.urls")),
    path("", include("integrations.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("api/schema/", readable_schema(SpectacularAPIView.as_view()), name="schema"),
    path("api/", readable_schema(SpectacularSwaggerSplitView.as_view(url_name="schema")), name="api"),
    path("admin/", admin.site.urls),
]
