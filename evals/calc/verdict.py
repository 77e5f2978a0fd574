"""What a finished eval run says: a severity and one plain sentence.

The rule, in the order it is asked:
1. fewer than 20 graded cases, or more than 20 % of the cases without an answer: unknown;
2. the upper end of the interval lies under the target: bad;
3. the rate reaches the target: ok;
4. otherwise the target lies inside the interval and the rate under it: warning, cannot tell.
A case the endpoint did not answer is never counted as a wrong answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from evals.calc.intervals import Interval, wilson

MIN_GRADED = 20
MAX_ERROR_SHARE = 0.20


@dataclass(frozen=True)
class Verdict:
    """severity is one of ok, unknown, warning, bad; interval is None when nothing was graded."""

    severity: str
    sentence: str
    interval: Interval | None


def judge(
    *,
    passed: int,
    graded: int,
    errors: int,
    target: float,
    confidence: float = 0.95,
    endpoint: str = "",
    reason: str = "",
    fix: str = "",
) -> Verdict:
    """The verdict over `graded` cases, of which `passed` were right, and `errors` without an answer."""
    interval = wilson(passed, graded, confidence) if graded else None
    cases = graded + errors
    if cases == 0:
        return Verdict("unknown", "The dataset has no cases, so nothing was graded.", None)
    if errors / cases > MAX_ERROR_SHARE:
        return Verdict("unknown", _no_answer(errors, cases, endpoint, reason, fix), interval)
    if graded < MIN_GRADED or interval is None:
        return Verdict("unknown", _too_few(passed, graded), interval)
    severity, ending = _against(interval, target)
    sentence = rate_sentence(interval, target) + ending
    if errors:
        sentence += (
            f" {_count(errors, 'case')} got no answer and {'is' if errors == 1 else 'are'} not counted."
        )
    return Verdict(severity, sentence, interval)


def rate_sentence(interval: Interval, target: float | None = None) -> str:
    """'Right 94 times in 100 (91 to 96)': with a decimal where whole numbers would hide the difference."""
    digits = 0 if target is None else _digits(interval, target)
    point, low, high = (_hundred(x, digits) for x in (interval.point, interval.low, interval.high))
    return f"Right {point} times in 100 ({low} to {high})"


def _against(interval: Interval, target: float) -> tuple[str, str]:
    wanted = _hundred(target, _digits(interval, target))
    if interval.high < target:
        return "bad", f", under the {wanted} you asked for."
    if interval.low >= target:
        return "ok", f", at or above the {wanted} you asked for."
    if interval.point >= target:
        return "ok", f", at or above the {wanted} you asked for, though the range still reaches below it."
    return "warning", f": cannot tell yet whether it reaches the {wanted} you asked for."


def _digits(interval: Interval, target: float) -> int:
    """One decimal where a whole number would show two different figures as the same."""
    figures = [interval.point, interval.low, interval.high, target]
    if abs(target * 100 - round(target * 100)) > 1e-9:
        return 1
    hidden = any(round(100 * x) == round(100 * target) and abs(x - target) > 1e-9 for x in figures)
    return 1 if hidden else 0


def _hundred(share: float, digits: int) -> str:
    text = f"{100 * share:.{digits}f}"
    return text.removesuffix(".0")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _no_answer(errors: int, cases: int, endpoint: str, reason: str, fix: str) -> str:
    where = f"The endpoint “{endpoint}”" if endpoint else "The dataset"
    what = "gave no answer" if endpoint else "holds no recorded output"
    parts = [f"{where} {what} for {errors:,} of {_count(cases, 'case')}, so quality is not known."]
    parts += [text.rstrip(".") + "." for text in (reason, fix) if text]
    return " ".join(parts)


def _too_few(passed: int, graded: int) -> str:
    return (
        f"Only {_count(graded, 'case')} graded ({passed:,} right): at least {MIN_GRADED} are needed before "
        "a verdict means anything. Add cases to the dataset."
    )
