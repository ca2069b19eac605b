"""Pictures: whether those who cannot see them, and those who print them, find what they need.

Owns description, caption, credit and kind, as far as the release tells them. What the files themselves tell is
`metadata`'s and `runs.checking`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from mailer import lazy_re as re
from mailer.errors import Problem, Severity
from mailer.release.checks.case import Case, tell
from mailer.release.values import Image
from mailer.words import read_section

_WORDS = read_section("checks", "words")
_CREDITED, _LOGO, _FILE = ("|".join(_WORDS[name]) for name in ("credited", "logo", "file"))
_IS_CREDITED = re.compile(_CREDITED, re.IGNORECASE)
_IS_LOGO = re.compile(rf"(?<![^\W_])(?:{_LOGO})(?![^\W_])", re.IGNORECASE)
_IS_FILE = re.compile(rf"[\w ()-]*(?:{_FILE})[\w ()-]*\d+[\w ()-]*|\S+\.\w{{3,4}}", re.IGNORECASE)
_KINDS: Mapping[str, str] = dict(_WORDS["kinds"])
# by the first bytes
_MARKS = tuple((mark[0].encode(), kind) for kind, mark in read_section("formats", "pictures").items())


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
        name, alt = image.src, image.alt.strip()
        stem = name.rpartition("/")[2].rpartition(".")[0] or name.rpartition("/")[2]
        line = case.lines.of_exactly(name) or case.lines.of(image.caption or image.alt)
        if not alt:
            yield tell("image-alt", f"the picture {name} has no description", line=line, about=name)
        elif _IS_FILE.fullmatch(alt) or alt.casefold() == stem.casefold():
            message = f'the picture {name} is described by a file name only: "{alt}"'
            yield tell("image-alt", message, line=line, about=name)
        if not _IS_LOGO.search(f"{stem} {alt}"):
            is_portrait = image is case.release.extras.portrait  # the speaker stands beside it
            if not image.caption.strip() and not is_portrait:
                yield tell("image-caption", f"the picture {name} has no caption", line=line, about=name)
            if not image.credit.strip() and not _IS_CREDITED.search(f"{image.caption} {image.alt}"):
                yield tell("image-credit", f"the picture {name} names no photographer", line=line, about=name)
        yield from check_kind(image, kind_of_name(name), line)


def kind_of_name(src: str) -> str:
    """Return the kind of a picture that the ending of its name tells, in small letters."""
    name = (urlsplit(src).path if "://" in src else src).rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""


def check_kind(image: Image, kind: str, line: int | None) -> Iterator[Problem]:
    """Yield a problem for a kind that many mail programs do not show."""
    if kind in _KINDS:
        # what lies beside the release travels inside the mail, which takes no such file
        severity = None if image.src.lower().startswith(("http://", "https://")) else Severity.ERROR
        message = f"the picture {image.src}: {_KINDS[kind]}"
        yield tell("image-format", message, line=line, about=image.src, severity=severity)


def picture_kind(data: bytes) -> str:
    """Return the kind of a picture that its first bytes tell, as the ending of a name; empty where they tell none."""
    return next((kind for mark, kind in _MARKS if re.match(mark, data[:512], re.DOTALL)), "")
