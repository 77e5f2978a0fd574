"""What the preview form makes of the assessor's page and of the short form, half-typed as they may be."""

from decimal import Decimal

import pytest

from backlog import operations as backlog
from backlog.calc.ranges import Range
from roi.forms import PreviewForm

LONG = {"volume_low": "900", "volume_likely": "1000", "volume_high": "1200"}


@pytest.fixture
def candidate(cast, now):
    said = {"title": "Check", "count": 400, "minutes": 12, "people": Decimal(9), "share": "half"}
    made = backlog.save_draft(by=cast.owner, at=now, **said)
    return backlog.submit(candidate=made, by=cast.owner, at=now)


def read(**sent):
    form = PreviewForm(sent)
    assert form.is_valid(), form.problems
    return form.cleaned_data


def problems(**sent):
    form = PreviewForm(sent)
    assert not form.is_valid()
    return form.problems


def pair(row, first, second, **more):
    return {f"correlation_{row}_{k}": v for k, v in {"first": first, "second": second, **more}.items()}


def test_the_page_gives_a_case(db):
    data = read(
        **LONG,
        volume_evidence="measured",
        team_name="Clerks",
        team_people="12",
        rate_job="clerk",
        token_model="openai/gpt-4o",
        horizon_months="24",
        discount_rate="12.5",
        effort_data="20",
        effort_business="1.5",
        **pair(0, "volume", "run_cost", strength="clearly", direction="opposite"),
        **pair(1, "minutes", "volume", rho="0.25"),
        **pair(2, "minutes", ""),
        **pair(3, "minutes", "run_cost"),
    )
    assert data["ranges"] == {"volume": Range(900, 1000, 1200, "percentiles", "measured")}
    assert data["correlations"] == (("volume", "run_cost", -0.6), ("minutes", "volume", 0.25))
    assert (data["rate_job"], data["token_model"], data["horizon_months"]) == ("clerk", "openai/gpt-4o", 24)
    assert data["discount_rate"] == Decimal("0.125") and data["effort_days"] == 21.5
    assert (data["hours_cap"], data["cap_note"]) == (19_200, "12 people of Clerks have 19,200 hours a year")


def test_nothing_said_is_nothing_known(db):
    data = read(**LONG)
    assert (data["correlations"], data["hours_cap"], data["effort_days"]) == ((), None, None)
    assert (data["horizon_months"], data["discount_rate"], data["rate_job"]) == (None, None, "")


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (
            {"minutes_low": "9", "minutes_likely": "5", "minutes_high": "10"},
            "Minutes an item: low 9 is above",
        ),
        (
            {"error_share_after_low": "0", "error_share_after_likely": "1", "error_share_after_high": "1.1"},
            "Share with errors once automated: a share lies between 0 and 1.",
        ),
        ({"volume_low": "-1"}, "Volume: it cannot be below zero."),
        (
            {"ramp_months_low": "1", "ramp_months_likely": "2", "ramp_months_high": "130"},
            "Months from first to full use: at most 120; check the number.",
        ),
        ({"horizon_months": "0"}, "Horizon: a horizon is 1 to 120 months."),
        ({"horizon_months": "121"}, "Horizon: a horizon is 1 to 120 months."),
        ({"discount_rate": "101"}, "Discount rate: Ensure"),
        ({"team_people": "0"}, "Full-time people: Ensure"),
        ({"effort_data": "-1"}, "Effort data: Ensure"),
        (pair(0, "volume", "volume", strength="weakly"), "Volume always moves with itself"),
        (
            pair(0, "volume", "minutes", strength="weakly") | pair(1, "minutes", "volume", rho="0.5"),
            "Minutes an item with Volume is named twice.",
        ),
        (pair(0, "volume", "minutes", rho="0.99"), "What moves together: Ensure"),
        (pair(0, "colour", "minutes", rho="0.5"), "What moves together: Select a valid choice"),
        (
            pair(0, "volume", "minutes", strength="strongly")
            | pair(1, "volume", "run_cost", strength="strongly")
            | pair(2, "minutes", "run_cost", strength="strongly", direction="opposite"),
            "cannot all be true at once",
        ),
    ],
)
def test_what_cannot_be_is_named(db, sent, words):
    assert any(words in problem for problem in problems(**(LONG | sent)))


def test_a_chosen_team_counts_and_its_number_can_be_tried(cast, now, candidate):
    said = {"name": "Clerks", "people": Decimal(12), "by": cast.assessor, "at": now}
    team = backlog.set_team(candidate=candidate, **said).team
    data = read(**LONG, candidate=candidate.number, team=team.pk)
    assert data["hours_cap"] == 19_200 and "Clerks" in data["cap_note"]
    assert read(**LONG, candidate=candidate.number, team=team.pk, team_people="10")["hours_cap"] == 16_000
    # Without a team on the page, the owner's answer still counts.
    assert read(**LONG, candidate=candidate.number)["hours_cap"] == 7_200
    # A guessed key tells nothing of a team: no candidate, no team.
    assert read(**LONG, team=team.pk)["hours_cap"] is None


def test_a_team_of_another_unit_is_not_told(cast, now, candidate):
    other = backlog.save_draft(
        by=cast.system, owner=cast.stranger, unit=cast.other_unit, at=now, title="T", count=1, minutes=1
    )
    other = backlog.submit(candidate=other, by=cast.system, at=now)
    said = {"name": "Lawyers", "people": Decimal(77), "by": cast.lead, "at": now}
    team = backlog.set_team(candidate=other, **said).team
    data = read(**LONG, candidate=candidate.number, team=team.pk)
    assert data["hours_cap"] == 7_200 and "Lawyers" not in data["cap_note"]


def test_the_short_form_keeps_what_was_sized(cast, now, candidate):
    backlog.size(
        candidate=candidate,
        team=("Clerks", Decimal(2)),
        frame={"horizon_months": 24, "token_model": "openai/gpt-4o"},
        correlations=[("volume", "minutes", 0.3)],
        efforts={"data": Decimal(5)},
        by=cast.assessor,
        at=now,
    )
    backlog.set_frame(candidate=candidate, discount_rate=Decimal("0.2"), by=cast.finance, at=now)
    data = read(
        candidate=candidate.number, count="400", period="month", minutes="12", people="9", share="half"
    )
    assert (data["horizon_months"], data["token_model"], data["effort_days"]) == (24, "openai/gpt-4o", 5)
    assert data["correlations"] == (("minutes", "volume", 0.3),) and data["hours_cap"] == 3_200
    assert data["discount_rate"] == Decimal("0.2")
    # The page of an assessor does not send finance's rate: the stored one counts.
    assert read(**LONG, candidate=candidate.number)["discount_rate"] == Decimal("0.2")


def test_the_short_form_of_a_new_candidate_caps_by_its_people(db):
    data = read(count="400", period="month", people="9", share="half")
    assert data["hours_cap"] == 7_200 and data["cap_note"].startswith("9 people, about half their time")
    assert read(count="400", minutes="5")["hours_cap"] is None
