"""Letter: a message for the eye: who wrote it, its text as lines, what is attached.

HTML becomes text, nothing is fetched and nothing runs. The text is a stranger's: whoever shows it makes it harmless.
Never raises, bounded as `parts` is.
"""

from __future__ import annotations

from collections.abc import Mapping

from mailer.bounces.answers import new_text
from mailer.bounces.asking import weigh
from mailer.bounces.parts import parse_message, parse_words
from mailer.bounces.prose import markup_text
from mailer.frozen import dataclass, field


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as people read it; `whole` has what is quoted and the signature, too, `asks` kinds and sentences."""

    sender: str
    subject: str
    text: str = field(repr=False)
    whole: str = field(repr=False)
    attachments: tuple[str, ...]
    asks: Mapping[str, str] = field(repr=False)


def parse_letter(data: bytes) -> Letter:
    """Read a message (any bytes, any line ends) for the eye."""
    root = parse_message(data)
    bodies, attachments = dict[str, str](), list[str]()
    for part in root.all_parts:
        if part.parts:
            continue
        kind, _, rest = part.header("content-disposition").partition(";")
        if kind.strip().lower() == "attachment" or part.content_type not in {"text/plain", "text/html"}:
            named = parse_message(f"Content-Type: x/x;{rest}\n\n".encode()).parameters.get("filename", "")
            attachments.append(parse_words(named or part.parameters.get("name", "") or part.content_type))
        else:
            bodies.setdefault(part.content_type, part.text)
    plain = bodies.get("text/plain", "").strip()
    return Letter(
        sender=parse_words(root.header("from")),
        subject=parse_words(root.header("subject")),
        text=_without_gaps(new_text(root)),
        whole=_without_gaps(plain or markup_text(bodies.get("text/html", ""), whole=True)),
        attachments=tuple(attachments),
        asks=weigh(root),
    )


def _without_gaps(text: str) -> str:
    """Return a text with one empty line where there are several, as a page has between its paragraphs."""
    lines = [line.rstrip() for line in text.strip().split("\n")]
    return "\n".join(line for line, before in zip(lines, ["", *lines], strict=False) if line or before)
