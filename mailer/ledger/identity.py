"""Identity: which ledger this is, and how far it has come.

Owns the rows of `ledger_info`: the id that a ledger got when it was made, a counter that every run raises, a mark that
is new with each raise (two copies that both went on to the same number differ in it), and who sent last. Never holds
them against anything: `runs.office.guard` does.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from mailer.ledger.tables import event, ledger_info, suppression


@dataclass(frozen=True, slots=True)
class Identity:
    """A ledger's id, the runs it counts, the mark of the newest, and who sent last (`user@host`, empty: nobody yet)."""

    ledger_id: str
    runs: int = 0
    mark: str = ""
    sent_by: str = ""


def read_identity(connection: Connection) -> Identity:
    """Return which ledger this is; one from before runs were counted has none."""
    rows = {row.name: row.value for row in connection.execute(select(ledger_info))}
    return Identity(rows["ledger_id"], int(rows.get("runs", 0)), rows.get("mark", ""), rows.get("sent_by", ""))


def count_events(connection: Connection) -> int:
    """Return how many events were written: events are only ever added, so it is the newest one's number."""
    return connection.execute(select(func.max(event.c.id))).scalar() or 0


def is_worth_keeping(connection: Connection) -> bool:
    """Return whether losing the ledger would harm somebody: it has sent, or it knows who must not be mailed."""
    if read_identity(connection).sent_by:
        return True
    return connection.execute(select(suppression.c.id).limit(1)).first() is not None


def count_run(connection: Connection, *, sent_by: str = "", above: int = 0) -> Identity:
    """Raise the counter by one (or above a number known elsewhere), with a new mark; return what it is now."""
    # whoever raises it takes turns with the others at the one row that is always there
    connection.execute(select(ledger_info.c.value).where(ledger_info.c.name == "ledger_id").with_for_update()).one()
    runs = max(read_identity(connection).runs, above) + 1
    values = {"runs": str(runs), "mark": secrets.token_hex(8)} | ({"sent_by": sent_by} if sent_by else {})
    for name, value in values.items():
        _put(connection, name, value)
    return read_identity(connection)


def note(connection: Connection, name: str, value: str) -> None:
    """Keep a line about the ledger itself, in place of an older one of that name."""
    _put(connection, name, value)


def _put(connection: Connection, name: str, value: str) -> None:
    if not connection.execute(update(ledger_info).where(ledger_info.c.name == name).values(value=value)).rowcount:
        connection.execute(insert(ledger_info).values(name=name, value=value))
