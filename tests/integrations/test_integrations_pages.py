"""Pages and API of connections as stories: anonymous, wrong role, IT, and a secret that nobody sees again."""

import logging
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from aiops.models import AuditEvent
from integrations import operations
from integrations.messages import Mail, Notice
from integrations.models import Connection, Delivery

CANARY = "canary-51c0ffee"
OTHERS = ("owner", "stranger", "assessor", "lead", "reviewer", "finance", "evaluator", "auditor", "executive")
KINDS = ("model_endpoint", "alertmanager", "webhook", "slack", "smtp")


@pytest.fixture
def hook(make_connection, peer):
    return make_connection("webhook", url=f"{peer.url}/{CANARY}?sig={CANARY}", secret=CANARY)


@pytest.fixture
def row(hook, now):
    notice = Notice("incident.opened", "I-7 is open", "Something", "https://p.example/", "bad")
    return operations.queue_notice(notice=notice, dedup_key="k", at=now)[0]


def doors(hook, row) -> list[tuple[str, str]]:
    """Every address of this app, with its method."""
    one, message = [hook.pk], [row.pk]
    return [
        ("get", reverse("integrations:connections")),
        *(("get", reverse("integrations:new_connection", args=[kind])) for kind in KINDS),
        ("get", reverse("integrations:connection", args=one)),
        ("get", reverse("integrations:edit_connection", args=one)),
        ("post", reverse("integrations:test_connection", args=one)),
        ("post", reverse("integrations:switch_connection", args=one)),
        ("post", reverse("integrations:rotate_secret", args=one)),
        ("post", reverse("integrations:remove_connection", args=one)),
        ("get", reverse("integrations:deliveries")),
        ("get", reverse("integrations:delivery", args=message)),
        ("post", reverse("integrations:replay", args=message)),
        ("get", reverse("integrations:api_connections")),
        ("post", reverse("integrations:api_test_connection", args=one)),
        ("get", reverse("integrations:api_deliveries")),
        ("post", reverse("integrations:api_replay", args=message)),
    ]


def test_anonymous_gets_nowhere(hook, row) -> None:
    for method, url in doors(hook, row):
        answer = getattr(Client(), method)(url)
        assert answer.status_code in ((401, 403) if "/api/" in url else (302,)), url


@pytest.mark.parametrize("who", OTHERS)
def test_everybody_but_it_is_refused(who, hook, row, cast) -> None:
    before = Delivery.objects.count()
    client = cast.client(getattr(cast, who))
    assert {getattr(client, method)(url).status_code for method, url in doors(hook, row)} == {403}
    hook.refresh_from_db()
    assert hook.enabled and Delivery.objects.count() == before


def test_it_opens_every_page_and_no_page_holds_a_secret(
    hook, row, cast, peer, make_connection, caplog
) -> None:
    caplog.set_level(logging.DEBUG)
    peer.status = 500
    make_connection("slack", secret=f"{peer.url}/services/{CANARY}")
    make_connection("smtp", host="127.0.0.1", port=1, sender="a@b.example", username="u", secret=CANARY)
    client = cast.client(cast.it)
    texts = []
    for one in Connection.objects.all():
        for name in ("connection", "edit_connection"):
            texts.append(client.get(reverse(f"integrations:{name}", args=[one.pk])).content.decode())
        texts.append(client.post(reverse("integrations:test_connection", args=[one.pk])).content.decode())
        texts.append(client.post(reverse("integrations:api_test_connection", args=[one.pk])).content.decode())
    for method, url in doors(hook, row):
        if "/secret/" not in url and "/remove/" not in url:
            answer = getattr(client, method)(url, follow=True)
            assert answer.status_code in (200, 201, 409), url
            texts.append(answer.content.decode())
    assert CANARY not in "".join(texts) and CANARY not in caplog.text
    assert CANARY not in repr(list(AuditEvent.objects.values())) + repr(list(Delivery.objects.values()))
    assert hook.secret_fingerprint in "".join(texts), "what is shown instead"


def test_connecting_alertmanager_shows_its_receiver_and_secret_once(cast) -> None:
    client = cast.client(cast.it)
    shown = client.post(reverse("integrations:new_connection", args=["alertmanager"]), {"name": "Main"})
    one = Connection.objects.get()
    text = shown.content.decode()
    assert shown.status_code == 201 and "no-store" in shown["Cache-Control"]
    assert f"credentials: {one.secret}" in text and f"/hooks/alertmanager/{one.pk}/" in text
    later = client.get(reverse("integrations:connection", args=[one.pk])).content.decode()
    assert one.secret not in later and "THE-TOKEN" in later and "not used yet" in later
    renewed = client.post(reverse("integrations:rotate_secret", args=[one.pk]))
    before = one.secret
    one.refresh_from_db()
    assert one.secret != before and one.secret in renewed.content.decode()


