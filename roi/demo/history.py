"""What projects of the simulated company came to before it used Payback: the owners' reference class."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import numpy as np

from aiops.models import User
from roi.demo.data import SEED
from roi.demo.portfolio import Company
from roi.operations.learning import learn
from roi.operations.past_cases import SIMULATED, import_past_cases
from roi.queries.past_cases import PastRow

# Owner of a unit: finished projects. The middle of actual / likely, its spread, and the spread that was stated.
OWNERS = (("owner", "Finance", 13), ("owner_it", "IT", 9), ("owner_support", "Customer support", 6))
QUANTITIES = (
    ("cost", "USD", 60_000, 1.25, 0.35, 0.18),
    ("time", "months", 5, 1.15, 0.30, 0.20),
    ("value", "hours", 2_400, 0.80, 0.45, 0.30),
)
WORK = (
    "Supplier portal", "Expense workflow", "Mail routing", "Contract archive", "Invoice scanning", "Password reset",
    "Order status bot", "Shift planner", "Knowledge search", "Report builder", "Ticket tagging", "Dunning letters",
    "Stock alerts",
)  # fmt: skip
EVERY_DAYS, AGO = 83, 400
Z90 = 1.2816


def make_history(company: Company) -> None:
    """Past projects from a file that never was, and what the running workloads have taught since."""
    rows = list(_rows(company))
    system = User.objects.system()
    done = import_past_cases(rows=rows, source=SIMULATED, by=system, at=company.before(30))
    assert not done.problems, done.problems
    # A week ago and more: by now others may read it under its owner's name.
    learn(at=company.before(8))


def _rows(company: Company) -> Iterator[PastRow]:
    rng = np.random.default_rng(SEED)
    number = 0
    for key, unit, many in OWNERS:
        owner = company.people[key]
        for n in range(many):
            day = company.before(AGO + EVERY_DAYS * n).date()
            for quantity, measure, size, middle, spread, stated in QUANTITIES:
                number += 1
                likely = size * float(rng.lognormal(0, 0.5))
                ratio = middle * float(rng.lognormal(0, spread))
                name = f"{WORK[n]}, {unit}"
                yield _row(number, name, quantity, measure, likely, ratio, stated, day, unit, owner.email)


def _row(
    number: int, name: str, quantity: str, measure: str, likely: float, ratio: float, stated: float, day: date,
    unit: str, owner: str,
) -> PastRow:  # fmt: skip
    low, high = (likely * float(np.exp(side * Z90 * stated)) for side in (-1, 1))
    low_d, likely_d, high_d, actual = (Decimal(str(round(v, 1))) for v in (low, likely, high, likely * ratio))
    klass = "ai_for_ops" if unit == "IT" else "business_ai"
    return PastRow(number, name, quantity, measure, low_d, likely_d, high_d, actual, day, klass, unit, owner)
