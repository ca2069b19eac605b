"""Reports: the result of a mailing, in figures and person by person, and what is waiting or overdue.

Owns the JSON of `send`, `status` and `report` (docs/json.md) and the rows of `--csv`. Figures are the mailing's so far,
not one command's. The words are honest: accepted by the relay, never “delivered”. Reads only: lowered
paces, the day's count and waiting deliveries come from the ledger, the configured limits from the settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from itertools import chain
from typing import Any

from mailer.errors import InputProblem, Problem
from mailer.events import DeliveryState, MailingKind
from mailer.frozen import dataclass
from mailer.ledger import Connection, Ledger, history, mailings, processes
from mailer.ledger import pacing as paces
from mailer.ledger.deliveries import next_due_at, open_count
from mailer.ledger.history import Overdue
from mailer.ledger.mailings import Mailing, count_editions, read_text_numbers
from mailer.ledger.offers import read_waves
from mailer.ledger.plans import find_same_account, read_plans_sent
from mailer.ledger.processes import WorkerStatus, dead_processes
from mailer.ledger.returns import read_absences, read_replies
from mailer.ledger.suppressions import count_dead_refusals
from mailer.runs.collect.alarms import read_alarms
from mailer.runs.office import Office
from mailer.runs.reconcile import Proof, Reconciled
from mailer.settings import DomainPace, Settings, format_rate

_ANSWER = "id address? from:sender? subject written_at needs_answer open:is_open assigned? done_at done_by?"
_DELIVERY = (
    "address state reason? code enhanced? text? message_id relay? attempts attempted_at finished_at next_attempt_at "
    "list:list_name row"
)
_LATEST = datetime.max.replace(tzinfo=UTC)
_SHOWN_CHANGES = 5
_RELEASE = MailingKind.RELEASE
_AFTER = ("complained", "opted_out", "auto_replied", "moved", "challenged", "replied")
COLUMNS = (*(field.partition(":")[0].rstrip("?") for field in _DELIVERY.split()), "edition", "came_back")


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a mailing so far, as in `mailing_document`; `now` shows whether its time has come."""

    figures: Mapping[str, Any]
    now: datetime


@dataclass(frozen=True, slots=True)
class Status(Report):
    """The same, with what the mailing is doing now and what to do next."""


@dataclass(frozen=True, slots=True)
class Outcome(Report):
    """The same, at the end of a command that worked on the mailing."""

    @property
    def is_done(self) -> bool:
        """Return whether all who were not skipped were accepted, and at least one was."""
        accepted, planned = self.figures["accepted"], self.figures["planned"]
        return accepted + self.figures["skipped"] == planned and bool(accepted or not planned)


