"""The shape of a candidate's short form and of the assessor's page."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from backlog.calc.ranges import Range
from backlog.models import Candidate, Estimate

SHORT = ("title", "description", "count", "period", "minutes", "people", "share", "sureness", "who_does_it")


class ShortForm(forms.Form):
    """All that is asked of an owner. A draft may leave anything out; submitting names what is missing."""

    title = forms.CharField(
        label="What is the work?",
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"placeholder": "Check expense reports against the policy"}),
    )
    description = forms.CharField(
        label="In a sentence or two, what happens?",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    count = forms.DecimalField(
        label="How many?", required=False, min_value=Decimal("0.01"), max_digits=14, decimal_places=2
    )
    period = forms.ChoiceField(
        label="How many in what time", choices=Candidate.Period.choices, initial="month"
    )
    minutes = forms.DecimalField(
        label="Minutes each", required=False, min_value=Decimal("0.01"), max_digits=10, decimal_places=2
    )
    people = forms.DecimalField(
        label="or: how many people do it?",
        required=False,
        min_value=Decimal("0.1"),
        max_digits=8,
        decimal_places=1,
    )
    share = forms.ChoiceField(
        label="and how much of their time?",
        required=False,
        choices=[("", "choose"), *Candidate.Share.choices],
    )
    who_does_it = forms.CharField(label="Who does it today?", required=False, max_length=120)
    sureness = forms.ChoiceField(
        label="How sure are you of these numbers?",
        choices=Candidate.Sureness.choices,
        initial="fairly_sure",
        widget=forms.RadioSelect,
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        half_typed = self.data.get("then") == "autosave"
        if data.get("people") and not data.get("share") and not data.get("minutes") and not half_typed:
            self.add_error("share", "Say how much of their time it takes.")
        return data

    @staticmethod
    def from_candidate(candidate: Candidate) -> dict[str, Any]:
        return {name: getattr(candidate, name) for name in SHORT}


class DetailsForm(forms.Form):
    """What an assessor adds about the candidate itself."""

    klass = forms.ChoiceField(label="Class", choices=Candidate.Klass.choices)
    systems = forms.CharField(label="Systems it touches", required=False, max_length=300)
    risk_tier = forms.ChoiceField(
        label="Risk tier", required=False, choices=[("", "not rated"), *Candidate.Risk.choices]
    )


class EstimateForm(forms.Form):
    """One quantity: low, likely, high with meaning, evidence, note and date; all blank = unknown."""

    low = forms.DecimalField(required=False, max_digits=18, decimal_places=4)
    likely = forms.DecimalField(required=False, max_digits=18, decimal_places=4)
    high = forms.DecimalField(required=False, max_digits=18, decimal_places=4)
    meaning = forms.ChoiceField(choices=Estimate.Meaning.choices)
    evidence = forms.ChoiceField(choices=Estimate.Evidence.choices)
    note = forms.CharField(required=False, max_length=300)
    as_of = forms.DateField(required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))

    def __init__(self, quantity: str, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        self.quantity, self.label = quantity, str(Estimate.Quantity(quantity).label)
        super().__init__(data, prefix=quantity, initial=initial)
        for name, field in self.fields.items():
            field.widget.attrs["aria-label"] = f"{self.label}: {name.replace('_', ' ')}"

    def add_prefix(self, field_name: str) -> str:
        return f"{self.quantity}_{field_name}"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        given = {name: data.get(name) for name in ("low", "likely", "high")}
        missing = [name for name, value in given.items() if value is None]
        if missing and len(missing) < 3 and not self.errors:
            self.add_error(missing[0], f"{self.label}: {missing[0]} is missing.")
        if not missing:
            self._ordered(given)
        return data

    def _ordered(self, given: dict[str, Any]) -> None:
        label = self.label.split(" (")[0]
        for lower, upper in (("low", "likely"), ("likely", "high")):
            if given[lower] > given[upper]:
                words = f"{label}: {lower} {given[lower]:g} is above {upper} {given[upper]:g}."
                self.add_error(lower, words)

    def range(self, day: date) -> Range | None:
        """The range that was entered; None when the quantity was left blank."""
        data = self.cleaned_data
        if data.get("likely") is None:
            return None
        low, likely, high = (float(data[name]) for name in ("low", "likely", "high"))
        return Range(low, likely, high, data["meaning"], data["evidence"], data.get("as_of") or day)


@dataclass
class EstimatesForm:
    """The assessor's page as one: the details and a form for each quantity; valid only as a whole."""

    details: DetailsForm
    rows: list[EstimateForm]

    @classmethod
    def build(cls, candidate: Candidate, data: Any = None) -> "EstimatesForm":
        known = {row.quantity: row for row in candidate.estimates.all()}
        initial = {"klass": candidate.klass, "systems": candidate.systems, "risk_tier": candidate.risk_tier}
        rows = [EstimateForm(q, data, cls._initial(known.get(q))) for q in Estimate.Quantity.values]
        return cls(DetailsForm(data, initial=initial), rows)

    @staticmethod
    def _initial(row: Estimate | None) -> dict[str, Any]:
        if row is None:
            return {}
        shown = {name: f"{getattr(row, name).normalize():f}" for name in ("low", "likely", "high")}
        return shown | {
            "meaning": row.meaning,
            "evidence": row.evidence,
            "note": row.note,
            "as_of": row.as_of,
        }

    def is_valid(self) -> bool:
        # Every row is looked at, so that all errors are shown at once.
        return all([self.details.is_valid(), *(row.is_valid() for row in self.rows)])

    @property
    def errors(self) -> list[str]:
        found = [str(e) for row in self.rows for errors in row.errors.values() for e in errors]
        return found + [str(e) for errors in self.details.errors.values() for e in errors]

    def add_error(self, quantity: str | None, message: str) -> None:
        row = next((row for row in self.rows if row.quantity == quantity), None)
        (row or self.details).add_error(None, message)

    def changed(self, day: date, known: dict[str, Range]) -> tuple[dict[str, Range | None], dict[str, str]]:
        """Ranges and notes of the quantities that differ from what is stored; None forgets one."""
        made = {row.quantity: row.range(day) for row in self.rows}
        notes = {row.quantity: row.cleaned_data.get("note", "") for row in self.rows}
        noted = {
            row.quantity for row in self.rows if notes[row.quantity] != (row.initial or {}).get("note", "")
        }
        changed = {q: r for q, r in made.items() if r != known.get(q) or (r and q in noted)}
        return changed, notes


class AssignForm(forms.Form):
    """Who sizes it."""

    assessor: forms.ModelChoiceField = forms.ModelChoiceField(queryset=None)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assessor"].queryset = people  # type: ignore[attr-defined]
