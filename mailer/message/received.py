"""Received: a mail that arrived, into which other servers have written; nothing here relies on valid input.

In order: the header, field by field, with the bytes that a signature covers; the receiver's results for SPF, DKIM and
DMARC (Authentication-Results, RFC 8601); DKIM-Signature fields and whether they are valid, with the key passed in (RFC
6376); the route (Received, RFC 5321 §4.4); the verdicts of spam filters; and changes on the way.

Pure: the DNS answers and the clock are passed in. Raises nothing: what cannot be read is ignored.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from mailer import lazy_re as re
from mailer.frozen import dataclass, field
from mailer.message.parts import Field, Part, parse_parts, read_page
from mailer.message.records import DkimRecord, parse_tags
from mailer.message.sign import canonicalise_body, canonicalise_field
from mailer.words import read_section

_POSTMARK = re.compile(rb">?From [^\r\n:]+\r\n|From [^\r\n]* \d\d:\d\d(?::\d\d)?\b[^\r\n]*\r\n")
_NEXT = re.compile(rb"\r\n\r\nFrom [^\r\n]* \d\d:\d\d(?::\d\d)?\b[^\r\n]*\r\n")


@dataclass(frozen=True, slots=True)
class Copy(Part):
    """A mail that arrived, all of it with CRLF line ends in `data`; `others` counts those behind it in an mbox."""

    data: bytes = b""
    others: int = 0

    @property
    def from_domain(self) -> str:
        """Return the domain of From in lower case; nothing if there is no address in it."""
        found = re.findall(r"@([\w.-]+)", self.first("From"))
        return found[-1].lower().rstrip(".") if found else ""


def parse_copy(data: bytes) -> Copy:
    """Parse a file that a mail program saved: CRLF or LF, perhaps with the "From " line of an mbox before it."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    data = re.sub(rb"\r?\n|\r", b"\r\n", data)
    others = 0
    if _POSTMARK.match(data):
        data, *more = _NEXT.split(data.partition(b"\r\n")[2])
        others = len(more)
    data = data.lstrip(b"\r\n")
    found = parse_parts(data)
    return Copy(found.fields, found.body, found.parts, data, others)


def attached_copy(copy: Copy) -> Copy | None:
    """Return the mail attached to another (message/rfc822), as "Forward as attachment" does; None if there is none.

    Its bytes stay as they are, since a signature covers them.
    """
    return next((parse_copy(part.decoded()) for part in copy.parts if part.media_type == "message/rfc822"), None)


# Results: a server's results for SPF, DKIM and DMARC. Anybody on the way can write such a field. The receiver's own
# servers put theirs on top and remove those that bear their name (RFC 8601 §5), so that the topmost is the one to
# trust. Each filter of a server may write a field of its own.

_RESULT = re.compile(r"\s*([A-Za-z0-9-]+)(?:/\d+)?\s*=\s*([A-Za-z]+)(.*)", re.DOTALL)
_MARK = re.compile("\x00(\\d+)")
_PROPERTY = re.compile(r'([A-Za-z0-9-]+(?:\.[A-Za-z0-9_-]+)?)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;]+)')
_DOMAINS = ("header.d", "header.i", "header.from", "smtp.mailfrom", "smtp.from", "smtp.helo", "policy.d")


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one method: `dkim=pass header.d=example.org`."""

    method: str
    result: str
    properties: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""

    @property
    def remark(self) -> str:
        """Return the server's comment in brackets, for the end of a sentence; nothing if there is none."""
        return f" ({self.comment})" if self.comment else ""

    @property
    def domain(self) -> str:
        """Return the domain that it is about."""
        found = next((self.properties[name] for name in _DOMAINS if name in self.properties), "")
        return found.rpartition("@")[2].lower().strip('"<>')


