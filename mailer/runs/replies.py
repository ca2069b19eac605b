"""Replies: replies from people, for a press office whose staff share the work.

Each reply was collected into the ledger with a guess whether it needs an answer. Here replies are listed, and one is
fetched from its mailbox to be read: the letter is shown and never stored, and nothing in the mailbox changes. Replies
can be assigned, noted and marked as done. If two people act at once, the first wins, and the second learns who that
was; nobody's assignment is taken away unless requested. Raises `InputProblem` if there is no such number or mailing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial

from mailer.address import printable
from mailer.bounces.letter import Letter
from mailer.errors import InputProblem, MailerError, Problem, gather
from mailer.frozen import dataclass
from mailer.inbox.values import Wanted
from mailer.ledger import Connection, Ledger
from mailer.ledger.mailings import read_mailings, require_mailing
from mailer.ledger.returns import Reply, add_note, assign, drop_note, finish, read_replies, reopen
from mailer.runs.office import Office
from mailer.runs.untrusted import read_letter
from mailer.settings import Credential, Inbox

_LONGEST_NAME = 100
_LONGEST_NOTE = 2_000
_TOO_MANY = 2**63  # too large for a database
OPEN, DONE, MINE = "open", "done", "mine"


@dataclass(frozen=True, slots=True)
class Replies:
    """The requested replies, the newest first; `explain`: with the evidence for each guess."""

    replies: tuple[Reply, ...]
    which: str = ""
    explain: bool = False
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class ShownReply:
    """One reply with its letter, and where that was found; `missing` is why there is none, `problems` are failures."""

    reply: Reply
    letter: Letter | None = None
    found_in: str = ""
    missing: str = ""
    problems: tuple[Problem, ...] = ()
    exit_code: int = 0
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Handled:
    """What was done to replies (`assigned`, `unassigned`, `done`, `reopened`, `noted`, `unnoted`), as they are now.

    `refused` has the others by number, with the reason: who is working on it, or its state already.
    """

    what: str
    replies: tuple[Reply, ...]
    refused: tuple[tuple[int, str], ...] = ()


def list_replies(
    office: Office, name: str = "", *, which: str = "", explain: bool = False, before: int = 0, most: int | None = None
) -> Replies:
    """Return the replies to a mailing, or to all mailings of a release, or to everything (default).

    `which`: `OPEN` (they wait for an answer), `DONE`, or `MINE` (open, and assigned to the current user). At most
    `most` are returned, those after the one with the number `before`.
    """
    if office.ledger is None and name:
        raise InputProblem("nothing was sent from here yet", hint="mailer send RELEASE --to LIST --dry-run")
    found: list[Reply] = []
    if office.ledger is not None:
        with office.ledger.reading() as connection:
            is_release = name in {each.slug for each in read_mailings(connection)} if name else False
            found = read_replies(
                connection,
                slug=name if is_release else "",
                mailing_id=require_mailing(connection, name).id if name and not is_release else 0,
                is_open=which in {OPEN, MINE},
                is_done=which == DONE,
                is_assigned=which == MINE,
                before=before,
                most=None if most is None or which == MINE else most + 1,
            )
    if which == MINE:
        own = {office.actor.casefold(), own_name(office).casefold()}
        found = [each for each in found if each.assigned.casefold() in own]
    return Replies(tuple(found[:most]), which, explain, has_more=most is not None and len(found) > most)


def read_reply(office: Office, number: int) -> Reply:
    """Return one reply, without its letter."""
    if office.ledger is None:
        raise _unknown([number])
    with office.ledger.reading() as connection:
        return _require(connection, [number])[0]


def own_name(office: Office) -> str:
    """Return the name under which replies are assigned to the current user."""
    return office.actor.partition("@")[0]


def show_reply(
    office: Office, number: int, credential: Callable[[Inbox], Credential | None], *, whole: bool = False
) -> ShownReply:
    """Return one reply with its letter, fetched from a mailbox: first from where it was read, then from the others.

    A mailbox that cannot be searched is among the `problems`; the others are still searched.
    """
    from mailer.inbox.mailbox import inbox_path  # noqa: PLC0415 - listing needs no mailbox, and no library for it
    from mailer.runs.mailboxes import MailboxAccess  # noqa: PLC0415 - as above

    reply = read_reply(office, number)
    root, errors = office.workspace.root, list[MailerError]()

    def is_source(inbox: Inbox) -> bool:
        url = str(inbox_path(inbox.url, root)) if inbox.is_file else inbox.url.rstrip("/")
        return reply.source.startswith(url)

    inboxes = [each.replace(after="keep") for each in office.settings.inbox.values() if each.holds == "returns"]
    for each in sorted(inboxes, key=is_source, reverse=True):
        try:
            with closing(MailboxAccess(each, root, partial(credential, each), clock=office.clock).open()) as mailbox:
                found = mailbox.find(Wanted(reply.source, reply.digest, reply.message_id))
            if found is not None:
                return ShownReply(reply, read_letter(found), found.source, is_whole=whole)
        except MailerError as error:
            errors.append(error)
    missing = "The mailbox no longer has it: it was deleted, or moved to another account."
    if not any(map(is_source, inboxes)):
        missing = f"It was read from {reply.source}, which is not a mailbox in mailer.toml: open it there."
    elif errors:
        missing = "It could not be fetched."
    problems = tuple(problem for error in errors for problem in gather(error))
    return ShownReply(reply, None, "", missing, problems, max((each.exit_code for each in errors), default=0))


def assign_replies(
    office: Office, ledger: Ledger, numbers: Sequence[int], name: str, *, take_over: bool = False
) -> Handled:
    """Assign replies to someone, or (an empty name) to nobody; `take_over`: also those that are assigned to others."""
    name = printable(name.strip(), _LONGEST_NAME)

    def one(connection: Connection, reply: Reply) -> str:
        if reply.done_at is not None:
            return f"{_since(reply)}. To open it again: mailer replies done {reply.id} --undo"
        if name and reply.assigned and reply.assigned.casefold() != name.casefold() and not take_over:
            instead = f'mailer replies assign {reply.id} "{name}" --take-over'
            since = f"since {reply.assigned_at:%Y-%m-%d %H:%M} UTC, by {reply.assigned_by}"
            return f"is assigned to {reply.assigned} ({since}). To take it over: {instead}"
        if not name and not reply.assigned:
            return "is assigned to nobody"
        was_first = assign(connection, reply, name, stamp=office.stamp())
        return "" if was_first else "was just changed by another user; reload it"

    return _handle(ledger, numbers, "assigned" if name else "unassigned", one)


def finish_replies(office: Office, ledger: Ledger, numbers: Sequence[int], *, undo: bool = False) -> Handled:
    """Mark replies as done, or (`undo`) as open again."""

    def one(connection: Connection, reply: Reply) -> str:
        if undo:
            return "" if reopen(connection, reply) else "is not done"
        was_first = finish(connection, reply, stamp=office.stamp())
        return "" if was_first else _since(_require(connection, [reply.id])[0])

    return _handle(ledger, numbers, "reopened" if undo else "done", one)


def note_reply(office: Office, ledger: Ledger, number: int, text: str, *, undo: bool = False) -> Handled:
    """Add a note to a reply, or (`undo`) remove the newest one."""
    note = printable(" ".join(text.split()), _LONGEST_NOTE)
    if not note and not undo:
        raise InputProblem("there is nothing to note", hint=f'mailer replies note {number} "Called back"')

    def one(connection: Connection, reply: Reply) -> str:
        if undo:
            return "" if drop_note(connection, reply) else "has no note"
        add_note(connection, reply, note, stamp=office.stamp())
        return ""

    return _handle(ledger, [number], "unnoted" if undo else "noted", one)


def _handle(ledger: Ledger, numbers: Sequence[int], what: str, one: Callable[[Connection, Reply], str]) -> Handled:
    """Apply `one` to each of these replies in one transaction; it returns why it was refused, or an empty text."""
    with ledger.writing() as connection:
        refused = {each.id: why for each in _require(connection, numbers) if (why := one(connection, each))}
        changed = [each for each in numbers if each not in refused]
        return Handled(what, tuple(_require(connection, changed)), tuple(refused.items()))


def _since(reply: Reply) -> str:
    return f"is done already, since {reply.done_at:%Y-%m-%d %H:%M} UTC, by {reply.done_by}"


def _require(connection: Connection, numbers: Sequence[int]) -> list[Reply]:
    found = {each.id: each for each in read_replies(connection, ids=[n for n in numbers if n < _TOO_MANY])}
    if gone := [each for each in numbers if each not in found]:
        raise _unknown(gone)
    return [found[each] for each in dict.fromkeys(numbers)]


def _unknown(numbers: Sequence[int]) -> InputProblem:
    named = ", ".join(map(str, numbers))
    return InputProblem(f"there is no reply {named}", hint="mailer replies   lists them, with their numbers")
