"""Choosing: the one contact whose mail is looked at, where nobody means the whole mailing.

A look at a mail (`preview`, `test`, `release check --to`) should be at a mail that would really go out, so the contact
is taken from the audience as `send` selects it: the one asked for, or the first. Who is left out there is refused with
the reason, in place of a mail that they would never get. Without lists the reader is invented, and has no name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mailer.address import Address, parse_address
from mailer.contacts.audience import select_audience
from mailer.contacts.audience.selection import EVERYBODY, Selection
from mailer.contacts.values import MEANINGS, Contact, Entry, LeftOut
from mailer.errors import InputProblem, did_you_mean
from mailer.runs.lists import opened_lists
from mailer.runs.office import Office

NOBODY = "reader@example.com"
_ROW_OF_NOBODY = 0


def choose_contact(office: Office, lists: Sequence[str], wanted: str, selection: Selection = EVERYBODY) -> Contact:
    """Return the person of the lists with the address that is asked for, or the first; somebody invented without lists.

    Raises:
        InputProblem: the person is not on the lists, or is left out there; all that is wrong with the lists.
    """
    if not lists:
        return _invented(parse_address(wanted or NOBODY))
    with opened_lists(office, lists) as (opened, problems):
        if problems:
            raise InputProblem("The lists cannot be used.", problems=problems)
        key = parse_address(wanted).key if wanted else ""
        for entry in select_audience(opened, selection=selection):
            if isinstance(entry, Contact) and (not key or entry.address.key == key):
                return entry
        if not wanted:
            raise InputProblem(
                "no contact on these lists can be mailed"
                if selection.is_everybody
                else "--where matches no contact on these lists",
                hint="mailer lists check LIST   says why",
            )
        raise _not_there(select_audience(opened, selection=selection), wanted)


def _not_there(entries: Iterator[Entry], wanted: str) -> InputProblem:
    known: list[str] = []
    for entry in entries:
        if isinstance(entry, LeftOut):
            if entry.value.strip().lower() == wanted.lower():
                return InputProblem(entry.message, source=entry.list_name, line=entry.line)
        elif len(known) < 5000:
            known.append(str(entry.address))
    return InputProblem(f"{wanted} is not on these lists{did_you_mean(wanted, known)}")


def _invented(address: Address) -> Contact:
    fields = dict.fromkeys(MEANINGS, "") | {"email": str(address)}
    return Contact(address, fields, "no list", _ROW_OF_NOBODY, _ROW_OF_NOBODY)
