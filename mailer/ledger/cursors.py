"""Cursors: how far each mailbox is read, when that was, and since when it cannot be.

Owns the rows of `inbox_cursor` and `inbox_seen`; a mailbox is known by `settings.Inbox.cursor_name`. What was read is
known by its bytes (`returns`), so that a cursor only saves work: one that is lost or behind doubles nothing.
`failed_since` is when the first of the failures came that no reading has followed: opt-outs may lie there unheard.
Never goes back within one numbering: two processes may read the same mailbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from mailer.ledger.tables import inbox_cursor, inbox_seen

_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a mailbox is read: an IMAP server's numbering and number, or what of a POP3 mailbox was seen.

    `read_at` is when it was read to its end last; `failed_since` and `failure` are empty where it can be read.
    """

    name: str
    validity: int = 0
    uid: int = 0
    seen: frozenset[bytes] = frozenset()
    read_at: datetime | None = None
    failed_since: datetime | None = None
    failure: str = ""


def read_cursor(connection: Connection, name: str) -> Cursor:
    """Return one cursor in full; a mailbox that was never read has one at the start."""
    seen = frozenset(connection.execute(select(inbox_seen.c.digest).where(inbox_seen.c.name == name)).scalars())
    row = connection.execute(select(inbox_cursor).where(inbox_cursor.c.name == name)).first()
    return Cursor(**row._asdict(), seen=seen) if row is not None else Cursor(name, seen=seen)


def keep_cursor(connection: Connection, cursor: Cursor) -> None:
    """Keep how far a mailbox is read: `validity`, `uid` and `seen` of the cursor."""
    known = read_cursor(connection, cursor.name)
    uid = max(cursor.uid, known.uid) if cursor.validity == known.validity else cursor.uid
    _put(connection, cursor.name, validity=cursor.validity, uid=uid)
    gone, new = sorted(known.seen - cursor.seen), sorted(cursor.seen - known.seen)
    for start in range(0, len(gone), _AT_ONCE):
        part = inbox_seen.c.digest.in_(gone[start : start + _AT_ONCE])
        connection.execute(delete(inbox_seen).where(inbox_seen.c.name == cursor.name, part))
    if new:
        connection.execute(insert(inbox_seen), [{"name": cursor.name, "digest": each} for each in new])


def note_read(connection: Connection, name: str, *, at: datetime) -> None:
    """Remember that a mailbox was read to its end; whatever failed before is over."""
    _put(connection, name, read_at=at, failed_since=None, failure="")


def note_failure(connection: Connection, name: str, failure: str, *, at: datetime) -> None:
    """Remember that a mailbox cannot be read, since when, and why now; `failure` is a sentence without secrets."""
    known = read_cursor(connection, name)
    # NUL is no text to PostgreSQL, and a server may say anything
    _put(connection, name, failed_since=known.failed_since or at, failure=failure.replace("\0", ""))


def _put(connection: Connection, name: str, **values: object) -> None:
    """Change a row, or begin it; whoever writes is alone (`Ledger.writing`)."""
    changed = connection.execute(update(inbox_cursor).where(inbox_cursor.c.name == name).values(**values))
    if not changed.rowcount:
        start = {"validity": 0, "uid": 0, "failure": ""}
        connection.execute(insert(inbox_cursor).values(**(start | {"name": name} | values)))
