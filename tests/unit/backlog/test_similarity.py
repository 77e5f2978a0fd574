"""How alike two descriptions are: the same work in other words, other work in like words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backlog.calc.reference_ranges import own_history, rule_of_thumb
from backlog.calc.similarity import ALIKE, SAME, Text, likeness, shared_words, words_of

KNOWN = {
    "check": 300,
    "expense": 5,
    "report": 200,
    "reports": 200,
    "sort": 300,
    "mails": 100,
    "invoices": 120,
}


def score(one, other):
    return likeness(Text(*one), [Text(*other)], KNOWN, 10_000)[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            ("Check expense reports", "Each is read against the policy."),
            ("Expense report checks", "We compare with policy"),
        ),
        (("Check expense reports", ""), ("Check travel expense reports", "")),
        (("Password resets", ""), ("Reset passwords", "")),
        (("Invoice coding", ""), ("Coding of supplier invoices", "")),
        (
            ("Match supplier invoices", "by one team, in their words"),
            ("Match supplier invoices", "told by others elsewhere"),
        ),
    ],
)
def test_the_same_work_is_very_similar(one, other):
    assert score(one, other).score >= SAME
    assert score(one, other).score == pytest.approx(score(other, one).score)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Check expense reports", ""), ("Check supplier contracts", "")),
        (("Sort mails", ""), ("Answer tenders", "")),
        (("", ""), ("Check", "")),
    ],
)
def test_other_work_is_not(one, other):
    assert score(one, other).score < ALIKE


def test_it_says_what_both_have_in_the_words_of_the_reader():
    found = score(("Check expense reports", "against the policy"), ("Expense checks", "policy of travel"))
    assert shared_words("Check expense reports against the policy", found.shared)[0] == "expense"
    assert words_of("The 12 invoices AND we") == ["invoices"]


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=60), st.text(max_size=120), st.text(max_size=60))
def test_scores_lie_between_nothing_and_all(title, description, other):
    found = likeness(Text(title, description), [Text(other), Text(title, description)], {}, 0)
    assert all(0 <= one.score <= 1.0000001 for one in found)
    if words_of(title):
        assert found[1].score == pytest.approx(1)


def test_usual_ranges_say_where_they_come_from():
    invoices = rule_of_thumb("Code supplier invoices")
    assert (invoices.low, invoices.high, invoices.n) == (5, 14, 0) and "not a study" in invoices.source
    assert rule_of_thumb("Water the plants") is None
    assert own_history("x", [4, 9]) is None
    own = own_history("x", [4, 9, 5])
    assert (own.low, own.likely, own.high, own.n) == (4, 5, 9, 3) and "measured" in own.source
