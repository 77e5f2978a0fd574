"""The short form that a verdict in the meeting opens: filled in already, Enter confirms it."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms

from aiops.models import User
from backlog.models import Candidate, Estimate
from roi.calc.tripwires import NOUNS
from roi.models import AgendaItem, Decision
from roi.operations import Build, ToMeasure

V = Decision.Verdict
MOST_TRIPWIRES = 2
WEEKS = {V.FIX: 2, V.SCALE: 4}
BUILD = ("business_owner", "deputy", "builder", "it_steward", "planned_go_live")


def _day(label: str, **rest: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **rest
    )


def _person(label: str, **rest: Any) -> forms.ModelChoiceField:
    people = User.objects.people().filter(is_active=True).order_by("name", "pk")
    return forms.ModelChoiceField(label=label, queryset=people, **rest)


class MeetingDecisionForm(forms.Form):
    """Only the fields that its verdict has; `content` is the item's pre-read, `day` is today."""

    reason = forms.CharField(
        label="The reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 2, "autofocus": True})
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)
    corrects = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Any = None, *, item: AgendaItem, verdict: str, content: Mapping[str, Any], day: date,
        corrects: Decision | None = None,
    ) -> None:  # fmt: skip
        super().__init__(data)
        self.item, self.verdict, self.content, self.day = item, verdict, content, day
        agreed = verdict == item.proposed and corrects is None
        self.initial = {"revision": item.revision, "reason": item.proposed_why if agreed else ""}
        self.initial["corrects"] = corrects.pk if corrects else None
        self.tripwires: list[dict[str, Any]] = []
        getattr(self, f"_for_{verdict}", lambda: None)()

    def _for_defer(self) -> None:
        self.fields["until"] = _day("Back on", help_text="It returns to the review by itself on that day.")
        self.initial["until"] = self.day + timedelta(weeks=13)

    def _for_measure(self) -> None:
        asked = self.content.get("measure") or {}
        self.fields["measure"] = forms.CharField(label="What to measure", max_length=200)
        self.fields["quantity"] = forms.ChoiceField(label="It tells", choices=Estimate.Quantity.choices)
        self.fields["person"] = _person("Who measures")
        self.fields["samples"] = forms.IntegerField(label="How many", min_value=1, max_value=500)
        self.fields["due_on"] = _day("By")
        owner = self.item.candidate.owner_id if self.item.candidate else None
        self.initial.update({
            "measure": asked.get("words", ""), "quantity": asked.get("quantity", "minutes"), "person": owner,
            "samples": asked.get("samples", 20), "due_on": self.day + timedelta(weeks=2),
        })  # fmt: skip

    def _for_approve(self) -> None:
        self.fields["reapprove_on"] = _day("Approve again on")
        self.fields["quality_bar"] = forms.CharField(label="Quality bar", max_length=200, required=False)
        self.initial.update(
            {
                "reapprove_on": self.day + timedelta(days=365),
                "quality_bar": "set after the first eval",
            }
        )
        for name, label in zip(BUILD, ("Business owner", "Deputy", "Builder", "IT steward"), strict=False):
            self.fields[name] = _person(label, required=False)
        self.fields["planned_go_live"] = _day("Planned go-live", required=False)
        self.initial["business_owner"] = self.item.candidate.owner_id if self.item.candidate else None
        self.tripwires = [dict(row) for row in (self.content.get("tripwires") or [])[:MOST_TRIPWIRES]]
        for n, row in enumerate(self.tripwires):
            self._tripwire(n, row)

    def _tripwire(self, n: int, row: Mapping[str, Any]) -> None:
        """A tick, the level (shares in percent) and the weeks; what it watches is not up for debate."""
        share = row["quantity"].endswith("_share")
        side, unit = ("under" if row["side"] == "below" else "over"), ", %" if share else ""
        label = f"Stop if {NOUNS.get(row['quantity'], row['quantity'])} is {side}{unit}"
        self.fields[f"tripwire_{n}"] = forms.BooleanField(label="Set it", required=False)
        self.fields[f"level_{n}"] = forms.DecimalField(
            label=label, min_value=0, required=False, help_text=row["note"]
        )
        self.fields[f"weeks_{n}"] = forms.IntegerField(
            label="for weeks", min_value=1, max_value=52, required=False
        )
        level = Decimal(str(row["level"])) * (100 if share else 1)
        self.initial.update(
            {f"tripwire_{n}": True, f"level_{n}": level.normalize(), f"weeks_{n}": row["weeks"]}
        )
        if level == level.to_integral_value():
            self.initial[f"level_{n}"] = int(level)

    def _for_duplicate(self) -> None:
        self.fields["duplicate_of"] = forms.CharField(
            label="The candidate that it repeats", help_text="Such as C-12"
        )

    def _for_fix(self) -> None:
        self._action(WEEKS[V.FIX])

    def _for_scale(self) -> None:
        self._action(WEEKS[V.SCALE])

    def _action(self, weeks: int) -> None:
        self.fields["owner"] = _person("Who does it")
        self.fields["due_on"] = _day("By")
        owner = self.item.workload.business_owner_id if self.item.workload else None
        self.initial.update({"owner": owner, "due_on": self.day + timedelta(weeks=weeks)})

    def _for_keep(self) -> None:
        self.fields["reapprove_on"] = _day("Approve again on")
        self.initial["reapprove_on"] = self.day + timedelta(days=365)

    def clean_duplicate_of(self) -> Candidate:
        """By its key, among those that the item's owner's review can see; itself is refused."""
        text = self.cleaned_data["duplicate_of"].strip().upper().removeprefix("C-")
        found = (
            Candidate.objects.filter(number=int(text)).first() if text.isdecimal() and len(text) < 9 else None
        )
        if found is None or found.submitted_at is None:
            raise forms.ValidationError("There is no such candidate.")
        return found

    def tripwire_rows(self) -> list[dict[str, Any]]:
        """Fields of each tripwire, for the template."""
        return [
            {"set": self[f"tripwire_{n}"], "level": self[f"level_{n}"], "weeks": self[f"weeks_{n}"]}
            for n in range(len(self.tripwires))
        ]

    def said(self) -> dict[str, Any]:
        """The arguments of `decide` or `decide_workload` beside item and people."""
        data = self.cleaned_data
        told: dict[str, Any] = {
            "verdict": self.verdict,
            "reason": data["reason"],
            "revision": data["revision"],
        }
        for name in ("until", "reapprove_on", "duplicate_of", "quality_bar", "owner"):
            if name in self.fields:
                told[name] = data[name]
        if self.verdict in WEEKS:
            told["due_on"] = data["due_on"]
        if self.verdict == V.APPROVE:
            told |= {"tripwires": self._wanted(), "build": self._build()}
        if self.verdict == V.MEASURE:
            what = data["measure"]
            asked = ToMeasure(data["quantity"], data["person"], data["samples"], data["due_on"], what)
            told |= {"measure": what, "measurement": asked}
        return told

    def _wanted(self) -> list[dict[str, Any]]:
        data, rows = self.cleaned_data, []
        for n, row in enumerate(self.tripwires):
            level = data.get(f"level_{n}")
            if not data.get(f"tripwire_{n}") or level is None:
                continue
            level = level / 100 if row["quantity"].endswith("_share") else level
            kept = {name: row[name] for name in ("quantity", "side", "note")}
            rows.append(kept | {"level": level, "weeks": data.get(f"weeks_{n}") or row["weeks"]})
        return rows

    def _build(self) -> Build:
        people = {name: self.cleaned_data[name] for name in BUILD}
        if people["business_owner"] is None and self.item.candidate:
            people["business_owner"] = self.item.candidate.owner
        return Build(**people)


