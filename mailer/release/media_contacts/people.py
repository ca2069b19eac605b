"""Contact people: what stands in lines of contact data, one thing after the other, made into persons.

Owns where one person ends and the next begins, what is a name, a role, a body or a note among their words, and which
number two people share. `contact_line` reads a single line; `section` finds the lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
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
    is_agency,
    is_japanese,
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


@dataclass(slots=True)
class _Person:
    names: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    line: int = 0
    row: int = 0  # in which the name stood, or else the first words
    common: list[str] = field(default_factory=list)  # addresses that stood on a row of their own
    own: list[str] = field(default_factory=list)  # numbers that stood on the row of the name
    paired: tuple[str, ...] = ()  # numbers of a row of numbers alone
    body: str = ""  # the organisation that the heading names
    headed: bool = False  # whether a heading of its own announced it

    @property
    def reaches(self) -> bool:
        return bool(self.phones or self.emails)

    def contacts(self) -> Iterable[MediaContact]:
        """Yield one contact a name; those who share a line share its numbers, and each has their own address."""
        words = tuple(dict.fromkeys(one for word in self.words for one in part_place(word)))
        offices = [word for word in words if self.names and is_office(word) and not names_role(word)]
        role, organisation = sort_words(tuple(word for word in words if word not in offices))
        role = ", ".join(filter(None, (role, *offices)))
        notes = [note for note in dict.fromkeys(self.notes) if note and not self._says_nothing(note)]
        for at, name in enumerate(self.names or [""]):
            emails = [email for email in self.emails if not self._is_others(email, name)]
            own = 1 < len(self.names) == len(self.paired) == len(self.phones)  # “Ann Bell / Bo Lind”, two numbers
            phones = (self.paired[at],) if own else tuple(self.phones)
            yield MediaContact(name, role, organisation or self.body, phones, tuple(emails), "; ".join(notes))

    def _is_others(self, email: str, name: str) -> bool:
        return not _is_of(email, name) and any(_is_of(email, other) for other in self.names if other != name)

    def _says_nothing(self, note: str) -> bool:
        """Return whether a note only tells that the one number is a mobile."""
        kind, _, number = note.partition(": ")
        return self.phones == [number] and "hours" not in kind.lower()


def _is_of(email: str, name: str) -> bool:
    """Return whether an address has a person's last name, or the first one alone, in it."""
    local = _bare(email.partition("@")[0])
    words = [_bare(word) for word in name.split() if len(word) > 1]
    return any(word and word in local for word in words)


def _bare(text: str) -> str:
    plain = text.casefold().replace("ü", "ue").replace("ö", "oe").replace("ä", "ae").replace("ß", "ss")
    return re.sub(r"[^a-z]", "", unicodedata.normalize("NFKD", plain))


