"""Contact people: what stands in lines of contact data, one thing after the other, made into persons.

Owns where one person ends and the next begins, and what is a name, a role, a body or a note among their words.
`contact_line` reads a single line; `section` finds the lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from mailer.release.media_contacts.headings import (
    asks_by_word,
    asks_to_reach,
    behind_asking,
    is_office,
    read_announcement,
)
from mailer.release.people.contact_line import Part, parse_contact_line, trim
from mailer.release.people.names import (
    is_short_name,
    is_surely_name,
    looks_like_name,
    names_organisation,
    names_role,
    read_person,
)
from mailer.release.people.roles import part_client, part_place, sort_words
from mailer.release.pieces import Line
from mailer.release.values import MediaContact
from mailer.release.words import pattern

_AND = re.compile(r"\s+(?:and|und|et|y|e|ed|en|&|or|oder|ou|o|of|\+)\s+|\s*/\s*|、|・", re.IGNORECASE)
_HOURS = re.compile(
    r"\d|(?<!\w)(?:mon|tues?|wed|thu|fri|mo|di|mi|do|fr|lun|mar|mer|jeu|ven|seg|sex|ma|vr|平日|土日)(?:day|tag|di)?s?(?!\w)",
    re.IGNORECASE,
)
_AVAILABLE = re.compile(
    r"week-?ends?\b|wochenende|fine settimana|fin(?:es)? de semana|fins? de semaine|\bevenings?\b|\bavailable\b"
    r"|reperibil|disponib|disponív|erreichbar|joignable|bereikbaar|out of hours|office hours",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Person:
    names: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    line: int = 0
    row: int = 0  # in which the name stood, or else the first words

    @property
    def reaches(self) -> bool:
        return bool(self.phones or self.emails)

    def contacts(self) -> Iterable[MediaContact]:
        """Yield one contact a name; those who share a line share its numbers and addresses."""
        words = tuple(dict.fromkeys(one for word in self.words for one in part_place(word)))
        offices = [word for word in words if self.names and is_office(word) and not names_role(word)]
        role, organisation = sort_words(tuple(word for word in words if word not in offices))
        role = ", ".join(filter(None, (role, *offices)))
        notes = [note for note in dict.fromkeys(self.notes) if note]
        if len(self.phones) == 1:  # that the one number is a mobile says nothing
            notes = [note for note in notes if self.phones[0] != note.partition(": ")[2] or "hours" in note.lower()]
        for name in self.names or [""]:
            reached = tuple(dict.fromkeys(self.phones)), tuple(dict.fromkeys(self.emails))
            yield MediaContact(name, role, organisation, *reached, "; ".join(notes))


@dataclass(slots=True)
class People:
    """Makes people of lines of contact data, one line after the other."""

    people: list[_Person] = field(default_factory=list)
    _row: int = 0
    _numbered: bool = False  # a number or an address stood before on this row

    @property
    def awaits_number(self) -> bool:
        """Return whether the last person has a name, and nothing by which to be reached."""
        return bool(self.people) and bool(self.people[-1].names) and not self.people[-1].reaches

    def begin(self, line: Line) -> _Person:
        """Begin a person: the last one is over."""
        self.people.append(_Person(line=line.number, row=self._row))
        return self.people[-1]

    def add(self, line: Line, *, sentence: bool = False) -> None:
        """Read a line; `sentence` says that it is running text."""
        self._row += 1
        self._numbered = False
        parts = parse_contact_line(line.text).parts
        last = max((i for i, part in enumerate(parts) if part.kind != "word"), default=-1)
        for i, part in enumerate(parts):
            if part.kind != "word":
                person = self.people[-1] if self.people else self.begin(line)
                (person.phones if part.kind == "phone" else person.emails).append(part.text)
                person.notes += [f"{part.note}: {part.text}"] if part.note else []
                self._numbered = True
            elif not sentence and part.apart and _is_whose(part.text, parts[i + 1 :]):
                self._other(part.text, line, follows=i < last)
            elif not (sentence and i > last):
                names, words = _judge(part, sentence=sentence)
                if self.awaits_number and words and not is_office(words[0]) and not any(map(is_surely_name, names)):
                    names, words = (), (part.text,)  # “Head of Press of Rio Vivo”, behind a name
                if sentence and not names:
                    words = tuple(word for word in words if _tells(word, sentence=True))
                for name in names:
                    self._name(name, line, part)
                for word in words:
                    if names:
                        self.people[-1].words.append(word)
                    else:
                        self._other(word, line, follows=i < last)

    def _name(self, name: str, line: Line, part: Part) -> None:
        person = self.people[-1] if self.people else self.begin(line)
        if name.casefold() in map(str.casefold, person.names):
            return
        if person.names and not person.reaches:
            # a second name before any number: they share it; what only might be a name is a body's
            (person.names if part.named or is_surely_name(name) else person.words).append(name)
            return
        late = not person.names and (part.named or (person.row == self._row and not person.words))
        if person.reaches and not late:
            person = self.begin(line)
        person.names.append(name)
        person.row = self._row

    def _other(self, word: str, line: Line, *, follows: bool) -> None:
        person = self.people[-1] if self.people else self.begin(line)
        # when somebody can be reached; “Out of hours duty officer” is somebody
        available = _AVAILABLE.search(word) is not None
        if not names_role(word) if available else _HOURS.search(word) and not looks_like_name(word):
            person.notes.append(word)
            return
        word, client = part_client(word)
        person.notes.extend([client] if client else [])
        if person.names and not person.reaches and is_office(word):
            person.words.append(word)
            return
        if not word or word.startswith("@") or word.endswith("。"):
            return
        announced = read_announcement(word)
        told = names_role(word) or names_organisation(word)
        if pattern("{press}").fullmatch(word) or (announced.whole and announced.says and not told):
            if person.reaches:
                self.begin(line)
            return
        if person.reaches and word[:1].islower() and not told:
            person.notes.append(word)  # nobody's name or body begins so
            return
        if person.reaches and (not self._numbered or follows):
            person = self.begin(line)
        person.words.append(word)

    def finish(self) -> list[_Person]:
        """Return the people; words behind the last number of somebody, with no number of their own, go to them."""
        found: list[_Person] = []
        for person in self.people:
            unsure = not any(map(is_surely_name, person.names))
            if not person.reaches and unsure and found and found[-1].reaches:
                found[-1].notes.extend((*person.words, *person.names))
            elif found and not (found[-1].names or found[-1].words or person.names or person.words):
                found[-1].phones.extend(person.phones)  # one office, whose number and address stand apart
                found[-1].emails.extend(person.emails)
                found[-1].notes.extend(person.notes)
            elif person.names or person.reaches:
                found.append(person)
        for one, following in zip(found[-2::-1], found[:0:-1], strict=False):
            if one.names and not one.reaches:  # they have the number of whoever stands below
                one.phones, one.emails = list(following.phones), list(following.emails)
        return found


def _is_whose(text: str, behind: tuple[Part, ...]) -> bool:
    """Return whether words before a colon tell whose the person behind it is, though they are written as a name."""
    name = behind[0].text if behind and behind[0].kind == "word" else ""
    return looks_like_name(name) and is_surely_name(name) >= is_surely_name(text)


def _judge(part: Part, *, sentence: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names in a run of words, and the other words."""
    text = part.text
    several = [one.strip() for one in _AND.split(text)]
    whole = [looks_like_name(one) for one in several]
    named = all(one or is_short_name(name) for one, name in zip(whole, several, strict=True))
    if len(several) > 1 and (any(whole) or part.named) and named:
        return tuple(several), ()
    if len(several) > 1 and is_surely_name(several[0]):
        name, words = read_person(several[-1])
        if is_surely_name(name) and several[-1].startswith(name) and all(map(is_surely_name, several[:-1])):
            return (*several[:-1], name), tuple(word for word in words if _tells(word, sentence=sentence))
    if part.named and (is_short_name(text) or looks_like_name(text)):
        return (text,), ()
    name, words = read_person(text)
    if name:
        return (name,), tuple(word for word in words if _tells(word, sentence=sentence))
    # what stands behind the words that announce somebody: “please contact our press officer Ann Bell”
    announced = read_announcement(text)
    told = names_role(text) or names_organisation(text)
    title = names_role(text) and not asks_by_word(announced.words)  # “Press Office Manager”
    if told and not sentence and (not announced.strong or title):
        return (), (text,)
    rest = announced.rest if announced.says and not announced.whole else next(iter(behind_asking(text)), text)
    behind = trim(rest)
    if behind and behind != text:
        inner = _judge(Part("word", behind, named=announced.strong), sentence=sentence)
        kept = inner[0] or sentence or any(names_role(word) or names_organisation(word) for word in inner[1])
        return inner if kept or not told else ((), (text,))
    if sentence:  # a name in running text: only one whose first word is a given name, or that has a title
        parts = text.split()
        runs = [
            " ".join(parts[at : at + size]) for at in range(len(parts)) for size in (4, 3, 2) if at + size <= len(parts)
        ]
        if found := next(filter(is_surely_name, runs), ""):
            return (found,), ()
    return (), (text,)


