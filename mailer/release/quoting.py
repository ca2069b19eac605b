"""Quoting: what is said in a release, and by whom.

Owns the walk over the body: which stretch between quotation marks is somebody's words and which a term, a title or a
motto; what one quote is (split by its attribution, or carried on over paragraphs, it stays one); and the memory of
who spoke. Never changes a block: the quotes are told beside the text.

Words alone make no quote: it needs a speaker, or a paragraph of its own. Pull quotes, which repeat what the text
says, count once.
Gaps: an interview set as «Name: text» without marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from mailer.release.attributions import Talk, last_stop, person_in, speaker_after, speaker_before, speaker_inside
from mailer.release.japanese_speakers import japanese_speaker, names_of, says_in_japanese
from mailer.release.people import names_role
from mailer.release.quote_marks import Stretch, find_carried, find_stretches
from mailer.release.speakers import People, Speaker, completed, find_names, is_place
from mailer.release.values import Block, Heading, ListBlock, Paragraph, Quote, plain
from mailer.release.words import guess_language, pattern

_FEW = 4  # words: fewer are a term or irony, unless they are a sentence
_FRAGMENT = 6  # words: a part of a sentence with fewer is a term that somebody used
_LONG = 10
_STOPS = ".,!?…。"


@dataclass(slots=True)
class Said:
    """What somebody says: the words of one quote, who says it, and the paragraph (of the body) where it begins."""

    text: str
    speaker: Speaker
    lead_in: str = ""
    block: int = 0
    is_open: str = ""
    sure: bool = True


@dataclass(slots=True)
class _Reader:
    """Reads a body paragraph by paragraph and remembers who spoke."""

    people: People
    language: str
    last: Speaker | None = None
    named: Speaker | None = None  # the last person of the narrative, where nobody has spoken since
    announced: Speaker | None = None  # by a line that ends in a colon
    lead_in: str = ""
    at: int = 0
    said: list[Said] = field(default_factory=list)
    fresh: bool = False  # whether the paragraph before was a quote

    def talk(self, last: Speaker | None = None) -> Talk:
        """Give what a clause needs to know."""
        return Talk(self.people, self.language, last or self.last, self.at)

    def add(self, said: Said) -> None:
        """Take a quote; one that repeats another only tells who said it."""
        for other in self.said:
            if _repeats(said.text, other.text):
                if said.speaker.name and not other.speaker.name:
                    other.speaker = said.speaker
                if len(said.text) > len(other.text):
                    other.text = said.text
                return
        self.said.append(said)


def find_said(blocks: Sequence[Block], language: str = "") -> list[Said]:
    """Find what is said in the blocks of a body, in order; a quote without a speaker has an empty name."""
    texts = [text for block in blocks for text in _texts(block)]
    language = language or guess_language("\n".join(texts))
    language = guess_language("\n".join(texts)) if language not in _tongues() else language
    reader = _Reader(names_of(texts) if language == "ja" else People.of(texts, language), language)
    for number, block in enumerate(blocks):
        _read_block(reader, block, number)
        reader.at += sum(len(text) + 2 for text in _texts(block))
    return reader.said


@cache
def _tongues() -> frozenset[str]:
    from mailer.release.words import LANGUAGES

    return frozenset(LANGUAGES)


def _texts(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph | Heading):
        yield plain(block.inline)
    elif isinstance(block, Quote):
        yield from (plain(one) for one in block.paragraphs)
        yield ", ".join(filter(None, (block.speaker, block.role, block.organisation)))
    elif isinstance(block, ListBlock):
        yield from (plain(one) for one in block.items)


def _read_block(reader: _Reader, block: Block, number: int) -> None:
    if isinstance(block, Quote):
        _read_quote(reader, block, number)
    elif isinstance(block, Paragraph):
        _read_paragraph(reader, plain(block.inline), number)
    elif isinstance(block, ListBlock):
        for item in block.items:
            _read_paragraph(reader, plain(item), number)
    elif isinstance(block, Heading):
        reader.announced = None


def _read_quote(reader: _Reader, block: Quote, number: int) -> None:
    text = "\n\n".join(plain(one) for one in block.paragraphs).strip()
    if not text:
        return
    given = Speaker(block.speaker, block.role, block.organisation)
    inner = [] if block.speaker else _statements(reader, text, number)
    who = given if block.speaker else next((one.speaker for one in inner if one.speaker.name), None)
    who = who or reader.announced or (reader.last if reader.fresh else None) or reader.named or Speaker()
    whole = " ".join(one.text for one in inner) if inner else text
    reader.add(Said(whole, who, block.lead_in or reader.lead_in, number, sure=bool(block.speaker)))
    _spoke(reader, who)


def _spoke(reader: _Reader, who: Speaker | None) -> None:
    if who and who.name:
        reader.last = who
        reader.named = None
    reader.announced, reader.lead_in, reader.fresh = None, "", True


def _read_paragraph(reader: _Reader, text: str, number: int) -> None:
    text = text.replace("\u2028", "\n").strip()
    carried = _carried(reader, text)
    rest = text[carried.end :] if carried else text
    found = _statements(reader, rest, number)
    if carried and reader.said:
        _carry_on(reader, carried, rest)
    if not found and not carried:
        found = _unmarked(reader, text, number)
    for one in found:
        _add_or_join(reader, one, text)
    if found:
        _spoke(reader, next((one.speaker for one in reversed(found) if one.speaker.name), reader.last))
    elif not carried:
        _narrate(reader, text)


def _carried(reader: _Reader, text: str) -> Stretch | None:
    """Find the end of what the quote before left open."""
    before = reader.said[-1] if reader.said and reader.fresh else None
    return find_carried(text, before.is_open) if before and before.is_open else None


def _carry_on(reader: _Reader, carried: Stretch, rest: str) -> None:
    said = reader.said[-1]
    said.text, said.is_open = f"{said.text}\n\n{carried.text}", ""
    if not said.speaker.name:
        said.speaker = speaker_after(rest, carried.text, reader.talk()) or said.speaker
        _spoke(reader, said.speaker)


def _add_or_join(reader: _Reader, one: Said, text: str) -> None:
    """Take a quote, or join it with the one that the paragraph before left open."""
    before = reader.said[-1] if reader.said and reader.fresh else None
    goes_on = before is not None and before.is_open and text[:1] in "“„«»\"‘'「『”"
    if before is not None and goes_on and (not one.speaker.name or not one.sure or one.speaker == before.speaker):
        before.text, before.is_open = f"{before.text}\n\n{one.text}", one.is_open
        one.speaker = before.speaker
        return
    if before is not None and goes_on and not before.sure:
        before.text, before.is_open, before.speaker = f"{before.text}\n\n{one.text}", one.is_open, one.speaker
        return
    reader.add(one)


def _narrate(reader: _Reader, text: str) -> None:
    """Remember whom a paragraph without a quote names, and whether it announces one."""
    reader.fresh = False
    reader.announced = (
        speaker_announced(text, reader.talk())
        if reader.language != "ja"
        else japanese_speaker(text, "", reader.people, alone=True)
    )
    reader.lead_in = text if reader.announced and len(text.split()) <= 30 else ""
    people = [one for one in find_names(text, reader.language) if one.kind == "person" and not is_place(text, one)]
    if people:
        reader.named = completed(Speaker(people[-1].name, people[-1].title), reader.people)


def speaker_announced(text: str, talk: Talk) -> Speaker | None:
    """Read who is announced by a line that ends in a colon; None where it does not end so, or names nobody."""
    bare = text.rstrip()
    if not bare.endswith((":", "：")) or len(bare[last_stop(bare) :].split()) > 45:
        return None
    statement = pattern(r"^{statement}\s+(?P<who>[^:]+):$").match(bare)
    if statement:
        return person_in(statement["who"], talk)
    return speaker_before(bare, talk)


def _unmarked(reader: _Reader, text: str, number: int) -> list[Said]:
    """Read a paragraph without marks that a line announced, or one that a dash opens."""
    talk = reader.talk()
    if re.match(r"[–—―-]\s?\w", text) and reader.language != "ja":
        match = re.match(r"[–—―-]\s?(?P<said>.+?[,!?.]?)\s?[–—―,]\s?(?P<who>(?=\w).{5,120}?)(?:[–—.]|$)", text)
        who = speaker_after(" " + match["who"], match["said"] + ",", talk) if match else None
        if match and who and len(match["said"].split()) >= _FEW:
            return [Said(match["said"], who, block=number)]
    if reader.announced and _is_speech(text, reader.language) and not text.endswith(":"):
        return [Said(text, reader.announced, reader.lead_in, number)]
    return []


def _is_speech(text: str, language: str) -> bool:
    return len(text) > 20 and pattern(r"(?<!\w){myself}(?!\w)", language).search(text) is not None


def _statements(reader: _Reader, text: str, number: int) -> list[Said]:
    """Find the quotes of one paragraph: stretches that are somebody's words, those of one speaker as one."""
    stretches = [one for one in find_stretches(text) if one.text]
    if reader.language == "ja":
        found = list(_japanese(reader, text, stretches, number))
    else:
        found = list(_spoken(reader, text, stretches, number))
    return _joined(found)


