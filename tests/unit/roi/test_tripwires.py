"""Two tripwires from the break-evens: on the losing side, widest first, and never one that fires at once."""

from roi.calc.tripwires import suggest

DRIVERS = [{"quantity": name} for name in ("automation_share", "build_cost", "volume", "loaded_rate")]
RANGES = {"automation_share": (0.4, 0.55, 0.7), "build_cost": (9e3, 2e4, 4.5e4), "volume": (9e3, 1e4, 1.1e4)}


def money(amount: float) -> str:
    return f"${amount:,.0f}"


def tips(quantity, value, direction, likely, reachable=True):
    return {
        "quantity": quantity,
        "value": value,
        "direction": direction,
        "likely": likely,
        "reachable": reachable,
    }


def test_the_two_widest_break_evens_become_conditions():
    rows = [
        tips("volume", 4211.0, "at least", 1e4),
        tips("automation_share", 0.2341, "at least", 0.55),
        tips("build_cost", 44_120.0, "at most", 2e4),
    ]
    first, second = suggest(rows, DRIVERS, RANGES, money)
    assert first["words"] == "Stop if the share automated is under 23 % for 4 weeks"
    assert first["note"] == "breaks even at 23.4 %; 55 % is expected"
    assert (first["quantity"], first["side"], first["level"], first["weeks"]) == (
        "automation_share",
        "below",
        0.23,
        4,
    )
    assert (second["side"], second["level"], second["weeks"]) == ("above", 45_000.0, 1)


def test_what_would_fire_at_once_or_cannot_be_watched_is_left_out():
    rows = [
        tips("automation_share", 0.7, "at least", 0.55),
        tips("loaded_rate", 12.0, "at least", 40.0),
        tips("build_cost", None, "at most", 2e4, reachable=False),
        tips("volume", 4200.0, "at least", 1e4),
    ]
    found = suggest(rows, DRIVERS, RANGES, money)
    assert [row["quantity"] for row in found] == ["volume", "automation_share"]
    assert found[1]["level"] == 0.4 and "no break-even is in reach" in found[1]["note"]


def test_levels_are_rounded_away_from_the_forecast_and_exact_ones_stay():
    for value, level in ((0.23, 0.23), (0.2399, 0.23), (0.061, 0.061)):
        assert (
            suggest([tips("automation_share", value, "at least", 0.5)], DRIVERS, {}, money)[0]["level"]
            == level
        )
    cost = suggest([tips("run_cost_item", 0.0312, "at most", 0.02)], [], {}, money)[0]
    assert (cost["quantity"], cost["level"]) == ("cost_item", 0.032)


def test_without_an_analysis_the_ends_of_what_was_estimated_stand_in():
    assert [row["side"] for row in suggest([], DRIVERS, RANGES, money)] == ["below", "above"]
    assert suggest([], [], {}, money) == []
