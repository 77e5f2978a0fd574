"""Addresses of reliability, the register and adoption; workloads/urls.py includes them."""

from django.urls import path

from workloads.api import register as register_api
from workloads.api import reliability as api
from workloads.views import adoption, register, reliability

urlpatterns = [
    path("workloads/<int:number>/reliability/", reliability.reliability, name="reliability"),
    path("workloads/<int:number>/register/", register.components, name="components"),
    path("workloads/<int:number>/adoption/", adoption.adoption, name="adoption"),
    path("workloads/<int:number>/adoption/adoption.csv", adoption.adoption_csv, name="adoption_csv"),
    path("api/v1/workloads/<int:number>/objectives/", api.Objectives.as_view(), name="api_objectives"),
    path(
        "api/v1/workloads/<int:number>/objectives/<str:kind>/",
        api.OneObjective.as_view(),
        name="api_objective",
    ),
    path("api/v1/workloads/<int:number>/register/", register_api.Register.as_view(), name="api_register"),
    path(
        "api/v1/workloads/<int:number>/adoption/",
        register_api.WorkloadAdoption.as_view(),
        name="api_adoption",
    ),
]
