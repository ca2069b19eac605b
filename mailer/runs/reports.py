"""Reports: what became of a mailing, in figures and person by person, and what is waiting or overdue.

Owns the JSON of `send`, `status` and `report` (DESIGN §9) and the rows of `--csv`. Figures are the mailing's so far,
not one command's. The words are honest: accepted by the relay, never “delivered” (standards U6). Reads only: what is
lowered, how full the day is and what waits stand in the ledger; what was asked for stands in the settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailer.contacts.exporting import render_csv
from mailer.contacts.traces import FORGOTTEN
from mailer.errors import InputProblem, Problem
from mailer.events import DeliveryState, MailingKind
from mailer.ledger import Connection, Ledger
from mailer.ledger.absences import read_absences
from mailer.ledger.deliveries import next_due_at, open_count
from mailer.ledger.doubts import Doubt, read_doubts
from mailer.ledger.history import Books, Told, read_books, read_bounce_reasons, read_deliveries, read_refusals
from mailer.ledger.mailings import Mailing, read_mailings, require_mailing
from mailer.ledger.overdue import Overdue, find_overdue
from mailer.ledger.pacing import (
    Lowered,
    Pace,
    domain_pace,
    read_day,
    read_lowered,
    read_pace,
    relay_pace,
    waiting_by_domain,
)
from mailer.ledger.processes import dead_owners
from mailer.ledger.refused import count_dead_refusals
from mailer.ledger.returned import Answer, read_answers, read_unheard
from mailer.runs.collect.applying import read_alarms
from mailer.runs.office import Office
from mailer.runs.reconcile import Proof, Reconciled
from mailer.settings import DomainPace, Relay, Settings, say_rate

NOTHING_SENT = "nothing was sent from here yet"
COLUMNS = (
    *("address", "state", "reason", "code", "enhanced", "text", "message_id", "relay", "attempts"),
    *("attempted_at", "finished_at", "next_attempt_at", "list", "row", "came_back"),
)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a mailing so far, as `mailing_document` has it; `now` says whether its moment has come."""

    figures: Mapping[str, Any]
    now: datetime


@dataclass(frozen=True, slots=True)
class Status(Report):
    """The same, for whoever wants to know what it is doing and what can be done next."""


@dataclass(frozen=True, slots=True)
class Outcome(Report):
    """The same, at the end of a command that worked on the mailing."""

    @property
    def is_nobodys(self) -> bool:
        """Return whether nobody got it."""
        return bool(self.figures["planned"]) and not self.figures["accepted"]

    @property
    def is_done(self) -> bool:
        """Return whether everybody who was not skipped is accepted, and that is not nobody."""
        done = self.figures["accepted"] + self.figures["skipped"] == self.figures["planned"]
        return done and not self.is_nobodys


@dataclass(frozen=True, slots=True)
class Overview:
    """All mailings, and what waits for longer than 48 hours."""

    mailings: tuple[Mapping[str, Any], ...]
    overdue: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Unheard:
    """Who got a mailing and was not heard of in any way; None is somebody forgotten."""

    mailing: str
    unheard: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Settlement:
    """A mailing after those in doubt were looked for: who was settled, by what proof, and where that was searched.

    In a dry run nobody was settled yet, and `figures` has those in doubt who would be left.
    """

    figures: Mapping[str, Any]
    dry_run: bool
    settled: tuple[Proof, ...]
    looked_in: tuple[str, ...]
    errors: tuple[Mapping[str, str], ...]
    problems: tuple[Problem, ...]


def read_settlement(ledger: Ledger, told: Reconciled, *, dry_run: bool) -> Settlement:
    """Return a mailing as it stands after `reconcile`."""
    with ledger.reading() as connection:
        figures = mailing_document(connection, require_mailing(connection, told.mailing.full_name))
    if dry_run:
        left = {doubt.message_id for doubt in told.left}
        figures["in_doubt_people"] = [each for each in figures["in_doubt_people"] if each["message_id"] in left]
    errors = tuple({"code": error.code, "message": str(error), "hint": error.hint} for error in told.errors)
    return Settlement(figures, dry_run, tuple(told.settled), tuple(told.looked_in), errors, tuple(told.problems))


