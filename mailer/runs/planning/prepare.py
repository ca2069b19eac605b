"""Prepare: turns release, lists and templates into a plan, or reports every problem at once; and estimates its time.

Owns the order of the checks before the first socket opens: everything that can fail fails here, and every person's
exact bytes are made once (a dry run does the same). Never opens a socket, never writes to the ledger (except for parts
of a large plan that workers make, `distributing`). The deliveries are in an anonymous temporary file, not in memory, so
that a plan takes the same memory for a million people as for one. If nothing limits the speed, no time is estimated,
since the relay's own speed is unknown.

A survey walks the lists in the same way, but makes no mails: its counts are those of the plan, and cheap enough to be
shown while the user is choosing.

Gaps: the estimate includes neither deferrals nor what others send over the same relay meanwhile. Raises `InputProblem`
with all problems, and `ConfigProblem`.
"""

from __future__ import annotations

import json
import marshal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, nullcontext
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from mailer.contacts.audience import EVERYBODY, Audience, exclusion
from mailer.contacts.audience import Merged as MergedRecords
from mailer.contacts.meaning.answers import zone_of
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact, Entry, LeftOut, LeftOutReason, lean_fields
from mailer.errors import InputProblem, LedgerProblem, MailerError, Problem, Severity, gather
from mailer.events import DeliveryState, MailingKind, MailingState
from mailer.frozen import dataclass, field, fields, replace
from mailer.ledger import Connection, mailings
from mailer.ledger.deliveries import Planned, open_count, planned_digests
from mailer.ledger.history import last_mailed, notified_people, read_planned_fields
from mailer.ledger.mailings import Edition, Mailing, refuse_retracted
from mailer.ledger.offers import DECLINED, agreed_digests, exclusive_until, read_broken
from mailer.ledger.pacing import DAY, GRAIN, Day, Pace, domain_pace, read_day, read_pace, relay_pace
from mailer.ledger.plans import PlannedPerson
from mailer.ledger.rows import in_parts
from mailer.ledger.suppressions import ActiveSuppression, SuppressionQuery, active_suppressions, query_for, scopes_of
from mailer.release.checks.case import reason_for
from mailer.release.values import Release
from mailer.runs.lists import find_dead_domains, opened_lists, usable_lists
from mailer.runs.office import Office
from mailer.runs.office.signing import check_signing
from mailer.runs.planning import making
from mailer.runs.planning.edition import WAIVED, file_differences, is_same_content, pack, read_sources, unpack
from mailer.runs.planning.making import Made, Merged, Text, Wanted
from mailer.runs.planning.request import Request, check_schedule
from mailer.runs.planning.rules import Courtesy, EmbargoRule, Grounds, apply_embargo, left_out
from mailer.settings import AudienceRules, DomainPace, Relay, Sender, format_rate
from mailer.site.values import is_name_of_page, page_path
from mailer.tokens import address_digest

_values = attrgetter(*(each.name for each in fields(Planned)))
KEPT_EXAMPLES = 50  # for each reason


class Watcher(Protocol):
    """Observes everybody in a plan: those who are left out, and those who are planned; chooses whose mail is made."""

    def note(self, entry: LeftOut, /) -> None:
        """Handle a row that is left out."""

    def takes(self, contact: Contact, skipped: str, /) -> bool:
        """Handle a person who is planned, and why they are skipped, if so; return whether to make their mail."""


