"""An effect in one sentence that a business reader understands."""

from roi.calc.effects.parts import Effect

# What is compared: its unit, and how a sentence is said. Shares are told of a hundred items.
UNITS = {
    "minutes": "minutes an item",
    "accepted": "accepted of 100 items",
    "items": "items a day",
}
MINUS = "\u2212"
SELF = " People reported these figures themselves: they show an impression, and are no ground for cash."


def said(made: Effect, quantity: str, unit: str = "", self_reported: bool = False) -> str:
    """The change with its 95 % interval, what the control did, and what to doubt."""
    scale = 100.0 if quantity == "accepted" else 1.0
    words = _change(made, quantity, unit or UNITS.get(quantity, ""), scale)
    return words + _control(made, scale) + _doubt(made) + (SELF if self_reported else "")


def _change(made: Effect, quantity: str, unit: str, scale: float) -> str:
    if not made.is_told_from_zero:
        ends = f"{_signed(made.low * scale)} and {_signed(made.high * scale)}"
        return f"No change can be told from chance: the difference lies between {ends} {unit} (95 %)."
    ends_told = sorted((abs(made.low) * scale, abs(made.high) * scale))
    way = "less" if made.effect < 0 else "more"
    figure, low, high = _plain(abs(made.effect) * scale), _plain(ends_told[0]), _plain(ends_told[1])
    if quantity == "minutes":
        return f"An item took {figure} minutes {way}, {low} to {high} (95 %)."
    if quantity == "accepted":
        return f"Of 100 items {figure} {way} were accepted, {low} to {high} (95 %)."
    return f"{figure} {unit} {way}, {low} to {high} (95 %)."


def _control(made: Effect, scale: float) -> str:
    moved = made.details.get("control_moved")
    if moved is None:
        return ""
    if abs(moved * scale) < 0.05:
        return " The control did not move."
    return f" The control moved too, by {_signed(moved * scale)}; that is taken off."


def _doubt(made: Effect) -> str:
    p = made.details.get("apart_p")
    if p is not None and p < 0.05:
        return " The groups moved apart already before that day: part of this may be something else."
    return ""


def _plain(value: float) -> str:
    """Three figures that count, at most two decimals: 3.1, 0.42, 1,240."""
    places = 0 if value >= 100 else 1 if value >= 1 else 2
    return f"{value:,.{places}f}"


def _signed(value: float) -> str:
    return (MINUS if value < 0 else "+") + _plain(abs(value))
