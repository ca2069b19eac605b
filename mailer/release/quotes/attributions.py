"""Attributions: from the words beside a quote to whoever says it.

Owns the clauses: «…», said Ann · Ann said: «…» · according to Ann, «…» · “… – afferma Anna – …” · «…» (Ann) · Ann: «…».
Gives a speaker as `speakers` knows them, and how sure that is. Never finds quotes (`quoting` does).

A clause needs a verb of saying, a colon, a dash or a bracket; only behind a quote that ends in a comma may the verb be
one that no table knows («…,» beams Ann Bell).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from mailer.release.people.names import has_given_name
from mailer.release.people.roles import parse_attribution
from mailer.release.quotes.speakers import (
    Named,
    People,
    Speaker,
    completed,
    find_names,
    is_led_in,
    known,
    title_in,
)
from mailer.release.words import LANGUAGES, pattern

_ABBREVIATIONS = re.compile(
    r"(?:^|[\s(])(?:[^\W\d_]|[A-Z]\.[A-Z]|Dr|Mr|Mrs|Ms|Prof|St|Sr|Sra|Sta|Jr|Dott|Dott\.ssa|Ing|Avv|Mme|Gen|Col|Sgt|Lt|"
    r"Capt|Cllr|Rev|Hon|Inc|Ltd|Co|Corp|No|Nr|Art|Abs|bzw|ca|dhr|mevr|drs|ir|Dipl|Sen|Gov|Rep|vs|Dra|Univ|med|phil)$"
)
_STOP = re.compile(r"[.!?…](?=\s|$)")
_FRENCH = re.compile(r"\b(\w+)-(?:t-)?(il|elle|ils|elles|on)\b")
_GLANCE = 12  # characters that tell whether a sentence begins
_NEAR = 300  # characters of a clause that somebody put into a quote
_MOST = 45  # words of a line that announces
_FAR = 10  # words: so many stand between a verb and the name behind a title at most
_FEW = 4  # words: behind a title an unknown verb tells of its author (written by Ann Bell)
_CLAUSE = re.compile(
    r",\s(?:die|der|das|dessen|deren|dat|adding|noting|speaking|and|und)\s"
    r"|,?\s(?:who|which|whose|qui|che|que|quien|dont|as|when|during|while|after|anlässlich|lors|durante)\s"
)
_THE = re.compile(r"\W*(?:the|der|die|le|la|l['’]|el|il|lo|de|het|o|a)\s?\w", re.IGNORECASE)
_HELPER = re.compile(r"[\s,](?:se|s['’]|si|sich|zich|has|have|hat|y|also|auch)\s*$")
_JOINED = re.compile(
    r",?\s(?:while|whereas|whilst|and|während|und|tandis que|et|mientras|y|mentre|e|terwijl|en|enquanto)\s"
)
_WRITTEN = re.compile(r"(?<!\w)(?:by|par|por|door|von)(?!\w)", re.IGNORECASE)
_BY = re.compile(r"(?<!\w)(?:by|par|por|door|da|durch)\s+$", re.IGNORECASE)
_IT = frozenset(
    {"lo", "così", "das", "dies", "so", "é o que", "è quanto", "así lo", "así", "this", "dit", "isso"}
)  # Lo ha detto …
_LEAVES_OUT = frozenset({"it", "es", "pt"})  # the pronoun: ha aggiunto
_TURNED = frozenset({"de", "nl"})  # the verb may stand before the subject in an announcing sentence


@dataclass(frozen=True, slots=True)
class Talk:
    """What is known while a text is read: its language, its people, who spoke last, and where we are in it."""

    people: People
    language: str
    last: Speaker | None = None
    at: int = 0


def last_stop(text: str) -> int:
    """Return where the last sentence of a text begins; its length where it has ended."""
    begins = 0
    for match in _STOP.finditer(text):
        behind = text[match.end() : match.end() + _GLANCE].lstrip()
        if behind[:1].islower() or _is_abbreviation(text, match):
            continue
        begins = match.end()
    return begins


def first_stop(text: str) -> int:
    """Return where the first sentence of a text ends."""
    for match in _STOP.finditer(text):
        behind = text[match.end() : match.end() + _GLANCE].lstrip()
        if not behind[:1].islower() and not _is_abbreviation(text, match):
            return match.start()
    return len(text)


def _is_abbreviation(text: str, stop: re.Match[str]) -> bool:
    return stop.group() == "." and _ABBREVIATIONS.search(text[max(0, stop.start() - 12) : stop.start()]) is not None


@cache
def _verbs(language: str) -> re.Pattern[str]:
    """Compile the verbs of saying of a language; small words may stand inside a compound tense (ha poi aggiunto)."""
    said = LANGUAGES[language].said if language in LANGUAGES else ()
    parts = []
    for phrase in sorted(said, key=len, reverse=True):
        helper, _, rest = phrase.partition(" ")
        loose = re.escape(phrase).replace(r"\ ", r"\s+").replace("'", "['’]")
        if rest and helper in {"ha", "a", "ont", "han", "hanno", "s'est"}:
            loose = (
                re.escape(helper).replace("'", "['’]")
                + r"(?:\s+[\w'’]+){0,2}?\s+"
                + re.escape(rest).replace(r"\ ", r"\s+")
            )
        parts.append(loose)
    return re.compile(rf"(?<![\w'’\-])(?:{'|'.join(parts) or '(?!)'})(?![\w\-])", re.IGNORECASE)


def has_verb(text: str, language: str) -> bool:
    """Return whether a text has a verb of saying of a language."""
    return _verbs(language).search(text) is not None


def _plain(clause: str, language: str) -> str:
    """Turn round what French joins by hyphens: a-t-elle ajouté, déclare-t-il."""
    if language != "fr":
        return clause
    clause = re.sub(r"\b(a|ont|est|s['’]est)-(?:t-)?(ils?|elles?)\b", r"\2 \1", clause)
    return _FRENCH.sub(r"\1 \2", clause)


def first_subject(text: str, talk: Talk) -> Speaker | None:
    """Find whom the last sentence that names a person is about: the first one in it."""
    named = [one for one in find_names(text, talk.language) if one.kind == "person"]
    people = [
        one for one in named if not is_led_in(text, one) and not _BY.search(text[max(0, one.start - 12) : one.start])
    ]
    people = people or [one for one in named if has_given_name(one.name)]
    begins = [last_stop(text[: people[-1].start])] if people else []
    first = next((one for one in people if one.start >= begins[0]), None)
    return completed(Speaker(first.name, first.title), talk.people) if first else None


def speaker_after(text: str, inside: str, talk: Talk) -> Speaker | None:
    """Read who speaks from the words behind a quote; `inside` is the quote itself."""
    language = talk.language
    lead = re.match(r"[\s,;.]*", text)
    gap = lead.group() if lead else ""
    clause = text[len(gap) :]
    signed = _signed(gap, clause, talk)
    if signed:
        return signed
    clause = _plain(clause[: first_stop(clause)], language).strip()
    if clause.endswith(":"):
        here, *others = _JOINED.split(clause)
        clause = here if others else ""
    if not clause:
        return None
    ended = inside.rstrip()[-1:] in ".…" or "." in gap
    verb = _verbs(language).search(clause)
    according = pattern(r"^{according}(?!\w)", language).match(clause)
    if according:
        return speaker_in(clause[according.end() :], talk)
    told = verb is not None and clause[: verb.start()].strip().casefold() in _IT
    if verb and (told or not (ended and clause[0].isupper() and len(clause[verb.end() :].split()) > 8)):
        return _around_verb(clause, verb, talk)
    if not ended and clause[:1].islower():
        return _unknown_verb(clause, talk, most=_FAR if len(inside.split()) > _FEW else 1)
    return None


def _signed(gap: str, clause: str, talk: Talk) -> Speaker | None:
    """Read what stands in brackets, behind a dash or on the next line: «…» – Ann Bell, director."""
    match = re.match(r"\(([^()]{3,120})\)", clause) or re.match(r"[–—―-]{1,2}\s*([^\n]{3,160})$", clause)
    if match is None:
        alone = re.match(r"([^\n.:]{3,160})\.?(?:\n|$)" if "\n" in gap else r"([^\n.:!?]{3,120})$", clause)
        match = alone if alone and clause[:1].isupper() else None
    if match is None or len(match[1].split()) > 22 or _verbs(talk.language).search(match[1]):
        return None
    found = person_in(match[1], talk)
    return found if found and match[1].find(found.name.split()[-1]) < 80 else None


def _around_verb(clause: str, verb: re.Match[str], talk: Talk) -> Speaker | None:
    before, behind = _HELPER.sub("", clause[: verb.start()]).strip(" ,–—-"), clause[verb.end() :]
    if len(before.split()) > 14:
        return None
    found = speaker_in(before, talk, close=True) if before else None
    if found and found.is_person:
        return found
    if before.isalpha() and before.istitle() and before.casefold() not in _IT:
        return Speaker(before)  # “…,” Chan said
    return speaker_in(behind, talk) or found or _nobody(before, behind, talk)


def _nobody(before: str, behind: str, talk: Talk) -> Speaker | None:
    """Whoever spoke last, where a language leaves the pronoun out (ha aggiunto), else the words as they stand."""
    if talk.language in _LEAVES_OUT and len(before.split()) <= 2 and talk.last:
        return talk.last
    words = before or _short(behind)
    return Speaker(words, is_person=False) if 2 <= len(words.split()) <= 6 else None


def _unknown_verb(clause: str, talk: Talk, *, most: int) -> Speaker | None:
    """Read a speaker behind a verb that no table knows, and at most so many words."""
    names = [one for one in find_names(clause, talk.language) if not is_led_in(clause, one)]
    people = [one for one in names if one.kind == "person" and len(clause[: one.start].split()) <= most]
    if people and people[0].start > 0 and not _WRITTEN.search(clause[: people[0].start]):
        return _person(clause, people[0], talk)
    single = next((one for one in names if one.kind == "single"), None)
    close = single is not None and len(clause[: single.start].split()) == 1
    return completed(Speaker(single.name, single.title), talk.people) if single and close else None


def speaker_before(text: str, talk: Talk) -> Speaker | None:
    """Read who speaks from the words before a quote, of the same sentence."""
    sentence = _plain(text[last_stop(text) :], talk.language).strip()
    if not sentence:
        return None
    announces = sentence.endswith((":", "："))
    verbs = list(_verbs(talk.language).finditer(sentence))
    according = pattern(r"(?:^|,\s){according}(?!\w)", talk.language).search(sentence)
    if according and not verbs:
        return speaker_in(sentence[according.end() :], talk)
    if not verbs:
        return speaker_in(sentence, talk, close=True) if announces else None
    verb = verbs[-1]
    if not announces and len(sentence[verb.end() :].split()) > 12:
        return None
    return _around_announcing(sentence, verb, talk)


def speaker_announced(text: str, talk: Talk) -> Speaker | None:
    """Read who is announced by a line that ends in a colon, or that says “statement by”; None where nobody is."""
    bare = text.rstrip()
    statement = pattern(r"^(?:[\w-]+\s)?{statement}\s+(?P<who>[^:]+):?$").match(bare)
    if statement and len(bare.split()) <= _MOST:
        return person_in(statement["who"], talk)
    if not bare.endswith((":", "：")) or len(bare[last_stop(bare) :].split()) > _MOST:
        return None
    return speaker_before(bare, talk)


def _around_announcing(sentence: str, verb: re.Match[str], talk: Talk) -> Speaker | None:
    before, behind = _HELPER.sub("", sentence[: verb.start()]).strip(" ,"), sentence[verb.end() :].strip(" ,:")
    joined = _JOINED.split(before)[-1]
    names = (one for one in find_names(before, talk.language) if one.start >= len(before) - len(joined))
    office = any(is_led_in(before, one) for one in names)  # “Member for Climate and Open Spaces”
    before = joined if person_in(joined, talk) and not office else before
    first = speaker_in(before, talk, close=True) if before else None
    if first and first.is_person and talk.language not in _TURNED:
        return first
    second = speaker_in(behind, talk)
    if talk.language in _TURNED and second and second.is_person:
        return second
    if before and not first and not (second and second.is_person) and talk.last and _THE.match(before):
        return talk.last
    if first or second:
        return first or second
    return talk.last if talk.language in _LEAVES_OUT and len(before.split()) <= 2 else None


def speaker_inside(quoted: str, talk: Talk) -> Speaker | None:
    """Read who speaks from a clause between dashes or commas within a quote: “Siamo lieti – afferma X – di …”."""
    quoted = re.sub(r"(?<=\s)[-–—](?=\w)|(?<=\w)[-–—](?=\s)", " – ", _plain(quoted, talk.language))
    for verb in _verbs(talk.language).finditer(quoted):
        before = quoted[max(0, verb.start() - _GLANCE) : verb.start()]
        behind = quoted[verb.end() : verb.end() + _NEAR]
        dash = re.search(r"[\s,.!?][–—-]\s*(?:(?:poi|inoltre|anche|così)\s)?$", before)
        comma = re.search(r",\s$", before) if talk.language in {"fr", "it", "es", "pt"} else None
        if not (dash or comma):
            continue
        clause = re.match(r"[^–—]*?(?=\s[–—-]|[–—]|-\s|$)" if dash else r"[^,]*(?=,)", behind)
        if clause and len(clause.group().split()) <= 22:
            found = speaker_in(clause.group(), talk)
            found = found or (talk.last if dash and not clause.group().strip() else None)
            if found and (dash or found.is_person):
                return found
    return None


def speaker_in(phrase: str, talk: Talk, *, close: bool = False) -> Speaker | None:
    """Find whom a phrase means: a name, a pronoun, a title, a family name, or a body; None where nobody.

    `close` says that the verb stands behind the phrase, so that a pronoun at its end is the subject.
    """
    found = _pronoun(phrase, talk, close=close) or person_in(phrase, talk)
    if found:
        return found
    title = title_in(phrase, talk.language)
    found = (_by_title(phrase, title, talk) if title else None) or _single(phrase, talk, close=close)
    if found is None and title:
        return Speaker(_short(phrase), is_person=False)
    return found or _body(phrase, talk)


def _by_title(phrase: str, title: str, talk: Talk) -> Speaker | None:
    """Find whom a title alone means, or another word for whoever was named: the minister, el mandatario."""
    whole = talk.people.with_title(title, talk.at)
    if whole:
        return known(whole.name, talk.people)
    first = phrase.split(",", 1)[0]
    names = [one for one in find_names(first, talk.language) if not is_led_in(first, one)]
    return talk.last if _THE.match(phrase) and not names else None


def _pronoun(phrase: str, talk: Talk, *, close: bool) -> Speaker | None:
    words = pattern(r"^\W*{pronoun}(?!\w)", talk.language)
    ends = pattern(r"(?:^|[\s,]){pronoun}(?:\s+\w+)?$", talk.language)
    if talk.last and (words.match(phrase) or (close and ends.search(phrase))):
        return talk.last
    return None


def person_in(phrase: str, talk: Talk) -> Speaker | None:
    """Find the person whom a phrase names first, a place or a person in another's company last."""
    people = [one for one in find_names(phrase, talk.language) if one.kind == "person"]
    chosen = [one for one in people if not is_led_in(phrase, one)] or [one for one in people if one.title]
    return _person(phrase, chosen[0], talk) if chosen else None


