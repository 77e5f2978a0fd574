"""URLs."""

from django.urls import URLPattern

app_name = "roi"
urlpatterns: list[URLPattern] = []