def test_a_form_keeps_what_is_left_empty(hook, cast) -> None:
    client, before = cast.client(cast.it), (hook.url, hook.secret)
    url = reverse("integrations:edit_connection", args=[hook.pk])
    answer = client.post(url, {"name": "Renamed", "url": "", "secret": "", "allowed_hosts": "127.0.0.1"})
    assert answer.status_code == 302
    hook.refresh_from_db()
    assert (hook.name, hook.url, hook.secret) == ("Renamed", *before)


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        ("webhook", {"name": "X", "url": "ftp://x.example"}, "must start with https://"),
        (
            "webhook",
            {"name": "X", "url": "https://x.example", "allowed_hosts": "10.0.0.0/99"},
            "neither a host name",
        ),
        ("slack", {"name": "X"}, "required"),
        ("smtp", {"name": "X", "host": "h", "sender": "nobody"}, "valid email"),
        ("model_endpoint", {}, "required"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(kind, given, words, cast) -> None:
    answer = cast.client(cast.it).post(reverse("integrations:new_connection", args=[kind]), given)
    assert answer.status_code == 422 and words in answer.content.decode() and not Connection.objects.exists()


def test_an_unknown_kind_and_a_foreign_row_are_404(cast) -> None:
    client = cast.client(cast.it)
    assert client.get(reverse("integrations:new_connection", args=["fax"])).status_code == 404
    for name in ("connection", "delivery"):
        assert client.get(reverse(f"integrations:{name}", args=[999])).status_code == 404


def test_the_staged_test_is_a_part_for_htmx_and_a_page_without(hook, cast, peer) -> None:
    client, url = cast.client(cast.it), reverse("integrations:test_connection", args=[hook.pk])
    part = client.post(url, headers={"HX-Request": "true"}).content.decode()
    page = client.post(url).content.decode()
    assert "<html" not in part and "Network" in part and "passed" in part
    assert "<html" in page and "Network" in page
    peer.status = 403
    assert "failed" in client.post(url, headers={"HX-Request": "true"}).content.decode()
    shown = client.get(reverse("integrations:connection", args=[hook.pk])).content.decode()
    assert "widen its rights" in shown and "failing" in shown


def test_reading_a_message_is_audited(row, cast) -> None:
    client = cast.client(cast.it)
    client.get(reverse("integrations:deliveries"))
    assert not AuditEvent.objects.filter(action="delivery.read").exists()
    assert "I-7 is open" in client.get(reverse("integrations:delivery", args=[row.pk])).content.decode()
    event = AuditEvent.objects.get(action="delivery.read")
    assert (event.actor_id, event.object_id) == (cast.it.pk, str(row.pk)) and "I-7 is open" not in repr(
        event.changes
    )


def test_a_message_is_replayed_from_its_page(row, cast, now) -> None:
    client, url = cast.client(cast.it), reverse("integrations:replay", args=[row.pk])
    under_way = client.post(url, follow=True)
    assert "under way" in under_way.content.decode() and Delivery.objects.count() == 1
    operations.deliver(delivery_id=row.pk, at=now)
    answer = client.post(url)
    again = Delivery.objects.get(replay_of=row)
    assert answer["Location"] == reverse("integrations:delivery", args=[again.pk])


def test_the_list_filters_for_page_and_api_alike(row, hook, cast, now) -> None:
    operations.queue_mail(mail=Mail(("a@b.example",), "s", "t"), dedup_key="m", at=now)
    client = cast.client(cast.it)
    for query, count in (("", 2), (f"?connection={hook.pk}", 1), ("?kind=mail", 1), ("?state=sent", 0)):
        page = client.get(reverse("integrations:deliveries") + query)
        found = client.get(reverse("integrations:api_deliveries") + query).json()
        assert len(page.context["page"].object_list) == found["count"] == count, query
    assert client.get(reverse("integrations:deliveries") + "?connection=x").status_code == 422


def test_switching_off_and_removing(hook, cast) -> None:
    client = cast.client(cast.it)
    client.post(reverse("integrations:switch_connection", args=[hook.pk]), {"enabled": "no"})
    assert "Switched off" in client.get(reverse("integrations:connections")).content.decode()
    url = reverse("integrations:remove_connection", args=[hook.pk])
    assert client.post(url, {"typed": "wrong"}).status_code == 422
    assert client.post(url, {"typed": hook.name}).status_code == 302
    assert not Connection.objects.exists()


def test_lists_ask_a_fixed_number_of_queries(
    make_connection, cast, now, django_assert_max_num_queries
) -> None:
    client = cast.client(cast.it)

    def fill(start: int) -> None:
        for i in range(start, start + 5):
            one = make_connection("webhook", f"Hook {i}", url="https://hooks.example/x")
            Delivery.objects.create(
                connection=one, direction="out", kind="notice", state="sent", created_at=timezone.now()
            )

    fill(0)
    for page in ("connections", "deliveries"):
        client.get(reverse(f"integrations:{page}"))
        with django_assert_max_num_queries(12):
            client.get(reverse(f"integrations:{page}"))
    fill(5)
    for page in ("connections", "deliveries"):
        with django_assert_max_num_queries(12):
            client.get(reverse(f"integrations:{page}"))


def test_the_empty_pages_say_what_to_do(cast: SimpleNamespace) -> None:
    client = cast.client(cast.it)
    assert "Nothing is connected yet" in client.get(reverse("integrations:connections")).content.decode()
    assert "No message fits" in client.get(reverse("integrations:deliveries")).content.decode()
