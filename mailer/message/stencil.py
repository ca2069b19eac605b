"""Stencil: a mail rendered once, with holes for personal values, and the conditions for filling them for someone else.

The mails of a mailing differ in a few words, and rendering each costs ten times as much as filling in. Filling in is
exact, not based on sampling: one rendering is *recorded*. Each personal value goes through the templates as a `Hole`,
which can be printed, passed to a filter, and tested (for being empty, or equal to something). The filter is applied
again to the next person's value, and the tests are repeated: only people with the same answers take the same path
through the templates, and have the same mail around the holes. A template that does anything else with a value cannot
be recorded; mails that take this path are rendered.

The page is recorded before its CSS is inlined. Text between tags, or in an attribute that no style sheet rule uses, is
serialised as in the HTML standard (13.3). Markup from a filter has the same tags for everybody who shares a stencil,
since each tag may have a style.
Gaps: a value with control characters, or one that begins with a blank, is rendered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from functools import wraps
from html import escape, unescape
from itertools import groupby
from operator import contains, eq, itemgetter, ne
from typing import Any, NoReturn, TypeAlias, TypeVar

import markupsafe

from mailer import lazy_re as re
from mailer.errors import MailerError, Problem
from mailer.frozen import dataclass, field
from mailer.message.compose import ASCII, check_header_value, compose_text_body, encode_line
from mailer.message.values import Bodies, Rendered

_T = TypeVar("_T")
_Run: TypeAlias = Callable[[Mapping[str, Any], Sequence[Any]], Any]
_MOST = 128  # stencils of a mailing; a list with more has a mail for each anyway
_MARK = re.compile(r"qz(\d{4})" + "jxvkwyfbgpmh" * 3)  # what no text contains, and nothing escapes or wraps
_TAG = re.compile(r"(<[^<>]*>)")
_PLAIN_TAG = re.compile(r"</?(?:p|br|a|b|i|em|strong|span|ul|ol|li|div|blockquote)\b[^<>]*>")
_UNSURE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")
_NEEDS_CARE = re.compile("[&<>\u00a0]")
_NO_TEXT = re.compile(
    r"<!--.*?-->|<(style|script|noscript|xmp|iframe|noembed|noframes|plaintext|textarea|pre|listing|template|svg|math"
    r"|select)\b.*?(?:</\1\s*>|$)",
    re.DOTALL | re.IGNORECASE,
)
_ELEMENT = re.compile(r"<(?:[^<>\"]|\"[^\"]*\")*>")
_ATTRIBUTE = re.compile(r"""\b(?:href|alt|title|aria-label)="([^"]*)\"""")
_LOOKS_AT_ATTRIBUTES = re.compile(r"<style\b[^>]*>[^<]*\[", re.IGNORECASE)
_recording: ContextVar[Recording | None] = ContextVar("recording", default=None)


class Unforeseen(Exception):
    """A template uses a personal value in a way that cannot be recorded."""


class Hole:
    """A personal value in a template: its value for the recorded person, and where to find it for others."""

    __slots__ = ("recording", "source", "value")
    __hash__ = None  # type: ignore[assignment] # no key of a dict: it differs from person to person

    def __init__(self, recording: Recording, source: int | tuple[str, ...], value: Any) -> None:  # noqa: ANN401
        """Hold a value; its source is a path in the personal values, or the number of the step that made it."""
        self.recording, self.source, self.value = recording, source, value

    def __bool__(self) -> bool:
        """Ask whether it is empty."""
        return bool(self.recording.answer(bool, self))

    def __eq__(self, other: object) -> bool:
        """Ask whether it is equal to something."""
        return bool(self.recording.answer(eq, self, other))

    def __ne__(self, other: object) -> bool:
        """Ask whether it differs from something."""
        return bool(self.recording.answer(ne, self, other))

    def __contains__(self, item: object) -> bool:
        """Ask whether something is in it."""
        return bool(self.recording.answer(contains, self, item))

    def __str__(self) -> NoReturn:
        """Refuse to be part of another text: what is done with that could not be recorded."""
        raise Unforeseen("a personal value is combined with other words here; pass both to |format")


class Printed:
    """A hole where it is printed: in a text as it is, in a page escaped."""

    __slots__ = ("_hole",)

    def __init__(self, hole: Hole) -> None:
        """Wrap a hole."""
        self._hole = hole

    def __str__(self) -> str:
        """Return its mark in a text; a value that is empty for one person is empty for all who share a stencil."""
        hole = self._hole
        return hole.recording.mark(hole) if hole else ""

    def __html__(self) -> str:
        """Return its marks in a page, between the tags of its markup."""
        recording = self._hole.recording
        pieces = recording.apply(_cut, self._hole)
        tags: Sequence[str | None] = recording.answer(itemgetter(0), pieces)
        runs = iter(range(len(tags)))
        return "".join(recording.mark(pieces, next(runs)) if tag is None else tag for tag in tags)


def _cut(value: object) -> tuple[tuple[str | None, ...], list[str]]:
    """Return the tags of a value as it is printed in a page, with None for each text, and the texts."""
    text = str(markupsafe.escape(value))
    if "<" not in text and not text.isspace() and text:
        return (None,), [text]
    pieces = _TAG.split(text)
    if not all(map(_PLAIN_TAG.fullmatch, pieces[1::2])):
        raise Unforeseen("the markup made from a personal value here is more than paragraphs and links")
    tags = tuple(None if number % 2 == 0 and piece.strip() else piece for number, piece in enumerate(pieces))
    return tags, [piece for piece, tag in zip(pieces, tags, strict=True) if tag is None]


@dataclass(frozen=True, slots=True)
class _Step:
    """Something that was done with personal values; `run` repeats it with a person's values and the results so far."""

    run: _Run
    is_question: bool = False


