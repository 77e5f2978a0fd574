"""What stands on the screen of a running meeting: one item, the agenda at its side, and what is left to spend."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Sum

from aiops.models import User
from backlog.models import Effort
from roi.models import AgendaItem, Assessment, Decision, Plan, Review, Voice
from roi.queries.barred import subject_of
from roi.queries.masked import reason_for
from roi.queries.pre_reads import pre_read_changes, pre_read_of
from roi.queries.seats import decider_words, may_chair, reads_money, sits_in

Section = AgendaItem.Section
V = Decision.Verdict
# Verdict, what its button says, its key. F, N, P, O, B, L, E, V and ? are taken by the meeting itself.
OF_CANDIDATE = ((V.MEASURE, "Measure first", "m"), (V.APPROVE, "Approve", "a"), (V.DEFER, "Defer", "d"),
                (V.REJECT, "Reject", "r"), (V.DUPLICATE, "Duplicate", "u"))  # fmt: skip
OF_WORKLOAD = ((V.SCALE, "Scale", "s"), (V.FIX, "Fix", "i"), (V.KEEP, "Keep", "k"), (V.RETIRE, "Retire", "t"))
TONES = {V.APPROVE: "good", V.SCALE: "good", V.KEEP: "good", V.REJECT: "bad", V.RETIRE: "bad"}
DAYS_A_WEEK = 5


@dataclass(frozen=True)
class Button:
    """A verdict that can be chosen; the proposed one stands first."""

    verdict: str
    label: str
    key: str
    is_proposed: bool


@dataclass(frozen=True)
class Bar:
    """Places in percent of the width, with what is written there."""

    low: float
    middle: float
    high: float
    zero: float | None
    ends: tuple[float, float, float]
    is_money: bool

    @property
    def width(self) -> float:
        return self.high - self.low


@dataclass(frozen=True)
class Screen:
    """One item as everybody in the room reads it. `barred` says why this reader does not decide, "" where they do."""

    item: AgendaItem
    subject: Any
    content: dict[str, Any]
    bar: Bar | None
    buttons: list[Button]
    barred: str
    decision: Decision | None
    reason: str
    since: list[str]
    objections: list[Voice]
    votes: list[tuple[str, list[str]]]
    answers: list[Any]
    previous: AgendaItem | None
    next: AgendaItem | None
    place: int
    of: int


@dataclass(frozen=True)
class Line:
    """An item of the agenda at the side: where it stands in a word, and how that is coloured."""

    item: AgendaItem
    key: str
    title: str
    word: str
    tone: str
    is_now: bool


@dataclass(frozen=True)
class Left:
    """What is left of the newest published plan: money, and days of builders. None without a plan."""

    plan: Plan
    money: float
    after: float | None
    days: float
    used_days: float


@dataclass(frozen=True)
class Meeting:
    """The whole page for one reader."""

    review: Review
    screen: Screen | None
    lines: list[Line]
    consent: list[AgendaItem]
    not_ready: list[AgendaItem]
    carried: list[AgendaItem]
    left: Left | None
    present: list[str]
    absent: list[User]
    actions: list[Any]
    money: bool
    is_chair: bool
    may_chair: bool
    sits: bool
    follows: bool
    decided: int = 0
    by_consent: int = 0
    seconds: int = 0
    shown: str = ""
    waiting: list[Line] = field(default_factory=list)


def meeting_of(review: Review, user: User, at: datetime, show: str = "") -> Meeting:
    """`show` is the item that this reader looks at on their own ("consent" for the list); "" follows the chair."""
    items = list(_items(review))
    present = [p.user for p in review.presences.select_related("user")]
    talked = [i for i in items if i.section == Section.DISCUSS]
    decided = {d.item_id: d for d in _standing(review)}
    chosen = _chosen(talked, review, show)
    screen = screen_of(chosen, talked, review, user, decided) if chosen and show != "consent" else None
    lines = [_line(i, chosen, decided) for i in talked]
    return Meeting(
        review=review,
        screen=screen,
        lines=lines,
        consent=[i for i in items if i.section == Section.CONSENT],
        not_ready=[i for i in items if i.section == Section.NOT_READY],
        carried=[i for i in items if i.section == Section.CARRIED],
        left=left_to_spend(screen),
        present=[user.name for user in present],
        absent=[m.user for m in review.series.members.select_related("user") if m.user not in present],
        actions=list(review.actions.filter(dropped_at=None).select_related("owner")),
        money=reads_money(review, user),
        is_chair=user.pk == review.chair_id,
        may_chair=may_chair(review, user),
        sits=sits_in(review, user),
        follows=not show,
        decided=sum(1 for i in items if i.pk in decided),
        by_consent=sum(1 for d in decided.values() if d.by_consent),
        seconds=int((at - review.started_at).total_seconds()) if review.started_at else 0,
        shown=show,
        waiting=[line for line in lines if line.item.done_at is None],
    )


def _items(review: Review) -> Any:
    rows = review.items.exclude(section=Section.DROPPED).order_by("position", "pk")
    return rows.select_related(
        "candidate__unit", "candidate__owner", "candidate__feasibility", "workload__unit", "workload__candidate",
        "workload__business_owner", "action__owner", "pulled_by", "pre_read__assessment",
    ).defer("pre_read__assessment__details")  # fmt: skip


def _standing(review: Review) -> Any:
    return Decision.objects.filter(review=review, corrected_by=None).select_related("by").order_by("pk")


def _chosen(items: list[AgendaItem], review: Review, show: str) -> AgendaItem | None:
    wanted = int(show) if show.isdecimal() else review.current_id
    first = next((i for i in items if i.done_at is None), items[0] if items else None)
    return next((i for i in items if i.pk == wanted), first)


def screen_of(
    item: AgendaItem, items: list[AgendaItem], review: Review, user: User, decided: dict[Any, Decision]
) -> Screen:
    """One item for one reader; `items` is the agenda that next and previous walk along."""
    item.review = review
    content, place = pre_read_of(item), [i.pk for i in items].index(item.pk)
    voices = list(item.voices.select_related("by"))
    return Screen(
        item=item,
        subject=subject_of(item),
        content=content,
        bar=bar_of(content),
        buttons=buttons_of(item),
        barred=decider_words(item, user),
        decision=decided.get(item.pk),
        reason=reason_for(decided[item.pk].reason, reads_money(review, user)) if item.pk in decided else "",
        since=pre_read_changes(item, user),
        objections=[v for v in voices if v.kind == Voice.Kind.OBJECTION],
        votes=_votes(voices),
        answers=[a for a in item.answers.select_related("by") if a.kind != "fine" or a.text],
        previous=items[place - 1] if place else None,
        next=items[place + 1] if place + 1 < len(items) else None,
        place=place + 1,
        of=len(items),
    )


def buttons_of(item: AgendaItem) -> list[Button]:
    """All verdicts for what it is, the proposed one first."""
    known = OF_CANDIDATE if item.candidate_id else OF_WORKLOAD if item.workload_id else ()
    made = [Button(v.value, label, key, v.value == item.proposed) for v, label, key in known]
    return sorted(made, key=lambda button: not button.is_proposed)


def bar_of(content: dict[str, Any]) -> Bar | None:
    """The range as a bar with zero marked: money where it is known, else hours a year."""
    known = content.get("range") or content.get("hours") or {}
    ends = tuple(known.get(p) for p in ("p10", "p50", "p90"))
    if any(end is None for end in ends):
        return None
    low, middle, high = (float(end) for end in ends if end is not None)
    is_money = bool(content.get("range"))
    points = [low, middle, high, *([0.0] if is_money else [])]
    left, right = min(points), max(points)
    pad = (right - left) * 0.17 or abs(right) * 0.2 or 1.0
    left, right = left - pad, right + pad

    def place(value: float) -> float:
        return round(100 * (value - left) / (right - left), 2)

    zero = place(0.0) if is_money else None
    return Bar(place(low), place(middle), place(high), zero, (low, middle, high), is_money)


def _votes(voices: list[Voice]) -> list[tuple[str, list[str]]]:
    """Who is for what, the most votes first."""
    told: dict[str, list[str]] = {}
    for voice in voices:
        if voice.kind == Voice.Kind.VOTE:
            told.setdefault(str(V(voice.verdict).label), []).append(voice.by.name)
    return sorted(told.items(), key=lambda row: -len(row[1]))


def _line(item: AgendaItem, chosen: AgendaItem | None, decided: dict[Any, Decision]) -> Line:
    subject = subject_of(item)
    key = getattr(subject, "key", "")
    title = (
        item.candidate.title if item.candidate else item.workload.name if item.workload else str(item.action)
    )
    is_now = chosen is not None and item.pk == chosen.pk
    if (decision := decided.get(item.pk)) is not None:
        return Line(
            item, key, title, decision.get_verdict_display(), TONES.get(V(decision.verdict), ""), is_now
        )
    word = "decided elsewhere" if item.done_at else "now" if is_now else item.get_reason_display()
    tone = "bad" if item.reason in ("tripwire", "incident") and not is_now else ""
    return Line(item, key, title, word, tone, is_now)


def left_to_spend(screen: Screen | None) -> Left | None:
    """The budget of the newest published plan less what was approved since it was solved, at the middle build cost."""
    plan = Plan.objects.published().only("settings", "name", "solved_at", "currency", "state").first()
    if plan is None or not plan.settings.get("budget"):
        return None
    since = Decision.objects.filter(verdict=V.APPROVE, at__gte=plan.solved_at, corrected_by=None)
    spent = Assessment.objects.filter(decisions__in=since).aggregate(s=Sum("build_p50"))["s"] or 0
    used = Effort.objects.filter(candidate__decisions__in=since).aggregate(s=Sum("days"))["s"] or 0
    money = float(plan.settings["budget"]) - float(spent)
    days = sum(row["days"] for row in plan.settings.get("capacity") or [])
    build = ((screen.content.get("build") or {}).get("p50")) if screen and screen.decision is None else None
    after = None if build is None else money - float(build)
    return Left(plan, money, after, float(days), float(used))