class Spool:
    """Planned deliveries in a file that has no name and is gone when the process ends."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="mailer-plan-")  # noqa: SIM115 - closed with the plan
        self._out = tempfile.TemporaryFile(prefix="mailer-plan-")  # noqa: SIM115 - as well
        self.count = self._count_out = 0

    def append(self, planned: Planned) -> None:
        """Add a delivery."""
        marshal.dump(_values(planned), self._file)
        self.count += 1

    def read(self) -> Iterator[Planned]:
        """Yield all deliveries in their order; can be read again."""
        if self.count:
            self._file.seek(0)
        for _ in range(self.count):
            yield Planned(*marshal.load(self._file))  # noqa: S302 - written by this process, for itself

    def leave_out(self, digest: bytes, address: str, entry: LeftOut) -> None:
        """Add a person who is left out."""
        marshal.dump((digest, address, entry.list_name, entry.row, entry.reason.value), self._out)
        self._count_out += 1

    def read_out(self) -> Iterator[tuple[PlannedPerson, str]]:
        """Yield those who are left out, by the first digits of their digest, and why; can be read again."""
        if self._count_out:
            self._out.seek(0)
        for _ in range(self._count_out):
            digest, *known, why = marshal.load(self._out)  # noqa: S302 - as above
            yield PlannedPerson(digest[:8], digest, *known), why

    def close(self) -> None:
        """Close the files, which deletes them."""
        self._file.close()
        self._out.close()


@dataclass(slots=True)
class Tally:
    """What was counted while the lists were read."""

    per_list: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    left_out_examples: list[LeftOut] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    to_send: int = 0
    domains: Counter[str] = field(default_factory=Counter)
    largest: int = 0
    first_people: list[str] = field(default_factory=list)
    first: Merged | None = None
    held: list[tuple[str, datetime]] = field(default_factory=list)
    records: MergedRecords = field(default_factory=MergedRecords)
    role_addresses: int = 0
    watch: Watcher | None = None
    languages: Counter[str] = field(default_factory=Counter)  # "": the release's own
    versions: Counter[str] = field(default_factory=Counter)  # the language of the release itself; "": its own
    text_only: int = 0
    made_by: Counter[str] = field(default_factory=Counter)  # how many mails each host made; empty: this one made all
    marked_since: set[bytes] = field(default_factory=set)  # waiting in the mailing, but their list now says no

    def leave_out(self, entry: LeftOut) -> None:
        """Count a row that is not planned, and keep the first ones to show."""
        self.left_out[entry.reason.value] += 1
        if self.left_out[entry.reason.value] <= KEPT_EXAMPLES:
            self.left_out_examples.append(entry)
        if self.watch is not None:
            self.watch.note(entry)


@dataclass(frozen=True, slots=True)
class Around:
    """What belongs to the plan of a mailing about a release, and is done first when the plan is confirmed.

    `renewal` brings the new text to those who are waiting for the release (`waiting` of them). `text_id` is its newest
    edition when this was planned. `behind` counts the people who may have an earlier one, or, for a retraction, any: if
    there are more when it is confirmed, the plan misses someone. `called_off` counts those who are waiting and will get
    nothing. `shows` are the differences, as was and is.
    """

    release_id: int
    text_id: int
    behind: int = 0
    waiting: int = 0
    called_off: int = 0
    renewal: Plan | None = None
    shows: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Covered:
    """What is approved together with a plan: `plans` of the release's own mailing, with each text that may be sent.

    They are the waves, or what an offer promises; the texts are the one under embargo and the one after it.
    """

    plans: tuple[Plan, ...]
    texts: tuple[Edition, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a send would do."""

    request: Request
    release: Release
    sender: Sender
    edition: Edition = field(repr=False)
    sequence: int
    existing: Mailing | None
    is_changed: bool
    tally: Tally
    spool: Spool
    warnings: tuple[Problem, ...]
    plan_hash: bytes | None = field(default=None, repr=False)  # of the stored plan that it was compared with
    around: Around | None = None
    covers: Covered | None = None

    @property
    def slug(self) -> str:
        """Return the slug of the mailing."""
        return self.release.slug

    def zones(self) -> dict[str, int]:
        """Return the number of its recipients in each time zone, according to their lists."""
        named = (json.loads(each.merge_row).get("time_zone", "").strip() for each in self.spool.read())
        return dict(Counter(name for name in named if name and zone_of(name) is not None))


# How long it takes.


