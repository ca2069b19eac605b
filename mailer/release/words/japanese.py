"""Japanese: what the parts of a release are called in it.

Gaps: only a beginning. Japanese has no blanks between words, so `stop` cannot tell it.
"""

from __future__ import annotations

from mailer.release.words.shape import Words

JAPANESE = Words(
    months=(),
    weekdays=(),
    immediate=("即時発表",),
    genre=("プレスリリース", "報道発表"),
)
