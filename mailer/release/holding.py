"""Holding: the words of a sentence that holds a release back, beside those of `hold_…` in each language.

Owns the patterns of what speaks for a hold or against it, and what may stand in “Please note that all information in
this release is strictly embargoed until …” and its like in any language: a word that is none of these (“the council”,
“on tea”) says that the sentence is about something else. The words are data: `holding.toml` in `mailer.words`, with
what each list means beside it, and `[holding]` in each language's file. Japanese, whose words nothing parts, has its
signs in `head.holds`.

A language of which no release is read has a section `[ban]`, pieces of regular expressions by kind (`BANS`). A no, a
verb and an until stand in stories too (“the names are not made public until …”), so that most count only in an order:
one of them opens its clause, the no is a “must not”, or the sentence has a word that asks or means the text. Verbs
stand there in the forms that orders take, never in those that tell of the past. Nobody reads the moment of a ban.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from mailer import lazy_re as re
from mailer.words import beginnings, read_section, without_accents

_TAGS = ("en", "fr", "de", "es", "it", "nl", "pt")
_SIGNS = {name: "|".join(words) for name, words in read_section("holding", "signs").items()}
OWN_WORDS = frozenset(
    word
    for section in (read_section("holding", "words"), *(read_section(tag, "holding") for tag in _TAGS))
    for words in section.values()
    for word in words
)


def _words(name: str) -> re.Pattern[str]:
    """Compile what stands as words of their own, and the signs of Japanese for the same."""
    signs = f"|{_SIGNS[f'{name}_japanese']}" if f"{name}_japanese" in _SIGNS else ""
    return re.compile(rf"(?<!\w)(?:{_SIGNS[name]})(?!\w){signs}", re.IGNORECASE)


FROM, ONLY, AFTER = _SIGNS["from"], _SIGNS["only"], _SIGNS["after"]
SECRET = _words("secret")
LOOSE = re.compile(_SIGNS["loose"], re.IGNORECASE)
ASKING = re.compile(rf"\*\*\s*hold\s*\*\*|(?<!\w)(?:{_SIGNS['asking']})(?!\w)", re.IGNORECASE)
TERM = re.compile(
    rf"(?<!\w)(?:{_SIGNS['term']})\s*[:：]|(?<!\w)for\s+release(?=\s+\w+\s+\d)|{_SIGNS['term_japanese']}", re.IGNORECASE
)
OPEN = _words("open")
LATER = _words("later")
# says that there is no embargo
NONE = re.compile(_SIGNS["none"], re.IGNORECASE)
PAST = _words("past")
FUTURE = _words("future")
THIS = re.compile(
    rf"(?<!\w)(?:{_SIGNS['this']})\s+(?:press\s+|news\s+)?(?:{_SIGNS['text']})"
    r"|(?<!\w)die\s+(?:meldung|mitteilung|pressemitteilung)|la\s+notizia|(?:この|本)(?:情報|資料|リリース|件|内容)",
    re.IGNORECASE,
)
PLEA = _words("plea")
# what adds up to a hold where no other table has its words; for text `without_accents`
_KINDS = {kind: tuple(map(without_accents, words)) for kind, words in read_section("holding", "evidence").items()}
_SET_OFF = (
    r"(?=\W*$|\s*[-–—:;,.|(]|\s+(?:v?\d|not|no|only|for|await|pend|por|noch|ni|non|nao|nog|wacht|ikke|afvent|inte|avvakt|annu"
    r"|nie|czeka|не|do|en|in)\b)"
)
_DRAFTS = tuple(word + _SET_OFF for word in _KINDS["drafts"])
EVIDENCE = {
    kind: beginnings(words + _DRAFTS if kind == "draft" else words)
    for kind, words in _KINDS.items()
    if kind != "drafts"
}

# Swedish with Danish and Norwegian, alike enough for one table; Czech with Slovak; Russian with Ukrainian and Bulgarian
_BAN_TAGS = ("sv", "fi", "pl", "cs", "ru", "hu", "ro", "tr", "el", "ar", "he")
_BANS = tuple(frozenset(line.split()) for line in read_section("holding", "bans")["rows"])
_BAN_KEYS = ("use", "loose", "never", "bare", "leave", "secret", "term")  # without one of these no sentence is a ban
_BAN_LEADS = ("no", "use", "leave", "secret", "only")
_SHORT = 7
_FEW, _SMALL = 2, 4  # words before an order, and their letters: “får”, “ke”, “może”
_NUMBER = re.compile(r"(?<!\d)(?!(?:19\d\d|20[01]\d)(?!\d))\d+")
_EMBARGO = ("embarg", "эмбарго", "ембарго", "εμπάργκο", "ambargo", "אמברגו")
_CLAUSE = re.compile(r"[:;.!?()\[\]*|]|\s[-–—]\s|,\s")
_CHINESE_NO, _PUBLISH = ("|".join(read_section("zh", "ban")[field]) for field in ("no", "use"))
_KOREAN = "|".join(read_section("ko", "ban")["use"])
# scripts that write their words without blanks, or with endings that no border parts
_BAN_SIGNS = re.compile(
    _SIGNS["ban"].replace("{no}", _CHINESE_NO).replace("{use}", _PUBLISH).replace("{korean}", _KOREAN)
)


@cache
def _ban_words() -> tuple[Mapping[str, re.Pattern[str]], ...]:
    """Return the words of each language by kind. An embargo may be one on goods: a moment has to stand right behind."""
    tables: list[Mapping[str, re.Pattern[str]]] = []
    for tag in _BAN_TAGS:
        words = dict(read_section(tag, "ban"))
        words["only"] += words.pop("free", ())
        until, day = "|".join(words["until"]), "|".join(words["day"])
        clock = r"(?:(?:kl|klo|godz|dne|dnia|den|på|om)\b\W*)?"
        moment = rf"\W*(?:(?:{until})(?!\w)\W*)?{clock}(?:\d\w*|{day})"
        words["term"] = [term + moment * term.startswith(_EMBARGO) for term in words["term"]]
        tables.append(
            {kind: re.compile(rf"(?<!\w)(?:{'|'.join(ways)})(?!\w)", re.IGNORECASE) for kind, ways in words.items()}
        )
    return tuple(tables)


@cache
def ban_keys() -> re.Pattern[str]:
    """Return what finds the words without which no sentence is a ban of these languages."""
    words = "|".join(words[kind].pattern for words in _ban_words() for kind in _BAN_KEYS if kind in words)
    return re.compile(rf"{words}|{_PUBLISH}|{_KOREAN}|ambargo|엠바고|保密|禁[运運发發]|解禁", re.IGNORECASE)


def is_ban(sentence: str) -> bool:
    """Return whether a sentence forbids, in a language of which no release is read, to use a text before a moment."""
    if _BAN_SIGNS.search(sentence):
        return True
    for words in _ban_words():
        if not any(words[kind].search(sentence) for kind in _BAN_KEYS if kind in words):
            continue
        found = {kind: match for kind, one in words.items() if (match := one.search(sentence))}
        if "asks" in found and "loose" in found:
            found.setdefault("use", found["loose"])
        kinds = set(found)
        if "day" in found or _NUMBER.search(sentence):
            kinds.add("moment")
        if len(sentence.split()) <= _SHORT:
            kinds.add("short")
        before = [_CLAUSE.split(sentence[: found[kind].start()])[-1].split() for kind in _BAN_LEADS if kind in found]
        if "asks" in found or any(len(some) <= _FEW and all(len(one) <= _SMALL for one in some) for some in before):
            kinds.add("order")
        if any(ban <= kinds for ban in _BANS):
            return True
    return False
