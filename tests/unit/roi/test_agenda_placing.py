"""The rule of the agenda: what is talked about, by consent, carried over or not ready."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roi.calc.agenda import Place, Weighed, consent_reason, ordinal, place
from roi.calc.meeting_days import Rhythm, is_zone


def item(key: int, stake: int | None = None, **rest: object) -> Weighed:
    return Weighed(key, None if stake is None else Decimal(stake), **rest)  # type: ignore[arg-type]


def placed(items: list[Weighed], most_items: int = 6, minutes: int = 30) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in place(items, most_items=most_items, minutes=minutes):
        found.setdefault(row.section, []).append(row.key)
    return found


def why(items: list[Weighed], key: int, most_items: int = 6, minutes: int = 30) -> str:
    return next(p.why for p in place(items, most_items=most_items, minutes=minutes) if p.key == key)


def test_most_money_a_minute_first_and_the_rest_is_carried_with_its_rank() -> None:
    rows = [item(n, n * 1000) for n in range(1, 9)]
    assert placed(rows) == {"discuss": [8, 7, 6, 5, 4, 3], "carried": [2, 1]}
    assert why(rows, 2) == "seventh by money at stake a minute; 6 were worth more"


def test_a_long_item_must_be_worth_its_minutes_and_lets_a_shorter_one_pass() -> None:
    rows = [item(1, 30_000, minutes=10), item(2, 20_000), item(3, 100_000, minutes=25)]
    assert placed(rows) == {"discuss": [2, 3], "carried": [1]}
    assert why(rows, 1) == "it needs 10 minutes and 0 are left"


def test_what_cannot_wait_goes_before_what_is_worth_more() -> None:
    rows = [item(1, 100_000), item(2, 500, due=True)]
    assert placed(rows, most_items=1) == {"discuss": [2], "carried": [1]}
    assert why(rows, 1, most_items=1) == "first by money at stake a minute; 1 that goes first could not wait"


def test_what_was_carried_twice_has_its_turn_in_a_third_of_the_places() -> None:
    old = [item(n, n, carried=2) for n in range(1, 5)]
    new = [item(n, n * 1000, carried=1) for n in range(10, 20)]
    assert placed(old + new)["discuss"] == [4, 3, 19, 18, 17, 16]
    assert placed(old + new, most_items=2)["discuss"] == [4, 19]


def test_consent_unless_pulled_and_not_without_end() -> None:
    rows = [item(1, 5, consent="clear"), item(2, 9, consent="clear", pulled=True), item(3, 7)]
    assert placed(rows) == {"discuss": [2, 3], "consent": [1]}
    many = [item(n, n, consent="clear") for n in range(1, 10)]
    found = placed(many, most_items=2)
    assert (len(found["consent"]), found["discuss"], found["carried"]) == (6, [3, 2], [1])


def test_pulled_is_talked_about_even_beyond_the_slot_and_when_not_ready() -> None:
    rows = [item(n, 1, pulled=True, missing=("IT",)) for n in range(1, 4)]
    assert placed(rows, most_items=2, minutes=10)["discuss"] == [1, 2, 3]


def test_not_ready_says_what_it_waits_for() -> None:
    rows = [item(1, 10**6, missing=("IT's line", "its cost", "an answer of Ada"))]
    assert placed(rows) == {"not_ready": [1]}
    assert why(rows, 1) == "waits for IT's line, its cost and an answer of Ada"


def test_the_hand_of_the_chair_stays_through_a_rebuild() -> None:
    rows = [item(1, 10, hand=("discuss", 1)), item(2, 50), item(3, 40), item(4, 60, hand=("carried", 1))]
    assert placed(rows, most_items=2) == {"discuss": [1, 2], "carried": [4, 3]}


CONSENT = {"stake": Decimal(5000), "consent_below": None, "above_hurdle": True}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"proposed": "approve", "prob_positive": 0.9}, "clear: it pays in 90 of 100 futures and is above"),
        ({"proposed": "approve", "prob_positive": 0.9, "above_hurdle": False}, ""),
        ({"proposed": "approve", "prob_positive": 0.89}, ""),
        ({"proposed": "approve", "prob_positive": None}, ""),
        ({"proposed": "reject", "prob_positive": 0.1}, "clear: it pays in only 10 of 100 futures"),
        ({"proposed": "reject", "prob_positive": 0.0001}, "clear: it pays in only 1 of 100 futures"),
        ({"proposed": "reject", "prob_positive": 0.11}, ""),
        ({"proposed": "measure", "prob_positive": 0.99}, ""),
        ({"proposed": "keep", "prob_positive": None}, "nothing changes"),
        ({"proposed": "reject", "prob_positive": 0.4, "consent_below": Decimal(5001)}, "little is at stake"),
        ({"proposed": "reject", "prob_positive": 0.4, "consent_below": Decimal(5000)}, ""),
        ({"proposed": "defer", "prob_positive": 0.4, "consent_below": Decimal(9999)}, ""),
    ],
)
def test_when_a_proposal_is_clear(asked: dict[str, object], words: str) -> None:
    found = consent_reason(**(CONSENT | asked))  # type: ignore[arg-type]
    assert found.startswith(words) and bool(found) == bool(words)


SOME = st.builds(
    Weighed,
    key=st.integers(1, 10**6),
    stake=st.none() | st.decimals(0, 10**7, places=2),
    minutes=st.integers(1, 30),
    missing=st.just(()) | st.just(("IT",)),
    consent=st.just("") | st.just("clear"),
    due=st.booleans(),
    carried=st.integers(0, 4),
    pulled=st.booleans(),
    hand=st.none() | st.tuples(st.sampled_from(["discuss", "consent", "carried"]), st.integers(1, 9)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(SOME, max_size=40, unique_by=lambda i: i.key), st.integers(1, 10), st.integers(10, 90))
def test_any_agenda_keeps_its_rules(rows: list[Weighed], most: int, minutes: int) -> None:
    found = place(rows, most_items=most, minutes=minutes)
    assert sorted(p.key for p in found) == sorted(i.key for i in rows)
    assert found == place(list(reversed(rows)), most_items=most, minutes=minutes)
    by_key = {i.key: i for i in rows}
    for name in ("discuss", "consent", "carried", "not_ready"):
        assert [p.position for p in found if p.section == name] == list(
            range(1, 1 + sum(p.section == name for p in found))
        )
    free = [by_key[p.key] for p in found if p.section == "discuss" and not by_key[p.key].hand]
    bound = [i for i in free if not i.pulled]
    assert len(bound) <= most and sum(i.minutes for i in bound) <= minutes
    assert all(_allowed(p, by_key[p.key]) for p in found)


def _allowed(where: Place, row: Weighed) -> bool:
    if row.hand:
        return where.section == row.hand[0]
    if row.pulled:
        return where.section == "discuss"
    if row.missing:
        return where.section == "not_ready"
    return (
        where.section != "not_ready" and (where.section != "consent" or bool(row.consent)) and bool(where.why)
    )


def test_ordinals() -> None:
    assert [ordinal(n) for n in (1, 6, 10, 11, 21, 22, 103, 112)] == [
        "first", "sixth", "tenth", "11th", "21st", "22nd", "103rd", "112th",
    ]  # fmt: skip


def test_meetings_keep_their_wall_clock_through_both_changes_of_the_clock() -> None:
    berlin = Rhythm(date(2026, 10, 15), time(9, 30), "Europe/Berlin")
    starts = [s for _, s in islice(berlin.after(datetime(2026, 10, 14, tzinfo=UTC)), 3)]
    assert [s.isoformat()[:16] for s in starts] == [
        "2026-10-15T07:30",
        "2026-10-22T07:30",
        "2026-10-29T08:30",
    ]
    skipped = Rhythm(date(2027, 3, 28), time(2, 30), "Europe/Berlin")
    assert skipped.start_of(0) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    twice = Rhythm(date(2026, 10, 25), time(2, 30), "Europe/Berlin")
    assert twice.start_of(0) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_meeting_belongs_to_its_weeks() -> None:
    fortnight = Rhythm(date(2026, 11, 19), time(23, 30), "America/New_York", 2)
    second = fortnight.start_of(1)
    assert (second.isoformat(), fortnight.period(second)) == ("2026-12-04T04:30:00+00:00", 1)
    assert fortnight.days_of(1) == (date(2026, 11, 30), date(2026, 12, 13))
    first = next(fortnight.after(datetime(2020, 1, 1, tzinfo=UTC)))
    assert first == (0, fortnight.start_of(0))
    assert is_zone("Asia/Kathmandu") and not is_zone("Mars/Base") and not is_zone("../etc/passwd")
