"""The assessor's page beside the ranges: team, frame, what moves together, effort, other candidates."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from backlog import queries
from backlog.calc import correlations
from backlog.models import Candidate, Correlation, Effort, Estimate, Relation

SHORTEST = 4
QUANTITIES = [("", "choose"), *((q.value, str(q.label).split(" (")[0]) for q in Estimate.Quantity)]


class DetailsForm(forms.Form):
    """What an assessor adds about the candidate itself."""

    klass = forms.ChoiceField(label="Class", choices=Candidate.Klass.choices)
    systems = forms.CharField(label="Systems it touches", required=False, max_length=300)
    risk_tier = forms.ChoiceField(
        label="Risk tier", required=False, choices=[("", "not rated"), *Candidate.Risk.choices]
    )


class TeamForm(forms.Form):
    """One of the unit's teams, or a new one with its full-time people."""

    team: forms.ModelChoiceField = forms.ModelChoiceField(
        label="Team that does it today", queryset=None, required=False, empty_label="no team, or a new one"
    )
    team_name = forms.CharField(label="or a new team", required=False, max_length=120)
    team_people = forms.DecimalField(
        label="Full-time people",
        required=False,
        min_value=Decimal("0.1"),
        max_digits=8,
        decimal_places=1,
        help_text="Of the new team, or to correct the number of the one above.",
    )

    def __init__(self, candidate: Candidate, data: Any = None) -> None:
        super().__init__(data, initial={"team": candidate.team_id})
        choice: Any = self.fields["team"]
        choice.queryset = queries.teams(candidate.unit)
        choice.label_from_instance = lambda team: f"{team.name} ({team.people.normalize():f} full-time)"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("team") and data.get("team_name"):
            self.add_error("team_name", "Choose a team or name a new one, not both.")
        if data.get("team_people") and not data.get("team") and not data.get("team_name"):
            self.add_error("team_people", "Whose people are these? Choose a team or name a new one.")
        return data

    @property
    def answer(self) -> tuple[str, Decimal | None]:
        data = self.cleaned_data
        return (data["team"].name if data["team"] else data["team_name"], data["team_people"])


class FrameForm(forms.Form):
    """Whose rate, which model's tokens, over what time. The discount rate is there for finance only."""

    rate_job = forms.ChoiceField(
        label="Job on finance's rate card",
        required=False,
        help_text="Taken unless an own rate stands below. Finance sees the rate itself.",
    )
    token_model = forms.CharField(
        label="Model of the tokens",
        required=False,
        max_length=160,
        widget=forms.TextInput(attrs={"list": "token-models", "placeholder": "provider/model"}),
        help_text="Its tokens are priced by the price book.",
    )
    horizon_months = forms.IntegerField(
        label="Horizon, months",
        required=False,
        min_value=1,
        max_value=120,
        help_text="Counted from the decision. Blank: the company's.",
        error_messages={
            "min_value": "A horizon is 1 to 120 months.",
            "max_value": "A horizon is 1 to 120 months.",
        },
    )
    discount_rate = forms.DecimalField(
        label="Discount rate, % a year",
        required=False,
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        help_text="Blank: the company's.",
    )

    def __init__(self, candidate: Candidate, user: User, day: date, data: Any = None) -> None:
        super().__init__(data, initial=_frame_of(candidate))
        jobs: Any = self.fields["rate_job"]
        jobs.choices = _job_choices(queries.rate_jobs(candidate.unit, day), candidate.rate_job)
        if not permissions.has(user, Permission.FINANCE, unit=candidate.unit):
            del self.fields["discount_rate"]

    def clean_discount_rate(self) -> Decimal | None:
        return _as_share(self.cleaned_data["discount_rate"])


class RateForm(forms.Form):
    """Finance's own line on a candidate."""

    discount_rate = FrameForm.base_fields["discount_rate"]

    @classmethod
    def of(cls, candidate: Candidate) -> "RateForm":
        return cls(initial={"discount_rate": _frame_of(candidate)["discount_rate"]})

    def clean_discount_rate(self) -> Decimal | None:
        return _as_share(self.cleaned_data["discount_rate"])


def _as_share(percent: Decimal | None) -> Decimal | None:
    return None if percent is None else percent / 100


def _frame_of(candidate: Candidate) -> dict[str, Any]:
    rate = candidate.discount_rate
    shown = None if rate is None else f"{(rate * 100).normalize():f}"
    names = ("rate_job", "token_model", "horizon_months")
    return {name: getattr(candidate, name) for name in names} | {"discount_rate": shown}


def _job_choices(jobs: list[str], kept: str) -> list[tuple[str, str]]:
    gone = [(kept, f"{kept} (no longer on the card)")] if kept and kept not in jobs else []
    return [("", "the unit's own rate"), *((job, job) for job in jobs), *gone]


