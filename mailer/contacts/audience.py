"""Audience: who on the chosen lists gets a mailing, who is left out, and why.

Owns the order of the lists, duplicates across them, exclusion by other lists, and the selection. If a list marks or
excludes a person, this applies to every address that a row gives them. Streams: it keeps 16 bytes per person, and a
record only of people who are on several lists. Never asks the ledger who opted out or is planned already (`runs` does),
never reads a file by itself.
Raises `InputProblem`: the options cannot select anybody; --where names a column that none of the lists has.

The order: a row that is not a person, is marked, is on an excluded list, or repeats an earlier person (one mail per
address, including role addresses like news@); then --where, on the merged record; then --limit or --sample. People who
opted out count towards a limit or a sample, so that the same command again reaches nobody else, whatever has happened
in between.
"""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from typing import Final

from mailer.address import parse_address
from mailer.contacts.folding import NAMES, Seen, alike, digest, joined_tags, may_be_one
from mailer.contacts.reading import ListFile
from mailer.contacts.values import (
    CONSENT,
    MEANINGS,
    Contact,
    Entry,
    LeftOut,
    LeftOutReason,
    lean_fields,
    left_out,
    made_name,
)
from mailer.contacts.where import Filter, ListColumns, make_filter, parse_where
from mailer.errors import InputProblem, Problem, Severity
from mailer.frozen import dataclass, field, replace
from mailer.words import read_section

_ROW_BITS: Final = 40
_NOBODY: Final = frozenset[bytes]()

# Selection: which of the people on the lists are chosen. Nothing here depends on the clock or on earlier mailings: the
# same command again chooses the same people. A sample of N is the N people whose address has the smallest digest under
# the seed: a contact who joins or leaves a list changes at most one place of it.

