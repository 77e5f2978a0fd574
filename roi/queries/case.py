"""What a candidate's score rests on beside its own ranges: rates, hours of its posts, prices of tokens."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import OuterRef, Subquery, Sum

from aiops.models import BusinessUnit, Company, RateCard
from backlog.models import Candidate
from backlog.queries import correlations_of, effort_days, estimate_ranges, hours_cap, team_mates
from roi.models import Assessment, Decision
from workloads.calc.pricing import token_prices


@dataclass
class Rates:
    """Finance's rates of one day, each asked for once however many candidates are scored."""

    day: date
    known: dict[tuple[int | None, str], RateCard | None] = field(default_factory=dict)

    def of(self, unit: BusinessUnit | None, job: str) -> RateCard | None:
        key = (unit.pk if unit else None, job)
        if key not in self.known:
            self.known[key] = RateCard.objects.for_unit(unit, self.day, job)  # type: ignore[attr-defined]
        return self.known[key]


def case_of(candidate: Candidate) -> dict[str, Any]:
    """The arguments of a `Case` as the candidate's rows say."""
    cap, note = free_hours(candidate)
    return {
        "ranges": estimate_ranges(candidate),
        "unit": candidate.unit,
        "rate_job": candidate.rate_job,
        "token_model": candidate.token_model,
        "horizon_months": candidate.horizon_months,
        "discount_rate": candidate.discount_rate,
        "hours_cap": cap,
        "cap_note": note,
        "correlations": correlations_of(candidate),
        "effort_days": effort_days(candidate),
        "owner_id": candidate.owner_id,
        "klass": candidate.klass,
    }


def free_hours(candidate: Candidate) -> tuple[float | None, str]:
    """Hours a year that may still be set free: those of the posts, less what approved ones of the team free."""
    cap, note = hours_cap(candidate)
    if cap is None or candidate.team_id is None:
        return cap, note
    taken = _taken(candidate)
    if not taken:
        return cap, note
    return max(cap - taken, 0.0), f"{note}, of which approved candidates free {taken:,.0f}"


def _taken(candidate: Candidate) -> float:
    """Hours (P50) that the approvals of the team's other candidates promise."""
    approved = Decision.objects.filter(candidate=OuterRef("pk"), verdict=Decision.Verdict.APPROVE)
    mates = team_mates(candidate).annotate(rests_on=Subquery(approved.order_by("-pk").values("assessment")[:1]))
    rests = mates.filter(rests_on__isnull=False).values("rests_on")
    return float(Assessment.objects.filter(pk__in=rests).aggregate(h=Sum("hours_p50"))["h"] or 0)


def prices_of(token_model: str, day: date, size: float, company: Company) -> tuple[float, float] | None:
    """Money in the company's currency for a token in and one out; None when the price book lacks the model."""
    provider, slash, model = token_model.partition("/")
    found = token_prices(provider if slash else "", model if slash else provider, day, int(size))
    if found is None:
        return None
    return float(found.input * company.usd_rate), float(found.output * company.usd_rate)
