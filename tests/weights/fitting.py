"""Fitting: texts that people wrote become a scale of `mailer.words.weights`.

A line of a file of `letters/`, `notes/` or `notices/` is a text behind what it means: `optout` and `out` say that no
more mail is wanted, `none` and `keep` do not; a notice is a `challenge`, says that somebody is `away` or has `left`, or
is `plain`. `\\n` is the end of a line in it. All are invented, by people who did not know how they would be read. Half
of those that say nothing of the kind use the same words: there the two are told apart.
"""

from __future__ import annotations

import tomllib
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from math import log
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

import mailer.words
from mailer.bounces.answers import new_text
from mailer.bounces.parts import parse_message
from mailer.words.weights import KINDS, UNIT, features
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
    """A text, and what it says: a kind of its scale (`KINDS`), or another word where it says none of them."""

    words: str
    kind: str


def _nothing_said() -> Iterator[Path]:
    """Yield the messages of the corpus that are nothing a machine has to know."""
    for labels in sorted((HERE.parent / "bounces" / "corpus").glob("*.toml")):
        if tomllib.loads(labels.read_text("utf-8")).get("kind") == "none":
            yield labels.with_suffix(".eml")


HERE: Final = Path(__file__).parent
_KINDS_OF_SAID: Final = {"autoreply": "away", "moved": "left"}
_OF_RULES: Final = {
    "letters": [Text(text, kind) for kind, _, text in SAID if kind in {"optout", "none"}],
    "notes": [
        *(Text(text, "out") for text in (*WISHES, *ADDED_UP, *GONE, *BARRED, *SPOKEN, *OWN_WORDS)),
        *(Text(text, "keep") for text in (*ORDINARY, *UNDONE, *WANTED, *OTHERS, *LOOK_ALIKE, *OWN_WORDS_OF_ELSE)),
        *(Text(text, "keep") for text in (*OF_SOMETHING_ELSE, *(text for _, text in NO_WISHES))),
    ],
    "notices": [
        *(Text(text, _KINDS_OF_SAID.get(kind, kind)) for kind, _, text in SAID),
        *(Text(new_text(parse_message(each.read_bytes())), "plain") for each in _nothing_said()),
    ],
}
_ALSO_PLAIN: Final = {"notices": "letters"}  # what is none of the other scale is none of this one
_UNSEEN: Final = 0.15  # of all texts, so many may have a feature that none of one kind has here
_MOST: Final = 127


def read_texts(folder: Path) -> Iterator[Text]:
    """Yield the texts of all languages of a folder."""
    for path in sorted(folder.glob("*.tsv")):
        for line in path.read_text("utf-8").splitlines():
            kind, _, text = line.partition("\t")
            yield Text(text.replace("\\n", "\n"), kind)


def read_all(scale: str) -> list[Text]:
    """Return the texts that a scale is fitted on: its own, and those that the tests of the rules have."""
    also = read_texts(HERE / _ALSO_PLAIN[scale]) if scale in _ALSO_PLAIN else ()
    return [*read_texts(HERE / scale), *_OF_RULES[scale], *(each for each in also if each.kind == "none")]


def fit(scale: str, texts: Iterable[Text]) -> bytes:
    """Return a scale as its file has it."""
    found, sizes = defaultdict[str, Counter[int]](Counter), Counter[str]()
    for text in texts:
        found[text.kind].update(crc32(each.encode()) for each in features(text.words))
        sizes[text.kind] += 1
    whole, unseen = Counter[int](), _UNSEEN / sizes.total()
    for each in found.values():
        whole.update(each)
    numbers, weights = sorted(whole), array("b")
    for kind in KINDS[scale]:
        has, size, others = found[kind], sizes[kind], sizes.total() - sizes[kind]
        ratios = (log((has[n] / size + unseen) / ((whole[n] - has[n]) / others + unseen)) for n in numbers)
        weights.extend(max(-_MOST, min(_MOST, round(UNIT * ratio))) for ratio in ratios)
    return b"".join(each.to_bytes(4, "little") for each in numbers) + weights.tobytes()


def file_of(scale: str) -> Path:
    """Return where the product keeps a scale."""
    return Path(mailer.words.__file__).parent / f"{scale}.weights"
