"""The way of a candidate, verb by verb, with each refusal."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from aiops.errors import DomainError
from aiops.models import AuditEvent
from backlog import operations as do
from backlog import queries
from backlog.calc.ranges import Range
from backlog.models import Candidate, State
from integrations.models import Delivery

WIDE = Range(5, 8, 14)


def refused(code):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


# drafts


def test_a_draft_takes_its_unit_from_the_profile(cast, draft):
    assert (draft.unit, draft.owner, draft.state, draft.key) == (
        cast.unit,
        cast.owner,
        "draft",
        f"C-{draft.number}",
    )
    assert not draft.estimates.exists() and AuditEvent.objects.filter(action="candidate.drafted").count() == 1


def test_numbers_follow_each_other(cast, now):
    made = [do.save_draft(by=cast.owner, at=now).number for _ in range(3)]
    assert made == [made[0], made[0] + 1, made[0] + 2]


def test_a_retried_create_is_one_draft_with_the_latest_words(cast, now):
    first = do.save_draft(by=cast.owner, at=now, client_token="abc", title="Check")
    again = do.save_draft(by=cast.owner, at=now, client_token="abc", title="Check reports")
    assert again.pk == first.pk and again.title == "Check reports" and Candidate.objects.count() == 1
    theirs = do.save_draft(by=cast.stranger, at=now, client_token="abc", title="Other")
    assert theirs.pk != first.pk


def test_a_retried_create_after_submitting_changes_nothing(cast, now):
    first = do.save_draft(by=cast.owner, at=now, client_token="abc", title="A", count=1, minutes=2)
    do.submit(candidate=first, by=cast.owner, at=now)
    again = do.save_draft(by=cast.owner, at=now, client_token="abc", title="B")
    assert (again.pk, again.title, again.state) == (first.pk, "A", "received")


def test_a_profile_without_unit_is_told_what_to_do(cast, now):
    with refused("unit"):
        do.save_draft(by=cast.reviewer, at=now, title="x")


def test_who_may_only_read_files_nothing(cast, now):
    for person in (cast.auditor, cast.executive):
        with pytest.raises(PermissionDenied):
            do.save_draft(by=person, at=now, unit=cast.unit)


def test_a_draft_is_nobody_elses_to_change(cast, now, draft):
    for person in (cast.stranger, cast.lead, cast.assessor):
        with pytest.raises(PermissionDenied):
            do.save_draft(candidate=draft, by=person, at=now, title="mine")


def test_a_submitted_one_is_no_draft(cast, now, received):
    with refused("not_draft"):
        do.save_draft(candidate=received, by=cast.owner, at=now, title="new")


def test_an_unknown_answer_is_a_programming_error(cast, now):
    with pytest.raises(TypeError, match="colour"):
        do.save_draft(by=cast.owner, at=now, colour="red")


def test_the_demo_files_in_the_past_for_others(cast):
    past = datetime(2025, 3, 1, tzinfo=UTC)
    made = do.save_draft(
        by=cast.system,
        owner=cast.stranger,
        unit=cast.unit,
        at=past,
        simulated=True,
        title="T",
        count=1,
        minutes=1,
        klass="ai_for_ops",
        risk_tier="low",
    )
    do.submit(candidate=made, by=cast.system, at=past)
    made.refresh_from_db()
    assert (made.owner, made.unit, made.created_at, made.submitted_at) == (
        cast.stranger,
        cast.unit,
        past,
        past,
    )
    assert made.simulated and not Delivery.objects.exists()
    assert {row.as_of for row in made.estimates.all()} == {past.date()}


# submit


def test_submitting_makes_ranges_and_mails_a_receipt(cast, now, received):
    made = queries.estimate_ranges(received)
    assert (made["volume"].low, made["volume"].likely, made["volume"].high) == (3840, 4800, 6000)
    assert (made["minutes"].low, made["minutes"].likely, made["minutes"].high) == (9.6, 12, 15)
    assert set(made) == {"volume", "minutes"} and received.submitted_at == now
    mail = Delivery.objects.get()
    assert f"Received, {received.key}" in str(mail.payload) and cast.owner.email in str(mail.payload)


def test_people_and_their_time_are_enough(cast, now):
    made = do.save_draft(by=cast.owner, at=now, title="T", count=7200, period="year", people=9, share="half")
    do.submit(candidate=made, by=cast.owner, at=now)
    assert queries.estimate_ranges(made)["minutes"].likely == 60


@pytest.mark.parametrize(
    ("left_out", "field"),
    [
        ({"title": " "}, "title"),
        ({"count": None}, "count"),
        ({"minutes": None}, "minutes"),
        ({"minutes": None, "people": 3}, "minutes"),
    ],
)
def test_what_is_missing_is_named(cast, now, draft, left_out, field):
    do.save_draft(candidate=draft, by=cast.owner, at=now, **left_out)
    with pytest.raises(DomainError) as error:
        do.submit(candidate=draft, by=cast.owner, at=now)
    draft.refresh_from_db()
    assert error.value.field == field and draft.state == "draft" and not draft.estimates.exists()


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"count": Decimal("999999999999.99"), "period": "day"}, "count"),
        (
            {
                "count": Decimal("0.01"),
                "period": "year",
                "minutes": None,
                "people": 9_999_999,
                "share": "all",
            },
            "minutes",
        ),
    ],
)
def test_figures_beyond_reason_are_refused_in_words(cast, now, draft, answers, field):
    do.save_draft(candidate=draft, by=cast.owner, at=now, **answers)
    with pytest.raises(DomainError) as error:
        do.submit(candidate=draft, by=cast.owner, at=now)
    assert error.value.field == field


def test_only_its_owner_submits_and_only_once(cast, now, draft):
    with pytest.raises(PermissionDenied):
        do.submit(candidate=draft, by=cast.lead, at=now)
    do.submit(candidate=draft, by=cast.owner, at=now)
    with refused("state"):
        do.submit(candidate=draft, by=cast.owner, at=now)
    assert AuditEvent.objects.filter(action="candidate.submitted").count() == 1


# edit and withdraw


def test_ranges_follow_an_edit_until_somebody_sharpened_them(cast, now, received):
    do.edit(candidate=received, by=cast.owner, at=now, count=500)
    assert queries.estimate_ranges(received)["volume"].likely == 6000
    notes = {"volume": received.estimates.get(quantity="volume").note}
    do.set_estimates(
        candidate=received, ranges={"volume": Range(1, 2, 3)}, notes=notes, by=cast.assessor, at=now
    )
    do.edit(candidate=received, by=cast.owner, at=now, count=600, minutes=20)
    made = queries.estimate_ranges(received)
    assert made["volume"].likely == 2 and made["minutes"].likely == 20


def test_an_edit_keeps_it_complete(cast, now, received):
    with refused("title"):
        do.edit(candidate=received, by=cast.owner, at=now, title="")
    received.refresh_from_db()
    assert received.title


def test_who_edits(cast, now, received):
    do.edit(candidate=received, by=cast.assessor, at=now, who_does_it="three clerks")
    for person in (cast.stranger, cast.reviewer, cast.finance, cast.it):
        with pytest.raises(PermissionDenied):
            do.edit(candidate=received, by=person, at=now, title="x")


def test_a_decided_one_is_not_edited(cast, now, in_review):
    do.mark_decided(candidate=in_review, state=State.REJECTED, by=cast.lead, at=now + timedelta(days=2))
    for verb, more in ((do.edit, {"title": "x"}), (do.set_estimates, {"ranges": {"minutes": WIDE}})):
        with refused("closed"):
            verb(candidate=in_review, by=cast.assessor if more.get("ranges") else cast.owner, at=now, **more)


def test_withdraw_and_submit_again(cast, now, received):
    do.withdraw(candidate=received, by=cast.owner, at=now)
    with refused("state"):
        do.withdraw(candidate=received, by=cast.owner, at=now)
    do.submit(candidate=received, by=cast.owner, at=now + timedelta(days=3))
    received.refresh_from_db()
    assert received.state == "received" and received.submitted_at == now + timedelta(days=3)


def test_only_the_owner_withdraws(cast, now, received):
    for person in (cast.lead, cast.assessor, cast.stranger):
        with pytest.raises(PermissionDenied):
            do.withdraw(candidate=received, by=person, at=now)


def test_a_withdrawn_draft_stays_its_owners_secret(cast, now, draft):
    do.withdraw(candidate=draft, by=cast.owner, at=now)
    assert (
        not Candidate.objects.visible_to(cast.lead).exists()
        and Candidate.objects.visible_to(cast.owner).exists()
    )


# estimates


def test_sharpening_moves_it_to_sizing_with_the_assessor(cast, now, received):
    do.set_estimates(
        candidate=received,
        ranges={"minutes": WIDE, "build_cost": Range(1, 2, 3, "hard_limits", "history")},
        notes={"minutes": "timed 20"},
        klass="ops_for_ai",
        systems="SAP",
        risk_tier="high",
        by=cast.assessor,
        at=now,
    )
    received.refresh_from_db()
    assert (received.state, received.klass, received.systems, received.risk_tier) == (
        "sizing",
        "ops_for_ai",
        "SAP",
        "high",
    )
    row = received.estimates.get(quantity="minutes")
    assert (row.low, row.high, row.note, row.by, row.as_of) == (5, 14, "timed 20", cast.assessor, now.date())
    assert queries.current_stage(received).holder == cast.assessor
    changes = AuditEvent.objects.get(action="candidate.estimated").changes
    assert "minutes" in str(changes) and "risk_tier" in str(changes)


def test_blank_forgets(cast, now, received):
    do.set_estimates(candidate=received, ranges={"minutes": None}, by=cast.assessor, at=now)
    assert set(queries.estimate_ranges(received)) == {"volume"}


@pytest.mark.parametrize(
    ("quantity", "made", "code"),
    [
        ("automation_share", Range(0.5, 0.9, 1.1), "share"),
        ("cashable_share", Range(-0.1, 0.1, 0.2), "share"),
        ("minutes", Range(-1, 2, 3), "negative"),
        ("colour", Range(1, 2, 3), "quantity"),
    ],
)
def test_impossible_ranges_change_nothing(cast, now, received, quantity, made, code):
    with refused(code):
        do.set_estimates(
            candidate=received, ranges={"volume": WIDE, quantity: made}, by=cast.assessor, at=now
        )
    assert queries.estimate_ranges(received)["volume"].likely == 4800


def test_benefits_may_be_losses(cast, now, received):
    do.set_estimates(candidate=received, ranges={"other_cash": Range(-5, -1, 2)}, by=cast.lead, at=now)
    assert queries.estimate_ranges(received)["other_cash"].low == -5


def test_who_sharpens(cast, now, received):
    for person in (cast.owner, cast.reviewer, cast.finance, cast.it, cast.auditor, cast.stranger):
        with pytest.raises(PermissionDenied):
            do.set_estimates(candidate=received, ranges={"minutes": WIDE}, by=person, at=now)


def test_a_draft_has_no_estimates_to_sharpen(cast, now, draft):
    with refused("closed"):
        do.set_estimates(candidate=draft, ranges={"minutes": WIDE}, by=cast.assessor, at=now)
