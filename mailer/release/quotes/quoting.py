"""Quoting: what is said in a release, and by whom.

Owns the walk over the body: what one quote is where it is carried on over paragraphs, who was announced by a line
above, who signs on a line below, and the memory of who spoke. Never changes a block: the quotes are told beside the
text.

Pull quotes, which repeat what the text says, count once.
Gaps: an interview set as “Name: text” without marks.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from mailer.release.people.names import names_role
from mailer.release.pieces import Draft, settle_blocks
from mailer.release.quotes.attributions import (
    Talk,
    first_subject,
    last_stop,
    person_in,
    speaker_after,
    speaker_announced,
    speaker_before,
    speaker_inside,
)
from mailer.release.quotes.marks import Stretch, find_carried, find_stretches
from mailer.release.quotes.speakers import Named, People, Speaker, find_names, is_title
from mailer.release.values import Block, Heading, ListBlock, Paragraph, Quote, plain
from mailer.release.words import guess_language, pattern, phrases, primary

_TOLD = 100  # characters of a quote that are told
_FEW_LETTERS = 15  # what has fewer may stand in another quote by chance
_LINE = 120  # characters of a line that signs
_SIGNED = 20  # words of a line that signs
_SIGN_ROOM = 40  # characters before the name
_TITLE_ROOM = 5  # characters: “Dr. ”
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
        """Return what a clause needs to know: “she” is whoever was named last."""
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
    may announce (“Statement by Ann Bell on …”), and say nothing.
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


_SPEECH = re.compile(r"^[\"“„«]|[.,!?…][\"“”»]")  # is said, and signs nothing: ““We had stopped,” said Ann Bell”


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


# Utterances: the quotes of one paragraph, each with whoever is told to say it.
#
# Words alone make no quote: it needs a speaker, or a paragraph of its own.

FEW = 4  # words: fewer are a term or irony, unless they are a sentence
_FRAGMENT = 6  # words: a part of a sentence with fewer is a term that somebody used
_LONG = 10
_MOSTLY = 0.8
_REACH = 1000  # characters on each side of a quote in which its speaker stands, however long the paragraph is
_STOPS = ".,!?…。"


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says: the words of one quote, who says it, and the block of the body where it begins.

    `is_sure` says that a clause names the speaker; `is_open` is the mark that no other closes in the paragraph.
    """

    text: str
    speaker: Speaker
    lead_in: str = ""
    block: int = 0
    is_open: str = ""
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class _Place:
    """A stretch with the words before and behind it, up to the stretches beside it that are quotes too."""

    stretch: Stretch
    before: str
    behind: str
    covers: float  # which part of its paragraph stands between marks
    is_fresh: bool = False  # whether a sentence had ended before it, so that what stands before it is a new one

    @property
    def words(self) -> int:
        return len(self.stretch.text.split())

    @property
    def begins(self) -> bool:
        return not self.stretch.text[:1].islower()

    @property
    def ends(self) -> bool:
        return self.stretch.text[-1:] in _STOPS

    @property
    def is_stopped(self) -> bool:
        return self.ends or self.behind[:1] in {",", "."} or self.stretch.is_open


def find_utterances(text: str, talk: Talk, announced: Speaker | None = None) -> list[Said]:
    """Find the quotes of a paragraph; `announced` is whom a line above it named.

    A quote for which no clause and no line names anybody has the speaker of its neighbours, or none.
    """
    if talk.language == "ja":
        return _joined(list(_japanese(text, talk, announced)))
    return _joined(list(_spoken(text, talk, announced)))


def _spoken(text: str, talk: Talk, announced: Speaker | None) -> Iterator[Said]:
    speaker: Speaker | None = None
    for place in _places(text):
        here = _heard(place, talk, speaker)
        who = _attributed(place, here)
        if _is_title(place, who) or not _counts(place, is_sure=who is not None, has_speaker=bool(speaker or announced)):
            continue
        start = place.stretch.start
        guess = speaker or announced or first_subject(text[max(0, start - _REACH) : start], here)
        guess = guess or (first_subject(place.behind, here) if start == 0 else None) or Speaker()
        stretch = place.stretch
        yield Said(
            stretch.text.rstrip(","), who or guess, is_open=stretch.mark * stretch.is_open, is_sure=who is not None
        )
        speaker = who or speaker


def _places(text: str) -> Iterator[_Place]:
    stretches = find_stretches(text)
    found = [one for one in stretches if len(one.text.split()) >= 2 or one.is_open]
    found += [one for one in stretches if one.text[-1:] in ".!?," and len(one.text.split()) == 1]
    found.sort(key=lambda one: one.start)
    covers = sum(len(one.text) for one in found) / max(1, len(text))
    heads = [one for one in found if _is_sentence(one)]
    for one in found:
        above = bisect_right(heads, one.start, key=lambda head: head.end)
        below = bisect_left(heads, one.end, key=lambda head: head.start)
        start = heads[above - 1].end if above else 0
        stop = heads[below].start if below < len(heads) else len(text)
        ended = above > 0 and heads[above - 1].text[-1:] in ".!?"
        before = text[max(start, one.start - _REACH) : one.start]
        yield _Place(one, before, text[one.end : min(stop, one.end + _REACH)], covers, ended)


