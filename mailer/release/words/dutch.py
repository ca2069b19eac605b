"""Dutch: what the parts of a release are called in it.

Gaps: only a beginning.
"""

from __future__ import annotations

from mailer.release.words.shape import Words

DUTCH = Words(
    months=(
        ("januari", "jan"),
        ("februari", "feb"),
        ("maart", "mrt"),
        ("april", "apr"),
        ("mei",),
        ("juni", "jun"),
        ("juli", "jul"),
        ("augustus", "aug"),
        ("september", "sept"),
        ("oktober", "okt"),
        ("november", "nov"),
        ("december", "dec"),
    ),
    weekdays=(("maandag",), ("dinsdag",), ("woensdag",), ("donderdag",), ("vrijdag",), ("zaterdag",), ("zondag",)),
    immediate=("voor onmiddellijke publicatie",),
    genre=("persbericht",),
    stop=("de", "het", "een", "en", "van", "voor", "met", "dat", "zijn", "op", "aan", "bij", "ook"),
)
