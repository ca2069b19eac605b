"""Quoting: what is said in a release, and by whom.

Owns the walk over the body: what one quote is where it is carried on over paragraphs, who was announced by a line
above, who signs on a line below, and the memory of who spoke. Never changes a block: the quotes are told beside the
text. `utterances` reads each paragraph.

Pull quotes, which repeat what the text says, count once.
Gaps: an interview set as «Name: text» without marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from mailer.release.people.names import names_role
from mailer.release.pieces import Draft, settle_blocks
from mailer.release.quotes.attributions import (
    Talk,
    first_subject,
    last_stop,
    person_in,
    speaker_after,
    speaker_announced,
)
from mailer.release.quotes.japanese_speakers import japanese_speaker, names_of
from mailer.release.quotes.marks import find_carried, find_stretches
from mailer.release.quotes.speakers import People, Speaker, find_names, is_title
from mailer.release.quotes.utterances import FEW, Said, find_utterances
from mailer.release.values import Block, Heading, ListBlock, Paragraph, Quote, plain
from mailer.release.words import guess_language, pattern, primary

_TOLD = 100  # characters of a quote that are told
_FEW_LETTERS = 15  # what has fewer may stand in another quote by chance
_LINE = 120  # characters of a line that signs
_SIGNED = 20  # words of a line that signs
_SIGN_ROOM = 40  # characters before the name
_TITLE_ROOM = 5  # characters: «Dr. »
_TELLING = 40  # words: so many tell their language better than a field does
_ENDED = re.compile(r"[.!?:;…。」”“»«\"’')\]]\s*$")
_SPOKEN = r"[–—―-]\s?(?P<said>[\w¿¡].+?[,!?.]?)\s?{mark}\s?(?P<who>(?=\w).{5,120}?)(?:[–—.]|$)"


@dataclass(frozen=True, slots=True)
class _Passage:
    """A paragraph as it is read: one that a bad line end cut in two is one again."""

    text: str
    block: int
    quote: Quote | None = None
    is_heading: bool = False


@dataclass(slots=True)
class _Letters:
    """The letters of all that is said: by them one quote repeats another, in whole or in part.

    Most quotes repeat none, and that is told at once: such a one stands in no other, and no other begins in it. A quote
    that still grows is read when the next is compared with it.
    """

    known: list[str] = field(default_factory=list)
    begins: set[str] = field(default_factory=set)
    whole: str = ""
    unread: dict[int, str] = field(default_factory=dict)

    def put(self, at: int, text: str) -> None:
        """Take the words of a quote, in place of those that it had."""
        self.unread[at] = text

    def repeated(self, text: str) -> int | None:
        """Return the first quote in which a text stands, or that stands in the text."""
        self._read()
        letters = _letters(text)
        places = range(len(letters) - _FEW_LETTERS)
        if not places or not (
            letters in self.whole or any(letters[i : i + _FEW_LETTERS + 1] in self.begins for i in places)
        ):
            return None
        for at, known in enumerate(self.known):
            if len(known) > _FEW_LETTERS and (letters in known or known in letters):
                return at
        return None

    def _read(self) -> None:
        for at, text in self.unread.items():
            letters = _letters(text)
            self.known[at : at + 1] = [letters]
            self.begins.add(letters[: _FEW_LETTERS + 1])
            self.whole += f" {letters}"
        self.unread.clear()


@dataclass(slots=True)
class _Listener:
    """Reads passage by passage and remembers who spoke, who was named since, and who is announced."""

    people: People
    language: str
    said: list[Said] = field(default_factory=list)
    letters: _Letters = field(default_factory=_Letters)
    last: Speaker | None = None
    named: Speaker | None = None
    announced: Speaker | None = None
    lead_in: str = ""
    at: int = 0
    signed: Speaker | None = None  # by the line below
    fresh: bool = False  # whether the passage before was a quote

    def talk(self) -> Talk:
        """Return what a clause needs to know: «she» is whoever was named last."""
        return Talk(self.people, self.language, self.named or self.last, self.at)

    def hear(self, passage: _Passage, following: _Passage | None) -> None:
        """Read one passage; the one that follows may sign it."""
        self.signed = None
        if following and not following.quote and is_signature(following.text, self.language):
            self.signed = person_in(following.text, self.talk())
        if passage.is_heading:
            self.announced = None
        elif passage.quote is not None:
            self._hear_block(passage, passage.quote)
        elif not self._carry_on(passage):
            self._hear_paragraph(passage)
        self.at += len(passage.text) + 2

    def _hear_block(self, passage: _Passage, quote: Quote) -> None:
        given = Speaker(quote.speaker, quote.role, quote.organisation)
        inner = [] if quote.speaker else find_utterances(passage.text, self.talk(), self.announced or self.signed)
        told = next((one.speaker for one in inner if one.speaker.name), None)
        who = given if given.name else told or self.announced or self._guess() or given
        text = " ".join(one.text for one in inner) or passage.text
        sure = bool(given.name or told)
        self._add(Said(text, who, quote.lead_in or self.lead_in, passage.block, is_sure=sure))

    def _hear_paragraph(self, passage: _Passage) -> None:
        found = find_utterances(passage.text, self.talk(), self.announced or self.signed) or self._unmarked(
            passage.text
        )
        if not found:
            self._narrate(passage)
        for one in found:
            who = one.speaker if one.speaker.name else self._guess() or one.speaker
            self._join(replace(one, speaker=who, block=passage.block, lead_in=self.lead_in), passage.text)

    def _guess(self) -> Speaker | None:
        return self.last if self.fresh else self.named or self.last

    def _carry_on(self, passage: _Passage) -> bool:
        """Read the end of a quote that the passage before left open; False where this one begins anew."""
        before = self.said[-1] if self.said and self.fresh else None
        end = find_carried(passage.text, before.is_open) if before and before.is_open else None
        if before is None or end is None:
            return False
        rest = passage.text[end.end :]
        more = find_utterances(rest, replace(self.talk(), last=before.speaker))
        text = " ".join([f"{before.text}\n\n{end.text}", *(one.text for one in more)])
        speaker = before.speaker
        if not before.is_sure:
            speaker = speaker_after(rest, end.text, self.talk()) or speaker
        self._put(-1, replace(before, text=text, speaker=speaker, is_open=more[-1].is_open if more else ""))
        self._spoke(speaker)
        return True

    def _join(self, one: Said, text: str) -> None:
        """Take a quote, or join it with the one that the passage before left open."""
        before = self.said[-1] if self.said and self.fresh else None
        goes_on = before is not None and before.is_open and text[:1] in "“„«»\"‘'「『”"
        if (
            before is None
            or not goes_on
            or (one.is_sure and before.is_sure and one.speaker.name != before.speaker.name)
        ):
            self._add(one)
            return
        speaker = before.speaker if before.is_sure or not one.is_sure else one.speaker
        joined = f"{before.text}\n\n{one.text}"
        sure = before.is_sure or one.is_sure
        self._put(-1, replace(before, text=joined, speaker=speaker, is_open=one.is_open, is_sure=sure))
        self._spoke(speaker)

    def _add(self, one: Said) -> None:
        """Take a quote; one that repeats another only tells who said it."""
        at = self.letters.repeated(one.text)
        if at is not None:
            other = self.said[at]
            longer = max(one.text, other.text, key=len)
            speaker = one.speaker if one.is_sure and not other.is_sure else other.speaker
            self._put(at, replace(other, text=longer, speaker=speaker, is_sure=one.is_sure or other.is_sure))
            return
        self.said.append(one)
        self.letters.put(len(self.said) - 1, one.text)
        self._spoke(one.speaker)

    def _put(self, at: int, one: Said) -> None:
        self.said[at] = one
        self.letters.put(at % len(self.said), one.text)

    def _spoke(self, who: Speaker) -> None:
        if who.name:
            self.last, self.named = who, None
        self.announced, self.lead_in, self.fresh = None, "", True

    def _narrate(self, passage: _Passage) -> None:
        """Remember whom a passage without a quote names, whether it signs a quote, and whether it announces one."""
        text = passage.text
        if self.fresh and self.said and not self.said[-1].is_sure and is_signature(text, self.language):
            who = person_in(text, self.talk()) or Speaker()
            self.said[-1] = replace(self.said[-1], speaker=who, is_sure=True)
            self._spoke(who)
            return
        self.fresh = False
        talk = self.talk()
        before = first_subject(text[: last_stop(text.rstrip(": "))], talk)
        talk = replace(talk, last=before or talk.last)
        japanese = self.language == "ja"
        announced = japanese_speaker(text, "", self.people, alone=True) if japanese else speaker_announced(text, talk)
        self.announced = announced
        self.lead_in = text if announced and len(text.split()) <= 30 else ""
        self.named = (None if japanese else first_subject(text, talk)) or self.named

    def _unmarked(self, text: str) -> list[Said]:
        """Read a paragraph without marks that a line announced, or one that a dash opens."""
        for mark in ("[–—―]", ","):  # a comma may as well stand inside what is said
            spoken = re.match(_SPOKEN.replace("{mark}", mark), text)
            who = speaker_after(" " + spoken["who"], spoken["said"] + ",", self.talk()) if spoken else None
            if spoken and who and len(spoken["said"].split()) >= FEW - 1:
                return [Said(text.lstrip("–—―- "), who)]
        if self.announced and not find_stretches(text) and _is_speech(text, self.language):
            return [Said(text, self.announced)]
        return []


def find_said(blocks: Sequence[Block], language: str = "", above: Sequence[str] = ()) -> list[Said]:
    """Find what is said in the blocks of a body, in order; a quote without a speaker has an empty name.

    `language` counts for a short text; a longer one tells its language itself. `above` are headline and subhead: they
    may announce («Statement by Ann Bell on …»), and say nothing.
    """
    passages = list(_passages(blocks))
    texts = [one.text for one in passages]
    whole = "\n".join(texts)
    if not language or len(whole.split()) > _TELLING:
        language = guess_language(whole)
    language = primary(language)
    listener = _Listener(names_of(texts) if language == "ja" else People.of(texts, language), language)
    for line in above:
        listener.announced = listener.announced or (speaker_announced(line, listener.talk()) if line else None)
    for number, passage in enumerate(passages, 1):
        listener.hear(passage, passages[number] if number < len(passages) else None)
    return listener.said


def _passages(blocks: Sequence[Block]) -> Iterator[_Passage]:
    held: _Passage | None = None
    for number, block in enumerate(blocks):
        for one in _texts_of(block, number):
            if held and _goes_on(held, one):
                held = replace(held, text=f"{held.text} {one.text}")
                continue
            if held:
                yield held
            held = one
    if held:
        yield held


def _texts_of(block: Block, number: int) -> Iterator[_Passage]:
    if isinstance(block, Quote):
        text = "\n\n".join(plain(one) for one in block.paragraphs).strip()
        if text:
            yield _Passage(text, number, block)
        return
    inlines = block.items if isinstance(block, ListBlock) else ()
    inlines = (block.inline,) if isinstance(block, Paragraph | Heading) else inlines
    for inline in inlines:
        yield _Passage(plain(inline).strip(), number, is_heading=isinstance(block, Heading))


def _goes_on(one: _Passage, other: _Passage) -> bool:
    """Return whether a paragraph is the rest of the one before: a sentence without its end, then a small letter."""
    plain_ones = not (one.quote or other.quote or one.is_heading or other.is_heading) and one.block != other.block
    return plain_ones and other.text[:1].islower() and _ENDED.search(one.text) is None


def _is_speech(text: str, language: str) -> bool:
    return len(text) > 20 and text[-1:] != ":" and pattern(r"(?<!\w){myself}(?!\w)", language).search(text) is not None


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def names_first(text: str, language: str) -> bool:
    """Return whether a line begins with a person's name, whole, a title before it at most."""
    if len(text) > _LINE:
        return False
    people = [one for one in find_names(text, language) if one.kind == "person"]
    return bool(people) and people[0].start <= len(people[0].title) + _TITLE_ROOM


