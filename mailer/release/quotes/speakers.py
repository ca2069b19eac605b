"""Speakers: the people named in a text, and which of them a phrase refers to.

Owns distinguishing a person's name from an organisation, a place and a title in running text, and the memory by which
“Bell” and “the minister” refer to a person. Never looks for quotation marks (`quoting` does), and knows no contact data
(`people` does).

Adjacent words with a capital are a run; titles, honorifics and words of organisations are cut off it, and if two to
five words remain, they are a person's name. Japanese has no blanks between words: there a name is recognised by the
title before or after it, and speech by the verb that follows its particle.
Gaps: a name of one word counts only after an honorific or a verb of saying; a place of two words (“Port Ellen”) is
distinguished from a person only by the preposition before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import dropwhile, pairwise
from typing import TypeAlias

from mailer import lazy_re as re
from mailer.frozen import dataclass, field, replace
from mailer.release.people import (
    ACADEMIC,
    CITIES,
    FAMILIES_LIKE_PLACES,
    FAMILIES_LIKE_TITLES,
    GIVEN_LIKE_PARTICLES,
    GIVEN_NAMES,
    HONORIFICS,
    OPENERS,
    PARTICLES,
    has_given_name,
    parse_attribution,
)
from mailer.release.words import LANGUAGES, months, pattern, phrases, weekdays
from mailer.words import read_section

_TOKEN = re.compile(r"(?:[dlDL]['’](?=\w))|(?:[^\W\d_]\.){1,3}(?=[ \u00a0,)]|$)|[^\W\d_](?:[\w'’‑\-]*\w)?")
_Word: TypeAlias = re.Match[str]
_MOST_WORDS = 5
_TITLE_WORDS = 3
_LINKS = frozenset({"y", "i", "e"})  # inside a Spanish name, and between two names
_BEFORE = {name: "|".join(words) for name, words in read_section("quotes", "before").items()}
_LED_IN = re.compile(  # before a place, or a name that is part of something
    rf"(?<!\w)(?:{_BEFORE['place']})(?:\s+(?:{_BEFORE['article']}))?\s+$|[dlL]['’]$|{_BEFORE['pair']}", re.IGNORECASE
)
_DETERMINED = re.compile(rf"(?<!\w)(?:{_BEFORE['determined']})\s+$", re.IGNORECASE)
_OF_SOMETHING = re.compile(r"(?<!\w)(?:de|di|du|do|da)\s+$", re.IGNORECASE)
_OF = re.compile(r"(?:of|for|in|de|di|für|van|voor|para)(?:\s+(?:the|la|le|het|el))?\s+$", re.IGNORECASE)
_LOOK_BACK = 60  # characters before a name that may have its preposition
_CLAUSE = re.compile(_BEFORE["clause"])
# German and Dutch put a title at the end of a longer word (Umweltministerin)
_TITLES = (*LANGUAGES["de"].title, *LANGUAGES["nl"].title, *LANGUAGES["de"].role)
_ENDINGS = tuple(title for title in _TITLES if len(title) >= 5)


@dataclass(frozen=True, slots=True)
class Speaker:
    """The speaker of a quote; `is_person` is off for a body or a description."""

    name: str = ""
    role: str = ""
    organisation: str = ""
    is_person: bool = True


@dataclass(frozen=True, slots=True)
class FoundName:
    """A name in a text, from character `start` to `end`, and the title before it.

    `kind` is `person`, `body` or `single` (one word, that may be a family name).
    """

    start: int
    end: int
    name: str
    title: str = ""
    kind: str = "person"

    @property
    def begin(self) -> int:
        """Return the start of the title before the name, else of the name."""
        return self.start - (len(self.title) + 1 if self.title else 0)

    @property
    def family(self) -> str:
        """Return the last word, by which the text refers to the person later."""
        return self.name.split()[-1].casefold().removesuffix("’s").removesuffix("'s")


@cache
def _all(name: str) -> frozenset[str]:
    return frozenset(phrase for words in LANGUAGES.values() for phrase in getattr(words, name))


@cache
def _small_words(language: str) -> frozenset[str]:
    words = LANGUAGES.get(language)
    own = (*words.stop, *(one.split()[0] for one in words.according)) if words else ()
    calendar = {day for day in (*weekdays(), *months()) if len(day) > 3} - {"august"}
    return (OPENERS | calendar | frozenset(own) | frozenset(LANGUAGES["en"].stop)) - {"will"} - _all("title")


def is_title(word: str) -> bool:
    """Return whether a word is a title, a role, or a German word that ends in one."""
    bare = word.casefold().strip(".,")
    if bare in _all("title") or bare in _all("role") or bare in {"state", "interior", "charge", "staff", "sport"}:
        return True
    return ("-" in bare and is_title(bare.rpartition("-")[2])) or (len(bare) > 8 and bare.endswith(_ENDINGS))


def find_names(text: str, language: str) -> list[FoundName]:
    """Find the names in a text, in order: of people, of bodies, and single words with a capital."""
    tokens = list(_TOKEN.finditer(text))
    found: list[FoundName] = []
    at = 0
    while at < len(tokens):
        run = _capital_run(text, tokens, at)
        at += max(1, len(run))
        if run and (named := _name_of_run(text, run, language)):
            found.append(named)
    for i, (one, other) in enumerate(pairwise(found)):
        # a body, if only a title separates it from a person: “Green Hands artistic director Ann Bell”
        between = text[one.end : other.begin].split() if one.kind == other.kind == "person" and not one.title else []
        is_short = 0 < len(between) <= _TITLE_WORDS and all(word.isalpha() and word.islower() for word in between)
        if is_short and is_title(between[-1]) and not has_given_name(one.name):
            found[i] = replace(one, kind="body")
    return found


def _capital_run(text: str, tokens: list[_Word], at: int) -> list[_Word]:
    """Return the adjacent capitalised words from a token on, with small words of names between them."""
    run = [tokens[at]] if tokens[at].group()[0].isupper() else []
    held: list[_Word] = []
    for token in tokens[at + 1 :] if run else ():
        before = (held or run)[-1]
        between, word = text[before.end() : token.start()], before.group().casefold()
        shortened = word in HONORIFICS or word in ACADEMIC or len(word) == 1
        if between not in {" ", "\u00a0"} and not (
            word[-1] in "'’" if not between else between.rstrip() == "." and len(between) < 3 and shortened
        ):
            break
        if token.group()[0].isupper():
            run += [*held, token]
            held = []
        elif token.group().casefold() in PARTICLES and len(held) < 2:
            held.append(token)
        else:
            break
    return run


def _name_of_run(text: str, run: list[_Word], language: str) -> FoundName | None:
    words = list(run)
    if len(run) != 2 or run[0].group().casefold() not in months():  # June Abara
        words = list(dropwhile(lambda word: word.group().casefold() in _small_words(language), run))
        words = list(dropwhile(_is_particle, words))
    folded = [word.group().casefold().strip(".") for word in words]
    if not words or (is_title(folded[-1]) and folded[-1] not in FAMILIES_LIKE_TITLES):
        return None
    last = max((i for i, word in enumerate(folded[:-1]) if is_title(word)), default=-1)
    title, words = words[: last + 1], words[last + 1 :]
    is_polite = False
    while len(words) > 1 and words[0].group().casefold().strip(".") in HONORIFICS:
        is_polite, words = True, words[1:]
    is_polite = is_polite or (len(words) > 1 and words[0].group().casefold().strip(".") in ACADEMIC)
    words = _without_body(words)
    if not words or _is_particle(words[0]):
        span = run[0].start(), run[-1].end()
        return FoundName(*span, text[slice(*span)], kind="body")
    joined = next((i for i, word in enumerate(words) if i >= 2 and word.group().casefold() in _LINKS), len(words))
    words = words[:joined]
    if len(words) >= 3 and _OF.search(_before(text, words[0].start())):  # “Secretary of State Ann Bell”
        words = words[-3:] if len(words) > 3 and len(words[-2].group().strip(".")) == 1 else words[-2:]
    first = words[0].group()
    if language == "de" and len(words) >= 3 and "-" not in first and first.casefold() not in GIVEN_NAMES:
        # the first of three German words is rather a role than a first name
        ends = len(first) > 8 and re.search("(?:er|in|or|ent|ist|ant|eur|loge|nom|chef|frau|mann|rat|wart|ekt)$", first)
        article = re.search(r"(?<!\w)(?:d(?:er|ie|em|en)|eine?r?)\s+$", _before(text, words[0].start()), re.IGNORECASE)
        if (ends or article) and words[1].group().casefold() not in PARTICLES:
            words, title = words[1:], [*title, words[0]]
    names = [word for word in words if word.group().casefold().strip(".") not in ACADEMIC and not _is_particle(word)]
    if not 0 < len(names) <= _MOST_WORDS:
        return None
    start, end = words[0].start(), words[-1].end()
    kind = "person" if len(names) >= 2 or is_polite else "single"
    kind = "body" if text[start:end].casefold() in CITIES else kind
    name = re.sub(r"['’]s$", "", text[start:end])
    return FoundName(start, end, name, " ".join(word.group() for word in title), kind)


def _is_particle(word: _Word) -> bool:
    folded = word.group().casefold()
    return folded in PARTICLES and not (folded in GIVEN_LIKE_PARTICLES and word.group()[0].isupper())


def _without_body(words: list[_Word]) -> list[_Word]:
    """Remove the name of a body: “Ann Bell de la Fundación Mar”, “Example Trust Ann Bell”."""
    bodies: list[int] = []
    for i, word in enumerate(words):
        bare = word.group().casefold().strip(".,").removesuffix("'s").removesuffix("’s")
        if bare in _all("body") or bare in _all("organisation") or re.fullmatch(r"[A-Z]{3,}", word.group()):
            bodies.append(i)
    if bodies and bodies[0] > 0 and bodies[-1] == len(words) - 1 and not words[0].group().isupper():
        # the last word may still be a family name: Anne ROCHE in French style, Jo Park
        first, last = words[0].group(), words[-1].group()
        like_place = len(words) == 2 and last.casefold() in FAMILIES_LIKE_PLACES
        if first.casefold() in GIVEN_NAMES or like_place or (len(last) > 3 and last.isupper()):
            bodies.pop()
    if not bodies:
        return words
    before = words[: bodies[0]]
    while before and before[-1].group()[0].isupper():
        before.pop()
    while before and before[-1].group().casefold() in PARTICLES:
        before.pop()
    if len(before) >= 2:
        return before
    behind = words[bodies[-1] + 1 :]
    return behind if len(behind) >= 2 and behind[0].group()[0].isupper() else []


def is_behind_preposition(text: str, named: FoundName) -> bool:
    """Return whether a name follows a preposition, and so is rather a place or part of a longer name."""
    before = _before(text, named.begin)
    if _OF_SOMETHING.search(before):
        return not has_given_name(named.name)
    determined = named.kind != "body" and not named.title and _DETERMINED.search(before) is not None
    return determined or _LED_IN.search(before) is not None


def _before(text: str, at: int) -> str:
    return text[max(0, at - _LOOK_BACK) : max(0, at)]


@dataclass(slots=True)
class People:
    """The people that a text names, to find who “Bell” and “the minister” are."""

    text: str = ""
    language: str = "en"
    named: list[FoundName] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, texts: Iterable[str], language: str) -> People:
        """Collect the people of the paragraphs of a text."""
        people = cls("\n\n".join(texts), language)
        since = 0
        for one in find_names(people.text, language):
            if one.kind != "person":
                continue
            # the words beside the name may have the role; those before `since` are another person's
            before = re.split(r"[.;:!?\n]\s|[“”„«»\"]", people.text[max(since, one.start - 110) : one.start])[-1]
            behind = re.match(r"[,(]\s?[^.;:“”„«»\"\n]{0,90}", people.text[one.end :])
            people.named.append(one)
            people.roles.append(f"{one.title} {before} {behind.group() if behind else ''}".casefold())
            since = one.end
        return people

    def with_family(self, name: str) -> FoundName | None:
        """Find the person with a family name."""
        family = FoundName(0, 0, name).family
        return next((one for one in self.named if one.family == family and " " in one.name), None)

    def with_title(self, title: str, at: int) -> FoundName | None:
        """Find the person with a title: the nearest before a position in the text, else the first behind it."""
        stem = re.compile(rf"{re.escape(title.casefold())}(?!\w)")
        matching = [one for one, role in zip(self.named, self.roles, strict=True) if stem.search(role)]
        return next((one for one in reversed(matching) if one.start < at), next(iter(matching), None))

    def complete(self, speaker: Speaker) -> Speaker:
        """Return a speaker with the full name and the role that the text has elsewhere."""
        full_name = self.with_family(speaker.name) if speaker.name and " " not in speaker.name else None
        speaker = replace(speaker, name=full_name.name, is_person=True) if full_name else speaker
        known = next((one for one in self.named if one.name == speaker.name), None)
        if not speaker.is_person or speaker.role or known is None:
            return speaker
        # the words behind the name, if they begin with a role: an article, two words at most, a title
        match = re.match(r",\s+([^.;:“”„«»\"\n]{3,120}?)(?=[,.;:]|\s(?:who|said|which)\b|$)", self.text[known.end :])
        title = pattern(r"^\W*(?:[\w'’\-]+\s+){0,3}?(?:[dl]['’])?(?:{title}|{role})(?!\w)", self.language)
        return replace(speaker, role=match[1]) if match and title.match(match[1]) else speaker

    def introduced(self, phrase: str, named: FoundName) -> Speaker:
        """Return a person with the role in a phrase: behind the name, else before it."""
        behind = re.sub(r"^\s*\([^()]*\)", "", phrase[named.end :])
        match = re.match(r",\s[^;:\n“”„«»\"]*", behind)
        body = re.match(
            r"\s(?:of|from|at|vom|von|van|de la|de|del|della|da|do|du|des)\s(?:the\s)?((?:[A-Z]\S*\s?){1,6})", behind
        )
        rest = match.group() if match else f", {body[1].rstrip(' ,.')}" if body else ""
        rest = ",".join(_CLAUSE.split(rest)[0].rstrip(" .,)–—-").split(",")[:4])
        lead = phrase[: named.begin].strip(" ,:")
        before = pattern(r"(?<!\w)(?:{title}|{role})(?!\w).{0,70}$", self.language).search(lead)
        read = parse_attribution(named.name + rest)
        role = ", ".join(filter(None, (named.title or (before.group().strip(" ,") if before else ""), read.role)))
        return self.complete(Speaker(read.speaker, role, read.organisation))


# Japanese: the speaker beside 「…」, by titles, names and particles.

_KANJI = r"[\u4e00-\u9fff々ヶ]"
_KANA = r"[\u3041-\u3096]"
_KATAKANA = r"[\u30a1-\u30faー]"
_FULL = (
    rf"(?:{_KANJI}{{1,4}}[ 　・]{_KANJI}{{1,4}}{_KANA}{{0,2}}(?![ぁ-ん]{{3}})|{_KANJI}{{1,4}}[ 　・]{_KANA}{{2,4}}"
    rf"|{_KANJI}{{2,6}}|{_KATAKANA}{{2,10}}[・ 　=＝]{_KATAKANA}{{2,12}})"
)
_POLITE = r"(?:氏|さん|様|さま|先生)"
_ENDS_NAME = r"(?=[はがもの、。（(）)「『：:\s　」]|$|氏|さん|様|と(?!い)|コメント|より|から|も)"
_LINE = 40  # characters of a line that is only a title and a name


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Return the patterns of a title, of a name behind titles, of one before a title, and of a title alone."""
    title = f"(?i:{phrases('title', 'ja')})"
    between = r"(?:[\s　・：:の、/／]|である|を務める)*"
    return tuple(
        re.compile(form)
        for form in (
            title,
            rf"(?:{title}{between})+(?:（[^（）]*）)?(?P<name>{_FULL}){_ENDS_NAME}",
            rf"(?P<name>{_FULL}|{_KANJI}{{1,6}})[ 　]?(?P<title>{_POLITE}|{title})(?=[はがもの、。（）「：:と]|$)",
            rf"(?:^|[、。\s　同])(?:同|当)?(?P<title>{title})(?=[はがも、：:]|$)",
            # a family and a given name with a blank between them, before a particle
            (
                rf"(?<!{_KANJI})(?P<name>{_KANJI}{{1,4}}[ 　]{_KANJI}{{1,4}}{_KANA}{{0,2}}?)(?:{_POLITE})?"
                r"(?=[はがも、（(]|$)"
            ),
        )
    )


