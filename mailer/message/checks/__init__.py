"""Checks: the finished bytes of a message, looked at as a stranger's server and a careful reader would.

Owns every rule that is tested on bytes, not on intentions. Never mends anything, never raises for a bad message: what
is wrong is a `Check` that did not pass, with a sentence for people and what to do.

    look.py       a message taken apart once, and the shape of a rule's answer
    transport.py  lines, header fields, recipients, the MIME tree, the whole size (F1-F16)
    subject.py    the subject (H11)        layout.py     size, tables, widths, <style> (H1, H2)
    clients.py    what mail programs lack (H2)
    seen.py       contrast, dark screens, sizes of text (H3, H4), by colours.py
    reading.py    language, headings, pictures, links' words (H4, H5)     preheader.py  hidden text (H6)
    words.py      both parts the same, nothing left over (H7, H9)         links.py      where links go (H10)
    law.py        postal address and opt-out (L1)
    each.py       what can differ from person to person, looked at cheaply for each of them
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from mailer.message.checks.each import Pattern, check_seen
from mailer.message.checks.law import check_law
from mailer.message.checks.layout import CLIP_WARNING, CLIPPED_AT, check_layout, check_links
from mailer.message.checks.look import Look
from mailer.message.checks.reading import check_clients, check_reading
from mailer.message.checks.subject import LONG_SUBJECT, check_preheader, check_subject
from mailer.message.checks.transport import check_transport, check_tree
from mailer.message.checks.words import SAME_WORDS, check_words, word_overlap
from mailer.message.values import Check

__all__ = ["CLIPPED_AT", "CLIP_WARNING", "LONG_SUBJECT", "SAME_WORDS", "Pattern", "check_message", "word_overlap"]

_Rules = Callable[[Look], Iterator[Check]]
_OF_A_PAGE: tuple[_Rules, ...] = (
    check_tree,
    check_layout,
    check_clients,
    check_seen,
    check_reading,
    check_preheader,
    check_links,
)


def check_message(
    data: bytes, *, postal_address: str = "", optouts: Sequence[str] = (), size_limit: int = 0
) -> tuple[Check, ...]:
    """Check a message as it goes to the relay.

    `postal_address` must stand in both parts (not looked for where empty). One of `optouts` (URIs; where none are
    given, those of List-Unsubscribe; where it has none, the answer address) must be in both parts. `size_limit` is
    what the whole message may have in bytes (0: not asked).

    Return every check in a fixed order, those that passed too; only one whose severity is an error should stop a mail.
    A mail in plain text is held against what can be said of one.
    """
    look = Look(data, postal_address, tuple(optouts), size_limit)
    page: tuple[_Rules, ...] = () if look.is_plain else _OF_A_PAGE
    rules = (check_transport, check_subject, *page, check_words, check_law)
    return tuple(check for rule in rules for check in rule(look))
