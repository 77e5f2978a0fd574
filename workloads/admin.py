"""The admin reads; writing goes through the pages, where operations keep the rules."""

from django.contrib import admin

from workloads import models


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Looks, never touches."""

    def has_add_permission(self, *_: object) -> bool:
        return False

    def has_change_permission(self, *_: object) -> bool:
        return False

    def has_delete_permission(self, *_: object) -> bool:
        return False


for model in (models.Workload, models.Change, models.Check, models.CheckRun, models.Finding, models.Incident):
    admin.site.register(model, ReadOnly)
