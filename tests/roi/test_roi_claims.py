"""Freed hours become cash only by a claim that finance signs: every rule and every refusal."""

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from aiops.errors import DomainError
from aiops.models import AuditEvent
from integrations.models import Delivery
from roi import operations
from roi.models import Claim
from tests.factories import make_workload


@pytest.fixture
def workload(cast: Any) -> Any:
    return make_workload(cast, stage="live", go_live=date(2026, 6, 1))


@pytest.fixture
def filed(cast: Any, now: Any, workload: Any) -> Any:
    def make(**fields: Any) -> Claim:
        said = {"kind": "hours", "amount_month": D("5000"), "hours_month": D("120"), "act": "Contractor ended"}
        said |= {"valid_from": date(2026, 9, 1), "by": cast.owner} | fields
        return operations.file_claim(workload=workload, at=now, **said)

    return make


def test_an_owner_files_and_finance_signs_a_part(cast: Any, now: Any, filed: Any) -> None:
    claim = operations.sign_claim(claim=filed(), amount_month=D("4000"), by=cast.finance, at=now)
    assert (claim.state, claim.amount_month, claim.signed_by) == ("signed", D("4000"), cast.finance)
    assert AuditEvent.objects.of(claim).filter(action="claim.signed").exists()
    assert Delivery.objects.filter(dedup_key=f"claim-{claim.pk}-signed-{cast.owner.pk}").exists()


@pytest.mark.parametrize("who", ["owner", "lead", "it", "auditor", "reviewer"])
def test_only_finance_signs(who: str, cast: Any, now: Any, filed: Any) -> None:
    with pytest.raises(PermissionDenied):
        operations.sign_claim(claim=filed(), by=getattr(cast, who), at=now)


def test_nobody_signs_an_own_claim(cast: Any, now: Any, workload: Any, filed: Any) -> None:
    workload.deputy = cast.finance
    workload.save()
    with pytest.raises(DomainError, match="somebody else"):
        operations.sign_claim(claim=filed(by=cast.finance), by=cast.finance, at=now)


def test_more_than_was_claimed_is_never_signed(cast: Any, now: Any, filed: Any) -> None:
    with pytest.raises(DomainError, match="up to 5000"):
        operations.sign_claim(claim=filed(), amount_month=D("5001"), by=cast.finance, at=now)


def test_signing_twice_is_refused(cast: Any, now: Any, filed: Any) -> None:
    claim = operations.sign_claim(claim=filed(), by=cast.finance, at=now)
    with pytest.raises(DomainError, match="already"):
        operations.sign_claim(claim=claim, by=cast.second_finance, at=now)


def test_a_post_is_claimed_once(filed: Any) -> None:
    filed(post="AP-7")
    with pytest.raises(DomainError, match="AP-7"):
        filed(post="AP-7")


def test_a_post_is_free_again_once_the_claim_was_sent_back(cast: Any, now: Any, filed: Any) -> None:
    operations.send_back_claim(claim=filed(post="AP-7"), reason="Which contract?", by=cast.finance, at=now)
    assert filed(post="AP-7").state == "claimed"


def test_sending_back_needs_a_reason(cast: Any, now: Any, filed: Any) -> None:
    with pytest.raises(DomainError, match="missing"):
        operations.send_back_claim(claim=filed(), reason=" ", by=cast.finance, at=now)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"amount_month": D("0")}, "above zero"),
        ({"act": "  "}, "act"),
        ({"hours_month": None}, "hours"),
        ({"valid_to": date(2026, 9, 1)}, "after"),
    ],
)
def test_what_is_missing_is_named(fields: dict[str, Any], word: str, filed: Any) -> None:
    with pytest.raises(DomainError, match=word):
        filed(**fields)


def test_a_stranger_cannot_claim(cast: Any, filed: Any) -> None:
    with pytest.raises(PermissionDenied):
        filed(by=cast.stranger)


def test_a_workload_that_is_not_running_frees_nothing(workload: Any, filed: Any) -> None:
    workload.stage = "building"
    workload.save()
    with pytest.raises(DomainError, match="pilot or live"):
        filed()


def test_an_ended_claim_counts_until_its_day(cast: Any, now: Any, filed: Any) -> None:
    claim = operations.sign_claim(claim=filed(), by=cast.finance, at=now)
    ended = operations.end_claim(claim=claim, on=date(2026, 11, 1), by=cast.owner, at=now)
    assert (ended.state, ended.valid_to) == ("ended", date(2026, 11, 1))


def test_the_database_keeps_a_signature_whole(filed: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.filter(pk=filed().pk).update(state="signed")


def test_pages_of_a_claim(cast: Any, filed: Any) -> None:
    claim = filed()
    url = f"/claims/{claim.pk}/"
    assert cast.client(cast.stranger).get(url).status_code == 404
    assert cast.client(cast.evaluator).get(url).status_code == 404
    assert "Sign" not in cast.client(cast.owner).get(url).content.decode().split("Answer")[1].split("</section>")[0]
    assert cast.client(cast.finance).post(url, {"answer": "sign", "amount_month": "9999"}).status_code == 422
    assert cast.client(cast.finance).post(url, {"answer": "sign", "amount_month": "5000"}).status_code == 302
    claim.refresh_from_db()
    assert claim.state == "signed"
    assert cast.client(cast.second_finance).post(url, {"answer": "sign", "amount_month": "1"}).status_code == 422


def test_an_answer_that_does_not_exist_is_refused(cast: Any, filed: Any) -> None:
    assert cast.client(cast.finance).post(f"/claims/{filed().pk}/", {"answer": "burn"}).status_code == 422


def test_the_api_ends_in_the_same_operations(cast: Any, workload: Any) -> None:
    body = {"workload": workload.number, "kind": "hours", "amount_month": "100.00", "hours_month": "3.0"}
    body |= {"valid_from": "2026-09-01", "act": "Post not refilled"}
    owner, finance = cast.client(cast.owner), cast.client(cast.finance)
    made = owner.post("/api/v1/claims/", body, content_type="application/json")
    assert made.status_code == 201, made.content
    url = f"/api/v1/claims/{made.json()['id']}/"
    assert owner.post(f"{url}sign/", {}, content_type="application/json").status_code == 403
    assert cast.client(cast.stranger).post(f"{url}sign/", {}, content_type="application/json").status_code == 404
    assert finance.post(f"{url}send_back/", {}, content_type="application/json").status_code == 400
    assert finance.post(f"{url}sign/", {}, content_type="application/json").json()["state"] == "signed"
    assert finance.post(f"{url}sign/", {}, content_type="application/json").status_code == 409


