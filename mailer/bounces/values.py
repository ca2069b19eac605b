"""Report: the content of a returned message, as values.

Nothing in it may be trusted until its token, Message-ID or recipient is found among mail that was really sent:
anybody can write a bounce.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from mailer.frozen import dataclass


class Kind(StrEnum):
    """The kind of a message."""

    BOUNCE = "bounce"  # at least one recipient's mail was given up
    DELAYED = "delayed"  # information: it is still being tried
    DELIVERED = "delivered"  # information: it arrived, was relayed or expanded
    FEEDBACK = "feedback"  # RFC 5965: someone pressed “this is spam”, or the like
    AUTOREPLY = "autoreply"  # RFC 3834: out of office and its kin
    OPTOUT = "optout"  # mail to an opt-out address (its token is not judged yet), or a person's wish in words
    CHALLENGE = "challenge"  # a machine asks us to prove that we are people
    MOVED = "moved"  # a reply: no longer here, write there or to them
    NONE = "none"  # none of the above: mail for people to read


class Action(StrEnum):
    """What the reporting server did about one recipient (RFC 3464 §2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


class Confidence(StrEnum):
    """How sure a reading is: by a standard, by a vendor's known format, or by words alone."""

    CERTAIN = "certain"
    LIKELY = "likely"
    GUESS = "guess"


class StatusFrom(StrEnum):
    """Where an enhanced status code comes from: a Status field, a server's text, or the meaning of that text."""

    FIELD = "field"
    TEXT = "text"
    INFERRED = "inferred"
    NOWHERE = ""


class Suppress(StrEnum):
    """What follows for the address: dead now, counted over several mailings, or nothing ever."""

    NOW = "now"
    COUNT = "after"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedRecipient:
    """One recipient in a report.

    `address` is the final one, `original_address` the one we wrote to, if the report has it (forwarding changes it).
    `status` is an enhanced status code (RFC 3463) or empty; `code` the three digits of a reply, or 0.
    `permanent`: given up, for a lasting reason. `reason` is a word as in `reply.Outcome`. `named_by` and
    `reason_by` are the evidence for the address and for the reason, in plain English.
    """

    address: str = ""
    original_address: str = ""
    action: Action | None = None
    status: str = ""
    status_from: StatusFrom = StatusFrom.NOWHERE
    code: int = 0
    permanent: bool = False
    reason: str = ""
    suppress: Suppress = Suppress.NEVER
    diagnostic: str = ""
    remote_mta: str = ""
    named_by: str = ""
    reason_by: str = ""

    @property
    def as_sent(self) -> str:
        """Return the address that we probably wrote to."""
        return self.original_address if "@" in self.original_address else self.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What an automatic reply says about its sender.

    `back_on` is the day on which they are at their desk again. `has_left`: they do not work there any more.
    `stand_ins` are addresses to write to instead, `new_address` is where they themselves are now; both as written.
    """

    back_on: date | None = None
    has_left: bool = False
    stand_ins: tuple[str, ...] = ()
    new_address: str = ""
    is_away: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One message, read. `rule` names what decided; addresses are bare, Message-IDs have their angle brackets.

    `to_addresses` are those the message was sent to (To, Cc, Delivered-To …), with VERP and opt-out addresses.
    `tokens` may be tokens, found in them and then in the subject; `returned_tokens` may be tokens, found in the
    returned part of a report. `tokens.parse_token` judges both. `sent_at` is the message's Date, `arrived_at` when the
    reported mail reached the reporting server (aware, UTC); both are someone's claim. `words` is the sentence that an
    opt-out, a challenge, a notice or an answer to an embargo was read from, above the quotation. `embargo_answer` is
    `accepted` or `declined` if a person's letter answers an offer of an embargo. `vouched`: it is an event signed by
    our relay; only the caller that has checked the signature sets it. `evidence` are the signs for a report in no known
    form. `message_id` is the message's own; `asks` is what a letter that answers a mail asks for (kinds of
    `letter.WEIGHTS`).
    """

    kind: Kind
    rule: str
    confidence: Confidence = Confidence.CERTAIN
    recipients: tuple[ReportedRecipient, ...] = ()
    feedback_type: str = ""
    original_message_id: str = ""
    envelope_id: str = ""
    reporting_mta: str = ""
    to_addresses: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    returned_to: tuple[str, ...] = ()
    returned_tokens: tuple[str, ...] = ()
    subject: str = ""
    from_address: str = ""
    sent_at: datetime | None = None
    arrived_at: datetime | None = None
    notice: Notice | None = None
    words: str = ""
    embargo_answer: str = ""
    vouched: bool = False
    evidence: tuple[str, ...] = ()
    message_id: str = ""
    asks: tuple[str, ...] = ()
