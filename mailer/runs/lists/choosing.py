"""Choosing: the one contact whose mail is looked at, where nobody means the whole mailing.

A look at a mail (`preview`, `test`, `release check --to`) should be at a mail that would really go out, so the contact
is taken from the audience as `send` selects it: the one asked for, or the first. Who is left out there is refused with
the reason, in place of a mail that they would never get. Without lists the reader is invented, and has no name.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailer.address import parse_address
from mailer.contacts.audience import select_audience
from mailer.contacts.audience.selection import EVERYBODY, Selection
from mailer.contacts.values import MEANINGS, Contact, LeftOut
from mailer.errors import InputProblem, did_you_mean
from mailer.runs.lists import opened_lists
from mailer.runs.office import Office

NOBODY = "reader@example.com"


def choose_contact(office: Office, lists: Sequence[str], wanted: str, selection: Selection = EVERYBODY) -> Contact:
    """Return the person of the lists with the address that is asked for, or the first; somebody invented without lists.

    Raises:
        InputProblem: the person is not on the lists, or is left out there; all that is wrong with the lists.
    """
    if not lists:
        address = parse_address(wanted or NOBODY)
        return Contact(address, dict.fromkeys(MEANINGS, "") | {"email": str(address)}, "no list", 0, 0)
    with opened_lists(office, lists) as (opened, problems):
        if problems:
            raise InputProblem("The lists cannot be used.", problems=problems)
        key = parse_address(wanted).key if wanted else ""
        known: list[str] = []
        left_out: LeftOut | None = None
        for entry in select_audience(opened, selection=selection):
            if isinstance(entry, Contact):
                if not key or entry.address.key == key:
                    return entry
                known += [str(entry.address)] if len(known) < 5000 else []
            elif left_out is None and entry.value.strip().lower() == wanted.lower():
                left_out = entry
    if not wanted:
        none = "--where matches no contact on these lists"
        if selection.is_everybody:
            none = "no contact on these lists can be mailed"
        raise InputProblem(none, hint="mailer lists check LIST   says why")
    if left_out is not None:
        raise InputProblem(left_out.message, source=left_out.list_name, line=left_out.line)
    raise InputProblem(f"{wanted} is not on these lists{did_you_mean(wanted, known)}")
