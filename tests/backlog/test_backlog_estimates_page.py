"""The assessor's page: groups, everything beside the ranges, and what is wrong named by field."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from aiops.models import RateCard
from aiops.roles import Role
from backlog import operations as do
from backlog import queries
from backlog.calc.ranges import Range
from backlog.forms.estimates import GROUPS
from backlog.models import Estimate, State, Team
from tests.backlog.test_backlog_pages import rows, url
from tests.factories import grant


def range_of(quantity, low, likely, high):
    return {f"{quantity}_low": low, f"{quantity}_likely": likely, f"{quantity}_high": high}


@pytest.fixture
def other(cast, now):
    made = do.save_draft(by=cast.owner, at=now, title="Match invoices", count=5, minutes=5)
    return do.submit(candidate=made, by=cast.owner, at=now)


def page_of(cast, candidate, who="assessor"):
    return cast.client(getattr(cast, who)).get(url("estimates", candidate.number))


def test_every_quantity_has_its_group_and_a_line_of_help():
    grouped = [name for lines in GROUPS.values() for name in lines]
    assert sorted(grouped) == sorted(Estimate.Quantity.values)
    assert all(line for lines in GROUPS.values() for line in lines.values())


def test_groups_stand_open_where_they_hold_something(cast, now, received):
    opened = {group.title: group.is_open for group in page_of(cast, received).context["form"].groups}
    assert list(opened) == list(GROUPS) and [title for title in opened if opened[title]] == ["The work today"]
    do.size(
        candidate=received, ranges={"cost_avoided": Range(1, 2, 3)}, frame={"horizon_months": 12},
        by=cast.assessor, at=now,
    )  # fmt: skip
    opened = {group.title: group.is_open for group in page_of(cast, received).context["form"].groups}
    assert [title for title in opened if opened[title]] == [
        "The work today", "Time", "Other benefits, each a kind of its own",
    ]  # fmt: skip


def test_the_page_explains_what_is_easily_confused(cast, received):
    page = page_of(cast, received).content.decode()
    for words in (
        "Work that grows and needs no new post counts here, not as cash.",
        "Hours become cash only by a named act that finance signs; this is the planned share.",
        "An own rate needs its reason in the note.",
    ):
        assert words in page
    assert reverse("roi:preview") in page


def test_the_rate_itself_is_never_shown(cast, now, received):
    RateCard.objects.create(unit=cast.unit, job="clerk", hourly_rate=Decimal("41.37"), valid_from=now.date())
    page = page_of(cast, received).content.decode()
    assert "clerk" in page and "41.37" not in page


def test_everything_is_saved_together_and_shown_again(cast, now, received, other):
    RateCard.objects.create(unit=cast.unit, job="clerk", hourly_rate=Decimal(41), valid_from=now.date())
    sent = rows(
        **range_of("minutes", "5", "8", "14"),
        **range_of("loaded_rate", "40", "50", "60"),
        loaded_rate_note="contractors",
        team_name="Clerks",
        team_people="12",
        rate_job="clerk",
        token_model="openai/gpt-4o-mini",
        horizon_months="24",
        correlation_0_first="volume",
        correlation_0_second="run_cost",
        correlation_0_strength="clearly",
        correlation_0_direction="opposite",
        correlation_1_first="minutes",
        correlation_1_second="volume",
        correlation_1_rho="0.25",
        effort_data="20",
        effort_engineering="",
        relation_0_kind="overlaps",
        relation_0_number=f"c-{other.number}",
        relation_0_overlap="0.3",
    )
    client = cast.client(cast.assessor)
    assert client.post(url("estimates", received.number), sent).status_code == 302
    received.refresh_from_db()
    assert (str(received.team), received.rate_job, received.token_model, received.horizon_months) == (
        "Clerks", "clerk", "openai/gpt-4o-mini", 24,
    )  # fmt: skip
    assert queries.correlations_of(received) == (("minutes", "volume", 0.25), ("run_cost", "volume", -0.6))
    assert queries.effort_days(received) == 20
    assert [(r.candidate, r.overlap) for r in queries.relations_of(cast.assessor, received)] == [(other, 0.3)]
    page = client.get(url("estimates", received.number)).content.decode()
    for words in (
        "Clerks (12 full-time)",
        'value="openai/gpt-4o-mini"',
        f'value="{other.key}"',
        'value="0.3"',
    ):
        assert words in page, words
    shown = client.get(url("candidate", received.number)).content.decode()
    for words in (
        "What it stands with",
        "12 people of Clerks have 19,200 hours",
        other.title,
        "20 days",
        "-0.60",
    ):
        assert words in shown, words
    there = client.get(url("estimates", other.number)).content.decode()
    assert "Said on their pages" in there and received.title in there


def test_a_note_of_a_pair_survives_the_page(cast, now, received):
    pairs = [("volume", "run_cost", 0.6, "seen last year")]
    do.set_correlations(candidate=received, pairs=pairs, by=cast.assessor, at=now)
    sent = rows(
        correlation_0_first="volume", correlation_0_second="run_cost", correlation_0_strength="weakly"
    )
    cast.client(cast.assessor).post(url("estimates", received.number), sent)
    kept = received.correlations.get()
    assert (kept.note, kept.rho) == ("seen last year", Decimal("0.30"))


def test_rows_that_another_tab_stored_less_of_are_not_lost(cast, received):
    sent = rows()
    for n in range(6):
        sent |= {f"correlation_{n}_first": "", f"correlation_{n}_second": ""}
    sent |= {
        "correlation_5_first": "volume", "correlation_5_second": "minutes", "correlation_5_strength": "weakly",
    }  # fmt: skip
    assert cast.client(cast.assessor).post(url("estimates", received.number), sent).status_code == 302
    assert queries.correlations_of(received) == (("minutes", "volume", 0.3),)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (range_of("minutes", "8", "5", "9"), "Minutes an item: low 8 is above likely 5."),
        (
            range_of("error_share_after", "0.1", "0.5", "1.2"),
            "Share with errors once automated: a share lies",
        ),
        (range_of("volume", "-1", "5", "9"), "Volume: it cannot be below zero."),
        (range_of("ramp_months", "1", "5", "121"), "Months from first to full use: at most 120"),
        (range_of("loaded_rate", "40", "50", "60"), "An own loaded rate needs its reason"),
        ({"horizon_months": "0"}, "Horizon, months: A horizon is 1 to 120 months."),
        ({"horizon_months": "121"}, "Horizon, months: A horizon is 1 to 120 months."),
        ({"rate_job": "cook"}, "Job on finance&#x27;s rate card: Select a valid choice."),
        ({"token_model": "gpt-4o"}, "provider/model, such as"),
        ({"team": "9999"}, "Team that does it today: Select a valid choice."),
        ({"team_name": "New"}, "How many full-time people are in «New»?"),
        ({"team_people": "3"}, "Full-time people: Whose people are these?"),
        ({"team_name": "New", "team_people": "0"}, "Full-time people: Ensure"),
        ({"correlation_0_first": "volume"}, "Which quantity does it move with?"),
        (
            {"correlation_0_first": "volume", "correlation_0_second": "minutes"},
            "How clearly do they move together?",
        ),
        (
            {"correlation_0_first": "volume", "correlation_0_second": "minutes", "correlation_0_rho": "0.99"},
            "What moves together: Ensure",
        ),
        (
            {
                "correlation_0_first": "volume",
                "correlation_0_second": "volume",
                "correlation_0_strength": "weakly",
            },
            "two different quantities",
        ),
        ({"effort_data": "-1"}, "Days of data: Ensure"),
        ({"relation_0_number": "C-9999", "relation_0_kind": "needs"}, "no candidate C-9999 that you can see"),
        ({"relation_0_number": "soon", "relation_0_kind": "needs"}, "named by its number, such as C-12"),
        ({"relation_0_number": "C-1"}, "How do the two stand to each other?"),
        ({"relation_0_kind": "needs"}, "Which candidate?"),
        (
            {"relation_0_number": "C-1", "relation_0_kind": "overlaps", "relation_0_overlap": "2"},
            "Other candidates: Ensure",
        ),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(cast, received, wrong, words):
    good = range_of("minutes", "1", "2", "3") | {"risk_tier": "high", "effort_business": "3"}
    answer = cast.client(cast.assessor).post(url("estimates", received.number), rows(**good | wrong))
    received.refresh_from_db()
    assert answer.status_code == 422 and words in answer.content.decode()
    assert received.risk_tier == "" and received.estimates.get(quantity="minutes").likely == 12
    assert received.horizon_months is None and not received.efforts.exists() and not Team.objects.exists()


def test_an_error_leads_to_its_field(cast, received):
    wrong = rows(**range_of("run_cost", "8", "5", "9"))
    page = cast.client(cast.assessor).post(url("estimates", received.number), wrong).content.decode()
    assert 'href="#id_run_cost_low"' in page and 'id="id_run_cost_low"' in page and "aria-invalid" in page


def test_a_team_of_another_unit_is_no_choice(cast, now, received):
    theirs = Team.objects.create(unit=cast.other_unit, name="Lawyers", people=5)
    assert "Lawyers" not in page_of(cast, received).content.decode()
    sent = rows(team=str(theirs.pk))
    assert cast.client(cast.assessor).post(url("estimates", received.number), sent).status_code == 422


def test_a_team_is_chosen_and_a_name_beside_it_is_refused(cast, received):
    team = Team.objects.create(unit=cast.unit, name="Clerks", people=5)
    client = cast.client(cast.assessor)
    both = client.post(url("estimates", received.number), rows(team=str(team.pk), team_name="Others"))
    assert both.status_code == 422 and "not both" in both.content.decode()
    assert client.post(url("estimates", received.number), rows(team=str(team.pk))).status_code == 302
    received.refresh_from_db()
    assert received.team == team


def test_a_decided_one_is_read_only(cast, now, in_review):
    do.mark_decided(candidate=in_review, state=State.REJECTED, by=cast.lead, at=now + timedelta(days=2))
    page = page_of(cast, in_review).content.decode()
    assert "can be read, not changed" in page and "Save all" not in page
    answer = cast.client(cast.assessor).post(url("estimates", in_review.number), rows(effort_data="3"))
    assert answer.status_code == 422 and "its estimates stand" in answer.content.decode()
    assert not in_review.efforts.exists()


def test_nobody_and_strangers_and_readers(client, cast, received):
    path = url("discount_rate", received.number)
    assert client.post(path, {"discount_rate": "5"}).status_code == 302
    assert cast.client(cast.stranger).post(path, {"discount_rate": "5"}).status_code == 404
    for person in (cast.owner, cast.assessor, cast.lead, cast.executive):
        assert cast.client(person).post(path, {"discount_rate": "5"}).status_code == 403
    assert cast.client(cast.finance).get(path).status_code == 405
    received.refresh_from_db()
    assert received.discount_rate is None


def test_finance_sets_the_discount_rate_on_the_candidates_page(cast, now, received):
    client, path = cast.client(cast.finance), url("discount_rate", received.number)
    assert path in client.get(url("candidate", received.number)).content.decode()
    assert path not in cast.client(cast.assessor).get(url("candidate", received.number)).content.decode()
    page = client.post(path, {"discount_rate": "12.5"}, follow=True).content.decode()
    received.refresh_from_db()
    assert received.discount_rate == Decimal("0.125") and "12.5 % a year" in page
    answer = client.post(path, {"discount_rate": "101"}, follow=True)
    assert "percentage from 0 to 100" in answer.content.decode()
    client.post(path, {"discount_rate": ""})
    received.refresh_from_db()
    assert received.discount_rate is None
    do.send_to_review(candidate=received, by=cast.lead, at=now)
    do.mark_decided(candidate=received, state=State.REJECTED, by=cast.lead, at=now)
    assert path not in client.get(url("candidate", received.number)).content.decode()
    assert "stand." in client.post(path, {"discount_rate": "5"}, follow=True).content.decode()


def test_an_assessor_who_is_finance_too_has_the_field(cast, now, received):
    assert "discount_rate" not in page_of(cast, received).context["form"].frame.fields
    grant(cast.finance, Role.ASSESSOR, None, cast.system, now)
    sent = rows(discount_rate="12.5")
    assert cast.client(cast.finance).post(url("estimates", received.number), sent).status_code == 302
    received.refresh_from_db()
    assert received.discount_rate == Decimal("0.125")


def test_the_page_of_an_assessor_leaves_finances_rate_alone(cast, now, received):
    do.set_frame(candidate=received, discount_rate=Decimal("0.2"), by=cast.finance, at=now)
    sent = rows(discount_rate="1", horizon_months="12")
    assert cast.client(cast.assessor).post(url("estimates", received.number), sent).status_code == 302
    received.refresh_from_db()
    assert (received.discount_rate, received.horizon_months) == (Decimal("0.2"), 12)


def test_money_and_its_notes_are_hidden_on_the_candidates_page(cast, now, received):
    do.set_estimates(
        candidate=received,
        ranges={"run_cost_item": Range(0.1234, 0.2, 0.3), "tokens_in": Range(900, 1777, 3000)},
        notes={"run_cost_item": "offer of the vendor"},
        by=cast.assessor,
        at=now,
    )
    for who, sees in (("owner", True), ("it", False)):
        page = cast.client(getattr(cast, who)).get(url("candidate", received.number)).content.decode()
        assert ("0.1234" in page, "offer of the vendor" in page, "1,777" in page) == (sees, sees, True)