@dataclass(frozen=True, slots=True)
class Estimate:
    """When the last message leaves, what limits the speed, over how many days, and how many would be too late."""

    done_at: datetime
    bound: str
    days: int = 1
    late: int = 0


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a mailing would do: its plan, how long it takes, how many from an earlier run are still waiting.

    `estimate` is None if nothing limits the speed. `refused` is why nothing could be sent with this ledger, for a dry
    run or a rehearsal, which send nothing.
    """

    plan: Plan
    estimate: Estimate | None
    now: datetime
    waiting: int = 0
    is_dry_run: bool = False
    is_rehearsal: bool = False
    refused: LedgerProblem | None = None


def foresee(
    office: Office, plan: Plan, *, waiting: int = 0, is_dry_run: bool = False, is_rehearsal: bool = False
) -> Foreseen:
    """Return what a plan would do, and how long it takes together with those waiting from an earlier run."""
    now, request = office.clock(), plan.request
    people = {**plan.tally.domains, "": waiting}
    start = request.at.at if request.at is not None else now
    estimate = estimate_at(office, request.relay, people, now=start, expires_at=request.expires_at)
    return Foreseen(plan, estimate, now, waiting, is_dry_run, is_rehearsal)


def estimate_at(
    office: Office, relay: Relay, people: Mapping[str, int], *, now: datetime, expires_at: datetime | None
) -> Estimate | None:
    """Estimate from the office's settings, and from the pace in its ledger, if there is one."""
    rules = office.settings.pacing.by_domain()
    with office.ledger.reading() if office.ledger is not None else nullcontext() as connection:
        return estimate_time(connection, relay, people, rules, now=now, expires_at=expires_at)


def estimate_time(
    connection: Connection | None,
    relay: Relay,
    people: Mapping[str, int],
    rules: Mapping[str, DomainPace],
    *,
    now: datetime,
    expires_at: datetime | None = None,
) -> Estimate | None:
    """Estimate how long it takes to send to so many people at each domain; None if nothing limits the speed.

    `connection` is the ledger's, if there is one: others may have used the day's messages, or a relay may have asked
    for a slower pace.
    """
    found: list[Estimate] = []

    def step_s(pace: Pace) -> float:
        return pace.step_s if connection is None else read_pace(connection, pace, now=now).step_s

    def add(bound: str, each_s: float, stretches: Sequence[tuple[datetime, int]]) -> None:
        """Add a limit of the speed; a stretch is a start, and how many messages leave from then on, one by one."""
        end, late = now, 0
        for start, number in stretches:
            end = start + timedelta(seconds=each_s * (number - 1))
            if expires_at is None or end <= expires_at:
                continue
            in_time = 0
            if each_s and start <= expires_at:
                in_time = 1 + int((expires_at - start).total_seconds() / each_s)
            late += number - in_time
        found.append(Estimate(end, bound, len(stretches), late))

    left, pace = sum(people.values()), relay_pace(relay)
    day = Day(0, pace.most(0)) if connection is None else read_day(connection, pace, now=now)
    each_s = step_s(pace)
    if left and (each_s or pace.counts_days):
        start, number, stretches = now, day.number, list[tuple[datetime, int]]()
        room = left if not day.most else day.most - day.used
        if room <= 0:
            start, number = day.more_at or now + DAY + GRAIN, number + 1
            room = pace.most(number) or left  # messages drop out of the 24 hours about as they came in
        while left > 0:
            batch = min(left, room)
            stretches.append((start, batch))
            left, number = left - batch, number + 1
            end = start + timedelta(seconds=each_s * (batch - 1))
            start, room = max(start + DAY + GRAIN, end), pace.most(number) or left
        bound = relay.rate if each_s == relay.step_s else format_rate(each_s)
        if len(stretches) > 1 or day.more_at is not None or not bound:  # the day is full before all are sent
            most = pace.per_day or pace.most(len(pace.warm_up) - 1)
            warming = day.most != most and day.number < len(pace.warm_up)
            bound = f"{day.most:,}/day while it warms up" if warming else f"{most:,}/day"
        add(bound, each_s, stretches)
    for domain, rule in rules.items():
        count, each_s = people.get(domain, 0), step_s(domain_pace(domain, rule))
        if count and each_s:
            add(f"{domain} at {format_rate(each_s)}", each_s, [(now, count)])
    if not found:
        return None
    return replace(max(found, key=lambda each: each.done_at), late=max(each.late for each in found))