@dataclass(frozen=True, slots=True)
class Results:
    """The results of one server, from one field or several; Microsoft's servers leave out their name."""

    server: str
    results: tuple[Result, ...]

    def of(self, method: str) -> tuple[Result, ...]:
        """Return the results of a method; DKIM may have several."""
        return tuple(each for each in self.results if each.method == method)

    def joined(self, others: Iterable[Results]) -> Results:
        """Return them with those of the server's other fields: OpenDKIM, OpenDMARC and SPF filters write one each.

        Where two have the same method the upper one counts: the lower is from an earlier pass through that server.
        """
        found = list(self.results)
        for other in others:
            known = {each.method for each in found}
            if other.server.lower() == self.server.lower():
                found += [each for each in other.results if each.method not in known]
        return Results(self.server, tuple(found))


def read_results(copy: Copy) -> tuple[Results, ...]:
    """Return every Authentication-Results field, the topmost first: that one is the receiver's own."""
    return tuple(map(parse_results, copy.all("Authentication-Results")))


def parse_results(text: str) -> Results:
    """Read the value of an Authentication-Results field."""
    plain, comments = _without_comments(text)
    pieces = [piece.strip() for piece in re.findall(r'(?:[^;"]++|"(?:[^"\\]++|\\.)*+")++', plain)]
    first = _MARK.sub("", pieces[0]) if pieces else ""
    server = (first.split() or [""])[0] if "=" not in first else ""
    results = []
    for piece in pieces:
        found = _RESULT.fullmatch(_MARK.sub("", piece))
        if found:
            properties = {name.lower(): value.strip('"') for name, value in _PROPERTY.findall(found[3])}
            remarks = " ".join(comments[int(mark)] for mark in _MARK.findall(piece))
            results.append(Result(found[1].lower(), found[2].lower(), properties, remarks.strip()))
    return Results(server, tuple(results))


def _without_comments(text: str) -> tuple[str, list[str]]:
    """Replace comments (they may nest) with marks; return the text and the comments."""
    plain: list[str] = []
    comments: list[list[str]] = []
    depth, quoted = 0, False
    for before, sign in zip(f" {text}", text, strict=False):
        if sign == '"' and before != "\\" and not depth:
            quoted = not quoted
        if sign == "(" and not quoted:
            depth += 1
            if depth == 1:
                comments.append([])
                plain.append(f" \x00{len(comments) - 1} ")
                continue
        if depth:
            depth -= sign == ")"
            if depth:
                comments[-1].append(sign)
            continue
        plain.append(sign)
    return "".join(plain), list(map("".join, comments))


# Signatures: parsed DKIM-Signature fields, what they cover (RFC 6376 §3.5), and whether they are valid (§6). The
# unsubscribe button appears only where a valid signature covers both fields that it is made of (RFC 8058 §4).
# The body's hash needs no library; the signature needs `cryptography`, an extra. A changed body and a changed header
# are reported as different faults. Gap: rsa-sha1 is not verified, as RFC 8301 requires.

_OPT_OUT = ("list-unsubscribe", "list-unsubscribe-post")
_MOST_SIGNATURES: Final = 20


@dataclass(frozen=True, slots=True)
class Signature:
    """One field: who signed, with which key, and which fields of the header."""

    field: Field
    domain: str
    selector: str
    algorithm: str
    header_form: str
    body_form: str
    names: tuple[str, ...]
    body_hash: str
    value: str
    length: int | None
    ends_at: int
    wrong: tuple[str, ...] = ()

    def uncovered(self, copy: Copy) -> list[str]:
        """Return the opt-out fields of a mail that it does not cover."""
        return [name for name in _OPT_OUT if copy.all(name) and name not in self.names]


def read_signatures(copy: Copy) -> tuple[Signature, ...]:
    """Return the topmost signatures of a mail, at most 20: each costs a DNS query, and no genuine mail has so many."""
    fields = [field for field in copy.fields if field.name.lower() == "dkim-signature"]
    return tuple(map(_parse_signature, fields[:_MOST_SIGNATURES]))


