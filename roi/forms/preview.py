"""The shape of the live preview: the short form or the assessor's page, half-typed as it may be."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms

from backlog import queries
from backlog.calc import correlations, ranges
from backlog.calc.ranges import Range
from backlog.models import Candidate, Effort, Estimate

POINTS = ("low", "likely", "high")
NAMED = "named"
QUESTIONS = {
    "count": "How many",
    "minutes": "Minutes each",
    "people": "How many people",
    "share": "Share of time",
    "team_people": "Full-time people",
    "horizon_months": "Horizon",
    "discount_rate": "Discount rate",
    "token_model": "Model of the tokens",
}
HORIZON = "a horizon is 1 to 120 months."
MOST_PAIRS = 20


def _number(**options: Any) -> forms.DecimalField:
    return forms.DecimalField(required=False, max_digits=18, decimal_places=4, **options)


class PreviewForm(forms.Form):
    """Any field may be missing; what is there must make sense.

    When valid, cleaned_data holds what a case is made of: "ranges" by quantity, "correlations" as (quantity,
    quantity, rank correlation), "rate_job", "token_model", "horizon_months" and "discount_rate" (a share a year)
    or None for the company's, "hours_cap" (hours a year) with "cap_note" in words, and "effort_days".
    """

    candidate = forms.IntegerField(required=False, min_value=1, max_value=2_147_483_647)
    title = forms.CharField(required=False, max_length=120)
    count = _number(min_value=Decimal("0.01"))
    period = forms.ChoiceField(required=False, choices=Candidate.Period.choices)
    minutes = _number(min_value=Decimal("0.01"))
    people = _number(min_value=Decimal("0.1"))
    share = forms.ChoiceField(required=False, choices=[("", ""), *Candidate.Share.choices])
    sureness = forms.ChoiceField(required=False, choices=Candidate.Sureness.choices)
    team = forms.IntegerField(required=False, min_value=1)
    team_name = forms.CharField(required=False, max_length=120)
    team_people = _number(min_value=Decimal("0.1"), max_value=1_000_000)
    rate_job = forms.CharField(required=False, max_length=80)
    token_model = forms.CharField(required=False, max_length=160)
    horizon_months = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=120,
        error_messages={"min_value": HORIZON, "max_value": HORIZON},
    )
    discount_rate = _number(min_value=0, max_value=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for quantity in Estimate.Quantity.values:
            for point in POINTS:
                self.fields[f"{quantity}_{point}"] = _number()
            self.fields[f"{quantity}_meaning"] = _choice(Estimate.Meaning.choices)
            self.fields[f"{quantity}_evidence"] = _choice(Estimate.Evidence.choices)
        for role in Effort.Role.values:
            self.fields[f"effort_{role}"] = _number(min_value=0)
        for row in self._pairs():
            self._pair_fields(f"correlation_{row}_")

    def _pairs(self) -> list[int]:
        """The rows of what moves together that were sent, without a gap."""
        sent = range(MOST_PAIRS)
        return [n for n in sent if f"correlation_{n}_first" in self.data]

    def _pair_fields(self, prefix: str) -> None:
        quantities = Estimate.Quantity.choices
        self.fields[f"{prefix}first"] = self.fields[f"{prefix}second"] = _choice(quantities)
        self.fields[f"{prefix}strength"] = _choice([(name, name) for name in correlations.STRENGTHS])
        self.fields[f"{prefix}direction"] = _choice([(name, name) for name in correlations.DIRECTIONS])
        limit = Decimal(str(correlations.STRONGEST))
        self.fields[f"{prefix}rho"] = _number(min_value=-limit, max_value=limit)

    @property
    def is_long(self) -> bool:
        """Whether the assessor's page was sent, where a blank row means unknown."""
        return any(f"{quantity}_likely" in self.data for quantity in Estimate.Quantity.values)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for quantity in Estimate.Quantity.values:
            self._check(quantity, data)
        data["correlations"] = self._correlations(data)
        if not self.errors:
            data["ranges"] = self._table(data) if self.is_long else self._answers(data)
            data |= self._beside(data)
        return data

    def clean_discount_rate(self) -> Decimal | None:
        percent = self.cleaned_data["discount_rate"]
        return None if percent is None else percent / 100

    def _check(self, quantity: str, data: dict[str, Any]) -> None:
        given = {point: data.get(f"{quantity}_{point}") for point in POINTS}
        missing = [point for point, value in given.items() if value is None]
        broken = any(f"{quantity}_{point}" in self.errors for point in POINTS)
        if broken or len(missing) == 3:
            return
        if missing:
            self._refuse(f"{quantity}_likely", f"{_label(quantity)}: {missing[0]} is missing.")
        elif problem := _problem(quantity, *(data[f"{quantity}_{point}"] for point in POINTS)):
            self._refuse(f"{quantity}_likely", f"{_label(quantity)}: {problem}")

    def _refuse(self, field: str, words: str) -> None:
        self.add_error(field, forms.ValidationError(words, code=NAMED))

    def _correlations(self, data: Mapping[str, Any]) -> tuple[tuple[str, str, float], ...]:
        """Finished rows only: half of one says nothing yet. What cannot be true at once is refused."""
        pairs: dict[frozenset[str], tuple[str, str, float]] = {}
        for row in self._pairs():
            prefix = f"correlation_{row}_"
            pair = _pair(*(data.get(prefix + n) for n in ("first", "second", "strength", "direction", "rho")))
            if pair is None:
                continue
            if problem := _pair_problem(pair, pairs):
                self._refuse(f"{prefix}second", problem)
            pairs[frozenset(pair[:2])] = pair
        if not self.errors and correlations.contradictory(pairs.values()):
            self._refuse("correlation_0_first", "What moves together: these cannot all be true at once.")
        return tuple(pairs.values())

    def _beside(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What stands beside the ranges: of the page where it was sent, else of the stored candidate."""
        number = data.get("candidate")
        rows = Candidate.objects.select_related("team", "unit")
        stored = rows.filter(number=number).first() if number else None
        made: dict[str, Any] = {"effort_days": self._effort_days(data)}
        if stored is not None and not self.is_long:
            made |= _stored_frame(stored)
        elif stored is not None and "discount_rate" not in self.data:
            made["discount_rate"] = stored.discount_rate
        cap, note = self._cap(data, stored)
        return made | {"hours_cap": cap, "cap_note": note}

    def _effort_days(self, data: Mapping[str, Any]) -> float | None:
        days = [data.get(f"effort_{role}") for role in Effort.Role.values]
        known = [float(value) for value in days if value]
        return sum(known) if known else None

    def _cap(self, data: Mapping[str, Any], stored: Candidate | None) -> tuple[float | None, str]:
        """Hours that the people have: the team's, else those of the people that the owner named."""
        if self.is_long:
            team = self._team(data, stored)
            if team is not None:
                return ranges.hours_of(team[0]), ranges.team_words(*team)
            if stored is not None:
                # The page says that there is no team; what the owner answered still counts.
                stored.team = None
        people, share = data.get("people"), data.get("share")
        if people and share and (stored is None or stored.team is None):
            words = str(Candidate.Share(share).label)
            return ranges.hours_of(float(people), share), ranges.time_words(float(people), share, words)
        return queries.hours_cap(stored) if stored is not None else (None, "")

    def _team(self, data: Mapping[str, Any], stored: Candidate | None) -> tuple[float, str] | None:
        """(full-time people, name) of the team that is chosen or being named.

        Only teams of the candidate's unit: what others have is not told to whoever guesses a key.
        """
        chosen = queries.teams(stored.unit).filter(pk=data["team"]) if stored is not None else None
        known = chosen.first() if chosen is not None and data.get("team") else None
        people = data.get("team_people") or (known.people if known else None)
        if people is None:
            return None
        return float(people), known.name if known else data.get("team_name") or "the team"

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
        if name.startswith("correlation_"):
            return f"What moves together: {words}"
        return f"{QUESTIONS.get(name, name.replace('_', ' ').capitalize())}: {words}"

    def _table(self, data: Mapping[str, Any]) -> dict[str, Range]:
        made: dict[str, Range] = {}
        for quantity in Estimate.Quantity.values:
            if data.get(f"{quantity}_likely") is not None:
                low, likely, high = (float(data[f"{quantity}_{point}"]) for point in POINTS)
                meaning = data[f"{quantity}_meaning"] or "percentiles"
                evidence = data[f"{quantity}_evidence"] or "assumed"
                made[quantity] = Range(low, likely, high, meaning, evidence)
        return made

    def _answers(self, data: Mapping[str, Any]) -> dict[str, Range]:
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


def _stored_frame(candidate: Candidate) -> dict[str, Any]:
    """The frame of a candidate as it is kept, for a form that does not ask for it."""
    names = ("rate_job", "token_model", "horizon_months", "discount_rate")
    return {name: getattr(candidate, name) for name in names} | {
        "correlations": queries.correlations_of(candidate),
        "effort_days": queries.effort_days(candidate),
    }


def _choice(choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(required=False, choices=[("", ""), *choices])


def _label(quantity: str) -> str:
    return str(Estimate.Quantity(quantity).label).split(" (")[0]


def _problem(quantity: str, low: Decimal, likely: Decimal, high: Decimal) -> str:
    if low > likely:
        return f"low {low:f} is above likely {likely:f}."
    if likely > high:
        return f"likely {likely:f} is above high {high:f}."
    wrong = ranges.refusal(quantity, float(low), float(high))
    return wrong[1] if wrong else ""


def _pair(
    first: str | None, second: str | None, strength: str | None, direction: str | None, rho: Decimal | None
) -> tuple[str, str, float] | None:
    """One row of what moves together; None while it is half-typed or says 0."""
    if not first or not second or (rho is None and not strength):
        return None
    stated = float(rho) if rho is not None else correlations.rho_of(strength or "", direction or "together")
    return (first, second, stated) if stated else None


def _pair_problem(pair: tuple[str, str, float], known: Mapping[frozenset[str], Any]) -> str:
    first, second = _label(pair[0]), _label(pair[1])
    if pair[0] == pair[1]:
        return f"{first} always moves with itself: choose two different quantities."
    return f"{first} with {second} is named twice." if frozenset(pair[:2]) in known else ""