# From today's files and the ledger.

_CHUNK = 200  # people looked up in the ledger at once
_SHOWN = 3
_R = LeftOutReason
_NOT_WANTED = {_R.DUPLICATE, _R.ALREADY_PLANNED, _R.FILTERED, _R.NOT_SAMPLED, _R.BEYOND_LIMIT, _R.NOT_LISTED}
_DIFF_LINES = 40
_MAY_HAVE_IT = (DeliveryState.ATTEMPTED, DeliveryState.ACCEPTED, DeliveryState.IN_DOUBT, DeliveryState.REJECTED)


def prepare(
    office: Office, request: Request, *, watch: Watcher | None = None, earlier: Mapping[bytes, int] | None = None
) -> Plan:
    """Build the plan of a mailing to lists; a `watch` sees everybody, and chooses whose messages are made.

    `earlier` has the digests of those who are in an earlier wave, with its number. Raises InputProblem with every
    problem of release, lists and templates; ConfigProblem if mailer.toml names no such sender; LedgerProblem if the
    keys are not the ledger's own.
    """
    with opened_lists(office, request.lists) as (lists, list_problems):
        with opened_lists(office, request.excepts) as (excepts, except_problems):
            excluded = exclusion(excepts)
            except_problems += [problem for each in excepts for problem in _list_problems(each)]
        problems = [*list_problems, *except_problems]
        try:
            # the columns of a list that cannot be opened are not known
            selection = EVERYBODY if problems else request.selection
            audience = Audience(lists, excluded=excluded, selection=selection)
        except InputProblem as error:
            raise _stopped(problems, error) from None
        dead = find_dead_domains(lists, office.settings.dns)[0] if request.check_domains else {}

        def entries() -> Iterator[Entry]:
            for each in audience.entries():
                if not isinstance(each, Contact):
                    yield each
                elif dead and (reason := dead.get(each.address.ascii_domain)):
                    yield left_out(each, _R.INVALID, f": {reason}")
                elif earlier and (number := earlier.get(address_digest(office.keys, each.address.key))):
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

    `kept` is a text that was approved before, and goes out as it is (`edition.set_lifted`), without today's files.
    """
    found: tuple[Problem, ...] = ()
    is_sent = request.relay.key in office.settings.relays
    text: Text | None = None
    if kept is not None:
        edition, text = kept, unpack(kept)
        mail_settings, release, until = text.settings, text.release, text.embargo_until
        is_under = until is not None and not text.is_lifted
        rule = EmbargoRule(until, is_under, is_under and not (request.by_offer or request.not_agreed), text.is_lifted)
    else:
        try:
            sources = read_sources(office, request)
        except MailerError as error:
            raise _stopped(problems, error) from None
        mail_settings, found = sources.settings, sources.problems
        if not request.pinned and is_sent:
            # no relay was named, and it is to be sent over one: the sender's domain chooses it
            request = replace(request, relay=office.relay_for(mail_settings.sender))
        release, rule = apply_embargo(sources.release, request, now=office.clock())
        problems = [*problems, *found, *rule.problems]
        edition = pack(sources, is_lifted=rule.is_lifted, page=page_for(office, request, release))
    try:
        if is_sent:
            mail_settings.sender.check_not_sample(request.relay.host)
        check_signing(office, request.relay, mail_settings.sender)
        text = text or unpack(edition)
    except MailerError as error:
        raise _stopped(problems, error) from None
    in_ledger = _check_ledger(office, request, release.slug, edition)
    basis = Basis(edition, text, release, *in_ledger, rule, tuple(problems), found)
    return plan_on(office, request, basis, entries, watch=watch, rows=rows)


def page_for(office: Office, request: Request, release: Release) -> str:
    """Return the newsroom page that a mail links to, if it will exist when the mail goes out; else an empty string.

    There is none under embargo, during an exclusive, for a test, if the release wants none, or if there can be no
    folder for it: then the mails contain their pictures.
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
        nearest = next(each for each in (folder, *folder.parents) if each.exists())
        has_page = nearest.is_dir()  # the sender finds out whether it can be written: a worker may be another user
    return f"{newsroom.url.rstrip('/')}/{page_path(release.slug)}" if has_page else ""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a plan is made from apart from people: a text, packed and unpacked, the mailing, and the problems so far.

    `found` are those of the `problems` that the release check reported.
    """

    edition: Edition
    text: Text
    release: Release
    sequence: int
    existing: Mailing | None = None
    is_changed: bool = False
    embargo: EmbargoRule = EmbargoRule()
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
    """Build the plan of a mailing of a known text to these entries; `rows` is how many there may be.

    Raises InputProblem with everything that is wrong in the mails.
    """
    problems = list(basis.problems)
    planner = _Planner(office, request, basis, tally=Tally(watch=watch))
    with ExitStack() as unless_planned:
        unless_planned.callback(planner.spool.close)
        problems += planner.plan(entries, rows)
        problems += planner.check(known=basis.found)
        if any(problem.severity is Severity.ERROR for problem in problems):
            raise _stopped(problems)
        unless_planned.pop_all()
    return Plan(
        request=request,
        release=basis.release,
        sender=basis.text.settings.sender,
        edition=basis.edition,
        sequence=basis.sequence,
        existing=basis.existing,
        is_changed=basis.is_changed,
        tally=planner.tally,
        spool=planner.spool,
        warnings=tuple(problems),
        around=around,
    )


def _check_ledger(office: Office, request: Request, slug: str, edition: Edition) -> tuple[int, Mailing | None, bool]:
    """Compare a release with what the ledger has of it, under this slug or another.

    Return the number that the mailing has or gets, the mailing itself if it exists already, and whether its newest
    approved text is another one. Raises InputProblem if it was retracted, was sent under another slug, has another
    time, or has a text that people got and that has changed since, without `--changed`.
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
            is_out = bool(open_count(connection, mailing.id, _MAY_HAVE_IT))
            if not is_same_content(newest, edition) or (is_out and not request.is_wave):
                raise _changed(mailing, newest, edition, is_out=is_out)
    return mailing.sequence, mailing, is_changed


