"""Alterations: what the way made of our mail, as far as the copy alone shows it.

Owns the signs of what the sender can have stopped: an encoded List-Unsubscribe (standards F5), rewritten links (H10,
U5), an open pixel, words added at the end, a text part that is gone. A sign is no proof: a template of one's own may
do the same on purpose. Never compares with what was sent. Raises nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from mailer.errors import Severity
from mailer.message.page import read_page
from mailer.message.parts import Part, parse_parts
from mailer.message.received.fields import Copy

_REWRITING: Final = {  # of relays, which can be told to stop
    r"(?:.*\.)?ct\.sendgrid\.net|u\d+\.ct\.sendgrid\.net": "SendGrid",
    r"(?:.*\.)?awstrack\.me": "Amazon SES",
    r"(?:click|clicks|track)\.pstmrk\.it|(?:.*\.)?pstmrk\.it": "Postmark",
    r"(?:.*\.)?mailgun\.(?:org|com|net)": "Mailgun",
    r"(?:.*\.)?mjt\.lu": "Mailjet",
    r"(?:.*\.)?(?:sendibt\d|sendibm\d|sibforms|r\.mailin)\.[a-z]+": "Brevo",
    r"(?:.*\.)?(?:list-manage|mandrillapp)\.com": "Mailchimp",
    r"(?:.*\.)?sparkpostmail\d?\.com": "SparkPost",
}
_GUARDING: Final = (  # of the reader's side: no problems
    r"(?:.*\.)?safelinks\.protection\.outlook\.com",
    r"urldefense(?:\.proofpoint)?\.com",
    r"(?:.*\.)?(?:mimecastprotect|mimecast)\.com",
    r"(?:.*\.)?linkprotect\.cudasvc\.com",
)
_PIXEL_PATH: Final = re.compile(r"/(?:wf/)?open\b|/track/open|/o\.gif|/pixel|/beacon|/trk\b", re.IGNORECASE)
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Alteration:
    """One sign: what was found, how bad that is, and what to do."""

    code: str
    said: str
    severity: Severity
    hint: str = ""


def find_alterations(copy: Copy) -> tuple[Alteration, ...]:
    """Return the signs of what was changed on the way."""
    message = parse_parts(copy.data)
    text, html = message.text("text/plain"), message.text("text/html")
    return (
        *_opt_out(copy),
        *_links(text, html),
        *_pixels(html),
        *_added_text(copy, text),
        *_lost_text(message),
    )


def _opt_out(copy: Copy) -> Iterator[Alteration]:
    uris = copy.first("List-Unsubscribe")
    if "=?" in uris:
        hint = "Ask whoever runs the relay: as it is, no program shows the unsubscribe button (standards F5)."
        yield Alteration("opt-out-encoded", "List-Unsubscribe was encoded, so nobody can read it", Severity.ERROR, hint)
    elif re.search(r"<https://[^>]*\s", uris):
        yield Alteration("opt-out-broken", "List-Unsubscribe has a blank within an address", Severity.ERROR)
    if copy.all("List-Unsubscribe-Post") and "<https:" not in uris:
        said = "List-Unsubscribe-Post stands there without an https address to post to"
        yield Alteration("one-click-lost", said, Severity.ERROR, "The relay took the address out, or put its own in.")
    if len(copy.all("List-Unsubscribe")) > 1:
        said = "there are two List-Unsubscribe fields: the relay adds its own"
        yield Alteration("opt-out-twice", said, Severity.ERROR, "Switch its unsubscribe handling off for this stream.")


def _links(text: str, html: str) -> Iterator[Alteration]:
    """Find links that a relay rewrote, or that all lead to one host which the plain text never names."""
    hosts = [urlsplit(url).hostname or "" for url, _ in read_page(html).links if url.lower().startswith("http")]
    by_relay = Counter(name for host in hosts for pattern, name in _REWRITING.items() if re.fullmatch(pattern, host))
    for name, count in by_relay.items():
        hint = f"Switch click tracking off at {name}: a visible address that leads elsewhere looks like phishing."
        said = f"{count} links were rewritten by {name}, to count clicks"
        yield Alteration("links-rewritten", said, Severity.WARNING, hint)
    told = {urlsplit(url).hostname for url in re.findall(r"https?://[^\s<>\")\]]+", text)}
    known = [*_REWRITING, *_GUARDING]
    strange = [host for host in hosts if host not in told and not any(re.fullmatch(each, host) for each in known)]
    if told and len(strange) >= 2 and len(set(strange)) == 1 and len(strange) >= len(hosts) / 2:
        said = f"{len(strange)} links of the HTML lead to {strange[0]}, and those of the text lead elsewhere"
        yield Alteration("links-rewritten", said, Severity.WARNING, "If it is your relay's, switch click tracking off.")


def _pixels(html: str) -> Iterator[Alteration]:
    for tag in re.findall(r"<img\b[^>]*>", html, re.IGNORECASE):
        source = re.search(r"\bsrc\s*=\s*[\"']?([^\"'\s>]+)", tag, re.IGNORECASE)
        tiny = len(re.findall(r"\b(?:width|height)\s*[=:]\s*[\"']?\s*[01](?:px)?\b", tag, re.IGNORECASE)) >= 2
        if source and source[1].lower().startswith("http") and (tiny or _PIXEL_PATH.search(source[1])):
            host = urlsplit(source[1]).hostname or ""
            hint = "Switch open tracking off at the relay: it needs consent in the EU, and filters count it."
            yield Alteration("pixel", f"an open pixel was added (from {host})", Severity.WARNING, hint)
            return


def _added_text(copy: Copy, text: str) -> Iterator[Alteration]:
    uris = re.findall(r"<([^<>]+)>", copy.first("List-Unsubscribe"))
    ends = [text.rfind(uri) + len(uri) for uri in uris if uri in text]
    behind = " ".join(text[max(ends) :].split()).strip("<>. ") if ends else ""
    if behind:
        said = f'words stand behind the opt-out, at the end: "{behind[:_SHOWN]}{"…" if len(behind) > _SHOWN else ""}"'
        yield Alteration(
            "footer", said, Severity.WARNING, "A gateway adds them to what goes out; they break signatures."
        )


def _lost_text(message: Part) -> Iterator[Alteration]:
    kinds = {part.media_type for part in message.walk()}
    if "text/html" in kinds and "text/plain" not in kinds:
        yield Alteration("text-lost", "the plain text part is gone", Severity.WARNING)
