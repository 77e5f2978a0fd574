"""Every address of the product: nobody walks in without signing in, and a stranger finds nothing of others."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from tests.journeys.world import make_world

OBJECT, FORBIDDEN, LIST, OWN = "object", "forbidden", "list", "own"
# What a person of another unit gets. OBJECT: 404 at once. FORBIDDEN: a page of a role that they lack.
# LIST: their own part of it, without a word of others'. OWN: about themselves, or about nobody.
# Arguments name parts of the world; "post" is for addresses that take nothing else.
Row = tuple[str, str, tuple[Any, ...]]
TABLE: dict[str, Row] = {
    "roi:home": (LIST, "get", ()),
    "roi:use_for_real": (FORBIDDEN, "get", ()),
    "roi:board": (LIST, "get", ()),
    "roi:board_columns": (OWN, "get", ()),
    "roi:save_board_view": (OWN, "get", ()),
    "roi:delete_board_view": (OBJECT, "post", ("view.pk",)),
    "roi:board_import": (FORBIDDEN, "get", ()),
    "roi:preview": (OWN, "post", ()),
    "roi:preview_details": (OWN, "post", ()),
    "roi:candidate_details": (OBJECT, "get", ("candidate.number",)),
    "roi:compare": (OBJECT, "get", ("candidate.number",)),
    "roi:measure_next": (LIST, "get", ()),
    "roi:api_assessment": (OBJECT, "get", ("assessment.pk",)),
    "roi:api_assessments": (OBJECT, "get", ("candidate.number",)),
    # Two numbers in the query: without them a refusal that says nothing of anybody.
    "roi:api_compare": (OWN, "get", ()),
    "roi:candidate_score": (OBJECT, "get", ("candidate.number",)),
    "roi:candidate_decision": (OBJECT, "get", ("candidate.number",)),
    "roi:decide": (OBJECT, "get", ("candidate.number",)),
    # Empty for a candidate that no published plan speaks of.
    "roi:candidate_plan": (OBJECT, "get", ("candidate.number",)),
    # A plan holds the money of all units: its pages are of a role, whichever plan is asked for.
    "roi:reviews": (LIST, "get", ()),
    "roi:new_series": (FORBIDDEN, "get", ()),
    "roi:edit_series": (OBJECT, "get", ("series.pk",)),
    "roi:end_series": (OBJECT, "post", ("series.pk",)),
    "roi:series_ics": (OBJECT, "get", ("series.pk",)),
    "roi:review": (OBJECT, "get", ("review.number",)),
    "roi:review_ics": (OBJECT, "get", ("review.number",)),
    "roi:move_review": (OBJECT, "get", ("review.number",)),
    "roi:cancel_review": (OBJECT, "post", ("review.number",)),
    "roi:add_item": (OBJECT, "post", ("review.number",)),
    "roi:remind": (OBJECT, "post", ("review.number",)),
    "roi:pre_read": (OBJECT, "get", ("review.number",)),
    "roi:place_item": (OBJECT, "post", ("review.number", "item.pk")),
    "roi:answer_pre_read": (OBJECT, "post", ("review.number", "item.pk")),
    "roi:candidate_agenda": (OBJECT, "get", ("candidate.number",)),
    "roi:start_review": (OBJECT, "post", ("review.number",)),
    "roi:present": (OBJECT, "get", ("review.number",)),
    "roi:pulse": (OBJECT, "get", ("review.number",)),
    "roi:act_in_review": (OBJECT, "post", ("review.number", "'show")),
    "roi:say_in_review": (OBJECT, "get", ("review.number", "'action")),
    "roi:say_on_item": (OBJECT, "get", ("review.number", "item.pk", "'objection")),
    "roi:item_finance": (OBJECT, "get", ("review.number", "item.pk")),
    "roi:verdict_panel": (OBJECT, "get", ("review.number", "item.pk", "'keep")),
    "roi:minutes": (OBJECT, "get", ("closed.number",)),
    "roi:minutes_file": (OBJECT, "get", ("closed.number", "'txt")),
    "roi:decisions": (LIST, "get", ()),
    "roi:decisions_file": (LIST, "get", ("'csv",)),
    "roi:decision": (OBJECT, "get", ("decision.pk",)),
    "roi:actions": (LIST, "get", ()),
    "roi:answer_action": (OBJECT, "post", ("action.pk", "'finish")),
    "roi:measurements": (LIST, "get", ()),
    "roi:measurement": (OBJECT, "get", ("measurement.pk",)),
    "roi:tend_measurement": (OBJECT, "post", ("measurement.pk", "'link")),
    "roi:api_reviews": (LIST, "get", ()),
    "roi:api_review_agenda": (OBJECT, "get", ("review.number",)),
    "roi:api_pre_read": (OBJECT, "post", ("review.number", "item.pk")),
    "roi:plans": (FORBIDDEN, "get", ()),
    "roi:new_plan": (FORBIDDEN, "get", ()),
    "roi:compare_plans": (FORBIDDEN, "get", ()),
    "roi:plan": (FORBIDDEN, "get", ("plan.pk",)),
    "roi:edit_plan": (FORBIDDEN, "get", ("plan.pk",)),
    "roi:act_on_plan": (FORBIDDEN, "post", ("plan.pk", "'solve")),
    "roi:api_plans": (FORBIDDEN, "get", ()),
    "roi:api_plan": (FORBIDDEN, "get", ("plan.pk",)),
    "roi:api_copy_plan": (FORBIDDEN, "post", ("plan.pk",)),
    "roi:triage": (LIST, "get", ()),
    "roi:act_on_triage": (OWN, "post", ("'send",)),
    "roi:undo_triage": (OBJECT, "post", ("step.pk",)),
    "roi:value": (LIST, "get", ()),
    "roi:workload_value": (OBJECT, "get", ("workload.number",)),
    "roi:new_claim": (OBJECT, "get", ("workload.number",)),
    "roi:claims": (LIST, "get", ()),
    "roi:claim": (OBJECT, "get", ("claim.pk",)),
    "roi:api_board": (LIST, "get", ()),
    "roi:api_preview": (OWN, "post", ()),
    "roi:api_assess": (OBJECT, "post", ("candidate.number",)),
    "roi:api_decisions": (OBJECT, "get", ("candidate.number",)),
    "roi:api_all_decisions": (LIST, "get", ()),
    "roi:api_claims": (LIST, "get", ()),
    "roi:api_answer_claim": (OBJECT, "post", ("claim.pk", "'sign")),
    "roi:api_value": (LIST, "get", ()),
    "backlog:candidates": (LIST, "get", ()),
    "backlog:file": (OWN, "get", ()),
    "backlog:paste": (OWN, "post", ()),
    "backlog:similar": (OWN, "post", ()),
    "backlog:extra_fields": (OWN, "get", ()),
    # Found by its number alone it is nobody's; joined from what looks like the own words (tests/backlog).
    "backlog:join": (OBJECT, "post", ("candidate.number",)),
    "backlog:feasibility": (OBJECT, "get", ("candidate.number",)),
    "backlog:intake": (FORBIDDEN, "get", ()),
    "backlog:form_of_class": (FORBIDDEN, "get", ("'business_ai",)),
    "backlog:form_version": (FORBIDDEN, "get", ("'business_ai", "'1")),
    "backlog:candidate": (OBJECT, "get", ("candidate.number",)),
    "backlog:edit": (OBJECT, "get", ("candidate.number",)),
    "backlog:estimates": (OBJECT, "get", ("candidate.number",)),
    "backlog:discount_rate": (OBJECT, "post", ("candidate.number",)),
    "backlog:assign": (OBJECT, "post", ("candidate.number",)),
    "backlog:submit": (OBJECT, "post", ("candidate.number",)),
    "backlog:withdraw": (OBJECT, "post", ("candidate.number",)),
    "backlog:send_to_review": (OBJECT, "post", ("candidate.number",)),
    # The upload takes no file for another unit than one's own.
    "backlog:ticket_logs": (LIST, "get", ()),
    "backlog:ticket_log": (OBJECT, "get", ("ticket_log.pk",)),
    "backlog:ticket_columns": (OBJECT, "get", ("ticket_log.pk",)),
    "backlog:remove_tickets": (OBJECT, "post", ("ticket_log.pk",)),
    "backlog:ticket_group": (OBJECT, "get", ("ticket_group.pk",)),
    "backlog:file_group": (OBJECT, "post", ("ticket_group.pk",)),
    "backlog:api_ticket_logs": (LIST, "get", ()),
    "backlog:api_ticket_log": (OBJECT, "get", ("ticket_log.pk",)),
    "backlog:api_ticket_columns": (OBJECT, "post", ("ticket_log.pk",)),
    "backlog:api_ticket_groups": (OBJECT, "get", ("ticket_log.pk",)),
    "backlog:api_file_ticket_group": (OBJECT, "post", ("ticket_group.pk",)),
    "backlog:import": (OWN, "get", ()),
    "backlog:api_by_external_id": (OBJECT, "get", ("candidate.external_id",)),
    "backlog:api_comments": (OBJECT, "get", ("candidate.number",)),
    "backlog:api_votes": (OBJECT, "get", ("candidate.number",)),
    "backlog:api_evidence": (OBJECT, "get", ("candidate.number",)),
    "backlog:comments": (OBJECT, "get", ("candidate.number",)),
    "backlog:edit_comment": (OBJECT, "post", ("candidate.number", "comment.pk")),
    "backlog:remove_comment": (OBJECT, "post", ("candidate.number", "comment.pk")),
    "backlog:people_options": (OBJECT, "get", ("candidate.number",)),
    "backlog:stand": (OBJECT, "post", ("candidate.number", "'vote")),
    "backlog:questions": (OBJECT, "post", ("candidate.number",)),
    "backlog:answer_question": (OBJECT, "post", ("candidate.number", "question.pk")),
    "backlog:withdraw_question": (OBJECT, "post", ("candidate.number", "question.pk")),
    "backlog:activity": (OBJECT, "get", ("candidate.number",)),
    "backlog:evidence": (OBJECT, "post", ("candidate.number",)),
    "backlog:evidence_file": (OBJECT, "get", ("candidate.number", "evidence.pk")),
    "backlog:remove_evidence": (OBJECT, "post", ("candidate.number", "evidence.pk")),
    "backlog:merge": (OBJECT, "post", ("candidate.number",)),
    "backlog:unmerge": (OBJECT, "post", ("candidate.number",)),
    "backlog:teams": (FORBIDDEN, "get", ()),
    "backlog:team": (FORBIDDEN, "get", ("team.pk",)),
    "backlog:remove_team": (FORBIDDEN, "post", ("team.pk",)),
    "backlog:api_candidates": (LIST, "get", ()),
    "backlog:api_candidate": (OBJECT, "get", ("candidate.number",)),
    "backlog:api_submit": (OBJECT, "post", ("candidate.number",)),
    "backlog:api_withdraw": (OBJECT, "post", ("candidate.number",)),
    "backlog:api_send_to_review": (OBJECT, "post", ("candidate.number",)),
    "backlog:api_estimates": (OBJECT, "get", ("candidate.number",)),
    "backlog:api_sizing": (OBJECT, "get", ("candidate.number",)),
    "workloads:workloads": (LIST, "get", ()),
    "workloads:workload": (OBJECT, "get", ("workload.number",)),
    "workloads:checks": (OBJECT, "get", ("workload.number",)),
    "workloads:run_check": (OBJECT, "post", ("workload.number", "check.pk")),
    # The part of a candidate's page: empty for strangers, as it is for a candidate that became nothing.
    "workloads:candidate_workload": (LIST, "get", ("candidate.number",)),
    "workloads:incidents": (LIST, "get", ()),
    "workloads:incident": (OBJECT, "get", ("incident.number",)),
    "workloads:api_workloads": (LIST, "get", ()),
    "workloads:api_workload": (OBJECT, "get", ("workload.number",)),
    "workloads:api_run_check": (OBJECT, "post", ("workload.number", "check.pk")),
    "workloads:api_incidents": (LIST, "get", ()),
    "workloads:api_answer_incident": (OBJECT, "post", ("incident.number", "'acknowledge")),
    "workloads:services": (FORBIDDEN, "get", ()),
    "workloads:service": (FORBIDDEN, "get", ("service.pk",)),
    "workloads:environment_keys": (FORBIDDEN, "get", ()),
    "workloads:revoke_environment_key": (FORBIDDEN, "post", ("'1",)),
    "workloads:api_services": (FORBIDDEN, "get", ()),
    "workloads:api_claim_service": (FORBIDDEN, "post", ("service.pk", "'ignore")),
    "workloads:api_calls": (OBJECT, "get", ("workload.number",)),
    "workloads:api_changes": (OBJECT, "get", ("workload.number",)),
    "workloads:api_evaluations": (OBJECT, "get", ("workload.number",)),
    "workloads:mapping": (OBJECT, "get", ("workload.number",)),
    "workloads:setup": (OBJECT, "get", ("workload.number",)),
    "workloads:setup_arrived": (OBJECT, "get", ("workload.number",)),
    "workloads:live": (OBJECT, "get", ("workload.number",)),
    "workloads:evaluations": (OBJECT, "get", ("workload.number",)),
    "workloads:changes": (OBJECT, "get", ("workload.number",)),
    "workloads:call_content": (OBJECT, "get", ("workload.number", "call.reference")),
    "workloads:keys": (OBJECT, "get", ("workload.number",)),
    "workloads:revoke_key": (OBJECT, "post", ("workload.number", "key.pk")),
    "workloads:calls": (OBJECT, "get", ("workload.number",)),
    "workloads:call": (OBJECT, "get", ("workload.number", "call.reference")),
    "workloads:outcomes": (OBJECT, "get", ("workload.number",)),
    "workloads:self_report": (OBJECT, "get", ("workload.number",)),
    "workloads:cost": (LIST, "get", ()),
    "workloads:showback": (LIST, "get", ()),
    # A bill holds the money of all units.
    "workloads:bills": (FORBIDDEN, "get", ()),
    "workloads:bill": (FORBIDDEN, "get", ("bill.pk",)),
    "workloads:bill_owners": (FORBIDDEN, "get", ()),
    "workloads:reconciliation": (FORBIDDEN, "get", ()),
    "workloads:api_bills": (FORBIDDEN, "get", ()),
    "workloads:api_bill": (FORBIDDEN, "get", ("bill.pk",)),
    "workloads:api_bill_lines": (FORBIDDEN, "get", ("bill.pk",)),
    # A month in the query: without it a refusal that says nothing of anybody.
    "workloads:api_showback": (OWN, "get", ()),
    "workloads:api_usage": (OBJECT, "get", ("workload.number",)),
    "workloads:workload_cost": (OBJECT, "get", ("workload.number",)),
    "workloads:fixed_costs": (OBJECT, "get", ("workload.number",)),
    "workloads:end_fixed_cost": (OBJECT, "post", ("workload.number", "seats.pk")),
    # The price book is of the whole company: its pages are of a role, whichever price is asked for.
    "workloads:prices": (FORBIDDEN, "get", ()),
    "workloads:price": (FORBIDDEN, "get", ("price.pk",)),
    "workloads:repricings": (FORBIDDEN, "get", ()),
    "workloads:repricing": (FORBIDDEN, "get", ("'1",)),
    "workloads:budgets": (LIST, "get", ()),
    "workloads:budget": (OBJECT, "get", ("budget.pk",)),
    "workloads:api_cost": (OBJECT, "get", ("workload.number",)),
    "workloads:api_prices": (FORBIDDEN, "get", ()),
    "workloads:api_price": (FORBIDDEN, "get", ("price.pk",)),
    "workloads:api_budgets": (LIST, "get", ()),
    "workloads:api_budget": (OBJECT, "get", ("budget.pk",)),
    "workloads:reliability": (OBJECT, "get", ("workload.number",)),
    "workloads:components": (OBJECT, "get", ("workload.number",)),
    "workloads:adoption": (OBJECT, "get", ("workload.number",)),
    "workloads:adoption_csv": (OBJECT, "get", ("workload.number",)),
    "workloads:api_objectives": (OBJECT, "get", ("workload.number",)),
    "workloads:api_objective": (OBJECT, "delete", ("workload.number", "'errors")),
    "workloads:api_register": (OBJECT, "get", ("workload.number",)),
    "workloads:api_adoption": (OBJECT, "get", ("workload.number",)),
    "evals:workload_quality": (OBJECT, "get", ("workload.number",)),
    "evals:dataset_new": (OBJECT, "get", ("workload.number",)),
    "evals:suite_new": (OBJECT, "get", ("workload.number",)),
    "evals:drift": (OBJECT, "get", ("workload.number",)),
    "evals:drift_run": (OBJECT, "post", ("workload.number",)),
    "evals:drift_approve": (OBJECT, "post", ("workload.number",)),
    "evals:dataset_template": (OWN, "get", ("'csv",)),
    "evals:dataset": (OBJECT, "get", ("dataset.pk",)),
    "evals:dataset_csv": (OBJECT, "get", ("dataset.pk",)),
    "evals:suite": (OBJECT, "get", ("suite.pk",)),
    "evals:suite_run": (OBJECT, "post", ("suite.pk",)),
    "evals:suite_approve": (OBJECT, "post", ("suite.pk",)),
    "evals:suite_revise": (OBJECT, "get", ("suite.pk",)),
    "evals:run": (OBJECT, "get", ("run.pk",)),
    "evals:run_csv": (OBJECT, "get", ("run.pk",)),
    "evals:api_datasets": (OBJECT, "get", ("workload.number",)),
    "evals:api_suites": (OBJECT, "get", ("workload.number",)),
    "evals:api_suite_approve": (OBJECT, "post", ("suite.pk",)),
    "evals:api_suite_runs": (OBJECT, "post", ("suite.pk",)),
    "evals:api_runs": (LIST, "get", ()),
    "evals:api_run": (OBJECT, "get", ("run.pk",)),
    "evals:api_results": (OBJECT, "get", ("run.pk",)),
    "integrations:connections": (FORBIDDEN, "get", ()),
    "integrations:new_connection": (FORBIDDEN, "get", ("'webhook",)),
    "integrations:connection": (FORBIDDEN, "get", ("connection.pk",)),
    "integrations:edit_connection": (FORBIDDEN, "get", ("connection.pk",)),
    "integrations:test_connection": (FORBIDDEN, "post", ("connection.pk",)),
    "integrations:switch_connection": (FORBIDDEN, "post", ("connection.pk",)),
    "integrations:rotate_secret": (FORBIDDEN, "post", ("connection.pk",)),
    "integrations:remove_connection": (FORBIDDEN, "post", ("connection.pk",)),
    "integrations:deliveries": (FORBIDDEN, "get", ()),
    "integrations:delivery": (FORBIDDEN, "get", ("delivery.pk",)),
    "integrations:replay": (FORBIDDEN, "post", ("delivery.pk",)),
    "integrations:api_connections": (FORBIDDEN, "get", ()),
    "integrations:api_test_connection": (FORBIDDEN, "post", ("connection.pk",)),
    "integrations:api_deliveries": (FORBIDDEN, "get", ()),
    "integrations:api_replay": (FORBIDDEN, "post", ("delivery.pk",)),
    "integrations:mail": (OWN, "get", ()),
    "aiops:people": (FORBIDDEN, "get", ()),
    "aiops:new_person": (FORBIDDEN, "get", ()),
    "aiops:person": (OBJECT, "get", ("cast.owner.pk",)),
    "aiops:edit_person": (OBJECT, "get", ("cast.owner.pk",)),
    "aiops:grant": (OBJECT, "post", ("cast.owner.pk",)),
    "aiops:deactivate": (OBJECT, "post", ("cast.owner.pk",)),
    "aiops:reactivate": (OBJECT, "post", ("cast.owner.pk",)),
    "aiops:invite": (OBJECT, "post", ("cast.owner.pk",)),
    "aiops:confirm_grant": (OBJECT, "post", ("grant.pk",)),
    "aiops:revoke_grant": (OBJECT, "post", ("grant.pk",)),
    "aiops:units": (FORBIDDEN, "get", ()),
    "aiops:unit": (FORBIDDEN, "get", ("cast.unit.pk",)),
    "aiops:finance": (FORBIDDEN, "get", ()),
    "aiops:add_rate": (FORBIDDEN, "post", ()),
    "aiops:end_rate": (FORBIDDEN, "post", ("rate.pk",)),
    "aiops:tokens": (LIST, "get", ()),
    "aiops:revoke_token": (OBJECT, "post", ("token.pk",)),
    "aiops:audit": (FORBIDDEN, "get", ()),
    "aiops:audit_csv": (FORBIDDEN, "get", ()),
    "aiops:api_me": (OWN, "get", ()),
    "aiops:api_users": (FORBIDDEN, "get", ()),
    "aiops:api_units": (LIST, "get", ()),
    "aiops:api_audit": (FORBIDDEN, "get", ()),
    "schema": (OWN, "get", ()),
    "api": (OWN, "get", ()),
    "account_reauthenticate": (OWN, "get", ()),
    "account_email": (OWN, "get", ()),
    "account_change_password": (OWN, "get", ()),
    "account_set_password": (OWN, "get", ()),
}
# Doors that are open on purpose: signing in, health, and machines with keys of their own.
DOORS: dict[str, Row] = {
    "healthz": (OWN, "get", ()),
    "readyz": (OWN, "get", ()),
    "metrics": (OWN, "get", ()),
    "workloads:langfuse_health": (OWN, "get", ()),
    "integrations:stop_mail": (OWN, "get", ("'forged",)),
    "roi:timer": (OWN, "get", ("'wrong",)),
    "roi:timer_verb": (OWN, "post", ("'wrong", "'undo")),
    "aiops:setup": (OWN, "get", ()),
    "aiops:demo_sign_in": (OWN, "post", ()),
    "account_login": (OWN, "get", ()),
    "account_logout": (OWN, "get", ()),
    "account_inactive": (OWN, "get", ()),
    "account_signup": (OWN, "get", ()),
    "account_email_verification_sent": (OWN, "get", ()),
    "account_reset_password": (OWN, "get", ()),
    "account_reset_password_done": (OWN, "get", ()),
    "account_reset_password_from_key": (OWN, "get", ("'1", "'set-password")),
    "account_reset_password_from_key_done": (OWN, "get", ()),
    "account_confirm_email": (OWN, "get", ("'key",)),
    "account_confirm_login_code": (OWN, "get", ()),
}
MACHINES: dict[str, Row] = {
    "workloads:traces": (OWN, "post", ()),
    "workloads:logs": (OWN, "post", ()),
    "workloads:metrics": (OWN, "post", ()),
    "workloads:langfuse_traces": (OWN, "post", ()),
    "workloads:langfuse_scores": (OWN, "post", ()),
    "workloads:langfuse_ingestion": (OWN, "post", ()),
    "workloads:langfuse_projects": (OWN, "get", ()),
    "workloads:alertmanager": (OWN, "post", ("connection.pk",)),
    "workloads:api_outcomes": (OWN, "post", ()),
}
pytestmark = pytest.mark.django_db
SECRETS = (
    "Secret candidate",
    "Secret workload",
    "Secret incident",
    "Secret act",
    "Secret hook",
    "Secret token",
    "Secret plan",
    "Secret program",
    "Secret team",
    "Secret tickets",
    "Secret review",
    "Secret reason",
    "Secret action",
    "Secret timing",
)


def names(patterns: Any = None, space: str = "") -> Iterator[str]:
    """Every named address with its namespace; Django's own admin is asked for as a whole."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from names(pattern.url_patterns, inner)
        elif pattern.name:
            yield f"{space}{pattern.name}"


