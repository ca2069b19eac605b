"""Looking: the lists as they are today: searching, counting, and finding the one contact whose mail is shown.

Rows are streamed, and only results and figures are kept: a list may have a million rows. The ledger is asked (for
history, suppressions, the last mail) in batches, and only about the people who were found. A row that cannot be mailed
(invalid, marked) is found like any other: people often search to see why it is left out. Reads only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from mailer.address import Address, address_of, parse_address
from mailer.contacts.audience import EVERYBODY, Audience, Selection
from mailer.contacts.check import Figures, count_entry
from mailer.contacts.folding import finds, plain
from mailer.contacts.reading import ListFile
from mailer.contacts.rows import Layout
from mailer.contacts.values import MEANINGS, Contact, Entry, LeftOut
from mailer.errors import InputProblem, Problem, did_you_mean, gather
from mailer.frozen import dataclass, field
from mailer.ledger.history import last_mailed
from mailer.ledger.person import Person, read_person
from mailer.ledger.rows import in_parts
from mailer.ledger.suppressions import OUTLET, list_scope, wider_digests
from mailer.runs.lists import Opening, contacts_of, open_list, opened_lists
from mailer.runs.office import Office
from mailer.runs.suppressions import find_suppressed
from mailer.tokens import address_digest

FOUND: Final = 20  # results of a search that are shown


@dataclass(frozen=True, slots=True)
class Place:
    """A row in which someone was found; `cells` are those with the text by column, `left_out` why it is left out."""

    list_name: str
    row: int
    line: int
    cells: tuple[tuple[str, str], ...]
    left_out: str = ""


@dataclass(slots=True)
class Hit:
    """Someone who was found: their fields on the first list that has them, their rows, and their history."""

    email: str
    name: str
    outlet: str
    address: Address | None
    places: list[Place] = field(default_factory=list)
    history: Person = field(default_factory=Person)


@dataclass(frozen=True, slots=True)
class Search:
    """The result of a search: people in the order of the lists, and the lists that could not be read."""

    text: str
    hits: list[Hit]
    problems: list[Problem]


def find_people(office: Office, text: str, paths: Iterable[Path], *, opening: Opening | None = None) -> Search:
    """Search every cell of these lists, and the ledger if the text is an address.

    All words of the text must be in one row, in any column, regardless of case and accents. The history is looked up
    only for the people who are shown. `opening` replaces `open_list`, for lists that are not read from their files.
    """
    opened = opening or partial(open_list, office.workspace)
    terms = [plain(word) for word in text.split()]
    if not terms:
        raise InputProblem("there is nothing to search for")
    hits: dict[str, Hit] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            with opened(path) as list_file:
                rows = {row: cells for row, _, cells in list_file.rows() if finds(terms, cells)}
                for entry in list_file.entries() if rows else ():
                    if entry.row in rows:
                        _note_hit(hits, entry, list_file.layout, terms, rows[entry.row])
        except InputProblem as error:
            problems += gather(error)
    if address := address_of(text):
        hits.setdefault(address.key, Hit(str(address), "", "", address))
    if office.ledger is not None:
        with office.reading(office.ledger) as connection:
            for number, hit in enumerate(hits.values()):
                if hit.address and (number < FOUND or not hit.places):
                    hit.history = read_person(connection, address_digest(office.keys, hit.address.key))
    return Search(text, [hit for hit in hits.values() if hit.places or hit.history.is_known], problems)


def _note_hit(hits: dict[str, Hit], entry: Entry, layout: Layout, terms: list[str], cells: list[str]) -> None:
    address, left_out = (entry.address, "") if isinstance(entry, Contact) else (address_of(entry.value), entry.message)
    key = address.key if address else f"{entry.list_name}\0{entry.row}"
    email = entry.value if isinstance(entry, LeftOut) and not address else str(address)
    hit = hits.setdefault(key, Hit(email, "", "", address))
    if isinstance(entry, Contact):
        hit.name, hit.outlet = hit.name or entry.name, hit.outlet or entry.fields["outlet"]
    found = ((at, cell) for at, cell in enumerate(cells) if cell and any(finds((term,), (cell,)) for term in terms))
    shown = tuple((layout.header_at(at) or f"column {at + 1}", cell) for at, cell in found)
    hit.places.append(Place(entry.list_name, entry.row, entry.line, shown, left_out))


# Figures: each list by itself and all of them together. An address on two lists counts once in the sum, with the
# row of the first list.

_AT_ONCE = 2000


@dataclass(slots=True)
class Counted:
    """A list's figures, how many are suppressed by reason, how many were ever mailed, and when the last time."""

    name: str
    file: str
    figures: Figures
    suppressed: Counter[str] = field(default_factory=Counter)
    mailed: int = 0
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of lists, of all of them together (each person once), and which could not be read."""

    lists: list[Counted]
    together: Counted
    problems: list[Problem]


def count_lists(office: Office, paths: Iterable[Path]) -> Statistics:
    """Count each of these lists, and all of them together; lists that cannot be read become problems."""
    found = Statistics([], Counted("", "", Figures()), [])
    today = office.clock().date()
    together = found.together

    def people(list_file: ListFile, one: Counted) -> Iterator[tuple[Address, bool]]:
        for entry in list_file.entries():
            is_new, fresh = count_entry(entry, today, (one.figures, together.figures))
            if is_new and isinstance(entry, Contact):
                yield entry.address, fresh

    for path in paths:
        one = Counted(path.stem, office.workspace.show(path), Figures())
        try:
            with open_list(office.workspace, path) as list_file:
                for batch in in_parts(people(list_file, one), _AT_ONCE):
                    _ask(office, batch, one, together)
            found.lists.append(one)
        except InputProblem as error:
            found.problems.extend(gather(error))
    return found


def _ask(office: Office, batch: Sequence[tuple[Address, bool]], one: Counted, together: Counted) -> None:
    """Ask the ledger about some people; those who are fresh also count for all lists together."""
    if office.ledger is None:
        return
    for fresh, counts in ((True, (one, together)), (False, (one,))):
        people = [address for address, is_fresh in batch if is_fresh is fresh]
        suppressed = find_suppressed(office, people, details=0)
        with office.reading(office.ledger) as connection:
            last = last_mailed(connection, [address_digest(office.keys, each.key) for each in people])
        for count in counts:
            count.suppressed.update(each.reason for each in suppressed.values())
            count.mailed += len(last)
            count.last = max([*last.values(), *([count.last] if count.last else [])], default=None)


# Reach: a suppression that names a list or outlet that does not exist is probably misspelt. It is reported, never
# refused: the list may be added tomorrow.


def unreached(office: Office, subject: str, text: str, scope: str) -> str:
    """Return a sentence if the suppression names a list or an outlet that does not exist, or an empty text.

    `subject` is the kind of `text` (person, domain, outlet), `scope` as the ledger keeps it.
    """
    lists = office.workspace.lists()
    if scope.startswith("list:") and scope not in {list_scope(path.name) for path in lists}:
        name = scope.removeprefix("list:")
        return f'there is no list "{name}" in lists/ today{did_you_mean(name, [path.stem for path in lists])}'
    if subject != OUTLET:
        return ""
    outlet, names = text.partition(":")[2], set[str]()
    with opened_lists(office, map(str, lists)) as (opened, _):
        for name in (contact.fields["outlet"] for each in opened for contact in contacts_of(each)):
            if name and name not in names and wider_digests("", name) == wider_digests("", outlet):
                return ""
            names.add(name)
    return f"no list has a contact at this outlet today{did_you_mean(outlet, filter(None, names))}"


# Choosing: the one contact whose mail is shown. `preview`, `test` and `release check --to` show a mail that would
# really go out, so the contact is taken from the audience as `send` selects it: the one named, or the first. A contact
# who is left out there is refused with the reason, instead of showing a mail that they would never get. Without lists
# the reader is invented, and has no name.

NOBODY = "reader@example.com"


def choose_contact(office: Office, lists: Sequence[str], wanted: str, selection: Selection = EVERYBODY) -> Contact:
    """Return the contact of the lists with the wanted address, or the first; an invented one without lists.

    Raises InputProblem if the contact is not on the lists, or is left out; or with all problems of the lists.
    """
    if not lists:
        address = parse_address(wanted or NOBODY)
        return Contact(address, dict.fromkeys(MEANINGS, "") | {"email": str(address)}, "no list", 0, 0)
    with opened_lists(office, lists) as (opened, problems):
        if problems:
            raise InputProblem("The lists cannot be used.", problems=problems)
        key = parse_address(wanted).key if wanted else ""
        known: list[str] = []
        left_out: LeftOut | None = None
        for entry in Audience(opened, selection=selection).entries():
            if isinstance(entry, Contact):
                if not key or entry.address.key == key:
                    return entry
                known += [str(entry.address)] if len(known) < 5000 else []
            elif left_out is None and entry.value.strip().lower() == wanted.lower():
                left_out = entry
    if not wanted:
        nobody = "no contact on these lists can be mailed"
        none = nobody if selection.is_everybody else "--where matches no contact on these lists"
        raise InputProblem(none, hint="mailer lists check LIST   says why")
    if left_out is not None:
        raise InputProblem(left_out.message, source=left_out.list_name, line=left_out.line)
    raise InputProblem(f"{wanted} is not on these lists{did_you_mean(wanted, known)}")