DEFAULT_SEED = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The options: an expression, and the largest number of people, in order (`limit`) or by lot (`sample`)."""

    where: str = ""
    limit: int | None = None
    sample: int | None = None
    seed: str = DEFAULT_SEED

    def __post_init__(self) -> None:
        """Raise InputProblem for options that contradict each other or select nobody."""
        if self.limit is not None and self.sample is not None:
            raise InputProblem("use --limit (the first contacts) or --sample (a random choice), not both")
        if min(self.limit or 1, self.sample or 1) < 1 or 0 in {self.limit, self.sample}:
            raise InputProblem("--limit and --sample need a number of contacts, 1 or more")
        if self.where:
            parse_where(self.where)

    @property
    def is_everybody(self) -> bool:
        """Return whether no option was given."""
        return not self.where and self.limit is None and self.sample is None

    def __str__(self) -> str:
        """Return the options as they were typed."""
        options = [f"--where '{self.where}'"] if self.where else []
        options += [f"--limit {self.limit}"] if self.limit is not None else []
        options += [f"--sample {self.sample} --seed {self.seed}"] if self.sample is not None else []
        return " ".join(options)


EVERYBODY = Selection()


def lot(seed: str, address_key: str) -> int:
    """Return the number that an address draws under a seed: 64 bits, the same on every machine."""
    secret = blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=32).digest()
    return int.from_bytes(blake2b(address_key.encode(), key=secret, digest_size=8).digest(), "big")


def highest_lot(lots: Iterable[int], places: int) -> int:
    """Return the highest number that still gets one of the places; as many numbers as places are in memory."""
    return max(heapq.nsmallest(places, lots), default=-1)


class Audience:
    """The chosen people of some lists. `entries` can be read again; each reading reads the lists anew."""

    def __init__(
        self, lists: Iterable[ListFile], *, excluded: Collection[bytes] = _NOBODY, selection: Selection = EVERYBODY
    ) -> None:
        """Hold opened lists, the digests of those to leave out (see `exclusion`), and the options."""
        self._lists = tuple(lists)
        self._excluded = excluded
        self._selection = selection
        self._filter: Filter | None = None
        if selection.where and self._lists:
            columns = [list_columns(each) for each in self._lists]
            self._filter = make_filter(selection.where, columns, always=MEANINGS)
        self._marks = [(each.name, each.marked) for each in self._lists]
        self._records: Records | None = None

    @property
    def merged(self) -> Merged:
        """Return what merging did in the last reading."""
        return self._records.summary if self._records else Merged()

    def notes(self) -> Iterator[Problem]:
        """Yield the problems with columns of --where, each once."""
        absent: dict[tuple[str, ...], list[str]] = {}
        for column, lists in self._filter.missing.items() if self._filter else ():
            absent.setdefault(lists, []).append(f'"{column}"')
        for lists, columns in absent.items():
            message = f"--where: not in {_and(lists)}, and so empty there: {_and(columns)}"
            if len(lists) == len(self._lists):
                message = f"--where: no list has it, so it is empty for everybody: {_and(columns)}"
            yield Problem("where-column", message, Severity.WARNING)

    def entries(self) -> Iterator[Entry]:
        """Yield an entry for every row of every list, in the order of the lists: the contact, or why it is left out."""
        self._records = Records(self._lists, self._excluded)
        last_lot: int | None = None
        seed = self._selection.seed
        if self._selection.sample is not None:
            people = (entry for entry in self._chosen() if isinstance(entry, Contact))
            last_lot = highest_lot((lot(seed, each.address.key) for each in people), self._selection.sample)
        self._records.summary = Merged()
        taken = 0
        for entry in self._chosen():
            if isinstance(entry, LeftOut):
                yield entry
            elif last_lot is not None and lot(seed, entry.address.key) > last_lot:
                yield left_out(entry, LeftOutReason.NOT_SAMPLED, f'"{entry.address}" was not drawn')
            elif taken == self._selection.limit:
                yield left_out(entry, LeftOutReason.BEYOND_LIMIT, f'"{entry.address}" comes after the first {taken}')
            else:
                taken += 1
                yield entry

    def _chosen(self) -> Iterator[Entry]:
        """Yield every row: those that neither the lists nor --where leave out, and the others with their reason."""
        records = self._records or Records(self._lists, self._excluded)
        matches = self._filter.matches if self._filter else None
        seen = Seen()
        for number, each in enumerate(self._lists, start=1):
            for entry in each.entries():
                if isinstance(entry, LeftOut):
                    yield entry
                    continue
                key = digest(entry.address.key)
                first = seen.first(key, number << _ROW_BITS | entry.row)
                out = self._out(entry, (key, *_further(entry)), first)
                person = entry if out else records.merge(entry, key)
                if out is None and matches is not None and not matches(person.fields):
                    out = left_out(entry, LeftOutReason.FILTERED, f'"{entry.address}" is not among those of --where')
                yield out or person

    def _out(self, entry: Contact, keys: Sequence[bytes], first: int | None) -> LeftOut | None:
        where = next((f"{name}: {found[each]}" for name, found in self._marks for each in keys if each in found), "")
        if where:
            return left_out(entry, LeftOutReason.MARKED, where)
        if any(each in self._excluded for each in keys):
            return left_out(entry, LeftOutReason.EXCLUDED, f'"{entry.address}" is on a list that is left out')
        if first is None:
            return None
        name = self._lists[(first >> _ROW_BITS) - 1].name
        message = f'"{entry.address}" is on {name} already'
        return left_out(entry, LeftOutReason.DUPLICATE, message, first & (1 << _ROW_BITS) - 1)


def exclusion(lists: Iterable[ListFile]) -> set[bytes]:
    """Return the digests of everybody on the lists that are to be left out, marked rows included.

    A row applies to the same addresses as a mark (`ListFile.forbidden`); one without a usable address is a warning.
    """
    keys: set[bytes] = set()
    for each in lists:
        keys.update(each.marked)
        for entry in each.entries():
            if isinstance(entry, Contact):
                keys.update((digest(entry.address.key), *_further(entry)))
            elif entry.reason in {LeftOutReason.INVALID, LeftOutReason.MISSING}:
                message = f"{entry.message}: this row excludes nobody"
                each.add_problem(Problem("except-row", message, Severity.WARNING, line=entry.line))
    return keys


def _further(contact: Contact) -> Iterator[bytes]:
    """Yield the digests of a person's further addresses in the row, without role addresses, which are not theirs."""
    others = contact.fields["other_emails"]
    for each in map(parse_address, others.split(", ")) if others else ():
        if not each.is_role:
            yield digest(each.key)


def list_columns(each: ListFile) -> ListColumns:
    """Return the columns of a list by which --where knows them: merge fields and meanings, each with its heading."""
    layout = each.layout
    headings = {name: layout.header_at(at) for at, name in enumerate(layout.fields)}
    headings |= {meaning: layout.header_at(at) for meaning, at in layout.columns.items()}
    if "first_name" in headings or "last_name" in headings:
        headings.setdefault("name", "")
    return ListColumns(each.name, headings)


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


# Records: one record of a person on several lists, field by field.
# The first list takes precedence; a field that is empty there is filled from the next. Tags of all lists are joined.
# Names are taken together or not at all: for news@ one list may have Ada and another one Bo, and nobody is called Ada
# Bo. Only people on more than one list are in memory, as a few hundred bytes each.


@dataclass(slots=True)
class Merged:
    """What merging did: how many people, fields filled by the list they came from, fields in which lists differ."""

    people: int = 0
    filled: dict[str, Counter[str]] = field(default_factory=dict)
    conflicts: Counter[str] = field(default_factory=Counter)


