"""Spanish: what the parts of a release are called in it.

Gaps: only a beginning.
"""

from __future__ import annotations

from mailer.release.words.shape import Words

SPANISH = Words(
    months=(
        ("enero", "ene"),
        ("febrero", "feb"),
        ("marzo",),
        ("abril", "abr"),
        ("mayo",),
        ("junio",),
        ("julio",),
        ("agosto", "ago"),
        ("septiembre", "setiembre", "sept"),
        ("octubre", "oct"),
        ("noviembre", "nov"),
        ("diciembre", "dic"),
    ),
    weekdays=(("lunes",), ("martes",), ("miércoles",), ("jueves",), ("viernes",), ("sábado",), ("domingo",)),
    immediate=("para difusión inmediata", "para publicación inmediata"),
    genre=("nota de prensa", "comunicado de prensa"),
    stop=("el", "los", "las", "y", "del", "una", "es", "en", "para", "que", "con", "por", "su", "al"),
)
