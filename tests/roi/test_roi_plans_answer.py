"""The answer of a plan: which candidates, when, how sure, and why not the others. Figures are exact."""

from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from backlog.models import Team
from roi import queries
from roi.models import Plan
from roi.queries.plan_problem import pose
from tests.roi.plan_company import Company

pytestmark = pytest.mark.django_db
ASKED: dict[str, Any] = {
    "budget": 250_000, "quarters": 1, "capacity": [], "must": [], "never": [], "max_high_risk": None,
    "cvar_floor": None, "correlation": 0.3,
}  # fmt: skip


@pytest.fixture
def company(cast: SimpleNamespace, now: datetime) -> Company:
    return Company(cast, now)


@pytest.fixture
def three(company: Company) -> list[Any]:
    figures = [("Large", 300_000, 150_000), ("Middle", 200_000, 100_000), ("Small", 80_000, 100_000)]
    return [company.candidate(title, npv, cost) for title, npv, cost in figures]


def money(amount: float) -> str:
    return f"${amount:,.0f}"


def keys(plan: Plan, part: str = "chosen") -> list[str]:
    return [row["key"] for row in plan.result[part]]


def why(plan: Plan, key: str) -> str:
    return queries.why_not(next(row for row in plan.result["left_out"] if row["key"] == key), money)


# -- the problem


def test_what_cannot_be_planned_yet_says_what_it_waits_for(company: Company) -> None:
    company.candidate("Fine", 1000)
    lacks: list[tuple[str, dict[str, Any]]] = [
        ("its build cost", {"npv_mean": None}),
        ("an hourly rate", {"cash_year_p50": None}),
        ("a volume and minutes", {"hours_p50": None}),
        ("a score in USD: it has one in EUR", {"currency": "EUR"}),
        ("a score of the present version", {"details": {}}),
        ("a score of the present version", {"build_mean": None}),
    ]
    for title, said in lacks:
        company.candidate(title, 1000, score=said)
    company.candidate("Never scored", None)
    company.candidate("Rejected", 1000, state="rejected")
    posed = pose(ASKED, "USD")
    assert [item.key for item in posed.problem.items] == ["C-1"]
    assert len(posed.waiting) == 7
    for number, (words, _) in enumerate(lacks, start=2):
        assert words in posed.waiting[f"C-{number}"]
    assert "its score" in posed.waiting["C-8"]


def test_an_item_is_its_newest_score_and_its_effort(company: Company) -> None:
    made = company.candidate("One", 5000, 900, days={"data": 3, "security": "1.5"}, risk_tier="high")
    newest = company.score(made, 6000, 1000)
    posed = pose(ASKED, "USD")
    (item,) = posed.problem.items
    assert (item.value, item.cost, item.delay_cost, item.high_risk, item.hours) == (
        6000,
        1000,
        1300,
        True,
        400,
    )
    assert (item.effort, len(item.curve), item.benefit) == ({"data": 3.0, "security": 1.5}, 41, 7000)
    assert posed.assessments == {"C-1": newest.pk}


def test_relations_between_open_candidates_are_ties(company: Company, three: Any) -> None:
    large, middle, small = three
    company.relate(middle, "excludes", large)
    company.relate(large, "excludes", middle)
    company.relate(small, "needs", middle)
    company.relate(small, "overlaps", large, "0.25")
    company.relate(large, "overlaps", small, "0.25")
    problem = pose(ASKED, "USD").problem
    assert problem.exclusive == (("C-1", "C-2"),)
    assert problem.needs == (("C-3", "C-2"),)
    assert problem.overlaps == (("C-1", "C-3", 0.25),)


@pytest.mark.parametrize(
    ("kind", "state", "barred"),
    [
        ("needs", "approved", ""),
        ("needs", "live", ""),
        ("needs", "rejected", "it needs C-4, which is rejected"),
        ("needs", "draft", "it needs C-4, which is draft"),
        ("excludes", "building", "it is excluded by C-4, which is building already"),
        ("excludes", "withdrawn", ""),
    ],
)
def test_a_decision_bars_or_frees(kind: str, state: str, barred: str, company: Company, three: Any) -> None:
    other = company.candidate("Decided", None, state=state)
    company.relate(three[1], kind, other)
    posed = pose(ASKED, "USD")
    assert posed.barred == ({"C-2": barred} if barred else {})
    assert posed.problem.never == (("C-2",) if barred else ())


