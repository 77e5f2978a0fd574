"""Spans in protobuf, read as far as the bytes of each attribute.

The fields of opentelemetry/proto/trace/v1/trace.proto that are read here, under their numbers, but with every message
within a span left as the bytes that it is: on the wire the two are the same. Exporters repeat themselves, so that nine
of ten attributes (model, provider, server, temperature) are the same bytes as in the span before. Those are looked up;
decoding each of them again took half of the time of ingest.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from workloads.calc.otlp.common import APART, NUMBER, SKIP, Keys

BYTES, STRING, FIXED64 = 12, 9, 6  # google.protobuf.FieldDescriptorProto.Type
ONE, MANY = 1, 3  # google.protobuf.FieldDescriptorProto.Label
FIELDS = (
    (1, "trace_id", BYTES, ONE),
    (2, "span_id", BYTES, ONE),
    (3, "trace_state", STRING, ONE),
    (4, "parent_span_id", BYTES, ONE),
    (5, "name", STRING, ONE),
    (7, "start_ns", FIXED64, ONE),
    (8, "end_ns", FIXED64, ONE),
    (9, "attributes", BYTES, MANY),
    (11, "events", BYTES, MANY),
    (13, "links", BYTES, MANY),
    (15, "status", BYTES, ONE),
)
# What is remembered of attributes: some 5 MB at most.
MOST_REMEMBERED, LONGEST_REMEMBERED = 16_000, 200
# An attribute with more values than these is an id, a time or a text, of which no value comes again.
MANY_VALUES = 64
SHARED_BY_NONE = frozenset({list, dict})
# On the wire: fields 1 and 2 of KeyValue, and a whole number within AnyValue.
FIRST, SECOND, WHOLE = 0x0A, 0x12, 0x18
Pair = tuple[str, Any]


def _message() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="lean_span.proto", package="payback", syntax="proto3")
    fields = file.message_type.add(name="LeanSpan").field
    for number, name, kind, label in FIELDS:
        fields.add(number=number, name=name, type=kind, label=label)  # type: ignore[arg-type]
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("payback.LeanSpan"))


LeanSpan = _message()


class Decoded(dict[bytes, Pair | None]):
    """Name and value of an attribute by its bytes; None for one that nobody reads.

    Bytes not met before are decoded, which raises DecodeError where they are broken. An attribute that nobody reads
    and that has another value in every span is soon known by its name and passed over.
    apart: those names among all values given out that do not go with the attributes of a span.
    """

    def __init__(self, keys: Keys, value_of: Callable[[Any, int], Any]) -> None:
        super().__init__()
        self._keys, self._value_of = keys, value_of
        self._named: dict[bytes, tuple[str, int]] = {}
        self._met: Counter[str] = Counter()
        self.apart: set[str] = set()

    def __missing__(self, raw: bytes) -> Pair | None:
        try:
            start = raw[1] + 3
            known = self._named.get(raw[:start])
            if known is not None and _is_last(raw, start):
                key, sort = known
                if not sort:
                    return None
                if (value := _small(raw, start + 1)) is not None:
                    found = key, value
                    if len(self) < MOST_REMEMBERED:
                        self[raw] = found
                    return found
        except IndexError:
            pass  # so short that it is broken or empty
        return self._decoded(raw)

    def _decoded(self, raw: bytes) -> Pair | None:
        pair = KeyValue.FromString(raw)
        key, found = pair.key, None
        if sort := self._keys[key]:
            value = self._value_of(pair.value, sort)
            if value is not None:
                found = key, value
            if sort in APART:
                self.apart.add(key)
            if value.__class__ in SHARED_BY_NONE:
                return found
        self._met[key] += 1
        if sort == NUMBER or (sort == SKIP and self._met[key] > MANY_VALUES):
            self._name(raw, key, sort)
        if len(raw) <= LONGEST_REMEMBERED and len(self) < MOST_REMEMBERED:
            self[raw] = found
        return found

    def _name(self, raw: bytes, key: str, sort: int) -> None:
        """Keeps what stands before the value of an attribute, where that is as long as its first bytes say."""
        start = len(key.encode()) + 3
        head = raw[:start]
        if head == bytes((FIRST, start - 3 & 0x7F)) + key.encode() + bytes((SECOND,)):
            self._named[head] = key, sort

    @property
    def is_full(self) -> bool:
        return max(len(self), len(self.apart), len(self._met)) >= MOST_REMEMBERED


def _is_last(raw: bytes, at: int) -> bool:
    """Whether a value whose length stands here goes on to the end."""
    size = raw[at]
    if size < 0x80:
        return size == len(raw) - at - 1
    return size & 0x7F | raw[at + 1] << 7 == len(raw) - at - 2


def _small(raw: bytes, at: int) -> int | None:
    """A whole number from 1 to 2**14 - 1, as counts of tokens mostly are; None for any other value."""
    size = len(raw) - at
    if raw[at] != WHOLE or not 1 < size < 4:
        return None
    low = raw[at + 1]
    if size == 2:
        return low if 0 < low < 0x80 else None
    high = raw[at + 2]
    return low & 0x7F | high << 7 if low > 0x7F and 0 < high < 0x80 else None


def decoded(keys: Keys, value_of: Callable[[Any, int], Any]) -> Decoded:
    """What this process remembers of attributes that are read by this table; for one request.

    A full one is given up for a new one, so that what is no longer sent is forgotten.
    """
    found: Decoded | None = keys.decoded
    if found is None or found.is_full:
        found = keys.decoded = Decoded(keys, value_of)
    return found
