"""Prepare: release, lists and templates become a plan, or every problem at once.

Owns the order of what must hold before the first socket opens: everything that can fail, fails here, and every
person's exact bytes are made once (a dry run does the same). Never opens a socket, never writes to the ledger (but for
what workers are to make of a large plan, `distributing`).
Raises `InputProblem` with all that is wrong, `ConfigProblem`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path

from mailer.contacts.audience import Audience, exclusion
from mailer.contacts.audience.selection import EVERYBODY
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact, Entry, LeftOut, LeftOutReason, lean_fields
from mailer.errors import InputProblem, MailerError, Problem, Severity, gather
from mailer.events import DeliveryState, MailingKind, MailingState
from mailer.frozen import dataclass, replace
from mailer.ledger import mailings
from mailer.ledger.deliveries import Planned, open_count, planned_digests
from mailer.ledger.embargoes import DECLINED, agreed_digests, exclusive_until, read_broken
from mailer.ledger.history import last_mailed, read_planned_fields, told_people
from mailer.ledger.mailings import Edition, Mailing
from mailer.ledger.scopes import Asked, asked_about, scopes_of
from mailer.ledger.suppressions import Held, active_suppressions
from mailer.ledger.tables import in_parts
from mailer.ledger.threads import refuse_retracted
from mailer.release.checks.waivers import reason_for
from mailer.release.values import Release
from mailer.runs.lists import find_dead_domains, opened_lists
from mailer.runs.office import Office
from mailer.runs.office.signing import check_signing
from mailer.runs.planning.edition import WAIVED, differ_by_moment, file_differences, pack, read_sources, unpack
from mailer.runs.planning.findings import SOURCE, Findings, largest_mail
from mailer.runs.planning.making import WHOLE, Made, Maker, Order, Wanted, make_all
from mailer.runs.planning.merge import NOTICE
from mailer.runs.planning.plan import Around, Plan, Spool, Tally, Watcher
from mailer.runs.planning.request import Request, check_schedule
from mailer.runs.planning.rules import Courtesy, Grounds, Terms, embargo_terms, left_out
from mailer.runs.planning.text import Text
from mailer.settings import AudienceRules
from mailer.site.addresses import is_name_of_page, page_path
from mailer.tokens import address_digest

_CHUNK = 200  # people the ledger is asked about at once
_SHOWN = 3
_R = LeftOutReason
_NOT_MEANT = {_R.DUPLICATE, _R.ALREADY_PLANNED, _R.FILTERED, _R.NOT_SAMPLED, _R.BEYOND_LIMIT, _R.NOT_LISTED}
_DIFF_LINES = 40
_GOT_IT = (DeliveryState.ATTEMPTED, DeliveryState.ACCEPTED, DeliveryState.IN_DOUBT, DeliveryState.REJECTED)


def prepare(
    office: Office, request: Request, *, watch: Watcher | None = None, earlier: Mapping[bytes, int] | None = None
) -> Plan:
    """Build the plan of a mailing to lists; with a `watch` only one person's message is made, and they are followed.

    `earlier` has those who are in an earlier wave, by their digests, with its number.

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
            raise _stopped(problems, error) from None
        dead = find_dead_domains(lists, office.settings.dns)[0] if request.check_domains else {}

        def entries() -> Iterator[Entry]:
            for each in audience.entries():
                if isinstance(each, Contact) and dead and (reason := dead.get(each.address.ascii_domain)):
                    yield left_out(each, _R.INVALID, f": {reason}")
                elif (
                    isinstance(each, Contact)
                    and earlier
                    and (number := earlier.get(address_digest(office.keys, each.address.key)))
                ):
                    yield left_out(each, _R.ALREADY_PLANNED, f" is in wave {number}")
                else:
                    yield each

        rows = sum(each.rows_seen for each in lists)
        plan = prepare_for(office, request, entries(), problems=[*problems, *audience.notes()], watch=watch, rows=rows)
        plan.tally.records = audience.merged
        noted = tuple(problem for each in lists for problem in _list_problems(each))
    return replace(plan, warnings=(*plan.warnings, *noted))


