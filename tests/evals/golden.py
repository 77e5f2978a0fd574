"""The shortest way to a dataset, a suite, a run and calls."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from evals import operations
from evals.models import Dataset, Suite


def jsonl(rows) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


def golden(cases: int, right: int) -> list[dict[str, str]]:
    """Cases of which the recorded outputs of the first `right` are right."""
    return [
        {"key": f"c{i}", "input": f"2*{i}", "expected": str(2 * i), "output": str(2 * i if i < right else -1)}
        for i in range(cases)
    ]


def make_dataset(workload, by, at, cases=40, right=40, rows=None, name="Invoices") -> Dataset:
    report = operations.upload_dataset(
        workload=workload,
        name=name,
        data=jsonl(rows or golden(cases, right)),
        filename="g.jsonl",
        by=by,
        at=at,
    )
    assert report.dataset, report.problems
    return report.dataset


def make_suite(workload, dataset, by, at, **fields) -> Suite:
    fields = {"name": "Golden set", "grader": "exact", "target": Decimal("0.9")} | fields
    return operations.create_suite(workload=workload, dataset=dataset, by=by, at=at, **fields)


def run(suite, by, at):
    """Start by hand and do the work here, as a worker would."""
    check_run = operations.run_now(suite=suite, by=by, at=at)
    return operations.run_eval(check_run_id=check_run.pk, worker="test", clock=lambda: at)


def make_calls(workload, days, tokens, calls=60, until=datetime(2026, 11, 20, 9, tzinfo=UTC), seed=1, back=0):
    """Calls of `days` days that end `back` days before `until`, with about `tokens` of input each."""
    import random

    from workloads.models import Call

    rng = random.Random(seed)
    rows = []
    for day in range(days):
        level = rng.gauss(tokens, 10)
        for n in range(calls):
            at = until - timedelta(days=back + day, minutes=7 * n + 1)
            rows.append(
                Call(
                    workload=workload,
                    trace_id=f"{seed:08x}{day:012x}{n:012x}",
                    span_id=f"{n:016x}",
                    started_at=at,
                    operation="chat",
                    provider="openai",
                    model="gpt-4o",
                    environment="production",
                    dialect="genai",
                    input_tokens=max(1, round(rng.gauss(level, 60))),
                    output_tokens=max(1, round(rng.gauss(90, 20))),
                    latency_ms=max(1, round(rng.gauss(1200, 200))),
                    cost=Decimal("0.001"),
                    cost_source="list",
                    received_at=at,
                )
            )
    Call.objects.bulk_create(rows)
