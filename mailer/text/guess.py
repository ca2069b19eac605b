"""Guess: which of the old encodings a text was written in, judged by whether it reads like words.

Owns the candidates, their order where nothing speaks for one, and the judgement of decoded text: letters that stand
beside each other in a language, capitals within words, signs within words, scripts that mix. What the languages of
media lists look like is data, `encodings.toml` of `mailer.words`, loaded when a text is to be guessed at first.
A guess is sure where it reads better than every other *reading*: encodings that give the same words are no rivals.
Gaps: a list with a single accent may fit several encodings; then the more common one is taken (Windows-1252 first).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

from mailer import lazy_re as re
from mailer.frozen import dataclass
from mailer.words import read_section

# What each encoding starts with: how rarely lists come in it. Equal readings go to the first.
_RARE: Final = {
    0.0: "cp1252",
    -0.8: "cp1250 cp1251 mac_roman cp932",
    -1.0: "cp1254 cp1253 euc_jp",
    -1.2: "iso8859_2 cp1255 cp1256 gb18030 cp949",
    -1.3: "cp1257 iso8859_15",
    -1.4: "koi8_r big5",
    -1.5: "koi8_u cp866 iso8859_7 iso8859_9",
    -1.6: "cp437 cp850 cp852 mac_cyrillic cp874",
    -1.8: "mac_latin2",
    -2.0: "iso8859_5 iso8859_13 cp857 mac_greek",
    -2.2: "mac_turkish mac_croatian mac_romanian mac_iceland",
}
CANDIDATES: Final = {codec: rare for rare, codecs in _RARE.items() for codec in codecs.split()}
_EDGES: Final = re.compile(r"[\s,;|\"<>()\[\]/\\@.:&+=_#!?*]+")
_BLANK_AT_EDGE: Final = re.compile(r"(?:^|[\s,;\t|\"])\u00a0+\w|[\w.]\u00a0+(?=[\s,;\t|\"\r\n]|$)|\d\u00a0\S")
_QUOTED: Final = re.compile(r"(?<!\w)[“„«‘](?=\w)[^“”„«»‘’]{1,300}(?<=[\w.,!?])[”“»’](?!\w)")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_PAIRED: Final = frozenset(["cp932", "euc_jp", "gb18030", "big5", "cp949"])
_OPENING, _CLOSING, _SPEAKING = "“„«‘‚‹¿¡", "”“»’›…™®", "–—•·©°€£§½¼¾²³ªº"
_NAME_PARTS: Final = frozenset(["mc", "mac", "de", "di", "la", "le"])
_CYRILLIC_VOWELS: Final = frozenset("аеёиоуыэюяіїєъ")
_ALONE: Final = frozenset("уявиоскіїאב")  # words of one letter in other scripts than Latin


_MARGIN: Final = 2.0  # two letters that stand where a language has them
_MARGIN_A_WORD: Final = 0.1  # of those that read otherwise


@cache
def _table(section: str) -> Mapping[str, frozenset[str]]:
    """Return how text reads in the languages of media lists.

    `pairs` are letters beside each other, `small_words` words in ASCII by which a text is known to be in a language,
    `one_letter` letters that are a word, and whose. `letters` make up most of a text in a script of its own, `signs`
    most of the names and headings in Chinese, Japanese and Korean; `apostrophes` have words before or after them.
    """
    texts = read_section("encodings", section).items()
    if section in {"letters", "signs"}:
        return {name: frozenset("".join(text)) for name, text in texts}
    return {name: frozenset(" ".join(text).split()) for name, text in texts}


@cache
def _alphabets() -> Mapping[str, frozenset[str]]:
    return {name: frozenset(c for c in "".join(pairs) if not c.isascii()) for name, pairs in _table("pairs").items()}


@cache
def _signs() -> frozenset[str]:
    return frozenset[str]().union(*_table("signs").values())


@dataclass(frozen=True, slots=True)
class Guess:
    """A codec in which a sample can be read, and how much speaks for it; at or below 0 it reads like no language."""

    codec: str
    score: float
    text: str


def encoding_name(codec: str) -> str:
    """Return what people call an encoding; `codec` is Python's name."""
    return " ".join(read_section("encodings", "names").get(codec, (codec.replace("_", "-"),)))


