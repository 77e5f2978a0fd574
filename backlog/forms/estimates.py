"""The assessor's page, its ranges: each quantity as low, likely, high, in groups with a line of help."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from aiops.widgets import date_input
from backlog.calc import ranges as rules
from backlog.calc.ranges import Range
from backlog.models import Estimate

GROUPS: dict[str, dict[str, str]] = {
    "The work today": {
        "volume": "How many are done in a year, all of them, easy and hard.",
        "minutes": "Hands-on minutes for one, without waiting.",
        "error_share_before": "How many come back or are found wrong later: 0.05 is 5 in 100.",
        "rework_minutes_before": "Minutes to put one such error right.",
    },
    "Once automated": {
        "automation_share": "Share of the items that need no person, apart from the review.",
        "review_minutes": "Minutes a person still looks at each automated item.",
        "error_share_after": "How many automated items come back or are found wrong later.",
        "rework_minutes_after": "Minutes to put one such error right; a machine's error may take longer to find.",
    },
    "Money": {
        "loaded_rate": "Leave it blank to take finance's rate card. An own rate needs its reason in the note.",
        "cashable_share": "Hours become cash only by a named act that finance signs; this is the planned share.",
        "build_cost": "One-off: people, licences, migration. Costs overrun more often than they fall short.",
        "run_cost": "A year, whatever the volume: licences, hosting, a person's share to look after it.",
        "run_cost_item": "For each automated item, beside its tokens.",
        "tokens_in": "Prompt, context and documents of one item, all calls together.",
        "tokens_out": "What the model writes for one item, all calls together.",
    },
    "Time": {
        "start_months": "From the decision until somebody uses it.",
        "ramp_months": "From first use until it does all it is meant to do.",
    },
    "Other benefits, each a kind of its own": {
        "other_cash": "Money that is not hours: fees, postage, a licence that ends. It counts as cash.",
        "cost_avoided": "Work that grows and needs no new post counts here, not as cash.",
        "revenue": "Margin of what is sold more, not turnover. Beside cash, never in it.",
        "risk_reduction": "Expected loss a year that it takes away. Beside cash, never in it.",
    },
}

# Short enough for a phone; the candidate's page has the long words.
MEANINGS = [
    (Estimate.Meaning.PERCENTILES.value, "8 in 10 times inside"),
    (Estimate.Meaning.HARD_LIMITS.value, "never outside"),
]


class EstimateForm(forms.Form):
    """One quantity: low, likely, high with meaning, evidence, note and date; all blank = unknown."""

    low = forms.DecimalField(required=False, max_digits=18, decimal_places=4)
    likely = forms.DecimalField(required=False, max_digits=18, decimal_places=4)
    high = forms.DecimalField(required=False, max_digits=18, decimal_places=4)
    meaning = forms.ChoiceField(choices=MEANINGS)
    # What nobody says anything of is assumed, never measured.
    evidence = forms.ChoiceField(choices=Estimate.Evidence.choices, initial=Estimate.Evidence.ASSUMED)
    note = forms.CharField(required=False, max_length=300)
    as_of = forms.DateField(label="As of", required=False, widget=date_input())

    def __init__(
        self, quantity: str, data: Any = None, initial: dict[str, Any] | None = None, help_text: str = ""
    ) -> None:
        self.quantity, self.label, self.help = quantity, str(Estimate.Quantity(quantity).label), help_text
        super().__init__(data, prefix=quantity, initial=initial)
        for name, field in self.fields.items():
            # Low, likely and high of twenty quantities: read aloud, each says whose it is.
            field.widget.attrs["aria-label"] = f"{self.label}: {name.replace('_', ' ')}"

    def add_prefix(self, field_name: str) -> str:
        return f"{self.quantity}_{field_name}"

    @property
    def is_known(self) -> bool:
        return any(self[name].value() not in (None, "") for name in ("low", "likely", "high", "note"))

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(id of the field at fault, sentence that names the quantity)."""
        label = self.label.split(" (")[0]
        return [
            (self[name if name in self.fields else "low"].id_for_label, _named(label, str(error)))
            for name, errors in self.errors.items()
            for error in errors
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        given = {name: data.get(name) for name in ("low", "likely", "high")}
        missing = [name for name, value in given.items() if value is None]
        if missing and len(missing) < 3 and not self.errors:
            self.add_error(missing[0], f"{self.label}: {missing[0]} is missing.")
        if not missing:
            self._possible(given)
        return data

    def _possible(self, given: dict[str, Any]) -> None:
        label = self.label.split(" (")[0]
        for lower, upper in (("low", "likely"), ("likely", "high")):
            if given[lower] > given[upper]:
                words = f"{label}: {lower} {given[lower]:f} is above {upper} {given[upper]:f}."
                self.add_error(lower, words)
        wrong = rules.refusal(self.quantity, float(given["low"]), float(given["high"]))
        if wrong and not self.errors:
            self.add_error("low" if given["low"] < 0 else "high", f"{label}: {wrong[1]}")

    def range(self, day: date) -> Range | None:
        """The range that was entered; None when the quantity was left blank."""
        data = self.cleaned_data
        if data.get("likely") is None:
            return None
        low, likely, high = (float(data[name]) for name in ("low", "likely", "high"))
        return Range(low, likely, high, data["meaning"], data["evidence"], data.get("as_of") or day)


def _named(label: str, words: str) -> str:
    return words if words.startswith(label) else f"{label}: {words}"


def initial_of(row: Estimate | None) -> dict[str, Any]:
    """What a stored estimate shows in its row, without trailing zeros."""
    if row is None:
        return {}
    shown = {name: f"{getattr(row, name).normalize():f}" for name in ("low", "likely", "high")}
    return shown | {
        "meaning": row.meaning,
        "evidence": row.evidence,
        "note": row.note,
        "as_of": row.as_of,
    }


@dataclass(frozen=True)
class Group:
    """Quantities under one heading; the first stands open, the others when they hold something."""

    title: str
    rows: list[EstimateForm]
    fields: list[forms.BoundField]
    is_first: bool

    @property
    def is_open(self) -> bool:
        held = any(row.is_known or row.errors for row in self.rows)
        return self.is_first or held or any(f.value() not in (None, "") or f.errors for f in self.fields)


def groups_of(rows: list[EstimateForm], beside: dict[str, list[forms.BoundField]]) -> list[Group]:
    """The rows under their headings; `beside` are fields that belong to a heading, by its title."""
    by_name = {row.quantity: row for row in rows}
    return [
        Group(title, [by_name[name] for name in lines], beside.get(title, []), number == 0)
        for number, (title, lines) in enumerate(GROUPS.items())
    ]


HELP = {name: line for lines in GROUPS.values() for name, line in lines.items()}
