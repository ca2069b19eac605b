"""Cells: what may stand in a cell, and the address in one.

Owns the refusal of control characters (standards F4: rejected with row and column, never stripped) and the tidying of
an address cell: `mailto:`, angle brackets, a display name. The judge of an address is `mailer.address`.
Raises `InvalidAddress`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mailer.address import Address, InvalidAddress, parse_address, printable

# Texts in which a line break is the writer's; in all others it would break a header or a table.
_NEVER: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_NEVER_IN_ONE_LINE: Final = re.compile(r"[\t\n\r]")
ONE_LINE: Final = ("email", "name", "first_name", "last_name", "outlet")

_LINK: Final = re.compile(r"mailto:([^?]+)(?:\?.*)?", re.IGNORECASE)
_NAMED: Final = re.compile(r'[^<>@]*"?\s*<\s*(?:mailto:)?([^<>\s]+@[^<>\s]+)\s*>', re.IGNORECASE)


def find_control(cells: Sequence[str], one_line: frozenset[int]) -> tuple[int, str] | None:
    """Find a character that no merge field may hold: (position of the cell, what it is in plain words), or None.

    `one_line` holds the positions in which a line break and a tab are refused too.
    """
    for position, cell in enumerate(cells):
        found = _NEVER.search(cell) or (_NEVER_IN_ONE_LINE.search(cell) if position in one_line else None)
        if found:
            return position, _character(found[0])
    return None


def parse_cell(text: str) -> Address:
    """Check the address in a cell, with `mailto:`, `<>` or a display name round it taken off.

    Raises:
        InvalidAddress: with the reason, for a person to read; it speaks of the cell as it stands.
    """
    try:
        return parse_address(text)
    except InvalidAddress:
        tidy = _LINK.fullmatch(text) or _NAMED.fullmatch(text)
        if tidy:
            return parse_address(tidy[1])
        several = re.findall(r"[^\s@,;<>/|]+@[^\s@,;<>/|]+\.\w+", text)
        if len(several) > 1:
            message = f'"{printable(text)}" holds {len(several)} addresses; give each a row of its own'
            raise InvalidAddress(message) from None
        raise


def _character(found: str) -> str:
    if found in "\n\r\u2028\u2029":
        return "a line break"
    return "a tab" if found == "\t" else f"the control character {found.encode('unicode_escape').decode('ascii')}"
