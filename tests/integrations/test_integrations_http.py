"""The one vetted client against a real server on this machine."""

import logging
import socket
import ssl
import time

import pytest

from integrations.connectors.base import ConnectorError, calling
from integrations.http import LARGEST_ANSWER, Blocked, Client

LOCAL = ["127.0.0.1"]


def test_loopback_is_refused_until_it_is_allowed(peer) -> None:
    with pytest.raises(Blocked, match="not a public address"):
        Client().get(peer.url, headers={})
    assert peer.seen == []
    assert Client(allowed=LOCAL).get(peer.url, headers={}).status == 200


def test_a_name_that_turns_private_after_vetting_is_still_dialled_where_it_was_vetted(peer) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"]])
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    client = Client(allowed=[f"127.0.0.1:{peer.port}"], resolver=rebinding)
    assert client.post(f"http://rebind.example:{peer.port}/x", json={}, headers={}).status == 200
    assert asked == ["rebind.example"], "resolved once"
    assert peer.seen[0].headers["host"] == f"rebind.example:{peer.port}", "the name is kept for the server"
    with pytest.raises(Blocked):
        client.get(f"http://rebind.example:{peer.port}/x", headers={})


def test_the_pinned_address_is_all_that_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    dialled = []

    def refuse(address, *args, **kwargs):
        dialled.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    client = Client(resolver=lambda host, port: ["93.184.215.14"])
    with pytest.raises(ConnectorError, match="refused"):
        calling(lambda: client.get("https://service.example/v1", headers={}))
    assert {address[0] for address in dialled} == {"93.184.215.14"}


def test_sni_carries_the_name_and_not_the_pinned_address(monkeypatch: pytest.MonkeyPatch) -> None:
    names = []
    plain = ssl.SSLContext.wrap_socket

    def wrap(self, sock, *args, server_hostname=None, **kwargs):
        names.append(server_hostname)
        return plain(self, sock, *args, server_hostname=server_hostname, **kwargs)

    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", wrap)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        client = Client(allowed=LOCAL, timeout=0.5, resolver=lambda host, port: ["127.0.0.1"])
        with pytest.raises(ConnectorError):
            calling(lambda: client.get(f"https://service.example:{port}/", headers={}))
    assert names == ["service.example"]


def test_a_redirect_is_not_followed(peer) -> None:
    peer.status, peer.headers = 302, {"Location": "http://169.254.169.254/latest/meta-data/"}
    with pytest.raises(ConnectorError, match="redirect") as refused:
        calling(lambda: Client(allowed=LOCAL).get(peer.url, headers={}))
    assert refused.value.permanent and len(peer.seen) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://127.1/",
        "http://[::1]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://localhost/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "http://user:pass@example.com/",
        "http://host:99999/",
        "http://[::1",
        "http:///x",
        "",
    ],
)
def test_addresses_that_are_refused_before_a_socket_opens(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("dialled"))
    with pytest.raises(ConnectorError) as refused:
        calling(lambda: Client().get(url, headers={}))
    assert refused.value.permanent and refused.value.fix


def test_an_endless_answer_is_given_up(peer) -> None:
    peer.body = b"x" * (LARGEST_ANSWER + 1)
    with pytest.raises(ConnectorError, match="larger than 4 MB"):
        calling(lambda: Client(allowed=LOCAL).get(peer.url, headers={}))


def test_an_answer_that_trickles_is_given_up_in_time() -> None:
    import threading

    listening = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        talk, _ = listening.accept()
        talk.recv(1000)
        talk.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            for _ in range(50):
                talk.sendall(b"x")
                time.sleep(0.1)
        except OSError:
            pass

    threading.Thread(target=drip, daemon=True).start()
    start = time.monotonic()
    with pytest.raises(ConnectorError, match="in time"):
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        calling(lambda: Client(allowed=LOCAL, timeout=0.5).get(url, headers={}))
    assert time.monotonic() - start < 2
    listening.close()


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(400, True), (401, True), (404, True), (408, False), (429, False), (500, False), (503, False)],
)
def test_which_answers_may_be_tried_again(peer, status: int, permanent: bool) -> None:
    peer.status = status
    with pytest.raises(ConnectorError) as refused:
        calling(lambda: Client(allowed=LOCAL).get(peer.url, headers={}))
    assert (refused.value.permanent, refused.value.status) == (permanent, status)
    assert refused.value.fix


def test_the_proxy_of_the_environment_is_not_asked(peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert Client(allowed=LOCAL).get(peer.url, headers={}).status == 200


def test_addresses_and_headers_do_not_reach_the_log(peer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    Client(allowed=LOCAL).post(
        f"{peer.url}/services/canary-path", json={}, headers={"authorization": "Bearer canary-key"}
    )
    assert "canary" not in caplog.text
