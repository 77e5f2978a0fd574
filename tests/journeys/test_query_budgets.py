"""Lists and dashboards ask the database as often for twelve rows as for three, and within the budget on file.

`PAYBACK_WRITE_BUDGETS=1 pytest tests/journeys/test_query_budgets.py` writes what is counted into
tests/query_budgets.json; the change of the file is what a reviewer looks at.
"""

import json
import os
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aiops.models import Company, User
from tests.factories import make_user
from tests.journeys.promised import promise
from tests.journeys.world import decide, follow_up, make_world, propose, size

BUDGETS = Path(__file__).resolve().parents[1] / "query_budgets.json"
FEW, MANY = 3, 12
PAGES: dict[str, tuple[str, str]] = {
    "home of an owner": ("owner", "roi:home"),
    "home of an assessor": ("assessor", "roi:home"),
    "home of a lead": ("lead", "roi:home"),
    "home of finance": ("finance", "roi:home"),
    "home of IT": ("it", "roi:home"),
    "home of an evaluator": ("evaluator", "roi:home"),
    "home of an executive": ("executive", "roi:home"),
    "board": ("lead", "roi:board"),
    "teams": ("lead", "backlog:teams"),
    "tickets": ("lead", "backlog:ticket_logs"),
    "groups of tickets": ("lead", "backlog:ticket_log"),
    "candidates": ("lead", "backlog:candidates"),
    "candidate": ("lead", "backlog:candidate"),
    "score of a candidate": ("lead", "roi:candidate_score"),
    "workloads": ("lead", "workloads:workloads"),
    "workload": ("owner", "workloads:workload"),
    "value of a workload": ("owner", "roi:workload_value"),
    "ledger of a workload": ("owner", "roi:ledger"),
    "API: ledger of a workload": ("owner", "roi:api_ledger"),
    "gap of a workload": ("owner", "roi:gap"),
    "outlook of a workload": ("owner", "roi:outlook"),
    "quality of a workload": ("owner", "evals:workload_quality"),
    "calls": ("owner", "workloads:calls"),
    "setup": ("it", "workloads:setup"),
    "changes": ("owner", "workloads:changes"),
    "programs": ("it", "workloads:services"),
    "API: programs": ("it", "workloads:api_services"),
    "cost": ("finance", "workloads:cost"),
    "showback": ("finance", "workloads:showback"),
    "bills": ("finance", "workloads:bills"),
    "whose spend it is": ("finance", "workloads:bill_owners"),
    "reconciliation": ("finance", "workloads:reconciliation"),
    "prices": ("finance", "workloads:prices"),
    "budgets": ("finance", "workloads:budgets"),
    "cost of a workload": ("owner", "workloads:workload_cost"),
    "outcomes": ("owner", "workloads:outcomes"),
    "items": ("owner", "workloads:outcome_items"),
    "reliability": ("owner", "workloads:reliability"),
    "register": ("owner", "workloads:components"),
    "adoption": ("owner", "workloads:adoption"),
    "API: prices": ("finance", "workloads:api_prices"),
    "API: budgets": ("finance", "workloads:api_budgets"),
    "value": ("finance", "roi:value"),
    "gaps": ("finance", "roi:gaps"),
    "recommendations": ("finance", "roi:recommendations"),
    "claims": ("finance", "roi:claims"),
    "actual costs": ("owner", "roi:actual_costs"),
    "time baseline": ("owner", "roi:baseline"),
    "comparisons": ("owner", "roi:comparisons"),
    "API: actual costs": ("finance", "roi:api_actual_costs"),
    "statements": ("finance", "roi:statements"),
    "stand-ins of finance": ("finance", "roi:stand_ins"),
    "track record": ("owner", "roi:track_record"),
    "past projects": ("lead", "roi:past_cases"),
    "API: past projects": ("lead", "roi:api_past_cases"),
    "reviews": ("lead", "roi:reviews"),
    "decisions": ("lead", "roi:decisions"),
    "actions": ("lead", "roi:actions"),
    "measurements": ("lead", "roi:measurements"),
    "incidents": ("lead", "workloads:incidents"),
    "connections": ("it", "integrations:connections"),
    "deliveries": ("it", "integrations:deliveries"),
    "audit": ("auditor", "aiops:audit"),
    "people": ("it", "aiops:people"),
    "API: candidates": ("lead", "backlog:api_candidates"),
    "API: board": ("lead", "roi:api_board"),
    "API: decisions": ("lead", "roi:api_all_decisions"),
    "API: workloads": ("lead", "workloads:api_workloads"),
    "API: incidents": ("lead", "workloads:api_incidents"),
    "API: eval runs": ("evaluator", "evals:api_runs"),
    "API: bills": ("finance", "workloads:api_bills"),
    "API: reviews": ("finance", "roi:api_reviews"),
    "API: claims": ("finance", "roi:api_claims"),
    "API: statements": ("finance", "roi:api_statements"),
    "API: value": ("finance", "roi:api_value"),
    "API: connections": ("it", "integrations:api_connections"),
    "API: deliveries": ("it", "integrations:api_deliveries"),
    "API: audit": ("auditor", "aiops:api_audit"),
    "API: people": ("it", "aiops:api_users"),
}
# Filled to the page by three worlds already, or a row for each day and model however many spend.
FULL = ("aiops:audit", "aiops:api_audit", "workloads:reconciliation")
OF_A_FILE = ("backlog:ticket_log",)
OF_A_CANDIDATE = ("backlog:candidate", "roi:candidate_score")
OF_A_WORKLOAD = (
    "workloads:workload",
    "roi:workload_value",
    "roi:ledger",
    "roi:api_ledger",
    "roi:gap",
    "roi:outlook",
    "evals:workload_quality",
    "workloads:calls",
    "workloads:setup",
    "workloads:changes",
    "workloads:workload_cost",
    "workloads:outcomes",
    "workloads:outcome_items",
    "workloads:reliability",
    "workloads:components",
    "workloads:adoption",
    "roi:actual_costs",
    "roi:baseline",
    "roi:comparisons",
)
pytestmark = pytest.mark.django_db


