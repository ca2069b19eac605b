"""Quotes: who says them, and whether every mark has its other half.

Owns neither reading quotes (`quoting`) nor finding marks (`quotes.marks`): it tells where they leave something open. A
quote of several paragraphs opens each and closes the last; that is right. Single marks are apostrophes as well, and not
counted.

Gaps: marks within code, and inches that do not follow a figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from mailer import lazy_re as re
from mailer.errors import Problem
from mailer.release.checks.case import Case, excerpt, tell
from mailer.release.inline import BREAK
from mailer.release.quotes.marks import find_stretches
from mailer.release.quotes.quoting import find_said
from mailer.release.quotes.statements import parse_dash
from mailer.release.values import Paragraph, Quote, block_inlines, plain

_OPENERS = ("“", "„", "«", "»", '"', "「", "『", "‹", "›", "‘")
_STRAY = re.compile(r"[“”„«»‹›「」『』]|(?<!\d)\"")
_SINGLE = "‘‚'`´"
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{2}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SHOWN = 40
_DEEPEST = 3
_SAID_WORDS = 4  # fewer are a term


def check_speakers(case: Case) -> Iterator[Problem]:
    """Check that somebody is named for each quote.

    Words beside it name somebody, in whatever language: a quote that stands alone is told, unless the line above leads
    to it or below it signs it, or it follows somebody's words, or a paragraph about somebody who spoke before.
    """
    blocks = case.release.body
    for said in find_said(blocks, case.release.language, (case.release.headline, case.release.subhead)):
        if said.is_sure and said.speaker.name:
            continue
        block = blocks[said.block]
        texts = [plain(inline) for inline in block_inlines(block)]
        text = beside = " ".join(texts)
        for one in reversed(find_stretches(text)):
            beside = f"{beside[: one.start]} {beside[one.end :]}"
        is_named = beside != text and (len(_WORD.findall(beside)) > 1 or _CJK.search(beside) is not None)
        before, after = (blocks[at] if 0 <= at < len(blocks) else None for at in (said.block - 1, said.block + 1))
        is_signed = isinstance(after, Quote) and bool(after.speaker)
        is_signed = is_signed or (isinstance(after, Paragraph) and parse_dash(plain(after.inline)) is not None)
        # where a mark is missing, which is told, nobody knows what is said
        is_torn = any(unbalanced(one, goes_on=True)[0] for one in texts)
        # the block above tells whose it is; one that is apart is shown without what was said
        above = "" if before is None else " ".join(plain(inline) for inline in block_inlines(before)).rstrip()
        apart, family = isinstance(block, Quote), said.speaker.name.rpartition(" ")[2]
        quotes = any(len(one.text.split()) >= _SAID_WORDS for one in find_stretches(above))
        leads = above.endswith((":", "：")) or quotes or (not apart and family != "" and family in above)
        leads = not apart if isinstance(before, Quote) else leads
        if not (is_named or is_signed or is_torn or leads):
            begin = said.text if len(said.text) <= _SHOWN else f"{said.text[:_SHOWN].rstrip()}…"
            line = case.lines.of(said.text if isinstance(block, Quote) else text)
            message = f'the quote has no speaker "{begin}"'
            yield tell("quote-speaker", message, line=line, about=said.text[:_SHOWN])


def check_marks(case: Case) -> Iterator[Problem]:
    """Check that quotation marks come in pairs, paragraph by paragraph."""
    release = case.release
    runs: list[Sequence[str]] = [[release.headline], [release.subhead]]
    runs += [
        [plain(inline) for block in blocks for inline in block_inlines(block)]
        for blocks in (release.body, release.notes_to_editors)
    ]
    runs += [[plain(inline) for inline in one.paragraphs] for one in release.boilerplate]
    for texts in runs:
        for text, below in pairwise([*texts, ""]):
            mark, at = unbalanced(text, goes_on=below.lstrip().startswith(_OPENERS))
            if mark:
                around = excerpt(text, at - 15, at + 25)
                message = f"a quotation mark {mark} has no other half: {around}"
                yield tell("quote-marks", message, line=case.lines.of(text, at), about=around.strip("… "))


def unbalanced(text: str, *, goes_on: bool = False, depth: int = 0) -> tuple[str, int]:
    """Return the first quotation mark without its other half, and where it stands; empty where all have theirs.

    `goes_on` says that the next paragraph opens with a mark: this one's last quote may then stay open. What stands
    within marks is looked at as well, to a `depth` that no reader follows.
    """
    is_nordic = "”" in text and not any(mark in text for mark in "“„")  # ”så”
    bare = text.replace("”", '"') if is_nordic else text
    if bare.count('"') % 2:  # a 12" pipe
        bare = re.sub(r"(?<=\d)\"", " ", bare)
    at = 0
    for one in find_stretches(bare):
        if stray := _STRAY.search(bare, at, one.start):
            return text[stray.start()], stray.start()
        at = one.start  # what was looked at is not looked at again
        if one.mark in _SINGLE or bare[one.start] != one.mark:  # as it was typed: <<so>>
            continue
        if one.is_open:
            before = text[: one.start].rstrip()
            begins_to_speak = not before or before[-1] in '.,:;!?…—–-”“»«)"：。、' or _CJK.search(before)
            is_torn = not (goes_on and begins_to_speak)
        else:
            # what opens each line of a quote of several lines has its other half at the end of the last
            inside = re.sub(rf"(?<=[\n{BREAK}])\s*[“„«\"]", " ", one.text)
            is_torn = depth < _DEEPEST and unbalanced(inside, depth=depth + 1)[0] != ""
        if is_torn:
            return text[one.start], one.start
        at = one.end
    stray = _STRAY.search(bare, at)
    return (text[stray.start()], stray.start()) if stray else ("", 0)