def _tells(word: str, *, sentence: bool) -> bool:
    """Return whether words beside a name tell what somebody is, and do not only announce them."""
    role = names_role(word)
    announced = read_announcement(word)
    if sentence and (len(word.split()) > 6 or (word[:1].islower() and len(word.split()) > 3 and not role)):
        return False
    if announced.says and announced.whole and not announced.strong and sentence:
        return role
    if sentence or (announced.says and announced.whole) or asks_to_reach(word):
        return role or names_organisation(word)
    return True


def merge_contacts(contacts: Iterable[MediaContact]) -> tuple[MediaContact, ...]:
    """Return each person once: the same name twice (top and end of a release) is one, with all numbers."""
    merged: dict[str, MediaContact] = {}
    for number, contact in enumerate(contacts):
        key = contact.name.casefold() or f"\0{number}"
        first = merged.setdefault(key, contact)
        if first is not contact:
            merged[key] = replace(
                first,
                role=first.role or contact.role,
                organisation=first.organisation or contact.organisation,
                phones=tuple(dict.fromkeys((*first.phones, *contact.phones))),
                emails=tuple(dict.fromkeys((*first.emails, *contact.emails))),
                note="; ".join(filter(None, dict.fromkeys((first.note, contact.note)))),
            )
    return tuple(merged.values())
