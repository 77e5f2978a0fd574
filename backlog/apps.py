from django.apps import AppConfig


class BacklogConfig(AppConfig):
    name = "backlog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Estimates of money follow a change of the company's currency."""
        from aiops.operations import currency_changed
        from backlog.operations.currency import convert

        currency_changed.connect(convert, dispatch_uid="backlog.convert")
