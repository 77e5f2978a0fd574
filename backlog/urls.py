"""URLs."""

from django.urls import URLPattern

app_name = "backlog"
urlpatterns: list[URLPattern] = []
