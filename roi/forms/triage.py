"""What each verb of triage asks."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Q

from aiops.models import User
from aiops.widgets import date_input
from backlog import queries as backlog
from backlog.models import Candidate, Estimate

QUANTITIES = [
    (name, label)
    for name, label in Estimate.Quantity.choices
    if name
    in ("minutes", "review_minutes", "automation_share", "error_share_before", "rework_minutes_before")
]


class VerbForm(forms.Form):
    """The chosen candidates come as `c`, their numbers; a verb adds what it needs."""

    def __init__(
        self, *args: Any, candidates: Sequence[Candidate], user: User, today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.candidates, self.user, self.today = candidates, user, today
        self.prepare()

    def prepare(self) -> None:
        """Choices that depend on what was chosen."""


class AskForm(VerbForm):
    of: Any = forms.ModelChoiceField(
        User.objects.none(), required=False, label="Whom", empty_label="Its owner"
    )
    text = forms.CharField(
        label="The question", max_length=1000, widget=forms.Textarea(attrs={"rows": 3, "autofocus": True})
    )

    def prepare(self) -> None:
        if len(self.candidates) == 1:
            people = backlog.people_who_see(self.candidates[0]).exclude(pk=self.user.pk)
            self.fields["of"].queryset = people  # type: ignore[attr-defined]
        else:
            del self.fields["of"]


class SizeForm(VerbForm):
    assessor: Any = forms.ModelChoiceField(User.objects.none(), label="Who sizes it", empty_label=None)

    def prepare(self) -> None:
        """Who may size all of the chosen ones."""
        units = {c.unit_id: c.unit for c in self.candidates}.values()
        may = [set(backlog.assessors(unit).values_list("pk", flat=True)) for unit in units]
        both = set.intersection(*may) if may else set()
        self.fields["assessor"].queryset = User.objects.filter(pk__in=both).order_by("name")  # type: ignore[attr-defined]


class MeasureForm(VerbForm):
    quantity = forms.ChoiceField(label="What is measured", choices=QUANTITIES)
    what = forms.CharField(
        label="In words, for whoever does it", max_length=200, initial="Time one from start to end"
    )
    person: Any = forms.ModelChoiceField(
        User.objects.none(), required=False, label="Who", empty_label="Its owner"
    )
    samples_wanted = forms.IntegerField(label="How many", min_value=5, max_value=1000, initial=20)
    due_on = forms.DateField(label="By", widget=date_input())

    def prepare(self) -> None:
        self.fields["due_on"].initial = self.today + timedelta(days=14)
        if len(self.candidates) == 1:
            self.fields["person"].queryset = backlog.people_who_see(self.candidates[0])  # type: ignore[attr-defined]
        else:
            del self.fields["person"]


class MergeForm(VerbForm):
    into = forms.CharField(
        label="Into which", max_length=160, help_text="Its key, such as C-7.",
        widget=forms.TextInput(attrs={"list": "targets", "autocomplete": "off", "autofocus": True}),
    )  # fmt: skip

    def targets(self) -> list[Candidate]:
        """To choose from: of the same units, what is open and not chosen itself."""
        units, chosen = {c.unit_id for c in self.candidates}, [c.pk for c in self.candidates]
        rows = Candidate.objects.visible_to(self.user).open().filter(unit_id__in=units).exclude(pk__in=chosen)
        return list(rows.order_by("-number")[:200])

    def clean_into(self) -> Candidate:
        key = self.cleaned_data["into"].split()[0].upper().removeprefix("C-")
        rows = Candidate.objects.visible_to(self.user).filter(
            Q(number=int(key)) if key.isdigit() else Q(pk=None)
        )
        found = rows.first()
        if found is None:
            raise forms.ValidationError("There is no such candidate that you can see.")
        return found


class ParkForm(VerbForm):
    until = forms.DateField(label="Until", widget=date_input())
    why = forms.CharField(label="Why", max_length=200, help_text="Its owner reads it.")

    def prepare(self) -> None:
        self.fields["until"].initial = self.today + timedelta(days=30)


class SendForm(VerbForm):
    """Nothing is asked."""


FORMS: dict[str, type[VerbForm]] = {
    "ask": AskForm,
    "size": SizeForm,
    "measure": MeasureForm,
    "merge": MergeForm,
    "park": ParkForm,
    "send": SendForm,
}