def _parse_signature(field: Field) -> Signature:
    tags = parse_tags(field.value)
    header_form, _, body_form = (tags.get("c") or "simple").lower().partition("/")
    length, ends = (int(text) if re.fullmatch(r"\d{1,12}", text) else 0 for text in (tags.get("l"), tags.get("x")))
    return Signature(
        field=field,
        domain=tags.get("d").lower().rstrip("."),
        selector=tags.get("s"),
        algorithm=tags.get("a").lower(),
        header_form=header_form,
        body_form=body_form or "simple",
        names=tuple(tags.words("h")),
        body_hash=re.sub(r"\s", "", tags.get("bh")),
        value=re.sub(r"\s", "", tags.get("b")),
        length=length if tags.get("l") else None,
        ends_at=ends,
        wrong=tuple(f"it has no {name}=" for name in ("v", "a", "b", "bh", "d", "h", "s") if name not in tags.values),
    )


class Verdict(StrEnum):
    """The result of verifying a signature."""

    GOOD = "good"
    BODY_CHANGED = "body-changed"
    HEADER_CHANGED = "header-changed"
    NO_KEY = "no-key"
    EXPIRED = "expired"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"  # an algorithm that is not verified here, or the library is not installed


def verify(copy: Copy, signature: Signature, key: DkimRecord | None, *, now: int) -> Verdict:
    """Check a signature; `key` is None if there is none, `now` in seconds since 1970."""
    if signature.wrong:
        return Verdict.UNREADABLE
    is_relaxed = signature.body_form == "relaxed"
    body = canonicalise_body(copy.body) if is_relaxed else re.sub(rb"(?:\r\n)*\Z", b"", copy.body) + b"\r\n"
    digest = hashlib.sha256(body if signature.length is None else body[: signature.length]).digest()
    if base64.b64encode(digest).decode("ascii") != signature.body_hash:
        return Verdict.BODY_CHANGED
    if key is None or not key.public:
        return Verdict.NO_KEY
    if signature.ends_at and signature.ends_at < now:
        return Verdict.EXPIRED
    try:
        value = base64.b64decode(signature.value, validate=True)
    except ValueError:  # not base64, or not even ASCII
        return Verdict.UNREADABLE
    return _holds(signature.algorithm, key, value, _signed(copy, signature))


def _signed(copy: Copy, signature: Signature) -> bytes:
    """Return the bytes of the header that were signed: each name from the bottom up (§5.4.2), the field itself last."""
    below: dict[str, list[bytes]] = defaultdict(list)
    for each in copy.fields:
        below[each.name.lower()].append(each.raw)
    fields = [below[name].pop() for name in signature.names if below[name]]
    fields.append(re.sub(rb"((?:^|;|:)[ \t\r\n]*b[ \t\r\n]*=)[^;]*", rb"\1", signature.field.raw))
    form = canonicalise_field if signature.header_form == "relaxed" else lambda raw: raw.removesuffix(b"\r\n")
    return b"\r\n".join(map(form, fields))


def _holds(algorithm: str, key: DkimRecord, value: bytes, data: bytes) -> Verdict:
    try:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415 - an extra
    except ImportError:
        return Verdict.UNKNOWN
    try:
        if (algorithm, key.kind) == ("ed25519-sha256", "ed25519"):
            Ed25519PublicKey.from_public_bytes(key.public).verify(value, hashlib.sha256(data).digest())
            return Verdict.GOOD
        public = load_der_public_key(key.public) if (algorithm, key.kind) == ("rsa-sha256", "rsa") else None
        if not isinstance(public, RSAPublicKey):
            return Verdict.UNKNOWN
        public.verify(value, data, PKCS1v15(), SHA256())
    except InvalidSignature:
        return Verdict.HEADER_CHANGED
    except (ValueError, UnsupportedAlgorithm):
        return Verdict.NO_KEY
    return Verdict.GOOD


# Hops: the servers that a mail came through, by their own records, each in its own style. Only the fields of the
# receiver's own servers are certain; anybody may have written those below.

