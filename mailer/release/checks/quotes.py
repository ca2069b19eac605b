"""Quotes: who says them, and whether every mark has its other half.

Owns both, language by language: „…“ in German is “…” the other way round, and » may open or close. A quote of several
paragraphs opens each and closes the last; that is right. Single marks are not counted: they are apostrophes as well.

Gaps: marks within code, and inches that do not follow a figure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from mailer.errors import Problem
from mailer.release.checks.case import Case, excerpt, tell
from mailer.release.inline import BREAK
from mailer.release.quotes.quoting import find_said
from mailer.release.values import Block, Heading, Paragraph, Quote, block_inlines, plain

_CURLY = re.compile(r"[„“”]")
_STRAIGHT = re.compile(r'(?<!\d)"|(?<=\d)"(?=[\s,.;:!?)]*$)|(?<=\d)"(?=[,.]?\s)')
_OPENERS = ("“", "„", "«", "»", '"', "「", "『", "‹", "›", "‘")
_PAIRED = (("«", "»"), ("‹", "›"), ("「", "」"), ("『", "』"))
_SHOWN = 40
_QUOTED = re.compile(
    r"“[^”“]*(?:”|$)|„[^“”]*(?:[“”]|$)|«[^»]*(?:»|$)|»[^«]*(?:«|$)|「[^」]*(?:」|$)"
    r'|(?<!\d)"[^"]*(?:"|$)'
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{2}")
_INSERTED = re.compile(  # “Sono felice - spiega la regista -. Ho …”, “ Nous sommes, dit Ada Brook. Et … ”
    r"\s[-–—]\s[^-–—]{5,80}\s?[-–—]|,\s[a-zà-ÿ]{3,}(?:-t)?(?:-(?:il|elle)\b|(?:\s[A-ZÀ-Ý][\w’'-]+){2})"
)
_INSERTING = frozenset({"it", "es", "fr", "pt", "ca"})
_ATTRIBUTION_WORDS = 14
_SAID_WORDS = 4  # fewer are a term


def check_speakers(case: Case) -> Iterator[Problem]:
    """Check that somebody is named for each quote: in its own block, beside it, or in the lines around it.

    Words beside a quote name somebody, in whatever language: a quote that stands alone is told, unless it follows
    somebody's words, or a paragraph about somebody who spoke before.
    """
    blocks = case.release.body
    speakers: set[str] = set()
    for said in find_said(blocks, case.release.language, (case.release.headline, case.release.subhead)):
        block = blocks[said.block]
        texts = (plain(inline) for inline in block_inlines(block))
        if any(unbalanced(text, case.release.language, goes_on=True)[0] for text in texts):
            continue  # where a mark is missing, which is told, nobody knows what is said
        before, after = (blocks[at] if 0 <= at < len(blocks) else None for at in (said.block - 1, said.block + 1))
        is_named = _says_whose(block, case.release.language) or _announces(before) or _attributes(after)
        # a quote set apart is shown with its own last line alone: whoever spoke in the one above it is not read there
        if not is_named and (isinstance(block, Quote) or not _goes_on(before, speakers)):
            yield _nameless(case, said.text, plain(block.inline) if isinstance(block, Paragraph) else "")
        if said.speaker.name:
            speakers.add(said.speaker.name.split()[-1])


def _goes_on(before: Block | None, speakers: Collection[str]) -> bool:
    """Return whether a block is somebody's words, or about somebody who spoke: what is quoted below it is theirs."""
    if isinstance(before, Quote):
        return True
    return isinstance(before, Paragraph) and any(name in plain(before.inline) for name in speakers)


def _says_whose(block: Block, language: str) -> bool:
    """Whether a paragraph names a speaker beside the marks, or a quote set apart in its last line or within it."""
    if isinstance(block, Paragraph):
        return _names_somebody(plain(block.inline), language)
    return isinstance(block, Quote) and _quote_says_whose(block, language)


def _quote_says_whose(quote: Quote, language: str) -> bool:
    texts = [plain(inline) for inline in quote.paragraphs]
    text = " ".join(texts)
    last = re.split(rf"[\n{BREAK}]|[”»“]\s", texts[-1])[-1] if texts else ""
    return (
        bool(quote.speaker)
        or (last not in texts and _is_attribution(last))
        or (_QUOTED.search(text) is not None and _names_somebody(text, language))
    )


def _names_somebody(text: str, language: str) -> bool:
    """Return whether words stand beside what is quoted, or between dashes within it, as Romance languages have them."""
    beside = _QUOTED.sub(" ", text)
    inside = language[:2].lower() in _INSERTING and _INSERTED.search(text) is not None
    return inside or len(_WORD.findall(beside)) > 1 or _CJK.search(beside) is not None


def _announces(block: Block | None) -> bool:
    """Return whether a paragraph leads over to the quote below it: it ends in a colon, or quotes somebody itself."""
    if not isinstance(block, (Paragraph, Heading)):
        return False
    text = plain(block.inline).rstrip()
    return text.endswith((":", "：")) or any(len(said.split()) >= _SAID_WORDS for said in _QUOTED.findall(text))


def _attributes(block: Block | None) -> bool:
    """Return whether a line below a quote tells whose it is, or the last of several quotes does."""
    if isinstance(block, Quote):
        return bool(block.speaker)
    return isinstance(block, Paragraph) and _is_attribution(plain(block.inline))


