"""Former: what a source said the last time it was imported, as fingerprints.

Owns the third side of the comparison when an export is imported again: with it a field that the source changed is told
from one that staff changed. Holds no address and no value, only keyed hashes of them: nobody can read a person out of
it, and nothing but the question "is this what it said" can be asked. Never reads or writes a file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from mailer.errors import InputProblem

_ID_BYTES = 8
_KEPT = 8  # imports that are remembered of a list


@dataclass(slots=True)
class Former:
    """One import of one source: the hashes of its fields by person; `before` is the hash of the list before it."""

    source: str
    header: str
    before: str
    salt: bytes = field(repr=False)
    columns: list[str] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict, repr=False)

    def person(self, address_key: str) -> str:
        """Return the name under which a person is remembered here."""
        return blake2b(address_key.encode(), key=self.salt, digest_size=_ID_BYTES).hexdigest()

    def knows(self, address_key: str) -> bool:
        """Return whether the source had this person."""
        return self.person(address_key) in self.people

    def said(self, address_key: str, column: str, value: str) -> bool | None:
        """Return whether the source had this value for the person; None where it had no such person or column."""
        person = self.person(address_key)
        if person not in self.people or column not in self.columns:
            return None
        at = self.columns.index(column) * 2 * _ID_BYTES
        return self.people[person][at : at + 2 * _ID_BYTES] == self._value(person, column, value)

    def remember(self, address_key: str, values: Mapping[str, str]) -> None:
        """Remember what the source says of a person now; `values` has every column."""
        person = self.person(address_key)
        self.people[person] = "".join(self._value(person, column, values[column]) for column in self.columns)

    def forget(self, address_key: str) -> bool:
        """Forget a person; return whether they were known."""
        return self.people.pop(self.person(address_key), None) is not None

    def _value(self, person: str, column: str, value: str) -> str:
        text = f"{person}\0{column}\0{' '.join(value.split())}"
        return blake2b(text.encode(), key=self.salt, digest_size=_ID_BYTES).hexdigest()


def parse_formers(data: bytes) -> list[Former]:
    """Read what is remembered of a list's imports, the newest last.

    Raises:
        InputProblem: that is not what `render_formers` wrote.
    """
    try:
        document = json.loads(data)
        return [
            Former(
                source=each["source"],
                header=each["header"],
                before=each["before"],
                salt=bytes.fromhex(each["salt"]),
                columns=list(each["columns"]),
                people=dict(each["people"]),
            )
            for each in document["imports"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise InputProblem(f"what is remembered of earlier imports cannot be read: {error}") from None


def render_formers(formers: Iterable[Former]) -> bytes:
    """Return the bytes to be kept: the newest imports, each source's newest two (the newest may be undone)."""
    kept: list[Former] = []
    for each in reversed(list(formers)):
        if sum(1 for other in kept if (other.source, other.header) == (each.source, each.header)) < 2:
            kept.append(each)
    imports = [
        {
            "source": each.source,
            "header": each.header,
            "before": each.before,
            "salt": each.salt.hex(),
            "columns": each.columns,
            "people": each.people,
        }
        for each in reversed(kept[:_KEPT])
    ]
    return json.dumps({"imports": imports}).encode()


def find_former(formers: list[Former], *, source: str, header: str, now: str) -> Former | None:
    """Find the last import of a source: of this name and header, else of this header.

    `now` is the hash of the list as it is: an import that was undone since left it so, and does not count.
    """
    standing = [each for each in formers if each.before != now and each.header == header]
    named = [each for each in standing if each.source == source]
    found = named or standing
    return found[-1] if found else None
