"""Small problems of every kind for the tests of the planner, and every choice of them tried by hand."""

from itertools import product

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from roi.calc.portfolio import (
    Item,
    Problem,
)
from roi.calc.portfolio.items import Chosen

ROLES = ("engineering", "data")
FAST = settings(deadline=None, max_examples=60)


def allowed(p: Problem, chosen: Chosen) -> bool:
    """Every limit, written down a second time, straight from its definition."""
    items = {item.key: item for item in p.items}
    spent = sum(items[key].cost for key in chosen)
    days = {
        (role, q): sum(items[k].effort.get(role, 0) for k, start in chosen.items() if start == q)
        for role, q in p.capacity
    }
    team = {
        name: sum(max(items[k].hours, 0) for k in chosen if items[k].team == name) for name in p.team_hours
    }
    return (
        (p.budget is None or spent <= p.budget)
        and all(days[place] <= limit for place, limit in p.capacity.items())
        and all(team[name] <= limit for name, limit in p.team_hours.items())
        and all(not (a in chosen and b in chosen) for a, b in p.exclusive)
        and all(a not in chosen or (b in chosen and chosen[b] <= chosen[a]) for a, b in p.needs)
        and all(key in chosen for key in p.must)
        and all(key not in chosen for key in p.never)
        and (p.max_high_risk is None or sum(items[key].high_risk for key in chosen) <= p.max_high_risk)
        and (p.cvar_floor is None or worst_tenth(p, chosen) >= p.cvar_floor)
    )


def taken_off(p: Problem, chosen: Chosen) -> float:
    items = {item.key: item for item in p.items}
    late = sum(q * items[key].delay_cost for key, q in chosen.items())
    return late + sum(
        share * max(0, min(items[a].benefit, items[b].benefit))
        for a, b, share in p.overlaps
        if a in chosen and b in chosen
    )


def worth(p: Problem, chosen: Chosen) -> float:
    return sum(item.value for item in p.items if item.key in chosen) - taken_off(p, chosen)


def worst_tenth(p: Problem, chosen: Chosen) -> float:
    """The mean of the two smallest of twenty futures."""
    assert p.futures is not None and len(p.futures) == 20
    picked = [i for i, item in enumerate(p.items) if item.key in chosen]
    return float(np.sort(p.futures[:, picked].sum(axis=1))[:2].mean() - taken_off(p, chosen))


def every_choice(p: Problem) -> list[dict[str, int]]:
    keys = [item.key for item in p.items]
    starts = product([None, *range(p.quarters)], repeat=len(keys))
    return [{k: q for k, q in zip(keys, row, strict=True) if q is not None} for row in starts]


def by_hand(p: Problem) -> float | None:
    """The best value of all choices, None where none is allowed."""
    return max((worth(p, chosen) for chosen in every_choice(p) if allowed(p, chosen)), default=None)


@st.composite
def problems(draw: st.DrawFn, most: int = 5) -> Problem:
    """Small problems with every kind of limit; whole numbers, so that a limit is met or it is not."""
    count = draw(st.integers(1, most))
    keys = [f"C-{i}" for i in range(count)]
    whole = st.integers
    items = tuple(
        Item(
            key,
            value=draw(whole(-20, 60)),
            cost=draw(whole(0, 30)),
            effort={role: draw(whole(0, 9)) for role in ROLES},
            delay_cost=draw(whole(0, 9)),
            high_risk=draw(st.booleans()),
            benefit=draw(whole(0, 60)),
            team=draw(st.sampled_from(["", "T"])),
            hours=draw(whole(-5, 20)),
        )
        for key in keys
    )
    pairs = st.permutations(keys).map(lambda mixed: tuple(mixed[:2]))
    some = st.lists(pairs, max_size=1 if count > 1 else 0).map(tuple)
    quarters = draw(whole(1, 2))
    rng = np.random.default_rng(draw(whole(0, 9999)))
    return Problem(
        items,
        budget=draw(st.none() | whole(0, 90)),
        quarters=quarters,
        capacity={
            (role, q): draw(whole(0, 20)) for role in ROLES for q in range(quarters) if draw(st.booleans())
        },
        exclusive=draw(some),
        needs=draw(some),
        overlaps=tuple((a, b, draw(st.sampled_from([0.25, 0.5, 1.0]))) for a, b in draw(some)),
        must=tuple(draw(st.lists(st.sampled_from(keys), max_size=1))),
        never=tuple(draw(st.lists(st.sampled_from(keys), max_size=1))),
        max_high_risk=draw(st.none() | whole(0, 3)),
        cvar_floor=draw(st.none() | whole(-40, 20)),
        team_hours=draw(st.sampled_from([{}, {"T": 0}, {"T": 25}])),
        futures=np.array([item.value for item in items]) + rng.integers(-40, 41, (20, count)),
    )


def plain(key: str, value: float, cost: float, **more: object) -> Item:
    return Item(key, value, cost, **more)  # type: ignore[arg-type]