@dataclass(slots=True)
class People:
    """Makes people of lines of contact data, one line after the other."""

    people: list[_Person] = field(default_factory=list)
    _row: int = 0
    _numbered: bool = False  # a number or an address stood before on this row
    _ended: bool = False
    _headed: bool = False
    _listed: bool = False  # the row is a list of names
    _body: str = ""

    @property
    def complete(self) -> bool:
        """Return whether the last person can be reached: what follows is then somebody, or something, else."""
        return bool(self.people) and self.people[-1].reaches

    @property
    def is_named(self) -> bool:
        """Return whether the last person has a name."""
        return bool(self.people) and bool(self.people[-1].names)

    @property
    def awaits_number(self) -> bool:
        """Return whether the last person has a name, and nothing by which to be reached."""
        return self.is_named and not self.complete

    def add(self, line: Line, *, sentence: bool = False) -> None:
        """Read a line; `sentence` says that it is running text."""
        self._row += 1
        self._numbered = False
        if self._ended:
            self._ended = False
            self._begin(line)
        parts = parse_contact_line(line.text).parts
        last = max((i for i, part in enumerate(parts) if part.kind != "word"), default=-1)
        if self._is_next(parts):
            self._begin(line)
        self._listed = _is_list_of_names(line.text)
        for i, part in enumerate(parts):
            if part.kind != "word":
                self._reach(part, line)
                self._numbered = True
                if len(parts) > 1 and all(one.kind == "phone" and not one.note for one in parts):
                    self.people[-1].paired = tuple(one.text for one in parts)
                continue
            if sentence and i > last:
                continue
            follows = any(one.kind != "word" for one in parts[i + 1 :])
            if _is_whose(part, parts[i + 1 : i + 2]):
                self._other(part.text, line, follows=follows)
                continue
            self._word(part, line, follows=follows, sentence=sentence)

    def _is_next(self, parts: Sequence[Part]) -> bool:
        """Return whether a row that begins with an address has another name behind it: “bo@example.org (Bo Lind)”."""
        if not self.complete or not self.people[-1].names or not self.people[-1].emails or parts[:1] == ():
            return False
        names = [part.text for part in parts if part.kind == "word" and looks_like_name(part.text)]
        return parts[0].kind == "email" and bool(names) and names[0] not in self.people[-1].names

    def part(self, *, headed: bool) -> None:
        """End the last person: what follows was announced anew, under a heading of its own or in its own line."""
        self._ended = True
        self._headed = headed
        self._body = ""

    def speak_for(self, words: str) -> None:
        """Take the organisation that a heading names: it is that of everybody below who has none of their own."""
        text = part_client(words)[0]
        told = (names_organisation(text) or is_agency(text)) and not read_person(text)[0]
        self._body = sort_words((text,))[1] if told else ""

    def add_body(self, line: Line, words: str) -> None:
        """Read a line that only says for whom, or where, the next person is there."""
        self._row += 1
        self._ended = False
        self._begin(line).words.append(words)

    def _reach(self, part: Part, line: Line) -> None:
        if not self.people:
            self._begin(line)
        person = self.people[-1]
        if part.kind == "phone":
            person.phones.extend([part.text] if part.text not in person.phones else [])
            person.own.extend([part.text] if person.row == self._row else [])
            person.notes.append(f"{part.note}: {part.text}" if part.note else "")
        else:
            person.emails.extend([part.text] if part.text not in person.emails else [])
            person.common.extend([part.text] if person.row != self._row else [])

    def _begin(self, line: Line) -> _Person:
        self.people.append(_Person(line=line.number, row=self._row, headed=self._headed, body=self._body))
        self._headed = False
        return self.people[-1]

    def _word(self, part: Part, line: Line, *, follows: bool, sentence: bool) -> None:
        names, words = _judge(part, sentence=sentence)
        dug = self.awaits_number and bool(words) and not is_office(words[0])
        if dug and not any(map(is_surely_name, names)):
            names, words = (), (part.text,)  # “Head of Press of Rio Vivo”, behind a name
        if sentence and not names:
            words = tuple(word for word in words if _tells(word, sentence=True))
        for name in names:
            self._name(name, line, part)
        for word in words:
            if names:
                self.people[-1].words.append(word)
            else:
                self._other(word, line, follows=follows)

    def _name(self, name: str, line: Line, part: Part) -> None:
        person = self.people[-1] if self.people else self._begin(line)
        if is_reading(name, person.names):
            person.notes.append(name)
            return
        if name.casefold() in map(str.casefold, person.names):
            return
        if person.names and not person.reaches:
            # a second name before any number: they share it; what only might be a name is a body's
            told = part.named or self._listed or is_surely_name(name)
            (person.names if told else person.words).append(name)
            return
        if person.names and part.named and person.row == self._row and not self._numbered:
            person.names.append(name)  # the number stood above: they share it
            return
        late = not person.names and (part.named or (person.row == self._row and not person.words))
        if person.reaches and not late:
            person = self._begin(line)
        person.names.append(name)
        person.row = self._row

    def _other(self, word: str, line: Line, *, follows: bool) -> None:
        person = self.people[-1] if self.people else self._begin(line)
        if is_hours(word) or is_reading(word, person.names) or is_street(word):
            person.notes.append(word)
            return
        word, client = part_client(word)
        person.notes.extend([client] if client else [])
        if person.names and not person.reaches and is_office(word):
            person.words.append(word)
            return
        if is_empty(word):
            return
        announced = read_announcement(word)
        lone = pattern("{press}").fullmatch(word) is not None
        if lone or (announced.whole and announced.says and not names_role(word) and not names_organisation(word)):
            if person.reaches:
                self._begin(line)
            return
        if person.reaches and word[:1].islower() and not (names_role(word) or names_organisation(word)):
            person.notes.append(word)  # nobody's name or body begins so
            return
        if person.reaches and (not self._numbered or follows):
            person = self._begin(line)
        person.words.append(word)

    def finish(self) -> list[_Person]:
        """Return the people; words behind the last number of somebody, with no number of their own, go to them."""
        found: list[_Person] = []
        for person in self.people:
            unsure = not any(map(is_surely_name, person.names))
            if not person.reaches and unsure and found and found[-1].reaches:
                found[-1].notes.extend((*person.words, *person.names))
            elif found and _is_same_office(found[-1], person):
                found[-1].phones.extend(person.phones)
                found[-1].emails.extend(person.emails)
                found[-1].notes.extend(person.notes)
            elif person.names or person.reaches:
                found.append(person)
        _share(found)
        return found


