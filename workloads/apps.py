from django.apps import AppConfig


class WorkloadsConfig(AppConfig):
    name = "workloads"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """What is kept in company currency follows a change of it."""
        from aiops.operations import currency_changed
        from workloads.operations.currency import convert

        currency_changed.connect(convert, dispatch_uid="workloads.convert")
