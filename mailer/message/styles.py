"""Styles: what CSS means for an element, as far as mail has CSS.

Owns the reading of inline declarations and of the rules of a `<style>`, and the cascade between them for one element:
rules by specificity, inline over them, `!important` over both. Never raises, never fetches: what it cannot read, it
leaves out, as a browser does.
Gaps: selectors with `+`, `~`, `:has` and their like match nothing; of media queries only `prefers-color-scheme` is
answered, all others (narrow screens, print) are not met.
CSS Syntax 3 §5, CSS Cascade 4 §6, Media Queries 5 §11.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

_DECLARATION = re.compile(r"""([\w-]+)\s*:\s*((?:[^;"'(]|"[^"]*"|'[^']*'|\([^)]*\))*)""")
_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_IMPORTANT = re.compile(r"\s*!\s*important\s*$", re.IGNORECASE)
_SIMPLE = re.compile(r"(\*|[a-zA-Z][\w-]*)?((?:\.[\w-]+|#[\w-]+|\[[^\]]*\])*)")
_MARKS = re.compile(r"\.([\w-]+)|#([\w-]+)|\[([\w-]+)(?:=[\"']?([^\"'\]]*)[\"']?)?\]")


def declarations(text: str) -> dict[str, str]:
    """Return the declarations of a `style` attribute by property, in lower case; the last one of a property wins."""
    if not text:
        return {}
    found: dict[str, str] = {}
    for name, value in _DECLARATION.findall(text):
        found.pop(name.lower(), None)  # the order says which of `font` and `font-size` came last
        found[name.lower()] = _IMPORTANT.sub("", value).strip()
    return found


class Styled(Protocol):
    """What a selector is held against."""

    tag: str
    attributes: dict[str, str]
    style: dict[str, str]

    @property
    def classes(self) -> list[str]:
        """Return the names under `class`."""

    @property
    def parent(self) -> Styled | None:
        """Return what it stands in."""


@dataclass(frozen=True, slots=True)
class _Compound:
    """`td.note[dir=rtl]`: what one element must be."""

    tag: str
    classes: tuple[str, ...]
    id: str
    attributes: tuple[tuple[str, str], ...]
    is_child: bool = False  # of what the next compound to the left means

    def fits(self, element: Styled) -> bool:
        have = element.attributes
        return (
            self.tag in {"", element.tag}
            and (not self.id or have.get("id") == self.id)
            and (not self.classes or set(self.classes) <= set(element.classes))
            and all(name in have and (not value or have[name] == value) for name, value in self.attributes)
        )

    @property
    def weight(self) -> tuple[int, int, int]:
        return bool(self.id), len(self.classes) + len(self.attributes), bool(self.tag)


@dataclass(frozen=True, slots=True)
class _Selector:
    """A selector, its last compound first."""

    compounds: tuple[_Compound, ...]

    def fits(self, element: Styled) -> bool:
        first, *rest = self.compounds
        return first.fits(element) and _fits_above(element, first, rest)

    @property
    def weight(self) -> tuple[int, int, int]:
        weights = [compound.weight for compound in self.compounds]
        return sum(w[0] for w in weights), sum(w[1] for w in weights), sum(w[2] for w in weights)


def _fits_above(element: Styled, below: _Compound, rest: Sequence[_Compound]) -> bool:
    if not rest:
        return True
    above = element.parent
    while above is not None:
        if rest[0].fits(above) and _fits_above(above, rest[0], rest[1:]):
            return True
        if below.is_child:
            return False
        above = above.parent
    return False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a style sheet: when it holds (a media query, "" always), for whom, and what it declares."""

    media: str
    selectors: str
    declared: tuple[tuple[str, str, bool], ...]  # property, value, whether it is important
    _parsed: tuple[_Selector, ...] = field(repr=False, default=())

    @property
    def is_dark(self) -> bool:
        """Return whether it is for dark mode."""
        return bool(re.search(r"prefers-color-scheme\s*:\s*dark", self.media, re.IGNORECASE))

    def weight_on(self, element: Styled) -> tuple[int, int, int] | None:
        """Return the specificity with which it holds for an element, None where it does not."""
        return max((each.weight for each in self._parsed if each.fits(element)), default=None)


def read_rules(sheet: str) -> tuple[Rule, ...]:
    """Return the rules of a style sheet in their order; of other at-rules than `@media` none."""
    return tuple(_rules(_COMMENT.sub(" ", sheet), ""))


def _rules(text: str, media: str) -> Iterator[Rule]:
    for prelude, block in _blocks(text):
        if prelude.lower().startswith("@media"):
            yield from _rules(block, f"{media} {prelude[6:]}".strip())
        elif not prelude.startswith("@"):
            parsed = tuple(each for part in prelude.split(",") if (each := _selector(part.strip())))
            yield Rule(media, prelude, tuple(_declared(block)), parsed)


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yield what stands before each block of braces, and what stands in it."""
    depth = start = opened = 0
    for found in re.finditer(r"[{};]", text):
        mark, at = found.group(), found.start()
        if mark == "{":
            depth += 1
            opened = at if depth == 1 else opened
        elif mark == "}" and depth:
            depth -= 1
            if not depth:
                yield text[start:opened].strip(), text[opened + 1 : at]
                start = at + 1
        elif not depth:  # `@import …;`, or a brace too many
            start = at + 1


def _declared(block: str) -> Iterator[tuple[str, str, bool]]:
    for name, value in _DECLARATION.findall(block):
        yield name.lower(), _IMPORTANT.sub("", value).strip(), bool(_IMPORTANT.search(value))


def _selector(text: str) -> _Selector | None:
    compounds: list[_Compound] = []
    is_child = False
    for part in reversed(re.sub(r"\s*>\s*", " > ", text).split()):
        if part == ">":
            if not compounds:
                return None
            last = compounds.pop()
            compounds.append(_Compound(last.tag, last.classes, last.id, last.attributes, is_child=True))
            continue
        simple = _SIMPLE.fullmatch(part.removeprefix(":root") or "html")
        if simple is None:
            return None
        marks = _MARKS.findall(simple[2])
        compounds.append(
            _Compound(
                "" if simple[1] == "*" else (simple[1] or "").lower(),
                tuple(name for name, *_ in marks if name),
                next((name for _, name, *_ in marks if name), ""),
                tuple((name, value) for *_, name, value in marks if name),
                is_child=is_child,
            )
        )
    return _Selector(tuple(compounds)) if compounds else None


class Cascade:
    """Gives what is declared for an element, by its inline CSS and the rules of the page's style sheets."""

    def __init__(self, sheets: Sequence[str], *, dark: bool = False) -> None:
        """Take the style sheets, and whether the reader's screen is dark."""
        self._rules = [
            rule for sheet in sheets for rule in read_rules(sheet) if not rule.media or (dark and rule.is_dark)
        ]
        self._known: dict[int, dict[str, str]] = {}

    def declared(self, element: Styled) -> dict[str, str]:
        """Return what is declared for an element by property, what wins last; nothing is inherited here."""
        known = self._known.get(id(element))
        if known is None:
            known = self._known[id(element)] = self._cascade(element) if self._rules else element.style
        return known

    def _cascade(self, element: Styled) -> dict[str, str]:
        weighed = ((rule.weight_on(element), rule) for rule in self._rules)
        met = sorted(((weight, rule) for weight, rule in weighed if weight is not None), key=lambda pair: pair[0])
        found: dict[str, str] = {}
        for is_important in (False, True):
            if is_important:
                _take(found, element.style.items())
            for _, rule in met:
                _take(found, ((name, value) for name, value, strong in rule.declared if strong is is_important))
        return found


def _take(found: dict[str, str], more: Iterable[tuple[str, str]]) -> None:
    for name, value in more:
        found.pop(name, None)
        found[name] = value
