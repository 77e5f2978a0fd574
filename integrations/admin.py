"""The admin reads; secrets and message texts are left out even there."""

from django.contrib import admin

from aiops.admin import ReadOnly
from integrations.models import Connection, Delivery


@admin.register(Connection)
class ConnectionAdmin(ReadOnly):
    list_display = ["name", "kind", "enabled", "last_success_at", "last_failure_at"]
    exclude = ["secret", "url"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ["created_at", "connection", "direction", "kind", "state", "effect"]
    list_filter = ["direction", "state"]
    exclude = ["payload"]