_SPEECH = re.compile(r"^[\"“„«]|[.,!?…][\"“”»]")  # is said, and signs nothing: «“We had stopped,” said Ann Bell»


def is_signature(text: str, language: str) -> bool:
    """Return whether a short line names a person, alone or with what they are, as it stands under a quote."""
    if len(text.split()) > _SIGNED or text[-1:] in ".:!?" or _SPEECH.search(text):
        return False
    people = [one for one in find_names(text, language) if one.kind == "person"]
    if not people or people[0].start > _SIGN_ROOM or pattern(r"{said}(?!\w)", language).match(text):
        return False
    if pattern(r"^(?:{about}|{about_alone}|{contacts}|{caption_label})(?!\w)").match(text):
        return False
    alone = people[0].end - people[0].start >= len(text.strip()) - 1
    return alone or names_role(text) or "," in text or any(is_title(word) for word in text.split())


def tell_quotes(draft: Draft) -> None:
    """Tell each quote of the finished text as recognised: who says it, its first words, its line."""
    pieces = [piece for piece in draft.pieces if settle_blocks([piece])]
    for said in find_said(settle_blocks(pieces), draft.language, (draft.headline, draft.subhead)):
        who = said.speaker.name or "nobody named"
        draft.found("quote", f"{who}: {said.text}"[:_TOLD], pieces[said.block].line)
