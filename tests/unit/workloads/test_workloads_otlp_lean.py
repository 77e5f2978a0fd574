"""Attributes that are looked up by their bytes say what decoding them says, whatever came before."""

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from workloads.calc.otlp import lean
from workloads.calc.otlp.common import NUMBER, SKIP, TEXT, Keys
from workloads.calc.otlp.protobuf_body import _value

SORTS = {"tokens": NUMBER, "model": TEXT, "id": SKIP, "a" * 130: NUMBER}
VALUES = st.builds(
    AnyValue, int_value=st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 20_000)
) | st.builds(AnyValue, string_value=st.text(max_size=300))


def attribute(key: str, value: AnyValue) -> bytes:
    return KeyValue(key=key, value=value).SerializeToString()


@given(st.lists(st.tuples(st.sampled_from(sorted(SORTS)), VALUES), max_size=30))
def test_an_attribute_says_the_same_the_first_time_and_later(said):
    known = lean.Decoded(Keys(SORTS), _value)
    for key, value in said:
        raw = attribute(key, value)
        assert known[raw] == known[raw] == lean.Decoded(Keys(SORTS), _value)[raw]


@pytest.mark.parametrize("number", [0, 1, 127, 128, 16_383, 16_384, 2**40, -1])
def test_numbers_of_every_length_are_read(number):
    known = lean.Decoded(Keys(SORTS), _value)
    assert known[attribute("tokens", AnyValue(int_value=5))] == ("tokens", 5)
    assert known[attribute("tokens", AnyValue(int_value=number))] == ("tokens", number)
    assert known[attribute("tokens", AnyValue(double_value=number + 0.5))] == ("tokens", number + 0.5)


def test_ids_are_passed_over_by_their_name_and_not_remembered():
    known = lean.Decoded(Keys(SORTS), _value)
    for number in range(1000):
        assert known[attribute("id", AnyValue(string_value=f"{number:0>150}"))] is None
    assert len(known) <= lean.MANY_VALUES + 1
    odd = attribute("id", AnyValue(string_value="x")) + attribute("model", AnyValue(string_value="m"))
    assert known[odd] == ("model", "m")  # of a field that comes twice the last counts


@given(st.binary(max_size=12))
def test_broken_bytes_are_broken_or_nothing(raw):
    known = lean.Decoded(Keys(SORTS), _value)
    for number in range(70):
        (
            known[attribute("id", AnyValue(int_value=number))],
            known[attribute("tokens", AnyValue(int_value=number))],
        )
    try:
        found = known[raw]
    except DecodeError:
        return
    assert found is None or found[0] in SORTS
