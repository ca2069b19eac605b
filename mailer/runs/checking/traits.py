"""Traits: what is true of a finished mail, so that a hint about a spam rule is only given where it fits.

Spam filters name a rule, and a rule fires for several reasons: rspamd's FORGED_SENDER for each bounce address that is
not the sender's, be it at the same domain or not. A row of `spam_words` that needs a trait is passed over for a mail
that has it not, and the next row for that rule speaks of what is left.
"""

from __future__ import annotations

import email
import email.policy
import re
import unicodedata
from enum import StrEnum
from urllib.parse import urlsplit

_TAG = re.compile(r"<img\b[^>]{0,4000}>", re.IGNORECASE)
_UNSEEN = re.compile(
    r"""\b(?:width|height)\s*[=:]\s*["']?[01](?:px)?\s*["';>\s]|display\s*:\s*none|visibility\s*:\s*hidden""",
    re.IGNORECASE,
)
_LINK = re.compile(r"""https?://[^\s"'<>)\]]{1,2000}""", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")


class Trait(StrEnum):
    """What a hint needs to be true of a mail."""

    BOUNCES_ELSEWHERE = "bounces elsewhere"
    INVISIBLE_PICTURE = "invisible picture"
    LINK_OF_TWO_SCRIPTS = "link of two scripts"
    WORD_OF_TWO_SCRIPTS = "word of two scripts"


def traits_of(data: bytes, mail_from: str) -> frozenset[Trait]:
    """Return what is true of a mail, from its bytes and the address that bounces go to."""
    mail = email.message_from_bytes(data, policy=email.policy.default)
    sender = mail["From"]
    domains = {each.domain.lower() for each in getattr(sender, "addresses", ())}
    bodies = [mail.get_body((kind,)) for kind in ("html", "plain")]
    page, plain = (str(body.get_content()) if body is not None else "" for body in bodies)
    links = [urlsplit(link).hostname or "" for link in _parsable(_LINK.findall(page + " " + plain))]
    found = {
        Trait.BOUNCES_ELSEWHERE: bool(domains) and mail_from.rpartition("@")[2].lower() not in domains,
        Trait.INVISIBLE_PICTURE: any(_UNSEEN.search(tag) for tag in _TAG.findall(page)),
        Trait.LINK_OF_TWO_SCRIPTS: any(_has_two_scripts(label) for host in links for label in _labels(host)),
        Trait.WORD_OF_TWO_SCRIPTS: any(_has_two_scripts(word) for word in _WORD.findall(f"{mail['Subject']} {plain}")),
    }
    return frozenset(trait for trait, holds in found.items() if holds)


def _parsable(links: list[str]) -> list[str]:
    return [link for link in links if "[" not in link]  # urlsplit raises for half an IPv6 address


def _labels(host: str) -> list[str]:
    """Return the labels of a host name, in letters: `xn--` is read back."""
    try:
        return [
            label.encode("ascii").decode("idna") if label.startswith("xn--") else label for label in host.split(".")
        ]
    except UnicodeError:
        return []


def _has_two_scripts(word: str) -> bool:
    """Return whether letters of alphabets that look alike stand in one word, as in a look-alike name."""
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter.isalpha()}
    return len(scripts & {"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE"}) > 1
