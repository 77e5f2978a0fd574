"""The pages of the lead and of IT around intake: rules, the form of a class, and a line of feasibility."""

from typing import Any

from django import forms

from backlog.calc import asked
from backlog.models import Feasibility, FormVersion, Policy

KIND_WORDS = {
    "text": "a line of text", "long_text": "several lines", "number": "a number", "yes_no": "yes or no",
    "choice": "one of a list", "date": "a date",
}  # fmt: skip
# Empty rows below the questions that are there, to add more.
SPARE = 2


class PolicyForm(forms.Form):
    waiting_days = forms.IntegerField(
        label="Days that a candidate may wait without a name on it", min_value=1, max_value=90,
        help_text="After that it is shown to you as late.",
    )  # fmt: skip
    sizing_days = forms.IntegerField(
        label="Working days until the cost is sized", min_value=1, max_value=60,
        help_text="The receipt names the day. Monday to Friday; holidays are not known.",
    )  # fmt: skip
    largest_file_mb = forms.IntegerField(label="Largest file, in MB", min_value=1, max_value=25)

    @classmethod
    def of(cls, kept: Policy) -> "PolicyForm":
        return cls(initial={name: getattr(kept, name) for name in cls.base_fields})


class FeasibilityForm(forms.Form):
    verdict = forms.ChoiceField(label="Can it be built here?", choices=Feasibility.Verdict.choices)
    line = forms.CharField(
        label="Why, in a line", max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "The mailbox has an API; the archive has none yet."}),
    )  # fmt: skip


class QuestionForm(forms.Form):
    """One question beside the short form; without a label it is none."""

    name = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    label = forms.CharField(label="Question", required=False, max_length=120)
    help = forms.CharField(label="Help", required=False, max_length=300)
    kind = forms.ChoiceField(label="Answer", choices=[(kind, KIND_WORDS[kind]) for kind in asked.KINDS])
    required = forms.BooleanField(label="Asked at submit", required=False)
    choices = forms.CharField(
        label="Choices, one a line", required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=3000
    )
    place = forms.IntegerField(label="Place", required=False, min_value=1, max_value=99)

    @property
    def asked_for(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {name: data[name] for name in ("name", "label", "help", "kind", "required")} | {
            "choices": data["choices"].splitlines()
        }


class FormOfClass:
    """The whole page: questions in their order, help of the short form, and what the change is."""

    def __init__(self, short: list[tuple[str, str]], version: FormVersion | None, data: Any = None) -> None:
        kept = version.fields if version else []
        count = _rows(data, len(kept) + SPARE)
        self.questions = [QuestionForm(data, prefix=f"q{i}", initial=_initial(kept, i)) for i in range(count)]
        self.note = NoteForm(data)
        self.help = HelpForm(short, version.help if version else {}, data)

    def is_valid(self) -> bool:
        return all([form.is_valid() for form in (*self.questions, self.note, self.help)])

    @property
    def rows(self) -> list[QuestionForm]:
        """The questions that were asked, in the order of their places."""
        asked_for = [form for form in self.questions if form.cleaned_data["label"].strip()]
        return sorted(asked_for, key=lambda form: form.cleaned_data["place"] or 99)

    def refuse(self, problems: list[asked.Problem]) -> None:
        rows = self.rows
        for at, part, words in problems:
            rows[min(at, len(rows) - 1)].add_error(part, words)


def _rows(data: Any, least: int) -> int:
    if data is None:
        return least
    said = str(data.get("rows", ""))
    return min(int(said), asked.MOST_FIELDS + SPARE) if said.isdecimal() and len(said) < 4 else least


def _initial(kept: list[dict[str, Any]], i: int) -> dict[str, Any]:
    if i >= len(kept):
        return {}
    return kept[i] | {"choices": "\n".join(kept[i].get("choices") or ()), "place": i + 1}


class NoteForm(forms.Form):
    note = forms.CharField(label="What changed, for the list of versions", required=False, max_length=200)


class HelpForm(forms.Form):
    """Help of the fields of the short form; left blank, they keep what the product says."""

    def __init__(self, short: list[tuple[str, str]], kept: dict[str, str], data: Any = None) -> None:
        super().__init__(data, prefix="help", initial=kept)
        for name, label in short:
            self.fields[name] = forms.CharField(label=label, required=False, max_length=300)
