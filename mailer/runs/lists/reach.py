"""Reach: whether a suppression that staff just wrote concerns anybody on today's lists.

Owns the words for a list or an outlet that is not there, which is a slip of the pen more often than foresight. Reads
the lists only for an outlet; never refuses: the list may come tomorrow.
"""

from __future__ import annotations

from mailer.contacts.values import Contact
from mailer.errors import did_you_mean
from mailer.ledger.scopes import OUTLET, list_scope, wider_digests
from mailer.runs.lists import opened_lists
from mailer.runs.office import Office


def unreached(office: Office, subject: str, text: str, scope: str) -> str:
    """Return, in a sentence, what the suppression names and no list has, or give an empty text.

    `subject` is the kind of `text` (person, domain, outlet), `scope` as the ledger keeps it.
    """
    lists = list(office.workspace.lists())
    if scope.startswith("list:") and scope not in {list_scope(path.name) for path in lists}:
        name = scope.removeprefix("list:")
        return f'there is no list "{name}" in lists/ today{did_you_mean(name, [path.stem for path in lists])}'
    if subject != OUTLET:
        return ""
    outlet, names = text.partition(":")[2], set[str]()
    with opened_lists(office, [str(path) for path in lists]) as (opened, _):
        for each in opened:
            for entry in each.entries():
                if isinstance(entry, Contact) and (name := entry.fields["outlet"]) and name not in names:
                    if wider_digests("", name) == wider_digests("", outlet):
                        return ""
                    names.add(name)
    return f"no list has somebody of this outlet today{did_you_mean(outlet, names)}"
