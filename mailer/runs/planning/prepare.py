"""Prepare: release, lists and templates become a plan, or every problem at once.

Owns the order of what must hold before the first socket opens: everything that can fail, fails here, and every
person's exact bytes are made once (a dry run does the same). Never opens a socket, never writes to the ledger.
Raises `InputProblem` with all that is wrong, `ConfigProblem`.
"""

from __future__ import annotations

import difflib
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from mailer.contacts.audience import Audience, exclusion
from mailer.contacts.audience.selection import EVERYBODY
from mailer.contacts.folding import fold
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact, Entry, LeftOut, LeftOutReason, lean_fields
from mailer.errors import InputProblem, MailerError, Problem, Severity, gather
from mailer.events import DeliveryState, MailingKind, MailingState
from mailer.ledger.connection import verify_keys
from mailer.ledger.deliveries import Planned, open_count, planned_digests
from mailer.ledger.mailings import Edition, Mailing, find_same_news, find_used, full_name, newest_edition, next_sequence
from mailer.ledger.person import last_mailed, read_planned_fields, told_people
from mailer.ledger.returns import held_until
from mailer.ledger.scopes import Asked, asked_about, scopes_of
from mailer.ledger.suppressions import Held, active_suppressions
from mailer.lookup import find_dead_domains
from mailer.release.checks.waivers import reason_for
from mailer.release.values import Release
from mailer.runs.lists import opened_lists
from mailer.runs.office import Office
from mailer.runs.office.signing import check_signing
from mailer.runs.planning.edition import Text, differ_by_moment, pack, unpack
from mailer.runs.planning.embargoes import Terms, embargo_terms
from mailer.runs.planning.findings import SOURCE, Watching, largest_mail
from mailer.runs.planning.grounds import Grounds, carries_notice
from mailer.runs.planning.merge import Merged, Merger
from mailer.runs.planning.plan import Plan, Request, Spool, Tally
from mailer.runs.planning.schedule import check_schedule
from mailer.runs.planning.sources import WAIVED, read_sources
from mailer.runs.suppressions.suppressed import Watch
from mailer.settings import AudienceRules, Dns
from mailer.tokens import address_digest

_CHUNK = 200
_DIFF_LINES = 40
_GOT_IT = (
    DeliveryState.ATTEMPTED,
    DeliveryState.ACCEPTED,
    DeliveryState.IN_DOUBT,
    DeliveryState.REJECTED,
)


def prepare(office: Office, request: Request, *, watch: Watch | None = None) -> Plan:
    """Make the plan of a mailing to lists; with a `watch` only one person's message is made, and they are followed.

    Raises:
        InputProblem: with every problem of release, lists and templates.
        ConfigProblem: mailer.toml names no such sender.
        LedgerProblem: the keys are not the ledger's own.
    """
    with opened_lists(office, request.lists) as (lists, list_problems):
        with opened_lists(office, request.excepts) as (excepts, except_problems):
            excluded = exclusion(excepts)
            except_problems += [problem for each in excepts for problem in _list_problems(each)]
        problems = [*list_problems, *except_problems]
        try:
            # what a list that cannot be opened has for columns, nobody knows
            selection = EVERYBODY if problems else request.selection
            audience = Audience(lists, excluded=excluded, selection=selection)
        except InputProblem as error:
            raise _stopped([*problems, *gather(error)], error) from None
        entries = audience.entries()
        if request.check_domains:
            entries = _with_living_domains(lists, entries, office.settings.dns)
        plan = prepare_for(office, request, entries, problems=[*problems, *audience.notes()], watch=watch)
        plan.tally.records = audience.merged
        noted = tuple(problem for each in lists for problem in _list_problems(each))
    return replace(plan, warnings=(*plan.warnings, *noted))


