"""Plans: what may be asked, who may ask it, and that an answer always belongs to its question."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied

from aiops.errors import DomainError
from aiops.models import AuditEvent
from aiops.roles import Role
from roi import operations
from roi.models import Plan
from tests.factories import grant, make_user
from tests.roi.plan_company import Company

pytestmark = pytest.mark.django_db
Refusal = tuple[dict[str, Any], str, str]


@pytest.fixture
def company(cast: SimpleNamespace, now: datetime) -> Company:
    return Company(cast, now)


@pytest.fixture
def three(company: Company) -> list[Any]:
    """300 for 150, 200 for 100, 80 for 100 thousand: 250 buys the first two."""
    figures = [("Large", 300_000, 150_000), ("Middle", 200_000, 100_000), ("Small", 80_000, 100_000)]
    return [company.candidate(title, npv, cost) for title, npv, cost in figures]


def keys(plan: Plan, part: str = "chosen") -> list[str]:
    return [row["key"] for row in plan.result[part]]


# -- who may


@pytest.mark.parametrize("who", ["lead", "finance"])
def test_the_lead_and_finance_make_plans(who: str, cast: Any, now: Any, three: Any) -> None:
    made = operations.create_plan(name=" Autumn  run ", settings={"budget": 1}, by=getattr(cast, who), at=now)
    assert (made.name, made.state, made.revision, made.currency) == ("Autumn run", "queued", 1, "USD")
    assert AuditEvent.objects.of(made).filter(action="plan.created").exists()


@pytest.mark.parametrize(
    "who", ["owner", "stranger", "assessor", "reviewer", "it", "evaluator", "auditor", "executive"]
)
def test_nobody_else_writes_a_plan(who: str, cast: Any, now: Any, company: Company) -> None:
    plan, by = company.solved(), {"by": getattr(cast, who), "at": now}
    verbs: list[Callable[[], Any]] = [
        lambda: operations.create_plan(name="X", settings={"budget": 1}, **by),
        lambda: operations.copy_plan(plan=plan, name="X", **by),
        lambda: operations.change_plan(plan=plan, name="X", **by),
        lambda: operations.request_solve(plan=plan, **by),
        lambda: operations.publish_plan(plan=plan, **by),
        lambda: operations.unpublish_plan(plan=plan, **by),
        lambda: operations.delete_plan(plan=plan, **by),
    ]
    for verb in verbs:
        with pytest.raises(PermissionDenied):
            verb()
    assert Plan.objects.count() == 1


def test_a_lead_of_one_unit_does_not_spend_the_money_of_all(cast: Any, now: Any) -> None:
    local = make_user("Lou Local", cast.unit)
    grant(local, Role.LEAD, cast.unit, cast.system, now)
    with pytest.raises(PermissionDenied):
        operations.create_plan(name="X", settings={"budget": 1}, by=local, at=now)


def test_who_reads_money_everywhere_reads_plans(cast: Any, company: Company) -> None:
    company.plan()
    readers = {
        n
        for n in vars(cast)
        if hasattr(getattr(cast, n), "email") and Plan.objects.visible_to(getattr(cast, n))
    }
    expected = {"lead", "second_lead", "finance", "second_finance", "reviewer", "auditor", "executive"}
    assert readers - {"system"} == expected | {"assessor"}


# -- what may be asked

REFUSED: dict[str, Refusal] = {
    "no budget": ({"budget": None}, "budget", "how much money"),
    "a budget in words": ({"budget": "much"}, "budget", "must be a number"),
    "no number at all": ({"budget": float("nan")}, "budget", "must be a number"),
    "a truth is no number": ({"budget": True}, "budget", "must be a number"),
    "below zero": ({"budget": -1}, "budget", "between 0 and"),
    "beyond all money": ({"budget": 10**14}, "budget", "between 0 and"),
    "no quarter": ({"quarters": 0}, "quarters", "between 1 and 4"),
    "five quarters": ({"quarters": 5}, "quarters", "between 1 and 4"),
    "half a quarter": ({"quarters": 1.5}, "quarters", "whole number"),
    "capacity as text": ({"capacity": "40"}, "capacity", "is a list"),
    "capacity without days": ({"capacity": [{"role": "data", "quarter": 1}]}, "capacity", "names its role"),
    "an unknown role": ({"capacity": [{"role": "magic", "quarter": 1, "days": 1}]}, "capacity", "«magic» is no role"),
    "days below zero": ({"capacity": [{"role": "data", "quarter": 1, "days": -1}]}, "capacity", "days of data in Q1"),
    "days beyond the plan": (
        {"quarters": 1, "capacity": [{"role": "data", "quarter": 2, "days": 1}]}, "capacity", "only 1 quarters",
    ),
    "days given twice": (
        {"capacity": [{"role": "data", "quarter": 1, "days": 1}, {"role": "data", "quarter": 1, "days": 2}]},
        "capacity", "given twice",
    ),
    "must as one number": ({"must": 3}, "must", "list of candidate numbers"),
    "must as text": ({"must": ["C-3"]}, "must", "list of candidate numbers"),
    "a number beyond all": ({"never": [2**40]}, "never", "list of candidate numbers"),
    "nobody knows it": ({"must": [99]}, "must", "C-99: not an open candidate"),
    "neither does never": ({"never": [99]}, "never", "C-99: not an open candidate"),
    "in and out": ({"must": [1], "never": [1]}, "never", "C-1 cannot be both"),
    "risk below zero": ({"max_high_risk": -1}, "max_high_risk", "between 0 and"),
    "half a risk": ({"max_high_risk": 0.5}, "max_high_risk", "whole number"),
    "a floor in words": ({"cvar_floor": "low"}, "cvar_floor", "must be a number"),
    "an endless floor": ({"cvar_floor": float("-inf")}, "cvar_floor", "must be a number"),
    "all as one": ({"correlation": 0.95}, "correlation", "between 0 and 0.9"),
    "against each other": ({"correlation": -0.1}, "correlation", "between 0 and 0.9"),
    "no such setting": ({"colour": "red"}, "colour", "no setting «colour»"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_each_setting_is_refused_by_name(case: str, company: Company, three: Any) -> None:
    settings, field, words = REFUSED[case]
    with pytest.raises(DomainError, match=words) as refused:
        company.plan(**settings)
    assert refused.value.field == field
    assert not Plan.objects.exists()


def test_a_candidate_that_is_decided_cannot_be_fixed(company: Company) -> None:
    done = company.candidate("Done", 1, state="approved")
    with pytest.raises(DomainError, match="not an open candidate"):
        company.plan(must=[done.number])


def test_what_is_not_said_has_its_default(company: Company) -> None:
    assert company.plan(budget="1000.50").settings == {
        "budget": 1000.5, "quarters": 4, "capacity": [], "must": [], "never": [], "max_high_risk": None,
        "cvar_floor": None, "correlation": 0.3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "words"), [(" ", "Give the plan a name"), ("x" * 81, "at most 80"), ("AUTUMN", "already")]
)
def test_a_name_is_needed_and_taken_once(name: str, words: str, company: Company) -> None:
    company.plan("Autumn")
    with pytest.raises(DomainError, match=words) as refused:
        company.plan(name)
    assert refused.value.field == "name"


# -- change, copy, delete


def test_another_question_drops_the_answer_and_the_publication(
    company: Company, cast: Any, now: Any, three: Any
) -> None:
    plan = operations.publish_plan(plan=company.solved(), by=cast.lead, at=now)
    changed = operations.change_plan(plan=plan, settings={"budget": 100_000}, by=cast.finance, at=now)
    assert (changed.revision, changed.state, changed.result, changed.is_published) == (2, "queued", {}, False)
    assert changed.settings["budget"] == 100_000 and changed.settings["quarters"] == 4
    assert keys(company.solve(changed)) == ["C-2"]


def test_another_name_keeps_the_answer(company: Company, cast: Any, now: Any, three: Any) -> None:
    plan = company.solved()
    renamed = operations.change_plan(plan=plan, name="Winter", by=cast.lead, at=now)
    assert (renamed.name, renamed.revision, renamed.state, renamed.result) == (
        "Winter",
        1,
        "done",
        plan.result,
    )
    unchanged = AuditEvent.objects.count()
    operations.change_plan(plan=plan, name="Winter", settings={"budget": 250_000}, by=cast.lead, at=now)
    assert AuditEvent.objects.count() == unchanged


def test_a_name_that_another_plan_has_is_refused(company: Company, cast: Any, now: Any) -> None:
    company.plan("Winter")
    with pytest.raises(DomainError, match="«winter» already"):
        operations.change_plan(plan=company.plan(), name="winter", by=cast.lead, at=now)


def test_what_somebody_changed_meanwhile_is_not_overwritten(company: Company, cast: Any, now: Any) -> None:
    plan = company.plan()
    operations.change_plan(plan=plan, settings={"budget": 1}, revision=1, by=cast.finance, at=now)
    with pytest.raises(DomainError, match="changed this plan meanwhile"):
        operations.change_plan(plan=plan, settings={"budget": 2}, revision=1, by=cast.lead, at=now)


def test_a_candidate_that_was_open_when_named_may_stay_named(
    company: Company, cast: Any, now: Any, three: Any
) -> None:
    plan = company.plan(must=[1])
    three[0].state = "rejected"
    three[0].save()
    changed = operations.change_plan(plan=plan, settings={"budget": 1}, by=cast.lead, at=now)
    assert changed.settings["must"] == [1]


def test_a_copy_asks_the_same_under_its_own_name(company: Company, cast: Any, now: Any) -> None:
    plan = company.plan(quarters=2)
    copied = operations.copy_plan(plan=plan, name="What if", by=cast.finance, at=now)
    assert copied.settings == plan.settings and copied.by == cast.finance and copied.state == "queued"
    with pytest.raises(DomainError, match="already"):
        operations.copy_plan(plan=plan, name="what IF", by=cast.finance, at=now)


def test_a_published_plan_is_not_deleted(company: Company, cast: Any, now: Any, three: Any) -> None:
    plan = operations.publish_plan(plan=company.solved(), by=cast.lead, at=now)
    with pytest.raises(DomainError, match="take it back"):
        operations.delete_plan(plan=plan, by=cast.lead, at=now)
    operations.unpublish_plan(plan=plan, by=cast.lead, at=now)
    operations.delete_plan(plan=plan, by=cast.lead, at=now)
    with pytest.raises(DomainError, match="deleted meanwhile"):
        operations.request_solve(plan=plan, by=cast.lead, at=now)


# -- publish


def test_one_plan_is_published_at_a_time(company: Company, cast: Any, now: Any, three: Any) -> None:
    first, second = company.solved("One"), company.solved("Two")
    for plan in (first, second):
        operations.publish_plan(plan=plan, by=cast.lead, at=now)
    assert [p.name for p in Plan.objects.published()] == ["Two"]
    with pytest.raises(DomainError, match="published already"):
        operations.publish_plan(plan=second, by=cast.lead, at=now)
    with pytest.raises(DomainError, match="is not published"):
        operations.unpublish_plan(plan=first, by=cast.lead, at=now)


def test_only_an_answer_is_published(company: Company, cast: Any, now: Any, three: Any) -> None:
    with pytest.raises(DomainError, match="Only a solved plan"):
        operations.publish_plan(plan=company.plan(), by=cast.lead, at=now)
    impossible = company.solved("Impossible", budget=1, must=[1])
    with pytest.raises(DomainError, match="No choice meets all limits"):
        operations.publish_plan(plan=impossible, by=cast.lead, at=now)


# -- solving: revisions, leases, lost workers


def test_the_job_is_sent_after_the_commit(company: Company, django_capture_on_commit_callbacks: Any) -> None:
    with patch("aiops.jobs.app.send_task") as send, django_capture_on_commit_callbacks(execute=True):
        plan = company.plan()
        assert not send.called
    assert send.call_args.args == ("roi.solve_plan",)
    assert send.call_args.kwargs["args"] == (plan.pk, 1)


def test_an_answer_to_an_older_question_is_dropped(company: Company, cast: Any, now: Any, three: Any) -> None:
    plan = company.plan()

    def asked_meanwhile(*_: Any) -> dict[str, Any]:
        operations.change_plan(plan=plan, settings={"budget": 1}, by=cast.lead, at=now)
        return {"status": "optimal"}

    with patch("roi.operations.plans.solved", asked_meanwhile):
        operations.solve_plan(plan_id=plan.pk, revision=1, clock=lambda: now)
    plan.refresh_from_db()
    assert (plan.state, plan.revision, plan.result) == ("queued", 2, {})


def test_a_worker_stops_as_soon_as_the_question_changes(
    company: Company, cast: Any, now: Any, three: Any
) -> None:
    plan, steps = company.plan(), []

    def asked_meanwhile(settings: Any, currency: str, progress: Any) -> Any:
        progress(0, 9)
        operations.change_plan(plan=plan, settings={"budget": 1}, by=cast.lead, at=now)
        ticks.append(now + timedelta(seconds=2))
        progress(1, 9)
        steps.append("went on")

    ticks = [now]
    with patch("roi.operations.plans.solved", asked_meanwhile):
        assert operations.solve_plan(plan_id=plan.pk, revision=1, clock=lambda: ticks[-1]) is None
    assert steps == []


def test_an_old_revision_is_not_even_started(company: Company, cast: Any, now: Any) -> None:
    plan = operations.request_solve(plan=company.solved(), by=cast.lead, at=now)
    assert plan.revision == 2
    assert operations.solve_plan(plan_id=plan.pk, revision=1, clock=lambda: now) is None
    assert operations.solve_plan(plan_id=plan.pk + 1, revision=1, clock=lambda: now) is None


def test_two_workers_never_share_a_plan(company: Company, now: datetime, three: Any) -> None:
    plan, second = company.plan(), []

    def meanwhile(settings: Any, currency: str, progress: Any) -> dict[str, Any]:
        second.append(operations.solve_plan(plan_id=plan.pk, revision=1, clock=lambda: now))
        return {"status": "optimal"}

    with patch("roi.operations.plans.solved", meanwhile):
        operations.solve_plan(plan_id=plan.pk, revision=1, clock=lambda: now)
    assert second == [None]


def test_progress_is_written_once_a_second(company: Company, now: datetime, three: Any) -> None:
    plan, seen, ticks = company.plan(), [], [now]

    def slowly(settings: Any, currency: str, progress: Any) -> dict[str, Any]:
        for done, seconds in ((0, 0.0), (1, 0.4), (2, 1.1), (3, 1.2)):
            ticks.append(now + timedelta(seconds=seconds))
            progress(done, 9)
            seen.append(Plan.objects.values_list("done", "total").get(pk=plan.pk))
        return {"status": "optimal"}

    with patch("roi.operations.plans.solved", slowly):
        operations.solve_plan(plan_id=plan.pk, revision=1, clock=lambda: ticks[-1])
    assert seen == [(0, 9), (0, 9), (2, 9), (2, 9)]


def test_a_failure_is_kept_as_a_sentence(company: Company, now: datetime) -> None:
    plan = company.plan()
    with (
        patch("roi.operations.plans.solved", side_effect=ValueError("no such number")),
        pytest.raises(ValueError),
    ):
        operations.solve_plan(plan_id=plan.pk, revision=1, clock=lambda: now)
    plan.refresh_from_db()
    assert plan.state == "failed"
    assert plan.error == "The plan could not be solved: ValueError: no such number"


def test_asking_again_while_it_is_solved_changes_nothing(company: Company, cast: Any, now: Any) -> None:
    plan = company.plan()
    assert operations.request_solve(plan=plan, by=cast.lead, at=now).revision == 1


def test_a_lost_plan_is_asked_again_and_given_up_after_an_hour(
    company: Company, now: datetime, django_capture_on_commit_callbacks: Any
) -> None:
    plan = company.plan()
    Plan.objects.update(state="computing")
    assert operations.requeue_plans(at=now + timedelta(minutes=1)) == 0
    with patch("aiops.jobs.app.send_task") as send, django_capture_on_commit_callbacks(execute=True):
        assert operations.requeue_plans(at=now + timedelta(minutes=6)) == 1
    assert send.call_args.kwargs["args"] == (plan.pk, 1)
    assert Plan.objects.get().state == "queued"
    assert operations.requeue_plans(at=now + timedelta(minutes=61)) == 1
    plan.refresh_from_db()
    assert plan.state == "failed" and "lost for an hour" in plan.error


def test_a_lost_worker_that_comes_back_writes_nothing(company: Company, now: datetime, three: Any) -> None:
    plan, ticks = company.plan(), [now]

    def overtaken(settings: Any, currency: str, progress: Any) -> dict[str, Any]:
        operations.requeue_plans(at=now + timedelta(minutes=6))
        return {"status": "wrong"}

    with patch("roi.operations.plans.solved", overtaken):
        operations.solve_plan(plan_id=plan.pk, revision=1, clock=lambda: ticks[-1])
    plan.refresh_from_db()
    assert (plan.state, plan.result) == ("queued", {})
