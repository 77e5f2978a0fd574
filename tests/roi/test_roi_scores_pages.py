"""The score as people meet it: first the sentence, then what is behind "Finance details", in two requests."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from aiops.models import Company
from backlog.calc.ranges import Range
from roi.models import Assessment
from tests.roi.scored import file, freeze, older, size

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
FIRST, LATER = "candidate_score", "candidate_details"


@pytest.fixture
def candidate(cast, now):
    return file(cast, now)


def url(name, candidate):
    return reverse(f"roi:{name}", args=[candidate.number])


def text(client, name, candidate, **headers):
    answer = client.get(url(name, candidate), headers=HTMX | headers)
    assert answer.status_code == 200
    return answer.content.decode()


# --- who sees it ------------------------------------------------------------------


@pytest.mark.parametrize("name", [FIRST, LATER])
def test_nobody_without_signing_in_and_no_stranger(cast, candidate, name):
    assert Client().get(url(name, candidate)).status_code == 302
    assert cast.client(cast.stranger).get(url(name, candidate)).status_code == 404
    assert cast.client(cast.owner).post(url(name, candidate)).status_code == 405


@pytest.mark.parametrize("name", [FIRST, LATER])
def test_those_without_money_read_hours_only(cast, candidate, name):
    part = text(cast.client(cast.evaluator), name, candidate)
    assert "$" not in part.replace("$accent", "").replace("$warn", "") and "build cost" not in part.lower()
    assert "hours" in part


@pytest.mark.parametrize("name", [FIRST, LATER])
def test_a_part_for_htmx_and_a_page_otherwise(cast, candidate, name):
    client = cast.client(cast.owner)
    assert "<html" not in text(client, name, candidate)
    assert "<html" in client.get(url(name, candidate)).content.decode()


def test_the_rate_card_is_a_band_everywhere_but_at_finance(cast, candidate):
    for who, exact in (("owner", False), ("finance", True)):
        client = cast.client(getattr(cast, who))
        first, later = text(client, FIRST, candidate), text(client, LATER, candidate)
        assert ("× $40 × " in first) is exact and ("$40 to 50" in first) is not exact
        assert ("an hour costs at least" in later) is exact


# --- what it says -----------------------------------------------------------------


def test_first_comes_the_sentence_the_range_the_driver_and_the_cost_of_waiting(cast, candidate):
    part = text(cast.client(cast.lead), FIRST, candidate)
    first, _, behind = part.partition("<details")
    for words in ("Likely", "range-bar", "What moves it most", "week of waiting forgoes about $", "Capacity"):
        assert words in first
    for words in (
        "CVaR",
        "MIRR",
        "WSJF",
        "RICE",
        "Discounted payback",
        "as TEI defines it",
        "Hours a year =",
    ):
        assert words not in first and words in behind


def test_waiting_costs_nothing_where_it_would_lose_money(cast, now):
    loser = file(cast, now, build_cost=Range(9e5, 1e6, 2e6))
    part = text(cast.client(cast.lead), FIRST, loser)
    assert "Waiting costs nothing" in part and "Likely to lose" in part and "not in 36 months" in part


def test_the_heavy_parts_are_asked_for_when_the_details_are_opened(cast, candidate):
    part = text(cast.client(cast.lead), FIRST, candidate)
    assert 'hx-trigger="toggle once from:closest details"' in part
    assert f'hx-get="{url(LATER, candidate)}"' in part and "fan-chart" not in part


def test_the_details_have_charts_with_their_tables_and_sentences(cast, candidate):
    part = text(cast.client(cast.lead), LATER, candidate)
    for words in (
        "fan-chart",
        "tornado-chart",
        "The same as a table",
        "Pays back if at least",
        "Sobol indices",
    ):
        assert words in part
    assert "Knowing everything" in part and "Corrected:" in part and "n = 1,471" in part
    assert "never applied" in part


def test_the_fan_has_every_month_and_its_percentiles_are_ordered(cast, candidate):
    fan = cast.client(cast.lead).get(url(LATER, candidate)).context["core"]["fan"]
    assert [row["month"] for row in fan] == list(range(37))
    assert all(row["p10"] <= row["p25"] <= row["p50"] <= row["p75"] <= row["p90"] for row in fan)


def test_what_each_input_became_is_said(cast, now):
    odd = file(cast, now, run_cost=Range(0, 6000, 6100), minutes=Range(2, 8, 9, "hard_limits"))
    part = text(cast.client(cast.finance), FIRST, odd)
    for words in ("no smooth curve fits", "inside its ends (beta-PERT)", "one value", "fat tail"):
        assert words in part


def test_a_share_automated_beyond_the_usual_is_remarked_on(cast, now, candidate):
    bold = file(cast, now, automation_share=Range(0.7, 0.85, 0.95))
    assert "typically saves 30% to 70%" in text(cast.client(cast.lead), LATER, bold)
    assert "typically saves" not in text(cast.client(cast.lead), LATER, candidate)


def test_without_a_build_cost_the_details_are_about_hours(cast, now):
    bare = file(cast, now, build_cost=None)
    client = cast.client(cast.lead)
    assert "if it costs less than" in text(client, FIRST, bare)
    part = text(client, LATER, bare)
    assert "What moves the hours" in part and "come with the first NPV" in part and "fan-chart" not in part


def test_errors_tokens_and_start_are_in_the_formula(cast, now):
    more = {"error_share_before": Range(0.1, 0.2, 0.3), "rework_minutes_before": Range(5, 10, 15)}
    more |= {"run_cost_item": Range(0.01, 0.02, 0.05), "start_months": Range(1, 2, 4)}
    part = text(cast.client(cast.lead), FIRST, file(cast, now, **more))
    for words in ("20 % × 10 of rework saved", "items × $0.02", "First use after 2 months"):
        assert words in part
    unpriced = file(cast, now, title="B", tokens_in=Range(100, 200, 300))
    assert "the price of the tokens: name the model" in text(cast.client(cast.lead), FIRST, unpriced)


# --- frozen or computed --------------------------------------------------------------


def test_details_come_from_the_frozen_score_while_its_inputs_stand(cast, now, candidate, monkeypatch):
    from roi import operations

    freeze(candidate, cast, now)
    monkeypatch.setattr(operations, "analyse", lambda made: pytest.fail("computed again"))
    assert "tornado-chart" in text(cast.client(cast.lead), LATER, candidate)


def test_details_are_computed_once_the_inputs_moved_on(cast, now, candidate):
    freeze(candidate, cast, now)
    size(candidate, cast, now, build_cost=Range(1000, 1100, 1200))
    client = cast.client(cast.lead)
    assert "changed since" in text(client, FIRST, candidate)
    assert client.get(url(LATER, candidate)).context["core"]["build"]["p50"] == pytest.approx(1100, rel=0.01)


def test_a_score_of_the_first_calculation_is_older_and_is_not_drawn_from(cast, now, candidate):
    older(freeze(candidate, cast, now), at=now + timedelta(hours=1))
    client = cast.client(cast.lead)
    assert "changed since" in text(client, FIRST, candidate) and "tornado-chart" in text(
        client, LATER, candidate
    )


def test_two_frozen_scores_link_to_what_changed_between_them(cast, now, candidate):
    freeze(candidate, cast, now)
    link = url("compare", candidate)
    assert link not in text(cast.client(cast.lead), FIRST, candidate)
    freeze(size(candidate, cast, now, build_cost=Range(1e3, 2e3, 3e3)), cast, now)
    assert link in text(cast.client(cast.lead), FIRST, candidate)


# --- the live preview ------------------------------------------------------------------

TABLE = {"volume": (9e3, 1e4, 12e3), "minutes": (8, 10, 14), "build_cost": (1e4, 2e4, 4e4)}
TABLE |= {"automation_share": (0.4, 0.5, 0.6), "cashable_share": (0.4, 0.5, 0.6), "loaded_rate": (40, 50, 60)}


def typed(**more):
    points = ("low", "likely", "high")
    sent = {f"{q}_{p}": v for q, three in TABLE.items() for p, v in zip(points, three, strict=True)}
    return sent | more


def ask(client, name, **sent):
    return client.post(reverse(f"roi:{name}"), sent, headers=HTMX)


@pytest.mark.parametrize("name", ["preview", "preview_details"])
def test_a_preview_is_for_those_who_file(cast, candidate, name):
    assert Client().post(reverse(f"roi:{name}")).status_code == 302
    assert ask(cast.client(cast.executive), name, **typed()).status_code == 403
    assert ask(cast.client(cast.stranger), name, candidate=candidate.number).status_code == 404
    assert cast.client(cast.owner).get(reverse(f"roi:{name}")).status_code == 405


def test_the_preview_and_its_details_store_nothing(cast):
    client = cast.client(cast.assessor)
    first, later = ask(client, "preview", **typed()), ask(client, "preview_details", **typed())
    assert reverse("roi:preview_details") in first.content.decode() and first.status_code == 200
    assert "tornado-chart" in later.content.decode() and "fan-chart" in later.content.decode()
    assert not Assessment.objects.exists()


@pytest.mark.parametrize("name", ["preview", "preview_details"])
@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"volume_low": "99999"}, "low 99999 is above likely"),
        ({"automation_share_high": "1.2"}, "a share lies between 0 and 1"),
        ({"volume_low": "-5"}, "cannot be below zero"),
        ({"minutes_high": "NaN"}, "Enter a number"),
        ({"horizon_months": "0"}, "a horizon is 1 to 120 months"),
    ],
)
def test_a_preview_that_makes_no_sense_is_refused_with_its_field(cast, name, sent, words):
    answer = ask(cast.client(cast.assessor), name, **(typed() | sent))
    assert answer.status_code == 422 and words in answer.content.decode()


def test_the_preview_uses_the_settings_of_the_page(cast, candidate):
    sent = typed(candidate=candidate.number, horizon_months="12", discount_rate="20")
    made = ask(cast.client(cast.assessor), "preview", **sent).context["score"]
    assert (made.frame.horizon_months, made.frame.discount_rate) == (12, pytest.approx(0.2))


def test_the_same_form_gives_the_same_answer(cast):
    client = cast.client(cast.assessor)
    one, two = (ask(client, "preview_details", **typed()).content for _ in range(2))
    assert one == two


def test_a_short_form_of_a_sized_candidate_keeps_what_the_assessor_said(cast, candidate):
    answers = {"candidate": candidate.number, "count": "500", "period": "month", "minutes": "8"}
    made = ask(cast.client(cast.owner), "preview", **answers).context["score"]
    likely = {i.quantity: i.range.likely for i in made.inputs}
    assert likely["volume"] == 6000 and likely["build_cost"] == 20_000


def test_money_is_in_the_companys_currency(cast, now, candidate):
    Company.objects.filter(pk=Company.load().pk).update(currency="EUR")
    part = text(cast.client(cast.lead), FIRST, candidate) + text(cast.client(cast.lead), LATER, candidate)
    assert "€" in part and "$" not in part.replace("$accent", "").replace("$band", "").replace("$warn", "")
