"""Names with an @, and addresses that become links."""

import pytest

from backlog.calc.plain_text import Person, mentions, pieces

ADA, ANN, SAM = (
    Person(1, "Ada Owner", "ada.owner@example.com"),
    Person(2, "Ann Assessor", "ann@example.com"),
    Person(3, "Ann Other", "ann.other@example.com"),
)
PEOPLE = [ADA, ANN, SAM]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("@Ada Owner, please", (1,)),
        ("please @ada owner.", (1,)),
        ("@ada.owner@example.com.", (1,)),
        ("(@Ada) and @Ann Other", (1, 3)),
        ("@Ada @Ada Owner", (1,)),
        ("ask ada.owner@example.com", ()),
        ("12 @ 3 each", ()),
    ],
)
def test_people_are_named_by_name_first_name_or_mail(text: str, ids: tuple[int, ...]) -> None:
    assert mentions(text, PEOPLE) == type(mentions("", []))(ids)


def test_names_that_fit_nobody_or_several_are_said() -> None:
    found = mentions("@Ann and @Adam and @nobody@example.com", PEOPLE)
    assert (found.ids, found.several) == ((), ("Ann",))
    assert found.unknown == ("Adam", "nobody@example.com")


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://example.com/a_(b).", ["https://example.com/a_(b)"]),
        ("(http://example.com/x), then", ["http://example.com/x"]),
        ("javascript:alert(1) data:text/html,x ftp://x file:///etc", []),
        ('https://e.com/"onmouseover=x <b>', ["https://e.com/"]),
        ("https://", []),
        ("HTTPS://E.com", ["HTTPS://E.com"]),
    ],
)
def test_only_web_addresses_become_links_and_no_word_is_lost(text: str, links: list[str]) -> None:
    found = pieces(text)
    assert [piece.href for piece in found if piece.href] == links
    assert "".join(piece.text for piece in found) == text
