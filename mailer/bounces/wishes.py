"""Wishes: a person who asks, in their own words, to get no more mail, and one who agrees to an embargo or declines.

Owns how a wish is told from talk about wishes: by sentence, in the tables of `language` and `[wish]` of `bounces.toml`;
what only looks like a wish is cut out first, a sentence that is a footer, a guest list or about a photograph is none,
and what stands in quotation marks is somebody else's. A word like “unsubscribe” alone, with nothing but politeness
beside it, is a wish too. Where the tables find none, a letter is weighed by its words (`words.weights`): from `SURE` on
it is a wish, from `PERHAPS` on it is for staff to look at (`asking`), as is one that a table finds and its words deny.
Standards B10: such a reply is a valid objection; GDPR Art. 21. Never raises, never decides what follows. What is said
of an embargo is a proposal for staff, who see the sentence and decide.

Gaps: irony, dialect, a wish in a few words of a long letter about something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from mailer import lazy_re as re
from mailer.bounces.language import LANGUAGES, Language, Sentence, alternatives, fold, guess_languages, pattern
from mailer.words import finder, read_patterns, read_section
from mailer.words.weights import weigh

MAX_ALONE: Final = 25
_EARLY: Final = 3  # a lone “unsubscribe” further down a long mail is the link in somebody's footer
_SHORT: Final = 300
_CURT: Final = 120
SURE: Final = 2.75  # on the scale of letters; `python -m tests.weights` prints what is found from a weight on
PERHAPS: Final = 1.0
_DENIED: Final = -0.5
_WEIGHED: Final = 1000  # characters: in a longer letter a wish is one thing among others
_SAYS: Final = read_patterns("bounces", "wish")
CONDITION: Final = _SAYS["condition"]
PREFIX: Final = _SAYS["prefix"]  # of the subject of an answer
_WHOLE, _STOP, _DELETE, _THIS = (
    frozenset(read_section("bounces", "wish")[name]) for name in ("whole", "stop", "delete", "this")
)
_ALONE: Final = frozenset(word for each in LANGUAGES for word in each.alone)
_FILLER: Final = frozenset(word for each in LANGUAGES for word in each.filler)
_languages: Final = finder((stem, each) for each in LANGUAGES for stem in each.stems)
_PIECES: Final = sorted((word for word in _ALONE | _FILLER if _SAYS["cjk"].search(word)), key=len, reverse=True)


def find_wish(text: str, sentences: Sequence[Sentence], subject: str, languages: Sequence[Language]) -> Sentence | None:
    """Find the sentence that asks for no more mail, in what a person wrote anew or in their subject.

    `text` is free of quotations (`answers.new_text`), `sentences` are all of its. A subject counts where a person made
    it, and where the text does not talk about something else.
    """
    if _SAYS["newsletter"].search(" ".join(each.plain for each in sentences)):
        return None
    return _wish_among(text, sentences, languages) or _subject_wish(text, sentences, subject)


def weigh_wish(text: str, sentences: Sequence[Sentence], *, enough: float) -> Sentence | None:
    """Return, of a letter that weighs enough, the sentence that weighs most.

    A sentence with what only looks like a wish is left out, and a letter that refuses one (“keep me on”) has none.
    """
    if len(text) > _WEIGHED:
        return None
    whole = "\n".join(each.plain for each in sentences)
    for table in find_tables(whole, guess_languages(whole)):
        if pattern(table, "refusals").search(whole):
            return None
        sentences = [each for each in sentences if not pattern(table, "harmless").search(each.plain)]
    is_one = weigh("letters", " ".join(each.plain for each in sentences)) >= enough
    return max(sentences, key=lambda each: weigh("letters", each.plain)) if is_one else None


def is_denied(text: str, wish: Sentence) -> bool:
    """Return whether neither the sentence that a table took for a wish nor its letter weighs like one."""
    return max(weigh("letters", wish.plain), weigh("letters", text)) < _DENIED


def find_tables(plain: str, languages: Sequence[Language]) -> list[Language]:
    """Return the languages, of those guessed and of all, in which the text has a piece that every wish has."""
    found = _languages(plain)
    asked = [each for each in languages if each in found]
    return asked or ([each for each in LANGUAGES if each in found] if len(plain) < _SHORT else [])


def _wish_among(text: str, sentences: Sequence[Sentence], languages: Sequence[Language]) -> Sentence | None:
    corrected = correct_spelling("\n".join([each.plain for each in sentences]))
    plains = corrected.split("\n") if sentences else []
    tables = find_tables(corrected, languages)
    one_word = len(text) <= _CURT and "?" not in text
    for place, (sentence, plain) in enumerate(zip(sentences, plains, strict=True)):
        first = (
            _SAYS["dash"].split(plain)[0] if one_word else plain
        )  # the “unsubscribe” of “Unsubscribe - wrong department”
        alone = first if len(first.split()) <= 2 else plain
        if (place < _EARLY or len(text) <= _SHORT) and _stands_alone(alone):
            return sentence
        if _wishes(plain, tables):
            return sentence
    whole = " ".join(plains)
    if len(whole) > _SHORT:
        return None
    if curt := [each for each, plain in zip(sentences, plains, strict=True) if _is_curt(plain, whole)]:
        return curt[0]
    if len(sentences) > 1 and _wishes(whole, tables):
        return Sentence(" ".join(each.words for each in sentences), whole)  # lines of a few words, broken anywhere
    words = set(_SAYS["word"].findall(whole))  # a letter that is one sentence: “Remove.”, “Raus bitte” and nothing more
    is_whole = len(sentences) == 1 and bool(words & _WHOLE) and words <= _WHOLE | _FILLER
    return sentences[0] if is_whole else None


def _is_curt(plain: str, whole: str) -> bool:
    """Whether a sentence is “Please stop.” and nothing more, or “Please delete.” in a letter about the address."""
    words = set(_SAYS["word"].findall(plain))
    if words & _STOP and "?" not in whole:
        return words <= _STOP | _FILLER | _THIS
    if CONDITION.match(plain) or not _SAYS["context"].search(whole) or _SAYS["things"].search(whole):
        return False
    clauses = (set(_SAYS["word"].findall(clause)) for clause in _SAYS["clause"].split(plain))
    return any(clause & _DELETE and clause <= _DELETE | _FILLER | _THIS for clause in clauses)


def _wishes(plain: str, tables: Sequence[Language]) -> bool:
    """Return whether one sentence is a wish in one of the languages, and in none of them anything else."""
    open_words = _SAYS["quote"].sub(" ", plain) if plain.count('"') >= 2 else plain
    if open_words.rstrip(' ")').endswith("?") and not _SAYS["request"].search(open_words):
        return False
    found = _languages(open_words) if tables else ()
    asked = [table for table in tables if table in found]
    for table in tables if asked else ():
        if pattern(table, "refusals").search(open_words):
            return False
        open_words = pattern(table, "harmless").sub(" # ", open_words)
    return any(pattern(table, "wishes").search(open_words) for table in asked)


def _subject_wish(text: str, sentences: Sequence[Sentence], subject: str) -> Sentence | None:
    plain = correct_spelling(fold(subject))
    bare = PREFIX.sub("", plain)
    answer = bare != plain
    talks = "?" in text or "？" in text or len(text) > 250
    if not bare or talks or (answer and sentences):
        return None
    is_wish = _stands_alone(bare) or (not answer and _wishes(bare, find_tables(bare, guess_languages(bare))))
    return Sentence(subject, bare) if is_wish else None


def _stands_alone(plain: str) -> bool:
    """Return whether a text is a word like “unsubscribe” with nothing but politeness beside it."""
    bare = _SAYS["address"].sub(" ", plain) if "@" in plain else plain
    words = _SAYS["word"].findall(bare)
    if not bare.isascii() and _SAYS["cjk"].search(bare):  # no blanks: what is left when all known pieces are taken out
        rest = "".join(words)
        if not any(word in rest for word in _ALONE if _SAYS["cjk"].search(word)):
            return False
        for piece in _PIECES:
            rest = rest.replace(piece, "")
        return len(rest) <= 2
    known = all(word in _FILLER or word in _ALONE for word in words)
    return known and len(words) <= MAX_ALONE and any(word in _ALONE for word in words) and not _SAYS["no"].match(bare)


def correct_spelling(plain: str) -> str:
    """Return a text without the typing errors in the words that matter most: `unsuscribe`, `un-subscribe`, `remvoe`."""

    def corrected(found: re.Match[str]) -> str:
        word = found[0]
        if word.startswith("unsubscri"):
            return word
        if "subscri" in word and word.startswith(("un-", "un ", "de", "dis", "di")):
            return "unsubscribe"
        if not _SAYS["close"].match(word):
            return word
        return next(iter(get_close_matches(word, ("unsubscribe", "unsubscribed"), 1, cutoff=0.8)), word)

    return _SAYS["remove"].sub("remove", _SAYS["unsubscribe"].sub(corrected, plain))


# Consent: what a reply says of an embargo that a person was asked to agree to. Only the first sentences count, each for
# itself, and a question is no answer: “Could we agree on Monday?”.

ACCEPTED, DECLINED = "accepted", "declined"
_FIRST: Final = 6
_LONGEST: Final = 160  # a sentence that says more than yes or no is for people to read


def read_consent(sentences: Sequence[Sentence]) -> tuple[str, str]:
    """Return `accepted`, `declined` or nothing, and the sentence that says so."""
    says = read_section("consent", "says")
    for verdict in (DECLINED, ACCEPTED):
        found = alternatives(says[verdict])
        for each in sentences[:_FIRST]:
            is_question = each.plain.rstrip().endswith(("?", "？"))
            if len(each.plain) <= _LONGEST and not is_question and found.search(each.plain):
                return verdict, each.words
    return "", ""