def _is_sentence(one: Stretch) -> bool:
    words = len(one.text.split())
    return one.is_open or words >= _FRAGMENT or (words >= FEW and not one.text[:1].islower())


def _heard(place: _Place, talk: Talk, speaker: Speaker | None) -> Talk:
    """What is known before a stretch: “she” is whoever the sentence before it is about, else the last speaker."""
    told = place.before
    if speaker and not place.is_fresh:
        ended = re.search(r"[.!?]\s", told)
        told = told[ended.end() :] if ended else ""
    subject = first_subject(told, talk)
    return replace(talk, last=subject or speaker or talk.last, at=talk.at + place.stretch.start)


def _attributed(place: _Place, talk: Talk) -> Speaker | None:
    """Find who is told to say it: by the sentence that leads to it, else inside, behind, or before."""
    text, before = place.stretch.text, place.before
    leads = before.strip() != "" and last_stop(before) < len(before.rstrip())
    told = speaker_before(before, talk) if leads else None
    if told or before.rstrip().endswith(":"):
        return told or speaker_after(place.behind, text, talk)
    inside = speaker_inside(text, talk) if place.words > FEW else None
    return inside or speaker_after(place.behind, text, talk)


def _counts(place: _Place, *, is_sure: bool, has_speaker: bool) -> bool:
    """Return whether a stretch is somebody's words, and no term, title or motto."""
    apart = not place.before.strip() or place.before.rstrip()[-1:] in ".!?:…"
    if is_sure:
        told = place.begins and (place.words >= FEW or place.ends or place.behind[:1] == ",")
        return place.words >= _FRAGMENT or (told and (place.is_stopped or apart))
    whole = place.covers > _MOSTLY and place.words >= FEW
    whole = whole and (place.is_stopped or place.words > _FRAGMENT or has_speaker)
    more = has_speaker and place.ends and place.begins and place.words >= FEW - 1
    return whole or more or (apart and place.words >= _LONG and place.begins and place.is_stopped)


def _is_title(place: _Place, who: Speaker | None) -> bool:
    """Return whether the words before a stretch make it a title, a motto, a law or what a sign says.

    Words that somebody is told to say behind a colon are not, nor a long sentence of somebody's.
    """
    if who and (place.words > _LONG or (who.is_person and place.before.rstrip().endswith(":"))):
        return False
    return pattern(r"(?<!\w){titled}(?:\s+\w+)?[\s,:]*(?:[\w]+\s)?$").search(place.before[-60:]) is not None


def _joined(found: list[Said]) -> list[Said]:
    """Join the quotes of a paragraph that have one speaker; one without takes that of its neighbours."""
    joined: list[Said] = []
    for one in found:
        before = joined[-1] if joined else None
        if before is None or (one.is_sure and before.is_sure and one.speaker.name != before.speaker.name):
            joined.append(one)
            continue
        who = one.speaker if one.is_sure and not before.is_sure else before.speaker
        text, sure = f"{before.text} … {one.text}", before.is_sure or one.is_sure
        joined[-1] = replace(before, text=text, speaker=who, is_sure=sure, is_open=one.is_open)
    return joined


def _japanese(text: str, talk: Talk, announced: Speaker | None) -> Iterator[Said]:
    for one in find_stretches(text):
        before, behind = text[: one.start], text[one.end :]
        who = japanese_speaker(before, behind, talk.people)
        if says_in_japanese(one, before, behind, has_speaker=who is not None or announced is not None):
            speaker = who or announced or Speaker()
            yield Said(one.text, speaker, is_open=one.mark * one.is_open, is_sure=who is not None)


# Japanese speakers: who stands behind 「…」, by titles, names and particles.