def prepare_for(
    office: Office,
    request: Request,
    entries: Iterable[Entry],
    *,
    problems: list[Problem],
    watch: Watch | None = None,
) -> Plan:
    """Make the plan of a mailing to these entries; `problems` are those found before."""
    try:
        release, sources, ways, found = read_sources(office, request)
    except MailerError as error:
        raise _stopped([*problems, *gather(error)], error) from None
    if not request.pinned and request.relay.key in office.settings.relays:
        # nobody named a relay, and it goes over one at all: the sender's domain chooses it
        request = replace(request, relay=office.relay_for(ways.sender))
    release, terms = embargo_terms(release, request, now=office.clock())
    sources = replace(sources, is_lifted=terms.is_lifted)
    problems = [*problems, *found, *terms.problems]
    edition = pack(sources, release, ways)
    try:
        if request.relay.key in office.settings.relays:
            ways.sender.check_not_sample(request.relay.host)
        check_signing(office, request.relay, ways.sender)
        text = unpack(edition)
    except MailerError as error:
        raise _stopped([*problems, *gather(error)], error) from None
    standing, is_changed = _standing(office, request, release, edition)
    spool = Spool(tempfile.TemporaryFile("w+", encoding="utf-8", prefix="mailer-plan-"))  # noqa: SIM115 - the plan owns it
    tally = Tally(watch=watch)
    rules = Rules(_courtesy(office, request), terms, largest_mail(request.relay))
    try:
        planner = Planner(office, text, standing, spool=spool, tally=tally, rules=rules)
        problems += _plan_all(planner, entries, told=found)
        _stop_on_errors(problems)
    except BaseException:
        spool.close()
        raise
    return Plan(
        request=request,
        release=release,
        sender=ways.sender,
        edition=edition,
        sequence=standing.sequence,
        existing=standing.mailing,
        is_changed=is_changed,
        tally=tally,
        spool=spool,
        warnings=tuple(problem for problem in problems if problem.severity is not Severity.ERROR),
    )


def _courtesy(office: Office, request: Request) -> Courtesy:
    """Return the rules of `[audience]`; one mail to look at is bound by none, and a preview finds nobody too soon."""
    is_real = request.kind is MailingKind.RELEASE
    rules = office.settings.audience if request.lists else AudienceRules()
    starts = request.at.at if request.at else office.clock()
    return Courtesy(rules, starts=starts, despite_recent=bool(request.despite_recent) or not is_real)


def _plan_all(planner: Planner, entries: Iterable[Entry], *, told: Sequence[Problem]) -> list[Problem]:
    """Plan everybody, in chunks that the ledger is asked about at once."""
    found: dict[tuple[str, int | None, str], Problem] = {}
    more: Counter[tuple[str, int | None, str]] = Counter()
    rows = iter(entries)
    while chunk := list(islice(rows, _CHUNK)):
        for problem in planner.add(chunk):
            place = (problem.source, problem.line, problem.code)
            more[place] += place in found
            found.setdefault(place, problem)
    # a fault of a template is one problem, however many recipients it concerns
    problems = [
        Problem(problem.code, f"{problem.message} and for {count} more", problem.severity, problem.source, problem.line)
        if (count := more[place])
        else problem
        for place, problem in found.items()
    ]
    return [*problems, *planner.check(told)]


