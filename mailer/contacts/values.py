"""Contacts: people on a list, as values.

Owns the frozen shapes that reading a list gives. Never reads bytes (`table`, `columns` do), never asks who is
suppressed (the ledger knows).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeAlias

from mailer.address import Address
from mailer.errors import Severity
from mailer.frozen import dataclass

# What the law asks about a contact.
CONSENT: Final = (
    *("subscriber_type", "lawful_basis", "basis_evidence", "source", "source_date", "notice_sent_at"),
    *("last_verified_at", "retention_until"),
)
# The meanings a column can have. Every contact has all of them as merge fields, empty if the list has none, so that
# one template serves every list.
MEANINGS: Final = (
    *("email", "name", "first_name", "last_name", "salutation", "outlet", "role", "beat", "phone", "country"),
    *("language", "note", "tags", "other_emails", "text_only", "time_zone", "embargo_agreed"),
    *CONSENT,
)
DATES: Final = ("source_date", "notice_sent_at", "last_verified_at", "retention_until")
_EMPTY: Final = dict.fromkeys(MEANINGS, "")


class MarkReason(StrEnum):
    """What a list says of a person who must not be mailed, and so the reason of the suppression to record."""

    OPTED_OUT = "opted_out"
    COMPLAINED = "complained"
    DEAD_ADDRESS = "dead_address"
    DO_NOT_CONTACT = "do_not_contact"
    NO_CONSENT = "no_consent"  # asked for and not given


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be told about a row that is used: `value` is the cell as it is."""

    code: str
    message: str
    value: str
    severity: Severity = Severity.NOTE


@dataclass(frozen=True, slots=True)
class Contact:
    """A person on a list who can be written to."""

    address: Address
    fields: Mapping[str, str]  # every meaning of `MEANINGS`, and every column under its own name (`field_names`)
    list_name: str
    row: int  # counts data rows from 1
    line: int  # the row as the spreadsheet shows it
    remarks: tuple[Remark, ...] = ()
    sheet: str = ""  # if it is a further one of the workbook

    @property
    def name(self) -> str:
        """Return the name for the To: header: full name, or first and last name, or nothing."""
        return self.fields.get("name", "") or made_name(self.fields)


def made_name(fields: Mapping[str, str]) -> str:
    """Return first and last name together."""
    return " ".join(filter(None, (fields.get("first_name", ""), fields.get("last_name", ""))))


def left_out(contact: Contact, reason: LeftOutReason, message: str, first_row: int | None = None) -> LeftOut:
    """Return the row of a contact as one that is not planned."""
    value, own = str(contact.address), (contact.address,)
    return LeftOut(reason, contact.list_name, contact.row, contact.line, value, message, first_row, addresses=own)


def lean_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """Return merge fields without the meanings that are empty: what is kept of a person for each mailing."""
    return {name: value for name, value in fields.items() if value or name not in _EMPTY}


def whole_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """Merge fields with every meaning, empty if it was left out; the fields of older ledgers gain new ones."""
    return {**_EMPTY, **fields}


class LeftOutReason(StrEnum):
    """Why a row of a list is not planned."""

    INVALID = "invalid"  # not an address
    MISSING = "missing"  # no address in the row
    MARKED = "marked"  # the list itself says: do not mail
    DUPLICATE = "duplicate"  # the address stood further up, or in an earlier list
    EXCLUDED = "excluded"  # in an --except list
    ALREADY_PLANNED = "already_planned"  # in this mailing already
    FILTERED = "filtered"  # --where is about others
    NOT_SAMPLED = "not_sampled"  # not drawn by --sample
    BEYOND_LIMIT = "beyond_limit"  # --limit was reached before
    OUTLET_CAP = "outlet_cap"  # enough others of the same outlet get it
    MAILED_RECENTLY = "mailed_recently"  # got other news a short time ago
    RETENTION_OVER = "retention_over"  # the list keeps them until a day that is past
    EMBARGO_NOT_AGREED = "embargo_not_agreed"  # it is under embargo, and they have not agreed to keep one
    EMBARGO_BROKEN = "embargo_broken"  # it is under embargo, and they broke one
    # of those who were sent a release, who gets nothing about it
    NOT_ACCEPTED = "not_accepted"  # the relay never took the release for them
    IN_DOUBT = "in_doubt"  # nobody knows whether it did
    BOUNCED = "bounced"  # it came back for good
    ANSWERED = "answered"
    NOT_ANSWERED = "not_answered"  # and only who did is meant
    AWAY = "away"  # out of office until a date
    FOLLOWED_UP = "followed_up"  # as often as it may be
    TOO_SOON = "too_soon"  # they got it a short time ago
    NOT_LISTED = "not_listed"  # on none of the lists that are meant
    FORGOTTEN = "forgotten"  # nobody knows their address any more


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is not planned, and why."""

    reason: LeftOutReason
    list_name: str
    row: int
    line: int
    value: str  # what stood in the e-mail cell
    message: str
    first_row: int | None = None  # that it repeats
    mark: MarkReason | None = None  # what the list says of the person where it says not to mail them
    addresses: tuple[Address, ...] = ()
    sheet: str = ""


Entry: TypeAlias = Contact | LeftOut
