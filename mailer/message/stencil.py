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
    """A template did with a personal value what cannot be recorded."""


class Hole:
    """A personal value in a template: what it is for the person who is recorded, and where it is found for others."""

    __slots__ = ("place", "recording", "value")
    __hash__ = None  # type: ignore[assignment] # no key of a dict: it is another for everybody

    def __init__(self, recording: Recording, place: int | tuple[str, ...], value: Any) -> None:  # noqa: ANN401
        """Hold a value that stands at a path of the personal values, or that a numbered step made."""
        self.recording, self.place, self.value = recording, place, value

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
        """Refuse to be part of another text: what is done with that would go unseen."""
        raise Unforeseen("a personal value is combined with other words here; pass both to |format")


class Printed:
    """A hole where it is printed: in a text as it is, in a page escaped."""

    __slots__ = ("_hole",)

    def __init__(self, hole: Hole) -> None:
        """Hold the hole."""
        self._hole = hole

    def __str__(self) -> str:
        """Return its mark in a text; what is empty for one is empty for all who share a stencil."""
        hole = self._hole
        return hole.recording.mark(hole) if hole else ""

    def __html__(self) -> str:
        """Return its marks in a page, among the tags that it has there."""
        recording = self._hole.recording
        cut = recording.take(_cut, self._hole)
        tags: Sequence[str | None] = recording.answer(itemgetter(0), cut)
        runs = iter(range(len(tags)))
        return "".join(recording.mark(cut, next(runs)) if tag is None else tag for tag in tags)


def _cut(value: object) -> tuple[tuple[str | None, ...], list[str]]:
    """Return the tags of a value as it is printed in a page, with None in the place of each text, and the texts."""
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
    """Something that was done with personal values; `run` does it again with someone's, and what was made of them."""

    run: _Run
    is_question: bool = False


def _repeat(function: Callable[..., Any], arguments: Sequence[object], keywords: Mapping[str, object]) -> _Run:
    """Return what applies a function again; most are applied to one value, which is worth a shorter way."""
    place = arguments[0].place if len(arguments) == 1 and isinstance(arguments[0], Hole) and not keywords else ()
    if isinstance(place, int):
        return lambda _values, made: function(made[place])
    if len(place) == 1:
        return lambda values, _made: function(values[place[0]])
    if place:
        return lambda values, _made: function(values[place[0]][place[1]])
    return lambda values, made: function(
        *[_now(each, values, made) for each in arguments],
        **{name: _now(each, values, made) for name, each in keywords.items()},
    )


def _now(argument: object, values: Mapping[str, Any], made: Sequence[Any]) -> Any:  # noqa: ANN401 - whatever it is
    """Return an argument of a step with someone's values in place of its holes."""
    kind = type(argument)
    if kind is Hole:
        place = argument.place  # type: ignore[attr-defined]
        if type(place) is int:
            return made[place]
        return values[place[0]] if len(place) == 1 else values[place[0]][place[1]]
    if kind is list or kind is tuple:
        return kind(_now(each, values, made) for each in argument)  # type: ignore[attr-defined]
    if kind is dict:
        return {name: _now(each, values, made) for name, each in argument.items()}  # type: ignore[attr-defined]
    return argument


