"""Books: the ledger, where it lies, whether it is whole, lasting, and the one that was used here last.

Owns these checks. Looking changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from datetime import datetime

from mailer.config import find_memory, read_given_keys
from mailer.errors import ConfigProblem, LedgerProblem
from mailer.ledger import Connection, Ledger, open_ledger
from mailer.ledger.connection import find_damage, read_durability, verify_keys
from mailer.ledger.mailings import read_mailings
from mailer.ledger.place import ledger_file, place_problem
from mailer.runs.doctor.values import Check, Visit, wrong
from mailer.runs.office import hold_to_ledger
from mailer.runs.overdue import find_waiting
from mailer.runs.sending.guard import Found, Guard, Standing, find_gone, refusal
from mailer.settings import Settings
from mailer.tokens import Keys
from mailer.workspace import Workspace

_LASTING = ({"journal_mode": "wal", "synchronous": "full"}, {"fsync": "on", "synchronous_commit": "on"})


def look_at_place(visit: Visit) -> Iterator[Check]:
    """Yield where the ledger lies, and whether a ledger may lie there."""
    problem = place_problem(visit.settings.ledger.url, visit.workspace.root)
    if problem:
        yield wrong("ledger's place", problem, "ledger-place")
        return
    path = ledger_file(visit.settings.ledger.url, visit.workspace.root)
    yield Check("ledger's place", str(path) if path else "on a server", facts={"file": str(path) if path else None})


def look_at_ledger(visit: Visit) -> Iterator[Check]:
    """Open the ledger, and look at all that is asked of it."""
    workspace, settings = visit.workspace, visit.settings
    keys: Keys | None = None
    with suppress(ConfigProblem):  # told by the check of the keys
        keys = read_given_keys(settings, workspace.root, visit.environ)
    try:
        ledger = open_ledger(settings.ledger.url, workspace.root, create=False)
    except LedgerProblem as problem:
        yield wrong("ledger", problem, "ledger-broken")
        return
    if ledger is None:
        gone = find_gone(find_memory(visit.environ), workspace.root)
        missing = wrong("own ledger", gone, "ledger-other") if gone else _own(workspace, None)
        yield missing or Check("ledger", "none yet: made with the first mailing")
        return
    with closing(ledger):
        other = _own(workspace, ledger)
        if other:
            yield other
        yield from _ledger(ledger, keys, Guard(ledger, find_memory(visit.environ), workspace.root), settings)


def _own(workspace: Workspace, ledger: Ledger | None) -> Check | None:
    """Return where a ledger is not the one that this workspace had before."""
    try:
        hold_to_ledger(workspace, ledger)
    except LedgerProblem as problem:
        return wrong("own ledger", problem, "ledger-other")
    return None


def _ledger(ledger: Ledger, keys: Keys | None, guard: Guard, settings: Settings) -> Iterator[Check]:
    try:
        with ledger.reading() as connection:
            yield _whole(connection)
            yield _fitting(connection, keys)
            yield judge_durability(read_durability(connection))
            yield from _overdue(connection, settings, ledger.now())
        yield _standing(guard.look())
    except LedgerProblem as problem:
        yield wrong("ledger", problem, "ledger-broken")


def _whole(connection: Connection) -> Check:
    damage = find_damage(connection)
    if damage:
        return Check("ledger", f"it is damaged: {damage}", "ledger-damaged", "Put back a backup of it; docs/ledger.md.")
    mailings = len(read_mailings(connection))
    return Check(
        "ledger",
        f"it can be read, all of it ({mailings} mailing{'' if mailings == 1 else 's'})",
        facts={"mailings": mailings},
    )


def _fitting(connection: Connection, keys: Keys | None) -> Check:
    try:
        known = verify_keys(connection, keys or Keys(0, {}))
    except LedgerProblem as problem:
        return wrong("ledger's keys", problem, "ledger-keys")
    return Check("ledger's keys", "they are the ones it was made with" if known else "it has seen none yet")


def judge_durability(facts: Mapping[str, str]) -> Check:
    """Judge what decides whether a commit outlives a power loss, in the database's own words."""
    said = ", ".join(f"{name} = {value}" for name, value in facts.items())
    if facts in _LASTING:
        return Check("durability", said, facts=facts)
    hint = "A commit that a power loss can undo is a mail sent twice."
    return Check("durability", said, "ledger-fleeting", hint, facts)


def _overdue(connection: Connection, settings: Settings, now: datetime) -> Iterator[Check]:
    """Yield which opt-outs wait for longer than 48 hours, and which mailboxes may hold some (standards P5)."""
    found = find_waiting(connection, settings, now)
    if found.opt_outs:
        first = found.opt_outs[0]
        said = f"{len(found.opt_outs)} could be tied to nobody and wait since {first.read_at:%d %B %Y}"
        yield Check(
            "opt-outs", said, "optouts-waiting", "mailer bounces list --unmatched   then: mailer bounces settle ID"
        )
    for each in found.mailboxes:
        said = f"{each.name} cannot be read since {each.failed_since:%d %B %Y}: {each.failure}"
        yield Check("mailbox", said, "mailbox-failing", "Opt-outs may lie in it. Mend it, then: mailer bounces collect")
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
        return Check("right ledger", str(problem), "ledger-older", problem.hint, facts)
    last = f", last sent by {found.identity.sent_by}" if found.identity.sent_by else ""
    said = f"{found.identity.ledger_id}, {found.identity.runs} runs{last}"
    return Check("right ledger", said, facts=facts)