def add_worlds(cast: SimpleNamespace, at: datetime, first: int, last: int) -> list[SimpleNamespace]:
    """One of everything for each number, and a person; candidates wait for sizing, for a decision or for a figure."""
    made = []
    for number in range(first, last + 1):
        world = make_world(cast, at, number)
        promise(world)
        propose(world)
        follow_up(world)
        if number % 3:
            size(world)
        if number % 3 == 1:
            decide(world)
        make_user(f"Person {number}", cast.unit)
        made.append(world)
    return made


def address(name: str, world: SimpleNamespace) -> str:
    if name in OF_A_CANDIDATE:
        return reverse(name, args=[world.candidate.number])
    if name in OF_A_FILE:
        return reverse(name, args=[world.ticket_log.pk])
    return reverse(name, args=[world.workload.number] if name in OF_A_WORKLOAD else [])


def count(cast: SimpleNamespace, world: SimpleNamespace) -> dict[str, tuple[int, int]]:
    """Queries and bytes of each page."""
    rows = PAGES.items()
    return {page: _asked(getattr(cast, role), address(name, world), cast) for page, (role, name) in rows}


def _asked(user: User, path: str, cast: SimpleNamespace) -> tuple[int, int]:
    """Asked a second time, so that what a process caches is not counted."""
    client = cast.client(user)
    assert client.get(path).status_code == 200, path
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    return len(queries), len(answer.content)


@pytest.fixture
def counted(cast: SimpleNamespace, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    Company.load()
    Company.objects.update(name="Acme", set_up=True)
    first, *_ = add_worlds(cast, now, 1, FEW)
    few = count(cast, first)
    add_worlds(cast, now, FEW + 1, MANY)
    return few, count(cast, first)


def test_more_rows_need_no_more_queries_and_all_stay_in_budget(counted: Any) -> None:
    few, many = ({page: asked for page, (asked, _) in rows.items()} for rows in counted)
    if os.environ.get("PAYBACK_WRITE_BUDGETS"):
        BUDGETS.write_text(json.dumps(many, indent=2, sort_keys=True) + "\n")
    budgets = json.loads(BUDGETS.read_text())
    assert {page: (few[page], many[page]) for page in PAGES if few[page] != many[page]} == {}
    assert {p: (many[p], budgets.get(p)) for p in PAGES if many[p] > budgets.get(p, 0)} == {}
    assert set(budgets) == set(PAGES), "the file has a line for each page and no other"
    before, after = counted
    lists = [
        page for page, (_, name) in PAGES.items() if name not in (*OF_A_CANDIDATE, *OF_A_FILE, *OF_A_WORKLOAD, *FULL)
    ]
    assert [page for page in lists if after[page][1] < before[page][1] + 500] == [], "these did not grow"
