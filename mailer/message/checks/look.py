"""Look: a finished message as the rules see it, parsed once for all of them.

Owns the two parts as text, the HTML page, the effect of CSS on it in light and in dark mode, and the result of a rule.
Never judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Final, TypeAlias

import css_inline

from mailer import lazy_re as re
from mailer.errors import Severity
from mailer.frozen import dataclass, field
from mailer.message.parts import Page, Part, parse_parts, read_page
from mailer.message.values import Check
from mailer.text.headers import decode_words
from mailer.words import read_section

_MOST_NAMED = 5
_LONGEST = 60
# css-inline ignores media queries, so the rules for a dark screen are taken out of them
_DARK_RULES = re.compile(
    r"@media[^{}]{0,200}prefers-color-scheme\s*:\s*dark[^{}]{0,200}\{((?:[^{}]*\{[^{}]*\})*)\s*\}", re.IGNORECASE
)
_CASCADE = css_inline.CSSInliner(
    load_remote_stylesheets=False, apply_width_attributes=False, apply_height_attributes=False
)


@dataclass(frozen=True)
class Look:
    """A message with what it must contain: the postal address ("": not checked), the opt-out URIs, the largest size."""

    data: bytes = field(repr=False)
    postal_address: str = ""
    optouts: Sequence[str] = ()
    size_limit: int = 0

    @cached_property
    def message(self) -> Part:
        """Return the parsed message."""
        return parse_parts(self.data)

    @cached_property
    def text(self) -> str:
        """Return the text part, with line feeds."""
        return self.message.text("text/plain").replace("\r\n", "\n")

    @cached_property
    def html(self) -> str:
        """Return the HTML part, with line feeds; empty if there is none."""
        return self.message.text("text/html").replace("\r\n", "\n")

    @cached_property
    def is_plain(self) -> bool:
        """Return whether it is plain text, for people who want no HTML: it has neither an alternative nor a page."""
        kinds = {part.media_type for part in self.message.walk()}
        return "text/plain" in kinds and not kinds & {"text/html", "multipart/alternative"}

    @cached_property
    def page(self) -> Page:
        """Return the page of the HTML part, without its style sheets applied; an empty one if there is none."""
        return read_page(self.html)

    @cached_property
    def light(self) -> Page:
        """Return the page on a light screen: the rules of its style sheets are in each element's own style."""
        return self.page if not self.page.every("style") else read_page(_with_rules(self.html))

    @cached_property
    def dark(self) -> Page | None:
        """Return the page on a dark screen; None if it has no rules for one."""
        if not any("prefers-color-scheme" in sheet for sheet in self.page.style_sheets):
            return None
        return read_page(_with_rules(_DARK_RULES.sub(r"\1", self.html)))

    @cached_property
    def subject(self) -> str:
        """Return the decoded subject."""
        return decode_words(self.message.first("Subject"))


def _with_rules(html: str) -> str:
    try:
        return _CASCADE.inline(html)
    except css_inline.InlineError:  # a stranger's style sheet: without its rules, as a browser would
        return html


# Rules: code, severity, the sentences for pass and failure, and what to do.

FAULT_OF_OURS: Final = "This is a fault of the program, not of the release: please report it, with this message."


@dataclass(frozen=True, slots=True)
class Rule:
    """The sentences of a rule for pass (`good`) and failure (`bad`); of two severities, `severity` is the worse."""

    severity: Severity
    good: str
    bad: str
    hint: str


def _rule(level: str, good: str, bad: str, hint: str = "") -> Rule:
    if level == "ours":
        return Rule(Severity.ERROR, good, bad, FAULT_OF_OURS)
    return Rule(next(each for each in Severity if each.value in level), good, bad, hint)


RULES: Final[Mapping[str, Rule]] = {code: _rule(*row) for code, *row in read_section("checks", "mail")["rows"]}


def judged(
    code: str,
    wrong: bool | Iterable[str],  # noqa: FBT001 - it is the result itself
    *,
    bad: str = "",
    hint: str = "",
    severity: Severity | None = None,
    **details: object,
) -> Check:
    """Return the result of a rule; `wrong` is a yes or no, or the faults, of which the first are named.

    The rule's own sentence, filled in with `details`, hint and severity are used if no other is given.
    """
    rule = RULES[code]
    faults = () if isinstance(wrong, bool) else tuple(dict.fromkeys(wrong))
    level = severity or rule.severity
    if not (wrong if isinstance(wrong, bool) else faults):
        return Check(code, passed=True, message=rule.good, severity=level)
    shown = ", ".join(shortened(fault) for fault in faults[:_MOST_NAMED] if fault)
    more = f" and {len(faults) - _MOST_NAMED} more" if len(faults) > _MOST_NAMED else ""
    sentence = bad or rule.bad.format_map(details)
    return Check(
        code,
        passed=False,
        message=f"{sentence}: {shown}{more}" if shown else sentence,
        severity=level,
        hint=hint or rule.hint,
        faults=faults,
    )


def shortened(text: str) -> str:
    """Return the beginning of a text, on one line, short enough for a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1].rstrip()}…"


# Colours: the values of CSS.

Colour: TypeAlias = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
_NAMED: Final = dict(each.split() for each in read_section("checks", "colours")["names"])
_SHORT = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])[0-9a-f]?")
_LONG = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})(?:[0-9a-f]{2})?")
_RGB = re.compile(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)(?:[\s,/]+([\d.]+%?))?\s*\)")
_IN_SHORTHAND = re.compile(r"#[0-9a-f]{3,8}\b|rgba?\([^)]*\)|[a-z]+")


@lru_cache(maxsize=256)
def parse_colour(value: str) -> Colour | None:
    """Read a colour; None if it is none, is unknown here, or cannot be seen (`transparent`)."""
    text = value.strip().lower()
    text = _NAMED.get(text, text)
    if found := _LONG.fullmatch(text):
        return int(found[1], 16), int(found[2], 16), int(found[3], 16)
    if found := _SHORT.fullmatch(text):
        return int(found[1] * 2, 16), int(found[2] * 2, 16), int(found[3] * 2, 16)
    if found := _RGB.fullmatch(text):
        is_seen = found[4] not in {"0", "0.0", "0%"}
        return (min(int(found[1]), 255), min(int(found[2]), 255), min(int(found[3]), 255)) if is_seen else None
    return None


@lru_cache(maxsize=256)
def paper_of(background: str) -> Colour | None:
    """Read the colour out of a value of `background`."""
    text = re.sub(r"url\([^)]*\)", " ", background.lower())
    return next((colour for word in _IN_SHORTHAND.findall(text) if (colour := parse_colour(word))), None)
