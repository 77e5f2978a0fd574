"""The shape of the live preview: the short form or the assessor's table, half-typed as it may be."""

from decimal import Decimal
from typing import Any

from django import forms

from backlog.calc import ranges
from backlog.calc.ranges import Range
from backlog.models import Candidate, Estimate

POINTS = ("low", "likely", "high")
NAMED = "named"
QUESTIONS = {
    "count": "How many",
    "minutes": "Minutes each",
    "people": "How many people",
    "share": "Share of time",
}


def _number(**options: Any) -> forms.DecimalField:
    return forms.DecimalField(required=False, max_digits=18, decimal_places=4, **options)


class PreviewForm(forms.Form):
    """Any field may be missing; what is there must make sense. cleaned_data["ranges"] is what it makes."""

    candidate = forms.IntegerField(required=False, min_value=1)
    title = forms.CharField(required=False, max_length=120)
    count = _number(min_value=Decimal("0.01"))
    period = forms.ChoiceField(required=False, choices=Candidate.Period.choices)
    minutes = _number(min_value=Decimal("0.01"))
    people = _number(min_value=Decimal("0.1"))
    share = forms.ChoiceField(required=False, choices=[("", ""), *Candidate.Share.choices])
    sureness = forms.ChoiceField(required=False, choices=Candidate.Sureness.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for quantity in Estimate.Quantity.values:
            for point in POINTS:
                self.fields[f"{quantity}_{point}"] = _number()
            self.fields[f"{quantity}_meaning"] = forms.ChoiceField(
                required=False, choices=Estimate.Meaning.choices
            )
            self.fields[f"{quantity}_evidence"] = forms.ChoiceField(
                required=False, choices=Estimate.Evidence.choices
            )

    @property
    def is_long(self) -> bool:
        """Whether the assessor's table was sent, where a blank row means unknown."""
        return any(f"{quantity}_likely" in self.data for quantity in Estimate.Quantity.values)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for quantity in Estimate.Quantity.values:
            self._check(quantity, data)
        if not self.errors:
            data["ranges"] = self._table(data) if self.is_long else self._answers(data)
        return data

    def _check(self, quantity: str, data: dict[str, Any]) -> None:
        label = _label(quantity)
        given = {point: data.get(f"{quantity}_{point}") for point in POINTS}
        missing = [point for point, value in given.items() if value is None]
        broken = any(f"{quantity}_{point}" in self.errors for point in POINTS)
        if broken or len(missing) == 3:
            return
        if missing:
            self.add_error(
                f"{quantity}_likely", forms.ValidationError(f"{label}: {missing[0]} is missing.", code=NAMED)
            )
        elif problem := _problem(quantity, *(data[f"{quantity}_{point}"] for point in POINTS)):
            self.add_error(f"{quantity}_likely", forms.ValidationError(f"{label}: {problem}", code=NAMED))

    @property
    def problems(self) -> list[str]:
        """Every error as a sentence that names its quantity or question."""
        return [self._named(name, e) for name, errors in self.errors.as_data().items() for e in errors]

    def _named(self, name: str, error: forms.ValidationError) -> str:
        words = " ".join(error.messages)
        quantity = name.rpartition("_")[0]
        if error.code == NAMED:
            return words
        if quantity in Estimate.Quantity.values:
            return f"{_label(quantity)}: {words}"
        return f"{QUESTIONS.get(name, name.capitalize())}: {words}"

    def _table(self, data: dict[str, Any]) -> dict[str, Range]:
        made: dict[str, Range] = {}
        for quantity in Estimate.Quantity.values:
            if data.get(f"{quantity}_likely") is not None:
                low, likely, high = (float(data[f"{quantity}_{point}"]) for point in POINTS)
                meaning = data[f"{quantity}_meaning"] or "percentiles"
                evidence = data[f"{quantity}_evidence"] or "assumed"
                made[quantity] = Range(low, likely, high, meaning, evidence)
        return made

    def _answers(self, data: dict[str, Any]) -> dict[str, Range]:
        if data.get("count") is None:
            return {}
        sureness = data.get("sureness") or "fairly_sure"
        answers = {"volume": ranges.per_year(float(data["count"]), data.get("period") or "month")}
        if data.get("minutes") is not None:
            answers["minutes"] = float(data["minutes"])
        elif data.get("people") is not None and data.get("share"):
            people = float(data["people"])
            answers["minutes"] = ranges.minutes_from_people(people, data["share"], answers["volume"])
        return {name: ranges.from_answer(value, sureness, name) for name, value in answers.items()}


def _label(quantity: str) -> str:
    return str(Estimate.Quantity(quantity).label).split(" (")[0]


def _problem(quantity: str, low: Decimal, likely: Decimal, high: Decimal) -> str:
    if low > likely:
        return f"low {low:f} is above likely {likely:f}."
    if likely > high:
        return f"likely {likely:f} is above high {high:f}."
    if quantity in Estimate.SHARES and (low < 0 or high > 1):
        return "a share lies between 0 and 1."
    if low < 0 and quantity not in Estimate.MAY_BE_NEGATIVE:
        return "it cannot be below zero."
    return ""