def _spoken(reader: _Reader, text: str, stretches: list[Stretch], number: int) -> Iterator[Said]:
    long = [one for one in stretches if len(one.text.split()) >= 2 or one.is_open]
    covers = sum(len(one.text.split()) for one in long) / max(1, len(text.split()))
    speaker: Speaker | None = None
    heads = [one for one in long if _is_sentence(one)]
    for i, one in enumerate(long):
        start = heads[heads.index(one) - 1].end if one in heads and heads.index(one) else 0
        start = max((other.end for other in heads if other.end <= one.start), default=start)
        stop = min((other.start for other in heads if other.start >= one.end), default=len(text))
        talk = replace(reader.talk(speaker), at=reader.at + one.start)
        before, behind = text[start : one.start], text[one.end : stop]
        who = _attributed(one, before, behind, talk)
        sure = who is not None
        if not _counts(one, before, behind, sure=sure, covers=covers, has_speaker=speaker is not None):
            continue
        fallback = speaker or reader.announced or _weak(reader, text[: one.start], talk)
        yield Said(
            one.text,
            who or fallback or Speaker(),
            reader.lead_in if i == 0 else "",
            number,
            one.mark * one.is_open,
            sure,
        )
        speaker = who or speaker


def _attributed(one: Stretch, before: str, behind: str, talk: Talk) -> Speaker | None:
    """Find who is told to say it: inside, behind, or before."""
    if before.rstrip().endswith(":"):
        return speaker_before(before, talk) or speaker_after(behind, one.text, talk)
    inside = speaker_inside(one.text, talk) if len(one.text.split()) > _FEW else None
    return inside or speaker_after(behind, one.text, talk) or speaker_before(before, talk)


