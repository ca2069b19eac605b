"""Ten mails to be signed, as unlike each other as mails are, and keys that stand in no DNS."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from mailer.message.sign import Signer, SigningKey, dns_name, dns_value, make_dkim_key, make_signer, sign_message
from tests.message.samples import CASES

DOMAIN = "example.org"
RSA, ED25519 = "press2026", "press2026-ed"
NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
SIGNED = (
    *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Reply-To"),
    *("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"),
)
HEAD = """\
From: Press Office <press@example.org>
Reply-To: press@example.org
To: Ada Brook <ada@daily.example.com>
Subject: Ferry to Skerry Island runs again from Monday
Date: Tue, 24 Nov 2026 08:30:00 +0000
Message-ID: <aeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.org>
List-Unsubscribe: <https://press.example.org/o/aeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>,
 <mailto:optout+aeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.org>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
List-Id: Example Trust <press.example.org>
Content-Language: en
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable
"""


def mail(body: str, head: str = HEAD) -> bytes:
    return f"{head}\n{body}".replace("\n", "\r\n").encode()


LONG_SUBJECT = "Subject: " + "\n ".join(
    f"the ferry to Skerry Island, part {number} of a long story" for number in range(12)
)


def mails() -> dict[str, bytes]:
    """Return the mails by what is special about them."""
    composed = {f"composed, {name}": case.compose() for name, case in CASES.items()}  # umlauts, picture, attachment
    return composed | {
        "plain": mail("The ferry runs again.\n"),
        "long header": mail(
            "Long.\n", HEAD.replace("Subject: Ferry to Skerry Island runs again from Monday", LONG_SUBJECT)
        ),
        "no body": mail(""),
        "one empty line": mail("\n"),
        "empty lines at the end": mail("The ferry runs again.\n\n  \n\t\n\n\n"),
        "lines that begin with dots": mail(".\n..\n.hidden\nThe end.\n.\n"),
        "blanks everywhere": mail(" \tIndented,   spaced\tout  \n    \n\n  and  trailing \t \n"),
    }


@cache
def pems() -> tuple[bytes, bytes]:
    """Make the two keys, once a run of the tests."""
    return make_dkim_key(), make_dkim_key(ed25519=True)


def records() -> dict[str, str]:
    """Return the DNS: name to TXT value."""
    rsa, ed25519 = pems()
    return {dns_name(RSA, DOMAIN): dns_value(rsa), dns_name(ED25519, DOMAIN): dns_value(ed25519)}


@cache
def both() -> Signer:
    """Make a signer with both keys."""
    rsa, ed25519 = pems()
    return make_signer(DOMAIN, SigningKey(RSA, rsa), SigningKey(ED25519, ed25519))


def signed(data: bytes) -> bytes:
    return sign_message(data, both(), now=NOW)


def verdicts(data: bytes, dns: Mapping[str, str] | None = None) -> list[bool]:
    """Ask dkimpy about each signature, from the top; `dns` instead of ours."""
    import dkim

    known = records() if dns is None else dns

    def look(name: bytes, timeout: int = 5) -> bytes | None:
        del timeout
        value = known.get(name.decode("ascii").rstrip("."))
        return value.encode("ascii") if value else None

    def verify(number: int) -> bool:
        try:
            return bool(dkim.DKIM(data).verify(idx=number, dnsfunc=look))
        except dkim.DKIMException:
            return False

    head = data.partition(b"\r\n\r\n")[0]
    return [verify(number) for number in range((b"\r\n" + head).count(b"\r\nDKIM-Signature:"))]
