"""Whatever is pasted: it never raises, and every word that it quotes stands in the text."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from backlog.calc.pasted import FIELDS, read

BITS = [
    "400",
    "1.200",
    "1,5",
    "twelve",
    "a dozen",
    "2k",
    "5 to 10",
    "-",
    "to",
    "minutes",
    "min.",
    "h",
    "each",
    "a month",
    "per day",
    "quarterly",
    "FTE",
    "people",
    "half our time",
    "50%",
    "not",
    "but",
    "used to take",
    "we",
    "invoices",
    ".",
    ",",
    ";",
    "\n",
    "\t",
    '"',
    "Subject: x",
    "From: y",
    ">",
    "--",
    "Best regards",
    "in 2025",
    "€",
    "1:30",
    "an hour",
    "٣",
    "\u00a0",
    "\x00",
    "İ",
    "ß",
]
TEXT = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(BITS), max_size=40).map(" ".join),
    st.lists(st.sampled_from(BITS), max_size=30).map("".join),
)


@settings(max_examples=250, deadline=None)
@given(TEXT)
def test_it_never_raises_and_quotes_only_what_is_there(text):
    found = read(text)
    for proposal in found.proposals:
        assert proposal.field in FIELDS and proposal.value
        assert proposal.words and text[proposal.start : proposal.end] == proposal.words
        assert all(other.words in text for other in proposal.others)
        if proposal.field in ("count", "minutes", "people"):
            assert Decimal(proposal.value) > 0
    assert len({proposal.field for proposal in found.proposals}) == len(found.proposals)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 900_000),
    st.sampled_from(["{:,}", "{}"]),
    st.sampled_from(["day", "week", "month", "year"]),
)
def test_a_plain_sentence_is_read_as_it_was_meant(count, written, period):
    number = written.format(count)
    found = read(f"We get {number} invoices a {period}, 7 minutes each.")
    assert (found.of("count").value, found.of("period").value) == (str(count), period)
    assert found.of("minutes").value == "7"


def test_a_long_hostile_text_is_read_at_all():
    """The suite's own time limit ends it where a pattern goes back and forth."""
    for text in (
        "1 " * 5000,
        "a" * 10_000,
        "we we " * 1700,
        '"' * 10_000,
        "in 2024 5 " * 1000,
        "each each " * 1000,
        "not " * 2500 + "5 min",
    ):
        read(text)
