"""What stands beside the ranges, verb by verb, with each refusal."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from aiops.errors import DomainError
from aiops.models import AuditEvent, RateCard
from backlog import operations as do
from backlog import queries
from backlog.calc.ranges import Range
from backlog.models import Candidate, State, Team

ONE = Range(1, 2, 3)


def refused(code, field=None, words=""):
    def fits(error):
        return error.code == code and (field is None or error.field == field) and words in error.message

    return pytest.raises(DomainError, check=fits)


def filed(cast, now, title, unit=None):
    made = do.save_draft(
        by=cast.system, owner=cast.owner, unit=unit or cast.unit, at=now, title=title, count=5, minutes=5
    )
    return do.submit(candidate=made, by=cast.system, at=now)


def said(cast, now, candidate, **more):
    return {"candidate": candidate, "by": cast.assessor, "at": now, **more}


# an own rate, and bounds


@pytest.mark.parametrize("notes", [None, {}, {"loaded_rate": "  "}, {"minutes": "timed"}])
def test_an_own_rate_needs_its_reason(cast, now, received, notes):
    with refused("reason", "loaded_rate", "reason"):
        do.set_estimates(**said(cast, now, received, ranges={"loaded_rate": ONE}, notes=notes))
    assert not received.estimates.filter(quantity="loaded_rate").exists()


def test_an_own_rate_with_its_reason_and_forgetting_it(cast, now, received):
    notes = {"loaded_rate": "contractors of this year"}
    do.set_estimates(**said(cast, now, received, ranges={"loaded_rate": ONE}, notes=notes))
    assert received.estimates.get(quantity="loaded_rate").note == "contractors of this year"
    do.set_estimates(**said(cast, now, received, ranges={"loaded_rate": None}))
    assert not received.estimates.filter(quantity="loaded_rate").exists()


@pytest.mark.parametrize(
    ("quantity", "made", "code"),
    [
        ("error_share_before", Range(0.1, 0.5, 1.01), "share"),
        ("error_share_after", Range(-0.1, 0, 0.5), "share"),
        ("start_months", Range(1, 2, 121), "too_much"),
        ("ramp_months", Range(1, 2, 121), "too_much"),
        ("tokens_in", Range(-1, 2, 3), "negative"),
        ("volume", Range(1, 2, 2e12), "too_much"),
        ("minutes", Range(1, 2, 2e9), "too_much"),
        ("rework_minutes_after", Range(1, 2, 2e9), "too_much"),
        ("build_cost", Range(1, 2, float("inf")), "too_much"),
        ("revenue", Range(-2e13, 2, 3), "too_much"),
    ],
)
def test_what_cannot_be_is_refused_by_name(cast, now, received, quantity, made, code):
    with refused(code, quantity):
        do.set_estimates(**said(cast, now, received, ranges={"volume": ONE, quantity: made}))
    assert queries.estimate_ranges(received)["volume"].likely == 4800


@pytest.mark.parametrize("quantity", ["cost_avoided", "revenue", "risk_reduction", "other_cash"])
def test_a_benefit_may_be_a_loss(cast, now, received, quantity):
    do.set_estimates(**said(cast, now, received, ranges={quantity: Range(-3, -2, -1)}))
    assert queries.estimate_ranges(received)[quantity].low == -3


# team


def test_a_new_team_caps_the_hours(cast, now, received):
    do.set_team(**said(cast, now, received, name=" Clerks ", people=Decimal(12)))
    received.refresh_from_db()
    assert (received.team.name, received.team.people, received.team.unit) == ("Clerks", 12, cast.unit)
    assert queries.hours_cap(received) == (19_200, "12 people of Clerks have 19,200 hours a year")
    assert AuditEvent.objects.get(action="candidate.team_set").changes == {"team": [None, "Clerks"]}


def test_a_known_name_is_the_same_team_and_its_number_can_be_corrected(cast, now, received):
    other = filed(cast, now, "Other")
    do.set_team(**said(cast, now, received, name="Clerks", people=Decimal(12)))
    do.set_team(**said(cast, now, other, name="clerks"))
    assert Team.objects.get().people == 12 and other.team is None
    do.set_team(**said(cast, now, other, name="Clerks", people=Decimal("10.5")))
    other.refresh_from_db()
    assert Team.objects.get().people == Decimal("10.5") and other.team == Team.objects.get()
    assert AuditEvent.objects.get(action="team.resized").changes == {"people": ["12.0", "10.5"]}
    do.set_team(**said(cast, now, other, name=""))
    other.refresh_from_db()
    assert other.team is None and Team.objects.count() == 1


def test_a_unit_has_its_own_teams(cast, now, received):
    legal = filed(cast, now, "Contracts", cast.other_unit)
    for candidate in (received, legal):
        do.set_team(**said(cast, now, candidate, name="Clerks", people=Decimal(2)))
    assert {team.unit for team in Team.objects.all()} == {cast.unit, cast.other_unit}


@pytest.mark.parametrize("people", [None, Decimal(0), Decimal(-1), Decimal(1_000_001)])
def test_a_new_team_needs_its_people(cast, now, received, people):
    with refused("people", "team_people"):
        do.set_team(**said(cast, now, received, name="Clerks", people=people))
    assert not Team.objects.exists()


def test_without_a_team_the_owners_answer_caps_the_hours(cast, now, received):
    assert queries.hours_cap(received) == (None, "")
    do.edit(candidate=received, by=cast.owner, at=now, people=Decimal(9), share="half")
    received.refresh_from_db()
    words = "9 people, about half their time, have 7,200 hours a year for it"
    assert queries.hours_cap(received) == (7_200, words)


def test_one_person_has_hours(cast, now, received):
    do.set_team(**said(cast, now, received, name="Clerks", people=Decimal(1)))
    received.refresh_from_db()
    assert queries.hours_cap(received)[1] == "1 person of Clerks has 1,600 hours a year"


def test_mates_are_the_decided_ones_of_the_same_team(cast, now, received):
    approved, waiting, elsewhere = (filed(cast, now, title) for title in ("A", "B", "C"))
    assert not queries.team_mates(received).exists()
    for candidate, name in (
        (received, "Clerks"),
        (approved, "Clerks"),
        (waiting, "Clerks"),
        (elsewhere, "X"),
    ):
        do.set_team(**said(cast, now, candidate, name=name, people=Decimal(3)))
    Candidate.objects.filter(pk__in=[approved.pk, elsewhere.pk]).update(state=State.APPROVED)
    received.refresh_from_db()
    assert list(queries.team_mates(received)) == [approved]


# frame


@pytest.fixture
def rates(cast):
    for unit, job, until in (
        (None, "all jobs", None),
        (cast.unit, "clerk", None),
        (cast.unit, "typist", date(2026, 1, 1)),
        (cast.other_unit, "lawyer", None),
    ):
        RateCard.objects.create(
            unit=unit, job=job, hourly_rate=Decimal(40), valid_from=date(2025, 1, 1), valid_to=until
        )


def test_jobs_are_those_of_the_unit_that_hold(cast, now, rates):
    assert queries.rate_jobs(cast.unit, now.date()) == ["all jobs", "clerk"]


def test_the_frame_is_kept_and_only_changes_are_logged(cast, now, received, rates):
    frame = {"rate_job": "clerk", "token_model": "openai/gpt-4o-mini", "horizon_months": 24}
    for _ in range(2):
        do.set_frame(**said(cast, now, received, **frame))
    received.refresh_from_db()
    assert {name: getattr(received, name) for name in frame} == frame
    event = AuditEvent.objects.get(action="candidate.time_and_rates_set")
    assert event.changes["horizon_months"] == [None, 24]
    do.set_frame(**said(cast, now, received, rate_job="", token_model="", horizon_months=None))
    received.refresh_from_db()
    assert (received.rate_job, received.token_model, received.horizon_months) == ("", "", None)


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ({"horizon_months": 0}, "horizon_months"),
        ({"horizon_months": 121}, "horizon_months"),
        ({"rate_job": "typist"}, "rate_job"),
        ({"rate_job": "lawyer"}, "rate_job"),
        ({"token_model": "gpt-4o"}, "token_model"),
        ({"token_model": "open ai/gpt"}, "token_model"),
        ({"token_model": "/gpt"}, "token_model"),
    ],
)
def test_a_frame_that_cannot_be(cast, now, received, rates, frame, field):
    with refused(field, field):
        do.set_frame(**said(cast, now, received, **frame))


def test_a_job_that_left_the_card_stays_until_it_is_changed(cast, now, received, rates):
    do.set_frame(**said(cast, now, received, rate_job="clerk"))
    RateCard.objects.filter(job="clerk").delete()
    do.set_frame(**said(cast, now, received, rate_job="clerk", horizon_months=12))
    received.refresh_from_db()
    assert (received.rate_job, received.horizon_months) == ("clerk", 12)


def test_the_discount_rate_is_finances(cast, now, received):
    for person in (cast.assessor, cast.lead, cast.owner, cast.it):
        with pytest.raises(PermissionDenied):
            do.set_frame(candidate=received, discount_rate=Decimal("0.2"), by=person, at=now)
    do.set_frame(candidate=received, discount_rate=Decimal("0.2"), by=cast.finance, at=now)
    received.refresh_from_db()
    assert received.discount_rate == Decimal("0.2")
    with pytest.raises(PermissionDenied):
        do.set_frame(candidate=received, discount_rate=None, by=cast.assessor, at=now)
    for rate in (Decimal("1.01"), Decimal("-0.01")):
        with refused("discount_rate", "discount_rate"):
            do.set_frame(candidate=received, discount_rate=rate, by=cast.finance, at=now)
    with pytest.raises(PermissionDenied):
        do.set_frame(candidate=received, horizon_months=12, by=cast.finance, at=now)
    with pytest.raises(PermissionDenied):
        do.set_frame(
            candidate=received, discount_rate=Decimal("0.1"), horizon_months=12, by=cast.lead, at=now
        )


def test_an_unknown_part_of_the_frame_is_a_programming_error(cast, now, received):
    with pytest.raises(TypeError, match="colour"):
        do.set_frame(**said(cast, now, received, colour="red"))


# what moves together


def test_pairs_are_kept_in_one_order_and_replaced(cast, now, received):
    pairs = [("volume", "run_cost", 0.6), do.Pair("minutes", "volume", -0.3, "hard ones are rare")]
    do.set_correlations(**said(cast, now, received, pairs=pairs))
    do.set_correlations(**said(cast, now, received, pairs=pairs))
    assert queries.correlations_of(received) == (("minutes", "volume", -0.3), ("run_cost", "volume", 0.6))
    assert received.correlations.get(first="minutes").note == "hard ones are rare"
    assert AuditEvent.objects.filter(action="candidate.correlations_set").count() == 1
    do.set_correlations(**said(cast, now, received, pairs=[]))
    assert queries.correlations_of(received) == ()


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([("volume", "colour", 0.5)], "no quantity «colour»"),
        ([("volume", "volume", 0.5)], "two different quantities"),
        ([("volume", "minutes", 0.5), ("minutes", "volume", 0.3)], "named twice"),
        ([("volume", "minutes", 0.96)], "−0.95 to 0.95"),
        ([("volume", "minutes", -0.96)], "−0.95 to 0.95"),
        ([("volume", "minutes", 0.0)], "not 0"),
        ([("volume", "minutes", float("nan"))], "not 0"),
        (
            [("volume", "minutes", 0.9), ("volume", "run_cost", 0.9), ("minutes", "run_cost", -0.9)],
            "cannot all be true",
        ),
    ],
)
def test_pairs_that_cannot_be(cast, now, received, pairs, words):
    with refused("correlation", "correlations", words):
        do.set_correlations(**said(cast, now, received, pairs=pairs))
    assert queries.correlations_of(received) == ()


# effort


def test_effort_is_replaced(cast, now, received):
    assert queries.effort_days(received) is None
    do.set_efforts(**said(cast, now, received, days={"data": Decimal(20), "engineering": Decimal("40.5")}))
    assert queries.effort_days(received) == 60.5
    do.set_efforts(**said(cast, now, received, days={"data": Decimal(5), "engineering": None}))
    assert queries.effort_days(received) == 5
    changes = AuditEvent.objects.filter(action="candidate.effort_set").latest("pk").changes
    assert changes == {"data": ["20.0", "5"], "engineering": ["40.5", None]}


@pytest.mark.parametrize(
    ("days", "field"),
    [
        ({"cook": Decimal(1)}, "efforts"),
        ({"data": Decimal(0)}, "effort_data"),
        ({"data": Decimal(-1)}, "effort_data"),
        ({"data": Decimal(100_001)}, "effort_data"),
    ],
)
def test_effort_that_cannot_be(cast, now, received, days, field):
    with refused("effort", field):
        do.set_efforts(**said(cast, now, received, days={"business": Decimal(1), **days}))
    assert queries.effort_days(received) is None


# who, and until when


VERBS = (
    (do.set_team, {"name": "Clerks", "people": Decimal(1)}),
    (do.set_frame, {"horizon_months": 12}),
    (do.set_correlations, {"pairs": []}),
    (do.set_efforts, {"days": {}}),
    (do.set_relations, {"relations": []}),
    (do.size, {}),
    (do.size, {"team": ("Clerks", Decimal(1))}),
)


@pytest.mark.parametrize(("verb", "more"), VERBS)
def test_who_sizes(cast, now, received, verb, more):
    for person in (cast.owner, cast.reviewer, cast.finance, cast.it, cast.auditor, cast.stranger):
        with pytest.raises(PermissionDenied):
            verb(candidate=received, by=person, at=now, **more)
    verb(candidate=received, by=cast.lead, at=now, **more)


@pytest.mark.parametrize(("verb", "more"), [row for row in VERBS if row[1] or row[0] is not do.size])
def test_what_is_decided_stands(cast, now, in_review, verb, more):
    do.mark_decided(candidate=in_review, state=State.REJECTED, by=cast.lead, at=now + timedelta(days=2))
    with refused("closed"):
        verb(candidate=in_review, by=cast.assessor, at=now, **more)
    with refused("closed"):
        do.set_frame(candidate=in_review, discount_rate=Decimal("0.1"), by=cast.finance, at=now)