@pytest.fixture
def world(cast: SimpleNamespace, now: datetime) -> SimpleNamespace:
    from aiops import operations
    from aiops.models import Company, Membership, RateCard
    from backlog.models import TriageStep
    from roi.operations import create_plan, create_series

    Company.load()
    Company.objects.update(name="Acme", set_up=True)
    made = make_world(cast, now)
    made.grant = Membership.objects.get(user=cast.owner)
    made.rate = RateCard.objects.create(unit=cast.unit, hourly_rate=60, valid_from=now.date())
    made.step = TriageStep.objects.create(verb="send", by=cast.lead, at=now, before={})
    made.plan = create_plan(name="Secret plan", settings={"budget": 1000}, by=cast.lead, at=now)
    made.series = create_series(
        name="Secret review", chair=cast.lead, members=[cast.owner], first_on=now.date(),
        start_time=now.time(), by=cast.lead, at=now,
    )  # fmt: skip
    made.review = made.series.reviews.earliest("starts_at")
    made.item = made.review.items.create(
        workload=made.workload, reason="added", why="Secret reason", section="discuss"
    )
    made.token, _ = operations.create_token(
        user=cast.owner, name="Secret token", scopes=["read"], days=30, by=cast.owner, at=now
    )
    _after_a_meeting(made, now)
    return made


