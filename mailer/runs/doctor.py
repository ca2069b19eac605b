"""Doctor: is everything at this desk as it must be before mail goes out?

Owns the list of what is looked at, each thing by itself, so that one that is wrong hides no other: settings, keys, the
ledger's place, the mailboxes on servers (one login each), the ledger, its durability, and whether it is the one last
used here. Looking changes nothing, and calls nobody else. Owns also the adopting of a ledger that is refused. Never
asks.
What a new check needs is one more function that gives a `Check`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mailer.config import Memory, find_memory, read_given_keys, read_inbox_credential, read_settings
from mailer.errors import ConfigProblem, LedgerProblem, MailerError, Severity
from mailer.events import DeliveryState
from mailer.ledger import Connection, Ledger, open_ledger
from mailer.ledger.connection import find_damage, read_durability, verify_keys
from mailer.ledger.deliveries import open_count
from mailer.ledger.identity import Identity
from mailer.ledger.mailings import Stamp, read_mailings
from mailer.ledger.place import ledger_file, place_problem
from mailer.runs.mailboxes.checking import look_at_mailboxes
from mailer.runs.office import hold_to_ledger, mark_ledger
from mailer.runs.overdue import find_waiting
from mailer.runs.sending.guard import Found, Guard, Standing, refusal
from mailer.settings import Settings
from mailer.tokens import Keys
from mailer.workspace import Workspace

_LASTING = ({"journal_mode": "wal", "synchronous": "full"}, {"fsync": "on", "synchronous_commit": "on"})
_OPEN = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what is true of it, how bad that is (None: good), and the figures behind it."""

    name: str
    message: str
    severity: Severity | None = None
    hint: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def examine(workspace: Workspace, environ: Mapping[str, str]) -> Iterator[Check]:
    """Look at everything at a desk, and give what was found, in the order in which to mend it."""
    try:
        settings = read_settings(workspace.root, environ)
    except ConfigProblem as problem:
        said = "; ".join(str(each) for each in problem.problems)
        yield _wrong("settings", problem, said)
        return
    yield _settings(settings)
    memory = find_memory(environ)
    yield _memory(memory)
    keys: Keys | None = None
    try:
        keys = read_given_keys(settings, workspace.root, environ)
        yield _keys(keys)
    except ConfigProblem as problem:
        yield _wrong("keys", problem)
    yield _place(settings, workspace)
    yield from _mailboxes(settings, workspace, environ)
    try:
        ledger = open_ledger(settings.ledger.url, workspace.root, create=False)
    except LedgerProblem as problem:
        yield _wrong("ledger", problem)
        return
    if ledger is None:
        yield _own(workspace, None) or Check("ledger", "none yet: made with the first mailing")
        return
    with closing(ledger):
        other = _own(workspace, ledger)
        if other:
            yield other
        yield from _ledger(ledger, keys, Guard(ledger, memory, workspace.root), settings)


def _own(workspace: Workspace, ledger: Ledger | None) -> Check | None:
    """Say where a ledger is not the one that this workspace had before."""
    try:
        hold_to_ledger(workspace, ledger)
    except LedgerProblem as problem:
        return _wrong("own ledger", problem)
    return None


def _wrong(name: str, problem: MailerError, more: str = "") -> Check:
    return Check(name, f"{problem}: {more}" if more else str(problem), Severity.ERROR, problem.hint)


def _keys(keys: Keys | None) -> Check:
    """Say which key is for what: the first names people for good, so that it must be in every backup."""
    if keys is None:
        return Check("keys", "none yet: made with the first mailing", facts={"current": None, "ids": []})
    naming = min(keys.secrets)
    more = f"; key {naming} names people, and stays" if naming != keys.current else ""
    facts = {"current": keys.current, "ids": sorted(keys.secrets)}
    return Check("keys", f"key {keys.current} is in use{more}; keep a copy of them elsewhere", facts=facts)


def _settings(settings: Settings) -> Check:
    facts = {"senders": list(settings.senders), "relays": list(settings.relays)}
    missing = [noun for noun in ("sender", "relay") if not facts[f"{noun}s"]]
    if missing:
        said = f"mailer.toml names no {' and no '.join(missing)} yet"
        return Check("settings", said, Severity.NOTE, "mailer init   writes a start", facts)
    return Check("settings", f"mailer.toml can be used: relay {', '.join(settings.relays)}", facts=facts)


def _memory(memory: Memory) -> Check:
    facts = {"folder": str(memory.folder) if memory.folder else None, "lasts": memory.lasts}
    if memory.lasts:
        return Check("state folder", str(memory.folder), facts=facts)
    said = "there is none that can be written to, so an older ledger put back would not be noticed"
    return Check("state folder", said, Severity.WARNING, "XDG_STATE_HOME can name one that lasts.", facts)


