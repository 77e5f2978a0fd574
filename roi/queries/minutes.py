"""The minutes of a meeting: what is written once when it closes, and how it reads as text."""

import hashlib
import json
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiops.models import Company
from roi.models import Action, AgendaItem, Assessment, Decision, Review, Voice
from roi.queries.masked import without_amounts
from roi.queries.proposals import money_of

Section = AgendaItem.Section
# As-seen keys that are money, taken out for those who do not read it.
MONEY = ("sentence", "npv", "build", "cost_of_delay", "proposed_why", "why", "since")


def minutes_of(review: Review) -> dict[str, Any]:
    """Plain JSON: decisions with their figures, voices, actions, what is carried over, who was there, the queue."""
    items = list(review.items.select_related("candidate", "workload", "action").order_by("position", "pk"))
    decisions = _decisions(review)
    return {
        "review": _about(review),
        "present": _present(review),
        "absent": _absent(review),
        "decisions": decisions,
        "consent": [d["key"] for d in decisions if d["by_consent"]],
        "objections": _objections(review),
        "actions": _actions(review),
        "carried": [_left(i) for i in items if i.section == Section.CARRIED and i.done_at is None],
        "not_ready": [_left(i) for i in items if i.section == Section.NOT_READY],
        "queue": _queue(items),
        "currency": Company.load().currency,
    }


def content_hash(content: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _about(review: Review) -> dict[str, Any]:
    return {
        "number": review.number,
        "series": review.series.name,
        "unit": str(review.series.unit or "all units"),
        "planned": review.starts_at.isoformat(),
        "planned_words": _local(review, review.starts_at),
        "lasted": _lasted(review),
        "started": review.started_at.isoformat() if review.started_at else None,
        "closed": review.closed_at.isoformat() if review.closed_at else None,
        "chair": review.chair.name,
        "place": review.series.place,
        "quorum": review.series.quorum,
        "frozen": review.frozen_at.isoformat() if review.frozen_at else None,
    }


def _local(review: Review, moment: datetime) -> str:
    """In the time zone of the series: "Thursday 27 November 2026, 09:00"."""
    here = moment.astimezone(ZoneInfo(review.series.time_zone))
    return f"{here:%A} {here.day} {here:%B %Y, %H:%M}"


def _lasted(review: Review) -> int | None:
    """Minutes from start to close."""
    if review.started_at is None or review.closed_at is None:
        return None
    return round((review.closed_at - review.started_at).total_seconds() / 60)


def _present(review: Review) -> list[dict[str, Any]]:
    rows = review.presences.select_related("user")
    return [
        {"name": p.user.name, "from": p.first_seen_at.isoformat(), "to": p.last_seen_at.isoformat()}
        for p in rows
    ]


def _absent(review: Review) -> list[str]:
    there = set(review.presences.values_list("user_id", flat=True))
    members = review.series.members.select_related("user").exclude(user_id__in=there)
    return sorted(member.user.name for member in members)


def _decisions(review: Review) -> list[dict[str, Any]]:
    """All that were made, in their order; a corrected one says by which verdict."""
    rows = Decision.objects.filter(review=review).order_by("at", "pk")
    rows = rows.select_related("candidate", "workload", "by", "corrected_by", "duplicate_of", "item")
    rows = rows.prefetch_related("tripwires", "measurements__person", "item__voices__by")
    return [_decision(row) for row in rows]


def _decision(row: Decision) -> dict[str, Any]:
    subject: Any = row.candidate or row.workload
    later = getattr(row, "corrected_by", None)
    return {
        "id": row.pk,
        "key": subject.key,
        "title": row.candidate.title if row.candidate else subject.name,
        "verdict": row.verdict,
        "words": row.get_verdict_display(),
        "reason": row.reason,
        "by": row.by.name,
        "at": row.at.isoformat(),
        "by_consent": row.by_consent,
        "corrected_to": later.get_verdict_display() if later else "",
        "corrects": row.corrects_id,
        "until": row.until.isoformat() if row.until else None,
        "reapprove_on": row.reapprove_on.isoformat() if row.reapprove_on else None,
        "quality_bar": row.quality_bar,
        "duplicate_of": row.duplicate_of.key if row.duplicate_of else "",
        "tripwires": [_tripwire(t) for t in row.tripwires.all()],
        "measurements": [_measurement(m) for m in row.measurements.all()],
        "as_seen": row.as_seen,
        "seconds": row.item.seconds if row.item else 0,
    } | _voices(row.item)


def _tripwire(t: Any) -> str:
    return f"{t.get_quantity_display()} {t.get_side_display()} {t.level.normalize():f} for {t.weeks} weeks ({t.note})"


def _measurement(m: Any) -> str:
    return f"{m.what}: {m.person.name}, {m.samples_wanted} times, by {m.due_on.isoformat()}"


def _voices(item: AgendaItem | None) -> dict[str, Any]:
    voices = list(item.voices.all()) if item else []
    votes: dict[str, list[str]] = {}
    for voice in voices:
        if voice.kind == Voice.Kind.VOTE:
            votes.setdefault(voice.verdict, []).append(voice.by.name)
    said = [{"by": v.by.name, "text": v.text} for v in voices if v.kind == Voice.Kind.OBJECTION]
    return {"objections": said, "votes": votes}


def _objections(review: Review) -> list[dict[str, str]]:
    """Those to items that were not decided: the others stand at their decision."""
    rows = Voice.objects.filter(item__review=review, kind=Voice.Kind.OBJECTION, item__done_at=None)
    return [{"by": v.by.name, "text": v.text, "on": str(v.item)} for v in rows.select_related("by", "item")]


def _actions(review: Review) -> list[dict[str, Any]]:
    rows = Action.objects.filter(review=review, dropped_at=None).select_related("owner")
    return [{"text": a.text, "owner": a.owner.name, "due_on": a.due_on.isoformat()} for a in rows]


def _left(item: AgendaItem) -> dict[str, Any]:
    subject: Any = item.candidate or item.workload or item.action
    words = "; ".join(row["words"] for row in item.missing) if item.missing else item.section_why
    return {"key": getattr(subject, "key", ""), "title": _title(item), "why": words or item.why}


def _title(item: AgendaItem) -> str:
    if item.candidate:
        return item.candidate.title
    return item.workload.name if item.workload else str(item.action)


def _queue(items: list[AgendaItem]) -> dict[str, Any]:
    """What waiting costs a week, of all candidates here that were not decided and would gain."""
    waiting = [i.candidate_id for i in items if i.candidate_id and i.done_at is None]
    waiting = [pk for pk in waiting if pk is not None]
    rows = Assessment.objects.filter(candidate__in=waiting).latest().filter(cost_of_delay__isnull=False)
    known = [
        float(a.cost_of_delay) for a in rows.defer("details") if (a.npv_mean or 0) > 0 and a.cost_of_delay > 0
    ]
    return {"week": round(sum(known), 2), "items": len(set(waiting)), "known": len(known)}


def without_money(content: dict[str, Any]) -> dict[str, Any]:
    """The same minutes for a reader who does not see money."""
    decisions = [_unpriced(d, content["currency"]) for d in content["decisions"]]
    return content | {"decisions": decisions, "queue": {**content["queue"], "week": None}}


def _unpriced(d: dict[str, Any], currency: str) -> dict[str, Any]:
    seen = {k: v for k, v in d["as_seen"].items() if k not in MONEY}
    return {**d, "as_seen": seen, "tripwires": [], "reason": without_amounts(d["reason"], currency)}


def minutes_text(content: dict[str, Any], *, with_money: bool) -> str:
    """The minutes as plain text, for e-mail."""
    told = content if with_money else without_money(content)
    about = told["review"]
    lines = [f"{about['series']}, {about['planned_words']}", f"Chair: {about['chair']}", _names(told), ""]
    lines += ["DECISIONS", *(_decision_lines(told) or ["None."]), ""]
    if told["actions"]:
        lines += [
            "ACTIONS",
            *(f"- {a['owner']}, by {_day(a['due_on'])}: {a['text']}" for a in told["actions"]),
            "",
        ]
    if told["carried"]:
        lines += ["CARRIED OVER", *(f"- {c['key']} {c['title']}: {c['why']}" for c in told["carried"]), ""]
    if told["objections"]:
        lines += ["OBJECTIONS", *(f"- {o['on']}: {o['by']}: {o['text']}" for o in told["objections"]), ""]
    return "\n".join([*lines, queue_words(told), ""])


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%-d %b %Y}"


