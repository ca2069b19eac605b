"""Mailbox: the one check that all addresses in `mailer.toml` pass.

Never asks the DNS.
"""

from __future__ import annotations

from mailer.address import parse_address
from mailer.errors import InputProblem


def check_address(text: str, what: str) -> None:
    """Refuse what is no address.

    Raises:
        ValueError: with the name of the key it stands under.
    """
    try:
        parse_address(text)
    except InputProblem as problem:
        raise ValueError(f"{what}: {problem.message}") from None
