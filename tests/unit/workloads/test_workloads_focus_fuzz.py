"""Any bytes at all: read, or refused in a sentence; never another exception."""

import gzip
import io
import string

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.focus_files import BASE, focus
from workloads.calc.focus import Reader, values
from workloads.calc.outcome_rows import Unreadable

GOOD = focus({}, {"Tags": '{"a": "b"}', "BilledCost": "-1E-9"}, {"SubAccountName": "Müller"})
PACKED = gzip.compress(GOOD)


def survives(data: bytes) -> None:
    reader = Reader(io.BytesIO(data), most_rows=1000, most_unpacked=1_000_000)
    try:
        for charge in reader.charges():
            assert charge.billed.is_finite() and charge.scope.start < charge.scope.end
    except Unreadable as error:
        assert str(error).endswith((".", ":"))
    assert all(wrong.message and wrong.field for wrong in reader.errors)


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes(data: bytes) -> None:
    survives(data)
    survives(b"\x1f\x8b" + data)
    survives(b"\xff\xfe" + data)


@given(st.sampled_from([GOOD, PACKED, GOOD.decode().encode("utf-16")]), st.data())
@settings(max_examples=300, deadline=None)
def test_a_file_with_a_piece_changed(good: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 40)))
    survives(good[:start] + data.draw(st.binary(max_size=12)) + good[end:])


cells = st.text(
    st.characters(codec="utf-8") | st.sampled_from(string.digits + "$€(),.-+eE{}[]\":/TZ'\\"), max_size=30
)


@given(st.sampled_from(sorted(BASE)), cells)
@settings(max_examples=500, deadline=None)
def test_any_cell(column: str, cell: str) -> None:
    survives(focus({column: cell}))


@given(cells, st.booleans())
@settings(max_examples=500, deadline=None)
def test_any_number(cell: str, comma: bool) -> None:
    try:
        found = values.number(cell, currency="USD", comma=comma)
    except ValueError:
        return
    assert found is None or (found.is_finite() and abs(found) < 10**20)
