"""Addresses of connections and their messages."""

from django.urls import path

from integrations import api, views

app_name = "integrations"
urlpatterns = [
    path("connections/", views.connections, name="connections"),
    path("connections/new/<slug:kind>/", views.new_connection, name="new_connection"),
    path("connections/<int:pk>/", views.connection, name="connection"),
    path("connections/<int:pk>/edit/", views.edit_connection, name="edit_connection"),
    path("connections/<int:pk>/test/", views.test_connection, name="test_connection"),
    path("connections/<int:pk>/switch/", views.switch_connection, name="switch_connection"),
    path("connections/<int:pk>/secret/", views.rotate_secret, name="rotate_secret"),
    path("connections/<int:pk>/remove/", views.remove_connection, name="remove_connection"),
    path("deliveries/", views.deliveries, name="deliveries"),
    path("deliveries/<int:pk>/", views.delivery, name="delivery"),
    path("deliveries/<int:pk>/replay/", views.replay, name="replay"),
    path("api/v1/connections/", api.Connections.as_view(), name="api_connections"),
    path("api/v1/connections/<int:pk>/test/", api.TestConnection.as_view(), name="api_test_connection"),
    path("api/v1/deliveries/", api.Deliveries.as_view(), name="api_deliveries"),
    path("api/v1/deliveries/<int:pk>/replay/", api.ReplayDelivery.as_view(), name="api_replay"),
]
