"""What a class is asked beside the short form: kept by the lead in versions, answered by kind, asked at submit."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from aiops.errors import DomainError
from backlog import operations as do
from backlog import queries
from backlog.calc import asked
from backlog.models import Candidate, FormVersion
from tests.backlog.conftest import ANSWERS

TYPED = ANSWERS | {"client_token": "t1", "people": "", "share": "", "klass": "business_ai"}
URGENT = {"label": "How urgent is it?", "kind": "choice", "choices": ["now", "this year"], "required": True}
LAW = {"label": "Does a law ask for it?", "kind": "yes_no", "help": "Audit, tax, safety."}
SINCE = {"label": "Since when?", "kind": "date"}


def url(name, *args):
    return reverse(f"backlog:{name}", args=args)


def page_of(answer):
    return answer.content.decode()


def save(cast, now, fields, klass="business_ai", **more):
    return do.save_form_version(
        klass=klass, fields=fields, help=more.pop("help", {}), note="", by=cast.lead, at=now
    )


def posted(*questions, **more):
    data = {"rows": str(len(questions)), "note": "first"} | more
    for i, question in enumerate(questions):
        data |= {
            f"q{i}-{name}": value for name, value in {"kind": "text", "label": "", "choices": ""}.items()
        }
        data |= {f"q{i}-{name}": value for name, value in question.items()}
    return data


def test_the_lead_makes_a_form_on_its_page_and_every_change_is_a_version(cast):
    lead, path = cast.client(cast.lead), url("form_of_class", "business_ai")
    assert "The short form only" in page_of(lead.get(path))
    urgent = {
        "label": "How urgent?",
        "kind": "choice",
        "choices": "now\nlater",
        "required": "on",
        "place": "2",
    }
    law = {"label": "Does a law ask for it?", "kind": "yes_no", "place": "1"}
    said = posted(urgent, law, {}, **{"help-count": "From the system, if you can."})
    assert lead.post(path, said).status_code == 302
    made = FormVersion.objects.get()
    assert [field["name"] for field in made.fields] == ["does_a_law_ask_for_it", "how_urgent"]
    assert made.fields[1]["choices"] == ["now", "later"] and made.help == {
        "count": "From the system, if you can."
    }
    lead.post(path, said)
    assert FormVersion.objects.count() == 1
    lead.post(path, posted(law))
    assert [row.version for row in queries.form_versions("business_ai")] == [2, 1]
    assert "How urgent?" in page_of(lead.get(url("form_version", "business_ai", 1)))
    assert "How urgent?" not in page_of(lead.get(url("form_of_class", "business_ai")))
    page = page_of(cast.client(cast.owner).get(url("file")))
    assert "Does a law ask for it?" in page and "How urgent?" not in page
    assert lead.get(url("form_of_class", "magic")).status_code == 404
    assert lead.get(url("form_version", "business_ai", 9)).status_code == 404


def test_what_is_wrong_with_a_form_is_said_at_its_question(cast):
    lead, path = cast.client(cast.lead), url("form_of_class", "business_ai")
    for wrong, words in (
        ({"label": "One?", "kind": "choice", "choices": "only"}, "2 to 30 different choices"),
        ({"label": "???"}, "needs letters"),
        ({"label": "Title"}, "is asked already"),
        ({"label": "x", "kind": "magic"}, "not one of the available choices"),
    ):
        answer = lead.post(path, posted({"label": "Fine?"}, wrong))
        assert answer.status_code == 422 and words in page_of(answer)
    assert not FormVersion.objects.exists()
    assert cast.client(cast.owner).post(path, posted({"label": "Fine?"})).status_code == 403


def test_operations_refuse_what_the_page_would(cast, now):
    for call in (
        {"klass": "magic", "fields": []},
        {"klass": "business_ai", "fields": [URGENT, URGENT]},
        {"klass": "business_ai", "fields": [{"label": f"Number {chr(97 + n)}"} for n in range(21)]},
        {"klass": "business_ai", "fields": [], "help": {"magic": "x"}},
        {"klass": "business_ai", "fields": [], "help": {"title": "x" * 301}},
    ):
        with pytest.raises(DomainError):
            save(cast, now, call["fields"], call["klass"], help=call.get("help", {}))
    with pytest.raises(PermissionDenied):
        do.save_form_version(klass="business_ai", fields=[], help={}, note="", by=cast.owner, at=now)


def test_a_required_question_is_asked_at_submit_and_answers_are_kept(cast, now):
    version = save(cast, now, [URGENT, LAW, SINCE])
    client = cast.client(cast.owner)
    kept = client.post(url("file"), TYPED | {"then": "save"})
    made = Candidate.objects.get()
    assert kept.status_code == 302 and made.answers == {} and made.form_version == version
    refused = client.post(url("edit", made.number), TYPED | {"then": "submit"})
    assert refused.status_code == 422 and "How urgent is it?» is asked" in page_of(refused)
    answers = {
        "extra_how_urgent_is_it": "now",
        "extra_does_a_law_ask_for_it": "no",
        "extra_since_when": "2026-01-31",
    }
    wrong = client.post(
        url("edit", made.number), TYPED | answers | {"extra_since_when": "soon", "then": "submit"}
    )
    assert wrong.status_code == 422
    client.post(url("edit", made.number), TYPED | answers | {"then": "submit"})
    made.refresh_from_db()
    assert made.state == "received"
    assert made.answers == {
        "how_urgent_is_it": "now",
        "does_a_law_ask_for_it": False,
        "since_when": "2026-01-31",
    }
    page = page_of(client.get(url("edit", made.number)))
    assert 'value="no" selected' in page and 'value="2026-01-31"' in page


def test_what_is_filed_keeps_its_version_a_draft_gets_the_latest(cast, now, received):
    assert received.form_version is None
    draft = do.save_draft(by=cast.owner, at=now, **(ANSWERS | {"title": "Water the plants"}))
    first = save(cast, now, [LAW])
    assert queries.form_of(received, "business_ai") is None and queries.form_of(draft, "business_ai") == first
    assert queries.form_of(received, "ai_for_ops") is None
    do.submit(candidate=draft, by=cast.owner, at=now)
    second = save(cast, now, [LAW, URGENT])
    draft.refresh_from_db()
    assert queries.form_of(draft, "business_ai") == first and queries.form_now("business_ai") == second
    client = cast.client(cast.owner)
    part = page_of(client.get(url("extra_fields"), {"klass": "business_ai", "candidate": draft.number}))
    assert "Does a law" in part and "How urgent" not in part
    assert "How urgent" in page_of(client.get(url("extra_fields"), {"klass": "business_ai"}))
    assert client.get(url("extra_fields"), {"klass": "x", "candidate": "y"}).content.strip() == b""


def test_what_came_in_another_way_is_asked_too(cast, now, draft):
    save(cast, now, [URGENT])
    with pytest.raises(DomainError, match="How urgent"):
        do.submit(candidate=draft, by=cast.owner, at=now)
    draft.refresh_from_db()
    assert draft.state == "draft"
    do.submit(candidate=draft, by=cast.system, at=now)


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("text", " x ", "x"),
        ("text", "x" * 201, None),
        ("long_text", "x" * 201, "x" * 201),
        ("number", "0.5", "0.5"),
        ("number", "nan", None),
        ("number", "many", None),
        ("yes_no", True, True),
        ("yes_no", "no", False),
        ("yes_no", "perhaps", None),
        ("choice", "a", "a"),
        ("choice", "c", None),
        ("date", "2026-02-28", "2026-02-28"),
        ("date", "2026-02-30", None),
    ],
)
def test_answers_fit_their_kind(kind, value, kept):
    field = {"name": "q", "label": "Q", "kind": kind, "choices": ["a", "b"]}
    found, wrong = asked.clean([field], {"q": value, "other": 1})
    assert found == ({} if kept is None else {"q": kept}) and ("q" in wrong) == (kept is None)


def test_the_api_answers_the_form_of_its_class_too(cast, now):
    save(cast, now, [URGENT])
    client, about = (
        cast.client(cast.owner),
        {"title": "Sort post", "count": "40", "minutes": "3", "submit": True},
    )
    send = {"path": "/api/v1/candidates/", "content_type": "application/json"}
    refused = client.post(data=about, **send)
    assert refused.status_code == 409 and URGENT["label"] in refused.content.decode()
    assert client.post(data=about | {"answers": {"how_urgent_is_it": [1]}}, **send).status_code == 400
    made = client.post(data=about | {"answers": {"how_urgent_is_it": "now"}}, **send)
    assert made.status_code == 201 and made.json()["answers"] == {"how_urgent_is_it": "now"}
