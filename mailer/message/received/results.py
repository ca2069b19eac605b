"""Results: what the receiver's server made of SPF, DKIM and DMARC, as it wrote it into the mail (RFC 8601).

Anybody on the way can write such a field. Servers of the receiver's own put theirs on top and take out those that bear
their name (RFC 8601 §5), so that the topmost is the one to believe. A server's filters may write a field each. Never
checks anything again. Raises nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mailer.message.received.fields import Copy

_RESULT = re.compile(r"\s*([A-Za-z0-9-]+)(?:/\d+)?\s*=\s*([A-Za-z]+)(.*)", re.DOTALL)
_MARK = re.compile("\x00(\\d+)")
_PROPERTY = re.compile(r'([A-Za-z0-9-]+(?:\.[A-Za-z0-9_-]+)?)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;]+)')


@dataclass(frozen=True, slots=True)
class Result:
    """What one method gave: `dkim=pass header.d=example.org`."""

    method: str
    result: str
    properties: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""

    @property
    def domain(self) -> str:
        """Return the domain that it is about."""
        names = ("header.d", "header.i", "header.from", "smtp.mailfrom", "smtp.from", "smtp.helo", "policy.d")
        found = next((self.properties[name] for name in names if name in self.properties), "")
        return found.rpartition("@")[2].lower().strip('"<>')


@dataclass(frozen=True, slots=True)
class Results:
    """What one server found, in one field or in several."""

    server: str
    results: tuple[Result, ...]

    @property
    def name(self) -> str:
        """Return the server's name, or words for one that gives none, as Microsoft's."""
        return self.server or "the receiver's server"

    def of(self, method: str) -> tuple[Result, ...]:
        """Return what a method gave; DKIM may give several."""
        return tuple(each for each in self.results if each.method == method)

    def joined(self, others: Iterable[Results]) -> Results:
        """Return it with what other fields of the same server add: OpenDKIM, OpenDMARC and SPF filters write one each.

        Where two speak of one method the upper one stands: the lower is of an earlier time through that server.
        """
        found = list(self.results)
        for other in others:
            known = {each.method for each in found}
            if other.server.lower() == self.server.lower():
                found += [each for each in other.results if each.method not in known]
        return Results(self.server, tuple(found))


def parse_results(text: str) -> Results:
    """Read the value of an Authentication-Results field; what cannot be read is passed over."""
    plain, comments = _without_comments(text)
    pieces = [piece.strip() for piece in re.findall(r'(?:[^;"]++|"(?:[^"\\]++|\\.)*+")+', plain)]
    first = _MARK.sub("", pieces[0]) if pieces else ""
    server = (first.split() or [""])[0] if "=" not in first else ""
    results = []
    for piece in pieces:
        found = _RESULT.fullmatch(_MARK.sub("", piece))
        if found:
            properties = {name.lower(): value.strip('"') for name, value in _PROPERTY.findall(found[3])}
            said = " ".join(comments[int(mark)] for mark in _MARK.findall(piece))
            results.append(Result(found[1].lower(), found[2].lower(), properties, said.strip()))
    return Results(server, tuple(results))


def read_results(copy: Copy) -> tuple[Results, ...]:
    """Return every Authentication-Results field, the topmost first: that one is the receiver's own."""
    return tuple(parse_results(each.value) for each in copy.all("Authentication-Results"))


def _without_comments(text: str) -> tuple[str, list[str]]:
    """Take comments out (they may nest); return them too, each with a mark at its place."""
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