def _changed(mailing: Mailing, old: Edition, new: Edition, *, is_out: bool) -> InputProblem:
    approved = "sent" if is_out else "scheduled" if mailing.state is MailingState.SCHEDULED else "planned"
    found = dict(file_differences(old, new, (f"as {approved}", "now")))
    lines = [line for each in found.values() for line in each[:_DIFF_LINES]]
    event = f"people got {mailing.name}" if is_out else f"{mailing.name} was {approved}"
    audience = "everybody who has not had it" if is_out else "all its recipients"
    return InputProblem(
        f"{', '.join(found)} changed since {event}",
        hint="\n".join([*lines, "", f'To go on with the new text for {audience}: --changed "why"']),
    )


def _list_problems(each: ListFile) -> list[Problem]:
    return [
        problem if problem.source else Problem(problem.code, problem.message, problem.severity, each.name, problem.line)
        for problem in each.problems
    ]


def _stopped(problems: list[Problem], cause: MailerError | None = None) -> MailerError:
    """Return one error with all problems; a missing sender remains a configuration problem (exit 3)."""
    kind = type(cause) if cause is not None and not isinstance(cause, InputProblem) else InputProblem
    all_problems = [*problems, *(gather(cause) if cause is not None else ())]
    hint = cause.hint if cause is not None else ""
    return kind("Correct these, then try again.", problems=dict.fromkeys(all_problems), hint=hint)