_TLS = re.compile(r"\bTLS\s?v?[\d._]*|\bTLS\b|cipher[= ]", re.IGNORECASE)
_SECURE = {"ESMTPS", "ESMTPSA", "UTF8SMTPS", "UTF8SMTPSA", "LMTPS", "LMTPSA", "SMTPS", "HTTPS"}
_CLEAR = {"SMTP", "ESMTP", "ESMTPA", "UTF8SMTP", "UTF8SMTPA"}
_INSIDE = re.compile(
    r"\[?(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|::1\]|(?:ipv6:)?f[cd]|2002:a)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Hop:
    """One step: from which host to which, and how. `secure` is None if unknown, or not a step between servers."""

    sender: str
    receiver: str
    protocol: str
    secure: bool | None


def read_hops(copy: Copy) -> tuple[Hop, ...]:
    """Return the steps from the first to the last; what is not found stays empty."""
    hops = []
    for each in reversed(copy.all("Received")):
        front = each.rpartition(";")[0]
        bare = re.sub(r"\([^()]*\)", " ", re.sub(r"\([^()]*\([^()]*\)[^()]*\)", " ", front))
        found = (re.search(rf"(?:^|\s){word}\s+([^\s;]+)", bare, re.IGNORECASE) for word in ("from", "by", "with"))
        sender, receiver, protocol = (word[1].rstrip(".,") if word else "" for word in found)
        protocol, secure = protocol.upper(), None
        if protocol in _SECURE or (protocol not in {"", "HTTP"} and _TLS.search(front)):
            secure = True
        elif protocol in _CLEAR and sender and sender.lower() != "localhost":
            secure = None if _INSIDE.search(front.partition(" by ")[0]) else False
        hops.append(Hop(sender, receiver, protocol, secure))
    return tuple(hops)


# Filters: what SpamAssassin, rspamd and Microsoft's filter, which protect most of the world's mailboxes, wrote into the
# mail, and the flag that any filter may set. Nothing is scored here.


@dataclass(frozen=True, slots=True)
class Opinion:
    """A filter's opinion: a sentence, and whether it takes the mail for spam (None: neither)."""

    filter: str
    sentence: str
    spam: bool | None


def read_opinions(copy: Copy) -> Iterator[Opinion]:
    """Yield the opinion of each filter that wrote one."""
    status = copy.first("X-Spam-Status")
    if score := re.search(r"\b(?:score|hits)=(-?[\d.]+)", status):
        needed = re.search(r"\brequired=(-?[\d.]+)", status)
        tests = re.search(r"\btests=([\w,\s=.-]*?)(?:\s+\w+=|$)", status)
        names = [re.sub(r"=.*", "", each.strip()) for each in tests[1].split(",")] if tests else []
        rules = [name for name in names if name and name.lower() != "none"]
        yield _by_points("SpamAssassin", score[1], needed and needed[1], rules, spam=status.lower().startswith("yes"))
    result = copy.first("X-Spamd-Result") or copy.first("X-Spam-Result")
    if found := re.search(r"default:\s*(\w+)\s*\[(-?[\d.]+)\s*/\s*(-?[\d.]+)\]", result):
        symbols = re.findall(r"\b([A-Z][A-Z0-9_]{2,})\((\d[\d.]*)\)", result)
        heavy = sorted((pair for pair in symbols if float(pair[1]) > 0), key=lambda pair: -float(pair[1]))[:5]
        rules = [f"{name} {points}" for name, points in heavy]
        yield _by_points("rspamd", found[2], found[3], rules, spam=found[1].lower() == "true")
    report = copy.first("X-Forefront-Antispam-Report")
    confidence = re.search(r"\bSCL:(-?\d+)", report)
    level = confidence[1] if confidence else copy.first("X-MS-Exchange-Organization-SCL")
    if re.fullmatch(r"-?\d{1,3}", level):
        category = re.search(r"\bCAT:(?!NONE)(\w+)", report)
        spam = int(level) >= 5  # -1: trusted, not filtered; 5 and more go into the junk folder
        words = f"{'spam' if spam else 'not spam'}{f', {category[1]}' if category else ''}"
        yield Opinion("Microsoft", f"spam confidence {level} ({words})", spam)
    if bulk := re.search(r"\bBCL:([1-9])", copy.first("X-Microsoft-Antispam")):
        yield Opinion("Microsoft", f"bulk mail, level {bulk[1]} of 9", int(bulk[1]) > 7 or None)
    if copy.first("X-Spam-Flag").upper() == "YES":
        yield Opinion("a filter", "marked it as spam (X-Spam-Flag)", spam=True)


def _by_points(name: str, points: str, limit: str | None, rules: list[str], *, spam: bool) -> Opinion:
    verdict = "takes it for spam" if spam else "lets it pass"
    reasons = f" ({', '.join(rules)})" if rules else ""
    return Opinion(name, f"{verdict}: {points} points{f' of {limit}' if limit else ''}{reasons}", spam)


# Alterations: changes to our mail on the way, as far as the copy alone shows them: an encoded List-Unsubscribe,
# rewritten links, an open pixel, words added at the end, a missing text part. A sign is no proof: an office's own
# template may do the same on purpose. Nothing is compared with what was sent.

_PIXEL_PATH: Final = re.compile(r"/(?:wf/)?open\b|/track/open|/o\.gif|/pixel|/beacon|/trk\b", re.IGNORECASE)
_SHOWN: Final = 60


def find_alterations(copy: Copy) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the signs of changes on the way: the code (`mailer/words/doctor.toml`), and what was found."""
    uris, text, html = copy.first("List-Unsubscribe"), copy.text("text/plain"), copy.text("text/html")
    if "=?" in uris:
        yield "opt-out-encoded", {}
    elif re.search(r"<https://[^>]*\s", uris):
        yield "opt-out-broken", {}
    if copy.all("List-Unsubscribe-Post") and "<https:" not in uris:
        yield "one-click-lost", {}
    if len(copy.all("List-Unsubscribe")) > 1:
        yield "opt-out-twice", {}
    yield from _rewritten(text, html)
    for tag in re.findall(r"<img\b[^>]*>", html, re.IGNORECASE):
        source = re.search(r"\bsrc\s*=\s*[\"']?([^\"'\s>]+)", tag, re.IGNORECASE)
        tiny = len(re.findall(r"\b(?:width|height)\s*[=:]\s*[\"']?\s*[01](?:px)?\b", tag, re.IGNORECASE)) >= 2
        if source and source[1].lower().startswith("http") and (tiny or _PIXEL_PATH.search(source[1])):
            yield "pixel", {"host": urlsplit(source[1]).hostname or ""}
            break
    ends = [text.rfind(uri) + len(uri) for uri in re.findall(r"<([^<>]+)>", uris) if uri in text]
    behind = " ".join(text[max(ends) :].split()).strip("<>. ") if ends else ""
    if behind:
        yield "footer", {"behind": behind if len(behind) <= _SHOWN else f"{behind[:_SHOWN]}…"}
    kinds = {part.media_type for part in copy.walk()}
    if "text/html" in kinds and "text/plain" not in kinds:
        yield "text-lost", {}


def _rewritten(text: str, html: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield signs of links that a relay rewrote: its own hosts, or one host that the plain text never names."""
    hosts = [urlsplit(url).hostname or "" for url, _ in read_page(html).links if url.lower().startswith("http")]
    rows: Sequence[tuple[str, str]] = read_section("doctor", "rewriting")["rows"]
    found = [(host, name) for host in hosts for pattern, name in rows if re.fullmatch(pattern, host)]
    by_relay = Counter(name for _, name in found if name != "a scanner")
    for name, count in by_relay.items():
        yield "links-rewritten", {"count": count, "relay": name}
    in_text = {urlsplit(url).hostname for url in re.findall(r"https?://[^\s<>\")\]]+", text)}
    known = in_text.union(host for host, _ in found)
    unknown = [host for host in hosts if host not in known]
    if in_text and len(unknown) >= 2 and len(set(unknown)) == 1 and len(unknown) >= len(hosts) / 2:
        yield "links-rewritten.strange", {"count": len(unknown), "host": unknown[0]}
