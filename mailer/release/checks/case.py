"""Case: one release with everything that a check may know about it.

Owns the values that every check takes, the position of a passage in the release's file, and making a finding from the
table of codes (`mailer/words/checks.toml`): the code, its severity, its meaning and what to do. A test compares
`docs/checks.md` with that table, and a waiver may only name codes from it. Never reads a file or a clock: both are
passed in.

Owns matching `checks.waive`, by which the author waives warnings, with the findings. A waiver names a code; if a code
was found several times, it also names what the finding is about, or `"*"` for all. Errors cannot be waived, except
those that are a matter of judgement (`Rule.is_judgement`). A mistake in a waiver is a finding of its own.

Gaps: for a passage that occurs twice in a file, the first line is reported. A file that is not text (Word) has no
lines.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from html import unescape

from mailer import lazy_re as re
from mailer.errors import Problem, Severity, did_you_mean
from mailer.frozen import dataclass, field
from mailer.release.markdown.frontmatter import one_line, waiver_key
from mailer.release.values import Block, Image, Quote, Release, Waiver, block_inlines, plain
from mailer.text.encodings import UnreadableText, decode_text
from mailer.words import read_section

_CJK = "\u3040-\u30ff\u3400-\u9fff"  # no blanks between words: each character is one
_WORD = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+")
_TAG = re.compile(
    r"<head\b.*?</head>|<(?:!--.*?--|[/!?]?[a-zA-Z][^<>]*)>", re.DOTALL
)  # a page's title is not a headline
_ESCAPE = re.compile(r"\\(?=[^\w\s])")
_LINE_END = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")  # the line ends that `source` counts
_WINDOW = 6  # words on each side that distinguish one place from another
_CONTEXT = 250  # characters that have so many words
_FEWEST_SIGNS = 4  # characters of a script without blanks


class Input(StrEnum):
    """What a check needs: only the text, files beside it, or the web (only on request)."""

    TEXT = "text"
    FILES = "files"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class Rule:
    """The meaning of a code: `worst` is its highest severity, `means` and `todo` are sentences for people.

    `is_judgement` marks an error that a person may know better: it stops a mailing, and can be waived with a reason.
    """

    severity: Severity
    means: str
    todo: str
    input_kind: Input
    worst: Severity | None
    waivable: bool
    is_judgement: bool

    @property
    def can_be_waived(self) -> bool:
        """Return whether a person may waive it: other errors stop a mailing, and notes stop nothing."""
        return self.waivable and (self.is_judgement or self.severity is Severity.WARNING)


def _rule(how: str, input_name: str, means: str, todo: str) -> Rule:
    """Parse a row; `how` is a severity, perhaps followed by a qualification."""
    severity, _, more = how.partition(" ")
    worst = Severity.ERROR if more == "or error" else None
    return Rule(Severity(severity), means, todo, Input(input_name), worst, more != "that stays", more == "of judgement")


RULES: Mapping[str, Rule] = {code: _rule(*row) for code, *row in read_section("checks", "rules")["rows"]}

# the codes of the reader, before any check; this prefix marks what it is unsure of
UNSURE = "unsure-"
READING: Mapping[str, str] = dict(read_section("checks", "reading")["rows"])

# warnings about the finished mail, which only its composer finds: a release may waive them all the same
_MAIL = read_section("checks", "mail")["rows"]
OF_THE_MAIL = frozenset({"spam-score", *(code for code, how, *_ in _MAIL if "warning" in how)})


class Lines:
    """The text of a release's file, for finding the line of a passage."""

    def __init__(self, text: str = "", *, is_html: bool = False) -> None:
        """Hold the text as it was decoded; empty if the file has no lines."""
        self._raw = text
        self._is_html = is_html
        self._found: dict[tuple[str, ...], int] = {}
        self.first = 1 if text else None

    @cached_property
    def _words(self) -> tuple[list[str], list[int], dict[str, list[int]]]:
        """Return the words of the text, the line of each, and the positions of each word."""
        text = self._raw
        if self._is_html:  # a tag separates words, and its line ends count
            text = _TAG.sub(lambda tag: " " + "\n" * tag.group().count("\n"), text)
        words: list[str] = []
        lines: list[int] = []
        places: dict[str, list[int]] = {}
        for number, line in enumerate(_ESCAPE.sub("", text).split("\n"), 1):
            for word in _WORD.findall(unescape(line).casefold()):
                places.setdefault(word, []).append(len(words))
                words.append(word)
                lines.append(number)
        return words, lines, places

    def of_exactly(self, text: str) -> int | None:
        """Return the line that has exactly these characters (a web address, a file's name)."""
        at = self._raw.find(text) if text and self._raw else -1
        if at < 0 and "&" in text:
            at = self._raw.find(text.replace("&", "&amp;"))
        return self._raw.count("\n", 0, at) + 1 if at >= 0 else None

    def of(self, text: str, start: int = 0) -> int | None:
        """Return the line of the word at a character of a passage, found by the words around it."""
        before = _WORD.findall(text[max(0, start - _CONTEXT) : start].casefold())
        after = _WORD.findall(text[start : start + _CONTEXT].casefold())
        if not after:  # marks alone: the word before them
            before, after = before[:-1], before[-1:]
        # the first match in the file: all words, then fewer, since formatting and breaks may separate them
        for left, right in ((_WINDOW, _WINDOW), (0, _WINDOW), (_WINDOW, 1), (2, 2), (0, 2), (1, 1), (0, 1)):
            lead = before[-left:] if left else []
            wanted = (*lead, *after[:right])
            if not after or (len(wanted) < _FEWEST_SIGNS and re.match(f"[{_CJK}]", after[0])):
                continue
            at = self._index(wanted)
            if at >= 0:
                return self._words[1][at + len(lead)]
        return self.of_exactly(text[start:].strip())

    def _index(self, wanted: tuple[str, ...]) -> int:
        """Return the index of adjacent words, looked up by the rarest of them; -1 if there is no match."""
        if wanted not in self._found:
            words, _, places = self._words
            rarest = min(range(len(wanted)), key=lambda i: len(places.get(wanted[i], ())))
            begins = (place - rarest for place in places.get(wanted[rarest], ()) if place >= rarest)
            fits = (at for at in begins if tuple(words[at : at + len(wanted)]) == wanted)
            self._found[wanted] = next(fits, -1)
        return self._found[wanted]


