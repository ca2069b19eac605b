"""Utterances: the quotes of one paragraph, each with whoever is told to say it.

Owns the decision which stretch between quotation marks is somebody's words and which a term, a title or a motto, and
the joining of stretches that one clause parts («…», said Ann. «…» is one quote). `quoting` walks over the paragraphs
and remembers who spoke; `attributions` reads the clauses.

Words alone make no quote: it needs a speaker, or a paragraph of its own.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mailer.release.quotes.attributions import (
    Talk,
    first_subject,
    last_stop,
    speaker_after,
    speaker_before,
    speaker_inside,
)
from mailer.release.quotes.japanese_speakers import japanese_speaker, says_in_japanese
from mailer.release.quotes.marks import Stretch, find_stretches
from mailer.release.quotes.speakers import Speaker
from mailer.release.words import pattern

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
    """What is known before a stretch: «she» is whoever the sentence before it is about, else the last speaker."""
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