def _is_same_office(above: _Person, below: _Person) -> bool:
    """Whether two that nobody named are one office, whose numbers stand in one paragraph and address in another."""
    nameless = not (above.names or above.words or below.names or below.words or below.headed)
    return nameless and bool(above.phones) != bool(above.emails) and bool(above.phones) == bool(below.emails)


def _is_whose(part: Part, behind: Sequence[Part]) -> bool:
    """Return whether words before a colon tell whose the person behind it is, though they are written as a name."""
    name = next((one.text for one in behind if one.kind == "word"), "")
    return part.apart and looks_like_name(name) and is_surely_name(name) >= is_surely_name(part.text)


def _share(people: Sequence[_Person]) -> None:
    """Give people without a number what the one below them has, and those without an address a common one."""
    for one, following in zip(people[-2::-1], people[:0:-1], strict=False):
        if one.names and not one.reaches:
            one.phones, one.emails = list(following.phones), list(following.emails)
    named = [one for one in people if one.names]
    _give_addresses(named)
    last = people[-1] if people else None
    _share_phones(named)
    if last is None or len(named) < 2 or any(one.emails for one in named if one is not last):
        return
    common = [email for email in last.common if not any(_is_of(email, name) for name in last.names)]
    for one in named:
        one.emails = one.emails or list(common)


def _give_addresses(named: Sequence[_Person]) -> None:
    """Give each address that stands below the last of several people to the one whose name is in it."""
    for email in [email for one in named[-1:] for email in one.common]:
        owners = [one for one in named if any(_is_of(email, name) for name in one.names)]
        if owners and named[-1] not in owners:
            named[-1].emails.remove(email)
            named[-1].common.remove(email)
            for one in owners:
                one.emails.extend([email] if email not in one.emails else [])


def _share_phones(named: Sequence[_Person]) -> None:
    """Give people who each have an address on the line of their name the number on a line of its own below them."""
    phones = [phone for one in named[-1:] for phone in one.phones]
    lined = all(one.emails and not one.common and not one.own for one in named)
    alone = len(named) < 2 or any(one.phones for one in named[:-1]) or any(named[-1].notes)  # a mobile is one's own
    if lined and not alone:
        for one in named:
            one.phones = list(phones)


def _is_list_of_names(text: str) -> bool:
    several = _AND.split(text)
    return len(several) > 1 and all(map(looks_like_name, several)) and any(map(is_surely_name, several))


