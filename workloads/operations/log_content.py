"""Prompts and answers that come as log events are kept beside the calls, as far as the workload's policy says."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from workloads.calc.dialects import Text
from workloads.models.arrivals import LogContent
from workloads.models.inventory import Workload
from workloads.models.keys import IngestKey
from workloads.models.services import Service
from workloads.operations.call_store import LONGEST_CONTENT, kept_content


def keep_texts(*, key: IngestKey, texts: Sequence[Text], at: datetime) -> int:
    """How many texts were kept. The same text sent again is the same; those of unclaimed services are dropped."""
    if key.workload is not None:
        return _keep(key.workload, texts, at)
    named = {text.service for text in texts}
    claimed = Service.objects.filter(name__in=named).exclude(workload=None).select_related("workload")
    workloads = {(row.name, row.environment): row.workload for row in claimed}
    kept = 0
    for (name, environment), workload in sorted(workloads.items()):
        mine = [t for t in texts if (t.service, key.environment or t.environment) == (name, environment)]
        kept += _keep(workload, mine, at) if workload is not None else 0
    return kept


def _keep(workload: Workload, texts: Sequence[Text], at: datetime) -> int:
    if workload.stage == "retired":
        return 0
    rows = [_row(workload, text, at) for text in kept_content(workload, cast(Any, texts))]
    LogContent.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _row(workload: Workload, text: Any, at: datetime) -> LogContent:
    asked, answered = _clean(text.content_in), _clean(text.content_out)
    digest = hashlib.sha256(f"{asked}\x00{answered}".encode()).hexdigest()
    said = {"content_in": asked, "content_out": answered, "at": at, "digest": digest}
    return LogContent(workload=workload, trace_id=text.trace_id, span_id=text.span_id, **said)


def _clean(text: str) -> str:
    """Without what PostgreSQL refuses: NUL and half characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:LONGEST_CONTENT]