def read_report(office: Office, name: str = "", *, deliveries: bool = False) -> Report:
    """Return what became of a mailing (default: the newest).

    Raises:
        InputProblem: nothing was sent yet, or there is no such mailing.
        LedgerProblem: the books do not balance.
    """
    with _opened(office, name) as (connection, mailing):
        return Report(_whole(office, connection, mailing, deliveries=deliveries), office.clock())


def read_status(office: Office, name: str, *, deliveries: bool = False) -> Status:
    """Return what a mailing is doing. Raises as `read_report`."""
    with _opened(office, name) as (connection, mailing):
        now = office.clock()
        standing = standing_document(connection, office.settings, mailing, now=now)
        return Status(_whole(office, connection, mailing, deliveries=deliveries, standing=standing), now)


def read_outcome(office: Office, ledger: Ledger, name: str) -> Outcome:
    """Return what became of a mailing that a command worked on."""
    with ledger.reading() as connection:
        found = require_mailing(connection, name)
        return Outcome(mailing_document(connection, found), office.clock())


def read_overview(office: Office) -> Overview:
    """Return all mailings, the newest first."""
    if office.ledger is None:
        return Overview((), {"opt_outs": [], "mailboxes": []})
    with office.ledger.reading() as connection:
        found = tuple(mailing_document(connection, each) for each in read_mailings(connection))
        return Overview(found, overdue_document(connection, office.settings, office.clock()))


def read_silent(office: Office, name: str = "") -> Unheard:
    """Return who has not been heard of since. Raises as `read_report`."""
    with _opened(office, name) as (connection, mailing):
        return Unheard(name or mailing.name, tuple(each or None for each in read_unheard(connection, mailing.id)))


def read_csv(office: Office, name: str = "") -> Iterator[str]:
    """Yield every recipient as a line of CSV. Raises as `read_report`."""
    with _opened(office, name) as (connection, mailing):
        yield from render_csv(_delivery_rows(connection, mailing))


@contextmanager
def _opened(office: Office, name: str) -> Iterator[tuple[Connection, Mailing]]:
    if office.ledger is None:
        raise InputProblem(NOTHING_SENT, hint="mailer send RELEASE --to LIST --dry-run")
    with office.ledger.reading() as connection:
        if name:
            yield connection, require_mailing(connection, name)
            return
        found = read_mailings(connection)
        real = [each for each in found if each.kind is MailingKind.RELEASE] or found
        if not real:
            raise InputProblem(NOTHING_SENT, hint="mailer send RELEASE --to LIST --dry-run")
        yield connection, real[0]


