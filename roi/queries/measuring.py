"""What to measure next: over all open candidates, which input is worth more to know than it costs to find out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery

from aiops.models import User
from backlog.models import Candidate
from roi.calc.findings import Finding, findings
from roi.models import Assessment
from roi.queries.board import may_read_money, open_candidates
from roi.queries.sight import hourly_cost, open_analysis


@dataclass(frozen=True)
class MeasureRow:
    """One input of one candidate; worth, cost and what stays of it in the currency of the company."""

    candidate: Candidate
    finding: Finding


@dataclass(frozen=True)
class ToMeasure:
    """The rows, the best first; `waiting` candidates have no analysis yet (no NPV, or a score of an older kind)."""

    rows: tuple[MeasureRow, ...]
    looked_at: int
    waiting: int


def to_measure(user: User) -> ToMeasure:
    """Inputs of the open candidates whose money this person reads, where measuring is worth more than it costs."""
    mine = [c for c in _with_newest(user) if may_read_money(user, c)]
    known = _analyses(c.newest_assessment for c in mine)  # type: ignore[attr-defined]
    rows, waiting = [], 0
    for candidate in mine:
        row = known.get(candidate.newest_assessment)  # type: ignore[attr-defined]
        waiting += row is None
        rows += [MeasureRow(candidate, f) for f in _found(user, row) if f.pays and f.worth >= 1]
    rows.sort(key=lambda row: -(row.finding.worth if row.finding.net is None else row.finding.net))
    return ToMeasure(tuple(rows), len(mine), waiting)


def _with_newest(user: User) -> Iterable[Candidate]:
    newest = Assessment.objects.filter(candidate=OuterRef("pk")).order_by("-pk")
    return (
        open_candidates(user).annotate(newest_assessment=Subquery(newest.values("pk")[:1])).order_by("number")
    )


def _analyses(keys: Iterable[int | None]) -> dict[int, Mapping[str, Any]]:
    """Of each assessment with an NPV what is needed here, not the fan and the curves."""
    rows = Assessment.objects.filter(pk__in=[k for k in keys if k], details__analysis__evpi__isnull=False)
    found = rows.values("pk", "details__analysis__information", "inputs__quantities")
    return {row["pk"]: row for row in found if row["details__analysis__information"] is not None}


def _found(user: User, row: Mapping[str, Any] | None) -> list[Finding]:
    if row is None:
        return []
    inputs = row["inputs__quantities"]
    sources = {q["quantity"]: q["source"] for q in inputs}
    opened = open_analysis(user, {"information": row["details__analysis__information"]}, sources)
    return findings(opened["information"], hourly_cost(user, inputs))