def prepare_for(
    office: Office,
    request: Request,
    entries: Iterable[Entry],
    *,
    problems: list[Problem],
    watch: Watcher | None = None,
    rows: int = 0,
    kept: Edition | None = None,
) -> Plan:
    """Build the plan of a mailing to these entries; `problems` are those found before, `rows` how many there may be.

    `kept` is a text that was approved before, and goes out as it is (`edition.at_moment`), whatever today's files are.
    """
    found: tuple[Problem, ...] = ()
    is_sent = request.relay.key in office.settings.relays
    if kept is not None:
        edition, kept_text = kept, unpack(kept)
        ways, release, until = kept_text.ways, kept_text.release, kept_text.embargo_until
        is_under = until is not None and not kept_text.is_lifted
        terms = Terms(until, is_under, is_under and not (request.by_offer or request.not_agreed), kept_text.is_lifted)
    else:
        try:
            sources = read_sources(office, request)
        except MailerError as error:
            raise _stopped(problems, error) from None
        ways, found = sources.ways, sources.problems
        if not request.pinned and is_sent:
            # nobody named a relay, and it goes over one at all: the sender's domain chooses it
            request = replace(request, relay=office.relay_for(ways.sender))
        release, terms = embargo_terms(sources.release, request, now=office.clock())
        problems = [*problems, *found, *terms.problems]
        page = page_for(office, request, release)
        edition = pack(sources, is_lifted=terms.is_lifted, page=page)
    try:
        if is_sent:
            ways.sender.check_not_sample(request.relay.host)
        check_signing(office, request.relay, ways.sender)
        text = unpack(edition)
    except MailerError as error:
        raise _stopped(problems, error) from None
    sequence, existing, is_changed = _standing(office, request, release.slug, edition)
    basis = Basis(edition, text, release, sequence, existing, is_changed, terms, tuple(problems), found)
    return plan_on(office, request, basis, entries, watch=watch, rows=rows)


