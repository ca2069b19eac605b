"""Quoting: the quotes in a release, and their speakers.

Owns distinguishing speech from terms, titles and mottos (`SPEECH` weighs each stretch between quotation marks), the
attribution beside it (`BEHIND`, `BEFORE`), and the walk over the body: quotes that continue over paragraphs, speakers
announced on the line above or signing on the line below, and the memory of earlier speakers. Never changes a block: the
quotes are returned beside the text. Pull quotes, which repeat the text, count once.

The words beside a quote are turned into a string of letters, one for each word or name, to which the rules are applied
in order:

    P person · p person behind a preposition · N one word with a capital, n behind a preposition · B body, b the same
    T title · V verb of saying · A “according to” · H pronoun · w any other word · C comma · D dash, bracket · : colon

Gaps: an interview set as “Name: text” without marks.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import islice

from mailer import lazy_re as re
from mailer.frozen import dataclass, field, replace
from mailer.release.people import has_given_name, names_role
from mailer.release.pieces import Draft, settle_blocks
from mailer.release.quotes.speakers import (
    FoundName,
    People,
    Speaker,
    find_names,
    is_behind_preposition,
    is_title,
    japanese_people,
    japanese_speaker,
)
from mailer.release.values import Block, Heading, ListBlock, Paragraph, Quote, block_inlines, plain
from mailer.release.words import LANGUAGES, OTHERS, guess_language, pattern, primary
from mailer.words import read_section

# Marks.

_BLANK = frozenset(" \t\n\r\u00a0\u202f\u2009\u3000")
_BEFORE_OPENING = _BLANK | frozenset("([{—–-―:;,/>…*_|=。、：，！？")
_PAIRS = ['“”"“‟″', "””", '„“”"‟', "‟”“", '""”“', "＂＂", "«»", "»«»", "「」", "『』", "〝〟〞", "‹›", "›‹"]
_DOUBLE = {pair[0]: pair[1:] for pair in _PAIRS}  # each that opens, with those that close it
_SIDED = frozenset("„«「『〝‹“")  # opens in every position
_SINGLE = {"‘": "’'", "‚": "‘’'", "'": "'’", "`": "'’´", "´": "'´’"}
_MARK = re.compile(f"[{''.join([*_DOUBLE, *_SINGLE])}]")
_APOSTROPHES = re.compile(r"['‘](?:\d\ds?\b|tis\b|twas\b|em\b|til\b|cause\b|n['’]|s\b|t\b|k\b|ns\b|n\s)", re.IGNORECASE)
_LONGEST = 8000  # characters: no quote in one paragraph is longer
_LONGEST_SINGLE = 1500  # the same within single marks, since most of these are apostrophes
_TYPED = re.compile(r"<<\s?(?=\S)|\s?>>|(?<!\S),,(?=\w)|``(?=\w)|''(?=[\s.,;:!?)]|$)")
_TYPED_MARKS = {"<": "«", ">": "»", ",": "„", "`": "“", "'": "”"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """The text between two marks; `start` and `end` include the marks. It is open if the second mark is missing."""

    start: int
    end: int
    text: str
    is_open: bool = False
    mark: str = ""


def typed_marks(text: str) -> str:
    """Return a text with << >> ,, '' `` replaced by the marks they stand for; no character moves."""

    def replaced(match: re.Match[str]) -> str:
        sign = match.group().strip()[0]
        mark = _TYPED_MARKS[sign]
        return match.group().replace(sign * 2, f"{mark}\u2060" if mark in "«„“" else f"\u2060{mark}")

    return _TYPED.sub(replaced, text)


def find_stretches(text: str) -> tuple[Stretch, ...]:
    """Return the stretches in quotation marks in order, only those of the outermost level."""
    text = typed_marks(text)
    found: list[Stretch] = []
    at = 0
    while match := _MARK.search(text, at):
        at, mark = match.start(), match.group()
        end: int | None = None
        if _opens(text, at):
            end = _single_end(text, at) if mark in _SINGLE else _double_end(text, at)
            # a single mark without its other half is an apostrophe, unless it is the first character
            if end is not None or mark not in _SINGLE or not text[:at].strip():
                stop = len(text) if end is None else end
                inside = text[at + 1 : stop].replace("\u2060", "").strip()
                found.append(Stretch(at, min(stop + 1, len(text)), inside, is_open=end is None, mark=mark))
                at = stop
        at += 1
    return tuple(found)


def find_carried(text: str, mark: str) -> Stretch | None:
    """Return the end of a quote that an earlier paragraph left open with a mark; None if it does not end here."""
    text = typed_marks(text)
    closers = _DOUBLE.get(mark) or _SINGLE.get(mark, "")
    for at, character in enumerate(text):
        if character == mark and _opens(text, at):
            return None
        if character in closers and at and _closes(text, at):
            return Stretch(0, at + 1, text[:at].strip(), mark=mark)
    return None


def _opens(text: str, at: int) -> bool:
    mark, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if not after or (after in _BLANK and mark not in "«„“»"):
        return False
    apart = not before or before in _BEFORE_OPENING or before in _DOUBLE or (not before.isalnum() and before in "’'")
    if mark == "»":
        # French and Spanish repeat it to continue a quote; German books turn the marks round
        return apart and after not in _BLANK and re.search("[«»]", text[at + 1 :]) is not None
    if mark in _SINGLE:
        return apart and (after.isalnum() or after in '«“"¿¡[(…') and not _APOSTROPHES.match(text, at)
    if mark == "“" and before and not apart and (after in _BLANK or after in ".,;:!?)"):
        return False
    return apart or (mark in _SIDED and mark != "“") or (mark == "“" and after.isalnum())


def _closes(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if text[at] in "»«」』〟〞›‹”":
        return True
    return before not in _BLANK and not (after and (after.isalnum() and after.isascii()))


def _double_end(text: str, at: int) -> int | None:
    """Return the position of the closing mark: one of the same depth, else the first that may close."""
    mark = text[at]
    closers = _DOUBLE[mark]
    depth, first = 0, None
    for i in range(at + 1, min(len(text), at + _LONGEST)):
        character = text[i]
        if character in closers and _closes(text, i) and not (character == mark and _nests(text, i)):
            first = i if first is None else first
            if depth == 0:
                return i
            depth -= 1
        elif character == mark and mark != "»":
            depth += _nests(text, i)
    return first


def _nests(text: str, at: int) -> bool:
    return text[at] in "«„「『‹" or (_opens(text, at) and text[at - 1 : at] in _BEFORE_OPENING)


def _single_end(text: str, at: int) -> int | None:
    """Return where the closing single mark is: rather after a stop than after a word (the members’ view)."""
    candidate: int | None = None
    for match in _may_close(_SINGLE[text[at]]).finditer(text, at + 1, at + _LONGEST_SINGLE):
        i = match.start()
        if match["opens"] is not None:
            if candidate is not None and _opens(text, i):
                return candidate
        elif text[i - 1] in ".,!?…;" or not text[i + 1 : i + 2]:
            return i
        else:
            candidate = i if candidate is None else candidate
            if not (text[i - 1] in "sxzSXZ" and re.match(r"\s\w", text[i + 1 : i + 3])):
                return candidate
            # perhaps the apostrophe of a plural: an s before it, a word right behind
    return candidate


@cache
def _may_close(closers: str) -> re.Pattern[str]:
    """Compile a mark that neither follows a blank nor precedes a word, or one that `opens` another stretch."""
    return re.compile(rf"(?<![{''.join(_BLANK)}])[{closers}](?![^\W_])|(?P<opens>[‘'])")


# The evidence for and against a stretch being someone's words: a quote has at least ENOUGH.
SPEECH: Mapping[str, int] = read_section("quotes", "weights")
ENOUGH = 6
# Rules for the speaker in the words behind a quote …
BEHIND: tuple[str, ...] = read_section("quotes", "rules")["behind"]
# … and in those before it.
BEFORE: tuple[str, ...] = read_section("quotes", "rules")["before"]
_LEAVES_OUT = frozenset({"it", "es", "pt"})  # the pronoun: ha aggiunto
_UNKNOWN_VERB = (r"^w[wTC]{0,9}?(?P<who>P)", r"^w(?P<who>N)")  # «…,» beams Ann Bell
_ALONE = r"^[wT]{0,3}(?P<who>P)[^V:]*$"  # a line that is a signature

_SHORT = "|".join(read_section("quotes", "abbreviations")["words"])
_ABBREVIATIONS = re.compile(rf"(?:^|[\s(])(?:[^\W\d_]|[A-Z]\.[A-Z]|{_SHORT})$")
_STOP = re.compile(r"[.!?…](?=\s|$)")
_ARTICLE = re.compile(r"\W*(?:the|der|die|le|la|l['’]|el|il|lo|de|het|o|a)\s?\w", re.IGNORECASE)
_FRENCH = re.compile(r"\b(\w+)-(?:t-)?(ils?|elles?|on)\b")
_WRITTEN_BY = re.compile(r"(?<!\w)(?:by|par|por|door|von|da|durch)\s+$", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s|..['’]s")  # “Tom Ash’s sister, Ann Bell, …” is about her
_ENDED = re.compile(r"[.!?:;…。」”“»«\"’')\]]\s*$")
_SPEECH = re.compile(r"^[\"“„«]|[.,!?…][\"“”»]")  # a quote, not a signature: ““We had stopped,” said Ann Bell”
_DASHED = re.compile(r"(?:^|[.!?]\s)\s*[–—―-]\s?(?=[\w¿¡])")
_CLAUSES = re.compile(r"(?:,\s|[,.!?…]?\s?[–—―]\s?)(?=(?P<who>\w[^–—.]{4,119}))")
_REACH = 1000  # characters on each side of a quote that are searched for its speaker
_LONG_SENTENCE = 12  # words
_MOST_ANNOUNCING = 45  # words of a line that announces
_SIGNATURE_WORDS, _SIGNATURE_LENGTH = 20, 120  # words and characters of a line that signs
_LEAD_WORDS = 30  # of a line that is reported as the lead-in of a quote
_MOST_LABEL = 4  # words behind a colon: so few are not a quote
_LATEST = 40  # earlier quotes that one may repeat
_FEW_LETTERS = 15  # a shorter text may be part of another quote by chance
_LANGUAGE_WORDS = 40  # words: the language of a longer text is guessed, even against its field
_SHOWN = 100  # characters of a quote in its report
_SAYS, _NO_SPEECH = (re.compile(read_section("quotes", "japanese")[name][0]) for name in ("says", "no_speech"))
_TERM = 12  # Japanese characters: fewer are a term


@dataclass(frozen=True, slots=True)
class SpokenQuote:
    """A quote: its words, its speaker, and the block of the body where it begins.

    `is_sure` says that a clause names the speaker; `is_open` is the mark that nothing closes in the paragraph.
    """

    text: str
    speaker: Speaker
    lead_in: str = ""
    block: int = 0
    is_open: str = ""
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Context:
    """The state of reading a text: its people, its language, the last speaker, and the position in the text."""

    people: People
    language: str
    last: Speaker | None = None
    at: int = 0


@dataclass(frozen=True, slots=True)
class _Row:
    """A text as a row of letters, with the position of each and the names among them."""

    text: str
    letters: str
    places: tuple[int, ...]
    named: Mapping[int, FoundName]

    def persons(self) -> list[FoundName]:
        return [one for one in self.named.values() if one.kind == "person"]


@cache
def speech_verbs(language: str) -> re.Pattern[str]:
    """Compile the verbs of saying of a language, or those of all languages without a table.

    A compound tense may have small words inside it (ha poi aggiunto).
    """
    parts = []
    for phrase in sorted(LANGUAGES.get(language, OTHERS).said, key=len, reverse=True):
        helper, _, rest = phrase.partition(" ")
        between = r"(?:\s+[\w'’]+){0,2}?\s+" if helper in {"ha", "a", "ont", "han", "hanno", "s'est"} else r"\s+"
        words = (re.escape(word).replace("'", "['’]") for word in rest.split())
        parts.append(between.join([re.escape(helper).replace("'", "['’]"), *([r"\s+".join(words)] if rest else [])]))
    return re.compile(rf"(?<![\w'’\-])(?:{'|'.join(parts) or '(?!)'})(?![\w\-])", re.IGNORECASE)


@lru_cache(maxsize=512)
def _row(text: str, language: str) -> _Row:
    found: list[tuple[int, int, int, str, FoundName | None]] = []
    for one in find_names(text, language):
        letter = {"person": "P", "single": "N", "body": "B"}[one.kind]
        titled = one.kind == "person" and one.title
        letter = letter.lower() if not titled and is_behind_preposition(text, one) else letter
        found.append((one.begin, 0, one.end, letter, one))
    searches = (
        ("V", speech_verbs(language)),
        ("A", pattern(r"(?<!\w){according}(?!\w)", language)),
        ("H", pattern(r"(?<!\w){pronoun}(?!\w)", language)),
        ("w", re.compile(r"\w[\w'’\-]*")),
        ("C", re.compile(",")),
        ("D", re.compile(r"[–—―(\n]|(?:^|\s)--?(?=\s)")),
        (":", re.compile("[:：]")),
    )
    for order, (letter, search) in enumerate(searches, 1):
        found += [(match.start(), order, match.end(), letter, None) for match in search.finditer(text)]
    letters, places, named, at = "", [], {}, 0
    for start, _, end, letter, name in sorted(found, key=lambda one: one[:2]):
        if start < at:
            continue
        if name:
            named[len(letters)] = name
        letters += "T" if letter == "w" and is_title(text[start:end]) else letter
        places.append(start)
        at = end
    return _Row(text, letters, tuple(places), named)


def _first(rules: Sequence[str], text: str, context: Context, *, behind: bool = True) -> Speaker | None:
    """Return the speaker that the first matching rule finds in a text `behind` a quote, or before one."""
    row = _row(text, context.language)
    for rule in rules:
        match = re.search(rule, row.letters)
        found = _resolve(row, match, context, behind=behind) if match else None
        if found:
            return found
    return None


def _resolve(row: _Row, match: re.Match[str], context: Context, *, behind: bool) -> Speaker | None:
    """Return the speaker at the position that a rule marks: a name, a pronoun, a title or other words."""
    kind = "who" if "who" in match.groupdict() else "phrase"
    at = match.start(kind)
    name, letter = row.named.get(at), row.letters[at]
    if letter in "Pp" and name:
        verb = row.letters.find("V", at)
        phrase = row.text if verb < 0 else row.text[: row.places[verb]]
        return None if _is_written_by(row.text, name) else context.people.introduced(phrase, name)
    if letter == "H":
        return context.last or Speaker()  # an unnamed speaker
    if letter == "B" and name:
        return Speaker(name.name, is_person=False)
    if letter == "N" and name:
        if whole := context.people.with_family(name.name):
            return context.people.complete(Speaker(whole.name, whole.title))
        is_close = name.title or (behind and len(row.text[: name.begin].split()) <= 2)
        return Speaker(name.name, name.title, is_person=len(name.name) > 2) if is_close else None
    start = row.places[max(0, at - 1)] if letter == "T" and row.letters[at - 1 : at] == "w" else row.places[at]
    words = re.split(r"[,;:.–—(]| who | that | que | che | dass ", row.text[start:])[0]
    phrase = row.text[start : row.places[match.end(kind)]] if match.end(kind) < len(row.places) else words
    if letter == "T":
        title = re.match(r"[\w\-]+", row.text[row.places[at] :])
        whole = context.people.with_title(title.group(), context.at) if title else None
        if whole:
            return context.people.complete(Speaker(whole.name, whole.title))
        if context.last and _ARTICLE.match(row.text[start:]):
            return context.last
        phrase = " ".join(speech_verbs(context.language).split(words)[0].split()[:8])
    return Speaker(phrase.strip(" ,"), is_person=False) if len(phrase.split()) > 1 else None


def last_stop(text: str) -> int:
    """Return where the last sentence of a text begins; the length of a text that ends with a full stop."""
    return next(reversed([match.end() for match in _stops(text)]), 0)


def _first_stop(text: str) -> int:
    return next((match.start() for match in _stops(text)), len(text))


def _stops(text: str) -> Iterator[re.Match[str]]:
    for match in _STOP.finditer(text):
        short = match.group() == "." and _ABBREVIATIONS.search(text[max(0, match.start() - 12) : match.start()])
        if not text[match.end() : match.end() + 12].lstrip()[:1].islower() and not short:
            yield match


def _plain(clause: str, language: str) -> str:
    """Put pronoun and verb that French joins by a hyphen into plain order: a-t-elle ajouté, déclare-t-il."""
    if language != "fr":
        return clause
    clause = re.sub(r"\b(a|ont|est|s['’]est)-(?:t-)?(ils?|elles?)\b", r"\2 \1", clause)
    return _FRENCH.sub(r"\1 \2", clause)


def _is_written_by(text: str, named: FoundName) -> bool:
    return _WRITTEN_BY.search(text[max(0, named.begin - 12) : named.begin]) is not None


def first_subject(text: str, context: Context) -> Speaker | None:
    """Return the subject of the last sentence that names a person: the first person in it."""
    row = _row(text, context.language)
    named = [one for at, one in row.named.items() if row.letters[at] == "P" and not _is_written_by(text, one)]
    named = [one for one in named if not _POSSESSIVE.match(text, one.end - 2)] or named
    named = named or [one for one in row.persons() if has_given_name(one.name)]
    begins = last_stop(text[: named[-1].start]) if named else 0
    first = next((one for one in named if one.start >= begins), None)
    return context.people.complete(Speaker(first.name, first.title)) if first else None


def person_in(text: str, context: Context) -> Speaker | None:
    """Return the first person that a text names, except behind a preposition, with the role that it states."""
    row = _row(text, context.language)
    named = next((one for at, one in row.named.items() if row.letters[at] == "P"), None)
    return context.people.introduced(text, named) if named else None


def _speaker_behind(text: str, inside: str, context: Context) -> Speaker | None:
    """Return the speaker named in the words behind a quote; `inside` is the quote itself."""
    clause = text.lstrip(" \t\n,;.")
    gap = text[: len(text) - len(clause)]
    line = clause.split("\n")[0] if "\n" in gap else clause
    line = line.rstrip(" .")
    if clause[:1].isupper() and _first_stop(line) == len(line) and len(line.split()) <= _SIGNATURE_WORDS:
        signed = _first((_ALONE,), line, context)
        if signed:
            return signed
    clause = _plain(clause[: _first_stop(clause)], context.language).strip()
    if not clause or clause.endswith(":"):  # it leads to the next quote
        return None
    ended = inside.rstrip()[-1:] in ".…" or "." in gap
    if ended and clause[0].isupper() and len(clause.split()) > _LONG_SENTENCE:  # it is a new sentence of the story
        return None
    found = _first(BEHIND, clause, context)
    if (
        found is None
        and context.language in _LEAVES_OUT
        and re.match("w{0,2}V", _row(clause, context.language).letters)
    ):
        return context.last
    unknown = found is None and not ended and clause[:1].islower()
    return _first(_UNKNOWN_VERB, clause, context) if unknown else found


def _speaker_before(text: str, context: Context) -> Speaker | None:
    """Return the speaker named in the words before a quote, in the same sentence."""
    sentence = _plain(text[last_stop(text) :], context.language).strip()
    letters = _row(sentence, context.language).letters
    found = _first(BEFORE, sentence, context, behind=False) if sentence else None
    if found or "V" not in letters or context.last is None:
        return found
    left_out = context.language in _LEAVES_OUT and re.search("^w{0,2}V[^P]{0,4}$", letters)
    return context.last if left_out or (letters.endswith(":") and _ARTICLE.match(sentence)) else None


def _speaker_inside(quoted: str, context: Context) -> Speaker | None:
    """Return the speaker named between dashes or commas within a quote: “Siamo lieti – afferma X – di …”."""
    quoted = re.sub(r"(?<=\s)[-–—](?=\w)|(?<=\w)[-–—](?=\s)", " – ", _plain(quoted, context.language))
    for verb in speech_verbs(context.language).finditer(quoted):
        before = quoted[max(0, verb.start() - 12) : verb.start()]
        dash = re.search(r"[\s,.!?][–—-]\s*(?:(?:poi|inoltre|anche|così)\s)?$", before)
        comma = context.language in {"fr", "it", "es", "pt"} and re.search(r",\s$", before)
        behind = quoted[verb.start() : verb.end() + 300]
        clause = re.match(r"[^–—]*?(?=\s[–—-]|[–—]|-\s|$)" if dash else r"[^,]*(?=,)", behind)
        if clause and (dash or comma):
            found = _first(BEHIND, clause.group(), context)
            found = found or (context.last if dash and clause.group().strip() == verb.group() else None)
            if found and (dash or found.is_person):
                return found
    return None


def speaker_announced(text: str, context: Context) -> Speaker | None:
    """Return the speaker announced by a line that ends in a colon or says “statement by”; None without one."""
    bare = text.rstrip()
    statement = pattern(r"^(?:[\w-]+\s)?{statement}\s+(?P<who>[^:]+):?$").match(bare)
    if statement and len(bare.split()) <= _MOST_ANNOUNCING:
        return person_in(statement["who"], context)
    if not bare.endswith((":", "：")) or len(bare[last_stop(bare) :].split()) > _MOST_ANNOUNCING:
        return None
    return _speaker_before(bare, context)


def names_first(text: str, language: str) -> bool:
    """Return whether a line begins with a person's full name, perhaps after a title."""
    people = _row(text, language).persons() if len(text) <= _SIGNATURE_LENGTH else []
    return bool(people) and people[0].begin <= 5


