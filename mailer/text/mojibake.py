"""Mojibake: what was once decoded in a wrong encoding, put right.

Owns finding such words line by line, and the sentences that show each repair. A line that is fine stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# what the first bytes of Western and Japanese letters in UTF-8 look like when they are read one by one
_TWICE = re.compile("[\u00c2-\u00c5\u00e2-\u00e9\u00ef\u00d0\u00d1\u00cb\u221a\u201a][^a-zA-Z0-9\\s.,;:!?'\"()]")


@dataclass(frozen=True, slots=True)
class Repair:
    """Mojibake that was put right: its line, the words before and after."""

    line: int
    before: str
    after: str


def mend_mojibake(text: str) -> tuple[str, tuple[Repair, ...]]:
    """Put right what was once decoded in a wrong encoding (“GroÃŸ”), line by line; a line that is fine stays.

    Return the text, and each change, so that a person can look at it.
    """
    if text.isascii():
        return text, ()
    lines = text.split("\n")
    repairs: list[Repair] = []
    for i, line in enumerate(lines):
        if not _TWICE.search(line):
            continue
        import ftfy.badness  # noqa: PLC0415 - few texts need it, and all would wait for it

        mended = ftfy.fix_encoding(line) if ftfy.badness.is_bad(line) else line
        if mended != line and "\n" not in mended:
            repairs.extend(Repair(i + 1, *pair) for pair in _changes(line, mended))
            lines[i] = mended
    return "\n".join(lines), tuple(repairs)


def _changes(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Yield the words that changed; the whole line where the words do not stand against each other."""
    old, new = before.split(" "), after.split(" ")
    if len(old) != len(new):
        yield before.strip(), after.strip()
        return
    changed = [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]]
    yield " … ".join(pair[0] for pair in changed), " … ".join(pair[1] for pair in changed)


def repair_sentences(repairs: tuple[Repair, ...], *, done: bool) -> Iterator[tuple[int, str]]:
    """Yield a sentence with its line for each repair; `done` says that it was made, and not only proposed."""
    for repair in repairs:
        if done:
            yield repair.line, f'wrongly decoded characters were put right: "{repair.before}" is now "{repair.after}"'
        else:
            yield repair.line, f'looks wrongly decoded: is "{repair.before}" meant to be "{repair.after}"?'
