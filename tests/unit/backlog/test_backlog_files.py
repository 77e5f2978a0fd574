"""A file is what its bytes say: the browser's word and the name are not asked."""

import io
import zipfile

import pytest

from aiops.spreadsheets import xlsx_bytes
from backlog.calc.files import Refused, clean_name, known, without_place

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name.replace("__", "/"), data)
    return out.getvalue()


def docx() -> bytes:
    return zipped(**{"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})


@pytest.mark.parametrize(
    ("data", "name", "ending"),
    [
        (PNG, "x.exe", "png"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 20, "scan.png", "jpg"),
        (b"GIF89a" + b"\x00" * 10, "a.gif", "gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a.webp", "webp"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "IMG_1.HEIC", "heic"),
        (b"%PDF-1.7\n", "contract.pdf", "pdf"),
        (xlsx_bytes("Counts", ["a"], [[1]]), "counts.xlsx", "xlsx"),
        (docx(), "letter.docx", "docx"),
        ("Größe: 3 µm\n".encode(), "notes.txt", "txt"),
        ("Größe\n".encode("cp1252"), "notes.txt", "txt"),
        ("a;b\r\n1;2\r\n".encode("utf-16"), "rows.csv", "csv"),
        (b"From: a@example.com\r\nSubject: x\r\n\r\n<html>hello</html>", "mail.eml", "eml"),
    ],
)
def test_what_is_allowed_is_known_by_its_bytes(data: bytes, name: str, ending: str) -> None:
    assert known(data, name).ending == ending


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.txt", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.png", "HTML, SVG"),
        (b"\xef\xbb\xbf  <!DOCTYPE html><script>", "a.txt", "HTML, SVG"),
        (b"hello <script>alert(1)</script>", "a.txt", "HTML, SVG"),
        (b"MZ\x90\x00", "a.txt", "not taken"),
        (b"plain words", "a.html", "not taken"),
        (b"plain words", "noending", "not taken"),
        (b"no header here", "a.eml", "not a mail"),
        (zipped(**{"a.txt": b"x"}), "a.xlsx", "archive"),
        (
            zipped(**{"[Content_Types].xml": b"", "xl/workbook.xml": b"", "xl/vbaProject.bin": b""}),
            "a.xlsx",
            "macros",
        ),
        (
            zipped(**{"[Content_Types].xml": b"", "word/document.xml": bytes(201 << 20)}),
            "bomb.docx",
            "unpacks",
        ),
        (docx()[:-30], "a.docx", "damaged"),
    ],
)
def test_everything_else_is_refused_with_the_reason(data: bytes, name: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        known(data, name)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd.txt"),
        ("C:\\Users\\ada\\count of May.txt", "count of May.txt"),
        ('a"\r\nX-Evil: 1.txt', "a___X-Evil_ 1.txt"),
        ("Zählung (Mai).txt", "Zählung (Mai).txt"),
        ("...", "file.txt"),
        ("x" * 400 + ".txt", "x" * 150 + ".txt"),
        ("photo.png.exe", "photo.png.txt"),
    ],
)
def test_names_are_cleaned(name: str, clean: str) -> None:
    assert clean_name(name, "txt") == clean


def segment(kind: int, body: bytes) -> bytes:
    return bytes([0xFF, kind]) + (len(body) + 2).to_bytes(2, "big") + body


def photo(*parts: bytes) -> bytes:
    return b"\xff\xd8" + b"".join(parts) + segment(0xDA, b"\x01") + b"picture\xff\xd9"


def exif(turn: int) -> bytes:
    entry = (
        (0x0112).to_bytes(2, "little")
        + b"\x03\x00\x01\x00\x00\x00"
        + turn.to_bytes(2, "little")
        + b"\x00\x00"
    )
    return segment(
        0xE1, b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00" + entry + b"\x00" * 4 + b"GPS 48.2 16.4"
    )


def test_the_place_of_a_photo_goes_and_which_way_is_up_stays() -> None:
    jfif, colours = segment(0xE0, b"JFIF\x00"), segment(0xE2, b"ICC_PROFILE")
    made, gone = without_place(photo(exif(6), jfif, segment(0xE1, b"http://ns.adobe.com/xap GPS"), colours))
    assert gone and b"GPS" not in made and jfif + colours in made and made.endswith(b"picture\xff\xd9")
    again, more = without_place(made)
    assert more and again == made, "the small segment that is left says only which way is up"
    upright, gone = without_place(photo(exif(1), jfif))
    assert gone and upright == photo(jfif)


@pytest.mark.parametrize(
    "data", [photo(), PNG, b"\xff\xd8\xff\xe1\x00", b"\xff\xd8\xff\xe1\xff\xffshort", b""]
)
def test_what_is_not_built_like_a_photo_stays_as_it_is(data: bytes) -> None:
    assert without_place(data) == (data, False)
