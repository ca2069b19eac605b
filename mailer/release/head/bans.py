"""Bans: what holds a release back in languages of which a release cannot be read.

Owns what a ban is made of: a no (or a word that asks, or may), a verb of the press, and an until; “tidligst”,
“dopiero” with a moment; what is confidential until; what such a moment is called. The words are data: `[ban]` in each
language's file of `mailer.words`, as pieces of regular expressions, read when a text is asked for a ban first. Nothing
here reads the moment: whoever finds a ban stops, and a person writes `embargo:`.

Theory of operation. A no, a verb and an until stand in stories too (“the names are not made public until …”), so that
they count only where they are an order: they open their clause, the no is a “must not”, or the sentence has a word
that asks or means the text. Verbs stand here in the forms that orders take, never in those that tell of the past.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import cache

from mailer.words import read_section

# Swedish with Danish and Norwegian, alike enough for one table; Czech with Slovak; Russian with Ukrainian and Bulgarian
_TAGS = ("sv", "fi", "pl", "cs", "ru", "hu", "ro", "tr", "el", "ar", "he")
_NEAR = 60  # characters between a no, its verb and its until
_SHORT = 7  # words of a sentence that says nothing else
_FEW, _SMALL = 2, 4  # words before an order, and their letters: “får”, “ke”, “może”
_KEYS = ("use", "loose", "never", "bare", "leave", "secret", "term")  # without one of these no sentence is a ban
_NUMBER = re.compile(r"(?<!\d)(?!(?:19\d\d|20[01]\d)(?!\d))\d+")  # and no year that is over
_EMBARGO = ("embarg", "эмбарго", "ембарго", "εμπάργκο", "ambargo", "אמברגו")
_CLOCK = re.compile(r"^\W*(?:(?:kl|klo|godz|dne|dnia|den|på|på|om)\b\W*)?", re.IGNORECASE)
_CLAUSE = re.compile(r"[:;.!?()\[\]*|]|\s[-–—]\s|,\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """The words of one language, each field one regular expression; one that matches nothing where it has none."""

    no: str = "(?!)"
    must: str = "(?!)"  # a no that forbids, wherever it stands
    use: str
    loose: str = "(?!)"  # verbs of other things as well: only in a sentence that asks, or means the text
    never: str = "(?!)"  # a no and a verb in one word: “nezveřejňovat”, “yayımlamayınız”
    bare: str  # forbids without a moment, in a sentence of its own: “nie do publikacji”
    leave: str  # says that it is allowed from a moment: “do publikacji od”
    until: str
    only: str  # with a verb and a moment: no earlier than then
    free: str = "(?!)"  # says of the verb that it is allowed from then on
    secret: str
    term: str
    asks: str  # asks somebody, or means the text
    day: str  # a weekday, or a day without its date


_CHINESE_NO, _PUBLISH = ("|".join(read_section("zh", "ban")[field]) for field in ("no", "use"))
_KOREAN = "|".join(read_section("ko", "ban")["use"])
# scripts that write their words without blanks, or with endings that no border parts
SIGNS = re.compile(
    rf"""
    (?:{_CHINESE_NO})[^。\n]{{0,25}}前[^。\n]{{0,8}}(?:{_PUBLISH})|
    前[^。\n]{{0,12}}(?:{_CHINESE_NO})[^。\n]{{0,8}}(?:{_PUBLISH})|
    (?:禁止|不得|请勿|請勿|暂不|暫不|暂缓|暫緩)(?:对外|對外)?(?:{_PUBLISH})[^。\n]{{0,4}}(?:直)?[至到][^。\n]{{0,4}}\d|
    (?:请|請|方可|才可|始可|才能|仅可|僅可|可)[^。\n]{{0,4}}(?:于|於|在|自|从|從)?[^。\n]{{0,14}}\d[^。\n]{{0,10}}(?:后|後|起)[^。\n]{{0,5}}(?:{_PUBLISH})|
    \d[^。\n]{{0,10}}(?:后|後|起)[^。\n]{{0,4}}(?:方可|才可|始可|才能|可以?|再)[^。\n]?(?:{_PUBLISH})|
    (?:保密|不公开|不公開)[至到]|[至到][^。\n]{{0,12}}(?:保密|机密|機密)|\d[^。\n]{{0,8}}前[^。\n]{{0,4}}(?:保密|绝密)|
    (?:解禁|禁发|禁發|发布|發布|發佈|发稿|發稿|刊发|刊發|见报|見報)(?:时间|時間|时限|時限|期限)[^。\n]{{0,4}}\d|
    (?:까지|이전|전에|전까지|전에는|전)(?!\w)[^.\n]{{0,15}}(?:{_KOREAN})[^.\n]{{0,12}}(?:금지|금합|금해|말아|마세요|마십|마시|말\s|삼가|자제|불가|안\s?[됨됩돼]|보류|유예)|
    까지[^.\n]{{0,15}}(?:{_KOREAN})[^.\n]{{0,12}}(?:금지|금합|말아|마세요|마십|마시|삼가|자제|불가|안\s?[됨됩돼]|보류|유예|비공개)|
    이전에?는?[^.\n]{{0,15}}(?:{_KOREAN})[^.\n]{{0,12}}(?:금지|금합|말아|마세요|마십|마시|삼가|자제|불가)|
    (?:{_KOREAN})[^.\n]{{0,4}}(?:금지|보류|유예|제한)[^.\n]{{0,6}}\d|\d[^.\n]{{0,12}}까지[^.\n]{{0,6}}(?:비공개|대외비|비밀|엠바고)|
    (?:이후|부터|후)(?:에|로)?[^.\n가-힣]{{0,3}}(?:{_KOREAN})[^.\n]{{0,8}}(?:가능|바랍|부탁|주시|주세요|요망|요청|허용|해\s?주)|
    (?:보도|엠바고|배포|공개)\s?(?:시점|시각|시간|일시|제한|해제|해금)\s?[:：]?\s?\d
    """,
    re.VERBOSE,
)


@cache
def bans() -> tuple[Ban, ...]:
    """Return the words of all languages."""
    return tuple(Ban(**{name: "|".join(words) for name, words in read_section(tag, "ban").items()}) for tag in _TAGS)


@cache
def _compiled(ban: Ban) -> dict[str, re.Pattern[str]]:
    return {one.name: re.compile(rf"(?<!\w)(?:{getattr(ban, one.name)})(?!\w)", re.IGNORECASE) for one in fields(ban)}


@cache
def ban_keys() -> re.Pattern[str]:
    """Return what finds the words without which no sentence is a ban of these languages."""
    words = "|".join(getattr(ban, name) for ban in bans() for name in _KEYS)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)|(?:{_PUBLISH}|{_KOREAN}|保密|禁发|禁發|解禁)", re.IGNORECASE)


def is_ban(sentence: str) -> bool:
    """Return whether a sentence forbids, in a language that has no table, to use a text before a moment."""
    return SIGNS.search(sentence) is not None or any(_forbids(_compiled(ban), sentence) for ban in bans())


def _forbids(words: dict[str, re.Pattern[str]], sentence: str) -> bool:
    moments = [*_NUMBER.finditer(sentence), *words["day"].finditer(sentence)]
    found = {name: list(words[name].finditer(sentence)) for name in ("until", "use", "term", "secret", "never")}
    untils, uses = found["until"], found["use"]
    if words["asks"].search(sentence):
        uses += words["loose"].finditer(sentence)
    if moments and any(_names_moment(words, sentence, term) for term in found["term"]):
        return True
    kept = [secret for secret in found["secret"] if any(_near(secret, until) for until in untils)]
    if moments and any(_is_order(words, sentence, [secret]) for secret in kept):
        return True
    is_short = len(sentence.split()) <= _SHORT
    if is_short and words["bare"].search(sentence):
        return True
    left = [*words["leave"].finditer(sentence)] if moments else []
    if any(is_short or _is_order(words, sentence, [leave]) for leave in left):
        return True
    if any(_near(never, until) for never in found["never"] for until in untils):
        return True
    if not uses:
        return False
    allowed = [only for name in ("only", "free") for only in words[name].finditer(sentence)] if moments else []
    if any(_near(use, only) and _is_order(words, sentence, [use, only]) for use in uses for only in allowed):
        return True
    held = [use for use in uses if any(_near(use, until) for until in untils)]
    if any(_near(no, use) for no in words["must"].finditer(sentence) for use in held):
        return True
    return any(
        _near(no, use) and _is_order(words, sentence, [no, use])
        for no in words["no"].finditer(sentence)
        for use in held
    )


def _names_moment(words: dict[str, re.Pattern[str]], sentence: str, term: re.Match[str]) -> bool:
    """Return whether a moment belongs to a term: of an embargo, which may be one on goods, nothing else between."""
    if not term.group().casefold().startswith(_EMBARGO):
        return True
    rest = sentence[term.end() :]
    until = words["until"].match(rest.lstrip())
    rest = _CLOCK.sub("", rest.lstrip()[until.end() :] if until else rest)
    return rest[:1].isdigit() or words["day"].match(rest) is not None


def _is_order(words: dict[str, re.Pattern[str]], sentence: str, keys: list[re.Match[str]]) -> bool:
    """Return whether a ban is an order, and not what a story tells: it opens a clause, or the sentence asks."""
    before = _CLAUSE.split(sentence[: min(key.start() for key in keys)])[-1].split()
    small = len(before) <= _FEW and all(len(word) <= _SMALL for word in before)
    return small or words["asks"].search(sentence) is not None


def _near(one: re.Match[str], other: re.Match[str]) -> bool:
    """Return whether two words stand near each other and are not the same."""
    first, second = sorted((one, other), key=lambda match: match.start())
    return first.end() <= second.start() <= first.end() + _NEAR
