"""Merge: one person's exact message, the same in dry run, run and retry.

Owns the joining of text, person and tokens into an `Envelope`. Everything in it derives from the edition, the person
and the keys; only the Date is the moment's. Never touches a file, a socket or the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mailer.address import Address, known_address
from mailer.contacts.values import Contact, whole_fields
from mailer.envelope import Envelope, optout_mailto, optout_url, tagged_address
from mailer.events import MailingKind
from mailer.message import (
    Addressee,
    Frame,
    Rendered,
    Stencil,
    compose_frame,
    compose_message,
    compose_parts,
    content_hash,
    mailing_context,
    person_context,
)
from mailer.runs.edition import Text
from mailer.runs.stencils import Stencils, stencil_values
from mailer.tokens import Keys, Purpose, delivery_id, make_token

TEST_MARK = "[TEST] "  # put there by us: a family of the staff's own could forget it


@dataclass(frozen=True, slots=True)
class Merged:
    """One message ready for the wire, with what is remembered of it."""

    envelope: Envelope = field(repr=False)
    content_hash: bytes
    rendered: Rendered = field(repr=False)
    optouts: tuple[str, ...]


class Merger:
    """Makes the messages of one mailing; what they share is made once."""

    def __init__(self, text: Text, *, mailing: str, kind: MailingKind, keys: Keys) -> None:
        """Take an unpacked edition, the mailing's full name (`slug/kind-N`) and the keys.

        Raises:
            InputProblem: a picture or an attachment cannot go out.
        """
        self._text = text
        self._keys = keys
        self._mailing = mailing
        self._is_test = kind is MailingKind.TEST
        sender = text.ways.sender
        self._shared = mailing_context(
            text.release, sender=sender, mailing=mailing, is_test=self._is_test, images=text.images
        )
        self._domain = sender.domain
        self._stencils = Stencils(self._render)
        self._frame: Frame = compose_frame(
            sender,
            language=text.release.language,
            seed=mailing.encode(),
            images=tuple(text.images.values()),
            attachments=text.attachments,
        )

    def delivery_id(self, address: Address) -> bytes:
        """Give the 8-byte id of the delivery to an address."""
        return delivery_id(self._keys, self._mailing, address.key)

    def merge(self, address: Address, fields: Mapping[str, str], *, date: datetime) -> Merged:
        """Make one person's message; `fields` are the merge fields of their row.

        Raises:
            InputProblem: a template names a field that is not there, or a value may not stand in a header.
        """
        delivery = self.delivery_id(address)
        token = make_token(self._keys, Purpose.OPT_OUT, delivery)
        rendered = self._render(fields, token)
        addressee = self._addressee(address, fields, delivery, token)
        data = compose_message(self._frame, rendered, addressee, date=date)
        envelope = self._envelope(address, delivery, addressee.message_id, data)
        return Merged(envelope, content_hash(data), rendered, addressee.list_unsubscribe)

    def merge_again(
        self, address: str, fields: Mapping[str, str], *, date: datetime, approved: bytes
    ) -> Envelope | None:
        """Make the message to an address that was planned; None where its hash is not the approved one.

        The hash proves a message, however it was made: most are filled in, not rendered.

        Raises:
            InputProblem: as `merge`.
        """
        to = known_address(address)
        trial = self._stencils.find(fields)
        if trial is not None and trial.stencil is not None:
            envelope = self._fill(trial.stencil, to, fields, date=date)
            if content_hash(envelope.data) == approved:
                trial.hits += 1
                return envelope
            trial.misses += 1
        merged = self.merge(to, fields, date=date)
        return merged.envelope if merged.content_hash == approved else None

    def _fill(self, stencil: Stencil, address: Address, fields: Mapping[str, str], *, date: datetime) -> Envelope:
        delivery = self.delivery_id(address)
        token = make_token(self._keys, Purpose.OPT_OUT, delivery)
        addressee = self._addressee(address, fields, delivery, token)
        subject, bodies = stencil.fill(stencil_values(fields, token))
        data = compose_parts(self._frame, subject, bodies, addressee, date=date)
        return self._envelope(address, delivery, addressee.message_id, data)

    def _render(self, fields: Mapping[str, str], token: str) -> Rendered:
        url, mailto = self._optouts(token)
        rendered = self._text.family.render(
            person_context(self._shared, whole_fields(fields), optout_url=url, optout_mailto=mailto)
        )
        if not self._is_test:
            return rendered
        return Rendered(TEST_MARK + rendered.subject, rendered.html, rendered.text)

    def _addressee(self, address: Address, fields: Mapping[str, str], delivery: bytes, token: str) -> Addressee:
        name = "" if self._is_test else Contact(address, fields, "", 0, 0).name
        message_token = make_token(self._keys, Purpose.MESSAGE_ID, delivery)
        message_id = f"<{message_token}@{self._domain}>"
        return Addressee(address, name, message_id, tuple(uri for uri in self._optouts(token) if uri))

    def _envelope(self, address: Address, delivery: bytes, message_id: str, data: bytes) -> Envelope:
        return Envelope(
            mail_from=self._mail_from(delivery),
            rcpt_to=address.wire,
            data=data,
            delivery=delivery,
            message_id=message_id,
            needs_smtputf8=address.needs_smtputf8,
        )

    def _optouts(self, token: str) -> tuple[str, str]:
        ways = self._text.ways.optout
        url = optout_url(ways.base_url, token) if ways.base_url else ""
        mailto = optout_mailto(ways.mailto, token, token_in=ways.token_in) if ways.mailto else ""
        return url, mailto

    def _mail_from(self, delivery: bytes) -> str:
        """Give the address for bounces: with a token (VERP) where the relay lets us choose it (standards S15)."""
        bounces, sender = self._text.ways.bounces, self._text.ways.sender
        if bounces.address and bounces.verp == "on":
            return tagged_address(bounces.address, make_token(self._keys, Purpose.BOUNCE, delivery))
        return bounces.address or sender.address
