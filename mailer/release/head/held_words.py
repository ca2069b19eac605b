"""Held words: a sentence, anywhere in a release, that asks for the release to be held back.

Owns telling it from a sentence about something else: up to its moment it has nothing but words that such sentences
are made of (`words.holding`), so that «this study is embargoed until …» is one, and «the arms embargo until …» and «no
release for prisoners before …» are none. What names the state itself («embargoed until», «sous embargo») counts inside
a sentence too. `holds` has the lines that are nothing else; never reads a moment for use.

Gaps: words of a language that no table has; a moment in words («until the council has met»).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from mailer.release.head.holds import names_day, names_time
from mailer.release.times.zones import FIXED
from mailer.release.words import LANGUAGES, months, pattern, weekdays
from mailer.release.words.holding import ONLY, OWN_WORDS, SECRET

_STARTS = re.compile(r"(?:^|[\n\t|]|\s{3,}|(?<!\d)\.\s*|[!?。:：;*\"“”(\[【※＊）)]\s*|\s[-–—]\s)", re.MULTILINE)
_SENTENCES = re.compile(r"(?:^|[\n\t|。※]|\s{3,}|(?<=[^\W\d]{2})[.!?]\s|(?<=\d{4})[.!?]\s)", re.MULTILINE)
_STOP = re.compile(r"[\n。|]|(?<=[^\W\d]{3})[.!?](?=\s|$)|(?<=\d{2})[.!?]\s+(?=[^\W\d_]{2,}\s)")
_LONGEST = 240
_TOKEN = re.compile(r"[^\W_]+")
_EMBARGO = re.compile(
    r"(?<!\w)(?:(?:press?e?|pers|medien|media|news|nachrichten|sende|publicatie|informatie)-?)?"
    r"(?:embarg(?!o-)|sperrfrist|sperrvermerk)\w*|(?<!\w)nachrichtensperre|(?<!\w)gesperrt(?!\w)",
    re.IGNORECASE,
)
_STATE = re.compile(
    r"(?<!\w)(?:(?:under|sous|bajo|sotto|onder|sob|unter|in)\s+(?:(?:an?|ein\w*|een)\s+)?(?:\w+\s+)?embargo"
    r"|embarg(?:oed|ad[oa]s?|at[oaie]|iert)|embargé\w*|\w*sperrfrist|gesperrt\s+bis)(?!\w)",
    re.IGNORECASE,
)
_HOLD = re.compile(r"(?<!\w)hold\s+(?:for|until|till|this|(?:the|our)\s+(?:story|release|news))(?!\w)", re.IGNORECASE)
_FOR_USE = re.compile(
    r"(?<!\w)(?:for|pour|zur|para|per|voor|à|da|te|release\s+time|time\s+of\s+release)(?!\w)", re.IGNORECASE
)
_BARE_NO = r"\W*{hold_not}\W+{hold_until}(?!\w)"
_ONLY = re.compile(rf"(?<!\w)(?:{ONLY})(?!\w)", re.IGNORECASE)
_SECRET = re.compile(rf"(?<!\w)(?:{SECRET})(?!\w)", re.IGNORECASE)
_VERB_WORDS = 4
_PLACE = 3  # words of a zone or a place between a moment and the verb behind it
_NAME_ASKS = re.compile(
    r"(?<!\w)(?:EMBARGO|(?i:^embargo(?!\s+(?:on|against|of|sur|contre|auf|gegen|sobre|contra|su|op|tegen)\s))"
    r"|(?i:embargo(?=\s+(?:\d|until))))(?!\w)"
)
_MOMENT = re.compile(
    r"\d|noon|midday|midnight|mittag|mitternacht|midi|minuit|medi[oa]|mezz|meio|meia|正午|深夜", re.IGNORECASE
)
_BEFORE_STATE = 20
_DENIED = re.compile(r"(?<!\w)(?:no|sin|sans|sem|ohne|kein\w*|senza|geen|zonder)\s+$", re.IGNORECASE)
_NAME_DENIES = re.compile(
    r"(?<!\w)(?:no|not|non|sin|sans|sem|ohne|kein\w*|senza|geen|zonder)\s+(?:embargo|sperrfrist)", re.IGNORECASE
)
_SIGNS = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_HELD_SIGNS = re.compile(
    r"(?:情報|報道|掲載|公開|発表|公表)解禁|解禁日|解禁時|解禁前|解禁\s*[:：]|エンバーゴ|報道協定|しばり|EMBARGO|embargo|Embargo"
)
_LIFTED = re.compile(
    r"\W*(?:【?解禁】?|[^。]{0,14}は.{0,40}解禁|.{0,40}?解禁(?:です|となります)?$|[^。]{0,8}(?:情報|内容|本件|本リリース)の解禁は)"
)
_JA_USE = "(?:報道|公表|公開|掲載|放送|配信|発表|使用|利用|投稿|発信|口外|紹介|引用|転載|オンエア)"
_JA_NO = "(?:控え|禁止|厳禁|禁じ|ないで|ないよう|遠慮|しない|待ち|不可|断り)"
_BAN_SIGNS = re.compile(
    rf"(?:まで|以前|より前|前に|前の)[^。]{{0,25}}?{_JA_USE}[^。]{{0,8}}?{_JA_NO}|{_JA_USE}[^。]{{0,40}}?まで[^。]{{0,8}}{_JA_NO}"
    r"|まで(?:は)?(?:非公開|厳秘|社外秘|極秘|部外秘)"
)
_LEAVE_SIGNS = re.compile(
    rf"(?:以降|より|から)[^。]{{0,6}}?{_JA_USE}[^。]{{0,6}}(?:可|ください|下さい|願い)"
    rf"|{_JA_USE}は?[^。]{{0,30}}(?:以降|から)(?:に|で|と)?(?:お願い|して|です)|まで(?:は)?取り?扱い?注意"
)


@dataclass(frozen=True, slots=True)
class HeldWords:
    """A sentence that asks to be held back, from its first word; `is_plain` where it can be about nothing else.

    `is_timed` says that it names a moment, `is_leave` that it only says from when the text may be used.
    """

    text: str
    is_plain: bool
    is_timed: bool = True
    is_leave: bool = False


def find_held_words(text: str) -> Iterator[HeldWords]:
    """Find the sentences of a text that ask for the release to be held back, one of each beginning at most."""
    if _SIGNS.search(text):
        yield from _of_signs(text)
    sentences = {match.end() for match in _SENTENCES.finditer(text)} | {0}
    seen = -1
    for at in sorted({match.end() for match in _STARTS.finditer(text)} | sentences):
        chunk = _chunk(text, at)
        own = _own_part(chunk)
        end = at + len(own)
        if not own or end <= seen:
            continue
        seen = end
        alone = len(chunk.strip(" .!*)]")) <= len(own.strip(" .!*)]"))
        found = _judge(own, alone=alone, first=at in sentences) or _asked_not(chunk, own)
        if found:
            yield found
    yield from _inside(text)


def names_hold(name: str) -> bool:
    """Say whether the name of a file asks for what is in it to be held back: `hall_EMBARGO_3-March`.

    No moment is asked for: a name has little room. One that only tells of an embargo (`tea-embargo-ends`) does not.
    """
    words = " ".join(re.split(r"[\W_]+", name)).strip()
    if _NAME_DENIES.search(words):
        return False
    if _SIGNS.search(words):
        signs = any(one.search(words) for one in (_HELD_SIGNS, _BAN_SIGNS, _LEAVE_SIGNS))
        return signs or ("解禁" in words and any(map(str.isdigit, words)))
    own = _own_part(words)
    held = (_is_held(own) and len(own.split()) > 1) or (_is_leave(own) and any(map(str.isdigit, own)))
    return held or _STATE.search(words) is not None or _NAME_ASKS.search(words) is not None


def _inside(text: str) -> Iterator[HeldWords]:
    """Find the state in the middle of a sentence («The Lancet paper is embargoed until …»), and a no with a time.

    An embargo on goods ends on a day; one with a time of day is most likely that of a release.
    """
    seen = -1
    for match in _EMBARGO.finditer(text):
        if match.start() < seen:
            continue
        chunk = _chunk(text, match.start())
        own = _own_part(chunk)
        seen = match.start() + len(own)
        state = _STATE.search(text, max(0, match.start() - _BEFORE_STATE), match.start() + len(own))
        told = state is not None and (_dated(own) or _weekday(own))
        if not _DENIED.search(text[: match.start()]) and (told or _timed(chunk)):
            yield HeldWords((own if told else chunk).strip(), is_plain=False)
    seen = -1
    for match in pattern(r"(?<!\w){hold_not}(?!\w)").finditer(text):
        if match.start() < seen:
            continue
        own = _own_part(_chunk(text, match.start()))
        seen = match.start() + len(own)
        if _is_ban(own) and _timed(own):
            yield HeldWords(own.strip(), is_plain=False)


def _chunk(text: str, at: int) -> str:
    part = text[at : at + _LONGEST]
    stop = _STOP.search(part)
    return part[: stop.start()] if stop else part


def _own_part(chunk: str) -> str:
    """Give the beginning of a sentence, up to the first word that those which hold a text back have not."""
    tokens = list(_TOKEN.finditer(chunk))
    end, i = 0, 0
    while i < len(tokens):
        if not _is_own(tokens[i].group()):
            after = (
                _behind_place(tokens, i) if _until().search(chunk[:end]) and any(map(str.isdigit, chunk[:end])) else 0
            )
            if not after:
                break
            i = after
        end = tokens[i].end()
        i += 1
    return chunk[:end]


def _behind_place(tokens: list[re.Match[str]], at: int) -> int:
    """Give where a use stands behind a place or a zone, 0 where none does: «9 Uhr Berlin veröffentlichen»."""
    near = range(at + 1, min(at + 1 + _PLACE, len(tokens)))
    return next((i for i in near if _use().fullmatch(tokens[i].group())), 0)


def _is_own(token: str) -> bool:
    small = token.casefold()
    return (
        small in _own_words()
        or (any(map(str.isdigit, token)) and not _SIGNS.search(token))
        or small in months()
        or small in weekdays()
        or (token.isupper() and token in FIXED)
        or any(one.fullmatch(token) for one in (_EMBARGO, _ONLY, _SECRET))
    )


@cache
def _own_words() -> frozenset[str]:
    names = ("hold_not", "hold_use", "hold_until", "hold_free", "hold_from", "genre", "date_lead", "immediate")
    phrases = (phrase for words in LANGUAGES.values() for name in names for phrase in getattr(words, name))
    every = {token.casefold() for phrase in phrases for token in _TOKEN.findall(phrase)}
    return frozenset(every | OWN_WORDS)


@cache
def _use() -> re.Pattern[str]:
    return pattern(r"(?<!\w){hold_use}(?!\w)")


@cache
def _until() -> re.Pattern[str]:
    return pattern(r"(?<!\w)(?:{hold_until}|{hold_from})(?!\w)")


def _is_ban(own: str) -> bool:
    return any(
        all(
            pattern(rf"(?<!\w){{{part}}}(?!\w)", language).search(own)
            for part in ("hold_not", "hold_use", "hold_until")
        )
        for language in LANGUAGES
        if language != "ja"
    )


def _timed(text: str) -> bool:
    return _MOMENT.search(text) is not None and names_time(text)


def _dated(text: str) -> bool:
    return _MOMENT.search(text) is not None and names_day(text)


def _weekday(text: str) -> bool:
    return any(token.casefold() in weekdays() for token in _TOKEN.findall(text) if len(token) > 2)


def _judge(own: str, *, alone: bool, first: bool) -> HeldWords | None:
    """Say what the beginning of a sentence is; `alone` where nothing follows, `first` at the start of a sentence."""
    held = _is_held(own)
    leave = not held and _is_leave(own)
    if not held and not leave:
        return None
    timed, day = _timed(own), _dated(own) or _weekday(own)
    if not timed and not day:
        return HeldWords(own.strip(), is_plain=False, is_timed=False) if _EMBARGO.search(own) and alone else None
    if leave:
        whole = timed or (alone and _until().search(own) is not None)
        return HeldWords(own.strip(), is_plain=False, is_leave=True) if whole else None
    told = timed or alone or _STATE.search(own) is not None  # «the embargo ends on …» may be about goods
    return HeldWords(own.strip(), is_plain=(alone or _is_demand(own)) and told and (first or timed))


def _is_demand(own: str) -> bool:
    return _EMBARGO.search(own) is not None or _HOLD.search(own) is not None or _is_ban(own)


def _asked_not(chunk: str, own: str) -> HeldWords | None:
    """Find a plea with a verb that no table has, and a time of day: «Please do not run this before 9 a.m.»."""
    begins = pattern(r"(?<!\w){hold_not}(?!\w)").search(own) is not None
    until = (
        pattern(rf"(?:\W+\w+){{0,{_VERB_WORDS}}}?\W+{{hold_until}}(?!\w)").match(chunk[len(own) :]) if begins else None
    )
    return HeldWords(chunk.strip(), is_plain=False) if until and _timed(chunk) else None


def _is_held(own: str) -> bool:
    only = _ONLY.search(own) is not None and _use().search(own) is not None
    secret = _SECRET.search(own) is not None and _until().search(own) is not None
    return _is_demand(own) or only or secret or pattern(_BARE_NO).match(own) is not None


def _is_leave(own: str) -> bool:
    """Say whether words tell from when a text may be used."""
    begins = _until().search(own) or _FOR_USE.search(own) or pattern(r"{hold_free}").search(own)
    return bool(begins) and _use().search(own) is not None


def _of_signs(text: str) -> Iterator[HeldWords]:
    for sentence in re.split(r"[。\n\t※|\"“”]", text):
        if not (_dated(sentence) or _timed(sentence)):
            continue
        part = sentence.strip()
        if _HELD_SIGNS.search(part) or _LIFTED.match(part) or _BAN_SIGNS.search(part):
            yield HeldWords(part, is_plain=_HELD_SIGNS.search(part) is not None or _BAN_SIGNS.search(part) is not None)
        elif _LEAVE_SIGNS.search(part):
            yield HeldWords(part, is_plain=False)