def _after_a_meeting(made: SimpleNamespace, now: datetime) -> None:
    """What a meeting leaves: minutes, a decision, an action and a measurement."""
    from roi.models import Action, Decision, Measurement, Member, Review
    from roi.queries.minutes import minutes_of

    cast = made.cast
    Member.objects.get_or_create(series=made.series, user=cast.owner)
    when = {"starts_at": now - timedelta(days=7), "freeze_at": now - timedelta(days=9)}
    made.closed = Review(series=made.series, number=900, minutes=30, chair=cast.lead, **when)
    made.closed.save()
    made.closed.state, made.closed.closed_at = "closed", now
    made.closed.minutes_content = minutes_of(made.closed)
    made.closed.save()
    made.decision = Decision.objects.create(
        candidate=made.candidate, verdict="reject", reason="Secret reason", assessment=made.assessment, by=cast.lead,
        at=now,
    )  # fmt: skip
    said = {"created_by": cast.lead, "created_at": now, "due_on": now.date()}
    made.action = Action.objects.create(review=made.closed, text="Secret action", owner=cast.owner, **said)
    made.measurement = Measurement.objects.create(
        candidate=made.candidate, quantity="minutes", what="Secret timing", person=cast.owner, **said
    )


def ask(client: Client, name: str, row: Row, world: SimpleNamespace) -> Any:
    _, method, wanted = row
    address = reverse(name, args=[part(world, one) for one in wanted])
    if method == "get":
        return client.get(address)
    kind = "application/json" if "/api/" in address else MULTIPART
    return getattr(client, method)(address, {}, content_type=kind)


