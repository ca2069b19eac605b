"""Contact sentences: people whom running text asks a journalist to reach.

Recognises «For interviews please contact Ann Bell on …»; the sentence stays where it is. Where a section names
contacts, only a sentence for the press adds to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from mailer.release.media_contacts.headings import asks_to_reach, behind_asking, names_other, names_press, opts_out
from mailer.release.media_contacts.people import People
from mailer.release.media_contacts.rows import Row
from mailer.release.people.contact_line import parse_contact_line
from mailer.release.people.names import has_name, names_organisation
from mailer.release.pieces import Draft, Line

_SENTENCE_WORDS = 60
_LINE_WORDS = 8
_TITLES = "".join(rf"(?<!{title}\.)" for title in ("Prof", "Dott", "Dipl", "Arch", "Magg", "phil"))
_SENTENCES = re.compile(rf"(?<=[^\W\d_A-ZÀ-Þ]{{3}}[.!?]){_TITLES}\s+(?=[^\W\d_a-zß-ÿ])|(?<=[.!?][”\"»)])\s+|(?<=。)")


def read_sentences(draft: Draft, rows: Sequence[Row]) -> None:
    """Read contacts from sentences that ask to reach somebody; the sentence stays where it is."""
    sure = not draft.contacts
    for text, line in _sentences(rows):
        press = names_press(text)
        public = opts_out(text) or (names_other(text) and not press)
        if not asks_to_reach(text) or public or not (press or sure):
            continue
        reader = People()
        reader.add(Line(line, asked_for(text)), sentence=True)
        people = [person for person in reader.finish() if person.reaches]
        named = [person for person in people if person.names]
        chosen = named or (people if press and not draft.contacts else [])
        for contact in (contact for person in chosen for contact in person.contacts()):
            draft.contacts.append(contact)
            draft.found("contact", text, line)
            shown = contact.name or (*contact.phones, *contact.emails)[0]
            draft.say("unsure-contact", f'"{shown}" was read from a sentence: is it the media contact?', line)


def asked_for(text: str) -> str:
    """Return a line from the words on that ask to reach somebody, where those say who it is before the first number."""
    reached = [part.text for part in parse_contact_line(text).parts if part.kind != "word"]
    first = len(text) - min((text.find(one) for one in reached if one in text), default=0)
    rests = [rest for rest in behind_asking(text) if len(rest) >= first]
    words = [(rest, next((part.text for part in parse_contact_line(rest).parts), "")) for rest in rests]
    for tells in (has_name, names_organisation):
        for rest, word in words:
            if tells(word):
                return rest
    return text


def _stands_in_lines(group: Sequence[Row]) -> bool:
    """Return whether a line ends with a number or an address, and the next one begins anew."""
    for row, below in pairwise(group):
        last = next(reversed(row.data.parts), None)
        if last is not None and last.kind != "word" and below.text[:1].isupper():
            return True
    return False


def _sentences(rows: Sequence[Row]) -> Iterable[tuple[str, int]]:
    """Yield the sentences in which there is a number or an address, with their lines."""
    pieces: dict[int, list[Row]] = {}
    for row in rows:
        pieces.setdefault(row.piece * 1000 + (row.place if row.kind == "list" else 0), []).append(row)
    for group in pieces.values():
        if not any(row.data.reaches for row in group) or group[0].kind == "quote":
            continue
        text = " ".join(row.text for row in group)
        lines = len(group) > 1 and all(row.words <= _LINE_WORDS for row in group)
        if lines and (not text.endswith((".", "。")) or _stands_in_lines(group)):
            continue  # a block of short lines is no sentence
        for sentence in _SENTENCES.split(text):
            if len(sentence.split()) <= _SENTENCE_WORDS and sentence[:1] not in '“"«„「':
                yield sentence, group[0].line.number
