"""Law: who sends this, and the way off the list, in both parts.

Owns the rules of the postal address and the opt-out (standards L1, L3, H7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from mailer.message.checks.look import Look, Verdict, warning
from mailer.message.values import Check

_ASK = "Print {{ optout_url }} or {{ optout_mailto }} in email.html and in email.txt, as the shipped family does."
POSTAL = Verdict(
    "postal-address",
    "the postal address stands in every part",
    "Print {{ sender.postal_address }} in email.html and in email.txt; the law of many countries asks for it.",
)
OPT_OUT = Verdict("opt-out", "the way off the list stands in every part", _ASK)
ANSWER = warning(
    "opt-out",
    "there is an answer address, the only way off the list",
    "Set [optout] base_url or mailto in mailer.toml, or reply_to of the sender.",
)


def check_law(look: Look) -> Iterator[Check]:
    """Check what the law asks of every mail."""
    page = None if look.is_plain else look.page
    if look.postal_address:
        shown = {"the text": look.text, **({"the page": page.words} if page else {})}
        missing = [name for name, part in shown.items() if squeezed(look.postal_address) not in squeezed(part)]
        yield POSTAL.of("the postal address is missing", [f"in {name}" for name in missing])
    uris = list(look.optouts) or re.findall(r"<([^<>]+)>", look.message.first("List-Unsubscribe"))
    if not uris:
        answer = look.message.first("Reply-To") or look.message.first("From")
        yield ANSWER.when("there is no way off the list, not even an answer address", wrong=not answer)
        return
    in_text = any(address_of(uri) in look.text for uri in uris)
    in_page = page is None or any(unescape(uri) == url for uri in uris for url, _ in page.links)
    missing = [name for name, there in (("in the text", in_text), ("in the page", in_page)) if not there]
    yield OPT_OUT.of("the way off the list is missing", missing)


def address_of(uri: str) -> str:
    """Return what of a way out stands in plain text: the address itself, a mailto without its scheme and subject."""
    return re.sub(r"^mailto:([^?]*).*", r"\1", uri)


def squeezed(text: str) -> str:
    """Return a text with its blanks and line ends made one blank each."""
    return " ".join(text.split())