def _person(phrase: str, named: Named, talk: Talk) -> Speaker:
    behind = re.sub(r"^\s*\([^()]*\)", "", phrase[named.end :])
    match = re.match(r",\s[^;:\n“”„«»\"]*", behind)
    rest = match.group() if match else _of(behind)
    rest = _CLAUSE.split(rest)[0]
    rest = ",".join(rest.rstrip(" .,)–—-").split(",")[:4])
    who = parse_attribution(named.name + rest)
    role = ", ".join(filter(None, (named.title or _title_before(phrase, named, talk), who.role)))
    return completed(Speaker(who.speaker, role, who.organisation), talk.people)


def _of(behind: str) -> str:
    match = re.match(
        r"\s(?:of|from|at|vom|von|van|de la|de|del|della|da|do|du|des)\s(?:the\s)?((?:[A-Z]\S*\s?){1,6})", behind
    )
    return f", {match[1].rstrip(' ,.')}" if match else ""


def _title_before(phrase: str, named: Named, talk: Talk) -> str:
    """Return the title in small letters before a name: “directeur Jan Bos”, “la directora del museo, Ana Ruiz”."""
    before = phrase[: named.start].strip(" ,:")
    match = pattern(r"(?<!\w)(?:{title}|{role})(?!\w).{0,70}$", talk.language).search(before)
    return match.group().strip(" ,") if match else ""


def _single(phrase: str, talk: Talk, *, close: bool) -> Speaker | None:
    """Find a person by one word: a family name that the text knows, or one behind a title or an honorific."""
    singles = [one for one in find_names(phrase, talk.language) if one.kind == "single"]
    for one in singles:
        whole = talk.people.with_family(one.name)
        if whole and not is_led_in(phrase, one):
            return known(whole.name, talk.people)
    first = singles[0] if singles else None
    if first is None or is_led_in(phrase, first):
        return None
    begins = not phrase[: first.start].strip(" ,")
    if first.title or (len(phrase[: first.start].split()) <= 1 and not (begins and close)) or talk.people.has(first):
        return Speaker(first.name, first.title, is_person=len(first.name) > 2)
    return None


def _body(phrase: str, talk: Talk) -> Speaker | None:
    bodies = [one for one in find_names(phrase, talk.language) if one.kind == "body" and not is_led_in(phrase, one)]
    return Speaker(bodies[0].name, is_person=False) if bodies else None


def _short(phrase: str) -> str:
    words = re.split(r"[,;:.–—(]| who | that | que | che | dass ", phrase.strip())[0].split()
    return " ".join(words[:8])
