"""Addresses of a workload's cost, prices and budgets; workloads/urls.py includes them."""

from django.urls import path

from workloads.api import cost as api
from workloads.views import budgets, cost, prices

urlpatterns = [
    path("workloads/<int:number>/cost/", cost.cost, name="workload_cost"),
    path("workloads/<int:number>/cost/fixed/", prices.fixed_costs, name="fixed_costs"),
    path("workloads/<int:number>/cost/fixed/<int:pk>/end/", prices.end_fixed_cost, name="end_fixed_cost"),
    path("cost/prices/", prices.prices, name="prices"),
    path("cost/prices/<int:pk>/", prices.price, name="price"),
    path("cost/prices/again/", prices.repricings, name="repricings"),
    path("cost/prices/again/<int:pk>/", prices.repricing, name="repricing"),
    path("cost/budgets/", budgets.budgets, name="budgets"),
    path("cost/budgets/<int:pk>/", budgets.budget, name="budget"),
    path("api/v1/workloads/<int:number>/cost/", api.CostByDay.as_view(), name="api_cost"),
    path("api/v1/prices/", api.Prices.as_view(), name="api_prices"),
    path("api/v1/prices/<int:pk>/", api.OnePrice.as_view(), name="api_price"),
    path("api/v1/budgets/", api.Budgets.as_view(), name="api_budgets"),
    path("api/v1/budgets/<int:pk>/", api.OneBudget.as_view(), name="api_budget"),
]
