"""Letter: a message for people to read (its author, its text as lines, its attachments), and what it asks for.

HTML becomes text; nothing is fetched or run. The text is untrusted: the code that shows it must escape it. Never
raises; bounded like `parts`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Final

from mailer import lazy_re as re
from mailer.bounces.answers import MAX_LOOKED_AT, PERHAPS, find_wish, new_text, weigh_wish
from mailer.bounces.language import Sentence, guess_languages, parse_sentences
from mailer.bounces.parts import Part, parse_message
from mailer.bounces.prose import markup_text
from mailer.frozen import dataclass, field
from mailer.text.headers import decode_words
from mailer.words import SIGNS, any_of, read_section


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as people read it; `whole` has the quotations and the signature, too, `asks` kinds and sentences."""

    sender: str
    subject: str
    text: str = field(repr=False)
    whole: str = field(repr=False)
    attachments: tuple[str, ...]
    asks: Mapping[str, str] = field(repr=False)


def parse_letter(data: bytes) -> Letter:
    """Return a message (any bytes, any line ends) as people read it."""
    root = parse_message(data)
    bodies, attachments = dict[str, str](), list[str]()
    for part in root.all_parts:
        if part.parts:
            continue
        kind, _, rest = part.header("content-disposition").partition(";")
        if kind.strip().lower() == "attachment" or part.content_type not in {"text/plain", "text/html"}:
            named = parse_message(f"Content-Type: x/x;{rest}\n\n".encode()).parameters.get("filename", "")
            attachments.append(decode_words(named or part.parameters.get("name", "") or part.content_type))
        else:
            bodies.setdefault(part.content_type, part.text)
    plain = bodies.get("text/plain", "").strip()
    return Letter(
        sender=decode_words(root.header("from")),
        subject=decode_words(root.header("subject")),
        text=_without_gaps(new_text(root)),
        whole=_without_gaps(plain or markup_text(bodies.get("text/html", ""), whole=True)),
        attachments=tuple(attachments),
        asks=weigh(root),
    )


def _without_gaps(text: str) -> str:
    """Return a text with one empty line instead of several, as between the paragraphs of a page."""
    lines = [line.rstrip() for line in text.strip().split("\n")]
    return "\n".join(line for line, before in zip(lines, ["", *lines], strict=False) if line or before)


# Asking: whether a letter that answers one of our mails waits for an answer from the press office.
#
# A guess, weighed by sentence: questions and requests count for it, thanks and “no need to reply” against it, and a few
# words of eleven languages (`asking.toml`) show what is asked for. A wrong “yes” costs a look, a wrong “no” a story: so
# mere talk about pictures counts little, a question always counts, and staff look at a letter that cannot be weighed
# (no words of its own, none that is known here, another language), as at one that may ask for no more mail. Gaps:
# irony, and a question without its mark in a language without words for requests here.

LANGUAGES: Final = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "ja", "zh")
TOPICS: Final = ("interview", "picture", "call", "material")
WISH: Final = "wish"
# the weight of each kind; from `ENOUGH` on, a letter waits for an answer
WEIGHTS: Final[Mapping[str, int]] = read_section("asking", "weights")
ENOUGH: Final = 2
_ENDS_ASKING: Final = re.compile(r"[?？][\s\"')»”」]*$")


def needs_answer(kinds: Iterable[str]) -> bool:
    """Return whether a letter in which these kinds were found waits for an answer."""
    return sum(WEIGHTS[kind] for kind in kinds) >= ENOUGH


def weigh(root: Part) -> dict[str, str]:
    """Return the kinds of `WEIGHTS` in the new text of a message, each with the sentence that it is in."""
    text = new_text(root)
    sentences = parse_sentences(text)[:MAX_LOOKED_AT]
    languages = guess_languages(" ".join(each.plain for each in sentences))
    tables = [each.code for each in languages if each.code in LANGUAGES] or list(LANGUAGES)
    found: dict[str, str] = {}
    for sentence in sentences:
        for kind in _kinds(sentence, tables):
            found.setdefault(kind, sentence.words)
    if wish := weigh_wish(text, sentences, enough=PERHAPS) or find_wish(text, sentences, "", languages):
        found[WISH] = wish.words
    if any(topic in found for topic in TOPICS):
        found.pop("mentioned", None)
    return {kind: found[kind] for kind in WEIGHTS if kind in found} or {"unread": ""}


def _kinds(sentence: Sentence, tables: list[str]) -> list[str]:
    plain = sentence.plain
    for code in tables:
        plain = _pattern(code, "harmless").sub(" ", plain)

    def has(name: str) -> bool:
        return any(_pattern(code, name).search(plain) for code in tables)

    # harmless words were cut out with their question mark: “How are you?” asks for nothing
    is_question = bool(_ENDS_ASKING.search(plain)) and bool(plain.strip(" ?？.,!\"'"))
    closed, topics = has("closed"), [topic for topic in TOPICS if has(topic)]
    asks = is_question or (has("request") and not closed)
    found = topics if asks else ["mentioned"] * bool(topics)
    found += ["question" if is_question else "request"] * asks + ["small_talk"] * (plain != sentence.plain)
    return [*found, *(name for name in ("problem", "thanks") if has(name)), *["closed"] * closed]


@functools.cache
def _pattern(code: str, name: str) -> re.Pattern[str]:
    rows = (row if row[0] >= SIGNS else rf"\b(?:{row})" for row in read_section("asking", code)[name])
    return re.compile(any_of(rows))
