"""Lists: what is on the press office's media lists, and what a change of them does or did.

A plan and what became of it have one page each, in the same order: what is new, what differs, what is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mailer.pages import page
from mailer.pages.documents import shape
from mailer.pages.layout import QUIET, Page, Part, line
from mailer.runs.lists.follow import Followed, Move, Moves

shape(Move, "old new why list_name line since")


@page.register
def _(done: Followed) -> Page:
    if not done.new:
        return Page(line(f"{done.email} was already suppressed."))
    return Page(line(f"{done.email} is suppressed as well: the same person as {done.old}."))


@page.register
def _(found: Moves) -> Page:
    if not found.proposals:
        return Page(line("Nobody on the lists looks like a person who is not to be contacted."))
    return Page(moves(found.proposals))


def moves(found: Iterable[Move]) -> Iterator[Part]:
    """Yield who may be a person that is not to be contacted, and what to do if they are."""
    for each in found:
        yield line(f"{each.list_name} line {each.line}   {each.new}   may be {each.old}, not to be contacted", depth=1)
        yield line(f"since {each.since}: {each.why}", QUIET, depth=3)
        yield line(f"If so: mailer optouts follow {each.old} {each.new}", depth=3)
