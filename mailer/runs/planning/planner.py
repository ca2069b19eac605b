"""Planner: people become planned deliveries, each with its exact bytes made once.

Owns the questions to the ledger about a person (in this mailing already? suppressed?), the making of each message, its
content hash, and the checks on the finished bytes: the first messages and the first of each manner are looked at whole,
all others for what can differ from person to person. Never decides who is on a list (`contacts.audience` does).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mailer.contacts.values import Contact, Entry, LeftOut, LeftOutReason, lean_fields
from mailer.errors import MailerError, Problem, Severity, gather
from mailer.events import MailingKind
from mailer.ledger.absences import held_until
from mailer.ledger.contacted import last_mailed, read_planned_fields
from mailer.ledger.deliveries import Planned, planned_digests
from mailer.ledger.mailings import Mailing, full_name
from mailer.ledger.notices import told_people
from mailer.ledger.scopes import Asked, asked_about, scopes_of
from mailer.ledger.suppressions import Held, active_suppressions
from mailer.release.checks.waivers import reason_for
from mailer.runs.checking.findings import SOURCE
from mailer.runs.checking.watching import Watching
from mailer.runs.office import Office
from mailer.runs.planning.courtesy import HELD_KINDS, Courtesy
from mailer.runs.planning.edition import Text
from mailer.runs.planning.embargoes import Terms
from mailer.runs.planning.grounds import Grounds, carries_notice
from mailer.runs.planning.merge import Merged, Merger
from mailer.runs.planning.plan import Spool, Tally
from mailer.runs.planning.sources import WAIVED
from mailer.tokens import address_digest

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a mailing stands in the ledger before this plan: the mailing itself, or what its name will be."""

    mailing: Mailing | None
    slug: str
    kind: MailingKind
    sequence: int

    @property
    def full_name(self) -> str:
        """Return `slug/kind-N`."""
        return full_name(self.slug, self.kind, self.sequence)


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows of some people: in this mailing, suppressed and why, last written to, told, away."""

    present: frozenset[bytes] = frozenset()
    suppressed: Mapping[bytes, Held] = field(default_factory=dict)
    last: Mapping[bytes, datetime] = field(default_factory=dict)
    told: frozenset[bytes] = frozenset()
    away: Mapping[bytes, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for each person: the rules of `[audience]` and of an embargo, and how large a mail may be (0: any)."""

    courtesy: Courtesy
    embargo: Terms = field(default_factory=Terms)
    size_limit: int = 0


