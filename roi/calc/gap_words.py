"""One sentence for each factor of a gap: what was planned and what came, never an hourly rate."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from roi.calc.words import amount

NAMES = {
    "volume": "Volume",
    "coverage": "Share of the work done",
    "acceptance": "Accepted share",
    "minutes": "Minutes before",
    "review": "Review and rework",
    "rate": "Hourly rate",
    "signed_share": "Share signed",
    "other_benefits": "Other benefits",
    "price": "Price an item",
    "run_cost": "Cost of running",
    "eval_cost": "Evals",
    "licence_cost": "Licences, platform",
    "people_cost": "People",
    "ramp": "Ramp",
    "delay": "Delay",
}
Facts = Mapping[str, Any]


def sentence(factor: str, facts: Facts) -> str:
    """Facts: `levels` {factor: (planned, came)}, `costs` and `planned` amounts, `done`, `money`, `noun`, dates."""
    return SENTENCES[factor](facts)


def _pair(facts: Facts, name: str) -> tuple[Decimal, Decimal] | None:
    return facts["levels"].get(name)  # type: ignore[no-any-return]


def _levels(name: str, shown: Callable[[Decimal], str], words: str, other: str) -> Callable[[Facts], str]:
    def told(facts: Facts) -> str:
        pair = _pair(facts, name)
        if pair is None:
            return other
        return words.format(came=shown(pair[1]), planned=shown(pair[0]), noun=facts["noun"])

    return told


def _whole(value: Decimal) -> str:
    return f"{value:,.0f}"


def _share(value: Decimal) -> str:
    return f"{value * 100:.1f}".removesuffix(".0") + " %"


def _minutes(value: Decimal) -> str:
    return amount("minutes", float(value), str)


def _rate(facts: Facts) -> str:
    pair = _pair(facts, "rate")
    if pair is None or not pair[0]:
        return "An hour that was signed was worth something else than approved."
    off = (pair[1] / pair[0] - 1) * 100
    if abs(off) < Decimal("0.05"):
        return "An hour was worth as much as approved; the months differ."
    return (
        f"An hour that was signed was worth {abs(off):.1f} % {'more' if off > 0 else 'less'} than approved."
    )


def _others(facts: Facts) -> str:
    money = facts["money"]
    came, planned = float(facts["costs"]["cash_other"]), float(facts["planned"]["other"])
    return f"Signed cash other than hours came to {money(came)}; {money(planned)} was approved."


def _price(facts: Facts) -> str:
    money, planned = facts["money"], facts["planned"]["item_cost"]
    if planned is None or not facts["done"]:
        return f"Calls cost {money(float(facts['costs']['model_cost']))}."
    paid = float(facts["costs"]["model_cost"] / facts["done"])
    each = [amount("run_cost_item", value, money) for value in (paid, float(planned))]
    return f"One finished {facts['noun']} cost {each[0]} in calls; {each[1]} was approved."


def _cost(name: str, words: str) -> Callable[[Facts], str]:
    def told(facts: Facts) -> str:
        money = facts["money"]
        fixed = float(facts["planned"]["fixed"])
        paid = float(facts["costs"][name])
        if not fixed:
            return f"{words} cost {money(paid)}; the approval named no cost of running."
        return f"{words} cost {money(paid)}, out of {money(fixed)} approved for all costs of running."

    return told


def _run(facts: Facts) -> str:
    if facts["planned"]["item_cost"] is not None:
        return f"Of the {facts['money'](float(facts['planned']['fixed']))} approved for running it none was needed yet."
    return _cost("model_cost", "Calls")(facts)


def _delay(facts: Facts) -> str:
    start, began = facts["start"], facts["began"]
    if began is None or (start.year, start.month) == (began.year, began.month):
        return "It began in the month that was approved."
    way = "later" if began > start else "earlier"
    return f"It began on {began:%-d %b %Y}, {way} than {start:%B %Y}, which was approved."


SENTENCES: Mapping[str, Callable[[Facts], str]] = {
    "volume": _levels(
        "volume", _whole, "{came} items were in scope; {planned} were approved.", "The items in scope differ."
    ),
    "coverage": _levels(
        "coverage", _share, "It did {came} of the work, seen at full use; {planned} was approved.",
        "It did another share."
    ),
    "acceptance": _levels(
        "acceptance",
        _share,
        "{came} of its items were accepted; the approval counts {planned}, with errors in the rework.",
        "Another share of its items was accepted.",
    ),
    "minutes": _levels(
        "minutes", _minutes, "One {noun} took {came} minutes before; {planned} were approved.", "Minutes before differ."
    ),
    "review": _levels(
        "review", _minutes, "One {noun} still takes people {came} minutes; {planned} were approved.", "Review differs."
    ),
    "rate": _rate,
    "signed_share": _levels(
        "signed_share", _share, "Finance signed {came} of the freed hours as cash; {planned} was approved.",
        "Finance signed another share of the hours.",
    ),
    "other_benefits": _others,
    "price": _price,
    "run_cost": _run,
    "eval_cost": _cost("eval_cost", "Evals"),
    "licence_cost": _cost("licence_cost", "Licences and platform"),
    "people_cost": _cost("people_cost", "People"),
    "ramp": _levels(
        "ramp", _share, "Over its months it ran at {came} of full use; the ramp that was approved gives {planned}.",
        "Its ramp went another way.",
    ),
    "delay": _delay,
}  # fmt: skip