def _repeat(function: Callable[..., Any], arguments: Sequence[object], keywords: Mapping[str, object]) -> _Run:
    """Return a function that repeats a call; most calls have one value, which is worth a shortcut."""
    source = arguments[0].source if len(arguments) == 1 and isinstance(arguments[0], Hole) and not keywords else ()
    if isinstance(source, int):
        return lambda _values, made: function(made[source])
    if len(source) == 1:
        return lambda values, _made: function(values[source[0]])
    if source:
        return lambda values, _made: function(values[source[0]][source[1]])
    return lambda values, made: function(
        *[_filled(each, values, made) for each in arguments],
        **{name: _filled(each, values, made) for name, each in keywords.items()},
    )


def _filled(argument: object, values: Mapping[str, Any], made: Sequence[Any]) -> Any:  # noqa: ANN401 - whatever it is
    """Return an argument of a step with a person's values in place of its holes."""
    kind = type(argument)
    if kind is Hole:
        source = argument.source  # type: ignore[attr-defined]
        if type(source) is int:
            return made[source]
        return values[source[0]] if len(source) == 1 else values[source[0]][source[1]]
    if kind is list or kind is tuple:
        return kind(_filled(each, values, made) for each in argument)  # type: ignore[attr-defined]
    if kind is dict:
        return {name: _filled(each, values, made) for name, each in argument.items()}  # type: ignore[attr-defined]
    return argument


