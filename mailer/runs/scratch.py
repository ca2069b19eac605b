"""Scratch: an office whose ledger, keys, time and memory are thrown away, for a rehearsal.

Owns that nothing of a rehearsal is left in the workspace and nothing in its mails works: the staff's files are the real
ones, all that the machine keeps lies in a temporary folder, and the tokens are of keys that nobody keeps.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from mailer.address import known_address
from mailer.config import Memory, passing_keys
from mailer.errors import LedgerProblem
from mailer.ledger import Ledger, open_ledger
from mailer.ledger.deliveries import Planned
from mailer.ledger.mailings import Mailing, full_name
from mailer.runs.office import Office
from mailer.runs.planning.confirm import confirm
from mailer.runs.planning.edition import unpack
from mailer.runs.planning.merge import Merger
from mailer.runs.planning.plan import Plan, Spool
from mailer.settings import Pacing, Relay, Security
from mailer.tokens import Keys, address_digest
from mailer.workspace import Workspace

_URL = "sqlite:///ledger.db"


class Clock:
    """The time of a rehearsal: it goes as ours does, and jumps over what a real run would wait for."""

    def __init__(self, own: Callable[[], datetime]) -> None:
        """Take the clock that it begins with."""
        self._own = own
        self._ahead = timedelta()
        self.started_at = own()

    def now(self) -> datetime:
        """Return the time, as far as the rehearsal is."""
        return self._own() + self._ahead

    def jump_to(self, moment: datetime) -> None:
        """Let the time be this, where it is not later already."""
        self._ahead += max(moment - self.now(), timedelta())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scratch(Workspace):
    """The staff's folder, with another place for what the machine keeps."""

    place: Path

    @property
    def machine(self) -> Path:
        """Return the machine's own folder."""
        return self.place / "machine"


@contextmanager
def scratch_office(office: Office, folder: Path, clock: Clock) -> Iterator[tuple[Office, Ledger]]:
    """Yield the office with a ledger, keys, settings and a memory of its own; all of it lies in the folder.

    Raises:
        LedgerProblem: the ledger cannot be made there.
    """
    ledger = open_ledger(_URL, folder, clock=clock.now)
    if ledger is None:
        raise LedgerProblem("the ledger of the rehearsal cannot be made")
    settings = office.settings
    # without pace and jitter: how long these take is reckoned afterwards, and a rehearsal is to repeat
    settings = replace(settings, pacing=Pacing(), retry=replace(settings.retry, jitter=0.0, stay_s=0.0))
    scratch = replace(
        office,
        workspace=_Scratch(root=office.workspace.root, encoding=office.workspace.encoding, place=folder),
        settings=settings,
        ledger=ledger,
        keys=passing_keys(),
        clock=ledger.now,
        memory=Memory(None),
    )
    try:
        yield scratch, ledger
    finally:
        ledger.close()


def confirm_again(scratch: Office, ledger: Ledger, plan: Plan) -> Mailing:
    """Write the plan into the scratch ledger, each message made again with its keys: they opt nobody out.

    Raises:
        InputProblem: a message cannot be made.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", prefix="mailer-plan-") as file:
        spool = Spool(file)
        for planned in _with_keys(scratch, plan, scratch.keys):
            spool.append(planned)
        request = replace(plan.request, at=None, at_once=False)
        return confirm(scratch, ledger, replace(plan, request=request, spool=spool, existing=None, is_changed=False))


def _with_keys(scratch: Office, plan: Plan, keys: Keys) -> Iterator[Planned]:
    kind = plan.request.kind
    name = full_name(plan.slug, kind, plan.sequence)
    merger = Merger(unpack(plan.edition), mailing=name, kind=kind, keys=keys)
    for planned in plan.spool.read():
        address = known_address(planned.address)
        merged = merger.merge(address, json.loads(planned.merge_row), date=scratch.clock())
        yield replace(
            planned,
            token_id=merged.envelope.delivery,
            address_digest=address_digest(keys, address.key),
            content_hash=merged.content_hash,
            size=len(merged.envelope.data),
            message_id=merged.envelope.message_id,
        )


def stand_in(relay: Relay, host: str, port: int) -> Relay:
    """Return the embedded server in the place of a relay: with its connections, and without its pace and its login."""
    return Relay(
        key=relay.key,
        host=host,
        port=port,
        security=Security.PLAIN,
        connections=relay.connections,
        messages_per_connection=relay.messages_per_connection,
        pipelining=relay.pipelining,
        timeouts=relay.timeouts,
    )
