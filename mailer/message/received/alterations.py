"""Alterations: what the way made of our mail, as far as the copy alone shows it.

Owns the signs: an encoded List-Unsubscribe (standards F5), rewritten links (H10, U5), an open pixel, words added at the
end or the beginning, a text that was encoded anew, fields that are not ours. A sign is no proof: a template of one's
own may do the same on purpose. Whoever finds a signature that holds knows better: then nothing it covers was changed.
Never compares with what was sent. Raises nothing.
"""

from __future__ import annotations

import re
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
_GUARDING: Final = {  # of the reader's side: no problems
    r"(?:.*\.)?safelinks\.protection\.outlook\.com": "Microsoft Safe Links",
    r"urldefense(?:\.proofpoint)?\.com": "Proofpoint",
    r"(?:.*\.)?(?:mimecastprotect|mimecast)\.com": "Mimecast",
    r"(?:.*\.)?linkprotect\.cudasvc\.com": "Barracuda",
}
_PIXEL_PATH: Final = re.compile(r"/(?:wf/)?open\b|/track/open|/o\.gif|/pixel|/beacon|/trk\b", re.IGNORECASE)
_MARKED: Final = re.compile(r"^\W*\[?(?:EXT(?:ERNAL)?|EXTERN|SPAM\??|BULK|SUSPECTED SPAM)\b[\]*:]*", re.IGNORECASE)
_BANNER: Final = re.compile(
    r"(?:caution|attention|warning|achtung|external)\b.{0,60}\b(?:outside|external|extern|unknown sender)",
    re.IGNORECASE,
)
_TRACE: Final = re.compile(
    r"received|return-path|delivered-to|x-original-to|envelope-to|delivery-date|authentication-results|received-spf|arc-.*|"
    r"dkim-signature|x-received|x-google-smtp-source|x-ms-.*|x-forefront-.*|x-microsoft-.*|x-spam.*|x-gm-.*|x-mozilla-.*|"
    r"status|x-status|x-uid|x-keywords|x-gmail-labels|x-barracuda-.*|x-proofpoint-.*|x-mimecast-.*|x-virus-.*|x-evolution.*|"
    r"x-google-dkim-signature|x-spamd.*|x-rspamd.*|x-envelope-.*|x-getmail.*|x-yahoo.*|x-apparently-to|x-ymail.*"
)
_OURS: Final = frozenset(
    {
        *("from", "reply-to", "to", "subject", "date", "message-id", "mime-version", "content-type", "sender"),
        *("content-transfer-encoding", "content-language", "list-unsubscribe", "list-unsubscribe-post", "list-id"),
        *("in-reply-to", "references", "feedback-id", "precedence", "x-auto-response-suppress", "x-mailer"),
    }
)
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
        *_subject(copy),
        *_names(copy),
        *_links(text, html),
        *_pixels(html),
        *_added_text(copy, text, html),
        *_encodings(message),
        *_fields(copy),
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


def _subject(copy: Copy) -> Iterator[Alteration]:
    subject = next((field.words for field in copy.all("Subject")), "")
    found = _MARKED.match(subject)
    if found:
        said = f'"{found[0].strip()}" was put before the subject'
        yield Alteration("subject-marked", said, Severity.NOTE, "By the receiver: it breaks signatures that cover it.")


def _names(copy: Copy) -> Iterator[Alteration]:
    domain = copy.first("Message-ID").strip("<> ").rpartition("@")[2].lower()
    if copy.all("X-Google-Original-Message-ID") or re.search(r"amazonses\.com$|\.prod\.outlook\.com$", domain):
        said = f"the relay gave it a Message-ID of its own (at {domain})"
        yield Alteration("message-id", said, Severity.NOTE, "Bounces are still known by their return address.")
    if copy.all("X-Original-From") or re.search(r"\bvia\b", copy.first("From").partition("<")[0]):
        said = "a mailing list rewrote From"
        yield Alteration("from-rewritten", said, Severity.NOTE, "Answers may go to the list instead of you.")
    if not copy.all("Message-ID") or not copy.all("Date"):
        said = "Message-ID or Date is missing; spam filters count that"
        yield Alteration("fields-lost", said, Severity.WARNING)


def _links(text: str, html: str) -> Iterator[Alteration]:
    page = read_page(html)
    hosts = [urlsplit(url).hostname or "" for url, _ in page.links if url.lower().startswith("http")]
    for table, severity, whose in ((_REWRITING, Severity.WARNING, "the relay"), (_GUARDING, Severity.NOTE, "")):
        for pattern, name in table.items():
            count = sum(re.fullmatch(pattern, host) is not None for host in hosts)
            if count and whose:
                hint = (
                    f"Switch click tracking off at {name}: a visible address that leads elsewhere looks like phishing."
                )
                yield Alteration(
                    "links-rewritten", f"{count} links were rewritten by {name}, to count clicks", severity, hint
                )
            elif count:
                yield Alteration(
                    "links-guarded", f"{count} links were rewritten by {name}, on the reader's side", severity
                )
    yield from _strange_hosts(text, hosts)


def _strange_hosts(text: str, hosts: list[str]) -> Iterator[Alteration]:
    """Find links that all lead to one host which the plain text, where addresses stand in full, never names."""
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


def _added_text(copy: Copy, text: str, html: str) -> Iterator[Alteration]:
    uris = re.findall(r"<([^<>]+)>", copy.first("List-Unsubscribe"))
    ends = [text.rfind(uri) + len(uri) for uri in uris if uri in text]
    behind = " ".join(text[max(ends) :].split()).strip("<>. ") if ends else ""
    if behind:
        said = f'words stand behind the opt-out, at the end: "{behind[:_SHOWN]}{"…" if len(behind) > _SHOWN else ""}"'
        yield Alteration(
            "footer", said, Severity.WARNING, "A gateway adds them to what goes out; they break signatures."
        )
    start = " ".join((text or read_page(html).words)[:400].split())
    if _BANNER.search(start):
        yield Alteration("banner", "the receiver put a warning before the text", Severity.NOTE, "Nothing to fix here.")


def _encodings(message: Part) -> Iterator[Alteration]:
    parts = [part for part in message.walk() if part.media_type in {"text/plain", "text/html"}]
    anew = sorted({part.first("Content-Transfer-Encoding").lower() or "7bit" for part in parts if _is_anew(part)})
    if anew:
        said = f"the text was encoded anew ({', '.join(anew)})"
        hint = "mailer sends quoted-printable or base64; a signature made before that does not hold any more."
        yield Alteration("encoded-anew", said, Severity.NOTE, hint)
    kinds = {part.media_type for part in message.walk()}
    if "text/html" in kinds and "text/plain" not in kinds:
        yield Alteration("text-lost", "the plain text part is gone", Severity.WARNING)


def _is_anew(part: Part) -> bool:
    encoding = part.first("Content-Transfer-Encoding").strip().lower()
    return encoding in {"8bit", "binary"} or (not encoding and not part.body.isascii())


def _fields(copy: Copy) -> Iterator[Alteration]:
    added = [field.name for field in copy.fields if not _is_usual(field.name.lower())]
    if added:
        names = list(dict.fromkeys(added))
        more = f" and {len(names) - 8} more" if len(names) > 8 else ""
        yield Alteration("fields-added", f"fields were added: {', '.join(names[:8])}{more}", Severity.NOTE)


def _is_usual(name: str) -> bool:
    return name in _OURS or re.fullmatch(_TRACE, name) is not None