class Recording:
    """What templates do with one person's values, step by step."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Hold the personal values: texts, and dicts of texts."""
        self._values = values
        self._made: list[Any] = []
        self.steps: list[_Step] = []
        self.marks: list[tuple[Hole, int | None]] = []  # and which of its texts, where a page is made of it
        self._asked: dict[tuple[Callable[..., Any], int | tuple[str, ...]], Hole] = {}
        self.holes = {
            name: {key: Hole(self, (name, key), each) for key, each in value.items()}
            if isinstance(value, dict)
            else Hole(self, (name,), value)
            for name, value in values.items()
        }

    def take(self, function: Callable[..., Any], *arguments: object, **keywords: object) -> Hole:
        """Apply a function to values, holes among them; what it gives is a hole as well."""
        return self._add(_Step(_repeat(function, arguments, keywords)))

    def answer(self, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - whatever it answers
        """Ask a question about holes; the answer decides what the template does next."""
        asked = function, arguments[0].place if len(arguments) == 1 and isinstance(arguments[0], Hole) else ()
        if not asked[1]:
            return self._add(_Step(_repeat(function, arguments, {}), is_question=True)).value
        if asked not in self._asked:
            self._asked[asked] = self._add(_Step(_repeat(function, arguments, {}), is_question=True))
        return self._asked[asked].value

    def _add(self, step: _Step) -> Hole:
        value = step.run(self._values, self._made)
        self.steps.append(step)
        self._made.append(value)
        return Hole(self, len(self._made) - 1, value)

    def mark(self, hole: Hole, run: int | None = None) -> str:
        """Return what stands in the mail where a value is to be filled in."""
        self.marks.append((hole, run))
        return f"qz{len(self.marks) - 1:04}" + "jxvkwyfbgpmh" * 3

    def done(self) -> Sequence[tuple[_Step, Any]]:
        """Return the steps so far, with what each made."""
        return list(zip(self.steps, self._made, strict=True))

    @contextmanager
    def running(self) -> Iterator[Mapping[str, Any]]:
        """Let filters and tests record what they are asked; the values are what templates get."""
        token = _recording.set(self)
        try:
            yield self.holes
        finally:
            _recording.reset(token)


def recorded(function: Callable[..., _T]) -> Callable[..., _T]:
    """Return a filter or a test of templates that can be asked about holes; it must depend on its arguments alone."""
    passed = getattr(getattr(function, "jinja_pass_arg", None), "name", "")

    @wraps(function)
    def ask(*arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401 - as the filter
        recording = _recording.get()
        if recording is None or not (has_hole(arguments) or has_hole(keywords)):
            return function(*arguments, **keywords)
        if passed == "context":  # which holds everything
            raise Unforeseen("this filter cannot be recorded with a personal value")
        if passed == "eval_context":  # which is changed where a template says {% autoescape %}
            arguments = (copy(arguments[0]), *arguments[1:])
        return recording.take(function, *arguments, **keywords)

    return ask


def has_hole(value: object) -> bool:
    """Return whether a value of templates is personal, or holds one that is."""
    if isinstance(value, dict):
        return any(map(has_hole, value.values()))
    if isinstance(value, slice):
        return has_hole((value.start, value.stop, value.step))
    return any(map(has_hole, value)) if isinstance(value, (list, tuple)) else isinstance(value, Hole)


# A stencil: the texts of a mail, cut at its marks.


class _Line:
    """A line of text with holes, as a pattern for `%`, and what takes the words for them out of all."""

    __slots__ = ("_pattern", "_pick")

    def __init__(self, text: str) -> None:
        pieces = _MARK.split(text.replace("%", "%%"))
        self._pattern = "%s".join(pieces[::2])
        self._pick = itemgetter(*map(int, pieces[1::2])) if pieces[1:] else lambda _: ()

    def fill(self, words: Sequence[str]) -> str:
        """Return the line, or what are several by now, with words in place of its marks."""
        return self._pattern % self._pick(words)


class _Body:
    """A text part or a page: lines that are everybody's, encoded already, and personal ones."""

    __slots__ = ("_beyond", "_parts", "_size", "_tail")

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
        self._beyond = sum(len(each.translate(None, ASCII)) for each in data)

    def fill(self, words: Sequence[str], *, is_ascii: bool) -> tuple[list[str], list[str], tuple[bytes, bytes]]:
        """Return what the lines of the text are joined of, its personal lines, and it encoded as `compose` would."""
        said: list[str] = []
        own: list[str] = []
        encoded: list[bytes] = []
        size, beyond = self._size, self._beyond
        may_turn = beyond * 6 > size or not is_ascii
        for part in self._parts:
            if isinstance(part, tuple):
                said.append(part[0])
                encoded.append(part[1])
                continue
            filled = part.fill(words)
            said.append(filled)
            for line in filled.split("\n"):
                own.append(line)
                encoded.append(encode_line(line))
                if may_turn:
                    data = line.encode()
                    size += len(data) + 2
                    beyond += len(data.translate(None, ASCII))
        if beyond * 6 > size:  # mostly not Latin
            return said, own, compose_text_body(self.join(said))
        return said, own, (b"quoted-printable", b"".join(encoded))

    def join(self, said: Sequence[str]) -> str:
        """Return the text."""
        return "\n".join(said) + self._tail


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

        Raises Unforeseen if a value stands in a place of the page that cannot be filled in.
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
        """Return the mail of someone, of whose values the steps made this; None if it must be rendered.

        Raises InputProblem if the subject may not stand in a header.
        """
        found = [(_now(hole, values, made), run) for hole, run in self._marks]
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
    """What was done with one person's values, with what each step made; the stencil, or else why there is none."""

    steps: Sequence[tuple[_Step, Any]]
    stencil: Stencil | None = None
    problem: Problem | None = None


# Stencils: a tree of what was done and answered. Who answers as someone before comes to the same end.


@dataclass(slots=True)
class _Way:
    """The steps up to a question, and what follows each answer; at an end, the stencil, or none if none is exact."""

    runs: list[_Run] = field(default_factory=list)
    after: dict[Any, _Way] = field(default_factory=dict)
    stencil: Stencil | None = None
    is_end: bool = False


class Stencils:
    """The stencils of one text in one manner, each made when the first person of its kind comes."""

    def __init__(self, record: Callable[[Mapping[str, Any]], Recorded]) -> None:
        """Hold what records the mail of a person with given personal values."""
        self._record = record
        self._trees: dict[tuple[str, ...], _Way] = {}
        self._count = 0

    def fill(self, values: Mapping[str, Any]) -> Filled | None:
        """Return the mail of a person with these values; None if it must be rendered."""
        tree = self._trees.setdefault(tuple(values["contact"]), _Way())
        for _ in range(2):
            way, made = self._walk(tree, values)
            if way is None:
                if self._count >= _MOST:
                    return None
                self._learn(tree, values)
            elif way.stencil is None:
                return None
            else:
                try:
                    return way.stencil.fill(values, made)
                except MailerError:
                    return None  # rendered, it says what is wrong
        return None

    def forget(self, stencil: Stencil) -> None:
        """Never use a stencil again: it did not give what rendering gives."""
        ways = list(self._trees.values())
        while ways:
            way = ways.pop()
            ways += way.after.values()
            if way.stencil is stencil:
                way.stencil = None

    def _walk(self, way: _Way, values: Mapping[str, Any]) -> tuple[_Way | None, list[Any]]:
        """Do what was done before with someone's values, as long as they give answers that were given before."""
        made: list[Any] = []
        while True:
            try:
                for run in way.runs:
                    made.append(run(values, made))
            except Exception:  # noqa: BLE001 - whatever a filter does not take; rendered, it says what is wrong
                return _Way(is_end=True), made
            if way.is_end:
                return way, made
            following = way.after.get(made[-1]) if made else None
            if following is None:
                return None, made
            way = following

    def _learn(self, way: _Way, values: Mapping[str, Any]) -> None:
        """Record the mail of a person, and add their way to the tree."""
        done = self._record(values)
        self._count += 1
        runs: list[_Run] = []
        for step, value in done.steps:
            runs.append(step.run)
            if step.is_question:
                way.runs = runs  # the same for all who came this way
                way = way.after.setdefault(value, _Way())
                runs = []
        way.runs, way.stencil, way.is_end = runs, done.stencil, True
