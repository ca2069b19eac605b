"""Openers: the lines that begin what is said about one recipient.

Owns the tables of such lines: an address at the head of a line (qmail, Postfix, Exim, OpenSMTPD, Exchange, Gmail), one
behind a label («Failed Recipient:»), behind a name («Ann <mailto:…>»), or in an SMTP transcript; and the words that
tell what we wrote to from what it was forwarded to. Never decides whether an address is a recipient: `believed` does.
All repeats are bounded, so that a line costs no more than its length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

_LETTER = r"A-Za-z0-9\u00c0-\u024f"
_LABEL = rf"[{_LETTER}_](?:[{_LETTER}_-]{{0,62}}[{_LETTER}])?"
ADDRESS = (
    rf"(?:\"[^\"\n]{{1,64}}\"|[{_LETTER}!#$%&+/=?^_{{}}~.-](?:[{_LETTER}!#$%&'*+/=?^_{{}}"
    rf"|~.-]{{0,126}}[{_LETTER}!#$%&*+/=?^_{{}}~-])?)"
    rf"@(?:\[[0-9a-fA-F.:]{{2,45}}\]|{_LABEL}(?:\.{_LABEL}){{0,12}})"
)


class Rank(IntEnum):
    """How plainly a line names a recipient; the plainest that a report has are its recipients."""

    NAMED = 1  # stands at the head of a line or behind a label
    ANSWERED = 2  # a server's reply begins with it
    COMMANDED = 3  # RCPT TO in a transcript
    MENTIONED = 4  # a sentence speaks of it
    RETURNED = 5  # the returned message was for it


@dataclass(frozen=True, slots=True)
class Opening:
    """What a line begins with: an address, where the line's own words go on, and how plainly it is named."""

    address: str
    rest: str
    rank: Rank
    indent: int
    original: bool = False


_QUOTES = r"[<\"'\[(«„“`]{0,3}"
_KIND = r"(?:(?:mailto|smtp|rfc-?822|internet|inet)[:;=]\s?|c=[^@\n]{0,120}?smtp=)?"
_HEAD = re.compile(
    rf"[\s*>•·–—+|-]{{0,40}}(?:\d{{1,3}}[.)]\s)?{_QUOTES}{_KIND}{_QUOTES}({ADDRESS})[>\"'\])»“”`]{{0,3}}(.*)",
    re.IGNORECASE,
)
# «ann@example.com wrote:» and «ann@example.com is away» begin a quotation or a person's sentence
_NOT_A_HEAD = re.compile(
    r"\W{0,5}(?:wrote|writes|schrieb|a écrit|escribió|escreveu|ha scritto|schreef|napisał|пишет|写道)\b"
    r"|\s+(?:for (?:help|assist|support|more)|if you)",
    re.IGNORECASE,
)

