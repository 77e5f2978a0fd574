"""The Shapley parts of a month, by the code that explains gaps."""

from importlib import import_module
from typing import Any

from roi.calc.realised import first_of
from roi.models import ValueMonth
from roi.queries.forecast import Approved, first_day

try:
    _explain: Any = import_module("roi.operations.gap").gap_of
except (ImportError, AttributeError):
    _explain = None


def parts_of(row: ValueMonth, approved: Approved | None) -> dict[str, str]:
    """{factor: amount as text}; empty where there is no forecast to compare with.

    What the plan gave before the start is told with the first month that ran: months before it tell nothing.
    """
    begun = first_day(row.workload)
    if _explain is None or (begun is not None and row.month < first_of(begun)):
        return {}
    return dict(_explain(row, approved))
