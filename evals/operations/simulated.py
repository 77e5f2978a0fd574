"""Remove what the simulator made, when a company starts to use Payback for real."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from aiops import audit
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission, require
from evals.models import Dataset, Reference, Result, Run, Suite
from workloads.models import Workload


@transaction.atomic
def forget_workload(*, workload: Workload, by: User, at: datetime) -> None:
    """Delete suites, runs, datasets and references of a simulated workload; a real one is refused."""
    require(by, Permission.ADMIN_PEOPLE)
    if not workload.simulated:
        raise DomainError("not_simulated", f"{workload.name} is real: its history stays.")
    Result.objects.filter(run__suite__workload=workload).delete()
    Run.objects.filter(suite__workload=workload).delete()
    Suite.objects.filter(workload=workload).delete()
    Reference.objects.filter(workload=workload).delete()
    Dataset.objects.filter(workload=workload).delete()
    audit.record(by=by, at=at, action="evals.forgotten", obj=workload)