def is_signature(text: str, language: str) -> bool:
    """Return whether a short line signs a quote: it names a person, alone or with a role."""
    if len(text.split()) > _SIGNATURE_WORDS or text[-1:] in ".:!?" or _SPEECH.search(text):
        return False
    people = _row(text, language).persons()
    if not people or people[0].start > 40 or pattern(r"{said}(?!\w)", language).match(text):
        return False
    alone = people[0].end - people[0].start >= len(text.strip()) - 1
    return alone or names_role(text) or "," in text or any(is_title(word) for word in text.split())


# Utterances: the quotes of one paragraph.


def find_japanese(
    stretches: Iterable[Stretch], text: str, people: People, *, announced: bool
) -> Iterator[tuple[Stretch, Speaker | None]]:
    """Yield the stretches of a paragraph that are someone's words, each with its speaker.

    A quote has a verb of saying behind it, a colon before it, or nothing beside it.
    """
    for one in stretches:
        before, behind = text[: one.start], text[one.end :]
        speaker = japanese_speaker(before, behind, people)
        if len(one.text) < _TERM or one.mark in "『‘'":
            continue
        if _SAYS.match(behind) and (speaker is not None or announced):
            yield one, speaker
        elif not _NO_SPEECH.match(behind):
            led = not before.strip() or before.rstrip()[-1:] in "：:。\n" or "\n" in before[-3:]
            led = led or re.search(r"コメント[\s　]*$", before) is not None
            if led and (not behind.strip(" 。\n") or behind.lstrip()[:1] in "（(―—–-\n"):
                yield one, speaker


