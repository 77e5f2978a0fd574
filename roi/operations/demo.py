"""Leaving the demo."""

from typing import Any


def use_for_real(**_: Any) -> None:
    raise NotImplementedError
