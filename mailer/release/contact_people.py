"""Contact people: lines of contact data, one after the other, made into persons.

Owns where one person ends and the next begins, and what is a name, a role, a body or a note among their words.
`people` reads a single line; `contact_section` finds the lines.

Gaps: two persons on one line («Ann Bell or Bo Lind, 0123 …») become one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from mailer.release.people import ContactLine, looks_like_name, names_role, parse_contact_line, sort_words
from mailer.release.pieces import Line
from mailer.release.values import MediaContact


@dataclass(slots=True)
class _Person:
    name: str = ""
    words: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    line: int = 0

    @property
    def reaches(self) -> bool:
        return bool(self.phones or self.emails)

    def contact(self) -> MediaContact:
        role, organisation = sort_words(tuple(self.words))
        notes = [note for note in self.notes if note and not self._says_nothing(note)]
        return MediaContact(self.name, role, organisation, tuple(self.phones), tuple(self.emails), "; ".join(notes))

    def _says_nothing(self, note: str) -> bool:
        """Say whether a note only tells that the one number is a mobile."""
        kind, _, number = note.partition(": ")
        return self.phones == [number] and "hours" not in kind.lower()


@dataclass(slots=True)
class People:
    """Makes people of lines of contact data, one line after the other."""

    people: list[_Person] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Say whether the last person can be reached: what follows is then somebody, or something, else."""
        return bool(self.people) and self.people[-1].reaches

    def add(self, line: Line, *, gap: bool) -> None:
        """Read a line; `gap` says that a blank line stood before it. Two people with a semicolon between are two."""
        parts = [Line(line.number, part) for part in line.text.split(";")]
        reached = [data for data in (parse_contact_line(part.text) for part in parts) if data.reaches and data.words]
        if len(parts) > 1 and len(reached) == len(parts):
            for number, part in enumerate(parts):
                self._add(part, gap=gap and number == 0)
            return
        self._add(line, gap=gap)

    def _add(self, line: Line, *, gap: bool) -> None:
        data = parse_contact_line(line.text)
        words = list(data.words)
        name = next((word for word in words if looks_like_name(word)), "")
        if self._is_somebody_new(data, name, gap=gap):
            self.people.append(_Person(line=line.number))
        person = self.people[-1]
        if words and not person.name:
            person.name = name or words[0]
            words.remove(person.name)
        if person.reaches and not data.reaches and words and not names_role(words[0]):
            person.notes.append(", ".join(words))
            words = []
        person.words.extend(words)
        person.phones.extend(data.phones)
        person.emails.extend(data.emails)
        person.notes.append(data.note)

    def _is_somebody_new(self, data: ContactLine, name: str, *, gap: bool) -> bool:
        if not self.people:
            return True
        person = self.people[-1]
        if not data.words or not (person.name or person.reaches):
            return False
        if person.reaches:
            return bool(name) or (data.reaches and bool(person.name)) or (gap and data.reaches)
        return bool(name) and data.reaches and bool(person.name)


def merge_contacts(contacts: Iterable[MediaContact]) -> tuple[MediaContact, ...]:
    """Give each person once: the same name twice (top and end of a release) is one, with all numbers."""
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