def rank_encodings(sample: bytes, around: bytes = b"", *, pairs: bool = True) -> list[Guess]:
    """Rank the encodings in which a sample can be read, the likeliest first.

    Takes lines of a file that hold bytes beyond ASCII; the text `around` them helps to know its language. `pairs` off
    leaves out the encodings in which two bytes make a sign.
    """
    ascii_words = frozenset(word.decode("ascii") for word in re.findall(rb"(?<![^\s(])[a-z]{1,7}(?=[\s.,;:)])", around))
    found: list[Guess] = []
    judged: dict[str, float] = {}
    for codec, rare in CANDIDATES.items():
        if codec in _PAIRED and not pairs:
            continue
        try:
            text = sample.decode(codec)
        except UnicodeDecodeError:
            continue
        if text not in judged:
            judged[text] = _judge(text, ascii_words, paired=codec in _PAIRED)
        found.append(Guess(codec, judged[text] + rare, text))
    return sorted(found, key=lambda guess: -guess.score)


def is_sure(ranked: list[Guess]) -> bool:
    """Return whether the first of some guesses reads like a language, and clearly more so than every other reading."""
    return bool(ranked) and ranked[0].score > 0 and rival_of(ranked) is None


def rival_of(ranked: list[Guess]) -> Guess | None:
    """Return the first guess with another reading that is not clearly worse than the best."""
    best = ranked[0]
    words = {*_EDGES.split(best.text)}
    for guess in ranked[1:]:
        if guess.text == best.text:
            continue
        least = max(_MARGIN, _MARGIN_A_WORD * len(words.difference(_EDGES.split(guess.text))))
        if best.score - guess.score < least:
            return guess
    return None


def _judge(text: str, around: frozenset[str], *, paired: bool) -> float:
    """Score decoded text: what reads like a language counts for it, what no writer types counts against it."""
    everything = set(_EDGES.split(text))
    words = {word for word in everything if not word.isascii()}
    blanks = set(_BLANK_AT_EDGE.findall(text))
    lost = "\x85" in text  # a line end that nobody types, and three dots in Windows
    score = 1.5 * len(blanks) - 6.0 * lost + 2.5 * (_QUOTED.search(text) is not None)
    if paired:
        return score + sum(map(_paired, words))
    everything |= around
    found = {name: len(small & everything) for name, small in _table("small_words").items()}
    most = max(found.values())
    spoken = frozenset(name for name, count in found.items() if count > 1 and count >= 0.6 * most)
    # Latin letters that are all of one language: a wrong reading has letters of several
    letters = {c for word in words for c in word.replace("İ", "ı").lower() if c.isalpha() and not c.isascii()}
    latin = {c for c in letters if _script(c) == "LATIN"}
    if any(latin <= alphabet for alphabet in _alphabets().values()):
        score += 0.5 * min(len(latin), 4)
    scripts = frozenset(_script(c) for word in words if len(word) > 1 for c in word if c.isalpha())
    return score + sum(_word(word, spoken, scripts) for word in words)


@lru_cache(maxsize=20_000)
def _word(word: str, spoken: frozenset[str], scripts: frozenset[str]) -> float:
    """Score a word; `spoken` are the languages that the text seems to be in, `scripts` those of its longer words."""
    found = [match[0] for match in _LETTERS.finditer(word) if not match[0].isascii()]
    score = sum(_letters(letters, spoken, scripts) for letters in found)
    return score + sum(_sign(word, at, scripts) for at, c in enumerate(word) if not c.isascii() and not c.isalpha())