def japanese_people(texts: Iterable[str]) -> People:
    """Collect the people that a Japanese text names with a title."""
    text = "\n\n".join(texts)
    people = People(text, "ja")
    for match in _patterns()[1].finditer(text):
        name = _bare(match["name"])
        if not _patterns()[0].search(name):
            people.named.append(FoundName(match.start("name"), match.end("name"), name, _role(match)))
            people.roles.append(_role(match))
    return people


def _bare(name: str) -> str:
    return re.sub(rf"{_POLITE}[はがもの]?$", "", name.strip("　 "))


def _role(match: re.Match[str]) -> str:
    return match.group()[: match.start("name") - match.start()].strip("の　 ：:、")


def japanese_speaker(before: str, behind: str, people: People, *, alone: bool = False) -> Speaker | None:
    """Return the speaker in the words before 「, or behind 」; `alone` marks a line that only announces a quote."""
    if signed := re.match(r"\s*[（(―—–-]\s?([^（）()\n]{2,50})", behind):
        found = _name_in(signed[1], people)
        if found or re.fullmatch(_FULL, signed[1].strip()):
            return found or Speaker(signed[1].strip())
    sentence = re.split(r"[。」\n]", before.rstrip("。\n　 "))[-1]
    named = _patterns()[1].search(before) if alone and len(before) <= _LINE else None
    is_title_and_name = named is not None and named.end() == len(before.rstrip())  # the line is a title and a name
    if alone and not is_title_and_name and not re.search(r"コメント|(?:述べ|語|話)[^。]{0,12}[。：:]?$|[：:]$", before):
        return None
    found = _name_in(sentence, people)
    return found or (_name_in(re.split(r"[。「\n]", behind)[0], people) if behind else None)


def _name_in(sentence: str, people: People) -> Speaker | None:
    title, after_title, before_title, alone, spaced = _patterns()
    for match in after_title.finditer(sentence):
        if not title.search(match["name"]):
            return Speaker(_bare(match["name"]), _role(match))
    latin = next((one for one in find_names(sentence, "en") if one.kind == "person" and one.name.isascii()), None)
    if latin:
        return Speaker(latin.name, latin.title)
    for one in people.named:
        if one.name in sentence or re.sub(r"[\s　]", "", one.name) in sentence:
            return Speaker(one.name, one.title)
    if titled_name := before_title.search(sentence):
        whole = next((one for one in people.named if one.name.startswith(titled_name["name"])), None)
        if whole:
            return Speaker(whole.name, whole.title)
        return Speaker(titled_name["name"], "" if re.fullmatch(_POLITE, titled_name["title"]) else titled_name["title"])
    if spaced_name := spaced.search(sentence):
        return Speaker(spaced_name["name"])
    known = alone.search(sentence)
    whole = next((one for one in people.named if known and known["title"] in one.title), None)
    return Speaker(whole.name, whole.title) if whole else None
