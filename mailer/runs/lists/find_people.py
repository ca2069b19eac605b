"""Find people: a text over all lists, and what the ledger knows of whoever it finds.

Owns the search and the joining of a person's rows on several lists. Reads only. A row that cannot be mailed (invalid,
marked) is found like any other. Rows stream; only what is found is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from mailer.address import Address, InvalidAddress, parse_address
from mailer.contacts.folding import finds, plain
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact, LeftOut
from mailer.errors import InputProblem, Problem, gather
from mailer.ledger.connection import verify_keys
from mailer.ledger.person import Person, read_person
from mailer.runs.lists import open_list
from mailer.runs.office import Office
from mailer.tokens import address_digest


@dataclass(frozen=True, slots=True)
class Place:
    """A row in which somebody was found; `cells` are the columns with the text in them, `said` why it is left out."""

    list_name: str
    row: int
    line: int
    cells: tuple[tuple[str, str], ...]
    said: str = ""


@dataclass(slots=True)
class Hit:
    """Somebody who was found: their fields as the first list has them, their rows, and their history."""

    email: str
    name: str
    outlet: str
    address: Address | None
    places: list[Place] = field(default_factory=list)
    history: Person = field(default_factory=Person)


@dataclass(frozen=True, slots=True)
class Search:
    """What a search gave: the people in the order of the lists, and the lists that could not be read."""

    hits: list[Hit]
    problems: list[Problem]


def find_people(office: Office, text: str, paths: Iterable[Path]) -> Search:
    """Search every cell of these lists, and the ledger where the text is an address.

    All words of the text must stand in one row, in any column, whatever their case and accents.

    Raises:
        InputProblem: the text is empty.
    """
    terms = [plain(word) for word in text.split()]
    if not terms:
        raise InputProblem("there is nothing to search for")
    hits: dict[str, Hit] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            with open_list(office.workspace, path) as list_file:
                _search(list_file, terms, hits)
        except InputProblem as error:
            problems += gather(error)
    with suppress(InvalidAddress):
        address = parse_address(text)
        hits.setdefault(address.key, Hit(str(address), "", "", address))
    found = [hit for hit in _with_history(office, hits.values()) if hit.places or hit.history.is_known]
    return Search(found, problems)


def _search(list_file: ListFile, terms: list[str], hits: dict[str, Hit]) -> None:
    rows = {row: cells for row, _, cells in list_file.rows() if finds(terms, cells)}
    if not rows:
        return
    for entry in list_file.entries():
        if entry.row not in rows:
            continue
        address = _address(entry)
        email = str(address) if address else entry.value if isinstance(entry, LeftOut) else ""
        hit = hits.setdefault(address.key if address else f"{list_file.name}\0{entry.row}", Hit(email, "", "", address))
        if isinstance(entry, Contact):
            hit.name, hit.outlet = hit.name or entry.name, hit.outlet or entry.fields["outlet"]
        said = entry.message if isinstance(entry, LeftOut) else ""
        shown = tuple(_matching(list_file, terms, rows[entry.row]))
        hit.places.append(Place(list_file.name, entry.row, entry.line, shown, said))


def _address(entry: Contact | LeftOut) -> Address | None:
    if isinstance(entry, Contact):
        return entry.address
    with suppress(InvalidAddress):
        return parse_address(entry.value)
    return None


def _matching(list_file: ListFile, terms: list[str], cells: list[str]) -> Iterator[tuple[str, str]]:
    for at, cell in enumerate(cells):
        if cell and any(finds((term,), (cell,)) for term in terms):
            header = list_file.layout.header[at].strip() if at < len(list_file.layout.header) else ""
            yield header or f"column {at + 1}", cell


def _with_history(office: Office, hits: Iterable[Hit]) -> Iterator[Hit]:
    found = list(hits)
    if office.ledger is not None:
        with office.ledger.reading() as connection:
            verify_keys(connection, office.keys)
            for hit in found:
                if hit.address:
                    hit.history = read_person(connection, address_digest(office.keys, hit.address.key))
    yield from found
