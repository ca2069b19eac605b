"""Holding: the words of a sentence that holds a release back, beside those of `hold_…` in each language.

Owns the patterns of what speaks for a hold or against it, and what may stand in “Please note that all information in
this release is strictly embargoed until …” and its like in any language: a word that is none of these (“the council”,
“on tea”) says that the sentence is about something else. The words are data: `holding.toml` in `mailer.words`, with
what each list means beside it, and `[holding]` in each language's file. Japanese, whose words nothing parts, has its
signs in `head.holds`.
"""

from __future__ import annotations

import re

from mailer.words import beginnings, read_section, without_accents

_TAGS = ("en", "fr", "de", "es", "it", "nl", "pt")
_SIGNS = read_section("holding", "signs")
OWN_WORDS = frozenset(
    word
    for section in (read_section("holding", "words"), *(read_section(tag, "holding") for tag in _TAGS))
    for words in section.values()
    for word in words
)


def _any(name: str) -> str:
    return "|".join(_SIGNS[name])


def _words(name: str) -> re.Pattern[str]:
    """Compile what stands as words of their own, and the signs of Japanese for the same."""
    signs = f"|{_any(f'{name}_japanese')}" if f"{name}_japanese" in _SIGNS else ""
    return re.compile(rf"(?<!\w)(?:{_any(name)})(?!\w){signs}", re.IGNORECASE)


FROM, ONLY, AFTER = _any("from"), _any("only"), _any("after")
SECRET = _words("secret")
LOOSE = re.compile(_any("loose"), re.IGNORECASE)
ASKING = re.compile(rf"\*\*\s*hold\s*\*\*|(?<!\w)(?:{_any('asking')})(?!\w)", re.IGNORECASE)
TERM = re.compile(
    rf"(?<!\w)(?:{_any('term')})\s*[:：]|(?<!\w)for\s+release(?=\s+\w+\s+\d)|{_any('term_japanese')}", re.IGNORECASE
)
# an embargo and its day in a language that has no table here
FOREIGN = re.compile(
    r"""
    (?<!\w)(?:embargo\w*|эмбарго|ембарго|εμπάργκο)\W{1,3}(?:do|til|till|dne|od|fra|från|до|с|έως|μέχρι)\s
    (?:\w+\s)?\d+(?![\dºª])|(?<!\w)(?:эмбарго|ембарго|εμπάργκο)\s?[:：]|\d[^\n.]{1,20}\s(?:kadar|asti|saakka|ig)\s
    (?:ambargo|embargo)\w*|엠바고\s?[:：]?\s?\d|禁[运運发發](?:至|到|期|[:：])|
    (?:请勿|請勿|禁止|不得|切勿)[^\n。]{0,20}\d[^\n。]{0,12}前[^\n。]{0,6}(?:发布|發布|發佈|报道|報導|公开|公開)
    """,
    re.IGNORECASE | re.VERBOSE,
)
OPEN = _words("open")
LATER = _words("later")
# says that there is no embargo
NONE = re.compile(
    r"""
    (?<!\w)(?:no|not|non|sin|sans|sem|ohne|kein\w*|senza|geen|zonder|never|without|free\s+of)\s+(?:(?:longer|
    under|an?|any|subject|to|more|mehr)\s+)*(?:embarg|sperrfrist)\w*|(?<!\w)(?:embargo\w*|sperrfrist)\W+(?:(?:is|
    has|been|ist)\s+)*(?:none|no|n/a|nil|over|ended|keine?|aucun|ninguno|nessuno|geen|nenhum|なし|aufgehoben|vorbei|
    lifted|levé|levantado|expired)(?!\w)(?!\s+\w[^,;(\d]*\d)|解禁日?なし|即時解禁|解禁済
    """,
    re.IGNORECASE | re.VERBOSE,
)
PAST = _words("past")
FUTURE = _words("future")
# what stands between an embargo and the goods that it is on
GOODS = re.compile(
    r"""
    \s+(?:on|against|of|sur|contre|auf|gegen|sobre|contra|su|sul|sulla|op|tegen|de|del|della|di|do|
    da|na|mot|mod|przeciw\w*)\s+(?:(?:the|all|le|la|les|l['’]|el|los|las|il|lo|i|gli|het|die|das|den|o|a|os|as)\s*)?
    """,
    re.IGNORECASE | re.VERBOSE,
)
THIS = re.compile(
    rf"(?<!\w)(?:{_any('this')})\s+(?:press\s+|news\s+)?(?:{_any('text')})"
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
