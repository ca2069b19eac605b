"""Link page: what the page behind a link (to opt out, or to answer an offer) needs to know about its mail.

Reads the sender, the language, the recipient (masked), and whether there is something to undo. Editions are opened once
and cached. Never changes anything, since a GET leads here (RFC 8058).

The mail may have been forwarded with its link, so the address is shown as `a…@daily.example.com`: its owner recognises
it, and nobody else learns it.
"""

from __future__ import annotations

from datetime import datetime

from mailer.errors import InputProblem
from mailer.frozen import dataclass, field
from mailer.ledger import Connection, Ledger
from mailer.ledger.mailings import read_edition
from mailer.ledger.offers import read_answers, read_offered
from mailer.ledger.returns import find_linked
from mailer.runs.offers import Terms, terms_of
from mailer.runs.planning.edition import unpack
from mailer.runs.planning.making import Text, manner_of
from mailer.runs.suppressions.opt_out import undo_scope

_MOST_EDITIONS = 32


@dataclass(frozen=True, slots=True)
class House:
    """The sender: the name on the page, and the address to which people can write."""

    organisation: str
    write_to: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows; `language` and `masked` are empty if the language or the address is not known.

    `out` is the scope of the opt-out by this link that can still be undone: `everywhere`, `list`, or empty.
    """

    house: House
    language: str = ""
    masked: str = ""
    out: str = ""


@dataclass(frozen=True, slots=True)
class OfferShown:
    """What the page of an offer shows: the terms, as in the mail, and the recipient's answer (`verdict`)."""

    house: House
    terms: Terms
    masked: str = ""
    verdict: str = ""


@dataclass(slots=True)
class LinkPages:
    """Reads the contents of pages from one ledger; `house` is shown if a link leads to none of its mails."""

    ledger: Ledger
    house: House
    _texts: dict[int, Text] = field(default_factory=dict, repr=False)

    def look(self, delivery: bytes, *, now: datetime) -> Shown:
        """Return what the page of a link shows."""
        with self.ledger.reading() as connection:
            link = find_linked(connection, [delivery]).get(delivery)
            if link is None:
                return Shown(self.house)
            is_real = link.sent.kind.is_real
            out = undo_scope(connection, link, now=now) if is_real else ""
            masked = mask(link.sent.address)
            try:
                text = self._text(connection, link.edition_id)
            except (InputProblem, ValueError, KeyError, TypeError):
                # this version of mailer cannot read the edition: people can opt out all the same
                return Shown(self.house, "", masked, out)
        words = manner_of(text, link.merge_row.get("language", ""), "").words
        return Shown(_house_of(text), words, masked, out)

    def look_offer(self, delivery: bytes) -> OfferShown | None:
        """Return what the page of an offer shows; None if this ledger knows no such offer."""
        with self.ledger.reading() as connection:
            offered = next(iter(read_offered(connection, token_id=delivery)), None)
            if offered is None:
                return None
            text = self._text(connection, offered.edition_id)
            verdicts = {one.address_digest: one.verdict for one in read_answers(connection, offered.slug)}
        terms = terms_of(text, offered.merge_row)
        return OfferShown(_house_of(text), terms, mask(offered.address), verdicts.get(offered.address_digest, ""))

    def _text(self, connection: Connection, edition_id: int) -> Text:
        text = self._texts.get(edition_id)
        if text is None:
            text = unpack(read_edition(connection, edition_id))
            if len(self._texts) >= _MOST_EDITIONS:
                self._texts.pop(next(iter(self._texts)), None)
            self._texts[edition_id] = text
        return text


def _house_of(text: Text) -> House:
    sender = text.settings.sender
    return House(sender.organisation, sender.reply_to or sender.address)


def mask(address: str) -> str:
    """Return an address so that only its owner recognises it; empty if there is none."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}" if at else ""