def _weak(reader: _Reader, before: str, talk: Talk) -> Speaker | None:
    """Guess who speaks where no clause tells: who was just named, or who spoke just before."""
    here = [one for one in find_names(before, reader.language) if one.kind == "person" and not is_place(before, one)]
    if here:
        return completed(Speaker(here[-1].name, here[-1].title), talk.people)
    return (reader.last if reader.fresh or not reader.named else reader.named) or reader.named


def _is_sentence(one: Stretch) -> bool:
    return one.is_open or (
        len(one.text.split()) >= _FEW and (one.text[:1].isupper() or len(one.text.split()) >= _FRAGMENT)
    )


def _counts(one: Stretch, before: str, behind: str, *, sure: bool, covers: float, has_speaker: bool) -> bool:
    """Say whether a stretch is somebody's words, and no term, title or motto."""
    words = len(one.text.split())
    stopped = one.text[-1:] in _STOPS or behind[:1] in {",", "."} or one.is_open
    if _is_title(before):
        return False
    if sure:
        begins = one.text[:1].isupper() or one.text[:1] in "¿¡…["
        return words >= _FRAGMENT or (
            stopped and begins and (words >= _FEW or one.text[-1:] in _STOPS or behind[:1] == ",")
        )
    whole = covers > 0.8 and words >= _FEW and (one.text[-1:] in _STOPS or words >= 8 or one.is_open)
    more = has_speaker and one.text[-1:] in _STOPS and one.text[:1].isupper() and words >= 3
    apart = not before.strip() or before.rstrip()[-1:] in ".!?:…"
    return whole or more or (words >= _LONG and one.text[:1].isupper() and stopped and apart)


def _is_title(before: str) -> bool:
    """Say whether the words before a stretch make it a title, a motto, a law or what a sign says."""
    return pattern(r"(?<!\w){titled}(?:\s+\w+)?[\s,:]*(?:[\w]+\s)?$").search(before[-60:]) is not None


def _joined(found: list[Said]) -> list[Said]:
    """Join the quotes of a paragraph that have one speaker; one without takes that of its neighbours."""
    joined: list[Said] = []
    for one in found:
        before = joined[-1] if joined else None
        if before is None:
            joined.append(one)
        elif not one.sure or not before.sure or one.speaker.name == before.speaker.name:
            who = one if one.sure and not before.sure else before
            text = f"{before.text} … {one.text}"
            joined[-1] = replace(
                before, text=text, speaker=who.speaker, sure=before.sure or one.sure, is_open=one.is_open
            )
        else:
            joined.append(one)
    return joined


def _japanese(reader: _Reader, text: str, stretches: Iterable[Stretch], number: int) -> Iterator[Said]:
    for one in stretches:
        before, behind = text[: one.start], text[one.end :]
        who = japanese_speaker(before, behind, reader.people)
        if says_in_japanese(one, before, behind, announced=reader.announced is not None, has_speaker=who is not None):
            speaker = who or reader.announced or reader.last or Speaker()
            yield Said(one.text, speaker, reader.lead_in, number, one.mark * one.is_open, sure=who is not None)


def _repeats(one: str, other: str) -> bool:
    short, long = sorted((_letters(one), _letters(other)), key=len)
    return len(short) > 15 and short in long


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def is_attribution(text: str, language: str) -> bool:
    """Say whether a short line names a person with what they are, as it stands under a quote."""
    people = [one for one in find_names(text, language) if one.kind == "person"]
    return bool(people) and len(text.split()) <= 20 and (names_role(text) or "," in text) and text[-1:] not in ".:!?"