def read_lines(data: bytes, name: str) -> Lines:
    """Read the lines of a release's file from its bytes; a file that is not text has none."""
    if data.startswith((b"PK\x03\x04", b"%PDF", b"{\\rtf", b"\xd0\xcf\x11\xe0")):
        return Lines()
    try:
        text = _LINE_END.sub("\n", decode_text(data)[0].removeprefix("\ufeff"))
    except UnreadableText:
        return Lines()
    is_page = re.match(r"\s*<(?:!doctype|html)\b", text, re.IGNORECASE) is not None
    return Lines(text, is_html=is_page or name.lower().endswith((".html", ".htm", ".xhtml")))


@dataclass(frozen=True, slots=True)
class HouseText:
    """An organisation's text about itself, from a file of `boilerplates/`; `is_old` once it was replaced."""

    name: str
    organisation: str
    text: str
    heading: str = ""
    language: str = ""
    is_old: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the office knows: `[checks]` of mailer.toml, the release's sender, and its own texts."""

    forbidden: tuple[str, ...] = ()
    country: str = ""
    organisation: str = ""
    domains: tuple[str, ...] = ()
    headline: int = 100
    texts: tuple[HouseText, ...] = ()


NO_HOUSE = House()
_FIELD = re.compile(r"\{\{[^{}]*\}\}")  # `message.merge_fields` fills them, and refuses unknown ones


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of text that a reader sees, and the part of the release that it is in."""

    text: str
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A release to be checked. `now` is aware; `at` is the time it is to go out, if that is not now."""

    release: Release
    now: datetime
    lines: Lines = field(default_factory=Lines)
    at: datetime | None = None
    house: House = NO_HOUSE

    @property
    def starts(self) -> datetime:
        """Return the time at which it goes out."""
        return self.at or self.now

    def passages(self) -> Iterator[Passage]:
        """Yield everything that a reader sees, in order, but not the end mark or a repeated label."""
        release, extras = self.release, self.release.extras
        for part in ("label", "headline", "subhead"):
            yield Passage(getattr(release, part), part)
        if release.dateline:
            yield Passage(release.dateline.text, "dateline")
        yield from _block_passages(release.body, "body")
        yield Passage(plain(release.call_to_action), "call")
        yield from _block_passages(release.notes_to_editors, "notes")
        for about in release.boilerplate:
            yield from (Passage(words, "boilerplate") for words in (about.heading, *map(plain, about.paragraphs)))
        # what goes with the text: the letter (its merge fields are not gaps), the event, the portrait
        yield Passage(_FIELD.sub(lambda found: " " * len(found[0]), extras.pitch), "letter")
        if (event := extras.event) is not None:
            yield from _passages("event", (event.what, event.who, event.where, event.register))
        if extras.portrait is not None:
            yield from _block_passages((extras.portrait,), "picture")
        for contact in release.contacts:
            words = (contact.name, contact.role, contact.organisation, *contact.phones, *contact.emails, contact.note)
            yield from _passages("contact", words)