MULTIPART = "multipart/form-data; boundary=BoUnDaRyStRiNg"


def part(world: Any, path: str) -> Any:
    if path.startswith("'"):
        return path[1:]
    for step in path.split("."):
        world = getattr(world, step)
    return world


def test_every_address_is_in_a_table() -> None:
    known = set(TABLE) | set(DOORS) | set(MACHINES)
    found = {name for name in names() if not name.startswith("admin:")}
    assert found - known == set(), "name these in the table: who may see them?"
    assert known - found == set(), "these are gone"


def test_nobody_walks_in(world: SimpleNamespace, client: Client) -> None:
    let_in = {}
    for name, row in TABLE.items():
        answer = ask(client, name, row, world)
        to_the_door = answer.status_code == 302 and "/accounts/login/" in answer["Location"]
        if not to_the_door and answer.status_code not in (401, 403):
            let_in[name] = answer.status_code
    assert let_in == {}


def test_an_open_door_says_nothing_of_the_company(world: SimpleNamespace) -> None:
    for name, row in DOORS.items():
        answer = ask(Client(), name, row, world)
        assert answer.status_code < 500 or name == "readyz", name
        assert not tells(answer), name


def test_a_machine_needs_its_key(world: SimpleNamespace) -> None:
    for header in (None, "Bearer pbk_wrong", "Bearer pbt_wrong", "Basic eDp5"):
        client = Client(headers={"Authorization": header} if header else None)
        for name, row in MACHINES.items():
            # A webhook's own address is no secret, but one of another kind is not there.
            assert ask(client, name, row, world).status_code in (401, 403, 404), (name, header)


