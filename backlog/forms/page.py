"""The assessor's page as one form of many: shown together, valid only as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from aiops.models import User
from backlog import queries
from backlog.calc.ranges import Range
from backlog.forms.estimates import HELP, EstimateForm, Group, groups_of, initial_of
from backlog.forms.sizing import (
    SHORTEST,
    CorrelationForm,
    DetailsForm,
    EffortForm,
    FrameForm,
    RelationForm,
    TeamForm,
)
from backlog.models import Candidate, Estimate

MOST_LINES = 200


@dataclass(frozen=True)
class Problem:
    """One error of the page: a sentence, and the field that it is about."""

    anchor: str
    words: str


@dataclass
class EstimatesForm:
    """Details, a form for each quantity, and what stands beside the ranges."""

    details: DetailsForm
    rows: list[EstimateForm]
    team: TeamForm
    frame: FrameForm
    correlations: list[CorrelationForm]
    efforts: EffortForm
    relations: list[RelationForm]

    @classmethod
    def build(cls, candidate: Candidate, user: User, day: date, data: Any = None) -> "EstimatesForm":
        known = {row.quantity: row for row in candidate.estimates.all()}
        initial = {"klass": candidate.klass, "systems": candidate.systems, "risk_tier": candidate.risk_tier}
        return cls(
            DetailsForm(data, initial=initial),
            [EstimateForm(q, data, initial_of(known.get(q)), HELP[q]) for q in Estimate.Quantity.values],
            TeamForm(candidate, data),
            FrameForm(candidate, user, day, data),
            _correlations(candidate, data),
            EffortForm(candidate, data),
            _relations(candidate, user, data),
        )

    @property
    def parts(self) -> list[forms.Form]:
        fixed = [self.details, *self.rows, self.team, self.frame]
        return [*fixed, *self.correlations, self.efforts, *self.relations]

    @property
    def groups(self) -> list[Group]:
        by_title = {"Money": ("rate_job", "token_model"), "Time": ("horizon_months", "discount_rate")}
        held = self.frame.fields
        beside = {t: [self.frame[name] for name in names if name in held] for t, names in by_title.items()}
        return groups_of(self.rows, beside)

    @property
    def is_correlated(self) -> bool:
        return _is_filled(self.correlations, "first")

    @property
    def is_related(self) -> bool:
        return _is_filled(self.relations, "number")

    @property
    def has_effort(self) -> bool:
        return bool(self.efforts.initial or self.efforts.errors) or any(f.value() for f in self.efforts)

    def is_valid(self) -> bool:
        # Every part is looked at, so that all errors are shown at once.
        return all([part.is_valid() for part in self.parts])

    @property
    def errors(self) -> list[Problem]:
        return [problem for part in self.parts for problem in _problems(part)]

    def add_error(self, field: str | None, message: str) -> None:
        """Put a refusal where its field is: a quantity, a field of the page, or a whole part."""
        row = next((row for row in self.rows if row.quantity == field), None)
        whole = {"correlations": self.correlations[0], "relations": self.relations[0]}
        part = row or whole.get(field or "") or self._holder(field)
        part.add_error(field if field in part.fields else None, message)

    def _holder(self, field: str | None) -> forms.Form:
        return next((part for part in self.parts if field in part.fields), self.details)

    def answers(self, day: date, known: dict[str, Range]) -> dict[str, Any]:
        """The arguments of `operations.size`."""
        ranges, notes = self._changed(day, known)
        return {
            "ranges": ranges,
            "notes": notes,
            "details": self.details.cleaned_data,
            "team": self.team.answer,
            "frame": self.frame.cleaned_data,
            "correlations": [row.answer for row in self.correlations if row.answer],
            "efforts": self.efforts.answer,
            "relations": [row.answer for row in self.relations if row.answer],
        }

    def _changed(self, day: date, known: dict[str, Range]) -> tuple[dict[str, Range | None], dict[str, str]]:
        """Ranges and notes of the quantities that differ from what is stored; None forgets one."""
        made = {row.quantity: row.range(day) for row in self.rows}
        notes = {row.quantity: row.cleaned_data.get("note", "") for row in self.rows}
        noted = {
            row.quantity for row in self.rows if notes[row.quantity] != (row.initial or {}).get("note", "")
        }
        changed = {q: r for q, r in made.items() if r != known.get(q) or (r and q in noted)}
        return changed, notes


def _is_filled(rows: Sequence[forms.Form], name: str) -> bool:
    return any(row[name].value() or row.errors for row in rows)


def _correlations(candidate: Candidate, data: Any) -> list[CorrelationForm]:
    stored: list[Any] = list(candidate.correlations.all())
    lines = _lines(stored, SHORTEST, "correlation_{}_first", data)
    return [CorrelationForm(number, data, row) for number, row in enumerate(lines)]


def _relations(candidate: Candidate, user: User, data: Any) -> list[RelationForm]:
    stored: list[Any] = [row for row in queries.relations_of(user, candidate) if row.here]
    lines = _lines(stored, max(SHORTEST, len(stored) + 2), "relation_{}_number", data)
    return [RelationForm(number, data, row) for number, row in enumerate(lines)]


def _lines(stored: list[Any], least: int, name: str, data: Any) -> list[Any]:
    """The stored rows and blank ones behind them: as many as the page had that was sent, so that none is lost."""
    sent = next((n for n in range(MOST_LINES) if name.format(n) not in data), MOST_LINES) if data else 0
    return stored + [None] * (max(least, sent) - len(stored))


def _problems(part: forms.Form) -> list[Problem]:
    if isinstance(part, EstimateForm):
        return [Problem(*problem) for problem in part.problems]
    first = next(iter(part.fields))
    return [
        Problem(part[name if name in part.fields else first].id_for_label, _words(part, name, str(error)))
        for name, errors in part.errors.items()
        for error in errors
    ]


def _words(part: forms.Form, name: str, error: str) -> str:
    if name not in part.fields:
        return error
    label = {CorrelationForm: "What moves together", RelationForm: "Other candidates"}.get(
        type(part), part[name].label
    )
    return f"{label}: {error}"
