"""Portuguese: what the parts of a release are called in it.

Gaps: only a beginning.
"""

from __future__ import annotations

from mailer.release.words.shape import Words

PORTUGUESE = Words(
    months=(
        ("janeiro", "jan"),
        ("fevereiro", "fev"),
        ("março", "marco"),
        ("abril", "abr"),
        ("maio",),
        ("junho", "jun"),
        ("julho", "jul"),
        ("agosto", "ago"),
        ("setembro", "set"),
        ("outubro", "out"),
        ("novembro", "nov"),
        ("dezembro", "dez"),
    ),
    weekdays=(
        ("segunda-feira",),
        ("terça-feira",),
        ("quarta-feira",),
        ("quinta-feira",),
        ("sexta-feira",),
        ("sábado",),
        ("domingo",),
    ),
    immediate=("para divulgação imediata",),
    genre=("comunicado de imprensa", "nota à imprensa"),
    stop=("o", "os", "as", "da", "do", "e", "uma", "para", "com", "que", "em", "não", "na", "no"),
)
