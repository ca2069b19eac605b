"""Filters: what spam filters on the way wrote into the mail, in plain words.

Owns the fields of the usual ones: SpamAssassin, rspamd, Microsoft, Proofpoint, Barracuda, Mimecast, Google. Never
scores anything. Raises nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mailer.message.received.fields import Copy


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a filter thinks: a sentence, and whether it takes the mail for spam (None: it only notes)."""

    filter: str
    said: str
    spam: bool | None


def read_opinions(copy: Copy) -> tuple[Opinion, ...]:
    """Return what each filter wrote, in the order of this list of filters."""
    return tuple(opinion for read in _READERS for opinion in read(copy))


def _spamassassin(copy: Copy) -> Iterator[Opinion]:
    text = copy.first("X-Spam-Status")
    score = re.search(r"\b(?:score|hits)=(-?[\d.]+)", text)
    if score is None:
        return
    needed = re.search(r"\brequired=(-?[\d.]+)", text)
    tests = re.search(r"\btests=([\w,\s=.-]*?)(?:\s+\w+=|$)", text)
    spam = text.lower().startswith("yes")
    limit = f" of {needed[1]}" if needed else ""
    names = [re.sub(r"=.*", "", each.strip()) for each in tests[1].split(",")] if tests else []
    why = f" ({', '.join(name for name in names if name and name.lower() != 'none')})" if any(names) else ""
    yield Opinion(
        "SpamAssassin", f"{'takes it for spam' if spam else 'lets it pass'}: {score[1]} points{limit}{why}", spam
    )


def _rspamd(copy: Copy) -> Iterator[Opinion]:
    text = copy.first("X-Spamd-Result") or copy.first("X-Spam-Result")
    found = re.search(r"default:\s*(\w+)\s*\[(-?[\d.]+)\s*/\s*(-?[\d.]+)\]", text)
    if found:
        spam = found[1].lower() == "true"
        symbols = re.findall(r"\b([A-Z][A-Z0-9_]{2,})\((\d[\d.]*)\)", text)
        heavy = sorted((pair for pair in symbols if float(pair[1]) > 0), key=lambda pair: -float(pair[1]))[:5]
        why = f" ({', '.join(f'{name} {points}' for name, points in heavy)})" if heavy else ""
        said = f"{'takes it for spam' if spam else 'lets it pass'}: {found[2]} points of {found[3]}{why}"
        yield Opinion("rspamd", said, spam)


_SCL = {
    "-1": "trusted, not filtered",
    "0": "not spam",
    "1": "not spam",
    "5": "spam: it goes into the junk folder",
    "6": "spam: it goes into the junk folder",
    "9": "spam for certain",
}
_CATEGORIES = {
    "BULK": "bulk mail",
    "SPM": "spam",
    "HSPM": "spam for certain",
    "PHSH": "phishing",
    "HPHISH": "phishing for certain",
    "SPOOF": "spoofing: From is not backed (fix SPF, DKIM, DMARC)",
    "DIMP": "imitates a domain",
    "UIMP": "imitates a person",
    "MALW": "malware",
}


def _microsoft(copy: Copy) -> Iterator[Opinion]:
    report = copy.first("X-Forefront-Antispam-Report")
    found = re.search(r"\bSCL:(-?\d+)", report)
    scl = found[1] if found else copy.first("X-MS-Exchange-Organization-SCL")
    if scl:
        spam = re.fullmatch(r"[5-9]|[1-9][0-9]", scl) is not None
        words = _SCL.get(scl, "spam" if spam else "not spam")
        category = re.search(r"\bCAT:(\w+)", report)
        why = f", {_CATEGORIES[category[1]]}" if category and _CATEGORIES.get(category[1], words) not in words else ""
        yield Opinion("Microsoft", f"spam confidence {scl} ({words}{why})", spam)
    bulk = re.search(r"\bBCL:(\d)", copy.first("X-Microsoft-Antispam"))
    if bulk and bulk[1] != "0":
        level = int(bulk[1])
        words = "few complaints" if level <= 3 else "some complaints" if level <= 7 else "many complaints"
        yield Opinion("Microsoft", f"bulk mail, level {level} of 9 ({words})", level > 7 or None)


def _proofpoint(copy: Copy) -> Iterator[Opinion]:
    text = copy.first("X-Proofpoint-Spam-Details")
    found = re.search(r"\brule=(\w+).*?\bscore=(\d+)", text)
    if found:
        yield Opinion("Proofpoint", f"{found[1].replace('_', ' ')}, {found[2]} of 100", int(found[2]) >= 50)


def _barracuda(copy: Copy) -> Iterator[Opinion]:
    score = copy.first("X-Barracuda-Spam-Score")
    if re.fullmatch(r"-?[\d.]+", score):
        spam = copy.first("X-Barracuda-Spam-Flag").upper() == "YES"
        yield Opinion("Barracuda", f"{'takes it for spam' if spam else 'lets it pass'}: {score} points", spam)


def _mimecast(copy: Copy) -> Iterator[Opinion]:
    score = copy.first("X-Mimecast-Spam-Score")
    if re.fullmatch(r"-?\d+", score):
        yield Opinion("Mimecast", f"{score} points", int(score) >= 7)


def _flags(copy: Copy) -> Iterator[Opinion]:
    if copy.first("X-Spam-Flag").upper() == "YES":
        yield Opinion("a filter", "marked it as spam (X-Spam-Flag)", spam=True)
    labels = copy.first("X-Gmail-Labels")
    if labels:
        where = [
            name for name in ("Spam", "Promotions", "Updates", "Social", "Inbox") if name.lower() in labels.lower()
        ]
        if where:
            yield Opinion("Gmail", f"put it into {', '.join(where)}", "Spam" in where)


_READERS: tuple[Callable[[Copy], Iterator[Opinion]], ...] = (
    *(_spamassassin, _rspamd, _microsoft, _proofpoint, _barracuda, _mimecast, _flags),
)
