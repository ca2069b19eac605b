"""Fitting: texts that people wrote become a scale of `mailer.words.weights`.

A line of a file of `letters/` or `notes/` is a text behind what it means: `optout` and `out` say that no more mail is
wanted, `none` and `keep` do not; `\\n` is the end of a line in it. All are invented, by people who did not know how
they would be read. Half of those that say nothing of the kind use the same words: there the two are told apart.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from math import log
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

import mailer.words
from mailer.words.weights import UNIT, features
from tests.bounces.answers.test_said import SAID
from tests.contacts.test_notes import (
    BARRED,
    GONE,
    LOOK_ALIKE,
    OTHERS,
    OWN_WORDS,
    OWN_WORDS_OF_ELSE,
    SPOKEN,
    UNDONE,
    WANTED,
)
from tests.contacts.test_wishes import ADDED_UP, NO_WISHES, OF_SOMETHING_ELSE, ORDINARY, WISHES


class Text(NamedTuple):
    """A text, and whether it says that no more mail is wanted."""

    words: str
    says_so: bool


HERE: Final = Path(__file__).parent
SCALES: Final = ("letters", "notes")
_SAY_SO: Final = {"optout": True, "out": True, "none": False, "keep": False}
_OF_RULES: Final = {
    "letters": [Text(text, kind == "optout") for kind, _, text in SAID if kind in _SAY_SO],
    "notes": [
        *(Text(text, says_so=True) for text in (*WISHES, *ADDED_UP, *GONE, *BARRED, *SPOKEN, *OWN_WORDS)),
        *(
            Text(text, says_so=False)
            for text in (*ORDINARY, *UNDONE, *WANTED, *OTHERS, *LOOK_ALIKE, *OWN_WORDS_OF_ELSE)
        ),
        *(Text(text, says_so=False) for text in (*OF_SOMETHING_ELSE, *(text for _, text in NO_WISHES))),
    ],
}
_UNSEEN: Final = 0.15  # of all texts, so many may have a feature that none of one kind has here
_MOST: Final = 127


def read_texts(folder: Path) -> Iterator[Text]:
    """Yield the texts of all languages of a folder."""
    for path in sorted(folder.glob("*.tsv")):
        for line in path.read_text("utf-8").splitlines():
            meaning, _, text = line.partition("\t")
            yield Text(text.replace("\\n", "\n"), _SAY_SO[meaning])


def read_all(scale: str) -> list[Text]:
    """Return the texts that a scale is fitted on: its own, and those that the tests of the rules have."""
    return [*read_texts(HERE / scale), *_OF_RULES[scale]]


def fit(texts: Iterable[Text]) -> bytes:
    """Return a scale as its file has it."""
    for_it, against = Counter[int](), Counter[int]()
    sizes = Counter[bool]()
    for text in texts:
        (for_it if text.says_so else against).update(crc32(each.encode()) for each in features(text.words))
        sizes[text.says_so] += 1

    numbers, unseen = sorted({*for_it, *against}), _UNSEEN / sizes.total()
    ratios = (log((for_it[each] / sizes[True] + unseen) / (against[each] / sizes[False] + unseen)) for each in numbers)
    weights = array("b", (max(-_MOST, min(_MOST, round(UNIT * ratio))) for ratio in ratios))
    return b"".join(each.to_bytes(4, "little") for each in numbers) + weights.tobytes()


def file_of(scale: str) -> Path:
    """Return where the product keeps a scale."""
    return Path(mailer.words.__file__).parent / f"{scale}.weights"
