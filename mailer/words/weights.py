"""Weights: what a few sentences mean, added up from their words; fitted on texts (`tests.weights`), chosen by nobody.

That they want no more mail, or have left, people say each in their own words, and no table has them all. But each word,
each beginning of a word, and each pair of words that stand near each other speaks for it or against it: by how much
more often it is in texts that say so than in texts that do not (naive Bayes: the logarithm of that ratio). Their
sum, over the square root of how many there are and some more, is what a text weighs: 0 says nothing, and what is enough
is its reader's to say. Rules go first, since they can say why; this is for what no rule knows.

A scale is a file. Its features are known by their CRC-32, in ascending order, four bytes each (the lowest first); then
comes a byte for each, its weight in sixteenths; where a scale tells several kinds apart, as many bytes for each of them
in turn. It is searched as it is there, between the places where the upper bits of the numbers change, which needs
hardly any memory besides. Never raises; knows no language, and mixes none up: their words differ.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from functools import cache
from math import sqrt
from pkgutil import get_data
from typing import Final
from zlib import crc32

from mailer import lazy_re as re
from mailer.words import without_accents

UNIT: Final = 16  # of a weight
KINDS: Final = {"letters": ("optout",), "notes": ("out",), "notices": ("challenge", "left", "away")}
_STEM: Final = 4  # letters that the forms of a word have in common, mostly
_FEW: Final = 32  # features of a text so short that it says little for sure
_PIECE: Final = 3  # signs, in Chinese and Japanese, which part no words by blanks
_LOWER: Final = 20  # bits of a number that are searched for; by the upper ones a scale is parted
_CODE: Final = re.compile(r"[!-~]{40,}")  # a link or a code, and no words
_TOKEN: Final = re.compile(r"[^\W\d_]+|\d+|[?!]")
_WIDE: Final = "\u2e80"  # where those begin; Korean, which parts words, is below once its syllables are taken apart


def features(text: str) -> set[str]:
    """Return what of a text has a weight: words, their beginnings, and pairs of those, without case and accents."""
    found: set[str] = set()
    last = last_but_one = ""
    for word in _TOKEN.findall(_CODE.sub(" ", without_accents(text))):
        if word[0] >= _WIDE:
            last = last_but_one = ""
            found.update(word[at : at + size] for size in range(1, _PIECE + 1) for at in range(len(word) - size + 1))
            continue
        stem = "0" if word[0].isdigit() else word[:_STEM]
        found.add(stem)
        if stem != "0":
            found.add(word)
        if last:
            found.add(f"{last} {stem}")
        if last_but_one:
            found.add(f"{last_but_one} .{stem}")
        last_but_one, last = last, stem
    return found


@cache
def _scale(name: str) -> tuple[array[int], list[int], dict[str, array[int]]]:
    data = get_data(__name__, f"{name}.weights") or b""
    count = len(data) // (4 + len(KINDS[name]))
    numbers = array("I", data[: 4 * count])
    if sys.byteorder == "big":
        numbers.byteswap()
    edges = [bisect_left(numbers, upper << _LOWER) for upper in range((1 << 32 - _LOWER) + 1)]
    return numbers, edges, {kind: array("b", data[at * count :][:count]) for at, kind in enumerate(KINDS[name], 4)}


def weigh_kinds(name: str, text: str) -> dict[str, float]:
    """Return what a text weighs on a scale, by kind: the more above 0, the surer."""
    (numbers, edges, weights), found = _scale(name), features(text)
    places = []
    for each in found:
        number = crc32(each.encode())
        upper = number >> _LOWER
        place = bisect_left(numbers, number, edges[upper], end := edges[upper + 1])
        if place < end and numbers[place] == number:
            places.append(place)
    whole = UNIT * sqrt(len(found) + _FEW)
    return {kind: sum(map(column.__getitem__, places)) / whole for kind, column in weights.items()}


def weigh(name: str, text: str) -> float:
    """Return what a text weighs on a scale of one kind."""
    return next(iter(weigh_kinds(name, text).values()))