class Planner:
    """Plans the people of one mailing into a spool."""

    def __init__(
        self, office: Office, text: Text, standing: Standing, *, spool: Spool, tally: Tally, rules: Rules
    ) -> None:
        """Take the text, where the mailing stands, where deliveries and figures go, and the rules about people.

        Raises:
            InputProblem: a picture or an attachment cannot go out.
        """
        self._office = office
        self._text = text
        self._standing = standing
        self._merger = Merger(text, mailing=standing.full_name, kind=standing.kind, keys=office.keys)
        self._spool = spool
        self._tally = tally
        self._courtesy = rules.courtesy
        self._embargo = rules.embargo
        self._grounds = Grounds(text.ways.privacy, kind=standing.kind, today=office.clock().date())
        self._domains: Counter[str] = Counter()
        self._watching = Watching(text.ways.sender.postal_address, size_limit=rules.size_limit)
        self._seat_the_planned()

    def add(self, entries: Sequence[Entry]) -> list[Problem]:
        """Plan a chunk of people; return what went wrong in making their messages."""
        problems: list[Problem] = []
        contacts: list[tuple[Asked, Contact]] = []
        self._look_for_marked(entries)
        for entry in entries:
            self._tally.per_list[entry.list_name] += isinstance(entry, Contact)
            if isinstance(entry, LeftOut):
                self._tally.leave_out(entry)
            else:
                contacts.append((self._asked(entry), entry))
        known = self._ask([asked for asked, _ in contacts])
        for asked, contact in contacts:
            digest = asked.address_digest
            if not self._leaves_out(digest, contact, known):
                held = known.suppressed.get(digest)
                try:
                    person = self._grounds.with_notice(contact, is_told=digest in known.told)
                    self._plan(digest, person, held)
                except MailerError as error:
                    problems += gather(error)
        return problems

    def _look_for_marked(self, entries: Sequence[Entry]) -> None:
        """Find who was planned before their list said not to mail them, and has not got it yet."""
        ledger, mailing = self._office.ledger, self._standing.mailing
        marked = [each for each in entries if isinstance(each, LeftOut) and each.reason is LeftOutReason.MARKED]
        if ledger is None or mailing is None or not marked:
            return
        digests = [address_digest(self._office.keys, one.key) for each in marked for one in each.addresses]
        with ledger.reading() as connection:
            self._tally.marked_since |= planned_digests(
                connection, mailing.id, digests, waiting=True, up_to=mailing.staged_after
            )

    def _leaves_out(self, digest: bytes, contact: Contact, known: Known) -> bool:
        """Leave out whoever is in the mailing already, has just been written to, or is one too many at an outlet."""
        if digest in known.present:
            self._tally.leave_out(_already(contact))
            return True
        if digest in known.suppressed:
            return False
        over = self._grounds.left_out(contact) or self._embargo.left_out(contact)
        if over is not None:
            self._tally.leave_out(over)
            return True
        held = self._courtesy.held(contact, known.last.get(digest))
        if held is not None:
            self._tally.leave_out(held[0])
            self._tally.held.append((str(contact.address), held[1]))
            return True
        away = self._courtesy.away(contact, known.away.get(digest))
        if away is not None:
            self._tally.leave_out(away)
            return True
        capped = self._courtesy.capped(contact)
        if capped is not None:
            self._tally.leave_out(capped)
        return capped is not None

    def check(self, told: Sequence[Problem]) -> Iterator[Problem]:
        """Yield what was found in the finished mails, beside what was told of the text; errors stop the mailing."""
        yield from self._grounds.problems()
        if count := len(self._tally.marked_since):
            message = f"say by now not to mail {count} who wait in this mailing: taken out of it"
            yield Problem("marked-since", message, Severity.WARNING, "the lists")
        waivers = [waiver for release in self._text.releases for waiver in release.waivers]
        waived = 0
        for problem in self._watching.findings.problems(told, waivers):
            if reason_for(problem, waivers):
                waived += 1
            elif problem.severity is not Severity.NOTE:  # as of the text: `release check` tells those
                yield problem
        if waived:
            yield Problem(WAIVED, f"{waived} waved through in the mail", Severity.NOTE, SOURCE)

    def _asked(self, contact: Contact) -> Asked:
        scopes = scopes_of(contact.list_name, self._standing.kind.value)
        return asked_about(self._office.keys, contact.address, outlet=contact.fields.get("outlet", ""), scopes=scopes)

    def _ask(self, asked: list[Asked]) -> Known:
        ledger, mailing = self._office.ledger, self._standing.mailing
        if ledger is None or self._standing.kind is MailingKind.TEST:
            return Known()
        with ledger.reading() as connection:
            digests = [each.address_digest for each in asked]
            present = frozenset[bytes]()
            if mailing is not None:
                present = planned_digests(connection, mailing.id, digests, up_to=mailing.staged_after)
            last: dict[bytes, datetime] = {}
            if self._courtesy.asks_when:
                last = last_mailed(connection, digests, but_for=mailing.id if mailing else None)
            told = told_people(connection, digests) if self._grounds.tells else frozenset[bytes]()
            away: dict[bytes, datetime] = {}
            if self._standing.kind.value in HELD_KINDS:
                away = held_until(connection, digests, self._office.clock())
            return Known(present, active_suppressions(connection, asked), last, told, away)

    def _seat_the_planned(self) -> None:
        ledger, mailing = self._office.ledger, self._standing.mailing
        if ledger is not None and mailing is not None and self._courtesy.counts_outlets:
            with ledger.reading() as connection:
                self._courtesy.seat(read_planned_fields(connection, mailing.id))

    def _plan(self, digest: bytes, contact: Contact, held: Held | None) -> None:
        skipped = held.word if held else ""
        watch = self._tally.watch
        if watch is not None and not watch.takes(contact, skipped):
            return
        address = contact.address
        merged = self._merger.merge(address, contact.fields, date=self._office.clock())
        if not skipped:
            self._grounds.look(contact, merged.rendered)
        size = len(merged.envelope.data)
        self._spool.append(
            Planned(
                token_id=merged.envelope.delivery,
                address_digest=digest,
                address=str(address),
                domain=address.ascii_domain,
                spread=self._domains[address.ascii_domain],
                merge_row=json.dumps(lean_fields(contact.fields), ensure_ascii=False),
                list_name=contact.list_name,
                row=contact.row,
                content_hash=merged.content_hash,
                size=size,
                message_id=merged.envelope.message_id,
                skipped=skipped,
                carries_notice=carries_notice(contact),
                is_forgotten=held is not None and held.is_nameless,
            )
        )
        self._domains[address.ascii_domain] += 1
        self._count(contact, merged, skipped)

    def _count(self, contact: Contact, merged: Merged, skipped: str) -> None:
        tally = self._tally
        tally.largest = max(tally.largest, len(merged.envelope.data))
        if skipped:
            tally.skipped[skipped] += 1
            return
        tally.to_send += 1
        tally.role_addresses += contact.address.is_role
        manner = merged.manner
        tally.languages[manner.words if manner.words != self._text.release.language else ""] += 1
        tally.versions[manner.version] += 1
        tally.text_only += merged.manner.text_only
        tally.domains[contact.address.ascii_domain] += 1
        tally.first = tally.first or merged
        self._watching.look(str(contact.address), merged, note=contact.fields.get("note", ""))
        if len(tally.first_people) < _SHOWN:
            named = ", ".join(part for part in (contact.name, contact.fields.get("outlet", "")) if part)
            tally.first_people.append(f"{named} <{contact.address}>".strip())


def _already(contact: Contact) -> LeftOut:
    return LeftOut(
        LeftOutReason.ALREADY_PLANNED,
        contact.list_name,
        contact.row,
        contact.line,
        str(contact.address),
        f'"{contact.address}" is in this mailing already',
    )
