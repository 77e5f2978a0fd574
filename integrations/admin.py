"""The admin reads; secrets and message texts are left out even there."""

from django.contrib import admin

from integrations.models import Connection, Delivery


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Looks, never touches."""

    def has_add_permission(self, *_: object) -> bool:
        return False

    def has_change_permission(self, *_: object) -> bool:
        return False

    def has_delete_permission(self, *_: object) -> bool:
        return False


@admin.register(Connection)
class ConnectionAdmin(ReadOnly):
    list_display = ["name", "kind", "enabled", "last_success_at", "last_failure_at"]
    exclude = ["secret", "url"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ["created_at", "connection", "direction", "kind", "state", "effect"]
    list_filter = ["direction", "state"]
    exclude = ["payload"]
