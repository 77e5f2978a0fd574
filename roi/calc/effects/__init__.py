"""Is it real? What changed with a workload, against what would have been: three designs, each with a 95 % interval."""

from roi.calc.effects.groups import differences
from roi.calc.effects.held_out import by_place, by_share, share_by_place, share_by_share
from roi.calc.effects.parts import Effect, NotEnough, Point, Sums
from roi.calc.effects.series import interrupted
from roi.calc.effects.words import UNITS, said

__all__ = [
    "Effect",
    "NotEnough",
    "Point",
    "Sums",
    "UNITS",
    "by_place",
    "by_share",
    "differences",
    "interrupted",
    "said",
    "share_by_place",
    "share_by_share",
]