def _letters(letters: str, spoken: frozenset[str], scripts: frozenset[str]) -> float:
    own = {_script(c) for c in letters}
    beyond = sum(not c.isascii() for c in letters)
    if len(own) > 1:
        return -3.0 * beyond
    script = own.pop()
    if len(letters) == 1:  # a letter of the language that is spoken, or else a dash or a bullet was read wrongly
        if script == "LATIN":
            its = _table("one_letter").get(letters.lower(), frozenset[str]())
            return 1.0 if spoken & its else -3.0 if spoken else 0.0 if its else -0.5
        return 0.0 if letters.lower() in _ALONE and script in scripts else -2.0
    score = _capitals(letters)
    if script == "LATIN":
        crowded = -1.0 * beyond if beyond > 3 and beyond > 0.6 * len(letters) else 0.0
        return score + crowded + _as_language(letters.replace("İ", "ı").lower(), spoken)  # lower() makes two signs of İ
    common = _table("letters").get(script)
    if common is None:
        return score - 2.0 * beyond
    dumb = script == "CYRILLIC" and len(letters) > 3 and not _CYRILLIC_VOWELS.intersection(letters.lower())
    shouted = 0.1 * len(letters) if len(letters) > 2 and letters.isupper() else 0.0  # scripts without case may look so
    accents = sum(c in "άόίέήύώΐΰ" for c in letters.lower())
    unaccented = len(letters) > 2 and letters[1:].islower() and not accents and _script(letters[0]) == "GREEK"
    greek = 2.0 * ("ς" in letters[:-1]) + 1.0 * max(0, accents - 1) + 1.5 * unaccented
    return score - shouted - 2.0 * dumb - greek + sum(1.3 if c in common else 0.4 for c in letters.lower())


def _as_language(word: str, spoken: frozenset[str]) -> float:
    """Score a word as the language whose letters it fits best."""
    alphabets = _alphabets()
    strange = [(word[at - 1 : at + 1] if at else "", word[at : at + 2], c) for at, c in enumerate(word) if c > "\x7f"]
    return max(
        sum(
            1.0 + (before in pairs) + (after in pairs) + (language in spoken) if c in alphabets[language] else -2.0
            for before, after, c in strange
        )
        for language, pairs in _table("pairs").items()
    )


def _capitals(letters: str) -> float:
    """Count against a word what only a wrong reading has: a capital after a small letter, a small one in capitals."""
    wrong = 0
    for at in range(1, len(letters)):
        before, c = letters[at - 1], letters[at]
        if c.isascii() and before.isascii():
            continue
        raised = c.isupper() and letters[:at].casefold() not in _NAME_PARTS and any(map(str.islower, letters))
        fallen = at > 1 and before.isupper() and letters[at - 2].isupper() and c.islower()
        wrong += raised or fallen
    return -3.0 * wrong


def _sign(word: str, at: int, scripts: frozenset[str]) -> float:
    """Score a sign by where it stands: quotation marks at edges, apostrophes behind l' and O', nothing within words."""
    c = word[at]
    own = _script(c) in _table("letters") and _script(c) in scripts
    if unicodedata.category(c) in {"Cc", "Cn", "Co", "Mn"} and not own:
        return -6.0
    before, after = word[:at], word[at + 1 :]
    inside = before[-1:].isalpha() and after[:1].isalpha()
    if c == "’" and inside:
        beside = _table("apostrophes")  # l'Écho, O'Brien, don't
        known = before.casefold() in beside["before"] or after.casefold() in beside["after"]
        return 2.5 if known else -1.0
    if inside:
        return -0.5 if c in "–—·-\u00ad" else -3.0
    if _script(c) in _table("letters"):
        return 0.5 if own else -2.0
    if c in "‘€—…" and after[:1].islower() and _script(after[0]) != "LATIN":
        return -2.0  # stands where a capital is
    opens = c in _OPENING and not before and (after or c == "«")
    if opens or (c in _CLOSING and not after and (before or c in "»…")):
        return 1.0
    if c in _SPEAKING or c == "\u00a0":
        return 1.5 if word in "•–—" else 1.0 if c in _SPEAKING else 0.5
    return -2.5 if before[-1:].isalpha() or after[:1].isalpha() else -1.5


def _paired(word: str) -> float:
    """Score a word of Chinese, Japanese or Korean: signs count for two, as they are two bytes."""
    score = 0.0
    for at, c in enumerate(word):
        if c.isascii():
            continue
        if any("a" <= other <= "z" for other in word[max(at - 1, 0) : at + 2]):
            score -= 2.5
        if "\u3041" <= c <= "\u30ff" or c in _signs():
            score += 3.0
        elif "\uff61" <= c <= "\uff9f":
            score += 0.6 if re.search("[\uff61-\uff9f]{3,}", word) else -2.0
        elif "\u4e00" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3":
            score += 0.4
        else:
            score += 0.5 if "\u3000" <= c <= "\u303f" or "\uff01" <= c <= "\uff5e" else -2.0
    return score


@lru_cache(maxsize=5_000)
def _script(c: str) -> str:
    return "LATIN" if c.isascii() else unicodedata.name(c, "NONE").split(" ")[0]