class Records:
    """The fields that second and further lists have for people of an earlier list."""

    def __init__(self, lists: Sequence[ListFile], excluded: Collection[bytes]) -> None:
        """Read the whole lists; people in `excluded` are not kept."""
        self._lists = lists
        self._held: dict[bytes, list[tuple[int, str]]] = {}
        self._aliases: list[set[str]] = []  # by list: merge fields that are a second name for a meaning
        self._of_names: list[set[str]] = []  # and those with names of people
        self.summary = Merged()
        for layout in (each.layout for each in lists):
            at = {meaning: layout.fields[i] for meaning, i in layout.columns.items() if i < len(layout.fields)}
            self._aliases.append({name for meaning, name in at.items() if name != meaning})
            self._of_names.append({*NAMES, *(at[meaning] for meaning in NAMES if meaning in at)})
        seen = Seen()
        for number, each in enumerate(lists if len(lists) > 1 else ()):
            for entry in each.entries():
                if not isinstance(entry, Contact):
                    continue
                key = digest(entry.address.key)
                if seen.first(key, number + 1) is not None and key not in excluded:
                    kept = json.dumps(lean_fields(entry.fields), ensure_ascii=False)
                    self._held.setdefault(key, []).append((number, kept))

    def merge(self, contact: Contact, key: bytes) -> Contact:
        """Return a person of an earlier list with the fields of later lists, and count them."""
        held = self._held.get(key)
        if not held:
            return contact
        self.summary.people += 1
        fields = dict(contact.fields)
        is_made = fields["name"] == made_name(fields)
        for number, kept in held:
            self._add(fields, json.loads(kept), number, is_made=is_made)
        if is_made:
            fields["name"] = _longer(made_name(fields), fields["name"])
        return replace(contact, fields=fields)

    def _add(self, fields: dict[str, str], other: Mapping[str, str], number: int, *, is_made: bool) -> None:
        agrees = may_be_one(fields, other)
        filled = self.summary.filled.setdefault(self._lists[number].name, Counter())
        for name, value in other.items():
            own = fields.setdefault(name, "")
            if name == "email" or not value:
                continue
            counts = name not in self._aliases[number]
            if not own and (agrees or name not in self._of_names[number]):
                fields[name] = value
                filled[name] += counts
            elif name == "name" and agrees and is_made:
                fields[name] = _longer(own, value)
            elif name == "tags" and own:
                fields[name] = joined_tags(own, value)
            elif own and counts and not alike(own, value):
                self.summary.conflicts[name] += 1


def _longer(one: str, other: str) -> str:
    return other if len(other.split()) > len(one.split()) else one


# Consent: the grounds for writing to a contact in their row, and what is missing there. The rules are the law's for a
# press office, and never a guess: a row that leaves the case open is reported.
#   United Kingdom: the e-mail rule of PECR protects individuals, and freelances and sole traders are individuals.
#   Poland: consent is advised for commercial releases.
#   Canada: CASL puts the proof on the sender, address by address.
# A list without any of these columns is not reported: most do not have them, and need not.

NO_CONSENT_UK, TYPE_UNKNOWN_UK = "no-consent-uk", "type-unknown-uk"
NO_CONSENT_PL, NO_EVIDENCE_CA = "no-consent-pl", "no-evidence-ca"
_COUNTRIES: Final = read_section("contacts", "countries")
_WORDS: Final = read_section("contacts", "consent")
CONCERNS: Final[Mapping[str, str]] = dict(_WORDS["concerns"])


def says_anything(fields: Mapping[str, str]) -> bool:
    """Return whether a row has any value about the grounds for writing to the contact."""
    return any(fields.get(name) for name in CONSENT)


def find_concerns(fields: Mapping[str, str]) -> Iterator[str]:
    """Yield what is missing in a row (keys of `CONCERNS`), as far as the row itself shows that it is needed."""
    name = fields.get("country", "").strip().casefold()
    country = next((code for code, names in _COUNTRIES.items() if name in names), "")
    kind = fields.get("subscriber_type", "").strip().casefold()
    has_consent = any(word in fields.get("lawful_basis", "").casefold() for word in _WORDS["consent"])
    if country == "GB" and not has_consent and kind not in _WORDS["corporate"]:
        yield NO_CONSENT_UK if kind in _WORDS["individual"] else TYPE_UNKNOWN_UK
    if country == "PL" and not has_consent:
        yield NO_CONSENT_PL
    if country == "CA" and not fields.get("basis_evidence"):
        yield NO_EVIDENCE_CA


def retention_over(fields: Mapping[str, str], *, today: date) -> date | None:
    """Return a contact's retention date if it is past, else None; a date that cannot be read is ignored."""
    until = read_day(fields.get("retention_until", ""))
    return until if until is not None and until < today else None


def read_day(text: str) -> date | None:
    """Read a day in the form of lists that were read (ISO, with or without a time); None if it is none."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
