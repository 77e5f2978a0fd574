"""The shape of a verdict: what, why, until when, and who builds and runs it."""

from typing import Any

from django import forms

from aiops.models import User
from aiops.widgets import date_input
from backlog.models import Candidate
from roi.models import Decision
from roi.operations import Build

PEOPLE = ("business_owner", "deputy", "builder", "it_steward")


class DecisionForm(forms.Form):
    """The people matter only when it is approved; the operation asks for what each verdict needs."""

    verdict = forms.ChoiceField(choices=Decision.Verdict.choices, widget=forms.HiddenInput)
    reason = forms.CharField(
        label="The reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Its owner reads it.",
    )
    until = forms.DateField(label="Defer until", required=False, widget=date_input())
    measure = forms.CharField(
        label="Measure what first",
        required=False,
        max_length=200,
        help_text="Who times or counts how many of what.",
    )
    business_owner = forms.ModelChoiceField(
        label="Business owner", queryset=User.objects.none(), required=False
    )
    deputy = forms.ModelChoiceField(label="Deputy", queryset=User.objects.none(), required=False)
    builder = forms.ModelChoiceField(label="Builder", queryset=User.objects.none(), required=False)
    it_steward = forms.ModelChoiceField(label="IT steward", queryset=User.objects.none(), required=False)
    planned_go_live = forms.DateField(label="Planned go-live", required=False, widget=date_input())
    item_noun = forms.CharField(
        label="One unit of finished work is called", required=False, max_length=40, initial="item"
    )

    def __init__(self, data: Any = None, *, candidate: Candidate) -> None:
        super().__init__(data, initial={"business_owner": candidate.owner_id, "item_noun": "item"})
        self.candidate = candidate
        people = User.objects.people().filter(is_active=True).order_by("name", "pk")
        for name in PEOPLE:
            self.fields[name].queryset = people  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A date or a measurement that belongs to another verdict is left out."""
        data = super().clean() or {}
        if not data.get("verdict"):
            # The field is hidden behind four buttons: say it where it is seen.
            self.errors.pop("verdict", None)
            self.add_error(None, "Choose approve, measure first, defer or reject.")
        if data.get("verdict") != Decision.Verdict.DEFER:
            data["until"] = None
        if data.get("verdict") != Decision.Verdict.MEASURE:
            data["measure"] = ""
        return data

    @property
    def build_errors(self) -> bool:
        """Whether something is wrong with the people or the plan, so that the page opens that part."""
        return bool({*PEOPLE, "planned_go_live", "item_noun"} & set(self.errors))

    def build(self) -> Build | None:
        """Who builds and runs it; None unless it is approved."""
        data = self.cleaned_data
        if data["verdict"] != Decision.Verdict.APPROVE:
            return None
        return Build(
            business_owner=data["business_owner"] or self.candidate.owner,
            deputy=data["deputy"],
            builder=data["builder"],
            it_steward=data["it_steward"],
            planned_go_live=data["planned_go_live"],
            item_noun=data["item_noun"] or "item",
        )