def _passages(part: str, words: Iterable[str]) -> Iterator[Passage]:
    return (Passage(word, part) for word in words if word)


def _block_passages(blocks: Iterable[Block], part: str) -> Iterator[Passage]:
    for block in blocks:
        yield from (Passage(plain(inline), part) for inline in block_inlines(block))
        if isinstance(block, Quote):
            yield Passage(" ".join(filter(None, (block.speaker, block.role, block.organisation))), "speaker")
        elif isinstance(block, Image):
            yield from _passages("picture", (block.alt, block.caption, block.credit))


def excerpt(text: str, start: int, end: int) -> str:
    """Return the whole words of a text from one character to another, with … where it continues."""
    # scripts without blanks, which begin at U+3000, are cut anywhere
    while start > 0 and all(c.isalnum() and c < "\u3000" for c in text[start - 1 : start + 1]):
        start -= 1
    while end < len(text) and all(c.isalnum() and c < "\u3000" for c in text[end - 1 : end + 1]):
        end += 1
    words = " ".join(text[max(0, start) : end].split())
    return f"{'… ' if start > 0 else ''}{words}{' …' if end < len(text) else ''}"


def shortened(text: str, most: int) -> str:
    """Return a text on one line, cut with … after at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def flag(
    code: str,
    message: str,
    *,
    line: int | None = None,
    about: str = "",
    hint: str = "",
    severity: Severity | None = None,
) -> Problem:
    """Build a finding; `severity` only where the table of codes allows one higher than usual."""
    rule = RULES[code]
    return Problem(code, message, severity or rule.severity, "", line, hint or rule.todo, one_line(about))


# Waivers.

ALL = "*"
_MOST_ABOUT = 60  # characters of a finding's subject in a key: `…` stands for the rest


@dataclass(frozen=True, slots=True)
class Waived:
    """A waived warning, and the reason."""

    problem: Problem
    reason: str


def sort_out(
    found: Sequence[Problem], waivers: Iterable[Waiver], inputs: Collection[Input]
) -> tuple[list[Problem], tuple[Waived, ...]]:
    """Split findings into open and waived ones.

    `inputs` are those that were checked: a waiver for a finding from the web is not called unused without the web.
    """
    waived: dict[int, Waived] = {}
    faults: list[Problem] = []
    for waiver in waivers:
        matched = [i for i, problem in enumerate(found) if fits(problem, waiver.code, waiver.about)]
        is_known = any(problem.code == waiver.code for problem in found)
        code, why, hint = _fault(waiver, [found[i] for i in matched], inputs, is_known=is_known)
        if code:
            key = waiver_key(waiver.code, waiver.about)
            faults.append(flag(code, f"waive: {why.replace('KEY', key)}", line=waiver.line, about=key, hint=hint))
        else:
            waived |= {i: Waived(found[i], waiver.reason) for i in matched if is_open_to_waiving(found[i])}
    open_problems = [problem for i, problem in enumerate(found) if i not in waived]
    return [*open_problems, *faults], tuple(each for _, each in sorted(waived.items()))


def _fault(
    waiver: Waiver, matched: list[Problem], inputs: Collection[Input], *, is_known: bool
) -> tuple[str, str, str]:
    """Return what is wrong with a waiver: a code, a sentence in which KEY is its key, a hint; empty if nothing is."""
    rule, is_of_mail = RULES.get(waiver.code), waiver.code in OF_THE_MAIL
    if not (rule or is_known or is_of_mail or waiver.code in READING or waiver.code.startswith(UNSURE)):
        known = [code for code, each in RULES.items() if each.can_be_waived] + sorted({*READING, *OF_THE_MAIL})
        return "waiver-unknown", f'there is no finding "{waiver.code}"{did_you_mean(waiver.code, known)}', ""
    if not waiver.reason.strip():
        return "waiver-reason", "KEY gives no reason", ""
    waivable = [problem for problem in matched if is_open_to_waiving(problem)]
    is_refused = rule is not None and not rule.can_be_waived
    if is_refused or (matched and not waivable):
        severity = rule.severity if rule and is_refused else matched[0].severity
        if severity is Severity.NOTE:
            return "waiver-unused", "KEY is a note only", "Take the line out: notes stop nothing."
        what = "is an error, and" if severity is Severity.ERROR else "is about a waiver, and"
        return "waiver-error", f"KEY {what} cannot be waived", ""
    if not matched:  # only the composer of the mail knows whether a waiver for the mail is used
        is_checked = not is_of_mail and (rule is None or rule.input_kind in inputs)
        return ("waiver-unused", "KEY no longer applies to anything", "") if is_checked else ("", "", "")
    if not waiver.about and len({problem.about for problem in waivable}) > 1:
        several = "; ".join(waiver_key(one.code, shortened(one.about, _MOST_ABOUT)) for one in waivable[:6])
        return "waiver-unclear", f"KEY may mean {len(waivable)} findings: {several}", ""
    return "", "", ""


def is_open_to_waiving(problem: Problem) -> bool:
    """Return whether a person may waive a finding."""
    rule = RULES.get(problem.code)
    if rule is None:
        return problem.severity is Severity.WARNING
    return rule.is_judgement or (problem.severity is Severity.WARNING and rule.waivable)


def reason_for(problem: Problem, waivers: Iterable[Waiver]) -> str:
    """Return the reason for which a finding about the finished mail is waived; empty if it is not, or cannot be."""
    if problem.severity is not Severity.WARNING or problem.code not in OF_THE_MAIL:
        return ""
    return next((each.reason.strip() for each in waivers if each.code == problem.code and each.reason.strip()), "")


def key_for(problem: Problem, found: Iterable[Problem]) -> str:
    """Return the shortest key with which a waiver names a finding."""
    several = sum(one.code == problem.code for one in found) > 1
    return waiver_key(problem.code, shortened(problem.about, _MOST_ABOUT) if several else "")


def fits(problem: Problem, code: str, about: str) -> bool:
    """Return whether a waiver of this code and subject matches a finding."""
    wanted, known = one_line(about).casefold(), one_line(problem.about).casefold()
    is_prefix = wanted.endswith("…") and known.startswith(wanted[:-1].rstrip())
    return problem.code == code and (wanted in {"", ALL, known} or is_prefix)