_KANJI = r"[\u4e00-\u9fff々ヶ]"
_KANA = r"[\u3041-\u3096]"
_KATAKANA = r"[\u30a1-\u30faー]"
_FULL = (
    rf"(?:{_KANJI}{{1,4}}[ 　・]{_KANJI}{{1,4}}{_KANA}{{0,2}}(?![ぁ-ん]{{3}})|{_KANJI}{{1,4}}[ 　・]{_KANA}{{2,4}}"
    rf"|{_KANJI}{{2,6}}|{_KATAKANA}{{2,10}}[・ 　=＝]{_KATAKANA}{{2,12}})"
)
_POLITE = r"(?:氏|さん|様|さま|先生)"
_ENDS_NAME = r"(?=[はがもの、。（(）)「『：:\s　」]|$|氏|さん|様|と(?!い)|コメント|より|から|も)"
_SAYS = re.compile(
    r"^[』」]?\s*(?:と|などと|とも|として)?(?:、)?[^。「」]{0,40}?(?:述べ|語[っりる]|話[しす]|コメント|説明|強調|期待を|振り返|挨拶|喜[びん]|意気込|呼びかけ|評価し|言[うい])"
)
_NO_SPEECH = re.compile(
    r"^(?:と(?:回答|いう|いった|題|銘打|名付|呼ば|して|なる|感じ)|を(?:テーマ|コンセプト|合言葉|スローガン|掲げ)|シリーズ|が|の|は|に|で|へ|や)"
)
_ENOUGH = 12  # characters: fewer are a term


@cache
def _title() -> str:
    return f"(?i:{phrases('title', 'ja')})"


@cache
def _after_title() -> re.Pattern[str]:
    between = r"(?:[\s　・：:の、/／]|である|を務める)*"
    return re.compile(rf"(?:{_title()}{between})+(?:（[^（）]*）)?(?P<name>{_FULL}){_ENDS_NAME}")


@cache
def _before_title() -> re.Pattern[str]:
    return re.compile(
        rf"(?P<name>{_FULL}|{_KANJI}{{1,6}})[ 　]?(?P<title>{_POLITE}|{_title()})(?=[はがもの、。（）「：:と]|$)"
    )


@cache
def _alone() -> re.Pattern[str]:
    return re.compile(rf"(?:^|[、。\s　同])(?:同|当)?(?P<title>{_title()})(?=[はがも、：:]|$)")


def names_of(texts: Iterable[str]) -> People:
    """Collect the people whom a Japanese text names by a title."""
    text = "\n\n".join(texts)
    people = People(text, "ja")
    for match in _after_title().finditer(text):
        name = match["name"].strip("　 ")
        if not re.search(_title(), name):
            people.named.append(Named(match.start("name"), match.end("name"), name, _role(match)))
            people.roles.append(_role(match))
    return people


def _role(match: re.Match[str]) -> str:
    return match.group()[: match.start("name") - match.start()].strip("の　 ：:、")


def japanese_speaker(before: str, behind: str, people: People, *, alone: bool = False) -> Speaker | None:
    """Read who speaks from the words before 「, or from those behind 」; `alone` of a line that only announces."""
    signed = re.match(r"\s*[（(―—–-]\s?([^（）()\n]{2,50})", behind)
    if signed:
        found = _name_in(signed[1], people)
        if found or re.fullmatch(_FULL, signed[1].strip()):
            return found or Speaker(signed[1].strip())
    sentence = re.split(r"[。」\n]", before.rstrip("。\n　 "))[-1]
    if alone and not re.search(r"コメント|(?:述べ|語|話)[^。]{0,12}[。：:]?$|[：:]$", before):
        return None
    found = _name_in(sentence, people)
    return found or (_name_in(re.split(r"[。「\n]", behind)[0], people) if behind else None)


def _name_in(sentence: str, people: People) -> Speaker | None:
    for match in _after_title().finditer(sentence):
        if not re.search(_title(), match["name"]):
            return Speaker(match["name"].strip(), _role(match))
    latin = next((one for one in find_names(sentence, "en") if one.kind == "person" and one.name.isascii()), None)
    if latin:
        return Speaker(latin.name, latin.title)
    for one in people.named:
        if one.name in sentence or re.sub(r"[\s　]", "", one.name) in sentence:
            return Speaker(one.name, one.title)
    titled = _before_title().search(sentence)
    if titled:
        whole = next((one for one in people.named if one.name.startswith(titled["name"])), None)
        name = whole.name if whole else titled["name"]
        title = titled["title"] if not re.fullmatch(_POLITE, titled["title"]) else ""
        return Speaker(name, whole.title if whole else title)
    title = _alone().search(sentence)
    whole = next((one for one in people.named if title and title["title"] in one.title), None)
    return Speaker(whole.name, whole.title) if whole else None


def says_in_japanese(one: Stretch, before: str, behind: str, *, has_speaker: bool) -> bool:
    """Return whether 「…」 is somebody's words: a verb of saying behind it, a colon before it, or nothing beside it."""
    if len(one.text) < _ENOUGH or one.mark in "『‘'":
        return False
    if _SAYS.match(behind) and has_speaker:
        return True
    if _NO_SPEECH.match(behind):
        return False
    apart = not before.strip() or before.rstrip()[-1:] in "：:。\n" or "\n" in before[-3:]
    apart = apart or re.search(r"コメント[\s　]*$", before) is not None
    return apart and (not behind.strip(" 。\n") or behind.lstrip()[:1] in "（(―—–-\n")
