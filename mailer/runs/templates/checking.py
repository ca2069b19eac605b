"""Checking: every sample release for every sample reader through one family, and all that is wrong, once each.

What goes wrong in sixty mails is one problem, with the first mail in which it does. The checks of a finished mail are
`message.check_message`'s; what only a family can get wrong is looked for below: what Outlook needs, and whether
anything of the release is left out. No file is changed, and a family that is wrong raises nothing: that is what is
reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from mailer import lazy_re as re
from mailer.errors import InputProblem, Problem, Severity, gather
from mailer.frozen import dataclass, field, replace
from mailer.message.checks.look import shortened
from mailer.message.page import read_page
from mailer.message.values import Rendered
from mailer.release.values import Block, Image, Inline, Quote, Release, Table, block_inlines
from mailer.runs import templates
from mailer.runs.planning.making import Ways
from mailer.settings import Settings
from mailer.workspace import Workspace

_FOR_PERSON = re.compile(r" \(for \S+@\S+\)$")
_ELEMENT = re.compile(r"<(x-[a-z-]+|b)\s*>&")
# how a check ends that concerns one part alone
_PART_FILES: Final = {": in the page": "email.html", ": in the text": "email.txt"}
_ORDER: Final = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in a family: how many mails were made, of how many releases, and every problem once."""

    family: str
    mails: int
    releases: int
    problems: tuple[Problem, ...] = field(repr=False)

    @property
    def errors(self) -> int:
        """Return how many problems would stop a mailing."""
        return sum(problem.severity is Severity.ERROR for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What was found in several families."""

    verdicts: tuple[Verdict, ...]

    @property
    def ok(self) -> bool:
        """Return whether nothing of it would stop a mailing."""
        return not any(each.errors for each in self.verdicts)


def check_families(workspace: Workspace, settings: Settings, wanted: Iterable[str], *, now: datetime) -> Verdicts:
    """Check some families (none named: all) with every sample. Raises InputProblem where there is no such family."""
    samples, ways = templates.read_samples(), templates.sample_ways(settings)
    chosen = templates.choose_families(workspace, wanted)
    return Verdicts(tuple(check_family(workspace, each.name, samples, ways, now=now) for each in chosen))


def check_family(
    workspace: Workspace, family: str, samples: tuple[templates.Sample, ...], ways: Ways, *, now: datetime
) -> Verdict:
    """Build every mail that samples and readers give, and check each; the first to anybody carries the notice."""
    first: dict[tuple[str, str, int | None], tuple[Problem, str]] = {}  # with the first mail in which it was found
    times: Counter[tuple[str, str, int | None]] = Counter()
    source, mails = f"templates/{family}", 0

    def add(problem: Problem, where: str) -> None:
        """Add a problem; what differs from mail to mail in its words counts by its code and place."""
        told = problem.code
        if told == "template":
            told = problem.message
        elif told in {"missing", "unescaped", "outlook"}:  # what is missing or unescaped, but not in whose words
            told += problem.message.partition(":")[0]
        key = (problem.source, told, problem.line)
        first.setdefault(key, (problem, where))
        times[key] += 1

    def add_error(error: InputProblem, where: str) -> None:
        for each in gather(error):
            message, hint = _FOR_PERSON.sub("", each.message), each.hint or ("" if error.problems else error.hint)
            add(Problem("template", message, each.severity, each.source or source, each.line, hint), where)

    tries = [(sample, ways, reader, False) for sample in samples for reader in templates.READERS]
    usual = templates.suited(samples, family)
    tries += [
        (usual, replace(each, privacy=templates.PRIVACY), templates.FIRST, True)
        for each in templates.ways_to_leave(ways)
    ]
    try:
        compiled = templates.compile_for_trial(workspace, family, ways)
    except InputProblem as error:
        add_error(error, "")
        tries = []
    for sample, own, reader, is_first in tries:
        where = f"release {sample.name}, reader {reader}"
        try:
            trial = templates.make_trial(compiled, sample, own, templates.READERS[reader], now=now, first=is_first)
        except InputProblem as error:
            add_error(error, where)
            continue
        mails += 1
        for problem in _problems(trial, sample, reader, source):
            add(problem, where)
    problems = []
    for key, (problem, where) in first.items():
        more = f"; {times[key] - 1} more" if times[key] > 1 else ""
        problems.append(replace(problem, message=f"{problem.message} ({where}{more})") if where else problem)
    problems.sort(key=lambda each: (_ORDER.index(each.severity), each.source, each.line or 0))
    return Verdict(family, mails, len(samples) if tries else 0, tuple(problems))


def _problems(trial: templates.Trial, sample: templates.Sample, reader: str, source: str) -> Iterator[Problem]:
    html = trial.rendered.html
    # a sample that is too long on purpose says so, as a release of the office does
    waived = {waiver.code for waiver in sample.release.waivers}
    for check in trial.checks:
        if not check.passed and (check.code not in waived or check.severity is Severity.ERROR):
            file = next((f"/{file}" for part, file in _PART_FILES.items() if check.message.endswith(part)), "")
            yield Problem(check.code, check.message, check.severity, f"{source}{file}", hint=check.hint)
    for part, what, words, severity in missing_from(trial.rendered, trial.release):
        yield Problem("missing", f'{what} is missing: "{shortened(words)}"', severity, f"{source}/{part}")
    for fault in faults_for_word(html):
        yield Problem("outlook", fault, Severity.ERROR, f"{source}/email.html")
    if trial.costly:
        said, hint = f"mails are made one by one, which takes longer: {trial.costly.message}", trial.costly.hint
        yield replace(trial.costly, code="one-by-one", message=said, severity=Severity.NOTE, hint=hint)
    if reader == templates.HOSTILE:  # whose values became elements of the page (standards H8)
        for mark in sorted(set(_ELEMENT.findall(html.replace("&amp;", "&")))):
            said = f"contact.{templates.MARKS.get(mark, mark)} is put into the page as it is, so a < in it becomes HTML"
            yield Problem("unescaped", f"{said}; take away |safe", Severity.ERROR, f"{source}/email.html")


# Word: what a page holds for Outlook on Windows alone, whose pages Word sets (standards H2). Conditional comments
# (`<!--[if mso]>…<![endif]-->`) have to be whole: each has its end, the tables that they open around the page are
# closed again, such a table says its width. Every other program takes them for comments, so nothing else notices when
# one is broken.

_OPENING = re.compile(r"<!--\[if[^\]]*\]>", re.IGNORECASE)
_CLOSING = re.compile(r"<!\[endif\]-->", re.IGNORECASE)
_BLOCK = re.compile(r"<!--\[if ([^\]]*)\]>(?!<!-->|-->)(.*?)<!\[endif\]-->", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<(/?)(table|tr|td|th|div|p|span|center)\b([^>]*)>", re.IGNORECASE)
_WIDTH = re.compile(r"""\bwidth\s*[:=]\s*["']?\d+""", re.IGNORECASE)
_OWN_STYLE = re.compile(r"<(style|xml)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TOO_WIDE = 640


def blocks_for_word(html: str) -> tuple[str, ...]:
    """Return what stands in the conditional comments that Word reads, in their order."""
    return tuple(found[2] for found in _BLOCK.finditer(html) if "!mso" not in found[1].replace(" ", ""))


def faults_for_word(html: str) -> tuple[str, ...]:
    """Return what is wrong with the conditional comments of a page, as sentences; mostly nothing."""
    opened, closed = len(_OPENING.findall(html)), len(_CLOSING.findall(html))
    if opened != closed:
        return (f"{opened} comments for Outlook begin (<!--[if mso]>) and {closed} end (<![endif]-->)",)
    blocks = blocks_for_word(html)
    if any(_OPENING.search(block) for block in blocks):
        return ("a comment for Outlook begins inside another one",)
    found: list[str] = []
    still_open: list[str] = []
    # all blocks are read as one text: what the first one opens around the page, a later one closes
    for slash, name, attributes in _TAG.findall(_OWN_STYLE.sub("", "".join(blocks))):
        tag = name.lower()
        if slash:
            if not still_open or still_open.pop() != tag:
                return (*found, f"what is written for Outlook closes a <{tag}> that is not open there")
            continue
        still_open.append(tag)
        if tag == "table":
            if not _WIDTH.search(attributes):
                found.append("a table for Outlook has no width, so Word makes it as wide as the window")
            wide = re.search(r"""\bwidth\s*=\s*["']?(\d+)(?!\d*%)""", attributes)
            if wide and int(wide[1]) > _TOO_WIDE:
                said = f"a table for Outlook is {wide[1]} pixels wide; {_TOO_WIDE} fit beside its list of mails"
                found.append(said)
    if still_open:
        found.append(f"what is written for Outlook opens <{'>, <'.join(still_open)}> and never closes it")
    return tuple(found)


# Saying: does a mail say what its release says (standards H5, H7, M4)? A family that forgets the subhead, a second
# telephone or the caption of a picture looks well and leaves something out. Only letters and figures are compared, so
# a family is free in its marks, line breaks and order.
#
# Gaps: of a paragraph with links its beginning is looked for; words that a family repeats elsewhere hide that they are
# missing here.

_NO_LETTER = re.compile(r"[\W_]+")
_BEGINNING = 60
_PART_OF: Final = {"heading": "a heading", "paragraph": "a paragraph", "quote": "a quote", "list": "an item of a list"}


def missing_from(rendered: Rendered, release: Release) -> Iterator[tuple[str, str, str, Severity]]:
    """Yield what the release says and a part of the mail does not: the part, what it is, and the words themselves."""
    parts = {"email.txt": rendered.text, "email.html": read_page(rendered.html).words if rendered.html else None}
    said = {name: _letters(text) for name, text in parts.items() if text is not None}
    for what, words, severity in _wanted(release):
        for part, letters in said.items():
            if _letters(words) not in letters:
                yield part, what, words, severity


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text).casefold()


def _wanted(release: Release) -> Iterator[tuple[str, str, Severity]]:
    must, should = Severity.ERROR, Severity.WARNING
    yield "the headline", release.headline, must
    yield "the subhead", release.subhead, should
    if release.embargo is not None and release.embargo.until is not None:
        yield "the hour of the embargo", f"{release.embargo.until:%H:%M}", must
    for person in release.contacts:
        for what in ("name", "role", "organisation", "note"):
            yield f"a contact's {what}", getattr(person, what), must if what == "name" else should
        yield from (("a contact's telephone", phone, must) for phone in person.phones)
        yield from (("a contact's address", email, must) for email in person.emails)
    for block in release.body:
        yield from ((what, words, should) for what, words in _of_block(block))
    for block in release.notes_to_editors:
        yield from (("the notes to editors", words, should) for _, words in _of_block(block))
    for about in release.boilerplate:
        yield "the heading of an 'about'", about.heading, should
        yield from (("an 'about'", _beginning(part), should) for part in about.paragraphs)
    yield "the end mark", release.end_mark, should
    yield "the call to action", _beginning(release.call_to_action), should


def _of_block(block: Block) -> Iterator[tuple[str, str]]:
    if isinstance(block, Image):
        yield "the alternative text of a picture", block.alt
        yield "the caption of a picture", block.caption
        yield "the credit of a picture", block.credit
        return
    parts = map(_beginning, block_inlines(block))
    if isinstance(block, Table):
        # word by word: in the text part a cell may run on below itself, beside others
        yield from (("a cell of a table", word) for cell in parts for word in cell.split())
        return
    yield from ((_PART_OF[block.kind], part) for part in parts)
    if isinstance(block, Quote):
        yield "who says a quote", block.speaker


def _beginning(inline: Inline) -> str:
    """Return the words up to the first link, whose address may follow them in the text part."""
    words = ""
    for span in inline:
        words += span.text
        if span.url or len(words) > _BEGINNING:
            break
    return words[:_BEGINNING].rpartition(" ")[0] if len(words) > _BEGINNING and " " in words[:_BEGINNING] else words
