"""Italian: what the parts of a release are called in it.

Gaps: only a beginning.
"""

from __future__ import annotations

from mailer.release.words.shape import Words

ITALIAN = Words(
    months=(
        ("gennaio", "gen"),
        ("febbraio", "feb"),
        ("marzo",),
        ("aprile", "apr"),
        ("maggio", "mag"),
        ("giugno", "giu"),
        ("luglio", "lug"),
        ("agosto", "ago"),
        ("settembre", "set"),
        ("ottobre", "ott"),
        ("novembre", "nov"),
        ("dicembre", "dic"),
    ),
    weekdays=(("lunedì",), ("martedì",), ("mercoledì",), ("giovedì",), ("venerdì",), ("sabato",), ("domenica",)),
    immediate=("per la diffusione immediata",),
    genre=("comunicato stampa",),
    stop=("il", "lo", "gli", "della", "di", "che", "per", "una", "con", "sono", "nel", "alla", "dei"),
)
