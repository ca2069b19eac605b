"""Content lines: the lines of calendars and cards (RFC 5545 §3.1, RFC 6350 §3.2). Pure; raises nothing.

Escape a value first and put it into its line; then fold the line.
"""

from __future__ import annotations

from typing import Final

_LONGEST: Final = 75  # octets, the line's end not counted


def escape_text(text: str) -> str:
    """Return a text as a TEXT value (RFC 5545 §3.3.11, RFC 6350 §3.4)."""
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return "\\n".join(text.splitlines())


def fold_line(line: str) -> str:
    """Return a line with its end, folded where it would pass 75 octets, never inside a character."""
    pieces, room, current = [], _LONGEST, ""
    for sign in line:
        size = len(sign.encode("utf-8"))
        if size > room:
            pieces.append(current)
            current, room = "", _LONGEST - 1  # the blank that opens the next line counts
        current += sign
        room -= size
    return "\r\n ".join([*pieces, current]) + "\r\n"