def test_who_needs_what_waits_is_barred_and_the_excluded_side_too(company: Company, three: Any) -> None:
    waits = company.candidate("Unsized", 1, score={"npv_mean": None})
    live = company.candidate("Live", 500_000, state="live")
    company.relate(three[0], "needs", waits)
    company.relate(live, "excludes", three[1])
    company.relate(waits, "needs", three[2])
    barred = pose(ASKED, "USD").barred
    assert barred["C-1"] == "it needs C-4, which waits for its build cost"
    assert barred["C-2"] == "it is excluded by C-5, which is live already"
    assert set(barred) == {"C-1", "C-2"}


def test_an_overlap_with_a_live_one_is_taken_off(company: Company) -> None:
    made = company.candidate("New", 100_000, 50_000)
    live = company.candidate("Live", 20_000, 10_000, state="live")
    company.relate(live, "overlaps", made, "0.5")
    (item,) = pose(ASKED, "USD").problem.items
    assert (item.value, item.benefit) == (85_000, 135_000)
    assert item.curve[20] == pytest.approx(85_000)


def test_posts_that_decided_candidates_free_are_free_once(company: Company, cast: Any) -> None:
    team = Team.objects.create(unit=cast.unit, name="Clerks", people=Decimal("0.5"))
    for title, state in (("Open", "in_review"), ("Live", "live"), ("Rejected", "rejected")):
        company.candidate(title, 1000, team=team, state=state)
    problem = pose(ASKED, "USD").problem
    assert problem.team_hours == {"Clerks (Accounts payable)": 400.0}
    assert problem.items[0].team == "Clerks (Accounts payable)"


def test_what_was_fixed_and_is_decided_meanwhile_is_said(company: Company, three: Any) -> None:
    waits = company.candidate("Unsized", 1, score={"npv_mean": None})
    three[0].state = "approved"
    three[0].save()
    posed = pose(ASKED | {"must": [1, 2, waits.number], "never": [3]}, "USD")
    assert posed.problem.must == ("C-2",) and posed.problem.never == ("C-3",)
    assert posed.ignored == {"C-1": "it is approved meanwhile", "C-4": "it waits for its build cost"}


# -- the answer


def test_the_best_set_that_fits_the_budget(company: Company, three: Any) -> None:
    result = company.solved().result
    assert [row["key"] for row in result["chosen"]] == ["C-1", "C-2"]
    assert (result["status"], result["value"], result["cost"], result["budget_left"]) == (
        "optimal",
        500_000,
        250_000,
        0,
    )
    assert result["gap"] == pytest.approx(0, abs=1e-9)
    npv = result["npv"]
    assert npv["p10"] < npv["p50"] < npv["p90"] and abs(npv["p50"] - 500_000) < 25_000
    assert result["cvar"] < npv["p10"] and 0 <= result["prob_loss"] < 0.05
    assert result["calc_version"] and result["futures"] == 200
    assert set(result["assessments"]) == {"C-1", "C-2", "C-3"}


def test_every_candidate_has_its_share_of_futures_with_a_range(company: Company, three: Any) -> None:
    result = company.solved().result
    for row in [*result["chosen"], *result["left_out"]]:
        assert 0 <= row["share_low"] <= row["share"] <= row["share_high"] <= 1
    large, small = result["chosen"][0], result["left_out"][0]
    assert large["share"] > 0.9 > 0.2 > small["share"]


def test_the_same_rows_give_the_same_answer(company: Company, three: Any) -> None:
    assert company.solved("One").result == company.solved("Two").result


def test_the_frontier_never_falls_and_knows_the_budget(company: Company, three: Any) -> None:
    points = company.solved().result["frontier"]
    values = [point["value"] for point in points]
    assert values == sorted(values) and values[0] == 0 and values[-1] == 580_000
    assert next(p for p in points if p["budget"] == 250_000)["chosen"] == ["C-1", "C-2"]


def test_effort_moves_a_start_to_the_next_quarter(company: Company) -> None:
    for title, npv in (("First", 300_000), ("Second", 200_000)):
        company.candidate(title, npv, 10_000, days={"data": 30}, score={"cost_of_delay": npv / 1000})
    days = [{"role": "data", "quarter": q, "days": 40} for q in (1, 2)]
    result = company.solved(quarters=2, capacity=days).result
    assert [(r["key"], r["quarter"], r["order"], r["value"]) for r in result["chosen"]] == [
        ("C-1", 1, 1, 300_000), ("C-2", 2, 2, 197_400),
    ]  # fmt: skip
    assert result["effort"] == [{"role": "data", "quarter": q, "used": 30.0, "days": 40.0} for q in (1, 2)]


def test_what_others_need_starts_first(company: Company) -> None:
    urgent = company.candidate("Urgent", 300_000, 10_000, score={"cost_of_delay": 900})
    base = company.candidate("Base", 50_000, 10_000, score={"cost_of_delay": 1})
    company.relate(urgent, "needs", base)
    assert keys(company.solved(quarters=1)) == ["C-2", "C-1"]


