"""Which candidates to do: the best choice under all limits, how sure it is, and why the others are not in it."""

from roi.calc.portfolio.conflicts import Conflict, conflicts, words
from roi.calc.portfolio.frontier import Point, frontier
from roi.calc.portfolio.futures import futures, inclusion, intervals
from roi.calc.portfolio.greedy import greedy
from roi.calc.portfolio.items import Item, Plan, Problem, Rule
from roi.calc.portfolio.measure import broken, tail_mean, value_of
from roi.calc.portfolio.milp import solve
from roi.calc.portfolio.why_not import REASONS, WhyNot, why_not

__all__ = [
    "REASONS",
    "Conflict",
    "Item",
    "Plan",
    "Point",
    "Problem",
    "Rule",
    "WhyNot",
    "broken",
    "conflicts",
    "frontier",
    "futures",
    "greedy",
    "inclusion",
    "intervals",
    "solve",
    "tail_mean",
    "value_of",
    "why_not",
    "words",
]
