"""The pre-read: one page an item as plain values, frozen or as it would be now, and what moved since."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from aiops.models import Company, User
from backlog.models import Candidate, Feasibility
from roi.calc import pre_read as calc
from roi.calc import words
from roi.models import AgendaItem, Assessment, PreRead, ValueMonth
from roi.queries.assessment import latest_assessment
from roi.queries.learning import corrected_of
from roi.queries.proposals import measure_first, money_of, tripwires_of
from roi.queries.seats import reads_money
from workloads.models import Workload

CASE = 1200
DRIVERS = 3
# What it costs to measure is told to the hundred: to the unit it would give the hourly rate away.
STEP = 100
EMPTY: dict[str, Any] = {
    "key": "", "title": "", "unit": "", "owner": "", "case": "", "sentence": "", "range": None,
    "prob_positive": None, "hours": None, "drivers": [], "measure": None, "tripwires": [],
    "cost_of_waiting": {"week": None, "weeks_waited": None, "words": ""}, "changed": [], "feasibility": "",
    "build": None, "currency": "", "proposed": "", "proposed_why": "", "corrected": None,
}  # fmt: skip


def pre_read_of(item: AgendaItem, known: Mapping[int, Assessment] | None = None) -> dict[str, Any]:
    """The frozen page of an item; one that came later gets the same keys as of now.

    With `known` scores (`newest_of`) no query is made: the page then lacks what to measure, tripwires and history.
    """
    frozen = getattr(item, "pre_read", None)
    if frozen is not None:
        return dict(frozen.content)
    if known is not None:
        return _at_a_glance(item, known.get(item.candidate_id or 0))
    newest = latest_assessment(item.candidate) if item.candidate else None
    return page_of(item, newest, item.review.starts_at)


def page_of(item: AgendaItem, assessment: Assessment | None, at: datetime) -> dict[str, Any]:
    """Everything that the page says: what it is, its figures, and what to do; see EMPTY for the keys."""
    page = facts_of(item, assessment) | {"proposed": item.proposed, "proposed_why": item.proposed_why}
    if item.workload is not None:
        page |= _last_month(item.workload, page["case"])
    page["cost_of_waiting"] = _waiting(item, assessment, at)
    if assessment is not None:
        page |= {
            "drivers": _drivers(assessment),
            "measure": _measure(assessment),
            "tripwires": tripwires_of(assessment),
            "corrected": corrected_of(assessment, item.candidate) if item.candidate else None,
        }
    page["changed"] = _since_last_time(item, page)
    return page


def _at_a_glance(item: AgendaItem, newest: Assessment | None) -> dict[str, Any]:
    page = facts_of(item, newest) | {"proposed": item.proposed, "proposed_why": item.proposed_why}
    page["cost_of_waiting"] = _waiting(item, newest, item.review.starts_at)
    return page | {"drivers": _drivers(newest) if newest else []}


def facts_of(item: AgendaItem, assessment: Assessment | None) -> dict[str, Any]:
    """The part of a page that later edits may move."""
    if item.candidate is not None:
        about = _of_candidate(item.candidate)
    elif item.workload is not None:
        about = _of_workload(item.workload)
    else:
        about = {"key": "Action", "title": str(item.action), "case": item.why}
        about["owner"] = str(item.action.owner) if item.action else ""
    return EMPTY | about | (_figures(assessment) if assessment else {})


def _of_candidate(candidate: Candidate) -> dict[str, Any]:
    told = {"key": candidate.key, "title": candidate.title, "unit": str(candidate.unit)}
    return told | {
        "owner": str(candidate.owner),
        "case": case_words(candidate),
        "feasibility": feasibility_words(candidate),
    }


def _of_workload(workload: Workload) -> dict[str, Any]:
    told = {"key": workload.key, "title": workload.name, "unit": str(workload.unit)}
    since = f", live since {workload.go_live:%-d %b %Y}" if workload.go_live else ""
    case = f"{workload.get_stage_display().capitalize()}{since}."
    return told | {"owner": str(workload.business_owner), "case": case}


def _last_month(workload: Workload, case: str) -> dict[str, str]:
    """What it gave: work and hours in the case, cash in the sentence, which only readers of money see."""
    # The month that runs is the newest one; the one before it is whole.
    month = ValueMonth.objects.filter(workload=workload).order_by("-month")[1:2].first()
    return {"case": f"{case} {_gave(month)}", "sentence": _cash(month)}


def _gave(month: ValueMonth | None) -> str:
    """The last whole month in work and hours, without money."""
    if month is None:
        return "No whole month of it is known yet."
    hours = "" if month.hours_freed is None else f", {month.hours_freed:,.0f} hours set free"
    ahead = month.forecast_hours_p50
    against = "" if month.hours_freed is None or ahead is None else f" ({ahead:,.0f} forecast)"
    return f"{month.month:%B %Y}: {month.done:,} done, {month.accepted:,} accepted{hours}{against}."


def _cash(month: ValueMonth | None) -> str:
    if month is None:
        return ""
    money = money_of(Company.load().currency)
    signed, cost = money(float(month.cash_signed)), money(float(month.model_cost))
    return f"{month.month:%B %Y}: {signed} of cash signed, {cost} spent on models."


def case_words(candidate: Candidate) -> str:
    """Who does how much of it today, and what the owner wrote."""
    counted = ""
    if candidate.count and candidate.minutes:
        count, minutes = f"{candidate.count:,.0f}", f"{candidate.minutes.normalize():f}"
        who = f" by {candidate.who_does_it}" if candidate.who_does_it else ""
        counted = f"{count} {candidate.get_period_display()}, {minutes} minutes each{who}."
    return f"{counted}\n{candidate.description}".strip()[:CASE]


def feasibility_words(candidate: Candidate) -> str:
    """ "can be built, with effort: needs the new gateway (Ian Admin)", or "" while IT has not said."""
    line: Feasibility | None = getattr(candidate, "feasibility", None)
    return f"{line.get_verdict_display()}: {line.line}" if line else ""


def _figures(a: Assessment) -> dict[str, Any]:
    return {
        "sentence": a.sentence,
        "range": None if a.npv_p50 is None else {"unit": "money"} | _three(a, "npv"),
        "prob_positive": _f(a.prob_positive),
        "hours": None if a.hours_p50 is None else _three(a, "hours"),
        "build": None if a.build_p50 is None else _three(a, "build"),
        "currency": a.currency,
    }


def _three(a: Assessment, name: str) -> dict[str, float | None]:
    return {end: _f(getattr(a, f"{name}_{end}")) for end in ("p10", "p50", "p90")}


def _f(value: Any) -> float | None:
    return None if value is None else float(value)


def _drivers(a: Assessment) -> list[dict[str, Any]]:
    """The widest first, each with its share of what all inputs swing the result by."""
    rows = [row for row in a.drivers if row.get("swing")]
    total = sum(row["swing"] for row in rows)
    top = sorted(rows, key=lambda row: -row["swing"])[:DRIVERS]
    return [
        {
            "quantity": row["quantity"],
            "words": words.NAMES.get(row["quantity"], row["quantity"].replace("_", " ")),
            "share": round(row["swing"] / total, 3),
        }
        for row in top
    ]


def _measure(a: Assessment) -> dict[str, Any] | None:
    found = measure_first(a)
    if found is None or found["cost"] is None:
        return found
    return found | {"cost": round(found["cost"] / STEP) * STEP}


def _waiting(item: AgendaItem, a: Assessment | None, at: datetime) -> dict[str, Any]:
    filed = item.candidate.submitted_at if item.candidate else None
    weeks = max((at - filed).days // 7, 0) if filed else None
    week = _f(a.cost_of_delay) if a else None
    if a is None or week is None:
        return {"week": week, "weeks_waited": weeks, "words": ""}
    told = words.waiting(
        {"cost_of_delay": {"value": week, "words": "Waiting costs nothing."}, "npv_mean": _f(a.npv_mean)},
        money_of(a.currency),
    )
    waited = f" It has waited {weeks} week{'s' if weeks != 1 else ''}." if weeks else ""
    return {"week": week, "weeks_waited": weeks, "words": f"{told}{waited}"}


def _since_last_time(item: AgendaItem, page: Mapping[str, Any]) -> list[str]:
    """Against the last pre-read of the same candidate; nothing at its first."""
    if item.candidate_id is None:
        return []
    before = PreRead.objects.filter(item__candidate=item.candidate_id).exclude(item=item.pk)
    last = before.select_related("item__review").order_by("-frozen_at", "-pk").first()
    if last is None:
        return []
    moved = [said for said, _ in calc.changes(last.content, page, money_of(page["currency"] or "USD"))]
    return moved or [f"Nothing moved since review {last.item.review.number}."]


def newest_of(items: Iterable[AgendaItem]) -> dict[int, Assessment]:
    """The newest score of each candidate, in one query and without the bulk of its details."""
    ids = [i.candidate_id for i in items if i.candidate_id]
    rows = Assessment.objects.filter(candidate__in=ids).latest().defer("details", "inputs")
    return {a.candidate_id: a for a in rows}


def pre_read_changes(
    item: AgendaItem, user: User, newest: Mapping[int, Assessment] | None = None
) -> list[str]:
    """What moved since the pre-read was frozen, as far as this reader may know; it blocks nothing."""
    frozen = getattr(item, "pre_read", None)
    if frozen is None or item.candidate_id is None:
        return []
    known = newest_of([item]) if newest is None else newest
    now = facts_of(item, known.get(item.candidate_id))
    money = money_of(now["currency"] or frozen.content.get("currency") or "USD")
    told = calc.changes(frozen.content, now, money)
    may = reads_money(item.review, user)
    return [said for said, is_money in told if may or not is_money]