_LABELS = (
    *(
        (
            r"(?:failed|invalid|bad|intended|undeliver\w+|final|rejected|unknown|problem|target|destination"
            r"|envelope) (?:recipient|address|addressee|user|rcpt|mailbox)s?(?: address| id| name)?"
        ),
    ),
    *(
        r"recipients?(?: address| email| e-mail)?",
        r"(?:e-?mail|user) ?address",
        r"address(?:ee)?",
        r"rcpt[- _]to",
        r"addressed to",
        r"error-for",
    ),
    *(
        r"undeliverable(?: to)?",
        r"(?:could )?not (?:be )?(?:deliver|sen[dt])\w*(?: message| mail)? to",
        r"(?:mail|message|e-?mail) (?:to|for)",
    ),
    *(
        r"delivery (?:to|failed)(?: \d{1,4} attempts?)?",
        r"(?:failed|unable) to (?:deliver|send)(?: (?:your |the )?(?:message|mail|e-?mail))?(?: to)?",
    ),
    *(
        r"invalid final delivery userid",
        r"no such user(?: here)?",
        r"user(?: unknown| not known| not found)?",
        r"original address",
        r"orig(?:inal)?[- ]to",
    ),
    *(
        r"your (?:message|mail|e-?mail|letter) (?:to|for)(?: address)?",
        r"fail(?:ed|ure)(?: for| to)?",
        r"mailbox",
        r"account",
        r"to user",
    ),
    *(
        r"adressen?",
        r"empfänger(?:adresse)?n?",
        r"destinataires?",
        r"destinat[aá]rios?",
        r"direcci[oó]n(?:es)?",
        r"endere[cç]os?",
        r"indirizz[oi]",
    ),
    *(
        r"destinatari[oi]?",
        r"geadresseerden?",
        r"ontvangers?",
        r"adresa?ci?t?",
        r"odbiorca",
        r"получател\w{1,4}",
        r"адрес\w{0,3}",
        r"mottagare",
        r"modtagere?",
    ),
    *(
        r"宛先(?:アドレス)?",
        r"送信先(?:アドレス)?",
        r"受信者",
        r"メールアドレス",
        r"収件人",
        r"收件人(?:地址)?",
        r"收信人",
        r"(?:邮件|郵件|邮箱|目标)?地址",
        r"받는 ?사람",
    ),
)
_LABELLED = re.compile(
    rf"[\s*>•–—=#-]{{0,20}}(?P<label>{'|'.join(_LABELS)})(?:\(s\)"
    rf"|s)?(?:\s?\([^()@]{{0,20}}\))?\s{{0,20}}(?P<colon>[:：=]|\s)\s{{0,40}}"
    rf"{_QUOTES}{_KIND}{_QUOTES}(?P<address>{ADDRESS})[>\"'\])»]{{0,3}}(?P<rest>.*)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    rf"[\s*>•-]{{0,20}}(?P<name>[^@:<>\n]{{1,80}}?)\s?[<(\[]{{1,2}}(?:mailto:"
    rf"|smtp:)?(?P<address>{ADDRESS})[>)\]]{{1,2}}(?P<rest>\s?(?:<mailto:[^<>\s]{{1,320}}>)?[:;.,]?\s{{0,9}})$",
    re.IGNORECASE,
)
# whose address stands behind such words is no recipient
_OTHER = re.compile(
    r"\b(?:from|by|sender|contact|reply|please|questions?|assistance|help|support|write to|forward|via"
    r"|administrator|server|queue|message[- ]id)\b"
    r"|kontakt|contacte[rz]?|envoy[ée] par|von|expéditeur|remitente|mittente|absender|afzender|nadawca|отправител"
    r"|差出人|送信者|发件人|寄件者",
    re.IGNORECASE,
)
_REPLY = re.compile(
    rf"[\s<*-]{{0,12}}[245]\d\d[ -](?:#?[245]\.\d{{1,3}}\.\d{{1,3}}\s)?<?({ADDRESS})>?(\s?(?:\.\.\.|:|,|\s).*)",
    re.IGNORECASE,
)
_COMMAND = re.compile(rf"(?!.{{0,90}}\bafter RCPT).{{0,40}}?\bRCPT TO\s?:\s?<?({ADDRESS})>?(.*)", re.IGNORECASE)

_FORWARDED = re.compile(
    rf"\(?(?:ultimately )?(?:expanded|generated|forwarded|redirected|aliased)\s(?:from|by|for):?\s{{1,9}}<?({ADDRESS})"
    rf"|\((?:was|originally) addressed to:?\s{{1,9}}<?({ADDRESS})",
    re.IGNORECASE,
)
_BARE_LIST = re.compile(r"[\s<\"*-]{1,20}([A-Za-z0-9][A-Za-z0-9._+-]{1,63})[>\"]?(?:\s{3,9}\S.*)?$")
_BARE_REPLY = re.compile(
    r"[\s<]{0,9}(?:[245]\d\d[ -])?(?:[245]\.\d{1,3}\.\d{1,3}\s)?<?([A-Za-z0-9][A-Za-z0-9._+-]{1,63})>?\.\.\.\s"
)


def opening_of(line: str) -> Opening | None:
    """Read the beginning of a line; None where it begins with no recipient. A line without an @ costs nothing."""
    if "@" not in line:
        return None
    indent = len(line) - len(line.lstrip())
    if found := _HEAD.match(line):
        return None if _NOT_A_HEAD.match(found[2]) else Opening(found[1], found[2], Rank.NAMED, indent)
    if found := _LABELLED.match(line):
        original = found["label"].lower().startswith("orig")
        return Opening(found["address"], found["rest"], Rank.NAMED, indent, original)
    if found := _REPLY.match(line):
        return Opening(found[1], line.strip(), Rank.ANSWERED, indent)
    if found := _COMMAND.match(line):
        return Opening(found[1], found[2], Rank.COMMANDED, indent)
    found = _NAMED.match(line)
    return Opening(found["address"], "", Rank.NAMED, indent) if found and not _OTHER.search(found["name"]) else None


def forwarded_from(text: str) -> str:
    """Give the address that we wrote to, where a server says that another one was made of it."""
    found = _FORWARDED.search(text) if "@" in text else None
    return (found[1] or found[2]) if found else ""


def bare_name(line: str, *, listed: bool) -> str:
    """Give the bare user name in a sendmail reply (`550 ann... User unknown`) or, where `listed`, on a line alone."""
    found = _BARE_REPLY.match(line) or (_BARE_LIST.match(line) if listed else None)
    return found[1] if found and not found[1].isdigit() else ""