def _standing(office: Office, request: Request, release: Release, edition: Edition) -> tuple[Standing, bool]:
    """Ask the ledger whether this release went out before, under this slug or another.

    Raises:
        InputProblem: it did with another text, or under another slug, and no reason was given.
    """
    if office.ledger is None:
        return Standing(None, release.slug, request.kind, 1), False
    with office.ledger.reading() as connection:
        verify_keys(connection, office.keys)
        sequence = next_sequence(connection, release.slug, request.kind)
        if request.kind is not MailingKind.RELEASE:
            return Standing(None, release.slug, request.kind, sequence), False
        mailing = find_used(connection, release.slug)
        if mailing is None:
            twin = find_same_news(connection, edition, slug=release.slug)
            if twin is not None and not request.new_mailing:
                raise InputProblem(
                    f'this news went out before, as "{twin.name}" ({twin.headline})',
                    source=request.release,
                    hint='A copied file must not send twice. If it is meant to: --new-mailing "why"',
                )
            return Standing(None, release.slug, request.kind, sequence), False
        check_schedule(connection, mailing, request, now=office.clock())
        newest = newest_edition(connection, mailing.id)[1]
        is_changed = newest.digests() != edition.digests()
        if is_changed and not request.changed and mailing.state is not MailingState.CANCELLED:
            is_out = bool(open_count(connection, mailing.id, _GOT_IT))
            if is_out or not differ_by_moment(newest, edition):
                raise _changed(mailing, newest, edition, is_out=is_out)
    return Standing(mailing, release.slug, request.kind, mailing.sequence), is_changed


def _changed(mailing: Mailing, old: Edition, new: Edition, *, is_out: bool) -> InputProblem:
    """Return the refusal of a text that is not the approved one, with the difference."""
    before, after = old.digests(), new.digests()
    places = sorted(place for place in before.keys() | after.keys() if before.get(place) != after.get(place))
    approved = "sent" if is_out else "scheduled" if mailing.state is MailingState.SCHEDULED else "planned"
    lines: list[str] = []
    shown = {place: place[1].removesuffix(".json") for place in places}  # no file of the staff ends in .json
    for place, name in shown.items():
        try:
            was, now = ((each.files.get(place) or b"").decode().splitlines() for each in (old, new))
        except UnicodeDecodeError:  # a picture
            sizes = [len(each.files.get(place) or b"") for each in (old, new)]
            lines.append(f"{name}: {sizes[0]:,} bytes as {approved}, {sizes[1]:,} bytes now")
            continue
        diff = difflib.unified_diff(was, now, f"{name} as {approved}", f"{name} now", lineterm="", n=1)
        lines += list(diff)[:_DIFF_LINES]
    names = ", ".join(shown.values())
    since = f"people got {mailing.name}" if is_out else f"{mailing.name} was {approved}"
    who = "whoever has not got it" if is_out else "all its recipients"
    return InputProblem(
        f"{names} changed since {since}",
        hint="\n".join([*lines, "", f'To go on with the new text for {who}: --changed "why"']),
    )


def _with_living_domains(lists: list[ListFile], entries: Iterable[Entry], dns: Dns) -> Iterator[Entry]:
    domains = {e.address.ascii_domain for each in lists for e in each.entries() if isinstance(e, Contact)}
    server, port = dns.address or (None, 0)
    dead = find_dead_domains(domains, nameserver=server, port=port, timeout_s=dns.timeout_s)
    for entry in entries:
        reason = dead.get(entry.address.ascii_domain) if isinstance(entry, Contact) else None
        if isinstance(entry, LeftOut) or reason is None:
            yield entry
        else:
            message = f'"{entry.address}": {reason}'
            yield LeftOut(LeftOutReason.INVALID, entry.list_name, entry.row, entry.line, str(entry.address), message)


def _list_problems(each: ListFile) -> list[Problem]:
    return [
        problem if problem.source else Problem(problem.code, problem.message, problem.severity, each.name, problem.line)
        for problem in each.problems
    ]


def _stop_on_errors(problems: list[Problem]) -> None:
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise _stopped(problems, None)


def _stopped(problems: list[Problem], cause: MailerError | None) -> MailerError:
    """Return the one error that tells everything; a missing sender stays a matter of configuration (exit 3)."""
    kind = type(cause) if cause is not None and not isinstance(cause, InputProblem) else InputProblem
    hint = cause.hint if cause is not None else ""
    sentence = "Nothing was sent. Mend these, then try again."
    return kind(sentence, problems=dict.fromkeys(problems), hint=hint)


