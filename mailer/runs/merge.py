"""Merge: one person's exact message, the same in dry run, run and retry.

Owns the joining of text, person and tokens into an `Envelope`. Everything in it derives from the edition, the person
and the keys; only the Date is the moment's. Never touches a file, a socket or the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mailer.address import Address
from mailer.contacts.values import Contact
from mailer.envelope import Envelope, optout_mailto, optout_url, tagged_address
from mailer.events import MailingKind
from mailer.message import (
    Addressee,
    Frame,
    Rendered,
    compose_frame,
    compose_message,
    content_hash,
    mailing_context,
    person_context,
)
from mailer.runs.edition import Text
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
        ways = self._text.ways
        url, mailto = self._optouts(delivery)
        rendered = self._text.family.render(person_context(self._shared, fields, optout_url=url, optout_mailto=mailto))
        if self._is_test:
            rendered = Rendered(TEST_MARK + rendered.subject, rendered.html, rendered.text)
        optouts = tuple(uri for uri in (url, mailto) if uri)
        message_id = f"<{make_token(self._keys, Purpose.MESSAGE_ID, delivery)}@{ways.sender.domain}>"
        name = "" if self._is_test else Contact(address, fields, "", 0, 0).name
        data = compose_message(self._frame, rendered, Addressee(address, name, message_id, optouts), date=date)
        envelope = Envelope(
            mail_from=self._mail_from(delivery),
            rcpt_to=address.wire,
            data=data,
            delivery=delivery,
            message_id=message_id,
            needs_smtputf8=address.needs_smtputf8,
        )
        return Merged(envelope, content_hash(data), rendered, optouts)

    def _optouts(self, delivery: bytes) -> tuple[str, str]:
        ways = self._text.ways.optout
        token = make_token(self._keys, Purpose.OPT_OUT, delivery)
        url = optout_url(ways.base_url, token) if ways.base_url else ""
        mailto = optout_mailto(ways.mailto, token, token_in=ways.token_in) if ways.mailto else ""
        return url, mailto

    def _mail_from(self, delivery: bytes) -> str:
        """Give the address for bounces: with a token (VERP) where the relay lets us choose it (standards S15)."""
        bounces, sender = self._text.ways.bounces, self._text.ways.sender
        if bounces.address and bounces.verp == "on":
            return tagged_address(bounces.address, make_token(self._keys, Purpose.BOUNCE, delivery))
        return bounces.address or sender.address