def page_for(office: Office, request: Request, release: Release) -> str:
    """Return the newsroom's page that a mail links to: one that is there when it goes.

    There is none under embargo, while it is an outlet's alone, for a test, where the release has none, or where there
    can be no folder for it: then the mails have their pictures inside.
    """
    newsroom, kind = office.settings.newsroom, request.kind
    has_page = kind is not MailingKind.OFFER if kind.is_real else kind is MailingKind.PREVIEW and not request.lists
    has_page = (
        has_page
        and release.embargo is None
        and bool(newsroom.url)
        and release.extras.newsroom != "false"
        and is_name_of_page(release.slug)
        and not any(each.on_event == DECLINED and each.at for each in request.waves)
    )
    if has_page and office.ledger is not None:
        with office.ledger.reading() as connection:
            mailing = mailings.find_used(connection, release.slug)
            has_page = mailing is None or exclusive_until(connection, mailing.id, now=office.clock()) is None
    if has_page:
        folder = (office.workspace.root / Path(newsroom.place).expanduser()).resolve()
        there = next(each for each in (folder, *folder.parents) if each.exists())
        has_page = there.is_dir()  # whether it can be written is for who sends: a worker may be another user
    return f"{newsroom.url.rstrip('/')}/{page_path(release.slug)}" if has_page else ""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a plan stands on beside its people: a text, as it is kept and read, the mailing, and what was found so far.

    `found` are those of the `problems` that the check of the release told.
    """

    edition: Edition
    text: Text
    release: Release
    sequence: int
    existing: Mailing | None = None
    is_changed: bool = False
    terms: Terms = Terms()
    problems: tuple[Problem, ...] = ()
    found: tuple[Problem, ...] = ()


def plan_on(
    office: Office,
    request: Request,
    basis: Basis,
    entries: Iterable[Entry],
    *,
    watch: Watcher | None = None,
    rows: int = 0,
    around: Around | None = None,
) -> Plan:
    """Build the plan of a mailing of a text that is known to these entries; `rows` is how many there may be.

    Raises InputProblem with everything that is wrong in the mails.
    """
    name, problems = mailings.full_name(basis.release.slug, request.kind, basis.sequence), list(basis.problems)
    planner = _Planner(office, request, basis, name, tally=Tally(watch=watch))
    with ExitStack() as unless_planned:
        unless_planned.callback(planner.spool.close)
        problems += planner.plan(entries, rows)
        problems += planner.check(told=basis.found)
        if any(problem.severity is Severity.ERROR for problem in problems):
            raise _stopped(problems)
        unless_planned.pop_all()
    return Plan(
        request=request,
        release=basis.release,
        sender=basis.text.ways.sender,
        edition=basis.edition,
        sequence=basis.sequence,
        existing=basis.existing,
        is_changed=basis.is_changed,
        tally=planner.tally,
        spool=planner.spool,
        warnings=tuple(problems),
        around=around,
    )


def _standing(office: Office, request: Request, slug: str, edition: Edition) -> tuple[int, Mailing | None, bool]:
    """Ask the ledger whether this release went out before, under this slug or another.

    Return the number that the mailing has or gets, the mailing itself where it is there already, and whether its newest
    approved text is another one.
    """
    if office.ledger is None:
        return 1, None, False
    with office.reading(office.ledger) as connection:
        new = mailings.next_sequence(connection, slug, request.kind)
        if request.kind not in mailings.GOES_ON:
            return new, None, False
        refuse_retracted(connection, slug)
        mailing = mailings.find_used(connection, slug, request.kind)
        if mailing is None:
            is_news = request.kind is MailingKind.RELEASE
            twin = mailings.find_same_news(connection, edition, slug=slug) if is_news else None
            if twin is not None and not request.new_mailing:
                raise InputProblem(
                    f'this news went out before, as "{twin.name}" ({twin.headline})',
                    source=request.release,
                    hint='A copied file must not send twice. If it is meant to: --new-mailing "why"',
                )
            return new, None, False
        if not request.is_wave:
            check_schedule(connection, mailing, request, now=office.clock())
        newest = mailings.newest_edition(connection, mailing.id)[1]
        is_changed = newest.digests() != edition.digests()
        if is_changed and not request.changed and mailing.state is not MailingState.CANCELLED:
            is_out = bool(open_count(connection, mailing.id, _GOT_IT))
            if not differ_by_moment(newest, edition) or (is_out and not request.is_wave):
                raise _changed(mailing, newest, edition, is_out=is_out)
    return mailing.sequence, mailing, is_changed


def _changed(mailing: Mailing, old: Edition, new: Edition, *, is_out: bool) -> InputProblem:
    """Return the refusal of a text that is not the approved one, with the difference."""
    approved = "sent" if is_out else "scheduled" if mailing.state is MailingState.SCHEDULED else "planned"
    found = dict(file_differences(old, new, (f"as {approved}", "now")))
    lines = [line for each in found.values() for line in each[:_DIFF_LINES]]
    since = f"people got {mailing.name}" if is_out else f"{mailing.name} was {approved}"
    who = "everybody who has not had it" if is_out else "all its recipients"
    return InputProblem(
        f"{', '.join(found)} changed since {since}",
        hint="\n".join([*lines, "", f'To go on with the new text for {who}: --changed "why"']),
    )


def _list_problems(each: ListFile) -> list[Problem]:
    return [
        problem if problem.source else Problem(problem.code, problem.message, problem.severity, each.name, problem.line)
        for problem in each.problems
    ]


def _stopped(problems: list[Problem], cause: MailerError | None = None) -> MailerError:
    """Return the one error that tells everything; a missing sender stays a matter of configuration (exit 3)."""
    kind = type(cause) if cause is not None and not isinstance(cause, InputProblem) else InputProblem
    told = [*problems, *(gather(cause) if cause is not None else ())]
    hint = cause.hint if cause is not None else ""
    return kind("Nothing was sent. Correct these, then try again.", problems=dict.fromkeys(told), hint=hint)


# People become planned deliveries, each with its exact bytes made once. The ledger is asked about each (in this mailing
# already? suppressed?), the message made and its content hash kept. The first messages, and the first of each manner,
# are looked at whole, all others for what can differ from person to person. Who is on a list, `contacts.audience`
# decides.


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A person who is planned, and by which word they are suppressed, if they are."""

    digest: bytes
    contact: Contact
    skipped: str
    is_forgotten: bool


