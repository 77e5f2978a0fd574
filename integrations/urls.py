"""Addresses of connections and their messages."""

from django.urls import path

from integrations import api
from integrations.views import connections, mail

app_name = "integrations"
urlpatterns = [
    path("connections/", connections.connections, name="connections"),
    path("connections/new/<slug:kind>/", connections.new_connection, name="new_connection"),
    path("connections/<int:pk>/", connections.connection, name="connection"),
    path("connections/<int:pk>/edit/", connections.edit_connection, name="edit_connection"),
    path("connections/<int:pk>/test/", connections.test_connection, name="test_connection"),
    path("connections/<int:pk>/switch/", connections.switch_connection, name="switch_connection"),
    path("connections/<int:pk>/secret/", connections.rotate_secret, name="rotate_secret"),
    path("connections/<int:pk>/remove/", connections.remove_connection, name="remove_connection"),
    path("deliveries/", connections.deliveries, name="deliveries"),
    path("deliveries/<int:pk>/", connections.delivery, name="delivery"),
    path("deliveries/<int:pk>/replay/", connections.replay, name="replay"),
    path("mail/", mail.preferences, name="mail"),
    path("mail/stop/<str:token>/", mail.stop, name="stop_mail"),
    path("api/v1/connections/", api.Connections.as_view(), name="api_connections"),
    path("api/v1/connections/<int:pk>/test/", api.TestConnection.as_view(), name="api_test_connection"),
    path("api/v1/deliveries/", api.Deliveries.as_view(), name="api_deliveries"),
    path("api/v1/deliveries/<int:pk>/replay/", api.ReplayDelivery.as_view(), name="api_replay"),
]
