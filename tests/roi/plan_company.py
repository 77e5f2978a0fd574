"""A small company for the planner: candidates with exact figures, scored without a simulation."""

from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from backlog.models import Candidate, Effort, Relation
from roi import operations
from roi.models import Assessment, Plan

LEVELS = (np.arange(41) + 0.5) / 41


def curve(mean: float, spread: float) -> list[float]:
    """Quantiles of a normal NPV, as an assessment keeps them."""
    return [float(v) for v in mean + spread * norm.ppf(LEVELS)]


@pytest.fixture
def few_futures(monkeypatch: pytest.MonkeyPatch) -> None:
    """For pages, which show any answer alike: a tenth of the futures of a real plan, each a question to the solver."""
    monkeypatch.setattr("roi.operations.plan_solving.PLANNED", 20)


class Company:
    """Makes candidates and plans of one cast at one moment."""

    def __init__(self, cast: SimpleNamespace, at: datetime) -> None:
        self.cast, self.at = cast, at

    def candidate(self, title: str, npv: float | None, cost: float = 100_000, **said: Any) -> Candidate:
        """An open candidate of the owner; `npv` None leaves it unscored, `days` are its effort by role."""
        days, score = said.pop("days", {}), said.pop("score", {})
        fields = {
            "owner": self.cast.owner,
            "unit": self.cast.unit,
            "state": "in_review",
            "submitted_at": self.at,
        }
        made = Candidate.objects.create(
            number=Candidate.objects.next_number(), title=title, created_at=self.at, **(fields | said)
        )
        for role, amount in days.items():
            Effort.objects.create(candidate=made, role=role, days=amount)
        if npv is not None:
            self.score(made, npv, cost, **score)
        return made

    def score(self, candidate: Candidate, npv: float, cost: float, **said: Any) -> Assessment:
        spread = said.pop("spread", abs(npv) / 4)
        core = {"npv_curve": curve(npv, spread), "benefit_mean": npv + cost}
        money = {"npv_p10": npv - spread, "npv_p50": npv, "npv_p90": npv + spread, "npv_mean": npv}
        money |= {"build_mean": cost, "cost_of_delay": 100, "cash_year_p50": npv, "hours_p50": 400}
        frame = {"seed": 1, "calc_version": "2", "draws": 4096, "horizon_months": 36, "ramp_months": 3}
        given = {"currency": "USD", "details": {"core": core}, **money, **said}
        exact = {k: Decimal(str(v)) if isinstance(v, float | int) else v for k, v in given.items()}
        return Assessment.objects.create(
            candidate=candidate, at=self.at, by=self.cast.system, inputs={}, inputs_hash="x",
            discount_rate=Decimal("0.1"), sentence="", **frame, **exact,
        )  # fmt: skip

    def relate(self, first: Candidate, kind: str, second: Candidate, overlap: str | None = None) -> Relation:
        share = None if overlap is None else Decimal(overlap)
        return Relation.objects.create(candidate=first, other=second, kind=kind, overlap=share)

    def plan(self, name: str = "Autumn", **settings: Any) -> Plan:
        asked = {"budget": 250_000} | settings
        return operations.create_plan(name=name, settings=asked, by=self.cast.lead, at=self.at)

    def solved(self, name: str = "Autumn", **settings: Any) -> Plan:
        return self.solve(self.plan(name, **settings))

    def solve(self, plan: Plan) -> Plan:
        made = operations.solve_plan(plan_id=plan.pk, revision=plan.revision, clock=lambda: self.at)
        assert made is not None
        return made
