"""Organisation: which domains belong together, and which are a provider's that millions share.

Owns the tree walk of RFC 9989 §4.10, which asks the DNS instead of a list of public suffixes, and a small table of
suffixes under which organisations register, for domains that have no DMARC record at all. Asks through what it is
handed; raises nothing.
Gaps: a suffix that is neither in the DNS nor in the table makes its neighbours look like one organisation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from mailer.message.records import Ask
from mailer.message.records.dmarc import Dmarc, is_dmarc, parse_dmarc

_MOST_ASKED: Final = 8
_SECOND_LEVELS: Final = frozenset(
    {"ac", "asso", "co", "com", "edu", "gob", "gouv", "gov", "gv", "net", "nom", "or", "org"}
)
_SHARED: Final = frozenset(
    {
        *("me.uk", "ltd.uk", "plc.uk", "sch.uk", "nhs.uk", "police.uk", "id.au", "asn.au", "govt.nz", "geek.nz"),
        *("ne.jp", "go.jp", "ed.jp", "lg.jp", "nic.in", "res.in", "eu.org", "uk.com", "de.com"),
    }
)
_FREE: Final = frozenset(
    {
        *("gmail.com", "googlemail.com", "icloud.com", "me.com", "mac.com", "aol.com", "aim.com", "ymail.com"),
        *("rocketmail.com", "myyahoo.com", "msn.com", "windowslive.com", "passport.com", "proton.me", "pm.me"),
        *("protonmail.com", "tutanota.com", "tuta.io", "tuta.com", "fastmail.com", "fastmail.fm", "zohomail.com"),
        *("zohomail.eu", "mail.com", "inbox.com", "hushmail.com", "rediffmail.com", "comcast.net", "verizon.net"),
        *("att.net", "sbcglobal.net", "cox.net", "web.de", "t-online.de", "freenet.de", "mailbox.org", "posteo.de"),
        *("posteo.net", "arcor.de", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "sfr.fr", "neuf.fr"),
        *("bbox.fr", "libero.it", "virgilio.it", "tiscali.it", "alice.it", "tin.it", "bluewin.ch", "telenet.be"),
        *("skynet.be", "ziggo.nl", "kpnmail.nl", "planet.nl", "btinternet.com", "sky.com", "ntlworld.com"),
        *("virginmedia.com", "mail.ru", "bk.ru", "list.ru", "inbox.ru", "yandex.ru", "yandex.com", "ya.ru", "wp.pl"),
        *("o2.pl", "onet.pl", "interia.pl", "seznam.cz", "terra.es", "uol.com.br", "bol.com.br", "qq.com", "163.com"),
        *("126.com", "sina.com", "naver.com", "hanmail.net", "docomo.ne.jp"),
    }
)
# one name in the domains of many countries
_FREE_EVERYWHERE: Final = re.compile(
    r"(?:yahoo|hotmail|outlook|live|gmx)\.(?:com|net|org|[a-z]{2}|co\.[a-z]{2}|com\.[a-z]{2})"
)


@dataclass(frozen=True, slots=True)
class Found:
    """The DMARC record that holds for a domain, and where it stands; no `dmarc`: there is none."""

    domain: str
    organisation: str
    at: str = ""
    dmarc: Dmarc | None = None
    several: tuple[str, ...] = ()
    silent: bool = False


def is_free_mail(domain: str) -> bool:
    """Return whether a domain is a provider's, whose name nobody else may send in (gmail.com, outlook.com …)."""
    domain = domain.lower()
    return domain in _FREE or _FREE_EVERYWHERE.fullmatch(domain) is not None


def find_dmarc(domain: str, ask: Ask) -> Found:
    """Find the DMARC record for a domain: its own, else the one of its organisation (RFC 9989 §4.10)."""
    domain = domain.lower().rstrip(".")
    held: list[tuple[str, Dmarc]] = []
    several: tuple[str, ...] = ()
    silent = False
    for name in _upwards(domain):
        texts = ask(f"_dmarc.{name}", "TXT")
        silent = silent or texts is None
        records = [text for text in texts or () if is_dmarc(text)]
        if name == domain and len(records) > 1:
            several = tuple(records)
        if len(records) == 1:  # RFC 9989 §4.10: several are as good as none
            held.append((name, parse_dmarc(records[0])))
        if held and held[-1][0] == name and held[-1][1].suffix == "n":
            break
    organisation = _choose(domain, held)
    own = next((pair for pair in held if pair[0] in {domain, organisation}), ("", None))
    return Found(domain, organisation, own[0], own[1], several, silent)


def organisation_of(domain: str, ask: Ask) -> str:
    """Return the organisational domain, `example.org` for `news.example.org`."""
    return find_dmarc(domain, ask).organisation


def guess_organisation(domain: str) -> str:
    """Return the organisational domain by the table alone, where the DNS says nothing."""
    labels = domain.lower().rstrip(".").split(".")
    two = ".".join(labels[-2:])
    shared = two in _SHARED or (len(labels[-1]) == 2 and len(labels) > 2 and labels[-2] in _SECOND_LEVELS)
    return ".".join(labels[-3:] if shared else labels[-2:])


def _upwards(domain: str) -> list[str]:
    """Return the domain and those above it, at most eight questions; of very long ones the middle is left out."""
    labels = domain.split(".")
    names = [".".join(labels[start:]) for start in range(len(labels))]
    return names if len(names) <= _MOST_ASKED else [names[0], *names[-(_MOST_ASKED - 1) :]]


def _choose(domain: str, held: list[tuple[str, Dmarc]]) -> str:
    for name, dmarc in held:
        if dmarc.suffix == "n":
            return name
        if dmarc.suffix == "y" and name != domain:
            return ".".join(domain.split(".")[-(name.count(".") + 2) :])
    highest = held[-1][0] if held else ""
    return highest if "." in highest else guess_organisation(domain)
