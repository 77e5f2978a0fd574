"""A year of checks, changes and two bad days, through the same operations."""

import json
from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_UP, Decimal

import numpy as np

from aiops.errors import DomainError
from aiops.models import User
from evals import operations as eval_operations
from evals.models import Suite
from roi.demo.data import LIVES, SEED, Live
from roi.demo.portfolio import Company
from workloads import operations as workload_operations
from workloads import queries as workload_queries
from workloads.models import Check, CheckRun, Finding, Workload

Say = Callable[[str], None]
CASES, MONTHS, WORKER = 80, 12, "simulator"
MONTHLY = 30 * 24 * 60
# Shares of right answers by quarter, and the quality bar. The third fell under its bar this quarter.
SUITES = {
    "C01": ("Coding of golden invoices", (0.94, 0.95, 0.96, 0.975), Decimal("0.92")),
    "C02": ("Routing of golden tickets", (0.93, 0.94, 0.93, 0.95), Decimal("0.90")),
    "C07": ("Verdicts on golden expense reports", (0.95, 0.94, 0.93, 0.80), Decimal("0.92")),
}
LABELS = ("travel", "hosting", "office supplies", "consulting", "freight", "utilities")


def make_changes(company: Company) -> None:
    """The lines of the change log that explain what moves in the figures."""
    for live in LIVES:
        if live.switch_days:
            words = f"Model changed from {live.models[0][1]} to {live.models[1][1]} (simulated)"
            _log(company, live, "model", words, live.switch_days)
        if live.cached_days:
            words = "Price: prompt caching is on, cached input is billed at half price (simulated)"
            _log(company, live, "price", words, live.cached_days)
        if live.drift_days:
            _log(
                company,
                live,
                "release",
                "Help articles are added to every prompt (simulated)",
                live.drift_days,
            )


def _log(company: Company, live: Live, kind: str, words: str, days: float) -> None:
    workload = company.workloads[live.key]
    at = company.before(days)
    workload_operations.log_change(
        workload=workload, kind=kind, summary=words, by=workload.business_owner, at=at
    )


def make_evals(company: Company, say: Say) -> None:
    """Suites over golden sets with recorded answers, a new version each quarter, one run a month."""
    runs = 0
    for number, (key, (name, shares, target)) in enumerate(SUITES.items()):
        workload, rng = company.workloads[key], np.random.default_rng([SEED, 200 + number])
        suite: Suite | None = None
        for month in range(MONTHS):
            at = company.before(min(30 * (MONTHS - 1 - month) + 1, _age(key) - 2))
            if month % 3 == 0:
                suite = _suite(company, workload, suite, name, _cases(shares[month // 3], rng), target, at)
            assert suite is not None
            if _run(suite.check_of, at, eval_operations.run_eval):
                runs += 1
        say(f"Eval runs {runs}")


def _age(key: str) -> int:
    return next(live.go_live_days for live in LIVES if live.key == key)


def _cases(share: float, rng: np.random.Generator) -> bytes:
    lines = []
    wrong = set(rng.choice(CASES, round(CASES * (1 - share)), replace=False).tolist())
    for n in range(CASES):
        right = LABELS[n % len(LABELS)]
        said = LABELS[(n + 1) % len(LABELS)] if n in wrong else right
        row = {
            "key": f"case-{n + 1:03d}",
            "input": f"Simulated case {n + 1}",
            "expected": right,
            "output": said,
        }
        lines.append(json.dumps(row))
    return "\n".join(lines).encode()


def _suite(
    company: Company,
    workload: Workload,
    suite: Suite | None,
    name: str,
    data: bytes,
    target: Decimal,
    at: datetime,
) -> Suite:
    """The first version is proposed by the owner and approved by an evaluator; later ones are an evaluator's."""
    evaluator = company.people["evaluator"]
    by = workload.business_owner if suite is None else evaluator
    report = eval_operations.upload_dataset(
        workload=workload, name="Golden set (simulated)", data=data, filename="golden.jsonl", by=by, at=at
    )
    assert report.dataset is not None, report.problems
    if suite is not None:
        return eval_operations.revise_suite(
            suite=suite, dataset=report.dataset, target=target, by=evaluator, at=at
        )
    made = eval_operations.create_suite(
        workload=workload,
        name=name,
        dataset=report.dataset,
        grader="exact",
        target=target,
        every_minutes=MONTHLY,
        by=by,
        at=at,
    )
    return eval_operations.approve_suite(suite=made, by=evaluator, at=at)


def _run(check: Check, at: datetime, job: Callable[..., object]) -> bool:
    """One slot of the past, run by the same job as today's; a slot that has run already stays."""
    run, new = CheckRun.objects.get_or_create(
        check_of=check, slot=check.slot_at(at), defaults={"queued_at": at}
    )
    if new:
        job(check_run_id=run.pk, worker=WORKER, clock=lambda: at)
    return new


def make_drift(company: Company) -> None:
    """Drift checks against four weeks of spring; one workload drifts since its prompts grew."""
    for key in ("C02", "C05"):
        workload = company.workloads[key]
        start, end, at = (_midnight(company.before(days)) for days in (100, 72, 70))
        try:
            check = eval_operations.create_drift_check(
                workload=workload, start=start, end=end, by=company.people["evaluator"], at=at
            )
        except DomainError:
            continue  # a scaled-down company has too few calls for a reference
        for days in (63, 49, 35, 21, 14, 7, 0):
            slot = max(company.before(days), at)
            _run(check, slot, eval_operations.run_drift)


def make_costs(company: Company) -> None:
    """A monthly budget and a daily cost check for each; one is projected over its budget."""
    for live in LIVES:
        workload, at = company.workloads[live.key], company.before(60)
        monthly = workload_queries.usage(workload, company.before(30), company.at).cost_usd
        budget = (monthly * Decimal(str(live.budget))).quantize(Decimal(1), ROUND_UP)
        workload_operations.set_budget(
            workload=workload, monthly_budget=max(budget, Decimal(1)), by=workload.business_owner, at=at
        )
        workload_operations.record_spend(
            workload=workload, spent=Decimal(live.spent), by=company.people["assessor"], at=at
        )
        check = workload_operations.add_check(
            workload=workload,
            kind="cost",
            name="Monthly budget",
            every_minutes=1440,
            by=workload.business_owner,
            at=at,
        )
        run, _ = CheckRun.objects.get_or_create(
            check_of=check, slot=check.slot_at(company.at), defaults={"queued_at": company.at}
        )
        workload_operations.run_cost_check(run_id=run.pk, worker=WORKER, at=company.at)


def make_leak(company: Company) -> None:
    """The leak: personal data in one of 240 sampled answers, found by a review of answers."""
    workload, at = company.workloads["C05"], company.before(2.2)
    sentence = (
        "Simulated: 1 of 240 sampled answers held a customer's home address that the asker should not see."
    )
    finding = Finding.objects.create(
        workload=workload,
        at=at,
        severity="bad",
        sentence=sentence,
        metric="leaks in sampled answers",
        value=Decimal(1) / 240,
        unit="share",
        details={"simulated": True, "sampled": 240, "leaks": 1},
    )
    workload_operations.open_incident(
        workload=workload,
        title="Leak of personal data in a reply (simulated)",
        sentence=sentence,
        severity="bad",
        source="finding",
        external_key="leak-in-sampled-answers",
        finding=finding,
        by=User.objects.system(),
        at=at,
    )


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
