"""FOCUS, the FinOps cost and usage format: versions 1.0 to 1.2 are read, 1.2 is written."""

from workloads.calc.focus.columns import COLUMNS, detect_version
from workloads.calc.focus.reading import Reader
from workloads.calc.focus.rows import Charge, Scope
from workloads.calc.focus.writing import ShowbackCharge, focus_rows

__all__ = [
    "COLUMNS",
    "Charge",
    "Reader",
    "Scope",
    "ShowbackCharge",
    "detect_version",
    "focus_rows",
]