def _whole(
    office: Office,
    connection: Connection,
    mailing: Mailing,
    *,
    deliveries: bool,
    standing: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return all figures of a mailing, with its alarms: where too much came back that is about us, or is dead."""
    dead = dead_owners(connection, office.workspace.machine / "run", now=office.clock())
    return {
        **mailing_document(connection, mailing, deliveries=deliveries, dead=dead),
        **(standing or {}),
        "alarms": [str(each) for each in read_alarms(office, connection, mailing.id)],
        "overdue": overdue_document(connection, office.settings, office.clock()),
    }


def mailing_document(
    connection: Connection, mailing: Mailing, *, deliveries: bool = False, dead: Sequence[str] = ()
) -> dict[str, Any]:
    """Return a mailing as the JSON document that other programs may rely on.

    `dead` names processes that died and are not freed yet: whom they had attempted is among `in_doubt_people`, although
    the figures still have them as attempted.

    Raises:
        LedgerProblem: the books do not balance.
    """
    books = read_books(connection, mailing)
    document: dict[str, Any] = {
        "mailing": mailing.name,
        "release": mailing.slug,
        "headline": mailing.headline,
        "kind": mailing.kind.value,
        "state": mailing.state.value,
        "was_planned": mailing.was_planned,
        "halt_reason": mailing.halt_reason or None,
        "planned": mailing.planned,
        **books.states,
        "retried": books.retried,
        "left_out": dict(mailing.left_out),
        "skipped_reasons": books.skipped_reasons,
        "bounced": {"hard": books.after["hard"], "soft": books.after["soft"]},
        "complained": books.after["complained"],
        "opted_out": books.after["opted_out"],
        "auto_replied": books.after["auto_replied"],
        "moved": books.after["moved"],
        "challenged": books.after["challenged"],
        "replied": books.after["replied"],
        "bounce_reasons": read_bounce_reasons(connection, mailing.id),
        "created_at": _iso(mailing.created_at),
        "started_at": _iso(mailing.started_at),
        "finished_at": _iso(mailing.finished_at),
        "scheduled_at": mailing.scheduled_at.isoformat(timespec="seconds") if mailing.scheduled_at else None,
        "scheduled_for": mailing.scheduled_text or None,
        "relay": mailing.relay,
        "bytes": books.bytes_accepted,
        "refusals": [
            {"state": state, "reason": reason, "count": count, "address": address, "text": text}
            for state, reason, count, address, text in read_refusals(connection, mailing.id)
        ],
    }
    confirmed, unconfirmed = count_dead_refusals(connection, mailing.id)
    document["dead_addresses"] = {"suppressed": confirmed, "unconfirmed": unconfirmed}
    document["absences"] = [
        {"address": each.address or None, "until": each.until.date().isoformat()}
        for each in read_absences(connection, mailing.id)
    ]
    document["answers"] = [answer_document(answer) for answer in read_answers(connection, mailing.id)]
    document["unheard"] = len(read_unheard(connection, mailing.id))
    document["in_doubt_people"] = [doubt_document(doubt) for doubt in read_doubts(connection, mailing.id, dead=dead)]
    if deliveries:
        document["deliveries"] = [delivery_document(told) for told in read_deliveries(connection, mailing.id)]
    return document


def answer_document(answer: Answer) -> dict[str, Any]:
    """Return a person's answer as JSON: who got the mail, who wrote, about what, and when it was read."""
    return {
        "address": answer.address or None,
        "from": answer.sender or None,
        "subject": answer.subject,
        "read_at": _iso(answer.read_at),
    }


def doubt_document(doubt: Doubt) -> dict[str, Any]:
    """Return what is known of somebody in doubt as JSON; `text` has the connection's last words, where it had any."""
    return {
        "address": doubt.address,
        "attempted_at": _iso(doubt.attempted_at),
        "attempts": doubt.attempts,
        "relay": doubt.relay,
        "message_id": doubt.message_id,
        "reason": doubt.reason or None,
        "text": doubt.text or None,
        "came_back": [
            {
                "kind": sign.kind,
                "status": sign.status or None,
                "matched_by": sign.matched_by,
                "source": sign.source,
                "read_at": _iso(sign.read_at),
            }
            for sign in doubt.signs
        ],
    }


def delivery_document(told: Told) -> dict[str, Any]:
    """Return one delivery as JSON."""
    return {
        "address": told.address,
        "state": told.state,
        "reason": told.reason or None,
        "code": told.code,
        "enhanced": told.enhanced or None,
        "text": told.text or None,
        "message_id": told.message_id,
        "relay": told.relay or None,
        "attempts": told.attempts,
        "attempted_at": _iso(told.attempted_at),
        "finished_at": _iso(told.finished_at),
        "next_attempt_at": _iso(told.next_attempt_at),
        "list": told.list_name,
        "row": told.row,
        "came_back": list(told.after),
    }


def _delivery_rows(connection: Connection, mailing: Mailing) -> Iterator[tuple[str, ...]]:
    """Yield the header and one row for every delivery, for `--csv` (cells are neutralised by whoever writes them)."""
    yield COLUMNS
    for told in read_deliveries(connection, mailing.id):
        document = delivery_document(told) | {"came_back": " ".join(told.after)}
        document["address"] = told.address or FORGOTTEN
        yield tuple("" if document[name] is None else str(document[name]) for name in COLUMNS)


def unfinished(books: Books) -> int:
    """Count the people of a mailing who were not skipped and whom the relay has not taken."""
    good = (DeliveryState.ACCEPTED, DeliveryState.SKIPPED)
    return sum(count for state, count in books.states.items() if DeliveryState(state) not in good)


def _iso(time: datetime | None) -> str | None:
    """Return a time with its milliseconds: a small mailing is over within one second."""
    return time.isoformat(timespec="milliseconds") if time else None


# Overdue: opt-outs that nobody has honoured within 48 hours (standards P5), and mailboxes that could not be read, where
# more of them may lie. `doctor` asks too.


def find_waiting(connection: Connection, settings: Settings, now: datetime) -> Overdue:
    """Find what waits for longer than 48 hours, in the mailboxes that mailer.toml names."""
    read = {each.cursor_name: key for key, each in settings.inbox.items() if each.holds == "returns"}
    return find_overdue(connection, now, mailboxes=read)


def overdue_document(connection: Connection, settings: Settings, now: datetime) -> dict[str, Any]:
    """Return what is overdue: opt-outs that could be tied to nobody, and mailboxes that cannot be read."""
    found = find_waiting(connection, settings, now)
    return {
        "opt_outs": [
            {
                "id": each.id,
                "from": each.address or None,
                "unmatched": each.unmatched,
                "read_at": each.read_at.isoformat(timespec="seconds"),
            }
            for each in found.opt_outs
        ],
        "mailboxes": [
            {
                "name": each.name,
                "failed_since": each.failed_since.isoformat(timespec="seconds"),
                "failure": each.failure,
            }
            for each in found.mailboxes
        ],
    }


# Standing: at what pace a mailing goes just now, and what those who wait are waiting for: their turn, their domain's
# pace, or the moment of their next attempt.


def standing_document(connection: Connection, settings: Settings, mailing: Mailing, *, now: datetime) -> dict[str, Any]:
    """Return `pace` and `waiting` of a mailing as JSON; empty where nobody waits."""
    pending = open_count(connection, mailing.id, (DeliveryState.PENDING,))
    deferred = open_count(connection, mailing.id, (DeliveryState.DEFERRED,))
    relay = settings.relays.get(mailing.relay)
    if not pending + deferred or relay is None:
        return {}
    domains = _domains(connection, settings, mailing, now)
    day = read_day(connection, relay_pace(relay), now=now)
    due = next_due_at(connection, mailing.id) if deferred else None
    return {
        "pace": {
            "relay": _pace(connection, relay, now),
            "day": {"used": day.used, "most": day.most, "more_at": _to_seconds(day.more_at)} if day.most else None,
            "domains": domains,
        },
        "waiting": {
            "turn": pending - sum(domain["waiting"] for domain in domains),
            "domains": {domain["domain"]: domain["waiting"] for domain in domains if domain["waiting"]},
            "deferred": deferred,
            "next_attempt_at": _to_seconds(due),
        },
    }


def _pace(connection: Connection, relay: Relay, now: datetime) -> dict[str, Any]:
    pace = relay_pace(relay)
    lowered = read_pace(connection, pace, now=now)
    return {"key": relay.key, "connections": lowered.connections, **_rates(pace, lowered)}


def _domains(connection: Connection, settings: Settings, mailing: Mailing, now: datetime) -> list[dict[str, Any]]:
    """Return the domains that have a pace of their own, by mailer.toml or by their words, and people who wait."""
    rules = settings.pacing.by_domain()
    known = {pace.name: pace for pace in (domain_pace(domain, rule) for domain, rule in rules.items())}
    found = read_lowered(connection, known, now=now)
    slowed = {name.removeprefix("domain:") for name in found if name.startswith("domain:")}
    names = sorted({*rules, *slowed})
    waiting = waiting_by_domain(connection, mailing.id, names) if names else {}
    documents = []
    for domain in names:
        rule = rules.get(domain, DomainPace())
        pace = domain_pace(domain, rule)
        lowered = read_pace(connection, pace, now=now)
        if waiting.get(domain):
            documents.append(
                {
                    "domain": domain,
                    "waiting": waiting[domain],
                    "in_flight": rule.in_flight or None,
                    "next_at": _to_seconds(lowered.next_at) if lowered.next_at and lowered.next_at > now else None,
                    **_rates(pace, lowered),
                }
            )
    return documents


def _rates(pace: Pace, lowered: Lowered) -> dict[str, Any]:
    """Return the rate as it is, as it was asked for, and until when it is lower."""
    return {
        "rate": say_rate(lowered.step_s) if lowered.step_s else None,
        "asked_rate": say_rate(pace.step_s) if pace.step_s else None,
        "asked_connections": pace.connections or None,
        "lowered_for": lowered.reason if lowered.raise_at else None,
        "raise_at": _to_seconds(lowered.raise_at),
    }


def _to_seconds(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds") if time else None