def find_utterances(text: str, context: Context, announced: Speaker | None = None) -> list[SpokenQuote]:
    """Return the quotes of a paragraph; `announced` is the speaker that a line above it named.

    A quote without a speaker in a clause or a line has the speaker of its neighbours, or none.
    """
    found = _spoken(text, context, announced)
    if context.language == "ja":
        japanese = find_japanese(find_stretches(text), text, context.people, announced=announced is not None)
        found = (
            SpokenQuote(
                one.text, speaker or announced or Speaker(), is_open=one.mark * one.is_open, is_sure=speaker is not None
            )
            for one, speaker in japanese
        )
    joined: list[SpokenQuote] = []
    for one in found:
        before = joined[-1] if joined else None
        if before is None or (one.is_sure and before.is_sure and one.speaker.name != before.speaker.name):
            joined.append(one)
        else:
            joined[-1] = _together(before, one, " … ")
    return joined


def _together(first: SpokenQuote, second: SpokenQuote, between: str) -> SpokenQuote:
    """Join two quotes of one speaker; a speaker who is named takes precedence over a guess."""
    speaker = second.speaker if second.is_sure and not first.is_sure else first.speaker
    text, sure = f"{first.text}{between}{second.text}", first.is_sure or second.is_sure
    return replace(first, text=text, speaker=speaker, is_sure=sure, is_open=second.is_open)


