"""Prepare: release, lists and templates become a plan, or every problem at once.

Owns the order of what must hold before the first socket opens: everything that can fail, fails here, and every
person's exact bytes are made once (a dry run does the same). Never opens a socket, never writes to the ledger.
Raises `InputProblem` with all that is wrong, `ConfigProblem`.
"""

from __future__ import annotations

import difflib
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from mailer.contacts.audience import Audience, exclusion
from mailer.contacts.audience.selection import EVERYBODY
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact, Entry, LeftOut, LeftOutReason
from mailer.errors import InputProblem, MailerError, Problem, Severity, gather
from mailer.events import DeliveryState, MailingKind, MailingState
from mailer.ledger.connection import verify_keys
from mailer.ledger.deliveries import open_count
from mailer.ledger.mailings import Edition, Mailing, find_same_news, find_used, newest_edition, next_sequence
from mailer.lookup import find_dead_domains
from mailer.release.values import Release
from mailer.runs.checking.watching import largest_mail
from mailer.runs.lists import opened_lists
from mailer.runs.office import Office
from mailer.runs.people.watch import Watch
from mailer.runs.planning.courtesy import Courtesy
from mailer.runs.planning.edition import differ_by_moment, pack, unpack
from mailer.runs.planning.embargoes import embargo_terms
from mailer.runs.planning.plan import Plan, Request, Spool, Tally
from mailer.runs.planning.planner import Planner, Rules, Standing
from mailer.runs.planning.schedule import check_schedule
from mailer.runs.planning.sources import read_sources
from mailer.runs.sending.signing import check_signing
from mailer.settings import AudienceRules, Dns, Sender

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
    return _with_warnings(plan, noted)


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
    request = _over_its_relay(office, request, ways.sender)
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


def _over_its_relay(office: Office, request: Request, sender: Sender) -> Request:
    """Let the sender's domain choose the relay, where nobody named one and it goes over one at all."""
    if request.pinned or request.relay.key not in office.settings.relays:
        return request
    return replace(request, relay=office.relay_for(sender))


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
    return [*(_and_more(problem, more[place]) for place, problem in found.items()), *planner.check(told)]


def _and_more(problem: Problem, count: int) -> Problem:
    """Tell one fault of a template once, however many people it concerns."""
    if not count:
        return problem
    message = f"{problem.message} and for {count} more"
    return Problem(problem.code, message, problem.severity, problem.source, problem.line)


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


def _with_warnings(plan: Plan, more: tuple[Problem, ...]) -> Plan:
    values = {name: getattr(plan, name) for name in Plan.__slots__}
    return Plan(**{**values, "warnings": (*plan.warnings, *more)})


def _stop_on_errors(problems: list[Problem]) -> None:
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise _stopped(problems, None)


def _stopped(problems: list[Problem], cause: MailerError | None) -> MailerError:
    """Return the one error that tells everything; a missing sender stays a matter of configuration (exit 3)."""
    kind = type(cause) if cause is not None and not isinstance(cause, InputProblem) else InputProblem
    hint = cause.hint if cause is not None else ""
    sentence = "Nothing was sent. Mend these, then try again."
    return kind(sentence, problems=dict.fromkeys(problems), hint=hint)