# Planner: people become planned deliveries, each with its exact bytes made once. The ledger is asked about each (in
# this mailing already? suppressed?), the message made and its content hash kept. The first messages, and the first of
# each manner, are looked at whole, all others for what can differ from person to person. Who is on a list,
# `contacts.audience` decides.

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
        ledger, mailing = office.ledger, standing.mailing
        if ledger is not None and mailing is not None and self._courtesy.counts_outlets:
            with ledger.reading() as connection:
                self._courtesy.seat(read_planned_fields(connection, mailing.id))

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


# Courtesy: who has had enough for now, by the rules of `[audience]`: the cap per outlet, the days between two mailings
# to a person, and that a follow-up waits for who is away. Outlets are one where their names are, without case, accents
# and blanks; people without an outlet are never capped. Whoever is in the mailing already has a place; whoever is
# suppressed or held takes none. The ledger is not asked here: what it knows is handed in.

_OUTLET = "outlet"
HELD_KINDS = frozenset({"follow-up"})  # news finds its reader when they are back; a question whether they saw it, not


class Courtesy:
    """The rules of `[audience]`, kept through one plan."""

    def __init__(self, rules: AudienceRules, *, starts: datetime, despite_recent: bool = False) -> None:
        """Take the rules, when the mailing starts, and whether people get it however short the time is."""
        self._most = rules.per_outlet
        self._pause = timedelta(days=0 if despite_recent else rules.min_days_between)
        self._starts = starts
        self._kept: dict[str, list[str]] = {}

    @property
    def asks_when(self) -> bool:
        """Return whether it matters when people were last written to."""
        return bool(self._pause)

    @property
    def counts_outlets(self) -> bool:
        """Return whether it matters who else is at an outlet."""
        return self._most > 0

    def seat(self, planned: Iterable[Mapping[str, str]]) -> None:
        """Give places to people who are in the mailing already, by their merge fields."""
        for fields in planned:
            self._sit(fields.get(_OUTLET, ""), fields.get("name", "") or fields.get("email", ""))

    def held(self, contact: Contact, last: datetime | None) -> tuple[LeftOut, datetime] | None:
        """Return why a person does not get it now and until when, or None; `last` is when they were last written to."""
        if last is None or not self._pause or last + self._pause <= self._starts:
            return None
        until = last + self._pause
        message = f'"{contact.address}" got news on {last:%Y-%m-%d %H:%M} UTC; held until {until:%Y-%m-%d %H:%M} UTC'
        return _left_out(contact, LeftOutReason.MAILED_RECENTLY, message), until

    def away(self, contact: Contact, until: datetime | None) -> LeftOut | None:
        """Why a person does not get a follow-up now; `until` is the day on which they are back, None: they are."""
        if until is None or until <= self._starts:
            return None
        message = f'"{contact.address}" is away until {until:%Y-%m-%d}, as their automatic reply says'
        return _left_out(contact, LeftOutReason.AWAY, message)

    def capped(self, contact: Contact) -> LeftOut | None:
        """Take a place at the person's outlet; return why they do not get it where there is none left."""
        outlet = contact.fields.get(_OUTLET, "").strip()
        if not self._most or not outlet:
            return None
        kept = self._kept.get(fold(outlet), [])
        if len(kept) < self._most:
            self._sit(outlet, contact.name or str(contact.address))
            return None
        who = ", ".join(kept)
        message = f'"{contact.address}": {len(kept)} of {" ".join(outlet.split())} get it: {who}'
        return _left_out(contact, LeftOutReason.OUTLET_CAP, message)

    def _sit(self, outlet: str, name: str) -> None:
        if outlet.strip():
            self._kept.setdefault(fold(outlet), []).append(name)


def _left_out(contact: Contact, reason: LeftOutReason, message: str) -> LeftOut:
    return LeftOut(reason, contact.list_name, contact.row, contact.line, str(contact.address), message)
