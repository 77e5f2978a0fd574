"""Ratios that people rank by: a number, or the words that say why there is none. Nothing divides by zero."""

from typing import NamedTuple

WEEKS_A_YEAR = 365.25 / 7


class Ratio(NamedTuple):
    """`value` is None where the ratio does not exist; `words` then say why, and are else empty or a remark."""

    value: float | None
    words: str = ""


def cost_of_delay(net_year_mean: float | None) -> Ratio:
    """Money a week that waiting costs: the mean net benefit of a year at full use, by the week (Reinertsen 2009).

    Negative where each year of use would lose money: then waiting saves it, and the words say so.
    """
    if net_year_mean is None:
        return Ratio(None, "No cost of waiting: too little is known of a year's benefit.")
    week = net_year_mean / WEEKS_A_YEAR
    if week < 0:
        return Ratio(week, "Waiting costs nothing: in use it would lose money.")
    return Ratio(week, "" if week > 0 else "Waiting costs nothing: in use it brings no money.")


def wsjf(cost_of_delay_week: float | None, weeks: float | None) -> Ratio:
    """Weighted shortest job first: cost of delay a week over the weeks of work (Reinertsen 2009; SAFe)."""
    if cost_of_delay_week is None:
        return Ratio(None, "No WSJF: the cost of waiting is not known.")
    if cost_of_delay_week <= 0:
        return Ratio(None, "No WSJF: waiting costs nothing.")
    if weeks is None:
        return Ratio(None, "No WSJF: nobody has said how long it takes to build.")
    if weeks <= 0:
        return Ratio(None, "No WSJF: it takes no time to build, so nothing queues behind it.")
    return Ratio(cost_of_delay_week / weeks)


def rice(reach: float | None, impact: float | None, confidence: float | None, effort: float | None) -> Ratio:
    """Reach x impact x confidence over effort (McBride, Intercom 2016): items, per item, a share 0..1, person-months.

    An impact below zero gives a negative score: it is shown.
    """
    if reach is None or reach <= 0:
        return Ratio(None, f"No RICE: {'the volume is not known' if reach is None else 'no volume'}.")
    if impact is None or confidence is None:
        return Ratio(None, "No RICE: too little is known of what one item gains.")
    if not effort:
        return Ratio(
            None, f"No RICE: {'no effort is planned' if effort == 0 else 'nobody sized the effort'}."
        )
    return Ratio(reach * impact * confidence / effort)
