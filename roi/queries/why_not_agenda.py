"""Why a candidate is not on the agenda, by how much, and what would change it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from aiops.models import Company, User
from backlog.models import Candidate, State
from roi.models import AgendaItem, Assessment, Review, Series
from roi.queries.agenda.candidates import belongs, decidable
from roi.queries.agenda.found import Look, look_at
from roi.queries.proposals import money_of

Section = AgendaItem.Section
ON = (Section.DISCUSS, Section.CONSENT)
BEFORE_REVIEW = {
    State.DRAFT: ("it is a draft", "Submit it."),
    State.RECEIVED: ("nobody has sized its cost yet", "It is sized, then sent to the review."),
    State.SIZING: ("its cost is being sized", "Once it is sized, it is sent to the review."),
}


@dataclass(frozen=True)
class WhyNot:
    """Sentences for its owner; `review` is the meeting that is meant, if there is one."""

    sentence: str
    what_would_change_it: str
    review: Review | None = None


def coming_review(unit_id: int | None, at: datetime) -> Review | None:
    """The coming meeting that decides on a unit: of its own review, else of the one for all units."""
    has_own = Series.objects.filter(unit_id=unit_id, unit__isnull=False, ended_on=None).exists()
    rows = Review.objects.filter(starts_at__gt=at, state__in=["planned", "frozen", "running"])
    rows = rows.filter(series__unit_id=unit_id if has_own else None, series__ended_on=None)
    return rows.select_related("series__unit", "chair").order_by("starts_at").first()


def why_not_on_agenda(candidate: Candidate, at: datetime) -> WhyNot | None:
    """None where it is on the agenda of the next meeting, or has been decided for good."""
    if candidate.state in BEFORE_REVIEW:
        why, change = BEFORE_REVIEW[State(candidate.state)]
        return WhyNot(f"Not on the agenda: {why}.", change)
    if candidate.state not in (State.IN_REVIEW, State.DEFERRED, State.MEASURING):
        return None
    review = coming_review(candidate.unit_id, at)
    if review is None:
        words = "No review is planned that would decide on it."
        return WhyNot(words, "The lead sets a review up for its unit or for all units.")
    item = review.items.filter(candidate=candidate).first()
    if item is not None:
        return _of_item(item, review)
    return _absent(candidate, review)


def _of_item(item: AgendaItem, review: Review) -> WhyNot | None:
    if item.section in ON:
        return None
    day = f"{review.starts_at:%-d %b %Y}"
    if item.section == Section.NOT_READY:
        return WhyNot(f"Not ready for the review on {day}: it {item.section_why}.", _needs(item), review)
    if item.section == Section.DROPPED:
        return WhyNot(f"Off the agenda of {day}: {item.section_why}.", "The chair can put it back.", review)
    change = "It comes again at the next one; carried over twice, it goes first."
    return WhyNot(f"Carried over on {day}: {item.section_why}.", change, review)


def _needs(item: AgendaItem) -> str:
    words = [m["words"] for m in item.missing]
    told = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    return f"It needs {told}."


def _absent(candidate: Candidate, review: Review) -> WhyNot:
    day = f"{review.starts_at:%-d %b %Y}"
    if candidate.state == State.DEFERRED and candidate.deferred_until:
        until = f"{candidate.deferred_until:%-d %b %Y}"
        return WhyNot(
            f"Not on the agenda of {day}: it is deferred.", f"It comes back by itself on {until}.", review
        )
    if candidate.state == State.MEASURING:
        words = f"Not on the agenda of {day}: something is measured first."
        return WhyNot(words, "It comes back when the measurement is done.", review)
    if candidate.parked_until and candidate.parked_until > review.starts_at.date():
        words = f"Not on the agenda of {day}: it is parked ({candidate.parked_why})."
        return WhyNot(words, f"It comes back on {candidate.parked_until:%-d %b %Y}.", review)
    newest = candidate.assessments.order_by("-pk").first()
    company = Company.load()
    if newest is not None and newest.npv_p50 is not None and newest.npv_p50 < company.hurdle_npv:
        return _below(newest, company, day, review)
    if review.state == Review.State.PLANNED:
        return WhyNot(f"The agenda of {day} is being written.", "It is looked at within minutes.", review)
    words = f"Not on the agenda of {day}: its pre-read went out before this was ready."
    return WhyNot(words, "It comes to the next one, or the chair adds it.", review)


def _below(newest: Assessment, company: Company, day: str, review: Review) -> WhyNot:
    money, short, most = below_figures(newest.npv_p50, newest.breakeven_build, newest.build_mean, company)
    words = f"Not on the agenda of {day}: {short} short of the hurdle of {money} in the middle case."
    change = f"It needs {short} more worth in cash"
    return WhyNot(words, f"{change}, or a build below {most}." if most else f"{change}.", review)


def below_figures(
    npv: Decimal | None, breakeven: Decimal | None, build: Decimal | None, company: Company
) -> tuple[str, str, str]:
    """The hurdle, what is missing to it, and the build cost at which it is met ("" where no build cost is low enough).

    The break-even is the build cost at which the middle case is worth nothing: each dollar of build less is one of NPV
    more, so the hurdle is met by as much below it.
    """
    money = money_of(company.currency)
    hurdle = company.hurdle_npv
    short = hurdle - (npv or Decimal(0))
    most = (breakeven - hurdle) if breakeven is not None else None
    reachable = most is not None and most > 0 and (build is None or most < build)
    return money(float(hurdle)), money(float(short)), money(float(most)) if reachable and most else ""


def left_off(review: Review, at: datetime) -> dict[User, list[str]]:
    """Of each owner the candidates in review that this agenda leaves out, with the reason; a few queries for all."""
    look = look_at(review, at)
    rows = Candidate.objects.filter(decidable(review.starts_at.date()) & look.units()).select_related("owner")
    there = {i.candidate_id: i for i in review.items.filter(candidate__isnull=False)}
    off = [c for c in rows.order_by("pk") if c.pk not in there or there[c.pk].section not in ON]
    newest = Assessment.objects.filter(candidate__in=[c.pk for c in off]).latest()
    figures = {a.candidate_id: a for a in newest.only("candidate_id", "npv_p50", "prob_positive")}
    said: dict[User, list[str]] = defaultdict(list)
    for candidate in off:
        said[candidate.owner].append(_in_short(candidate, there.get(candidate.pk), figures, look))
    return said


def _in_short(
    candidate: Candidate, item: AgendaItem | None, figures: dict[int, Assessment], look: Look
) -> str:
    if item is not None:
        where = "" if item.section == Section.NOT_READY else "is carried over, "
        return f"{candidate.key} {where}{item.section_why}"
    found = figures.get(candidate.pk)
    if found is not None and found.npv_p50 is not None:
        shape = {"npv_p50": found.npv_p50, "prob_positive": found.prob_positive}
        if not belongs(shape, look.hurdle):
            return f"{candidate.key} is {look.money(float(look.hurdle - found.npv_p50))} short of the hurdle"
    return f"{candidate.key} came too late"
