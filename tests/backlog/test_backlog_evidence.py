"""Links, notes and files that back the numbers: what is taken, what is refused, and how it comes out again."""

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from aiops.errors import DomainError
from aiops.models import AuditEvent
from backlog import operations
from backlog.models import EvidenceFile, Policy

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
JPEG = b"\xff\xd8\xff\xe1\x00\x08GPS 48\xff\xda\x00\x03\x01picture\xff\xd9"


@pytest.fixture
def said(cast, now, received):
    return {"candidate": received, "by": cast.owner, "at": now}


def add(said, data, name="scan.png", **more):
    return operations.add_file(title="", name=name, content_type="text/html", data=data, **said | more)


def test_a_link_a_note_and_a_file_are_kept_and_told(cast, now, received, said):
    link = operations.add_link(title="", url=" https://wiki.example.com/ap ", **said)
    note = operations.add_note(title="", text="Counted by hand\nin May", **said)
    made = add(said, PNG, "../scan of\tMay.exe")
    assert (link.title, note.title) == ("wiki.example.com", "Counted by hand")
    assert (made.file_name, made.content_type, made.size) == ("scan of_May.png", "image/png", 28)
    assert bytes(made.file.data) == PNG and "still in the file" in made.text
    assert add(said, PNG) == made, "the same bytes are the same file"
    assert AuditEvent.objects.of(received).filter(action="candidate.evidence_added").count() == 3


def test_a_photo_is_kept_without_its_place_and_says_so(said):
    made = add(said, JPEG, "IMG_1.jpg")
    assert b"GPS" not in bytes(made.file.data) and made.text.startswith("Where and with what")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://example.com/x",
        "wiki",
        "https://u:p@example.com/",
        "https://e.com/" + "x" * 600,
    ],
)
def test_only_whole_web_addresses_are_links(said, url):
    with pytest.raises(DomainError) as caught:
        operations.add_link(title="x", url=url, **said)
    assert caught.value.field == "url"


def test_what_is_refused(cast, said):
    for data, words in (
        (b"<svg/>", "HTML, SVG"),
        (b"", "empty"),
        (PNG + bytes(10 << 20), "10.0 MB; at most 10 MB"),
    ):
        with pytest.raises(DomainError, match=words) as caught:
            add(said, data)
        assert caught.value.field == "file"
    Policy.objects.update(largest_file_mb=11)
    assert add(said, PNG + bytes(10 << 20)).size > 10 << 20
    with pytest.raises(DomainError, match="Write something"):
        operations.add_note(title="x", text=" ", **said)
    for person in (cast.stranger, cast.auditor):
        with pytest.raises(PermissionDenied):
            add(said, PNG, by=person)


def test_a_removed_file_leaves_its_bytes_and_the_history_says_so(cast, now, received, said):
    made = add(said, PNG, by=cast.finance)
    with pytest.raises(PermissionDenied):
        operations.remove_evidence(evidence=made, by=cast.reviewer, at=now)
    assert operations.remove_evidence(evidence=made, by=cast.owner, at=now).removed_at == now
    assert not EvidenceFile.objects.exists()
    assert (
        AuditEvent.objects.of(received).get(action="candidate.evidence_removed").changes["title"]
        == "scan.png"
    )
    with pytest.raises(DomainError, match="removed already"):
        operations.remove_evidence(evidence=made, by=cast.owner, at=now)
    assert add(said, PNG) != made


def test_files_come_in_by_the_page_and_out_as_attachments_of_their_own_type(cast, received):
    page, owner = f"/candidates/{received.number}/", cast.client(cast.owner)
    sent = SimpleUploadedFile("scan\u00e9.png", PNG, content_type="text/html")
    assert owner.post(f"{page}evidence/", {"evidence-file": sent}).status_code == 302
    row = received.evidences.get()
    answer = owner.get(f"{page}evidence/{row.pk}/")
    assert answer.content == PNG and answer["Content-Type"] == "image/png"
    assert (
        answer["Content-Disposition"].startswith("attachment")
        and answer["X-Content-Type-Options"] == "nosniff"
    )
    assert "sandbox" in answer["Content-Security-Policy"]
    assert cast.client(cast.stranger).get(f"{page}evidence/{row.pk}/").status_code == 404
    svg = SimpleUploadedFile("x.png", b"<svg onload=alert(1)/>", content_type="image/png")
    for files, words in (
        ({"evidence-file": svg}, "HTML, SVG"),
        ({}, "Choose a file"),
        ({"evidence-url": "x"}, "http"),
    ):
        refused = owner.post(f"{page}evidence/", files)
        assert refused.status_code == 422 and words in refused.content.decode()
    assert owner.post(f"{page}evidence/{row.pk}/remove/").status_code == 302
    assert owner.get(f"{page}evidence/{row.pk}/").status_code == 404
