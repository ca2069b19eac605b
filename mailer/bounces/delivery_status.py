"""Delivery status: the machine-readable part of a delivery report.

Owns RFC 3464 (message/delivery-status) and RFC 6533 (message/global-delivery-status): one group of fields about the
message, one for each recipient. The part for people is asked, through `Told`, only for what the fields leave out.
Never raises; missing pieces stay empty.
"""

from __future__ import annotations

from functools import cached_property

from mailer import lazy_re as re
from mailer.bounces.diagnosis import diagnose
from mailer.bounces.parts import (
    Fields,
    Part,
    first_values,
    parse_action,
    parse_groups,
    parse_recipient,
    parse_typed,
    split_repeats,
)
from mailer.bounces.prose import Block, Rank, cut_blocks, read_prose, without_stock_words
from mailer.bounces.values import Action, Kind, ReportedRecipient
from mailer.frozen import dataclass, replace
from mailer.reply.values import MAX_TEXT

CONTENT_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status", "message/xdelivery-status"})
MAX_RECIPIENTS = 500
_WHO = ("final-recipient", "original-recipient")
_ACTUAL = "x-actual-recipient"
_WORDS = re.compile(r"[^\W\d_]{2}\W+[^\W\d_]{2}")  # less than two words tell no reason
_WHAT = ("action", "status", "diagnostic-code")
# a pipe, a file, a host, a name alone, and a domain that was cut off or is known inside a house only
_NO_ADDRESS = re.compile(r"[|/@]|[^@]*$|[^@]*@(?:[^.]*|.*\.(?:local|lan|internal|localdomain))$", re.IGNORECASE)
_MAX_TOLD = 4_000
_FEW_WORDS = 8  # a text of less says nothing about anybody


class Told:
    """What the text for people says; it is read when the first is asked for."""

    def __init__(self, report: Part, returned: Part | None) -> None:
        """Hold the report, and the header of the message it returns."""
        self._report = report
        self._returned = returned

    @cached_property
    def _lines(self) -> tuple[str, ...]:
        return read_prose(self._report, self._returned).lines

    @cached_property
    def _said(self) -> list[Block]:
        return [block for block in cut_blocks(self._lines).blocks if block.lines]

    @cached_property
    def _best(self) -> dict[str, Block]:
        best: dict[str, Block] = {}
        for block in sorted(self._said, key=lambda block: not block.refuses):
            for each in filter(None, (block.address.lower(), block.original.lower())):
                best.setdefault(each, block)
        return best

    @property
    def named(self) -> tuple[str, ...]:
        """Return the addresses that are named plainly."""
        return tuple(dict.fromkeys(block.address for block in self._said if block.rank is Rank.NAMED))

    def about(self, *addresses: str, only: bool) -> str:
        """Return the lines about a recipient with any of these addresses; `only`: the report is about nobody else.

        What stands with a server's code comes first. Where nobody is named, all of it is about the only one, but for
        what every report says.
        """
        if best := next((self._best[each.lower()] for each in addresses if each.lower() in self._best), None):
            return "\n".join(best.lines)[:_MAX_TOLD].strip()
        whole = without_stock_words("\n".join(self._lines)[:_MAX_TOLD]).strip() if only else ""
        return whole if len(whole.split()) >= _FEW_WORDS else ""


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """A delivery report: fields about the message, and its recipients."""

    message: Fields
    recipients: tuple[ReportedRecipient, ...]

    @property
    def kind(self) -> Kind:
        """Only `failed` is a bounce (standards B1); a report about nobody is none."""
        actions = {recipient.action for recipient in self.recipients}
        if Action.FAILED in actions:
            return Kind.BOUNCE
        if Action.DELAYED in actions:
            return Kind.DELAYED
        return Kind.DELIVERED if actions - {None} else Kind.NONE


