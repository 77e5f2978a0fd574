"""The weekly review of the simulated company: its next meeting has a full agenda, a pre-read and first answers."""

from datetime import date, time, timedelta

from backlog.models import Feasibility, Question
from roi.demo.portfolio import Company
from roi.models import AgendaItem, Answer, Review
from roi.operations.agenda import build_agenda
from roi.operations.pre_reads import answer_pre_read, freeze
from roi.operations.series import create_series

MEMBERS = ("lead2", "finance", "finance2", "it", "assessor", "executive")
SATURDAY = 5
# What IT says of each, by the key of the file; C22 still waits for its line.
LINES = {
    "C03": ("yes", "The document service is there; needs a connector of two weeks."),
    "C04": ("effort", "Needs the new gateway and a data agreement with the vendor."),
    "C10": ("yes", "Runs on the platform as it is."),
    "C11": ("effort", "The source system has no interface: nightly export first."),
    "C17": ("yes", "Waits for the new planning system, then simple."),
    "C18": ("yes", "Runs on the platform as it is."),
    "C19": ("yes", "Same stack as the reply assistant."),
}
ASKED = ("C19", "How many of these come in through the old form?")
SAID = (
    ("it", Answer.Kind.FINE, ""),
    ("finance2", Answer.Kind.TALK, "The share that becomes cash looks high to me."),
    ("assessor", Answer.Kind.QUESTION, "Who looks at the ones that it does not sort?"),
)


def make_reviews(company: Company) -> None:
    """A review every week from the next working day on; what is in review is ready but for two."""
    _lines(company)
    people = company.people
    first = _working_day((company.at + timedelta(days=1)).date())
    at = company.before(1)
    series = create_series(
        name="Weekly ROI review",
        chair=people["lead"],
        members=[people[name] for name in MEMBERS],
        first_on=first,
        start_time=time(13, 30),
        consent_below=None,
        place="Room Meridian, or the usual call",
        simulated=True,
        by=people["lead"],
        at=at,
    )
    coming = series.reviews.filter(starts_at__gt=company.at).order_by("starts_at")
    freeze(review=coming[0], at=company.at)
    _answers(company, coming[0])
    build_agenda(review=coming[1], at=company.at)


def _working_day(day: date) -> date:
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day


def _lines(company: Company) -> None:
    by, at = company.people["it"], company.before(3)
    Feasibility.objects.bulk_create(
        Feasibility(candidate=company.candidates[key], verdict=verdict, line=line, by=by, at=at)
        for key, (verdict, line) in LINES.items()
    )
    key, text = ASKED
    candidate = company.candidates[key]
    Question.objects.create(
        candidate=candidate,
        by=company.people["assessor"],
        of=candidate.owner,
        text=text,
        at=company.before(2),
    )


def _answers(company: Company, review: Review) -> None:
    item = review.items.filter(section=AgendaItem.Section.DISCUSS, candidate__isnull=False).first()
    for who, kind, text in SAID if item else ():
        answer_pre_read(item=item, kind=kind, text=text, by=company.people[who], at=company.at)  # type: ignore[arg-type]