# People become planned deliveries, each with its exact bytes made once. They are looked up in the ledger (in this
# mailing already? suppressed?), the message is made, and its content hash kept. The first messages, and the first of
# each manner, are checked completely, all others for what can differ from person to person. `contacts.audience` decides
# who is on a list.


# a planned person, by their digest, and what suppresses them
_Chosen: TypeAlias = tuple[bytes, Contact, ActiveSuppression | None]


class _Planner:
    def __init__(self, office: Office, request: Request, basis: Basis, *, tally: Tally) -> None:
        text, mailing = basis.text, basis.existing
        self._office, self._basis, self._text, self._kind = office, basis, text, request.kind
        name = mailings.full_name(basis.release.slug, request.kind, basis.sequence)
        self._order = making.Order(text, name, request.kind, office.keys, making.largest_mail(request.relay))
        self._maker = making.Maker(self._order, whole=making.WHOLE)
        self.tally = tally
        self._grounds = Grounds(text.settings.privacy, kind=request.kind, today=office.clock().date())
        self._grounds.gives_notice = self._grounds.gives_notice and not request.by_offer  # the offer carried the notice
        # the rules of `[audience]` do not apply to a single mail, and in a preview nobody was mailed too recently
        self._courtesy = Courtesy(
            office.settings.audience if request.lists else AudienceRules(),
            starts=request.at.at if request.at else office.clock(),
            despite_recent=bool(request.despite_recent) or request.kind is not MailingKind.RELEASE,
        )
        self._domains: Counter[str] = Counter()
        self._findings = making.Findings()
        if office.ledger is not None and mailing is not None and self._courtesy.counts_outlets:
            with office.ledger.reading() as connection:
                self._courtesy.reserve(read_planned_fields(connection, mailing.id))
        self.spool = Spool()

    def plan(self, entries: Iterable[Entry], expected: int) -> Iterator[Problem]:
        """Plan everybody, in batches; an error in a template is one problem, however many recipients it concerns."""
        found: dict[tuple[str, int | None, str], Problem] = {}
        more: Counter[tuple[str, int | None, str]] = Counter()
        batches = map(self._choose, in_parts(entries, _CHUNK))
        expected = expected if self.tally.watch is None else 0  # only one mail is made for a watch
        parts, ledger, clock = None, self._office.ledger, self._office.clock
        if ledger is not None and not ledger.on_this_machine:
            from mailer.runs.planning.distributing import Parts  # noqa: PLC0415 - only hosts that share a ledger need it

            parts = Parts(ledger, self._order, self._basis.edition, self._maker)
        with closing(making.make_all(self._order, self._maker, batches, clock, expected=expected, parts=parts)) as made:
            for chosen, results in made:
                for person, result in zip(chosen, results, strict=True):
                    if isinstance(result, Made):
                        self._add(*person, result)
                        continue
                    for problem in result:
                        place = (problem.source, problem.line, problem.code)
                        more[place] += place in found
                        found.setdefault(place, problem)
        self.tally.first = self._maker.first
        if parts is not None and parts.made:
            self.tally.made_by = Counter({"this host": self.spool.count - parts.made.total()}) + parts.made
        for place, problem in found.items():
            also = f" and for {more[place]} more" if more[place] else ""
            yield replace(problem, message=f"{problem.message}{also}")

    def _choose(self, entries: Sequence[Entry]) -> tuple[Sequence[_Chosen], Sequence[Wanted]]:
        """Return those of a batch who are planned, and the mails to make for them; count those who are left out."""
        keys, kind, mailing, embargo = self._office.keys, self._kind, self._basis.existing, self._basis.embargo
        chosen: list[_Chosen] = []
        contacts: list[tuple[SuppressionQuery, Contact]] = []
        marked: list[bytes] = []  # those whose list says not to mail them
        for entry in entries:
            self.tally.per_list[entry.list_name] += isinstance(entry, Contact)
            if isinstance(entry, Contact):
                scopes, outlet = scopes_of(entry.list_name, kind.value), entry.fields.get("outlet", "")
                contacts.append((query_for(keys, entry.address, outlet=outlet, scopes=scopes), entry))
                continue
            if entry.reason is LeftOutReason.MARKED:
                marked += [address_digest(keys, one.key) for one in entry.addresses]
            self._leave_out(entry)
        digests = [asked.address_digest for asked, _ in contacts]
        present = informed = agreed = broken = frozenset[bytes]()
        suppressed: Mapping[bytes, ActiveSuppression] = {}
        last: Mapping[bytes, datetime] = {}
        if self._office.ledger is not None and kind is not MailingKind.TEST:
            with self._office.ledger.reading() as connection:
                if mailing is not None:
                    planned = partial(planned_digests, connection, mailing.id, up_to=mailing.staged_after)
                    present = planned(digests)
                    if marked:  # planned before their list said so, and not sent yet
                        self.tally.marked_since |= planned(marked, waiting=True)
                if self._courtesy.needs_last_mailed:
                    last = last_mailed(connection, digests, but_for=mailing.id if mailing else None)
                if self._grounds.gives_notice:
                    informed = notified_people(connection, digests)
                if embargo.is_under:
                    agreed = agreed_digests(connection, self._text.release.slug, digests)
                    broken = frozenset(read_broken(connection, digests))
                suppressed = active_suppressions(connection, [asked for asked, _ in contacts])
        for digest, (_, contact) in zip(digests, contacts, strict=True):
            held = suppressed.get(digest)
            out: LeftOut | None = None
            if digest in present:
                out = left_out(contact, LeftOutReason.ALREADY_PLANNED, " is in this mailing already")
            elif held is None:
                agrees, broke = digest in agreed, digest in broken
                out = self._grounds.left_out(contact) or embargo.left_out(contact, has_agreed=agrees, has_broken=broke)
                recent = None if out else self._courtesy.held(contact, last.get(digest))
                if recent is not None:
                    out = recent[0]
                    self.tally.held.append((str(contact.address), recent[1]))
                out = out or self._courtesy.take_place(contact)
            if out is not None:
                self._leave_out(out)
                continue
            if self.tally.watch is None or self.tally.watch.takes(contact, held.word if held else ""):
                chosen.append((digest, self._grounds.with_notice(contact, is_told=digest in informed), held))
        return chosen, [Wanted(one.address, one.fields, is_sent=held is None) for _, one, held in chosen]

    def _leave_out(self, entry: LeftOut) -> None:
        self.tally.leave_out(entry)
        # with any other reason they have it already, or were not wanted
        for each in entry.addresses if entry.reason not in _NOT_WANTED else ():
            self.spool.leave_out(address_digest(self._office.keys, each.key), str(each), entry)

    def _add(self, digest: bytes, contact: Contact, held: ActiveSuppression | None, made: Made) -> None:
        """Plan a person's mail; if nothing suppresses them, count it and its findings."""
        tally, skipped = self.tally, held.word if held else ""
        address, manner, domain = contact.address, made.manner, contact.address.ascii_domain
        if not skipped:
            self._grounds.note(contact)
        self.spool.append(
            Planned(
                token_id=made.delivery,
                address_digest=digest,
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
                carries_notice=bool(contact.fields.get(making.NOTICE)),
                is_forgotten=held is not None and held.is_nameless,
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

    def check(self, *, known: Sequence[Problem]) -> Iterator[Problem]:
        """Yield what was found in the finished mails, without what is `known` of the text; errors stop the mailing."""
        yield from self._grounds.problems()
        if count := len(self.tally.marked_since):
            message = f"say by now not to mail {count} who wait in this mailing: taken out of it"
            yield Problem("marked-since", message, Severity.WARNING, "the lists")
        waivers = [waiver for release in self._text.releases for waiver in release.waivers]
        found = [*self._findings.problems(known, waivers)]
        opened = [problem for problem in found if not reason_for(problem, waivers)]
        yield from (each for each in opened if each.severity is not Severity.NOTE)  # `release check` reports those
        if waived := len(found) - len(opened):
            yield Problem(WAIVED, f"{waived} waived in the mail", Severity.NOTE, making.SOURCE)


# Surveying: counting who would get a mailing and who would not, before anything is made.

FIRST = 12
_GLANCE = 300  # rows that are searched for the first recipients
_REPORT_EVERY = 500


@dataclass(frozen=True, slots=True)
class Passed:
    """A person on the lists who does not get the mailing: their list and line, and why in a sentence."""

    email: str
    list_name: str
    line: int
    message: str


@dataclass(slots=True)
class Surveyed:
    """Who would get a mailing: how many would, how many would not by reason, and the people with one `reason`.

    A watcher of everybody in a plan, which lets no mail be made. `people` are at most `most` people with the reason,
    after the first `after`; `first` are the first who get it, `domains` counts everybody. `on_progress` is called with
    the number of recipients so far.
    """

    reason: str = ""
    after: int = 0
    most: int = 0
    on_progress: Callable[[int], None] = lambda _: None
    plan: Plan = field(init=False)
    to_send: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    people: list[Passed] = field(default_factory=list)
    first: list[Contact] = field(default_factory=list, repr=False)
    domains: Counter[str] = field(default_factory=Counter, repr=False)
    _passed: int = 0

    @property
    def left_out(self) -> Mapping[str, int]:
        """Return how many rows are left out, by reason."""
        return self.plan.tally.left_out

    @property
    def on_lists(self) -> int:
        """Return how many rows the lists have."""
        return self.to_send + sum(self.left_out.values()) + self.skipped.total()

    def note(self, entry: LeftOut) -> None:
        """Keep a row that is left out for the requested reason."""
        if entry.reason.value == self.reason:
            self._keep(Passed(entry.value, entry.list_name, entry.line, entry.message))

    def takes(self, contact: Contact, skipped: str) -> bool:
        """Count a person who is planned."""
        if not (self.to_send + self.skipped.total()) % _REPORT_EVERY:
            self.on_progress(self.to_send)
        if skipped:
            self.skipped[skipped] += 1
            if skipped == self.reason:
                self._keep(Passed(str(contact.address), contact.list_name, contact.line, ""))
        else:
            self.to_send += 1
            self.domains[contact.address.ascii_domain] += 1
            if len(self.first) < FIRST:
                self.first.append(contact)
        return False

    def _keep(self, person: Passed) -> None:
        self._passed += 1
        if self.after < self._passed <= self.after + self.most:
            self.people.append(person)


def survey(office: Office, request: Request, seen: Surveyed) -> Surveyed:
    """Count who would get a mailing and who would not, for the requested reason. Raises as `prepare`.

    What `on_progress` raises ends the counting.
    """
    seen.plan = prepare(office, request, watch=seen)
    seen.plan.spool.close()
    return seen


def glance(office: Office, request: Request) -> Surveyed:
    """Return the first people who would get a mailing, without reading all of a long list, and the text for them.

    Raises as `prepare`.
    """
    seen = Surveyed()
    with usable_lists(office, request.lists) as lists:
        with usable_lists(office, request.excepts) as excepts:
            excluded = exclusion(excepts)
        entries = Audience(lists, excluded=excluded, selection=request.selection).entries()
        seen.plan = prepare_for(office, request, islice(entries, _GLANCE), problems=[], watch=seen)
    seen.plan.spool.close()
    return seen
