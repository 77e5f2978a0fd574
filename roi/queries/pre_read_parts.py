"""What an item says of itself in the meeting: from its frozen pre-read, else made of the newest score."""

from typing import Any

from roi.models import AgendaItem, Assessment
from roi.queries.assessment import latest_assessment
from roi.queries.proposals import measure_first, money_of, tripwires_of


def content_of(item: AgendaItem) -> dict[str, Any]:
    """The content of the pre-read; for an item that was added later the same keys, as far as the meeting needs them."""
    pre_read = getattr(item, "pre_read", None)
    return pre_read.content if pre_read is not None else _made(item)


def assessment_of(item: AgendaItem) -> Assessment | None:
    """The one frozen in the pre-read, else the newest."""
    pre_read = getattr(item, "pre_read", None)
    if pre_read is not None and pre_read.assessment is not None:
        return pre_read.assessment
    return latest_assessment(item.candidate) if item.candidate else None


def tripwires_of_item(item: AgendaItem) -> list[dict[str, Any]]:
    """As the pre-read suggests them."""
    return list(content_of(item).get("tripwires") or [])


def asked_of(item: AgendaItem) -> dict[str, Any] | None:
    """What the pre-read would measure first."""
    return content_of(item).get("measure")


def _made(item: AgendaItem) -> dict[str, Any]:
    subject: Any = item.candidate or item.workload
    if subject is None:
        return {"key": "", "title": str(item.action or ""), "proposed": "", "proposed_why": ""}
    title = item.candidate.title if item.candidate else subject.name
    owner = item.candidate.owner if item.candidate else subject.business_owner
    told = {"key": subject.key, "title": title, "unit": str(subject.unit), "owner": str(owner)}
    told |= {"proposed": item.proposed, "proposed_why": item.proposed_why, "changed": []}
    assessment = assessment_of(item)
    return told | (_figures(assessment) if assessment else {})


def _figures(a: Assessment) -> dict[str, Any]:
    week = float(a.cost_of_delay) if a.cost_of_delay is not None else None
    money = money_of(a.currency)
    known = a.npv_p50 is not None
    return {
        "sentence": a.sentence,
        "range": {"unit": "money", "p10": _f(a.npv_p10), "p50": _f(a.npv_p50), "p90": _f(a.npv_p90)}
        if known
        else None,
        "prob_positive": _f(a.prob_positive),
        "hours": {"p10": _f(a.hours_p10), "p50": _f(a.hours_p50), "p90": _f(a.hours_p90)},
        "build": {"p10": _f(a.build_p10), "p50": _f(a.build_p50), "p90": _f(a.build_p90)},
        "drivers": list(a.drivers[:3]),
        "measure": measure_first(a),
        "tripwires": tripwires_of(a),
        "cost_of_waiting": {"week": week, "words": _waiting(week, money)},
        "currency": a.currency,
    }


def _waiting(week: float | None, money: Any) -> str:
    return f"Each week of waiting forgoes about {money(week)}." if week and week >= 1 else ""


def _f(value: Any) -> float | None:
    return None if value is None else float(value)
