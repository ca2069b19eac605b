"""Reconcile: settles deliveries in doubt if something proves that the relay accepted the mail.

Owns what counts as proof, and the evidence that is recorded with the step. There are two kinds: a returned message with
our token or our Message-ID (both contain eight secret bytes that only the mail reveals), or a copy with our Message-ID
where copies of sent mail are kept (a Sent mailbox, a journal). Both settle the delivery as accepted; a bounce then
counts as well, as after any acceptance. A message that was only matched by its recipient may be about other mail, and
anybody could have written it: it is shown and proves nothing.

If no copy is found, that proves nothing: many relays keep none, some replace the Message-ID, and searches lag. So
nothing is ever settled as “not sent” here, and nothing is sent again: only staff do that (`steer`). Gaps: a letter
counts as an answer only if it names our Message-ID (RFC 5322 §3.6.4), as nearly every mail program does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from mailer.errors import MailerError, Problem
from mailer.events import EventKind
from mailer.frozen import dataclass, field
from mailer.inbox.values import Copies
from mailer.ledger import Connection, Ledger
from mailer.ledger.deliveries import Step, move_idle
from mailer.ledger.history import Doubt, Sign, read_doubts
from mailer.ledger.mailings import Mailing, require_mailing
from mailer.ledger.processes import free_dead_processes
from mailer.ledger.returns import Finding
from mailer.runs.office import Office

BY_RETURN, BY_COPY = "by_return", "by_copy"
_PROOF = frozenset({"token", "message-id"})
_SIGNS = {  # by the first part of its kind
    "optout": "an opt-out",
    "bounce": "a bounce",
    "feedback": "a complaint",
    "moved": "an automatic reply",
    "challenge": "a challenge",
    "delayed": "a notice of delay",
    "delivered": "a delivery report",
    "autoreply": "an automatic reply",
    "reply": "an answer",
}


@dataclass(frozen=True, slots=True)
class Archive:
    """A place where copies of sent mail are kept: its name for people, and a search of it by Message-ID (`<…>`).

    The search raises a `MailerError` if it cannot search at all.
    """

    name: str
    find: Callable[[Sequence[str]], Copies]


@dataclass(frozen=True, slots=True)
class Proof:
    """A delivery in doubt that the relay has been proved to have accepted, and the evidence in words."""

    doubt: Doubt
    reason: str
    evidence: str
    state: str = "accepted"


@dataclass(slots=True)
class Reconciled:
    """What was settled and what is left in doubt. `errors` are those of places that could not be searched."""

    mailing: Mailing
    settled: list[Proof] = field(default_factory=list)
    left: list[Doubt] = field(default_factory=list)
    looked_in: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    errors: list[MailerError] = field(default_factory=list)


def reconcile(
    office: Office, ledger: Ledger, name: str, archives: Iterable[Archive] = (), *, dry_run: bool = False
) -> Reconciled:
    """Settle the deliveries in doubt of a mailing for which there is proof; with `dry_run`, only list them.

    If a place cannot be searched, the others still are. No transaction is open during a search.
    Raises InputProblem if there is no such mailing.
    """
    free_dead_processes(ledger, office.workspace.make_machine_folder("run"), now=office.clock())
    with ledger.reading() as connection:
        mailing = require_mailing(connection, name)
        doubts = read_doubts(connection, mailing.id)
    result = Reconciled(mailing)
    proofs: list[Proof] = []
    for doubt in doubts:
        sign = next((sign for sign in doubt.signs if sign.matched_by in _PROOF), None)
        if sign is not None:
            proofs.append(Proof(doubt, BY_RETURN, _evidence(sign)))
    for archive in archives:
        proved = {proof.doubt.delivery_id for proof in proofs}
        left = [doubt for doubt in doubts if doubt.delivery_id not in proved]
        if not left:  # nothing to search for
            break
        try:
            copies = archive.find([doubt.message_id for doubt in left])
        except MailerError as error:
            result.errors.append(error)
            continue
        result.looked_in.append(archive.name)
        result.problems += copies.problems
        proofs += (
            Proof(doubt, BY_COPY, f"a copy with its Message-ID is in {copies.where[doubt.message_id]}")
            for doubt in left
            if doubt.message_id in copies.where
        )
    if dry_run:
        proved = {proof.doubt.delivery_id for proof in proofs}
        result.settled, result.left = proofs, [doubt for doubt in doubts if doubt.delivery_id not in proved]
        return result
    with ledger.writing() as connection:
        for proof in proofs:
            step = Step(EventKind.ACCEPTED, proof.reason, proof.evidence)
            digests = [proof.doubt.address_digest]
            # one that is no longer in doubt, because someone was faster, is not moved
            if move_idle(connection, mailing.id, step, stamp=office.stamp(), digests=digests):
                result.settled.append(proof)
    with ledger.reading() as connection:
        result.left = read_doubts(connection, mailing.id)
    return result


def settle_by_return(connection: Connection, office: Office, found: Finding, *, source: str, at: datetime) -> bool:
    """Settle the delivery of a finding if it is in doubt and the finding proves that the relay accepted it."""
    if found.sent is None or found.matched_by not in _PROOF:
        return False
    sign = Sign(found.kind, found.matched_by, found.status, source, at)
    step = Step(EventKind.ACCEPTED, BY_RETURN, _evidence(sign))
    digests = [found.sent.address_digest]
    return bool(move_idle(connection, found.sent.mailing_id, step, stamp=office.stamp(), digests=digests))


def _evidence(sign: Sign) -> str:
    """Return the evidence in words: what came back, and how it was matched."""
    noun = _SIGNS.get(sign.kind.partition("-")[0], sign.kind)
    status = f" ({sign.status})" if sign.status else ""
    match = {"token": "with our token", "message-id": "with our Message-ID"}.get(sign.matched_by, "to their address")
    return f"{noun}{status} {match} came back: {sign.source}, read {sign.read_at:%Y-%m-%d %H:%M} UTC"