def tells(answer: Any) -> list[str]:
    """The words in this answer that belong to others."""
    text = b"".join(answer) if answer.streaming else answer.content
    return [secret for secret in SECRETS if secret.encode() in text]


EXPECTED = {OBJECT: {404}, FORBIDDEN: {403}, LIST: {200}, OWN: {200, 302, 400, 403, 422}}


def test_a_stranger_finds_nothing(world: SimpleNamespace) -> None:
    stranger, found = world.cast.client(world.cast.stranger), {}
    for name, row in TABLE.items():
        answer = ask(stranger, name, row, world)
        if answer.status_code not in EXPECTED[row[0]] or tells(answer):
            found[name] = (row[0], answer.status_code, tells(answer))
    assert found == {}


def test_the_admin_of_django_is_closed_to_everybody_but_staff(world: SimpleNamespace, client: Client) -> None:
    for visitor in (client, world.cast.client(world.cast.stranger), world.cast.client(world.cast.lead)):
        answer = visitor.get("/admin/")
        assert answer.status_code in (302, 403) and "login" in answer.get("Location", "login")


def test_the_same_pages_are_there_for_their_owner(world: SimpleNamespace) -> None:
    """The table would prove nothing if the addresses were wrong."""
    owner, missing = world.cast.client(world.cast.owner), []
    for name, row in TABLE.items():
        if row[:2] == (OBJECT, "get") and ask(owner, name, row, world).status_code == 404:
            missing.append(name)
    assert missing == []
