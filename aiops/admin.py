"""What the admin of every app is made of: it reads, because every write is an operation."""

from django.contrib import admin


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Looks, never touches."""

    def has_add_permission(self, *_: object) -> bool:
        return False

    def has_change_permission(self, *_: object) -> bool:
        return False

    def has_delete_permission(self, *_: object) -> bool:
        return False
