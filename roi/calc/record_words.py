"""A track record in plain sentences."""

from roi.calc.calibration import LEAST_FOR_RIVALS, Backtest, Contest, Coverage, Middle, Rival

BETTER = {
    "better": "The stated ranges were closer than",
    "worse": "The stated ranges were further off than",
    "cannot tell": "It cannot be told whether the stated ranges were closer than",
}
PROMISE = "Ranges of eight in ten should hold 80 %"


def sentences(
    found: Middle,
    held: Coverage | None,
    enough: float | None,
    tried: Backtest | None,
    against: Contest | None,
    quantity: str,
    whose: str,
) -> tuple[str, ...]:
    """The middle, the coverage, what would have been enough, the older half tried on the newer, the simple rules."""
    said = [middle_words(found, quantity, whose), coverage_words(held), enough_words(enough, quantity)]
    said += [backtest_words(tried, quantity), *contest_words(against, found.n)]
    return tuple(words for words in said if words)


def middle_words(found: Middle, quantity: str, whose: str) -> str:
    head = f"{whose.capitalize()} {found.n} finished {quantity} estimate{'s' if found.n > 1 else ''} came to"
    said = f"{head} {found.median:.2f} times the likely figure{', in the middle' if found.n > 1 else ''}"
    if found.low is None:
        return f"{said}. Fewer than five cases have no interval."
    return f"{said} (90 % interval {found.low:.2f} to {found.high:.2f})."


def coverage_words(held: Coverage | None) -> str:
    if held is None:
        return "No range was stated, so none can be judged."
    share = f"{held.share.point * 100:.0f} % (90 % interval {held.share.low * 100:.0f} to {held.share.high * 100:.0f})"
    many = "range" if held.n == 1 else "ranges"
    head = f"{held.inside} of {held.n} stated {many} held what came: {share}."
    if held.verdict == "too narrow":
        return f"{head} {PROMISE}: these are too narrow."
    if held.verdict == "too wide":
        return f"{head} {PROMISE}: these are wider than they need to be."
    return f"{head} That agrees with the 80 % that they promise."


def enough_words(enough: float | None, quantity: str) -> str:
    """For a cost or a time the figure that holds in eight of ten; for a value the one that eight in ten reach."""
    if enough is None:
        return ""
    what = "was reached by" if quantity == "value" else "was enough for"
    return f"{enough:.2f} times the likely figure {what} eight cases in ten."


def backtest_words(tried: Backtest | None, quantity: str) -> str:
    """Whether the older half of the cases would have served the newer half."""
    if tried is None:
        return ""
    what = "reached by" if quantity == "value" else "enough for"
    share = tried.held.share
    between = f"90 % interval {share.low * 100:.0f} to {share.high * 100:.0f}, promised 80"
    head = f"The {tried.first} older cases would have said {tried.enough:.2f} times for eight in ten"
    return f"{head}; that was {what} {share.point * 100:.0f} % of the {tried.held.n} newer ones ({between})."


def contest_words(found: Contest | None, n: int) -> list[str]:
    if found is None:
        return [
            f"{LEAST_FOR_RIVALS} finished cases are needed to compare the ranges with simple rules; there are {n}."
        ]
    return [_rival_words(rival, found.crps) for rival in found.rivals]


def _rival_words(rival: Rival, crps: float) -> str:
    between = f"{rival.low:+.3f} to {rival.high:+.3f}".replace("-", "\u2212")
    scores = f"CRPS {crps:.3f} against {rival.crps:.3f} (difference, 90 % interval {between})"
    return f"{BETTER[rival.verdict]} {rival.name}: {scores}."
