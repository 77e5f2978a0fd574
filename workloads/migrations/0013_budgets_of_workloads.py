"""Monthly budgets that workloads have already become budgets that are watched."""

from typing import Any

from django.db import migrations
from django.utils import timezone


def forwards(apps: Any, schema_editor: Any) -> None:
    workload_model, budget_model = (apps.get_model("workloads", name) for name in ("Workload", "Budget"))
    now = timezone.now()
    rows = workload_model.objects.exclude(monthly_budget=None).exclude(stage="retired")
    budget_model.objects.bulk_create(
        budget_model(
            workload=workload,
            amount=workload.monthly_budget,
            valid_from=now.date().replace(day=1),
            by_id=workload.business_owner_id,
            at=now,
        )
        for workload in rows
    )


class Migration(migrations.Migration):
    dependencies = [("workloads", "0012_repricing")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
