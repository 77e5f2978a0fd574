"""The twenty-five candidates of the demo, all open: scored, ranked, and planned at three budgets."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from backlog import operations as backlog
from backlog.calc.ranges import Range
from roi import operations, queries
from roi.demo.portfolio import rows
from roi.models import Plan
from tests.factories import make_cast

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
QUANTITIES = {"volume": ("volume", "", 1), "minutes": ("minutes", "", 1)}
QUANTITIES |= {"automation_share": ("automation", "", 1), "build_cost": ("build", "_kusd", 1000)}
QUANTITIES |= {"run_cost": ("run", "_kusd", 1000), "other_cash": ("other", "_kusd", 1000)}
ASKED: dict[str, Any] = {"quarters": 1, "capacity": [], "must": [], "never": [], "max_high_risk": None}
ASKED |= {"cvar_floor": None, "correlation": 0.2}


def ranges(row: dict[str, str]) -> dict[str, Range]:
    made = {}
    for name, (start, unit, scale) in QUANTITIES.items():
        made[name] = Range(*(float(row[f"{start}_{end}{unit}"]) * scale for end in ("low", "likely", "high")))
    rate, cash = float(row["loaded_rate_usd_h"]), float(row["cashable_share"])
    made["loaded_rate"], made["cashable_share"] = Range(rate, rate, rate), Range(cash, cash, cash)
    return made


@pytest.fixture(scope="module")
def company(django_db_setup: None, django_db_blocker: Any) -> Iterator[SimpleNamespace]:
    """Twenty-five scores take seconds: once for this file, in a transaction around those of the tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast(NOW)
        yield SimpleNamespace(cast=cast, portfolio=scored(cast, NOW))
        transaction.set_rollback(True)


@pytest.fixture
def cast(company: SimpleNamespace, db: None) -> SimpleNamespace:
    return company.cast


@pytest.fixture
def portfolio(company: SimpleNamespace, db: None) -> dict[str, Any]:
    return company.portfolio


def scored(cast: SimpleNamespace, now: datetime) -> dict[str, Any]:
    """C01 and C24 exclude each other; C05 and C06 answer the same tickets, a fifth of the smaller is lost."""
    made: dict[str, Any] = {}
    for row in rows():
        draft = backlog.save_draft(
            by=cast.owner,
            at=now,
            title=row["title"][:120],
            count=Decimal(1),
            minutes=Decimal(1),
            period="year",
        )
        candidate = backlog.submit(candidate=draft, by=cast.owner, at=now)
        links = {"C24": [(made.get("C01"), "excludes", None)], "C06": [(made.get("C05"), "overlaps", 0.2)]}
        made[row["id"]] = backlog.size(
            candidate=candidate,
            ranges=ranges(row),
            notes={"loaded_rate": "from the file"},
            relations=[(other.number, kind, part) for other, kind, part in links.get(row["id"], [])],
            by=cast.assessor,
            at=now,
        )
    assert operations.assess_open(at=now) == 25
    return made


def planned(cast: SimpleNamespace, now: datetime, budget: int, **asked: Any) -> Plan:
    name = f"{budget} {asked}"[:80]
    plan = operations.create_plan(
        name=name, settings=ASKED | {"budget": budget} | asked, by=cast.lead, at=now
    )
    at = now + timedelta(minutes=1)
    solved = operations.solve_plan(plan_id=plan.pk, revision=plan.revision, clock=lambda: at)
    assert solved is not None and solved.state == Plan.State.DONE, solved and solved.error
    return solved


def keys(plan: Plan) -> set[str]:
    return {row["key"] for row in plan.result["chosen"]}


def test_each_is_scored_and_ranked(cast, now, portfolio):
    scores = {name: queries.latest_assessment(c) for name, c in portfolio.items()}
    assert all(a is not None and a.npv_p50 is not None for a in scores.values())
    assert all(a.npv_p10 <= a.npv_p50 <= a.npv_p90 and 0 <= a.prob_positive <= 1 for a in scores.values())
    assert scores["C12"].npv_p50 < 0 < scores["C01"].npv_p50
    # one-sided and constant ranges among them: nothing automated beyond all, nothing made up
    became = scores["C17"].details["became"]
    assert became["volume"] == "constant"
    assert all(0 < a.details["core"]["hours"]["p90"] for a in scores.values())


def test_three_budgets(cast, now, portfolio, django_assert_max_num_queries):
    """More money never buys less; the twins are never both in; what loses money stays out and says so."""
    plans = [planned(cast, now, budget) for budget in (250_000, 500_000, 1_200_000)]
    values = [plan.result["value"] for plan in plans]
    assert all(less < more for less, more in pairwise(values))
    first, twin = portfolio["C01"].key, portfolio["C24"].key
    for plan in plans:
        assert plan.result["status"] == "optimal" and plan.result["cost"] <= plan.settings["budget"]
        assert len({first, twin} & keys(plan)) < 2
        left = {row["key"]: row for row in plan.result["left_out"]}
        assert left[portfolio["C12"].key]["why"]["reason"] == "loses_money"
        assert keys(plan) | set(left) == {c.key for c in portfolio.values()}
        assert all(0 <= row["share"] <= 1 for row in [*plan.result["chosen"], *left.values()])


def test_the_twin_is_told_who_excludes_it(cast, now, portfolio):
    plan = planned(cast, now, 1_500_000)
    row = next(row for row in plan.result["left_out"] if row["key"] == portfolio["C24"].key)
    assert row["why"]["reason"] == "excluded_by" and row["why"]["blocked_by"] == [portfolio["C01"].key]


def test_competing_ones_lose_what_they_share(cast, now, portfolio):
    """Both forced in are worth less than each beside the same others alone."""
    both = [portfolio[name].number for name in ("C05", "C06")]
    together = planned(cast, now, 3_000_000, must=both).result["value"]
    alone = [planned(cast, now, 3_000_000, must=[n], never=[m]) for n, m in (both, both[::-1])]
    without = planned(cast, now, 3_000_000, never=both, correlation=0.1).result["value"]
    gains = [plan.result["value"] - without for plan in alone]
    assert together - without < sum(gains) - 1


def test_twins_that_are_both_mandatory_are_named(cast, now, portfolio):
    twins = [portfolio[name].number for name in ("C01", "C24")]
    plan = planned(cast, now, 1_000_000, must=twins)
    assert plan.result["status"] == "infeasible"
    named = {key for conflict in plan.result["conflicts"] for key in conflict["keys"]}
    assert {portfolio["C01"].key, portfolio["C24"].key} <= named
