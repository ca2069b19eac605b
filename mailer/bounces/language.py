"""Language: splits a person's text into sentences, guesses its languages, and has each language's words for answers.

Owns the folding of a sentence into the plain form that all tables are written in (one case, no accents on Latin
letters, straight quotes, single blanks, Russian ё as е, full-width letters as plain ones); the joining of lines that a
mail program broke; the guess which languages' tables to use (there may be several; for a few words, all of them); and
the preparation of their patterns. Each is a regular expression over one sentence, compiled when the language is first
needed; `.{0,60}` and the like are bounded everywhere, so that no text takes long. Never decides anything (`answers`
does), never raises.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mailer import lazy_re as re
from mailer.frozen import dataclass
from mailer.words import any_of, read_section

MAX_SENTENCES = 80
_WRAPPED = 45  # a line at least this long was probably broken by the program
_WRAPPED_WIDE = 22  # of characters that are twice as wide
# not behind a number (“14. März”), nor before one (“Jan. 5”)
_END = re.compile(r"(?<=[!?。！？;；…])\s*|(?<=[^\d\W]{2}\.)\s+(?!\d)|(?<=[)\"'»”]\.)\s+|\n")
_ODD = {"ё": "е", "ł": "l", "ø": "o", "æ": "ae", "đ": "d", "ı": "i", "œ": "oe", "ð": "d", "þ": "th"}
_SIGNS = {
    **dict.fromkeys("’‘`´ʼ′", "'"),
    **dict.fromkeys("“”„«»‹›「」『』‟″", '"'),
    **dict.fromkeys("\u200b\u200c\u200d\ufeff\u00ad\u2060\u0307", ""),
    **dict.fromkeys("‐‑–—−", "-"),
}
_BARE = {
    chr(code): unicodedata.normalize("NFKD", chr(code))[0]
    for code in (*range(0xC0, 0x250), *range(0x386, 0x3D0), *range(0x1E00, 0x1F00))
    if unicodedata.decomposition(chr(code)) and "<" not in unicodedata.decomposition(chr(code))
}
_FOLD = str.maketrans({**_BARE, **_ODD, **_SIGNS})

_LATIN_WORD = re.compile(r"[^\W\d_]+")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_SCRIPTS = {"ru": "[\u0400-\u04ff]", "el": "[\u0370-\u03ff]{2}", "he": "[\u0590-\u05ff]", "ko": "[\uac00-\ud7af]"}
_BY_SCRIPT = {code: re.compile(letters) for code, letters in _SCRIPTS.items()}
_FEW_WORDS = 12  # words


class Sentence(NamedTuple):
    """One sentence: as it was written, and folded."""

    words: str
    plain: str


def fold(text: str) -> str:
    """Return text in the plain form: `Désabonnez‑moi !` becomes `desabonnez-moi !`; `E-Mail` is one word, `email`."""
    if text.isascii():
        folded = text.replace("`", "'").lower()
    else:
        folded = unicodedata.normalize("NFKC", text.translate(_FOLD)).casefold().translate(_FOLD)
    return " ".join(folded.split()).replace("e-mail", "email")


def parse_sentences(text: str) -> list[Sentence]:
    """Cut text into sentences; one that is empty after folding is left out."""
    pieces = (piece.strip() for piece in _END.split(_joined(text)) if piece)
    found = (Sentence(" ".join(piece.split()), fold(piece)) for piece in pieces if piece)
    return [sentence for sentence in found if sentence.plain][:MAX_SENTENCES]


def _joined(text: str) -> str:
    """Join the lines of a paragraph that a mail program broke at its width."""
    out: list[str] = []
    before = ""
    for line in text.split("\n"):
        bare = line.strip()
        wide = bool(before) and ord(before[-1]) > 0x2E7F
        broken = len(before) >= (_WRAPPED_WIDE if wide else _WRAPPED) and before[-1] not in ".!?:;。！？"
        if broken and bare:
            out.append(bare if wide else f" {bare}")
        else:
            out.append(f"\n{bare}")
        before = bare
    return "".join(out)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Language:
    """One language's words.

    `frequent`: its small words, by which a text is known to be in it; none if its script is enough.
    `stems`: pieces of words; every opt-out has one of them, so without one the rest is not searched.
    `wishes`: a sentence that asks to get no more mail. `harmless`: what looks like one and is cut out first (a rate, a
    link, a no before it). `refusals`: a sentence with this is no wish, whatever else it says (a footer, a guest list).
    `alone`: words that are a wish if there is nothing but `filler` beside them.
    `absent`: someone is away. `signs`: other words of such notices. `automatic`: a machine says that it is one.
    `left`: they do not work there any more. `gone`: the address is not read any more. `own`: words beside the person's
    own new address. `instead`: the address to use from now on.
    """

    code: str
    frequent: tuple[str, ...] = ()
    stems: tuple[str, ...]
    wishes: tuple[str, ...]
    harmless: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    filler: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    automatic: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()


# in the order in which they are tried
_TAGS = (
    *("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "ja", "zh", "sv", "fi", "cs", "tr"),
    *("hu", "ro", "el", "he", "ko", "others"),
)
LANGUAGES = tuple(Language(code=tag, **read_section(tag, "answers")) for tag in _TAGS)


@functools.cache
def pattern(language: Language, name: str) -> re.Pattern[str]:
    """Return one regular expression out of the rows of a language's table of this name."""
    rows: tuple[str, ...] = getattr(language, name)
    return alternatives(rows)


@functools.cache
def alternatives(rows: tuple[str, ...]) -> re.Pattern[str]:
    """Return one regular expression for these alternatives; for none, one that never matches."""
    return re.compile(any_of(rows), re.MULTILINE)


def first_with(sentences: Sequence[Sentence], tables: Iterable[re.Pattern[str]]) -> Sentence | None:
    """Return the first sentence in which one of the tables matches."""
    whole = "\n".join([each.plain for each in sentences])
    patterns = [each for each in tables if each.search(whole)]  # mostly none, and then it is cheap
    return next((each for each in sentences if any(one.search(each.plain) for one in patterns)), None)


def guess_languages(plain: str) -> tuple[Language, ...]:
    """Return the languages whose tables are worth searching for a text in plain form, the likeliest first."""
    by_script: list[Language] = []
    if not plain.isascii():
        kana, han = bool(_KANA.search(plain)), bool(_HAN.search(plain))
        scripts = {**{code: bool(letters.search(plain)) for code, letters in _BY_SCRIPT.items()}, "ja": kana or han}
        scripts["zh"] = han and not kana
        by_script = [each for each in LANGUAGES if scripts.get(each.code)]
    words = set(_LATIN_WORD.findall(plain[:1_500]))
    counts = {each.code: len(words.intersection(each.frequent)) for each in LANGUAGES if each.frequent}
    most = max(counts.values(), default=0)
    # notices are often written twice, so a second language counts when it has a fair share
    least = max(2, most * 0.4)
    if len(words) <= _FEW_WORDS:
        least = len(words) + 1 if by_script else most * 0.5 if most > 2 else 0
    latin = [each for each in LANGUAGES if counts.get(each.code, -1) >= least]
    latin.sort(key=lambda each: -counts[each.code])
    extra = [each for each in LANGUAGES if each.code == "en" and by_script and _LATIN_WORD.search(plain)]
    return tuple(dict.fromkeys((*by_script, *latin, *extra)))
