"""Reviewing: a release is looked at as an editor would, and so are the mails that would be made of it.

Owns what of the mails' findings is told beside the text's own, what the spam filters object to, and the writing of a
waiver into the release, once it is clear that it waves something through. What is found is `release.checks`' and
`runs.checking`'s. Raises `InputProblem`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from mailer.config import Memory, passing_keys
from mailer.contacts.audience.selection import Selection
from mailer.errors import ConfigProblem, InputProblem, Problem, Severity, did_you_mean, gather
from mailer.events import MailingKind
from mailer.release.checks import Checked
from mailer.release.checks.codes import OF_THE_MAIL
from mailer.release.checks.waivers import ALL, fits, is_open_to_waiving, key_for, reason_for
from mailer.release.markdown.waiving import add_waiver, parse_waiver_key, waiver_key
from mailer.runs.checking.mails import Looked, look_at_mails
from mailer.runs.checking.online import look_online
from mailer.runs.checking.spam import FILTERS, Answer, ask_filter
from mailer.runs.manuscripts import Manuscript, examine, make_case
from mailer.runs.office import Office
from mailer.runs.planning.findings import SOURCE
from mailer.runs.planning.request import Request, parse_at
from mailer.runs.sending.send import PREVIEW_RELAY
from mailer.runs.untrusted.releases import parse_release
from mailer.settings import Settings
from mailer.workspace import Workspace, write_atomically

_KEEPS_REASONS = frozenset({".md", ".markdown"})
_BY_HAND = "mailer preview writes the mail as an .eml file, which the filter can be given by hand."


@dataclass(frozen=True, slots=True)
class ReviewRequest:
    """Which release is reviewed, for whom (nobody: an invented reader), for which moment, and by what besides."""

    release: str
    lists: tuple[str, ...]
    person: str
    selection: Selection
    template: str
    sender: str
    at: str
    spam: bool
    online: bool


@dataclass(frozen=True, slots=True)
class MailsSeen:
    """What is to be told: what was found in the mails (None where none was made), why not, what the filters said."""

    looked: Looked | None
    not_made: tuple[Problem, ...]
    is_invented: bool
    answers: tuple[Answer, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return what was found and is not waved through, the mails' own first."""
        return tuple(problem for problem in self._found if not self.reason_for(problem))

    @property
    def waived(self) -> tuple[tuple[Problem, str], ...]:
        """Return what is waved through, each with its reason."""
        return tuple((problem, self.reason_for(problem)) for problem in self._found if self.reason_for(problem))

    @property
    def _found(self) -> tuple[Problem, ...]:
        found = [self.looked.problem(each) for each in self.looked.findings] if self.looked else []
        return (*found, *self.not_made, *spam_problems(self))

    def reason_for(self, problem: Problem) -> str:
        """Return why a finding is waved through by the release; empty where it is not."""
        return reason_for(problem, self.looked.waivers) if self.looked else ""

    @property
    def is_ok(self) -> bool:
        """Return whether nothing of it stops a mailing."""
        return all(problem.severity is not Severity.ERROR for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What an editor would say: of the text, and of the mails made of it.

    `named` is the release as it was asked for, `keeps_reasons` says whether a waiver can be written into it, `kept_in`
    is the file into which one was just written.
    """

    named: str
    slug: str
    online: bool
    checked: Checked
    mails: MailsSeen
    keeps_reasons: bool
    kept_in: str = ""

    @property
    def ok(self) -> bool:
        """Return whether nothing stops a mailing."""
        return self.checked.is_ok and self.mails.is_ok


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the release lies and what the office knows; `office` opens the ledger, `counting` shows the mails made."""

    workspace: Workspace
    settings: Settings
    path: Path
    now: Callable[[], datetime]
    actor: str
    office: Callable[[], AbstractContextManager[Office]]
    counting: Callable[[str], AbstractContextManager[Callable[[int], None]]]


def review(desk: Desk, request: ReviewRequest, *, waive: str = "", reason: str = "") -> Reviewed:
    """Check a release; with `waive` write first into it why a warning is acceptable.

    Raises:
        InputProblem: the release or a list cannot be used, or the waiver waves nothing through.
        ConfigProblem: with a list, mailer.toml cannot be used.
    """
    checked, kept_in = _examined(desk, request), ""
    if waive:
        kept_in = _waive(desk, checked, request, waive=waive, reason=reason)
        checked = _examined(desk, request)
    keeps = desk.path.suffix.lower() in _KEEPS_REASONS
    mails = _look(desk, request, checked)
    return Reviewed(request.release, desk.path.stem, request.online, checked, mails, keeps, kept_in)


def _examined(desk: Desk, request: ReviewRequest) -> Checked:
    manuscript = _manuscript(desk, request)
    moment = desk.now()
    told = None
    if request.online:
        case = make_case(desk.workspace, desk.settings, manuscript, now=moment)
        told = asyncio.run(look_online(case, desk.settings.checks))
    return examine(desk.workspace, desk.settings, manuscript, now=moment, told_online=told)


def _manuscript(desk: Desk, request: ReviewRequest) -> Manuscript:
    if request.sender and request.sender not in desk.settings.senders:
        raise InputProblem(
            f'there is no sender "{request.sender}" in mailer.toml{did_you_mean(request.sender, desk.settings.senders)}'
        )
    data = desk.workspace.read_release(desk.path)
    release = parse_release(data, source=desk.workspace.show(desk.path), slug=desk.path.stem)
    moment = parse_at(request.at, now=desk.now(), zone=desk.settings.office.time_zone).at if request.at else None
    return Manuscript(path=desk.path, data=data, release=release, sender=request.sender, at=moment)


def _waive(desk: Desk, checked: Checked, request: ReviewRequest, *, waive: str, reason: str) -> str:
    """Write a waiver into the release, once it is clear that it waves something through; return its file.

    Raises:
        InputProblem: it names nothing that was found, an error, or several findings at once.
    """
    code, about = parse_waiver_key(waive)
    if code in OF_THE_MAIL:
        _refuse_waiver(_look(desk, request, checked), code)
    else:
        meant = _meant(checked, code, about)
        if len({problem.about for problem in meant}) > 1 and about != ALL:
            lines = [f"--waive '{key_for(problem, checked.problems)}'" for problem in meant]
            every = f"--waive '{waiver_key(code, ALL)}'   all of them, and those to come"
            raise InputProblem(f"{len(meant)} findings are called {code}; say which", hint="\n".join([*lines, every]))
    return _write_waiver(desk, waiver_key(code, about), reason)


def _write_waiver(desk: Desk, key: str, reason: str) -> str:
    data = desk.workspace.read_release(desk.path)
    shown = desk.workspace.show(desk.path)
    if desk.path.suffix.lower() not in _KEEPS_REASONS:
        raise InputProblem(
            "only a Markdown release keeps reasons; `mailer release import` makes one of it", source=shown
        )
    try:
        text = add_waiver(data.decode("utf-8"), key, reason)
    except ValueError as error:
        why = "is not UTF-8; save it again as that" if isinstance(error, UnicodeError) else str(error)
        raise InputProblem(f"cannot keep a reason: {why}", source=shown) from None
    desk.workspace.keep_for_undo(desk.path, desk.now())
    write_atomically(desk.path, text.encode("utf-8"))
    return shown


def _meant(checked: Checked, code: str, about: str) -> list[Problem]:
    """Return the warnings that a waiver names, as one that stands in the release would."""
    named = [problem for problem in checked.problems if problem.code == code]
    found = [problem for problem in named if fits(problem, code, about)]
    meant = [problem for problem in found if is_open_to_waiving(problem)]
    if meant:
        return meant
    if found and found[0].severity is Severity.ERROR:
        raise InputProblem(f"{code} is an error, and cannot be waved through", hint=found[0].hint)
    if found:
        raise InputProblem(f"{code} stops nothing: there is nothing to wave through")
    if any(each.problem.code == code and fits(each.problem, code, about) for each in checked.waived):
        raise InputProblem(f"{code} is waved through already", hint="Its line stands under `waive:` in the release.")
    known = {problem.code for problem in checked.problems}
    raise InputProblem(
        f'nothing was found that is called "{code}"{did_you_mean(code, known)}'
        if not named
        else (f'no {code} is about "{about}"{did_you_mean(about, {problem.about for problem in named})}')
    )


def _look(desk: Desk, request: ReviewRequest, text: Checked) -> MailsSeen:
    """Make the mails and look at them; what was found in the `text` is not told again of the mail made of it.

    Where no list is named, a mail that cannot be made is told and raises nothing: an error, or a note where it only
    shows what the text's own errors have told already, or that mailer.toml names no sender yet.

    Raises:
        InputProblem: a list cannot be used, or nobody on it can be written to; `where` without a list.
        ConfigProblem: with a list, mailer.toml cannot be used.
    """
    is_invented = not request.lists
    if request.selection.where and is_invented:
        raise InputProblem("--where says which people of a list are meant: it needs --to")
    try:
        looked = _looked_at_one(desk, request, text) if is_invented else _looked_at_lists(desk, request, text)
    except (InputProblem, ConfigProblem) as error:
        if not is_invented:
            raise
        is_said = not text.is_ok or isinstance(error, ConfigProblem)
        not_made = _not_made(error, Severity.NOTE if is_said else Severity.ERROR)
        known = [one.about for one in text.problems if one.severity is Severity.ERROR and one.about]
        rest = (each for each in not_made if not any(about in each.message for about in known))
        return MailsSeen(None, tuple(rest), is_invented)
    new = tuple(each for each in looked.findings if not each.shows_again(text.problems, looked.waivers))
    looked = replace(looked, findings=new)
    return MailsSeen(looked, (), is_invented, _filters_asked(looked) if request.spam else ())


def _not_made(error: InputProblem | ConfigProblem, severity: Severity) -> list[Problem]:
    return [
        Problem(each.code, f"the mail was not made: {each.message}", severity, each.source, each.line, each.hint)
        for each in gather(error)
        if each.severity is Severity.ERROR
    ]


def _looked_at_lists(desk: Desk, request: ReviewRequest, text: Checked) -> Looked:
    with desk.office() as office, desk.counting("mails made") as tell:
        meant = _request(desk, request, office.settings)
        return look_at_mails(office, meant, text=text, person=request.person, on_progress=tell)


def _looked_at_one(desk: Desk, request: ReviewRequest, text: Checked) -> Looked:
    office = Office(desk.workspace, desk.settings, None, passing_keys(), desk.actor, desk.now, Memory(None))
    return look_at_mails(office, _request(desk, request, desk.settings), text=text, person=request.person)


def _request(desk: Desk, request: ReviewRequest, settings: Settings) -> Request:
    return Request(
        release=request.release,
        relay=PREVIEW_RELAY,
        lists=request.lists,
        selection=request.selection,
        kind=MailingKind.RELEASE,
        sender=request.sender,
        family=request.template,
        at=parse_at(request.at, now=desk.now(), zone=settings.office.time_zone) if request.at else None,
    )


def _filters_asked(looked: Looked) -> tuple[Answer, ...]:
    letters = [each.letter for each in looked.specimens]
    if not letters:
        return ()
    return tuple(ask_filter(name, letters) for name in FILTERS)


def spam_problems(told: MailsSeen) -> list[Problem]:
    """Return what filters object to: a mail that would be spam is an error, a filter that fails a warning."""
    found: list[Problem] = []
    for answer in told.answers:
        bad = [score for score in answer.scores if not score.is_good]
        if bad:
            worst = max(bad, key=lambda score: score.points)
            severity = Severity.ERROR if worst.points >= worst.threshold else Severity.WARNING
            hint = "What it objects to stands below, with what to do about it."
            found.append(Problem("spam-score", worst.sentence, severity, SOURCE, hint=hint))
        elif answer.silence and not answer.is_missing:
            found.append(Problem("spam-filter", answer.silence, Severity.WARNING, hint=_BY_HAND))
    return found


def key_of(problem: Problem) -> str | None:
    """Return what `--waive` takes for a finding about the mail; None for what cannot be waved through."""
    return problem.code if problem.severity is Severity.WARNING and problem.code in OF_THE_MAIL else None


def _refuse_waiver(told: MailsSeen, code: str) -> None:
    """Refuse to wave through what was not found in the mails, or stops them, or is waved through already.

    Raises:
        InputProblem: it is one of these.
    """
    if any(problem.code == code for problem, _ in told.waived):
        raise InputProblem(f"{code} is waved through already", hint="Its line stands under `waive:` in the release.")
    found = [problem for problem in told.problems if problem.code == code]
    if not found:
        raise InputProblem(f'nothing was found that is called "{code}"', hint="--to LIST looks at everybody's mail.")
    if key_of(found[0]) is None:
        raise InputProblem(f"{code} is an error, and cannot be waved through", hint=found[0].hint)