def _place(settings: Settings, workspace: Workspace) -> Check:
    problem = place_problem(settings.ledger.url, workspace.root)
    if problem:
        return _wrong("ledger's place", problem)
    path = ledger_file(settings.ledger.url, workspace.root)
    return Check("ledger's place", str(path) if path else "on a server", facts={"file": str(path) if path else None})


def _mailboxes(settings: Settings, workspace: Workspace, environ: Mapping[str, str]) -> Iterator[Check]:
    root = workspace.root
    found = look_at_mailboxes(
        settings, root, lambda inbox: read_inbox_credential(inbox, root, environ), lambda: datetime.now(UTC)
    )
    for each in found:
        name = f"inbox {each.inbox.key}"
        yield _wrong(name, each.problem) if each.problem else Check(name, each.said)


def _ledger(ledger: Ledger, keys: Keys | None, guard: Guard, settings: Settings) -> Iterator[Check]:
    try:
        with ledger.reading() as connection:
            yield _whole(connection)
            yield _fitting(connection, keys)
            yield _durable(connection)
            yield from _overdue(connection, settings, ledger.now())
        yield _standing(guard.look())
    except LedgerProblem as problem:
        yield _wrong("ledger", problem)


def _whole(connection: Connection) -> Check:
    damage = find_damage(connection)
    if damage:
        return Check("ledger", f"it is damaged: {damage}", Severity.ERROR, "Put back a backup of it; docs/ledger.md.")
    mailings = len(read_mailings(connection))
    return Check("ledger", f"it can be read, all of it ({mailings} mailings)", facts={"mailings": mailings})


def _fitting(connection: Connection, keys: Keys | None) -> Check:
    try:
        known = verify_keys(connection, keys or Keys(0, {}))
    except LedgerProblem as problem:
        return _wrong("ledger's keys", problem)
    return Check("ledger's keys", "they are the ones it was made with" if known else "it has seen none yet")


def _durable(connection: Connection) -> Check:
    facts = read_durability(connection)
    said = ", ".join(f"{name} = {value}" for name, value in facts.items())
    if facts in _LASTING:
        return Check("durability", said, facts=facts)
    hint = "A commit that a power loss can undo is a mail sent twice."
    return Check("durability", said, Severity.ERROR, hint, facts)


def _overdue(connection: Connection, settings: Settings, now: datetime) -> Iterator[Check]:
    """Say which opt-outs wait for longer than 48 hours, and which mailboxes may hold some (standards P5)."""
    found = find_waiting(connection, settings, now)
    if found.opt_outs:
        first = found.opt_outs[0]
        said = f"{len(found.opt_outs)} could be tied to nobody and wait since {first.read_at:%d %B %Y}"
        yield Check(
            "opt-outs", said, Severity.ERROR, "mailer bounces list --unmatched   then: mailer bounces settle ID"
        )
    for each in found.mailboxes:
        said = f"{each.name} cannot be read since {each.failed_since:%d %B %Y}: {each.failure}"
        yield Check("mailbox", said, Severity.ERROR, "Opt-outs may lie in it. Mend it, then: mailer bounces collect")
    if not found:
        yield Check("opt-outs", "none waits for longer than 48 hours")


def _standing(found: Found) -> Check:
    facts = {
        "id": found.identity.ledger_id,
        "runs": found.identity.runs,
        "remembered": found.remembered.runs if found.remembered else None,
        "sent_by": found.identity.sent_by or None,
        "standing": found.standing.value,
    }
    if found.standing is not Standing.GOOD:
        problem = refusal(found)
        return Check("right ledger", str(problem), Severity.ERROR, problem.hint, facts)
    last = f", last sent by {found.identity.sent_by}" if found.identity.sent_by else ""
    said = f"{found.identity.ledger_id}, {found.identity.runs} runs{last}"
    return Check("right ledger", said, facts=facts)


@dataclass(frozen=True, slots=True)
class Adoption:
    """What adopting the ledger of a workspace means, before it is done."""

    workspace: Workspace
    guard: Guard
    found: Found
    refused: LedgerProblem | None
    still_open: list[tuple[str, int]]

    def do(self, stamp: Stamp) -> tuple[Identity, bool]:
        """Make this ledger the right one here; gives it, and False where nothing can be remembered of it."""
        identity, remembered = self.guard.adopt(stamp)
        mark_ledger(self.workspace, identity.ledger_id)
        return identity, remembered


def plan_adoption(workspace: Workspace, ledger: Ledger, memory: Memory) -> Adoption:
    """Say why a ledger is refused (None: it is not), and in which mailings it knows of people still to be sent to."""
    guard = Guard(ledger, memory, workspace.root)
    found = guard.look()
    refused = refusal(found) if found.standing is not Standing.GOOD else None
    try:
        hold_to_ledger(workspace, ledger)
    except LedgerProblem as problem:
        refused = refused or problem
    with ledger.reading() as connection:
        counts = [(each.name, open_count(connection, each.id, _OPEN)) for each in read_mailings(connection)]
    return Adoption(workspace, guard, found, refused, [(name, count) for name, count in counts if count])