def parse_delivery_status(text: str, *, fallback: str = "", told: Told | None = None) -> DeliveryStatus:
    """Read the text of a message/delivery-status part.

    `fallback` is the address to name where exactly one recipient is reported, and without an address. `told` gives what
    the report says in words about a recipient, for where the fields say nothing.
    """
    message: dict[str, str] = {}
    people: list[dict[str, str]] = []
    pieces = (piece for group in parse_groups(text) for piece in split_repeats(group, *_WHO))
    for fields in (dict(first_values(piece)) for piece in pieces):
        # a stray blank line tears a recipient in two, and a report on one person may come as a single group
        names_someone = any(name in fields for name in _WHO)
        if people and not names_someone and not any(name in people[-1] for name in fields):
            people[-1].update(fields)
        elif names_someone or any(name in fields for name in _WHAT):
            people.append(fields)
            if "reporting-mta" in fields:
                message.update(fields)
        else:
            message.update({name: value for name, value in fields.items() if name not in message})
    only = len(people) == 1
    if only and not any(parse_recipient(people[0].get(name, "")) for name in (*_WHO, _ACTUAL)):
        people[0]["final-recipient"] = fallback
    recipients = tuple(_recipient(fields, told, only=only) for fields in people[:MAX_RECIPIENTS])
    return DeliveryStatus(message, tuple(r for r in recipients if r.address or r.action))


def _recipient(fields: Fields, told: Told | None, *, only: bool) -> ReportedRecipient:
    named = {name: parse_recipient(fields.get(name, "")) for name in (*_WHO, _ACTUAL)}

    def words() -> str:
        return told.about(*named.values(), only=only) if told else ""

    diagnostic, status = fields.get("diagnostic-code", ""), fields.get("status", "")
    if not _WORDS.search(parse_typed(diagnostic)[1]) and not _WORDS.search(status):
        diagnostic = " ".join(words().split()) or diagnostic
    by = next((name for name, one in named.items() if "@" in one), next((name for name in named if named[name]), ""))
    address = named.get(by, "")
    remote = parse_typed(fields.get("remote-mta", ""))[1]
    host = remote or address.rpartition("@")[2]
    return diagnose(
        parse_action(fields.get("action", "")),
        status,
        diagnostic,
        context=words,
        host=host,
        address=address,
        original_address=named["original-recipient"],
        diagnostic=parse_typed(diagnostic)[1][:MAX_TEXT],
        remote_mta=remote,
        named_by=f"the field {by.title()} of the delivery report",
    )


def as_sent(
    recipients: tuple[ReportedRecipient, ...], to: tuple[str, ...], *, declared: list[str], told: Told
) -> tuple[ReportedRecipient, ...]:
    """Return the recipients of a report, each once, with the address as sent where their own is none or cut short.

    A pipe, a file, a host or a name alone gives way to X-Failed-Recipients (`declared`), to what the words name, and to
    the returned mail (`to`), in this order; an address that was cut off is completed from what was really mailed alone.
    """
    known = {each.lower() for each in to}
    found = []
    for one in recipients:
        low, by, address = one.as_sent.lower(), "the returned mail", ""
        local, _, domain = low.partition("@")
        if local and domain and low not in known:
            address = next((each for each in to if each.lower().startswith(low)), "")
            sent, by = (to, by) if to else (told.named, "the words")
            only = sent[0].lower() if len(recipients) == len(sent) == 1 else ""
            if only.partition("@")[0] in local and only and f".{domain}".endswith(f".{only.partition('@')[2]}"):
                address = sent[0]  # a host of the house, a quotation, what a forwarder puts round it
        is_open = not address and _NO_ADDRESS.match(low)
        places = {"X-Failed-Recipients": declared, "the words": told.named, "the returned mail": to} if is_open else {}
        for name, named in places.items():
            whole = [each for each in named if not _NO_ADDRESS.match(each)]
            same = [each for each in whole if each.partition("@")[0].lower() == local]
            if same or (len(recipients) == len(whole) == 1):
                by, address = name, (same or whole)[0]
                break
        found.append(replace(one, original_address=address, named_by=f"{one.named_by}, and {by}") if address else one)
    unique = {(one.address.lower(), one.original_address.lower(), one.action): one for one in reversed(found)}
    return tuple(reversed(unique.values()))