class Recording:
    """What templates do with one person's values, step by step."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Hold the personal values: texts, and dicts of texts."""
        self._values = values
        self._made: list[Any] = []
        self.steps: list[_Step] = []
        self.marks: list[tuple[Hole, int | None]] = []  # and, in a page, which of its texts
        self._answers: dict[tuple[Callable[..., Any], int | tuple[str, ...]], Hole] = {}
        self.holes = {
            name: {key: Hole(self, (name, key), each) for key, each in value.items()}
            if isinstance(value, dict)
            else Hole(self, (name,), value)
            for name, value in values.items()
        }

    def apply(self, function: Callable[..., Any], *arguments: object, **keywords: object) -> Hole:
        """Apply a function to values, holes among them; the result is a hole as well."""
        return self._add(_Step(_repeat(function, arguments, keywords)))

    def answer(self, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - whatever it answers
        """Ask a question about holes; the answer decides what the template does next."""
        question = function, arguments[0].source if len(arguments) == 1 and isinstance(arguments[0], Hole) else ()
        if not question[1]:
            return self._add(_Step(_repeat(function, arguments, {}), is_question=True)).value
        if question not in self._answers:
            self._answers[question] = self._add(_Step(_repeat(function, arguments, {}), is_question=True))
        return self._answers[question].value

    def _add(self, step: _Step) -> Hole:
        value = step.run(self._values, self._made)
        self.steps.append(step)
        self._made.append(value)
        return Hole(self, len(self._made) - 1, value)

    def mark(self, hole: Hole, run: int | None = None) -> str:
        """Return the mark of a value in the mail, where it is to be filled in."""
        self.marks.append((hole, run))
        return f"qz{len(self.marks) - 1:04}" + "jxvkwyfbgpmh" * 3

    def done(self) -> Sequence[tuple[_Step, Any]]:
        """Return the steps so far, with what each made."""
        return list(zip(self.steps, self._made, strict=True))

    @contextmanager
    def running(self) -> Iterator[Mapping[str, Any]]:
        """Let filters and tests record their calls; yield the holes, which templates get as values."""
        token = _recording.set(self)
        try:
            yield self.holes
        finally:
            _recording.reset(token)


def recorded(function: Callable[..., _T]) -> Callable[..., _T]:
    """Return a filter or a test of templates that takes holes, too; it must depend on its arguments alone."""
    passed = getattr(getattr(function, "jinja_pass_arg", None), "name", "")

    @wraps(function)
    def ask(*arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401 - as the filter
        recording = _recording.get()
        if recording is None or not (has_hole(arguments) or has_hole(keywords)):
            return function(*arguments, **keywords)
        if passed == "context":  # which holds everything
            raise Unforeseen("this filter cannot be recorded with a personal value")
        if passed == "eval_context":  # which {% autoescape %} changes
            arguments = (copy(arguments[0]), *arguments[1:])
        return recording.apply(function, *arguments, **keywords)

    return ask


def has_hole(value: object) -> bool:
    """Return whether a value in a template is personal, or contains one that is."""
    if isinstance(value, dict):
        return any(map(has_hole, value.values()))
    if isinstance(value, slice):
        return has_hole((value.start, value.stop, value.step))
    return any(map(has_hole, value)) if isinstance(value, (list, tuple)) else isinstance(value, Hole)


# A stencil: the texts of a mail, cut at its marks.


class _Line:
    """A line of text with holes, as a pattern for `%`, and a getter for their words among all words."""

    __slots__ = ("_pattern", "_pick")

    def __init__(self, text: str) -> None:
        pieces = _MARK.split(text.replace("%", "%%"))
        self._pattern = "%s".join(pieces[::2])
        self._pick = itemgetter(*map(int, pieces[1::2])) if pieces[1:] else lambda _: ()

    def fill(self, words: Sequence[str]) -> str:
        """Return the line with words in place of its marks; it may have become several."""
        return self._pattern % self._pick(words)


class _Body:
    """A text part or a page: common lines, encoded already, and personal ones."""

    __slots__ = ("_non_ascii", "_parts", "_size", "_tail")

    def __init__(self, text: str) -> None:
        lines = text.split("\n")
        self._tail = "" if lines[-1] else "\n"
        if not lines[-1]:
            lines.pop()
        elif not _MARK.split(lines[-1])[-1]:
            raise Unforeseen("the last line ends with a personal value, and may not be the last")
        self._parts: list[tuple[str, bytes] | _Line] = []
        for is_own, group in groupby(lines, key=lambda line: bool(_MARK.search(line))):
            if is_own:
                self._parts += map(_Line, group)
            else:
                common = list(group)
                self._parts.append(("\n".join(common), b"".join(map(encode_line, common))))
        data = [f"{part[0]}\n\n".encode() for part in self._parts if isinstance(part, tuple)]
        self._size = sum(len(each) + each.count(b"\n") - 2 for each in data)
        self._non_ascii = sum(len(each.translate(None, ASCII)) for each in data)

    def fill(self, words: Sequence[str], *, is_ascii: bool) -> tuple[list[str], list[str], tuple[bytes, bytes]]:
        """Return the pieces of the text to join, its personal lines, and the text encoded as `compose` would."""
        pieces: list[str] = []
        own: list[str] = []
        encoded: list[bytes] = []
        size, non_ascii = self._size, self._non_ascii
        may_switch = non_ascii * 6 > size or not is_ascii
        for part in self._parts:
            if isinstance(part, tuple):
                pieces.append(part[0])
                encoded.append(part[1])
                continue
            filled = part.fill(words)
            pieces.append(filled)
            for line in filled.split("\n"):
                own.append(line)
                encoded.append(encode_line(line))
                if may_switch:
                    data = line.encode()
                    size += len(data) + 2
                    non_ascii += len(data.translate(None, ASCII))
        if non_ascii * 6 > size:  # mostly not Latin
            return pieces, own, compose_text_body(self.join(pieces))
        return pieces, own, (b"quoted-printable", b"".join(encoded))

    def join(self, pieces: Sequence[str]) -> str:
        """Return the text."""
        return "\n".join(pieces) + self._tail


@dataclass(frozen=True, slots=True)
class Filled:
    """One person's mail from a stencil: its subject, its parts as they are encoded, and its personal lines."""

    subject: str = field(repr=False)
    bodies: Bodies = field(repr=False)
    own_text: Sequence[str] = field(repr=False)
    own_html: Sequence[str] = field(repr=False)
    stencil: Stencil = field(repr=False)
    _text: Sequence[str] = field(repr=False)
    _html: Sequence[str] = field(repr=False)

    def rendered(self) -> Rendered:
        """Return the texts."""
        return self.stencil.join(self.subject, self._html, self._text)


class Stencil:
    """The subject, the page and the text of a mail with holes."""

    __slots__ = ("_attributes", "_html", "_is_own", "_marks", "_page", "_subject", "_text", "is_proven")

    def __init__(self, recording: Recording, rendered: Rendered, raw_html: str) -> None:
        """Cut a mail that was rendered with marks; `raw_html` is the page before its CSS was inlined.

        Raises Unforeseen if a value is where the page cannot be filled in.
        """
        self.is_proven = False
        self._marks = recording.marks
        html, page = rendered.html, [int(number) for number in _MARK.findall(rendered.html)]
        if len(page) != len(set(page)):
            raise Unforeseen("a value that is printed once is in the mail twice")
        if any(recording.marks[number][1] is None for number in page):
            raise Unforeseen("a personal value is printed into the page without being escaped")
        if _LOOKS_AT_ATTRIBUTES.search(raw_html):
            raise Unforeseen("a style sheet that chooses by attributes may look at a personal value")
        bare = _NO_TEXT.sub("", html)
        attributes = [
            int(n) for tag in _ELEMENT.findall(bare) for n in _MARK.findall(" ".join(_ATTRIBUTE.findall(tag)))
        ]
        texts = [int(number) for number in _MARK.findall(_ELEMENT.sub(" ", bare))]
        if sorted(attributes + texts) != sorted(page):
            raise Unforeseen("a personal value is in a comment, a style or an attribute of the page")
        self._page, self._attributes = page, frozenset(attributes)
        self._subject, self._text = _Line(rendered.subject), _Body(rendered.text)
        self._is_own = bool(_MARK.search(rendered.subject))
        self._html = _Body(html) if html else None

    def fill(self, values: Mapping[str, Any], made: Sequence[Any]) -> Filled | None:
        """Return a person's mail from their values and what the steps made of them; None if it must be rendered.

        Raises InputProblem if the subject is not allowed in a header.
        """
        found = [(_filled(hole, values, made), run) for hole, run in self._marks]
        words: list[str] = [str(value) if run is None else value[1][run] for value, run in found]
        everything = "".join(words)
        # HTML moves blanks at the beginning of a text in some places
        if _UNSURE.search(everything) or any(words[number] < "!" for number in self._page):
            return None
        if _NEEDS_CARE.search(everything):
            for number in self._page:
                plain = unescape(words[number])
                if "<" in words[number] or (number in self._attributes and ("<" in plain or ">" in plain)):
                    return None
                words[number] = escape(plain, quote=False).replace("\u00a0", "&nbsp;")
                if number in self._attributes:
                    words[number] = words[number].replace('"', "&quot;")
        subject = self._subject.fill(words)
        if self._is_own and (len(f"{subject}.".splitlines()) > 1 or check_header_value(subject, "subject") != subject):
            return None
        is_ascii = everything.isascii()
        text, own_text, encoded = self._text.fill(words, is_ascii=is_ascii)
        if self._html is None:
            return Filled(subject, Bodies(*encoded), own_text, (), self, text, ())
        html, own_html, page = self._html.fill(words, is_ascii=is_ascii)
        return Filled(subject, Bodies(*encoded, *page), own_text, own_html, self, text, html)

    def join(self, subject: str, html: Sequence[str], text: Sequence[str]) -> Rendered:
        """Return the texts of a mail that was filled in."""
        return Rendered(subject, self._html.join(html) if self._html else "", self._text.join(text))


@dataclass(frozen=True, slots=True)
class Recorded:
    """The steps with one person's values, with the result of each; the stencil, or the problem if there is none."""

    steps: Sequence[tuple[_Step, Any]]
    stencil: Stencil | None = None
    problem: Problem | None = None


# Stencils: a tree of steps and answers. People whose values give the same answers reach the same end.


@dataclass(slots=True)
class _Branch:
    """The steps up to a question, and what follows each answer; at an end, the stencil, or none if none is exact."""

    runs: list[_Run] = field(default_factory=list)
    after: dict[Any, _Branch] = field(default_factory=dict)
    stencil: Stencil | None = None
    is_end: bool = False


class Stencils:
    """The stencils of one text in one manner, each made when the first person needs it."""

    def __init__(self, record: Callable[[Mapping[str, Any]], Recorded]) -> None:
        """Take the function that records a mail with given personal values."""
        self._record = record
        self._trees: dict[tuple[str, ...], _Branch] = {}
        self._count = 0

    def fill(self, values: Mapping[str, Any]) -> Filled | None:
        """Return the mail of a person with these values; None if it must be rendered."""
        tree = self._trees.setdefault(tuple(values["contact"]), _Branch())
        for _ in range(2):
            branch, made = self._walk(tree, values)
            if branch is None:
                if self._count >= _MOST:
                    return None
                self._learn(tree, values)
            elif branch.stencil is None:
                return None
            else:
                try:
                    return branch.stencil.fill(values, made)
                except MailerError:
                    return None  # rendering it raises what is wrong
        return None

    def forget(self, stencil: Stencil) -> None:
        """Stop using a stencil: its mail differed from the rendered one."""
        branches = list(self._trees.values())
        while branches:
            branch = branches.pop()
            branches += branch.after.values()
            if branch.stencil is stencil:
                branch.stencil = None

    def _walk(self, branch: _Branch, values: Mapping[str, Any]) -> tuple[_Branch | None, list[Any]]:
        """Repeat the recorded steps with a person's values, as long as their answers were given before."""
        made: list[Any] = []
        while True:
            try:
                for run in branch.runs:
                    made.append(run(values, made))
            except Exception:  # noqa: BLE001 - whatever a filter does not take; rendering it raises what is wrong
                return _Branch(is_end=True), made
            if branch.is_end:
                return branch, made
            next_branch = branch.after.get(made[-1]) if made else None
            if next_branch is None:
                return None, made
            branch = next_branch

    def _learn(self, branch: _Branch, values: Mapping[str, Any]) -> None:
        """Record the mail of a person, and add their branch to the tree."""
        recording = self._record(values)
        self._count += 1
        runs: list[_Run] = []
        for step, value in recording.steps:
            runs.append(step.run)
            if step.is_question:
                branch.runs = runs  # the same for all who reach this branch
                branch = branch.after.setdefault(value, _Branch())
                runs = []
        branch.runs, branch.stencil, branch.is_end = runs, recording.stencil, True
