"""What a drift check says: a severity and plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from evals.calc.drift import MIN_CALLS, FeatureDrift

WORDS = {
    "input_tokens": ("Input", "longer", "shorter", " tokens"),
    "output_tokens": ("Output", "longer", "shorter", " tokens"),
    "latency_ms": ("Answering", "slower", "faster", " ms"),
}
FEATURES = tuple(WORDS)


@dataclass(frozen=True)
class DriftVerdict:
    """severity is one of ok, unknown, warning, bad; state is a word for the pages."""

    severity: str
    state: str
    sentence: str


def not_enough(calls: int, window: str) -> DriftVerdict | None:
    """A refusal to judge under 200 calls in a window, else None."""
    if calls >= MIN_CALLS:
        return None
    sentence = (
        f"Not enough data: {calls:,} calls {window}, and at least {MIN_CALLS} are needed to judge drift."
    )
    return DriftVerdict("unknown", "not enough data", sentence)


def judge(found: Sequence[FeatureDrift], period: str) -> DriftVerdict:
    """The verdict over all features; `period` is the reference in words, such as "in March"."""
    moved = [f for f in found if f.state in ("drifting", "shifting")]
    unsure = [f for f in found if f.state == "cannot_tell"]
    if moved:
        severe = any(f.state == "drifting" for f in moved)
        sentence = " ".join(feature_sentence(f, period) for f in moved)
        return DriftVerdict("bad" if severe else "warning", "drifting" if severe else "shifting", sentence)
    if unsure:
        sentence = " ".join(feature_sentence(f, period) for f in unsure)
        return DriftVerdict(
            "warning", "cannot tell", sentence + " The days do not yet tell this from their usual spread."
        )
    return DriftVerdict(
        "ok", "stable", f"Stable: input, output and answering time look as they did {period}."
    )


def feature_sentence(found: FeatureDrift, period: str) -> str:
    """'Input is longer than in March: 640 tokens against 410 in the middle (PSI 0.31).'"""
    subject, up, down, unit = WORDS[found.feature]
    now, then = found.current_median, found.reference_median
    tail = f"in the middle (PSI {found.psi:.2f})."
    if round(now) == round(then):
        return f"{subject} is spread differently than {period}: still {_whole(now)}{unit} {tail}"
    how = up if now > then else down
    return f"{subject} is {how} than {period}: {_whole(now)}{unit} against {_whole(then)} {tail}"


def period_words(start: datetime, end: datetime, at: datetime) -> str:
    """'in March' for a window inside one month, else 'between 3 March and 20 April'."""
    last = end - timedelta(microseconds=1)
    if (start.year, start.month) == (last.year, last.month):
        return "in " + _with_year(f"{start:%B}", start, at)
    return f"between {_with_year(_day(start), start, at)} and {_with_year(_day(last), last, at)}"


def _whole(figure: float) -> str:
    """Half up, as everywhere on the pages."""
    return f"{int(figure + 0.5):,}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B}"


def _with_year(text: str, moment: datetime, at: datetime) -> str:
    return text if moment.year == at.year else f"{text} {moment.year}"
