"""The shape of a plan: money, quarters, days by role and quarter, and which candidates are fixed."""

from collections.abc import Iterator
from typing import Any

from django import forms

from backlog.models import Candidate, Effort
from roi.models import Plan

QUARTERS = (1, 2, 3, 4)
FREE, MUST, NEVER = "", "must", "never"
FIXES = [(FREE, "the planner decides"), (MUST, "always in"), (NEVER, "never in")]
PLAIN = ("name", "budget", "quarters", "max_high_risk", "cvar_floor", "correlation")


class PlanForm(forms.Form):
    """One scenario. `settings()` is what the operation takes."""

    name = forms.CharField(max_length=80, help_text="Such as «Autumn» or «If IT gets two more».")
    budget = forms.DecimalField(
        min_value=0,
        max_digits=15,
        decimal_places=2,
        label="Budget to build with",
        help_text="Build costs only.",
    )
    quarters = forms.TypedChoiceField(
        choices=[(n, "1 quarter" if n == 1 else f"{n} quarters") for n in QUARTERS],
        coerce=int, initial=4, label="Starts are spread over",
    )  # fmt: skip
    max_high_risk = forms.IntegerField(
        min_value=0, max_value=10_000, required=False, label="At most so many of high risk",
        help_text="Empty: no limit.",
    )  # fmt: skip
    cvar_floor = forms.DecimalField(
        max_digits=15, decimal_places=2, required=False, label="The worst tenth may lose down to",
        help_text="Mean NPV of the plan in the worst tenth of the futures, such as \u2212100000. Empty: no limit.",
    )  # fmt: skip
    correlation = forms.DecimalField(
        min_value=0, max_value=90, decimal_places=0, initial=30, label="Candidates do well or badly together, %",
        help_text="0: by chance alone. 30 is usual: the same people, systems and model carry them.",
    )  # fmt: skip
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, candidates: list[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.candidates = candidates
        for role, label in Effort.Role.choices:
            for q in QUARTERS:
                name = f"{label.capitalize()}, days in Q{q}"
                widget = forms.NumberInput(attrs={"aria-label": name, "placeholder": "no limit"})
                self.fields[f"days_{role}_{q}"] = forms.DecimalField(
                    label=name,
                    min_value=0,
                    max_value=100_000,
                    decimal_places=1,
                    required=False,
                    widget=widget,
                )
        for candidate in candidates:
            choice = forms.Select(attrs={"aria-label": f"Is {candidate.key} in?"})
            self.fields[f"fix_{candidate.number}"] = forms.ChoiceField(
                choices=FIXES, required=False, widget=choice
            )

    @property
    def plain(self) -> Iterator[forms.BoundField]:
        """The fields that stand alone."""
        return (self[name] for name in PLAIN)

    @property
    def grid(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Each role with its field of every quarter."""
        return [(label, [self[f"days_{role}_{q}"] for q in QUARTERS]) for role, label in Effort.Role.choices]

    @property
    def fixed(self) -> list[tuple[Candidate, forms.BoundField]]:
        return [(candidate, self[f"fix_{candidate.number}"]) for candidate in self.candidates]

    @property
    def count_fixed(self) -> int:
        return sum(1 for _, field in self.fixed if field.value())

    def settings(self) -> dict[str, Any]:
        """Days of quarters beyond the last one are left out."""
        data = self.cleaned_data
        asked = {name: data[name] for name in ("budget", "quarters", "max_high_risk", "cvar_floor")}
        days = [
            {"role": role, "quarter": q, "days": data[f"days_{role}_{q}"]}
            for role in Effort.Role.values
            for q in QUARTERS
            if q <= data["quarters"] and data[f"days_{role}_{q}"] is not None
        ]
        asked |= {"correlation": data["correlation"] / 100, "capacity": days}
        return asked | {"must": self._fixed_as(MUST), "never": self._fixed_as(NEVER)}

    def _fixed_as(self, wanted: str) -> list[int]:
        return [c.number for c in self.candidates if self.cleaned_data[f"fix_{c.number}"] == wanted]

    @staticmethod
    def initial_of(plan: Plan) -> dict[str, Any]:
        """What a plan asks, as the form shows it."""
        kept = plan.settings
        shown = {name: _plain(kept[name]) for name in ("budget", "quarters", "max_high_risk", "cvar_floor")}
        shown |= {
            "name": plan.name,
            "revision": plan.revision,
            "correlation": round(kept["correlation"] * 100),
        }
        shown |= {f"days_{row['role']}_{row['quarter']}": _plain(row["days"]) for row in kept["capacity"]}
        shown |= {f"fix_{n}": MUST for n in kept["must"]} | {f"fix_{n}": NEVER for n in kept["never"]}
        return shown


def _plain(value: Any) -> Any:
    """A whole number without its ".0"."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class CompareForm(forms.Form):
    """Two plans to lay side by side."""

    a = forms.ModelChoiceField(queryset=Plan.objects.none(), label="This plan")
    b = forms.ModelChoiceField(queryset=Plan.objects.none(), label="Against this one")

    def __init__(self, *args: Any, plans: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("a", "b"):
            self.fields[name].queryset = plans  # type: ignore[attr-defined]
