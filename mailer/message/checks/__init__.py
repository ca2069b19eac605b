"""Checks: checks the finished bytes of a message as another server and a careful reader would.

Owns every rule that is tested on the finished bytes. Never repairs anything, never raises for a bad message: a problem
is a `Check` that did not pass. A rule's code, its severity, its sentences for pass and failure, and what to do are a
row of `[mail]` in `mailer/words/checks.toml`; the code here finds the problems.

    look.py   a message parsed once, the result of a rule, colours
    mail.py   lines, header fields, the MIME tree, the whole size, the subject, both parts the same,
              nothing left over, postal address and opt-out (CAN-SPAM)
    page.py   size, tables, widths, <style>, links, language, headings, pictures, contrast, dark screens,
              hidden text, what programs lack
    each.py   what can differ between recipients, checked cheaply for each of them
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from mailer.message.checks.look import Look
from mailer.message.checks.mail import check_law, check_subject, check_transport, check_tree, check_words
from mailer.message.checks.page import (
    check_clients,
    check_layout,
    check_links,
    check_preheader,
    check_reading,
    check_seen,
)
from mailer.message.values import Check

_Rules = Callable[[Look], Iterator[Check]]
_OF_A_PAGE: tuple[_Rules, ...] = (
    *(check_tree, check_layout, check_clients, check_seen, check_reading, check_preheader, check_links),
)


def check_message(
    data: bytes, *, postal_address: str = "", optouts: Sequence[str] = (), size_limit: int = 0
) -> tuple[Check, ...]:
    """Check a message as it goes to the relay.

    `postal_address` must be in both parts (not checked if empty). One of `optouts` (URIs; if none are given, those of
    List-Unsubscribe; without these, the reply address) must be in both parts, and if any is given the mail must have
    List-Unsubscribe. `size_limit` is the largest size of the whole message in bytes (0: not checked).

    Return every check in a fixed order, including those that passed; only one with the severity of an error should stop
    a mail. A mail in plain text gets only the checks that apply to it.
    """
    look = Look(data, postal_address, tuple(optouts), size_limit)
    page: tuple[_Rules, ...] = () if look.is_plain else _OF_A_PAGE
    rules = (check_transport, check_subject, *page, check_words, check_law)
    return tuple(check for rule in rules for check in rule(look))
