"""Figures: the numbers of a text, as values, whatever language they are written in.

Owns reading 1,234.5 and 1.234,5 and 1 234,5 and 「12万」 as what they mean. Dates, times, telephone numbers and
addresses are left out: they are no figures.

Gaps: numbers written out in words. Small whole numbers are left to whoever compares: languages write them in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from mailer.release.checks.days import find_every_day

_POINT = frozenset({"en", "ja", "zh", "ko"})  # where a point parts the decimals; elsewhere a comma does
_GAP = " \u00a0\u202f\u2009'’"
_NUMBER = re.compile(rf"(?<![A-Za-zÀ-ÿ0-9_.,/-])[−-]?\d+(?:(?:[.,]|[{_GAP}](?=\d{{3}}(?!\d)))\d+)*(?![\d/]|[.,:]\d)")
_LISTED = """
    3: thousand thousands tausend mille mil mila duizend
    6: million millions m mn millionen mio millón millones milione milioni miljoen milhão milhões
    9: billion billions bn md mds milliarde milliarden mrd milliard milliards miliardo miliardi miljard bilhão bilhões
"""
_SCALES: Mapping[str, int] = {
    word: 10 ** int(zeros)
    for zeros, _, words in (line.strip().partition(": ") for line in _LISTED.strip().splitlines())
    for word in words.split()
}
_JAPANESE: Mapping[str, int] = {"千": 10**3, "万": 10**4, "億": 10**8, "兆": 10**12}
_SCALE = re.compile(
    r"\s?(?P<word>" + "|".join(sorted(_SCALES, key=len, reverse=True)) + r")(?!\w)\.?|(?P<sign>[千万億兆])",
    re.IGNORECASE,
)
_NO_FIGURES = re.compile(
    r"https?://\S+|(?<!\S)\S+@\S+"
    r"|\+\d[\d ()/.-]{6,}\d"  # telephone numbers with their country
    r"|(?<!\d)\d{1,2}(?:[:h]\d{2}(?!\d)|\.\d{2}(?=\s?(?:[ap]\.?m\b|Uhr|uur|h\b)))(?:\s?(?:[ap]\.?m\b\.?|Uhr|uur|h\b))?"
    r"|(?<!\d)\d{1,2}\s?(?:a\.?m\b\.?|p\.?m\b\.?|Uhr\b|uur\b|h(?:eures?)?\b(?:\s?\d{2})?|時(?:\d{1,2}分)?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, what it means, and where it stands."""

    value: Decimal
    text: str
    start: int


def find_figures(text: str, language: str) -> Iterator[Figure]:
    """Yield every figure of a text in a language."""
    blank = _NO_FIGURES.sub(lambda match: "\n" * len(match.group()), text)
    for day in find_every_day(blank):
        blank = blank[: day.start] + "\n" * (day.end - day.start) + blank[day.end :]
    for match in _NUMBER.finditer(blank):
        value = _value(match.group(), decimal="." if language[:2].lower() in _POINT else ",")
        if value is None:
            continue
        scale = _SCALE.match(blank, match.end())
        end = match.end()
        if scale:
            times = _SCALES[scale["word"].lower()] if scale["word"] else _JAPANESE[scale["sign"]]
            value, end = value * times, scale.end()
        yield Figure(value.normalize(), text[match.start() : end].strip(), match.start())


def _value(text: str, *, decimal: str) -> Decimal | None:
    """Read a number; a part of three digits behind its only separator counts as thousands, as its language has it."""
    bare = re.sub(f"[{_GAP}]", "", text).replace("−", "-")
    group = "," if decimal == "." else "."
    if bare.count(decimal) > 1 or re.search(rf"\{decimal}\d+\{group}", bare):  # written in the other custom
        decimal, group = group, decimal
    if not re.fullmatch(rf"-?\d{{1,3}}(?:\{group}\d{{3}})+(?:\{decimal}\d+)?", bare) and group in bare:
        decimal, group = group, decimal  # 3.5 in a language of commas
    try:
        return Decimal(bare.replace(group, "").replace(decimal, "."))
    except InvalidOperation:
        return None
