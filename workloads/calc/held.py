"""Calls and evaluations as bytes, for the days in which nobody has said whose they are. Content is left out."""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from workloads.calc.dialects import Mark, NormalisedCall
from workloads.calc.evaluations import Evaluation

EMPTY: dict[str, Any] = {"value": None, "business": {}}
WITHOUT = frozenset({"content_in", "content_out", "explanation"})


@dataclass
class Parcel:
    """What one request holds for one service: its calls, what was said of them, and the work that spans mark."""

    calls: list[NormalisedCall] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


KINDS: dict[str, type[Any]] = {"calls": NormalisedCall, "evaluations": Evaluation, "marks": Mark}


def pack(parcel: Parcel) -> bytes:
    """The same parcel always gives the same bytes, so that a request sent again is known by its digest."""
    rows = {name: [_row(one) for one in getattr(parcel, name)] for name in KINDS}
    return zlib.compress(json.dumps(rows, sort_keys=True, separators=(",", ":")).encode(), 6)


def unpack(packed: bytes) -> Parcel:
    """What `pack` was given; a field that this version no longer knows is passed over."""
    rows = json.loads(zlib.decompress(packed))
    return Parcel(**{name: [_made(kind, row) for row in rows.get(name, [])] for name, kind in KINDS.items()})


READERS: dict[str, Callable[[Any], Any]] = {"at": datetime.fromisoformat, "number": Decimal, "map": dict}


def _row(one: Any) -> dict[str, Any]:
    held = {}
    for known in fields(one):
        value = getattr(one, known.name)
        if known.name not in WITHOUT and value is not None and value not in ("", ()) and value != {}:
            held[known.name] = _plain(value)
    return held


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if isinstance(value, Mapping):
        return {"map": dict(value)}
    return list(value) if isinstance(value, tuple) else value


def _made(kind: type[Any], row: dict[str, Any]) -> Any:
    """What was left out because it says nothing says nothing again: "" for texts, None for a figure."""
    required = {f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING}
    given: dict[str, Any] = {name: EMPTY.get(name, "") for name in required}
    known = {f.name for f in fields(kind)}
    return kind(**(given | {name: _value(value) for name, value in row.items() if name in known}))


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if not isinstance(value, dict):
        return value
    kind, held = next(iter(value.items()))
    return READERS[kind](held)