class ActionForm(forms.Form):
    """Something that somebody does by a date."""

    text = forms.CharField(label="What", max_length=300, widget=forms.TextInput(attrs={"autofocus": True}))
    owner = _person("Who")
    due_on = _day("By")


class ObjectionForm(forms.Form):
    """An objection in the words of whoever has it."""

    text = forms.CharField(
        label="Your objection", max_length=500, widget=forms.Textarea(attrs={"rows": 3, "autofocus": True})
    )


class FoundForm(forms.Form):
    """What was looked up: low, likely and high, in the unit of the quantity."""

    low = forms.DecimalField(label="Low", max_digits=18, decimal_places=4)
    likely = forms.DecimalField(label="Likely", max_digits=18, decimal_places=4)
    high = forms.DecimalField(label="High", max_digits=18, decimal_places=4)

    def clean(self) -> dict[str, Any]:
        """In order, as a range is."""
        data = super().clean() or {}
        ends = [data.get(name) for name in ("low", "likely", "high")]
        if None not in ends and not ends[0] <= ends[1] <= ends[2]:  # type: ignore[operator]
            raise forms.ValidationError("Low is at most likely, likely at most high.")
        return data


class NoteForm(forms.Form):
    """A word on how it ended."""

    note = forms.CharField(label="A note", max_length=300, required=False)