class _Planner:
    """Plans the people of one mailing into a spool."""

    def __init__(self, office: Office, request: Request, basis: Basis, name: str, *, tally: Tally) -> None:
        text, mailing = basis.text, basis.existing
        self._office = office
        self._text = text
        self._kind = request.kind
        self._slug = text.release.slug
        self._mailing = mailing
        self._edition = basis.edition
        self._order = Order(text, name, request.kind, office.keys, largest_mail(request.relay))
        self._maker = Maker(self._order, whole=WHOLE)
        self.tally = tally
        self._embargo = basis.terms
        self._grounds = Grounds(text.ways.privacy, kind=request.kind, today=office.clock().date())
        self._grounds.tells = self._grounds.tells and not request.by_offer  # the offer has told them
        # one mail to look at is bound by no rules of `[audience]`, and a preview finds nobody too soon
        self._courtesy = Courtesy(
            office.settings.audience if request.lists else AudienceRules(),
            starts=request.at.at if request.at else office.clock(),
            despite_recent=bool(request.despite_recent) or request.kind is not MailingKind.RELEASE,
        )
        self._domains: Counter[str] = Counter()
        self._findings = Findings()
        if office.ledger is not None and mailing is not None and self._courtesy.counts_outlets:
            with office.ledger.reading() as connection:
                self._courtesy.seat(read_planned_fields(connection, mailing.id))
        self.spool = Spool()

    def plan(self, entries: Iterable[Entry], expected: int) -> Iterator[Problem]:
        """Plan everybody, in batches; a fault of a template is one problem, however many recipients it concerns."""
        found: dict[tuple[str, int | None, str], Problem] = {}
        more: Counter[tuple[str, int | None, str]] = Counter()
        batches = map(self._choose, in_parts(entries, _CHUNK))
        expected = expected if self.tally.watch is None else 0  # only one mail is made for a watch
        parts, ledger, clock = None, self._office.ledger, self._office.clock
        if ledger is not None and not ledger.on_this_machine:
            from mailer.runs.planning.distributing import Parts  # noqa: PLC0415 - only hosts that share a ledger need it

            parts = Parts(ledger, self._order, self._edition, self._maker)
        with closing(make_all(self._order, self._maker, batches, clock, expected=expected, parts=parts)) as made:
            for chosen, results in made:
                for person, result in zip(chosen, results, strict=True):
                    if isinstance(result, Made):
                        self._add(person, result)
                        continue
                    for problem in result:
                        place = (problem.source, problem.line, problem.code)
                        more[place] += place in found
                        found.setdefault(place, problem)
        self.tally.first = self._maker.first
        if parts is not None and parts.made:
            self.tally.made_by = Counter({"this host": self.spool.count - parts.made.total()}) + parts.made
        for place, problem in found.items():
            count = more[place]
            yield replace(problem, message=f"{problem.message} and for {count} more") if count else problem

    def _choose(self, entries: Sequence[Entry]) -> tuple[Sequence[_Chosen], Sequence[Wanted]]:
        """Return who of a batch is planned, and whose mails are wanted for it; count who is left out."""
        keys, kind, mailing = self._office.keys, self._kind, self._mailing
        chosen: list[_Chosen] = []
        contacts: list[tuple[Asked, Contact]] = []
        marked: list[bytes] = []  # those their list says not to mail
        for entry in entries:
            self.tally.per_list[entry.list_name] += isinstance(entry, Contact)
            if isinstance(entry, Contact):
                scopes, outlet = scopes_of(entry.list_name, kind.value), entry.fields.get("outlet", "")
                contacts.append((asked_about(keys, entry.address, outlet=outlet, scopes=scopes), entry))
                continue
            if entry.reason is LeftOutReason.MARKED:
                marked += [address_digest(keys, one.key) for one in entry.addresses]
            self._leave_out(entry)
        digests = [asked.address_digest for asked, _ in contacts]
        present, told = frozenset[bytes](), frozenset[bytes]()
        suppressed: Mapping[bytes, Held] = {}
        last: Mapping[bytes, datetime] = {}
        agreed, broken = frozenset[bytes](), frozenset[bytes]()
        if self._office.ledger is not None and kind is not MailingKind.TEST:
            with self._office.ledger.reading() as connection:
                if mailing is not None:
                    up_to = mailing.staged_after
                    present = planned_digests(connection, mailing.id, digests, up_to=up_to)
                    if marked:  # who was planned before their list said so, and has not got it yet
                        self.tally.marked_since |= planned_digests(
                            connection, mailing.id, marked, waiting=True, up_to=up_to
                        )
                if self._courtesy.asks_when:
                    last = last_mailed(connection, digests, but_for=mailing.id if mailing else None)
                if self._grounds.tells:
                    told = told_people(connection, digests)
                if self._embargo.is_under:
                    agreed = agreed_digests(connection, self._slug, digests)
                    broken = frozenset(read_broken(connection, digests))
                suppressed = active_suppressions(connection, [asked for asked, _ in contacts])
        for digest, (_, contact) in zip(digests, contacts, strict=True):
            held = suppressed.get(digest)
            out: LeftOut | None = None
            if digest in present:
                out = left_out(contact, LeftOutReason.ALREADY_PLANNED, " is in this mailing already")
            elif held is None:
                out = self._grounds.left_out(contact) or self._embargo.left_out(
                    contact, has_agreed=digest in agreed, has_broken=digest in broken
                )
                recent = None if out else self._courtesy.held(contact, last.get(digest))
                if recent is not None:
                    out = recent[0]
                    self.tally.held.append((str(contact.address), recent[1]))
                out = out or self._courtesy.capped(contact)
            if out is not None:
                self._leave_out(out)
                continue
            skipped = held.word if held else ""
            if self.tally.watch is None or self.tally.watch.takes(contact, skipped):
                told_once = self._grounds.with_notice(contact, is_told=digest in told)
                chosen.append(_Chosen(digest, told_once, skipped, is_forgotten=held is not None and held.is_nameless))
        return chosen, [Wanted(one.contact.address, one.contact.fields, is_sent=not one.skipped) for one in chosen]

    def _leave_out(self, entry: LeftOut) -> None:
        """Count a row that is left out, and keep who that is, unless they have it or were not asked for."""
        self.tally.leave_out(entry)
        for each in entry.addresses if entry.reason not in _NOT_MEANT else ():
            self.spool.leave_out(address_digest(self._office.keys, each.key), str(each), entry)

    def _add(self, chosen: _Chosen, made: Made) -> None:
        """Plan a person's mail; count it, and what was found in it, where nothing suppresses them."""
        tally, contact, skipped = self.tally, chosen.contact, chosen.skipped
        address, manner, domain = contact.address, made.manner, contact.address.ascii_domain
        if not skipped:
            self._grounds.look(contact)
        self.spool.append(
            Planned(
                token_id=made.delivery,
                address_digest=chosen.digest,
                address=str(address),
                domain=domain,
                spread=self._domains[domain],
                merge_row=json.dumps(lean_fields(contact.fields), ensure_ascii=False),
                list_name=contact.list_name,
                row=contact.row,
                content_hash=made.content_hash,
                size=made.size,
                message_id=made.message_id,
                skipped=skipped,
                carries_notice=bool(contact.fields.get(NOTICE)),
                is_forgotten=chosen.is_forgotten,
            )
        )
        self._domains[domain] += 1
        tally.largest = max(tally.largest, made.size)
        if skipped:
            tally.skipped[skipped] += 1
            return
        tally.to_send += 1
        tally.role_addresses += address.is_role
        tally.languages[manner.words if manner.words != self._text.release.language else ""] += 1
        tally.versions[manner.version] += 1
        tally.text_only += manner.text_only
        tally.domains[domain] += 1
        if made.looked:
            self._findings.add(str(address), made.looked, note=contact.fields.get("note", ""))
        if len(tally.first_people) < _SHOWN:
            named = ", ".join(part for part in (contact.name, contact.fields.get("outlet", "")) if part)
            tally.first_people.append(f"{named} <{address}>".strip())

    def check(self, *, told: Sequence[Problem]) -> Iterator[Problem]:
        """Yield what was found in the finished mails, beside what was told of the text; errors stop the mailing."""
        yield from self._grounds.problems()
        if count := len(self.tally.marked_since):
            message = f"say by now not to mail {count} who wait in this mailing: taken out of it"
            yield Problem("marked-since", message, Severity.WARNING, "the lists")
        waivers = [waiver for release in self._text.releases for waiver in release.waivers]
        waived = 0
        for problem in self._findings.problems(told, waivers):
            if reason_for(problem, waivers):
                waived += 1
            elif problem.severity is not Severity.NOTE:  # as of the text: `release check` tells those
                yield problem
        if waived:
            yield Problem(WAIVED, f"{waived} waived in the mail", Severity.NOTE, SOURCE)
