"""The admin reads; writing goes through the pages, where operations keep the rules."""

from django.contrib import admin

from aiops.admin import ReadOnly
from workloads import models

for model in (models.Workload, models.Change, models.Check, models.CheckRun, models.Finding, models.Incident):
    admin.site.register(model, ReadOnly)
