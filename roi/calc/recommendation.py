"""Scale, keep, fix or retire: one stated rule on what lies ahead. What is spent is sunk and counts nowhere.

The review decides; this is what it starts from. All thresholds stand here and are told on the page in RULE.
"""

from collections.abc import Callable
from dataclasses import dataclass

from roi.calc.outlook import Ahead

FEWEST_MONTHS, MONTHS_TO_SIGN = 3, 6
LIKELY, UNLIKELY, EVEN = 0.8, 0.2, 0.5
SIGNED_ENOUGH = 0.5
Money = Callable[[float], str]
RULE = (
    (
        "scale",
        f"what lies ahead gains in {LIKELY * 100:.0f} % of the futures or more, its P10 is above nothing, and reaching "
        "the approved case is at least as likely as not; after six months finance has signed at least half of the cash "
        "that what came would give as approved",
    ),
    (
        "keep",
        f"it gains in {LIKELY * 100:.0f} % of the futures or more, and one of the others does not hold",
    ),
    (
        "fix",
        f"it gains in {UNLIKELY * 100:.0f} to {LIKELY * 100:.0f} % of the futures; or it loses in cash and frees hours "
        "worth more than that, which no claim turns into cash",
    ),
    (
        "retire",
        f"it gains in fewer than {UNLIKELY * 100:.0f} % of the futures, and freed hours do not outweigh it",
    ),
    ("", f"fewer than {FEWEST_MONTHS} whole months since go-live, or an approval without cash: no verdict"),
)


@dataclass(frozen=True)
class Recommendation:
    """A verdict of Decision, "" where there is not enough to say, and one sentence or two that say why."""

    verdict: str
    why: str


def recommend(
    ahead: Ahead | None, months_seen: int, money: Money, signed: float | None = None
) -> Recommendation:
    """The rule, applied; `signed`: finance's share of the cash that came by the approved shares, None for no cash."""
    if ahead is None:
        return Recommendation(
            "", "Not enough data: the approval knows no cash that could be looked ahead at."
        )
    if months_seen < FEWEST_MONTHS:
        n = f"{months_seen} whole month{'' if months_seen == 1 else 's'}"
        return Recommendation("", f"Not enough data: {n} since go-live, {FEWEST_MONTHS} are needed.")
    verdict, lacks = (
        _verdict(ahead),
        signed is not None and signed < SIGNED_ENOUGH and months_seen >= MONTHS_TO_SIGN,
    )
    told = f"{_gains(ahead, money)} {_OF[verdict](ahead, money)}".strip()
    if lacks:
        share = "nothing" if not signed else f"{signed * 100:.0f} %"
        told = f"{told} It counts cash as approved, of which finance has signed {share} so far."
    return Recommendation("keep" if verdict == "scale" and lacks else verdict, told[:400])


def worth_fixing(ahead: Ahead) -> float:
    """The most that a fix may cost which brings back the approved case: beyond keeping it as it is, or ending it."""
    return max(ahead.as_approved - max(ahead.forward.p50, 0.0), 0.0)


def _verdict(ahead: Ahead) -> str:
    if ahead.prob_positive >= LIKELY:
        reaches = ahead.prob_reach is not None and ahead.prob_reach >= EVEN
        return "scale" if reaches and ahead.forward.p10 > 0 else "keep"
    if ahead.prob_positive >= UNLIKELY or _hours_outweigh(ahead):
        return "fix"
    return "retire"


def _hours_outweigh(ahead: Ahead) -> bool:
    """A year's capacity at the gross rate against a year of the loss; the two are compared here and never added."""
    years = max(len(ahead.fan), 1) / 12
    return ahead.capacity > 0 and ahead.capacity_worth > -ahead.forward.p50 / years


def _gains(ahead: Ahead, money: Money) -> str:
    chance = chance_words(ahead.prob_positive)
    ends = f"{money(ahead.forward.p10)} to {money(ahead.forward.p90)}"
    return (
        f"From today on it is worth {money(ahead.forward.p50)} ({ends}) and gains in {chance} of the futures."
    )


def chance_words(share: float) -> str:
    """A chance as a sentence says it; no number of draws is certainty: "over 99 %", "under 1 %"."""
    return "over 99 %" if share >= 0.995 else "under 1 %" if share < 0.005 else f"{share * 100:.0f} %"


def _scale(ahead: Ahead, money: Money) -> str:
    return f"It reaches the approved case in {chance_words(ahead.prob_reach or 0.0)} of them."


def _keep(ahead: Ahead, money: Money) -> str:
    if ahead.prob_reach is None:
        return "No value was approved to compare it with."
    return f"It reaches the approved case in {chance_words(ahead.prob_reach)} of them."


def _fix(ahead: Ahead, money: Money) -> str:
    if ahead.prob_positive < UNLIKELY:
        hours = f"{ahead.capacity:,.0f} hours a year"
        return f"It also frees about {hours} that no claim turns into cash: claim them, or end it."
    return f"A fix that brings back the approved case pays up to a cost of {money(worth_fixing(ahead))}."


def _retire(ahead: Ahead, money: Money) -> str:
    worth = worth_fixing(ahead)
    if worth < 1:
        return "Even the approved case would not pay from here on."
    return f"Only a fix that brings back the approved case for less than {money(worth)} would change that."


_OF = {"scale": _scale, "keep": _keep, "fix": _fix, "retire": _retire}
