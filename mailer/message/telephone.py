"""Telephone: a number as people write it, as a link that a telephone can dial.

Owns the `tel:` URI (RFC 3966). The number shown is always the one that was written.
"""

from __future__ import annotations

import re
from typing import Final

_MOST_DIGITS: Final = 15  # E.164; more are two numbers on one line, and dialling them together reaches nobody


def tel_href(phone: str) -> str:
    """Return the `tel:` URI of a telephone number as people write it, or nothing; RFC 3966, an extension as `;ext=`."""
    number = re.sub(r"\(0\)", "", phone)
    main, *extension = re.split(r"(?:ext\.?|extension|durchwahl|poste|\bx)\s*", number, maxsplit=1, flags=re.IGNORECASE)
    digits = re.sub(r"\D", "", main)
    if len(digits) < 3:
        return ""
    plus = "+" if main.lstrip(" (").startswith("+") or main.strip().startswith("00") else ""
    if plus:
        digits = digits.removeprefix("00")
    if len(digits) > _MOST_DIGITS:
        return ""
    inner = re.sub(r"\D", "", extension[0]) if extension else ""
    return f"tel:{plus}{digits}" + (f";ext={inner}" if inner else "")