def _names(told: dict[str, Any]) -> str:
    there = ", ".join(p["name"] for p in told["present"]) or "nobody"
    return f"Present: {there}" + (f". Absent: {', '.join(told['absent'])}" if told["absent"] else "")


def _decision_lines(told: dict[str, Any]) -> list[str]:
    lines = []
    for d in told["decisions"]:
        until = f" until {_day(d['until'])}" if d["until"] else ""
        corrected = f" (corrected later to: {d['corrected_to']})" if d["corrected_to"] else ""
        consent = ", by consent" if d["by_consent"] else ""
        lines.append(
            f"- {d['key']} {d['title']}: {d['words']}{until}, {d['by']}{consent}{corrected}. {d['reason']}"
        )
        if d["as_seen"].get("sentence"):
            lines.append(f"  As seen: {d['as_seen']['sentence']}")
        lines += [f"  Objection of {o['by']}: {o['text']}" for o in d["objections"]]
    return lines


def queue_words(told: dict[str, Any]) -> str:
    """What the queue costs, in one sentence."""
    queue = told["queue"]
    one = queue["items"] == 1
    many = "1 candidate of this agenda waits" if one else f"{queue['items']} candidates of this agenda wait"
    if not queue["items"]:
        return "Nothing of this agenda waits any longer."
    if queue["week"] is None or not queue["known"]:
        return f"{many} to be decided."
    return f"{many} to be decided: each week of it forgoes about {money_of(told['currency'])(queue['week'])}."
