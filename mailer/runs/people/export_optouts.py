"""Export optouts: suppressions as a file for other tools, and for ourselves.

Owns the three forms (`csv` and `json`, which can be imported again, and `listmonk`). Rows are written as they are read.
Whoever was forgotten has no address, and is counted instead. Formulas are neutralised (standards L11). What a form
cannot express is left out, never widened: listmonk blocks a person from everything, so that who refused one list alone,
and a domain or an outlet, are not in its file; `count_left_out` counts them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from mailer.contacts.exporting import render_csv
from mailer.ledger import Connection
from mailer.ledger.blocklist import Wanted, stream_suppressions
from mailer.ledger.scopes import EVERYWHERE, PERSON
from mailer.ledger.suppressions import Suppression

FORMS: Final = ("csv", "listmonk", "json")
_WITH_SCOPES: Final = ("csv", "json")
_HEAD: Final = ("email", "reason", "scope", "since", "source", "note")


def export_optouts(connection: Connection, wanted: Wanted, *, form: str) -> Iterator[str]:
    """Return the text of the file, a piece at a time; `form` is one of `FORMS`."""
    return _written((each for each in stream_suppressions(connection, wanted) if each.address), form)


def count_left_out(connection: Connection, wanted: Wanted, *, form: str) -> int:
    """Count the suppressions with an address that a form cannot express."""
    found = stream_suppressions(connection, wanted)
    return 0 if form in _WITH_SCOPES else sum(1 for each in found if each.address and not _fits(each, form))


def _fits(each: Suppression, form: str) -> bool:
    return form in _WITH_SCOPES or (each.subject == PERSON and each.scope == EVERYWHERE)


def export_nothing(form: str) -> Iterator[str]:
    """Return the file of somebody who has no ledger yet: its header alone."""
    return _written(iter(()), form)


def _written(rows: Iterator[Suppression], form: str) -> Iterator[str]:
    if form == "json":
        return _json(rows)
    if form == "listmonk":
        return render_csv(_listmonk(each for each in rows if _fits(each, form)))
    return render_csv(_rows(rows))


def _rows(rows: Iterator[Suppression]) -> Iterator[tuple[str, ...]]:
    yield _HEAD
    for each in rows:
        since = each.created_at.isoformat(timespec="seconds")
        yield (each.address, each.reason, each.scope, since, each.source, each.note)


def _listmonk(rows: Iterator[Suppression]) -> Iterator[tuple[str, ...]]:
    """Yield what listmonk's import in the mode "blocklist" takes; the state lets others, and us, read it too."""
    yield ("email", "name", "attributes", "status")
    for each in rows:
        yield (each.address, "", json.dumps({"reason": each.reason}), "blocklisted")


def _json(rows: Iterator[Suppression]) -> Iterator[str]:
    yield '{"suppressed": ['
    for number, each in enumerate(rows):
        found = dict(zip(_HEAD, (each.address, each.reason, each.scope), strict=False))
        found |= {"since": each.created_at.isoformat(timespec="seconds"), "source": each.source, "note": each.note}
        yield ("," if number else "") + "\n " + json.dumps(found, ensure_ascii=False)
    yield "\n]}\n"
