"""The figures of a frozen assessment, as they were seen."""

from typing import Any

from roi.calc import findings, words
from roi.models import Assessment
from roi.queries.proposals import money_of


def figures_of(assessment: Assessment | None) -> dict[str, Any]:
    """What the finance part shows of it; nothing where there is none or the reader may not see money."""
    if assessment is None:
        return {"a": None}
    money = money_of(assessment.currency)
    core = assessment.details.get("core") or {}
    analysis = assessment.details.get("analysis") or {}

    def shown(quantity: str, value: float) -> str:
        return words.amount(quantity, words.three_digits(value), money)

    rows = [row for row in analysis.get("breakevens") or [] if row["quantity"] != "loaded_rate"]
    tips = findings.breakeven_sentences(rows, shown, float(assessment.npv_p50 or 0))
    return {
        "a": assessment,
        "core": core,
        "drivers": assessment.drivers[:5],
        "breakevens": tips,
        "payback": words.payback(core.get("payback"), assessment.horizon_months),
        "waiting": words.waiting(core, money) if core else "",
        "capacity": words.capacity(core, money) if core else "",
    }
