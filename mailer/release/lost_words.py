"""Lost words: the promise that nothing of a source is lost.

Owns comparing the words of a source with those of the release that was made of it. A line whose words no recogniser
put anywhere is kept beside the release, and told: it hardly happens, and it must not matter.
"""

from __future__ import annotations

from dataclasses import replace

from mailer.errors import Problem, Severity
from mailer.release.document import document_words
from mailer.release.inline import count_words
from mailer.release.pieces import Draft, Line
from mailer.release.values import Release

_TOLD = frozenset({"left-out", "hidden-text", "comment", "tracked-change"})


def keep_lost_words(release: Release, text: str, source: str) -> Release:
    """Keep the lines of a text whose words are in no field and in no problem that tells what was left out."""
    told = " ".join(problem.message for problem in release.problems if problem.code in _TOLD)
    lost = count_words(text) - document_words(release) - count_words(told)
    if not lost:
        return release
    lines: list[Line] = []
    left = dict(lost)
    for number, line in enumerate(text.split("\n"), 1):
        words = {word for word in count_words(line) if left.get(word, 0) > 0}
        if words:
            lines.append(Line(number, " ".join(line.split())))
            left.update({word: left[word] - 1 for word in words})
    kept = Draft(source, [], problems=list(release.problems), kept=list(release.kept))
    for each in lines:
        kept.keep("other", each)
    words_lost = ", ".join(sorted(lost))[:100]
    kept.problems.append(
        Problem(
            "unsure-line",
            f"these words ended up in no field: {words_lost}; the lines are kept beside the release",
            Severity.NOTE,
            source,
            lines[0].number if lines else None,
        )
    )
    return replace(release, kept=tuple(kept.kept), problems=tuple(kept.problems))
