"""Datasets: uploaded as a whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db import models, transaction
from django.db.models import Max

from aiops import audit
from aiops.errors import DomainError
from aiops.models import User
from evals.calc.dataset_file import CaseRow, Problem, parse
from evals.models import Case, Dataset
from evals.operations.access import require_content, require_propose
from workloads.models import Workload

MAX_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True)
class UploadReport:
    """What became of a file: a dataset, or what is wrong with it by row (then nothing is stored)."""

    dataset: Dataset | None
    cases: int = 0
    problems: list[Problem] = field(default_factory=list)
    ignored: tuple[str, ...] = ()


def upload_dataset(
    *, workload: Workload, name: str, data: bytes, filename: str, by: User, at: datetime
) -> UploadReport:
    """Store a file as the next version of the dataset `name`, all cases or none.

    A wrong row is not an error of the caller's making but a report: the form and the API show it by row.
    """
    require_propose(by, workload)
    if not name.strip():
        raise DomainError("name_missing", "Give the dataset a name.", "name")
    if len(data) > MAX_BYTES:
        raise DomainError("file_too_large", "The file is larger than 20 MB: split it.", "file")
    parsed = parse(data, filename)
    if parsed.problems:
        return UploadReport(None, 0, parsed.problems, parsed.ignored)
    dataset = _store(workload, name.strip(), parsed.rows, by, at)
    return UploadReport(dataset, len(parsed.rows), [], parsed.ignored)


@transaction.atomic
def _store(workload: Workload, name: str, rows: list[CaseRow], by: User, at: datetime) -> Dataset:
    # The lock makes two uploads of one name into two versions instead of an IntegrityError.
    Workload.objects.select_for_update(of=("self",)).get(pk=workload.pk)
    last = Dataset.objects.filter(workload=workload, name=name).aggregate(v=Max("version"))["v"] or 0
    dataset = Dataset.objects.create(
        workload=workload, name=name, version=last + 1, created_by=by, created_at=at
    )
    Case.objects.bulk_create(
        [Case(dataset=dataset, key=r.key, input=r.input, expected=r.expected, output=r.output) for r in rows],
        batch_size=1000,
    )
    audit.record(by=by, at=at, action="dataset.uploaded", obj=dataset, changes={"cases": len(rows)})
    return dataset


def read_content(*, workload: Workload, what: models.Model, by: User, at: datetime) -> None:
    """Note in the audit log that somebody read cases and answers; refuses those who may not."""
    require_content(by, workload)
    audit.record(by=by, at=at, action="eval_content.read", obj=what, unit=workload.unit)
