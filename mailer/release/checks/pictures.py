"""Pictures: whether those who cannot see them, and those who print them, find what they need.

Owns description, caption, credit and kind, as far as the release tells them. What the files themselves tell is
`metadata`'s and `runs.checking`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from mailer.errors import Problem, Severity
from mailer.release.checks.case import Case, tell
from mailer.release.values import Image

_FILE_NAME = re.compile(
    r"[\w ()-]*(?:img|dsc|dscf|image|photo|pxl|bild|foto|screenshot|scan|picture)[\w ()-]*\d+[\w ()-]*|\S+\.\w{3,4}",
    re.IGNORECASE,
)
_CREDITED = re.compile(
    r"©|\(c\)|photo(?:graph)?\s*(?:by|:)|credit|foto\s*:|bild\s*:|crédit|cortesía|courtesy|撮影|提供", re.IGNORECASE
)
# nobody took it, and nobody prints it
_LOGO = re.compile(
    r"(?<![^\W_])(?:logos?|logotype|wordmark|banner|bandeau|letterhead|briefkopf|wappen|ロゴ)(?![^\W_])", re.IGNORECASE
)
# kinds that many mail programs do not show (standards H2; caniemail)
_KINDS = {
    "svg": "SVG is not shown by Gmail",
    "svgz": "SVG is not shown by Gmail",
    "webp": "WebP is not shown by Outlook on Windows",
    "heic": "HEIC is shown by hardly any mail program",
    "heif": "HEIF is shown by hardly any mail program",
    "avif": "AVIF is shown by few mail programs",
    "tif": "TIFF is shown by no mail program",
    "tiff": "TIFF is shown by no mail program",
    "bmp": "BMP is far too heavy",
    "psd": "a Photoshop file is shown by no mail program",
    "eps": "EPS is shown by no mail program",
    "ai": "an Illustrator file is shown by no mail program",
    "pdf": "a PDF is no picture",
}


def check_pictures(case: Case) -> Iterator[Problem]:
    """Check every picture that the release shows."""
    for image in case.release.all_pictures():
        if not image.src:
            words = image.caption or image.alt or image.credit
            if any(each.code == "unsure-caption" and words in each.message for each in case.release.problems):
                continue  # perhaps it was never a picture: a sentence must not stop a release
            message = f'the picture "{words}" is not here: the release has its words alone'
            yield tell("image-missing", message, line=case.lines.of(words), about=words)
            continue
        name = image.src
        line = case.lines.of_exactly(image.src) or case.lines.of(image.caption or image.alt)
        alt = image.alt.strip()
        if not alt:
            yield tell("image-alt", f"the picture {name} has no description", line=line, about=name)
        elif _FILE_NAME.fullmatch(alt) or alt.casefold() == _stem(image.src).casefold():
            message = f'the picture {name} is described by a file name only: "{alt}"'
            yield tell("image-alt", message, line=line, about=name)
        if not _LOGO.search(f"{_stem(name)} {alt}"):
            is_portrait = image is case.release.extras.portrait  # the speaker stands beside it
            yield from _words(image, line, is_captioned=is_portrait)
        yield from check_kind(image, kind_of_name(image.src), line)


def _words(image: Image, line: int | None, *, is_captioned: bool) -> Iterator[Problem]:
    if not image.caption.strip() and not is_captioned:
        yield tell("image-caption", f"the picture {image.src} has no caption", line=line, about=image.src)
    if not image.credit.strip() and not _CREDITED.search(f"{image.caption} {image.alt}"):
        yield tell("image-credit", f"the picture {image.src} names no photographer", line=line, about=image.src)


def kind_of_name(src: str) -> str:
    """Return the kind of a picture that the ending of its name tells, in small letters."""
    name = (urlsplit(src).path if "://" in src else src).rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""


def _stem(src: str) -> str:
    name = src.rpartition("/")[2]
    return name.rpartition(".")[0] or name


def check_kind(image: Image, kind: str, line: int | None) -> Iterator[Problem]:
    """Yield a problem for a kind that many mail programs do not show."""
    if kind in _KINDS:
        message = f"the picture {image.src}: {_KINDS[kind]}"
        # what lies beside the release travels inside the mail, which takes no such file
        severity = None if image.src.lower().startswith(("http://", "https://")) else Severity.ERROR
        yield tell("image-format", message, line=line, about=image.src, severity=severity)


def picture_kind(data: bytes) -> str:
    """Return the kind of a picture that its first bytes tell, as the ending of a name; empty where they tell none."""
    if data[4:8] == b"ftyp":
        return {b"heic": "heic", b"heix": "heic", b"mif1": "heic", b"avif": "avif"}.get(data[8:12], "")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    begin = data[:512].lstrip().lower()
    if begin.startswith(b"<svg") or (begin.startswith(b"<?xml") and b"<svg" in begin):
        return "svg"
    if begin.startswith((b"<!doctype html", b"<html")):
        return "html"
    return next((kind for mark, kind in _MARKS if data.startswith(mark)), "")


_MARKS = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG", "png"),
    (b"GIF8", "gif"),
    (b"II*\0", "tif"),
    (b"MM\0*", "tif"),
    (b"BM", "bmp"),
    (b"8BPS", "psd"),
    (b"%!PS", "eps"),
    (b"%PDF", "pdf"),
)
