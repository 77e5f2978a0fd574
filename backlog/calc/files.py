"""What a file is by its first bytes, what it may be called, and a photo without the place where it was taken."""

import io
import re
import zipfile
from dataclasses import dataclass

# Shown where the browser can draw it; everything else is only downloaded.
PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")
ALLOWED = "PNG, JPEG, WebP, GIF or HEIC pictures, PDF, TXT, CSV, XLSX, DOCX and EML"
ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/heic": "heic",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}
TEXTS = {"txt": "text/plain", "csv": "text/csv", "eml": "message/rfc822"}
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
OFFICE = {"xl/workbook.xml": "xlsx", "word/document.xml": "docx"}
MOST_UNPACKED, MOST_PARTS = 200 * 1024 * 1024, 20_000
MARKUP = re.compile(rb"<\s*(!doctype|html|svg|script|\?xml|head|body|iframe|math)", re.IGNORECASE)
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*:[ \t]?")


class Refused(ValueError):
    """Why a file is not taken, in a sentence for whoever sent it."""


@dataclass(frozen=True)
class Known:
    """A content type that is allowed, and the ending that goes with it."""

    content_type: str
    ending: str


def known(data: bytes, name: str) -> Known:
    """The kind of file that `data` is; its name decides only between kinds of plain text. Raises Refused."""
    if not data:
        raise Refused("The file is empty.")
    found = _by_magic(data) or (_office(data) if data[:4] == b"PK\x03\x04" else "")
    if found:
        return Known(found, ENDINGS[found])
    return _text(data, name)


def _by_magic(data: bytes) -> str:
    starts = {
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"\xff\xd8\xff": "image/jpeg",
        b"GIF87a": "image/gif",
        b"GIF89a": "image/gif",
        b"%PDF-": "application/pdf",
    }
    for start, content_type in starts.items():
        if data.startswith(start):
            return content_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "image/heic" if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS else ""


def _office(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Refused("The file is damaged: open it where it was made and save it again.") from error
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Refused("The file unpacks to far more than it is: it is not taken.")
    names = {part.filename for part in parts}
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Refused("The file holds macros: save it as XLSX or DOCX without them.")
    kinds = [ending for part, ending in OFFICE.items() if part in names and "[Content_Types].xml" in names]
    if len(kinds) != 1:
        raise Refused(f"An archive is not taken: send {ALLOWED}.")
    return next(content_type for content_type, ending in ENDINGS.items() if ending == kinds[0])


def _text(data: bytes, name: str) -> Known:
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if MARKUP.search(start[:1024]) and ending != "eml" or start[:1] == b"<":
        raise Refused("HTML, SVG and XML are not taken: they can run in a browser. Send a picture or a PDF.")
    if ending not in TEXTS or not _is_text(data):
        raise Refused(f"This kind of file is not taken: send {ALLOWED}.")
    if ending == "eml" and not HEADER.match(start[:200].decode("latin-1")):
        raise Refused("The file is called .eml, but it is not a mail.")
    return Known(TEXTS[ending], ending)


def _is_text(data: bytes) -> bool:
    """Text as people save it: UTF-8, UTF-16 with its mark, or an old code page; no bytes of programs."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            data = data.decode("utf-16").encode()
        except UnicodeDecodeError:
            return False
    return not re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", data)


def clean_name(name: str, ending: str) -> str:
    """The last part of a path, without what a file system or a header minds, with the ending that fits."""
    last = re.split(r"[\\/]", name)[-1]
    stem = last.rpartition(".")[0] or last
    stem = re.sub(r"[^\w .,()+&'-]", "_", stem, flags=re.UNICODE)
    stem = re.sub(r"\s+", " ", stem).strip(" .'")[:150]
    return f"{stem or 'file'}.{ending}"


def without_place(data: bytes) -> tuple[bytes, bool]:
    """A JPEG without its APP1 segments (place, camera, previews), which way is up kept; and whether any went.

    What is not a JPEG, or not built like one, comes back as it is.
    """
    kept, at, gone, turn = [data[:2]], 2, False, 1
    while data[:2] == b"\xff\xd8" and at + 4 <= len(data) and data[at] == 0xFF:
        kind, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if kind == 0xDA or size < 2 or at + 2 + size > len(data):
            break
        part = data[at : at + 2 + size]
        if kind == 0xE1:
            gone, turn = True, _orientation(part[4:]) or turn
        else:
            kept.append(part)
        at += 2 + size
    if not gone:
        return data, False
    return b"".join([kept[0], _turned(turn), *kept[1:], data[at:]]), True


def _orientation(part: bytes) -> int:
    """1 to 8 out of an Exif segment, 0 where it does not say."""
    if part[:6] != b"Exif\x00\x00" or part[6:8] not in (b"II", b"MM"):
        return 0
    tiff = part[6:]
    order = "little" if tiff[:2] == b"II" else "big"
    first = int.from_bytes(tiff[4:8], order)  # type: ignore[arg-type]
    count = int.from_bytes(tiff[first : first + 2], order)  # type: ignore[arg-type]
    for n in range(min(count, 200)):
        entry = tiff[first + 2 + 12 * n : first + 14 + 12 * n]
        if len(entry) == 12 and int.from_bytes(entry[:2], order) == 0x0112:  # type: ignore[arg-type]
            turn = int.from_bytes(entry[8:10], order)  # type: ignore[arg-type]
            return turn if 1 <= turn <= 8 else 0
    return 0


def _turned(turn: int) -> bytes:
    """The smallest Exif segment that says which way is up; nothing where the picture stands upright."""
    if turn == 1:
        return b""
    entry = b"\x01\x12\x00\x03\x00\x00\x00\x01" + turn.to_bytes(2, "big") + b"\x00\x00"
    body = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01" + entry + b"\x00\x00\x00\x00"
    return b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