def test_two_that_need_each_other_start_together(company: Company, three: Any) -> None:
    company.relate(three[0], "needs", three[1])
    company.relate(three[1], "needs", three[0])
    assert sorted(keys(company.solved())) == ["C-1", "C-2"]


def test_nobody_to_choose_from_is_an_answer_too(company: Company) -> None:
    result = company.solved().result
    assert (result["status"], result["chosen"], result["left_out"], result["value"]) == ("optimal", [], [], 0)


def test_a_floor_for_the_worst_tenth_is_held(company: Company) -> None:
    company.candidate("Calm", 100_000, 50_000, score={"spread": 5_000})
    company.candidate("Wild", 150_000, 50_000, score={"spread": 900_000})
    assert sorted(keys(company.solved("Free"))) == ["C-1", "C-2"]
    careful = company.solved("Careful", cvar_floor=50_000).result
    assert [row["key"] for row in careful["chosen"]] == ["C-1"] and careful["cvar"] >= 50_000
    assert "worst tenth" in queries.why_not(careful["left_out"][0], money)


# -- why not


def test_why_not_names_the_saving_and_the_budget_that_let_it_in(company: Company, three: Any) -> None:
    plan = company.solved()
    facts = plan.result["left_out"][0]["why"]
    assert facts["reason"] == "budget"
    assert 340_000 <= facts["budget_to_enter"] <= 360_000
    said = why(plan, "C-3")
    assert said.startswith("The budget does not reach for it. It would enter if it cost $")
    assert "or with a budget of $3" in said


def test_why_not_loses_money(company: Company) -> None:
    company.candidate("Loses", -12_000)
    company.candidate("Nothing", 0)
    plan = company.solved()
    assert why(plan, "C-1") == "Loses $12,000 in the expected case."
    assert why(plan, "C-2") == "Gains nothing in the expected case."


def test_why_not_excluded_needed_barred_or_kept_out(company: Company, three: Any) -> None:
    large, middle, small = three
    company.relate(large, "excludes", middle)
    tail = company.candidate("Tail", 10_000, 1_000)
    company.relate(tail, "needs", middle)
    stuck = company.candidate("Stuck", 10_000, 1_000)
    company.relate(stuck, "needs", company.candidate("No", None, state="rejected"))
    plan = company.solved(never=[small.number])
    assert why(plan, "C-2") == "Excluded by C-1, with which the plan is worth $90,000 more."
    assert why(plan, "C-4") == "Needs C-2, which is not in the plan."
    assert why(plan, "C-5") == "It needs C-6, which is rejected."
    assert why(plan, "C-3") == "Kept out by this plan; it would add $80,000."


def test_why_not_days_risk_and_posts(company: Company, cast: Any) -> None:
    team = Team.objects.create(unit=cast.unit, name="Clerks", people=Decimal("0.25"))
    for title, npv in (("Best", 300_000), ("Second", 200_000)):
        company.candidate(f"{title} days", npv, 1_000, days={"integration": 30})
        company.candidate(f"{title} risk", npv, 1_000, risk_tier="high")
        company.candidate(f"{title} posts", npv, 1_000, team=team)
    days = [{"role": "integration", "quarter": 1, "days": 40}]
    plan = company.solved(quarters=1, capacity=days, max_high_risk=1)
    assert keys(plan, "left_out") == ["C-4", "C-5", "C-6"]
    assert why(plan, "C-4").startswith(
        "Too few days of integration (IT) (Q1); it takes 30 in the quarter it starts. It would enter if"
    )
    assert why(plan, "C-5").startswith("It is of high risk, and no more of those are allowed.")
    assert why(plan, "C-6").startswith("The posts of Clerks (Accounts payable) are freed by others")
    assert why(plan, "C-5").endswith(
        "It would enter if it were worth $100,000 more. As it is, it would push out C-2."
    )


def test_why_not_shares_its_benefit(company: Company) -> None:
    one, two = company.candidate("One", 300_000, 10_000), company.candidate("Two", 50_000, 10_000)
    company.relate(one, "overlaps", two, "1")
    assert why(company.solved(), "C-2").startswith("Shares its benefit with C-1, already in the plan.")


