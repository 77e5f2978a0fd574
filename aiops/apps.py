from django.apps import AppConfig


class AiopsConfig(AppConfig):
    name = "aiops"
    default_auto_field = "django.db.models.BigAutoField"
