"""The short form of an owner, what its class asks beside it, and who sizes it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from backlog.calc import asked
from backlog.models import Candidate, FormVersion

SHORT = (
    "title", "description", "count", "period", "minutes", "people", "share", "sureness", "who_does_it", "systems",
    "klass",
)  # fmt: skip
EXTRA = "extra_"


class ShortForm(forms.Form):
    """All that is asked of an owner. A draft may leave anything out; submitting names what is missing."""

    klass = forms.ChoiceField(
        label="What kind of work is it?",
        required=False,
        choices=Candidate.Klass.choices,
        initial=Candidate.Klass.BUSINESS_AI,
    )
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
    systems = forms.CharField(
        label="In which programs?",
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": "SAP, Outlook"}),
    )
    sureness = forms.ChoiceField(
        label="How sure are you of these numbers?",
        choices=Candidate.Sureness.choices,
        initial="fairly_sure",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, version: FormVersion | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = version
        for name, words in (version.help if version else {}).items():
            if name in self.fields:
                self.fields[name].help_text = words
        self.extra = {EXTRA + field["name"]: field for field in (version.fields if version else ())}
        self.fields.update({name: extra_field(field) for name, field in self.extra.items()})

    @property
    def extra_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.extra]

    def clean_klass(self) -> str:
        return self.cleaned_data["klass"] or str(self.initial.get("klass") or Candidate.Klass.BUSINESS_AI)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        half_typed = self.data.get("then") == "autosave"
        if data.get("people") and not data.get("share") and not data.get("minutes") and not half_typed:
            self.add_error("share", "Say how much of their time it takes.")
        return data

    def answers(self) -> dict[str, Any]:
        """What was answered, as an operation takes it: the short form, and the extra questions by their name."""
        # A caller that does not know of the programs leaves them as they are.
        data = {name: self.cleaned_data[name] for name in SHORT if name != "systems" or name in self.data}
        given = {field["name"]: _plain(self.cleaned_data.get(name)) for name, field in self.extra.items()}
        kept, _ = asked.clean(self.version.fields if self.version else (), given)
        return data | {"answers": kept, "form_version": self.version}

    def refuse(self, field: str | None, message: str) -> None:
        """Show a broken rule where it was typed, be it an extra question."""
        known = field if field in self.fields else EXTRA + (field or "")
        self.add_error(known if known in self.fields else None, message)

    @staticmethod
    def from_candidate(candidate: Candidate) -> dict[str, Any]:
        extra = {EXTRA + name: _typed(value) for name, value in candidate.answers.items()}
        return {name: getattr(candidate, name) for name in SHORT} | extra


def extra_field(asked_for: Mapping[str, Any]) -> forms.Field:
    """A question of a form version as a field; required ones are asked at submit, a draft may leave them out."""
    common = {"label": asked_for["label"], "help_text": asked_for.get("help", ""), "required": False}
    if asked_for["kind"] == "long_text":
        return forms.CharField(**common, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    if asked_for["kind"] == "number":
        return forms.DecimalField(**common, max_digits=18, decimal_places=4)
    if asked_for["kind"] == "date":
        return forms.DateField(**common, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    if asked_for["kind"] in ("choice", "yes_no"):
        return forms.ChoiceField(**common, choices=[("", "choose"), *_choices(asked_for)])
    return forms.CharField(**common, max_length=200)


def _choices(asked_for: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    if asked_for["kind"] == "yes_no":
        return [("yes", "yes"), ("no", "no")]
    return [(choice, choice) for choice in asked_for["choices"]]


def _plain(value: Any) -> str:
    """A cleaned value as text: a number without an exponent, a date as 2026-12-04."""
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _typed(value: Any) -> Any:
    """A kept answer as its widget shows it."""
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


class AssignForm(forms.Form):
    """Who sizes it."""

    assessor: forms.ModelChoiceField = forms.ModelChoiceField(queryset=None)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assessor"].queryset = people  # type: ignore[attr-defined]