def test_what_is_said_to_be_enough_is_never_rounded_down(company: Company) -> None:
    company.candidate("Odd", 90_000, 40_400)
    company.candidate("Even", 300_000, 30_000)
    plan = company.solved(budget=30_000, must=[2])
    said = queries.why_not(plan.result["left_out"][0], lambda amount: f"${round(amount / 1000) * 1000:,.0f}")
    shown = int(said.partition("with a budget of $")[2].partition(".")[0].replace(",", ""))
    assert shown >= plan.result["left_out"][0]["why"]["budget_to_enter"] >= 70_400
    impossible = queries.advice(company.solved("Impossible", budget=1, must=[1]))
    assert "Raise the budget from $1 to $40,400: enough for all limits." in impossible.changes


# -- what contradicts itself


def test_limits_that_contradict_are_named_with_what_makes_room(company: Company, three: Any) -> None:
    company.relate(three[0], "excludes", three[1])
    plan = company.solved(must=[1, 2])
    assert (plan.state, plan.result["status"]) == ("done", "infeasible")
    advice = queries.advice(plan)
    assert "C-1 and C-2 exclude each other" in advice.sentence
    assert set(advice.changes) == {"Let C-1 be left out.", "Let C-2 be left out."}


def test_a_budget_below_what_must_be_says_how_much_is_missing(company: Company, three: Any) -> None:
    advice = queries.advice(company.solved(budget=100_000, must=[1]))
    assert "Raise the budget from $100,000 to $150,000: enough for all limits." in advice.changes


def test_the_budget_named_is_enough_for_all_that_must_be(company: Company, three: Any) -> None:
    plan = company.solved(budget=10_000, must=[1, 2, 3])
    assert "Raise the budget from $10,000 to $350,000: enough for all limits." in queries.advice(plan).changes
    assert company.solved("Enough", budget=350_000, must=[1, 2, 3]).result["status"] == "optimal"


def test_days_that_do_not_suffice_are_named(company: Company) -> None:
    made = company.candidate("Long", 9_000, 10, days={"integration": 60})
    days = [{"role": "integration", "quarter": 1, "days": 40}]
    advice = queries.advice(company.solved(quarters=1, capacity=days, must=[made.number]))
    assert "Give integration (IT) 60 days in Q1." in advice.changes


def test_a_barred_one_that_must_be_in_names_the_decision(company: Company, three: Any) -> None:
    company.relate(three[0], "needs", company.candidate("No", None, state="rejected"))
    advice = queries.advice(company.solved(must=[1]))
    assert "Decide on C-1 first: it needs C-4, which is rejected." in advice.changes


def test_a_floor_that_nothing_reaches_says_how_low(company: Company) -> None:
    made = company.candidate("Wild", 10_000, 10, score={"spread": 500_000})
    advice = queries.advice(company.solved(must=[made.number], cvar_floor=0))
    assert any(change.startswith("Lower the floor of the worst tenth to −$") for change in advice.changes)


# -- afterwards


def test_what_changed_since_is_counted(company: Company, cast: Any, three: Any) -> None:
    plan = company.solved()
    assert queries.changed_since(cast.lead, plan) == []
    company.score(three[0], 1, 1)
    three[1].state = "approved"
    three[1].save()
    company.candidate("New and sized", 1000)
    company.candidate("New, not sized", None)
    assert queries.changed_since(cast.lead, plan) == ["C-1", "C-2", "C-4"]


def test_two_plans_side_by_side(company: Company, cast: Any, three: Any) -> None:
    small, large = company.solved("Small", budget=100_000), company.solved("Large", budget=350_000)
    difference = queries.compare(cast.lead, small, large)
    assert [row.key for row in difference.enters] == ["C-1", "C-3"]
    assert (difference.leaves, difference.moves, difference.both) == ([], [], 1)
    back = queries.compare(cast.lead, large, small)
    assert [row.key for row in back.leaves] == ["C-1", "C-3"] and back.enters == []


def test_another_start_is_a_move(company: Company, cast: Any) -> None:
    company.candidate("Long", 300_000, 10, days={"data": 30})
    late = [{"role": "data", "quarter": 1, "days": 0}, {"role": "data", "quarter": 2, "days": 40}]
    plans = company.solved("Now"), company.solved("Later", quarters=2, capacity=late)
    ((row, was, is_now),) = queries.compare(cast.lead, *plans).moves
    assert (row.key, was, is_now) == ("C-1", 1, 2)


def test_the_problem_is_asked_with_as_many_queries_for_many(
    company: Company, django_assert_max_num_queries: Any, cast: Any
) -> None:
    team = Team.objects.create(unit=cast.unit, name="Clerks", people=9)
    rows = [company.candidate(f"No {n}", 1000 + n, days={"data": 1}, team=team) for n in range(12)]
    for one, other in zip(rows, rows[1:], strict=False):
        company.relate(one, "needs", other)
    with django_assert_max_num_queries(8):
        pose(ASKED | {"must": [1], "never": [2]}, "USD")
