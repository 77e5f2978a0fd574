"""The value ledger is written here: months computed anew while open, frozen on closing, corrected by later entries."""

from roi.operations.ledger.freezing import close_months
from roi.operations.ledger.writing import refresh_open_months, refresh_workload

__all__ = ["close_months", "refresh_open_months", "refresh_workload"]
