"""Tree: one regular expression of many phrases, in which those that begin alike share their beginning.

A search asks at each letter of a text whether one of hundreds of phrases begins there: a list of alternatives tries
them all, a tree looks at the next letter alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_APOSTROPHE = "['’]"
_LAST_WESTERN = "ÿ"  # a class of letters up to here is a small table
_BLANKS = r"\s+"
_Tree = dict[str, "_Tree"]  # by what comes next; "" where a phrase ends


def regular_expression(phrases: Iterable[str]) -> str:
    """Return a group without a name that matches any of the phrases, the longest first; none matches nothing.

    It is to be compiled with `re.IGNORECASE`: capitals count as small letters. Blanks match any blanks, and an
    apostrophe any apostrophe.
    """
    tree: _Tree = {}
    for phrase in phrases:
        branch = tree
        for step in _steps(phrase):
            branch = branch.setdefault(step, {})
        branch[""] = {}
    western = {step: branch for step, branch in tree.items() if _first(step) <= _LAST_WESTERN}
    others = {step: branch for step, branch in tree.items() if step not in western}
    ways = [_guarded(western, f"[{_both_cases(western)}]"), _guarded(others, rf"[^\x00-{_LAST_WESTERN}]")]
    return f"(?:{'|'.join(filter(None, ways)) or '(?!)'})"


def _guarded(tree: _Tree, first: str) -> str:
    """Write a tree behind a look at the first letter: as they are: to compile it without case costs more."""
    return f"(?=(?-i:{first})){_written(tree)}" if tree else ""


def _both_cases(steps: Iterable[str]) -> str:
    letters = ("'’" if step == _APOSTROPHE else step for step in steps)
    return "".join(sorted({case for letter in letters for case in (letter, letter.upper())}))


def _first(step: str) -> str:
    return step.removeprefix("[").removeprefix("\\")


def _steps(phrase: str) -> Iterator[str]:
    for i, word in enumerate(phrase.split()):
        if i:
            yield _BLANKS
        yield from (_APOSTROPHE if letter == "'" else re.escape(_small(letter)) for letter in word)


def _small(letter: str) -> str:
    small = letter.lower()
    return small if len(small) == 1 else letter


def _written(tree: _Tree) -> str:
    """Write what may follow: an end that others pass comes last, so that the longest phrase counts."""
    ways = [step + _after(branch) for step, branch in tree.items() if step]
    whole = "|".join(ways)
    if "" not in tree:
        return whole if len(ways) == 1 else f"(?:{whole})"
    return f"(?:{whole})?"


def _after(branch: _Tree) -> str:
    return "" if branch.keys() == {""} else _written(branch)