@dataclass(frozen=True, slots=True)
class Overview:
    """All mailings, and what has been waiting for longer than 48 hours."""

    mailings: tuple[Mapping[str, Any], ...]
    overdue: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Workers:
    """The workers on this ledger, at a given time."""

    workers: tuple[WorkerStatus, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Unheard:
    """The recipients of a mailing from whom nothing has come back; None stands for an erased address."""

    mailing: str
    unheard: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Settlement:
    """A mailing after `reconcile`: the deliveries settled, with their proof, and the places that were searched.

    In a dry run nothing was settled, and `figures` has those who would be left in doubt.
    """

    figures: Mapping[str, Any]
    dry_run: bool
    settled: tuple[Proof, ...]
    looked_in: tuple[str, ...]
    errors: tuple[Mapping[str, str], ...]
    problems: tuple[Problem, ...]


def read_settlement(ledger: Ledger, done: Reconciled, *, dry_run: bool) -> Settlement:
    """Return a mailing as it is after `reconcile`, or would be."""
    with ledger.reading() as connection:
        figures = mailing_document(connection, mailings.require_mailing(connection, done.mailing.full_name))
    if dry_run:
        left = {doubt.message_id for doubt in done.left}
        figures["in_doubt_people"] = [each for each in figures["in_doubt_people"] if each["message_id"] in left]
    errors = tuple({"code": error.code, "message": str(error), "hint": error.hint} for error in done.errors)
    return Settlement(figures, dry_run, tuple(done.settled), tuple(done.looked_in), errors, tuple(done.problems))


def read_report(office: Office, name: str = "", *, deliveries: bool = False, as_kept: bool = False) -> Report:
    """Return the report of a mailing (default: the newest); `as_kept` as in `history.read_books`.

    Raises InputProblem if nothing was sent yet, or there is no such mailing; LedgerProblem if the figures do not add
    up.
    """
    with opened(office, name) as (connection, mailing):
        return Report(_whole(office, connection, mailing, deliveries=deliveries, as_kept=as_kept), office.clock())


def read_status(office: Office, name: str, *, deliveries: bool = False) -> Status:
    """Return what a mailing is doing now. Raises as `read_report`."""
    with opened(office, name) as (connection, mailing):
        now = office.clock()
        pace = pace_document(connection, office.settings, mailing, now=now)
        return Status(_whole(office, connection, mailing, deliveries=deliveries, pace=pace), now)


def read_outcome(office: Office, ledger: Ledger, name: str, *, deliveries: bool = False) -> Outcome:
    """Return the figures of a mailing after a command that worked on it."""
    with ledger.reading() as connection:
        mailing = mailings.require_mailing(connection, name)
        return Outcome(mailing_document(connection, mailing, deliveries=deliveries), office.clock())


def read_overview(office: Office) -> Overview:
    """Return all mailings, the newest first."""
    if office.ledger is None:
        return Overview((), {"opt_outs": [], "mailboxes": []})
    with office.ledger.reading() as connection:
        found = tuple(mailing_document(connection, each, as_kept=True) for each in mailings.read_mailings(connection))
        return Overview(found, overdue_document(connection, office.settings, office.clock()))


def read_workers(office: Office) -> Workers:
    """Return the workers on the ledger, and what each is doing."""
    if office.ledger is None:
        return Workers((), office.clock())
    with office.ledger.reading() as connection:
        return Workers(tuple(processes.read_workers(connection)), office.clock())


def read_names(office: Office) -> list[str]:
    """Return the names of all mailings, the newest first."""
    if office.ledger is None:
        return []
    with office.ledger.reading() as connection:
        return [each.name for each in mailings.read_mailings(connection)]


def read_silent(office: Office, name: str = "") -> Unheard:
    """Return the recipients from whom nothing has come back since. Raises as `read_report`."""
    with opened(office, name) as (connection, mailing):
        unheard = history.read_unheard(connection, mailing.id)
        return Unheard(name or mailing.name, tuple(each or None for each in unheard))


def read_csv(office: Office, name: str = "") -> Iterator[str]:
    """Yield every recipient as a line of CSV. Raises as `read_report`."""
    from mailer.contacts.exporting import render_csv  # noqa: PLC0415 - `status` exports nothing
    from mailer.contacts.traces import FORGOTTEN  # noqa: PLC0415 - as above

    with opened(office, name) as (connection, mailing):
        rows = _deliveries(connection, mailing)
        shown = (
            {**row, "address": row["address"] or FORGOTTEN, "came_back": " ".join(row["came_back"])} for row in rows
        )
        # cells are neutralised by their writer
        cells = (tuple("" if each[name] is None else str(each[name]) for name in COLUMNS) for each in shown)
        yield from render_csv(chain([COLUMNS], cells))


@contextmanager
def opened(office: Office, name: str) -> Iterator[tuple[Connection, Mailing]]:
    """Open one view of the ledger on a mailing (default: the newest release). Raises InputProblem if there is none."""
    nothing = InputProblem("nothing was sent from here yet", hint="mailer send RELEASE --to LIST --dry-run")
    if office.ledger is None:
        raise nothing
    with office.ledger.reading() as connection:
        if name:
            yield connection, mailings.require_mailing(connection, name)
            return
        found = mailings.read_mailings(connection)
        if not found:
            raise nothing
        yield connection, next((each for each in found if each.kind is MailingKind.RELEASE), found[0])


def _whole(
    office: Office,
    connection: Connection,
    mailing: Mailing,
    *,
    deliveries: bool,
    pace: Mapping[str, Any] = {},
    as_kept: bool = False,
) -> dict[str, Any]:
    """Return all figures of a mailing, with its alarms: too many returns that are about us, or from dead addresses."""
    dead = dead_processes(connection, office.workspace.machine / "run", now=office.clock())
    return {
        **mailing_document(connection, mailing, deliveries=deliveries, dead=dead, as_kept=as_kept),
        **pace,
        "alarms": [str(each) for each in read_alarms(office, connection, mailing.id)],
        "overdue": overdue_document(connection, office.settings, office.clock()),
    }


def mailing_document(
    connection: Connection,
    mailing: Mailing,
    *,
    deliveries: bool = False,
    dead: Sequence[str] = (),
    as_kept: bool = False,
) -> dict[str, Any]:
    """Return a mailing as the JSON document that other programs may rely on.

    `dead` names processes that died and are not freed yet: their attempted deliveries are among `in_doubt_people`,
    although the figures still count them as attempted. Raises LedgerProblem if the figures do not add up.
    """
    books = history.read_books(connection, mailing, as_kept=as_kept)
    replies = read_replies(connection, mailing_id=mailing.id)
    document = {
        **now_document(connection, mailing, books.states, dead=dead),
        "retried": books.retried,
        "left_out": dict(mailing.left_out),
        "skipped_reasons": books.skipped_reasons,
        "bounced": {"hard": books.after["hard"], "soft": books.after["soft"]},
        **{name: books.after[name] for name in _AFTER},
        "bounce_reasons": history.read_bounce_reasons(connection, mailing.id),
        "bytes": books.bytes_accepted,
        "absences": [
            {"address": each.address or None, "until": each.back_on and each.back_on.isoformat()}
            for each in read_absences(connection, mailing.id)
        ],
        "answers": [_fields(each, _ANSWER) for each in reversed(replies) if each.sender],
        "replies_open": sum(each.is_open for each in replies),
        "editions": count_editions(connection, mailing.id, states=books.states) if mailing.kind is _RELEASE else {},
        "corrections": [
            {"mailing": mailings.full_name(mailing.slug, each.kind, each.sequence), **_fields(each, "at! note")}
            for each in (mailings.read_corrections(connection, mailing.slug) if mailing.kind is _RELEASE else ())
        ],
        "unheard": books.states[DeliveryState.ACCEPTED] - history.count_heard(connection, mailing.id),
    }
    if deliveries:
        document["deliveries"] = list(_deliveries(connection, mailing))
    return document


def now_document(
    connection: Connection, mailing: Mailing, states: Mapping[str, int], *, dead: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the present state of a mailing with its counts, cheap enough for every second, as in that JSON."""
    may_be_in_doubt = states[DeliveryState.IN_DOUBT] or states[DeliveryState.ATTEMPTED]
    changes = mailings.read_policy_changes(connection, until=mailing.finished_at or _LATEST, most=_SHOWN_CHANGES)
    sent = read_plans_sent(connection, mailing.id)
    plans = [
        {
            "hash": each.hash.hex(),
            **_fields(each, "approved_by:approver? sent_at!"),
            "same_account": find_same_account(connection, each.hash) or None,
        }
        for each in sent
    ]
    approval = {
        "plans": plans,
        "added_without_plan": bool(sent) and mailing.plan_hash is None,
        "policy_changes": [
            {"at": at.isoformat(timespec="seconds"), "by": actor, "what": what} for at, actor, what in changes
        ],
    }
    suppressed, unconfirmed = count_dead_refusals(connection, mailing.id)
    refused = states[DeliveryState.REJECTED] or states[DeliveryState.DEFERRED]
    return {
        **_fields(mailing, "mailing:name release:slug headline kind state was_planned halt_reason? planned"),
        **states,
        **_fields(mailing, "created_at started_at finished_at scheduled_at! scheduled_for:scheduled_text? relay"),
        "refusals": [
            dict(zip(("state", "reason", "count", "address", "text"), each, strict=True))
            for each in (history.read_refusals(connection, mailing.id) if refused else ())
        ],
        "dead_addresses": {"suppressed": suppressed, "unconfirmed": unconfirmed},
        "waves": [
            _fields(each, "number state when:told at! recipients started_at reason")
            for each in read_waves(connection, mailing.id)
        ],
        "in_doubt_people": [
            {
                **_fields(each, "address attempted_at attempts relay message_id reason? text?"),
                "came_back": [_fields(sign, "kind status? matched_by source read_at") for sign in each.signs],
            }
            for each in (history.read_doubts(connection, mailing.id, dead=dead) if may_be_in_doubt else ())
        ],
        **({"approval": approval} if sent or changes else {}),
    }


def _deliveries(connection: Connection, mailing: Mailing) -> Iterator[dict[str, Any]]:
    """Yield the deliveries of a mailing as JSON; editions are numbered as those of the release."""
    numbers = read_text_numbers(connection, mailing.id)
    for row in history.read_deliveries(connection, mailing.id):
        yield _fields(row, _DELIVERY) | {"edition": numbers.get(row.edition_id), "came_back": list(row.after)}


def _fields(value: object, names: str) -> dict[str, Any]:
    """Return fields of a value as JSON, each as `key` or `key:field`; with a `?`, an empty value is null.

    Like a shape of `pages.documents`, which this room must not import. Times have milliseconds (a small mailing is over
    within one second), with a `!` none.
    """
    document: dict[str, Any] = {}
    for name in names.split():
        key, _, field = name.rstrip("?!").partition(":")
        found = getattr(value, field or key)
        if isinstance(found, datetime):
            found = found.isoformat(timespec="seconds" if name.endswith("!") else "milliseconds")
        elif isinstance(found, Enum):
            found = found.value
        document[key] = found or None if name.endswith("?") else found
    return document


# Overdue: opt-outs that nobody has honoured within 48 hours, and mailboxes that could not be read and may contain more
# of them. `doctor` uses it, too.


def find_waiting(connection: Connection, settings: Settings, now: datetime) -> Overdue:
    """Find what has been waiting for longer than 48 hours, in the mailboxes that mailer.toml names."""
    read = {each.cursor_name: key for key, each in settings.inbox.items() if each.holds == "returns"}
    return history.find_overdue(connection, now, mailboxes=read)


def overdue_document(connection: Connection, settings: Settings, now: datetime) -> dict[str, Any]:
    """Return what is overdue: opt-outs that matched nobody, and mailboxes that cannot be read."""
    found = find_waiting(connection, settings, now)
    return {
        "opt_outs": [_fields(each, "id from:address? unmatched read_at!") for each in found.opt_outs],
        "mailboxes": [_fields(each, "name failure failed_since!") for each in found.mailboxes],
    }


# Pace: how fast a mailing is being sent now, and what those who are waiting wait for: their turn, their domain's pace,
# or the time of their next attempt.


def pace_document(connection: Connection, settings: Settings, mailing: Mailing, *, now: datetime) -> dict[str, Any]:
    """Return `pace` and `waiting` of a mailing as JSON; empty if nobody is waiting.

    The domains are those with waiting recipients and a pace of their own, from mailer.toml or from their replies.
    """
    pending = open_count(connection, mailing.id, (DeliveryState.PENDING,))
    deferred = open_count(connection, mailing.id, (DeliveryState.DEFERRED,))
    relay = settings.relays.get(mailing.relay)
    if not pending + deferred or relay is None:
        return {}
    rules = settings.pacing.by_domain()
    known = {pace.name: pace for pace in (paces.domain_pace(domain, rule) for domain, rule in rules.items())}
    slowed = [name for name in paces.read_lowered(connection, known, now=now) if name.startswith(paces.DOMAIN)]
    names = sorted({*rules, *(name.removeprefix(paces.DOMAIN) for name in slowed)})
    waiting = paces.waiting_by_domain(connection, mailing.id, names) if names else {}
    domains = []
    for domain in filter(waiting.get, names):
        rule = rules.get(domain, DomainPace())
        lowered, rates = _rates(connection, paces.domain_pace(domain, rule), now)
        next_at = lowered.next_at if lowered.next_at and lowered.next_at > now else None
        own = {"domain": domain, "waiting": waiting[domain], "in_flight": rule.in_flight or None}
        domains.append({**own, "next_at": _to_seconds(next_at), **rates})
    pace = paces.relay_pace(relay)
    lowered, rates = _rates(connection, pace, now)
    day = paces.read_day(connection, pace, now=now)
    return {
        "pace": {
            "relay": {"key": relay.key, "connections": lowered.connections, **rates},
            "day": _fields(day, "used most more_at!") if day.most else None,
            "domains": domains,
        },
        "waiting": {
            "turn": pending - sum(domain["waiting"] for domain in domains),
            "domains": {domain["domain"]: domain["waiting"] for domain in domains},
            "deferred": deferred,
            "next_attempt_at": _to_seconds(next_due_at(connection, mailing.id) if deferred else None),
        },
    }


def _rates(connection: Connection, pace: paces.Pace, now: datetime) -> tuple[paces.Lowered, dict[str, Any]]:
    """Return the present pace, and as JSON: its rate, the configured one, and the time until which it is lower."""
    lowered = paces.read_pace(connection, pace, now=now)
    return lowered, {
        "rate": format_rate(lowered.step_s) if lowered.step_s else None,
        "asked_rate": format_rate(pace.step_s) if pace.step_s else None,
        "asked_connections": pace.connections or None,
        "lowered_for": lowered.reason if lowered.raise_at else None,
        "raise_at": _to_seconds(lowered.raise_at),
    }


def _to_seconds(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds") if time else None
