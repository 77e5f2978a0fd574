"""Addresses of people, units, finance, tokens, the audit log, set-up and the demo's door."""

from django.urls import path

from aiops.views import api, audit, finance, people, setup, tokens, units

app_name = "aiops"
urlpatterns = [
    path("people/", people.people, name="people"),
    path("people/new/", people.new_person, name="new_person"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/edit/", people.edit_person, name="edit_person"),
    path("people/<int:pk>/grants/", people.grant, name="grant"),
    path("people/<int:pk>/deactivate/", people.deactivate, name="deactivate"),
    path("people/<int:pk>/reactivate/", people.reactivate, name="reactivate"),
    path("people/<int:pk>/invite/", people.invite, name="invite"),
    path("grants/<int:pk>/confirm/", people.confirm_grant, name="confirm_grant"),
    path("grants/<int:pk>/revoke/", people.revoke_grant, name="revoke_grant"),
    path("units/", units.units, name="units"),
    path("units/<int:pk>/", units.unit, name="unit"),
    path("finance/", finance.finance, name="finance"),
    path("finance/currency/", finance.change_currency, name="change_currency"),
    path("finance/rates/", finance.add_rate, name="add_rate"),
    path("finance/rates/<int:pk>/end/", finance.end_rate, name="end_rate"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", tokens.revoke, name="revoke_token"),
    path("audit/", audit.audit, name="audit"),
    path("audit.csv", audit.audit_csv, name="audit_csv"),
    path("setup/", setup.set_up, name="setup"),
    path("demo/sign-in/", setup.demo_sign_in, name="demo_sign_in"),
    path("api/v1/me", api.Me.as_view(), name="api_me"),
    path("api/v1/users", api.Users.as_view(), name="api_users"),
    path("api/v1/currency", api.Currency.as_view(), name="api_currency"),
    path("api/v1/units", api.Units.as_view(), name="api_units"),
    path("api/v1/audit", api.Audit.as_view(), name="api_audit"),
]
