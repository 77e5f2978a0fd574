"""The admin reads evals; it changes nothing, because every write is an operation."""

from __future__ import annotations

from django.contrib import admin

from aiops.admin import ReadOnly
from evals.models import Dataset, Reference, Run, Suite


@admin.register(Dataset)
class DatasetAdmin(ReadOnly):
    list_display = ["workload", "name", "version", "created_by", "created_at"]


@admin.register(Suite)
class SuiteAdmin(ReadOnly):
    list_display = ["workload", "name", "grader", "target", "state", "created_by", "approved_by"]
    list_filter = ["state", "grader"]


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = ["suite", "created_at", "finished_at", "passed", "total", "errors"]


@admin.register(Reference)
class ReferenceAdmin(ReadOnly):
    list_display = ["workload", "start", "end", "n", "state", "replaced_at"]
