"""French: what the parts of a release are called in it.

Gaps: only a beginning.
"""

from __future__ import annotations

from mailer.release.words.shape import Words

FRENCH = Words(
    months=(
        ("janvier", "janv"),
        ("février", "fevrier", "févr"),
        ("mars",),
        ("avril", "avr"),
        ("mai",),
        ("juin",),
        ("juillet", "juil"),
        ("août", "aout"),
        ("septembre", "sept"),
        ("octobre", "oct"),
        ("novembre", "nov"),
        ("décembre", "decembre", "déc"),
    ),
    weekdays=(("lundi",), ("mardi",), ("mercredi",), ("jeudi",), ("vendredi",), ("samedi",), ("dimanche",)),
    immediate=("pour diffusion immédiate",),
    genre=("communiqué de presse",),
    stop=("le", "la", "les", "des", "et", "du", "une", "est", "dans", "pour", "que", "sur", "avec", "au", "aux"),
)
