"""Contacts: people on a list, as values.

Owns the frozen values that reading a list returns. Never reads bytes (`table`, `columns` do), never asks who is
suppressed (the ledger knows).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeAlias

from mailer.address import Address
from mailer.errors import Severity
from mailer.frozen import dataclass

# data about a contact that the law asks for
CONSENT: Final = (
    *("subscriber_type", "lawful_basis", "basis_evidence", "source", "source_date", "notice_sent_at"),
    *("last_verified_at", "retention_until"),
)
# the meanings of columns; every contact has all of them as merge fields, empty if the list has none, so that one
# template serves every list
MEANINGS: Final = (
    *("email", "name", "first_name", "last_name", "salutation", "outlet", "role", "beat", "phone", "country"),
    *("language", "note", "tags", "other_emails", "text_only", "time_zone", "embargo_agreed"),
    *CONSENT,
)
DATES: Final = ("source_date", "notice_sent_at", "last_verified_at", "retention_until")
_EMPTY: Final = dict.fromkeys(MEANINGS, "")


class MarkReason(StrEnum):
    """Why a list marks a person as not to be mailed, and so the reason of the suppression to record."""

    OPTED_OUT = "opted_out"
    COMPLAINED = "complained"
    DEAD_ADDRESS = "dead_address"
    DO_NOT_CONTACT = "do_not_contact"
    NO_CONSENT = "no_consent"  # asked for and not given


@dataclass(frozen=True, slots=True)
class Remark:
    """A message about a row that is used: `value` is the cell as it is."""

    code: str
    message: str
    value: str
    severity: Severity = Severity.NOTE


@dataclass(frozen=True, slots=True)
class Contact:
    """A person on a list who can be mailed."""

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
    """Return merge fields without the empty meanings: these are stored for each mailing."""
    return {name: value for name, value in fields.items() if value or name not in _EMPTY}


def whole_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """Return merge fields with every meaning, empty if it was left out: so fields of older ledgers get new meanings."""
    return {**_EMPTY, **fields}


class LeftOutReason(StrEnum):
    """Why a row of a list is not planned."""

    INVALID = "invalid"  # not an address
    MISSING = "missing"  # no address in the row
    MARKED = "marked"  # the list itself asks for no mail
    DUPLICATE = "duplicate"  # the address is in an earlier row or list
    EXCLUDED = "excluded"  # in an --except list
    ALREADY_PLANNED = "already_planned"  # in this mailing already
    FILTERED = "filtered"  # not selected by --where
    NOT_SAMPLED = "not_sampled"  # not drawn by --sample
    BEYOND_LIMIT = "beyond_limit"  # beyond --limit
    OUTLET_CAP = "outlet_cap"  # enough contacts of the same outlet get it
    MAILED_RECENTLY = "mailed_recently"  # got another mailing recently
    RETENTION_OVER = "retention_over"  # past the retention date in the list
    EMBARGO_NOT_AGREED = "embargo_not_agreed"  # under embargo, and they have not agreed to embargoes
    EMBARGO_BROKEN = "embargo_broken"  # under embargo, and they broke one
    # for follow-ups and the like: recipients of a release who get nothing more about it
    NOT_ACCEPTED = "not_accepted"  # the relay never accepted the release for them
    IN_DOUBT = "in_doubt"  # it is unknown whether the relay accepted it
    BOUNCED = "bounced"  # the release bounced permanently
    ANSWERED = "answered"
    NOT_ANSWERED = "not_answered"  # and only those who answered are chosen
    AWAY = "away"  # out of office until a date
    FOLLOWED_UP = "followed_up"  # as often as it may be
    TOO_SOON = "too_soon"  # they got the release recently
    NOT_LISTED = "not_listed"  # on none of the chosen lists
    FORGOTTEN = "forgotten"  # their address was erased


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is not planned, and why."""

    reason: LeftOutReason
    list_name: str
    row: int
    line: int
    value: str  # the text of the e-mail cell
    message: str
    first_row: int | None = None  # the row that it repeats
    mark: MarkReason | None = None  # why the list marks the person, if it does
    addresses: tuple[Address, ...] = ()
    sheet: str = ""


Entry: TypeAlias = Contact | LeftOut
