"""Addresses of the portfolio's cost, bills, reconciliation and showback; workloads/urls.py includes them."""

from django.urls import path

from workloads.api import bills as api
from workloads.views import bill_settling, bills, showback

urlpatterns = [
    path("cost/", showback.cost, name="cost"),
    path("cost/showback/", showback.showback_page, name="showback"),
    path("cost/bills/", bills.bills, name="bills"),
    path("cost/bills/<int:pk>/", bills.bill, name="bill"),
    path("cost/owners/", bill_settling.owners, name="bill_owners"),
    path("cost/reconciliation/", bill_settling.reconciliation, name="reconciliation"),
    path("api/v1/bills/", api.Bills.as_view(), name="api_bills"),
    path("api/v1/bills/<int:pk>/", api.OneBill.as_view(), name="api_bill"),
    path("api/v1/bills/<int:pk>/lines/", api.BillLines.as_view(), name="api_bill_lines"),
    path("api/v1/showback/", api.ShowbackRows.as_view(), name="api_showback"),
]