def _judge(part: Part, *, sentence: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names in a run of words, and the other words."""
    text = part.text[2:] if is_elided(part.text) else part.text
    several = [one.strip() for one in _AND.split(text)]
    short = [is_short_name(one) for one in several]
    whole = [looks_like_name(one) for one in several]
    if len(several) > 1 and (any(whole) or part.named) and all(map(any, zip(short, whole, strict=True))):
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
    return _judge_behind(text, sentence=sentence)


def _judge_behind(text: str, *, sentence: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Judge what stands behind the words that announce somebody: “please contact our press officer Ann Bell”."""
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
    found = _name_inside(text) if sentence else ""
    return ((found,), ()) if found else ((), (text,))


def _tells(word: str, *, sentence: bool) -> bool:
    """Return whether words beside a name tell what somebody is, and do not only announce them."""
    told = names_role(word) or names_organisation(word)
    announced = read_announcement(word)
    if sentence and (len(word.split()) > 6 or (word[:1].islower() and len(word.split()) > 3 and not names_role(word))):
        return False
    if announced.says and announced.whole and not announced.strong and sentence:
        return names_role(word) and not asks_by_word(word)
    return told if sentence or (announced.says and announced.whole) or asks_to_reach(word) else True


def _name_inside(text: str) -> str:
    """Return a name that stands in running text; only one whose first word is a given name, or that has a title."""
    words = text.split()
    for start in range(len(words)):
        for size in range(4, 1, -1):
            name = " ".join(words[start : start + size])
            name = name[2:] if is_elided(name) else name
            if start + size <= len(words) and is_surely_name(name):
                return name
    return ""


def merge_contacts(contacts: Iterable[MediaContact]) -> tuple[MediaContact, ...]:
    """Return each person once: the same name twice (top and end of a release) is one, with all numbers."""
    merged: dict[str, MediaContact] = {}
    for number, contact in enumerate(contacts):
        key = contact.name.casefold() or f"\0{number}"
        first = merged.get(key)
        if first is None:
            merged[key] = contact
            continue
        merged[key] = replace(
            first,
            role=first.role or contact.role,
            organisation=first.organisation or contact.organisation,
            phones=tuple(dict.fromkeys((*first.phones, *contact.phones))),
            emails=tuple(dict.fromkeys((*first.emails, *contact.emails))),
            note="; ".join(filter(None, dict.fromkeys((first.note, contact.note)))),
        )
    return tuple(merged.values())


# Contact asides: what stands beside a person and says neither who they are nor what they do.

_KANA = re.compile(r"[\u3040-\u30ff\s・]+")
_HOURS = re.compile(
    r"\d|(?<!\w)(?:mon|tues?|wed|thu|fri|mo|di|mi|do|fr|lun|mar|mer|jeu|ven|seg|sex|ma|vr|平日|土日)(?:day|tag|di)?s?(?!\w)",
    re.IGNORECASE,
)
_AVAILABLE = re.compile(
    r"week-?ends?\b|wochenende|fine settimana|fin(?:es)? de semana|fins? de semaine|\bevenings?\b|\bavailable\b"
    r"|reperibil|disponib|disponív|erreichbar|joignable|bereikbaar|out of hours|office hours",
    re.IGNORECASE,
)


def is_hours(word: str) -> bool:
    """Return whether words tell when somebody can be reached."""
    if _AVAILABLE.search(word):
        return not names_role(word)  # “Out of hours duty officer” is somebody
    return _HOURS.search(word) is not None and not looks_like_name(word)


def is_street(word: str) -> bool:
    """Return whether words are a street of a postal address, whose number stood before a comma: “rue des Écoles”."""
    return word[:1].islower() and pattern(r"(?:{street})\s\w").match(word) is not None


def is_reading(word: str, names: Sequence[str]) -> bool:
    """Return whether a word only tells how the name before it is read."""
    return bool(names) and is_japanese(names[-1]) and _KANA.fullmatch(word) is not None


def is_empty(word: str) -> bool:
    """Return whether words are an account, the end of a sentence or the head of a column."""
    label = not names_role(word) and pattern("{field_label}|{name_label}|{date_label}").fullmatch(word) is not None
    return not word or word.startswith("@") or word.endswith("。") or label


def is_elided(text: str) -> bool:
    """Return whether a small word is written onto a name: “d'Étienne Prévost”."""
    return text[:2] in {"d'", "d’"} and text[2:3].isupper() and is_surely_name(text[2:])
