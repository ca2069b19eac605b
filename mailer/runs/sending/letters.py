"""Letters: deliveries as the bytes that go on the wire.

Owns making each message again from what the ledger kept, holding it against what was approved, and its signature.
Never touches a socket. An embargo that has ended since, or that still stands, is told before a letter is made.
Raises `LedgerProblem` for a message that is not the one that was approved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from mailer.envelope import Envelope
from mailer.errors import LedgerProblem
from mailer.events import Delivery, MailingKind
from mailer.ledger import Ledger
from mailer.ledger.mailings import Mailing, read_edition
from mailer.runs.planning.edition import Text, unpack
from mailer.runs.planning.embargoes import out_of_time
from mailer.runs.planning.merge import Merger
from mailer.runs.sending.patience import Patience
from mailer.runs.sending.signing import Signing
from mailer.tokens import Keys


@dataclass(frozen=True, slots=True)
class Letter:
    """A delivery and its bytes."""

    delivery: Delivery
    envelope: Envelope = field(repr=False)


@dataclass(frozen=True, slots=True)
class Hand:
    """With what letters are made: the keys, the clock that dates them, and the signature where there is one."""

    keys: Keys = field(repr=False)
    clock: Callable[[], datetime]
    signing: Signing | None = None


class Letters:
    """Makes the letters of one mailing; each edition of its text is opened once."""

    def __init__(self, ledger: Ledger, mailing: Mailing, hand: Hand, patience: Patience) -> None:
        """Take the ledger that holds the editions, how long to wait for it, the mailing, what letters are made with."""
        self._ledger = ledger
        self._mailing = mailing
        self._hand = hand
        self._patience = patience
        self._mergers: dict[int, Merger] = {}
        self._texts: dict[int, Text] = {}
        self._opening = asyncio.Lock()

    async def make(self, delivery: Delivery) -> Letter:
        """Make a message again, hold it against what was approved, and sign it.

        Raises:
            LedgerProblem: it is not the one that was approved.
        """
        merger = self._mergers.get(delivery.edition_id) or await self._open(delivery.edition_id)
        now = self._hand.clock()
        envelope = merger.merge_again(delivery.address, delivery.merge_row, date=now, approved=delivery.content_hash)
        if envelope is None:
            raise LedgerProblem(
                f"the mail to {delivery.address} is not the one that was approved; nothing more is sent",
                hint='Was mailer updated meanwhile? `mailer send … --changed "reason"` approves it anew.',
            )
        signing = self._hand.signing
        return Letter(delivery, signing.sign(envelope, now=now) if signing else envelope)

    async def out_of_time(self, delivery: Delivery) -> str:
        """Return why a message must not go out at this moment, by the embargo it was approved under; empty: it may."""
        if self._mailing.kind is not MailingKind.RELEASE:
            return ""
        await self._open(delivery.edition_id)
        text = self._texts[delivery.edition_id]
        return out_of_time(text.embargo_until, is_lifted=text.is_lifted, now=self._hand.clock())

    async def _open(self, edition_id: int) -> Merger:
        async with self._opening:  # all connections ask at once, at the beginning
            if edition_id not in self._mergers:
                self._texts[edition_id] = await self._patience.of(lambda _: self._read_edition(edition_id))
                self._mergers[edition_id] = await asyncio.to_thread(self._merger, self._texts[edition_id])
        return self._mergers[edition_id]

    def _read_edition(self, edition_id: int) -> Text:
        with self._ledger.reading() as connection:
            edition = read_edition(connection, edition_id)
        text = unpack(edition)
        if self._hand.signing is not None:
            self._hand.signing.check_sender(text.ways.sender)
        return text

    def _merger(self, text: Text) -> Merger:
        return Merger(text, mailing=self._mailing.full_name, kind=self._mailing.kind, keys=self._hand.keys)