def _spoken(text: str, context: Context, announced: Speaker | None) -> Iterator[SpokenQuote]:
    def count(quoted: str) -> int:  # in words; in a language without a table, perhaps without blanks, by six characters
        return max(len(quoted.split()), 0 if context.language in LANGUAGES else len(quoted) // 6)

    found = [one for one in find_stretches(text) if count(one.text) >= 2 or one.is_open or one.text[-1:] in ".!?,"]
    most = sum(len(one.text) for one in found) > 0.8 * len(text)  # of the paragraph is between marks
    heads = [one for one in found if one.is_open or len(one.text.split()) >= (6 if one.text[:1].islower() else 3)]
    speaker: Speaker | None = None
    for one in found:
        # the words before and behind it, up to the stretches beside it that are quotes too
        above = bisect_right(heads, one.start, key=lambda head: head.end)
        below = bisect_left(heads, one.end, key=lambda head: head.start)
        before = text[max(heads[above - 1].end if above else 0, one.start - _REACH) : one.start]
        behind = text[one.end : min(heads[below].start if below < len(heads) else len(text), one.end + _REACH)]
        lead_text = before
        # “she” is the subject of the sentence before, else the last speaker
        if speaker and not (above and heads[above - 1].text[-1:] in ".!?"):
            ended = re.search(r"[.!?]\s", lead_text)
            lead_text = lead_text[ended.end() :] if ended else ""
        here = replace(
            context, last=first_subject(lead_text, context) or speaker or context.last, at=context.at + one.start
        )
        # the speaker: in the sentence that leads to the quote, else inside it, else behind it
        leads = before.strip() != "" and last_stop(before) < len(before.rstrip())
        who = _speaker_before(before, here) if leads else None
        if who is None and not before.rstrip().endswith(":") and len(one.text.split()) > 4:
            who = _speaker_inside(one.text, here)
        who = who or _speaker_behind(behind, one.text, here)
        # the evidence that it is someone's words
        words, is_small, lead = count(one.text), one.text[:1].islower(), before.rstrip()
        titled = pattern(r"(?<!\w){titled}(?:\s+\w+)?[\s,:]*(?:[\w]+\s)?$").search(before[-60:]) is not None
        is_meant = who is not None and (words > 10 or (who.is_person and lead.endswith((":", ","))))
        signs = {
            "a speaker is told": who is not None,
            "a speaker is near": bool(speaker or announced),
            "most of the paragraph": most and words >= 4,
            "nothing leads to it": not lead or lead[-1] in ".!?:…",
            "begins with a capital": not is_small,
            "ends with a stop": one.text[-1:] in ".,!?…。" or behind[:1] in {",", "."} or one.is_open,
            "three words": words >= 3,
            "six words": words >= 6,
            "ten words": words >= 10,
            "a few words in small letters": is_small and words < 6,
            "behind a word for a title": titled and not is_meant,
            "the rest of a sentence that told who says it": leads and who is not None and lead[-1] in ",:",
            "six words in a language without verbs here": words >= 6 and context.language not in LANGUAGES,
        }
        few = who == Speaker() and words < 3  # “…”, she said, and nothing names her
        if few or sum(SPEECH[name] for name, holds in signs.items() if holds) < ENOUGH:
            continue
        guess = speaker or announced or first_subject(text[max(0, one.start - _REACH) : one.start], here)
        guess = guess or (first_subject(behind, here) if one.start == 0 else None) or Speaker()
        yield SpokenQuote(one.text.rstrip(","), who or guess, is_open=one.mark * one.is_open, is_sure=who is not None)
        speaker = who or speaker


# The walk over the body.


@dataclass(frozen=True, slots=True)
class _Passage:
    """A paragraph as it is read; one that a stray line end cut in two is whole again."""

    text: str
    block: int
    quote: Quote | None = None
    is_heading: bool = False


@dataclass(slots=True)
class _Reader:
    """Reads passage by passage; remembers the last speaker, who was named since, and who is announced."""

    people: People
    language: str
    quotes: list[SpokenQuote] = field(default_factory=list)
    last: Speaker | None = None
    named: Speaker | None = None
    announced: Speaker | None = None
    lead_in: str = ""
    at: int = 0
    follows_quote: bool = False  # the passage before was a quote

    def context(self) -> Context:
        """Return the context of a clause: “she” is the person who was named last."""
        return Context(self.people, self.language, self.named or self.last, self.at)

    def read(self, passage: _Passage, following: _Passage | None) -> None:
        """Read one passage; the one that follows may sign it."""
        if passage.is_heading:
            self.announced = self._announced(passage.text, self.context())
        elif not self._continue_quote(passage):
            signs = following is not None and not following.quote and is_signature(following.text, self.language)
            signed = person_in(following.text, self.context()) if following and signs else None
            near, guess = self.announced or signed, self.last if self.follows_quote else self.named or self.last
            quote = passage.quote
            given = Speaker(quote.speaker, quote.role, quote.organisation) if quote else Speaker()
            found = [] if given.name else find_utterances(passage.text, self.context(), near)
            if quote:
                speaker = next((one.speaker for one in found if one.speaker.name), given)
                text = " ".join(one.text for one in found) or passage.text
                is_sure = bool(speaker.name)
                speaker = speaker if is_sure else near or guess or given
                self._add(SpokenQuote(text, speaker, quote.lead_in or self.lead_in, passage.block, is_sure=is_sure))
            elif found or (found := self._unmarked(passage.text)):
                for one in found:
                    speaker = one.speaker if one.speaker.name else guess or one.speaker
                    self._add(replace(one, speaker=speaker, block=passage.block, lead_in=self.lead_in), passage.text)
            else:
                self._read_narrative(passage.text)
        self.at += len(passage.text) + 2

    def _continue_quote(self, passage: _Passage) -> bool:
        """Read the end of a quote that the passage before left open; return False if there is none."""
        before = self.quotes[-1] if self.quotes and self.follows_quote and not passage.quote else None
        end = find_carried(passage.text, before.is_open) if before and before.is_open else None
        if before is None or end is None:
            return False
        rest = passage.text[end.end :]
        more = find_utterances(rest, replace(self.context(), last=before.speaker))
        text = " ".join([f"{before.text}\n\n{end.text}", *(one.text for one in more)])
        speaker = None if before.is_sure else _speaker_behind(rest, end.text, self.context())
        is_open = more[-1].is_open if more else ""
        self.quotes[-1] = replace(before, text=text, speaker=speaker or before.speaker, is_open=is_open)
        self._remember_speaker(self.quotes[-1].speaker)
        return True

    def _add(self, one: SpokenQuote, text: str = "") -> None:
        """Add a quote; `text`, its paragraph, may continue an open one. A repetition only adds the speaker."""
        before = self.quotes[-1] if self.quotes and self.follows_quote else None
        is_open = before is not None and before.is_open and text[:1] and text[:1] in "“„«»\"‘'「『”"
        if before and is_open and not (one.is_sure and before.is_sure and one.speaker.name != before.speaker.name):
            self.quotes[-1] = _together(before, one, "\n\n")
            self._remember_speaker(self.quotes[-1].speaker)
            return
        letters = _letters(one.text)
        for at in range(max(0, len(self.quotes) - _LATEST), len(self.quotes)):
            other = self.quotes[at]
            known = _letters(other.text)
            if min(len(known), len(letters)) > _FEW_LETTERS and (letters in known or known in letters):
                speaker = one.speaker if one.is_sure and not other.is_sure else other.speaker
                longer, sure = max(one.text, other.text, key=len), one.is_sure or other.is_sure
                self.quotes[at] = replace(other, text=longer, speaker=speaker, is_sure=sure)
                return
        self.quotes.append(one)
        self._remember_speaker(one.speaker)

    def _remember_speaker(self, speaker: Speaker) -> None:
        if speaker.name:
            self.last, self.named = speaker, None
        self.announced, self.lead_in, self.follows_quote = None, "", True

    def _read_narrative(self, text: str) -> None:
        """Read a passage without a quote: it may sign a quote, announce one, or name the next speaker."""
        if self.follows_quote and self.quotes and not self.quotes[-1].is_sure and is_signature(text, self.language):
            speaker = person_in(text, self.context()) or Speaker()
            self.quotes[-1] = replace(self.quotes[-1], speaker=speaker, is_sure=True)
            self._remember_speaker(speaker)
            return
        self.follows_quote = False
        context = self.context()
        before = first_subject(text[: last_stop(text.rstrip(": "))], context)
        self.announced = self._announced(text, replace(context, last=before or context.last))
        self.named = first_subject(text, context) or self.named
        self.lead_in = text if self.announced and len(text.split()) <= _LEAD_WORDS else ""

    def _announced(self, text: str, context: Context) -> Speaker | None:
        japanese = self.language == "ja"
        return japanese_speaker(text, "", self.people, alone=True) if japanese else speaker_announced(text, context)

    def _unmarked(self, text: str) -> list[SpokenQuote]:
        """Read the quotes of a paragraph without marks: a line announced it, or a dash opens it."""
        strange = self.language not in LANGUAGES  # few of its verbs are known, so its dashes count
        dash = _DASHED.search(text) if strange else _DASHED.match(text)
        speech = text[dash.end() :] if dash else ""
        clauses = islice(_CLAUSES.finditer(speech), 12)  # one of them may name the speaker
        speakers = (_speaker_behind(f" {one['who']}", f"{speech[: one.start()]},", self.context()) for one in clauses)
        who = next(filter(None, speakers), None)
        if who or (strange and speech[-1:] in ".!?…" and len(speech.split()) > _MOST_LABEL):
            return [SpokenQuote(speech, who or Speaker(), is_sure=who is not None)]
        lead, _, rest = text.partition(": ")
        if rest[:1].isupper() and len(rest.split()) > _MOST_LABEL and not find_stretches(text):
            verb = list(speech_verbs(self.language).finditer(lead))[-1:]
            who = _speaker_before(lead + ":", self.context()) if verb and not lead[verb[0].end() :].strip() else None
            if who and who.is_person and who.name:
                return [SpokenQuote(rest, who)]
        is_speech = len(text) > 20 and text[-1:] != ":"
        is_speech = is_speech and pattern(r"(?<!\w){myself}(?!\w)", self.language).search(text) is not None
        return [SpokenQuote(text, self.announced)] if self.announced and is_speech and not find_stretches(text) else []


def find_quotes(blocks: Sequence[Block], language: str = "", above: Sequence[str] = ()) -> list[SpokenQuote]:
    """Return the quotes in the blocks of a body, in order; without a speaker, the name is empty.

    `language` counts for a short text; that of a longer one is guessed. `above` are headline and subhead: they may
    announce a speaker (“Statement by Ann Bell on …”), but are never quotes.
    """
    passages = list(_passages(blocks))
    texts = [one.text for one in passages]
    whole = "\n".join(texts)
    if not language or len(whole.split()) > _LANGUAGE_WORDS:
        language = guess_language(whole)
    language = primary(language)
    reader = _Reader(japanese_people(texts) if language == "ja" else People.of(texts, language), language)
    for line in above:
        reader.announced = reader.announced or (speaker_announced(line, reader.context()) if line else None)
    for number, passage in enumerate(passages, 1):
        reader.read(passage, passages[number] if number < len(passages) else None)
    return reader.quotes


def _passages(blocks: Sequence[Block]) -> Iterator[_Passage]:
    texts: list[_Passage] = []
    for number, block in enumerate(blocks):
        if isinstance(block, Quote):
            text = "\n\n".join(map(plain, block.paragraphs)).strip()
            texts += [_Passage(text, number, block)] if text else []
        elif isinstance(block, Paragraph | Heading | ListBlock):
            is_heading = isinstance(block, Heading)
            texts += [_Passage(plain(one).strip(), number, is_heading=is_heading) for one in block_inlines(block)]
    held: _Passage | None = None
    for one in texts:
        is_plain = held and not (held.quote or one.quote or held.is_heading or one.is_heading)
        if held and is_plain and held.block != one.block and one.text[:1].islower() and not _ENDED.search(held.text):
            held = replace(held, text=f"{held.text} {one.text}")  # a sentence without its end, then a small letter
            continue
        if held:
            yield held
        held = one
    if held:
        yield held


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def report_quotes(draft: Draft) -> None:
    """Report each quote of the finished text: its speaker, its first words, its line."""
    pieces = [piece for piece in draft.pieces if settle_blocks([piece])]
    for quote in find_quotes(settle_blocks(pieces), draft.language, (draft.headline, draft.subhead)):
        name = quote.speaker.name or "no name"
        draft.note("quote", f"{name}: {quote.text}"[:_SHOWN], pieces[quote.block].line)
