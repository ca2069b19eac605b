"""Mailbox: the checks that all addresses and mail domains in `mailer.toml` pass.

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


def ascii_domain(text: str, what: str) -> str:
    """Return a mail domain in A-labels and lower case, as addresses are compared.

    Raises:
        ValueError: it is no domain; with the name of the key it stands under.
    """
    try:
        return parse_address(f"postmaster@{text}").ascii_domain
    except InputProblem:
        raise ValueError(f'{what}: "{text}" is no domain; write "example.org"') from None
