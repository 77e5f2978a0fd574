"""Why a candidate is out, in words; and a solver that keeps quiet."""

import ctypes
from typing import Any

import pytest

from roi import queries
from roi.operations.quiet import no_output

WHY: dict[str, Any] = {
    "reason": "displaces", "gap": 1200.0, "exact": True, "displaced": [], "binding": [], "blocked_by": [],
    "cost_to_enter": None, "budget_to_enter": None, "barred": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("why", "exactly", "roughly"),
    [
        ({}, "if it were worth $1,200 more", "if it were worth at least $1,200 more"),
        (
            {"reason": "excluded_by", "blocked_by": ["C-2"]},
            "with which the plan is worth $1,200 more",
            "with which the plan is worth at least $1,200 more",
        ),
        ({"reason": "never", "gap": -1200.0}, "it would add $1,200", "it would add at most $1,200"),
    ],
)
def test_a_bound_is_said_to_be_one(why: dict[str, Any], exactly: str, roughly: str) -> None:
    def said(exact: bool) -> str:
        facts = {"value": 500.0, "cost": 100.0, "effort": {}, "why": WHY | why | {"exact": exact}}
        return queries.why_not(facts, lambda amount: f"${amount:,.0f}")

    assert exactly in said(True) and roughly in said(False)


def test_what_compiled_code_prints_goes_nowhere_while_it_must(capfd: pytest.CaptureFixture[str]) -> None:
    c = ctypes.CDLL(None)
    c.puts(b"before")
    with pytest.raises(ZeroDivisionError), no_output():
        c.puts(b"debugging of the solver")
        _ = 1 / 0
    c.puts(b"after")
    c.fflush(None)
    assert capfd.readouterr().out == "before\nafter\n"