class CorrelationForm(forms.Form):
    """Two quantities that move together: in two words, or as a rank correlation."""

    first = forms.ChoiceField(label="When this is higher", required=False, choices=QUANTITIES)
    second = forms.ChoiceField(label="then this", required=False, choices=QUANTITIES)
    direction = forms.ChoiceField(
        label="is",
        required=False,
        choices=[("together", "higher too (together)"), ("opposite", "lower (opposite)")],
    )
    strength = forms.ChoiceField(
        label="how clearly",
        required=False,
        choices=[
            ("", "choose"),
            *((name, f"{name} ({rho})") for name, rho in correlations.STRENGTHS.items()),
        ],
    )
    rho = forms.DecimalField(
        label="or as a number",
        required=False,
        min_value=Decimal("-0.95"),
        max_value=Decimal("0.95"),
        max_digits=3,
        decimal_places=2,
    )

    def __init__(self, place: int, data: Any = None, row: Correlation | None = None) -> None:
        self.place, self.row = place, row
        super().__init__(data, initial=_correlation_of(row))

    def add_prefix(self, field_name: str) -> str:
        return f"correlation_{self.place}_{field_name}"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        two = [bool(data.get(name)) for name in ("first", "second")]
        if any(two) and not all(two):
            self.add_error("second" if two[0] else "first", "Which quantity does it move with?")
        if all(two) and data.get("rho") is None and not data.get("strength") and "rho" not in self.errors:
            self.add_error("strength", "How clearly do they move together?")
        return data

    @property
    def answer(self) -> tuple[str, str, float, str] | None:
        data, row = self.cleaned_data, self.row
        if not data.get("first"):
            return None
        own = data.get("rho")
        rho = float(own) if own is not None else correlations.rho_of(data["strength"], data["direction"])
        # A note that came over the API stays with its pair; the page does not ask for one.
        same = row is not None and {row.first, row.second} == {data["first"], data["second"]}
        return data["first"], data["second"], rho, row.note if row is not None and same else ""


def _correlation_of(row: Correlation | None) -> dict[str, Any]:
    if row is None:
        return {}
    strength, direction = correlations.words_of(float(row.rho))
    own = {} if strength else {"rho": row.rho}
    return {"first": row.first, "second": row.second, "strength": strength, "direction": direction, **own}


class EffortForm(forms.Form):
    """Days of each role to build it; blank is none."""

    def __init__(self, candidate: Candidate, data: Any = None) -> None:
        known = {f"effort_{row.role}": f"{row.days.normalize():f}" for row in candidate.efforts.all()}
        super().__init__(data, initial=known)
        for role in Effort.Role:
            self.fields[f"effort_{role.value}"] = forms.DecimalField(
                label=f"Days of {role.label}", required=False, min_value=0, max_digits=7, decimal_places=1
            )

    @property
    def answer(self) -> dict[str, Decimal]:
        said = {role: self.cleaned_data[f"effort_{role}"] for role in Effort.Role.values}
        return {role: days for role, days in said.items() if days}


class RelationForm(forms.Form):
    """Another candidate by its number, and how the two stand to each other."""

    kind = forms.ChoiceField(label="This one and", required=False)
    number = forms.RegexField(
        label="candidate",
        required=False,
        regex=r"^\s*(?:[Cc]-)?\d{1,8}\s*$",
        widget=forms.TextInput(attrs={"placeholder": "C-12"}),
        error_messages={"invalid": "A candidate is named by its number, such as C-12."},
    )
    overlap = forms.DecimalField(
        label="share of the benefit lost",
        required=False,
        min_value=Decimal("0.001"),
        max_value=1,
        max_digits=4,
        decimal_places=3,
    )

    def __init__(self, place: int, data: Any = None, row: queries.Related | None = None) -> None:
        self.place = place
        super().__init__(data, initial=_relation_of(row))
        self.fields["kind"].choices = [("", "choose"), *Relation.Kind.choices]  # type: ignore[attr-defined]

    def add_prefix(self, field_name: str) -> str:
        return f"relation_{self.place}_{field_name}"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("number") and not data.get("kind") and "kind" not in self.errors:
            self.add_error("kind", "How do the two stand to each other?")
        if data.get("kind") and not data.get("number") and "number" not in self.errors:
            self.add_error("number", "Which candidate? Name it by its number, such as C-12.")
        return data

    @property
    def answer(self) -> tuple[int, str, Decimal | None] | None:
        data = self.cleaned_data
        if not data.get("number"):
            return None
        return int(data["number"].strip().upper().removeprefix("C-")), data["kind"], data["overlap"]


def _relation_of(row: queries.Related | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {"kind": row.kind, "number": row.candidate.key, "overlap": row.overlap}