def _is_attribution(text: str) -> bool:
    """Return whether a line can be `Name, role`: short, no sentence, and a capital at its beginning."""
    bare = text.strip().lstrip("—–―- ")
    short = 0 < len(bare.split()) <= _ATTRIBUTION_WORDS
    return short and bare[:1].isupper() and not bare.endswith((".", "!", "?", ":", "…", "”", "»", "“", '"'))


def _nameless(case: Case, said: str, text: str = "") -> Problem:
    begin = said if len(said) <= _SHOWN else f"{said[:_SHOWN].rstrip()}…"
    return tell(
        "quote-speaker",
        f'nobody is named for the quote "{begin}"',
        line=case.lines.of(text or said),
        about=said[:_SHOWN],
    )


def check_marks(case: Case) -> Iterator[Problem]:
    """Check that quotation marks come in pairs, paragraph by paragraph."""
    release = case.release
    yield from _marks(case, [release.headline])
    yield from _marks(case, [release.subhead])
    yield from _marks(case, _texts(release.body))
    yield from _marks(case, _texts(release.notes_to_editors))
    for one in release.boilerplate:
        yield from _marks(case, [plain(inline) for inline in one.paragraphs])


def _texts(blocks: Sequence[Block]) -> list[str]:
    return [plain(inline) for block in blocks for inline in block_inlines(block)]


def _marks(case: Case, texts: Sequence[str]) -> Iterator[Problem]:
    for text, after in pairwise([*texts, ""]):
        what, at = unbalanced(text, case.release.language, goes_on=after.lstrip().startswith(_OPENERS))
        if what:
            around = excerpt(text, at - 15, at + 25)
            message = f"a quotation mark {what} has no other half: {around}"
            yield tell("quote-marks", message, line=case.lines.of(text, at), about=around.strip("… "))


def unbalanced(text: str, language: str, *, goes_on: bool = False) -> tuple[str, int]:
    """Return the first quotation mark without its other half, and where it stands; empty where all have theirs.

    `goes_on` says that the next paragraph opens with a mark: this one's last quote may then stay open.
    """
    for found in (_curly(text, language), _straight(text), *(_pair(text, *pair) for pair in _PAIRED)):
        mark, at, is_open = found
        if mark and not (is_open and goes_on and _begins_to_speak(text[:at])):
            return mark, at
    return "", 0


def _begins_to_speak(before: str) -> bool:
    """Return whether a mark behind these words opens what somebody says, and no title or term within a sentence."""
    return not before.strip() or before.rstrip()[-1] in '.,:;!?…—–-”“»«)"：。、' or _CJK.search(before) is not None


def _curly(text: str, language: str) -> tuple[str, int, bool]:
    """Walk over „ “ ”: what closes depends on what is open."""
    open_at: list[tuple[str, int]] = []
    nordic = language[:2].lower() in {"sv", "fi", "da", "no", "nb"}
    for match in _CURLY.finditer(text):
        mark, at = match.group(), match.start()
        inner = open_at[-1][0] if open_at else ""
        if mark in "“„" and inner == mark and _begins_line(text, at):
            continue  # a quote of several paragraphs opens each of them
        if mark == "”" and not open_at and nordic:
            open_at.append((mark, at))
        elif mark == "”" or (mark == "“" and inner == "„" and not _opens(text, at)) or (nordic and mark == inner):
            if not open_at:
                return mark, at, False
            open_at.pop()
        elif mark == "“" and inner == "“" and not _opens(text, at):
            open_at.pop()  # “so“: the wrong half, and yet a half
        else:
            open_at.append((mark, at))
    last = max((match.start() for match in _CURLY.finditer(text)), default=0)
    return (*open_at[-1], open_at[-1][1] == last) if open_at else ("", 0, False)


def _begins_line(text: str, at: int) -> bool:
    while at and text[at - 1].isspace():
        at -= 1
        if text[at] in f"\n{BREAK}":
            return True
    return False


def _opens(text: str, at: int) -> bool:
    """Return whether a mark stands at the beginning of a word."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return (not before or before in " \n\t\u00a0\u202f([–—-") and bool(after.strip())


def _straight(text: str) -> tuple[str, int, bool]:
    places = [match.start() for match in _STRAIGHT.finditer(text)]
    inches = [at for at in places if at and text[at - 1].isdigit()]
    if len(places) % 2 and inches and (len(places) - len(inches)) % 2 == 0:
        return "", 0, False
    if len(places) % 2 == 0:
        return "", 0, False
    return ('"', *_lonely([(at, _opens(text, at)) for at in places]))


def _pair(text: str, one: str, other: str) -> tuple[str, int, bool]:
    """Count two marks that point at each other; “so” and »so« are both somebody's custom."""
    places = [(at, mark) for at, mark in enumerate(text) if mark in {one, other}]
    if text.count(one) == text.count(other):
        return "", 0, False
    first, mark = places[0]
    follows_word = first > 0 and not text[first - 1].isspace()
    is_turned = _opens(text, first) if mark == other else follows_word and not text[first + 1 : first + 2].isalnum()
    opener = other if is_turned else one
    at, is_open = _lonely([(at, mark == opener) for at, mark in places])
    return text[at], at, is_open


def _lonely(marks: Sequence[tuple[int, bool]]) -> tuple[int, bool]:
    """Return the mark that has no other half, of places with what opens there, and whether it is open at the end."""
    open_at = -1
    for at, opens in marks:
        if opens and open_at >= 0:
            return open_at, False
        if not opens and open_at < 0:
            return at, False
        open_at = at if opens else -1
    return (open_at, True) if open_at >= 0 else (marks[-1][0], False)
