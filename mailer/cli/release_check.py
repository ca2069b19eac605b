"""Release check: `mailer release check`, what an editor would say before a release goes out.

Owns the words in which findings are shown, and the writing of a waiver into the release; `release_mails` makes the
mails and asks the spam filters. What is found is `release.checks`' and `runs.checking`'s.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import textwrap
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.context import actor, current_workspace, now
from mailer.cli.office import reading_office
from mailer.cli.options import ReleaseEncoding, Where, selection_of
from mailer.cli.preview import As, Template, To
from mailer.cli.progress import counting
from mailer.cli.summary import REASONS
from mailer.errors import ConfigProblem, InputProblem, Problem, Severity, did_you_mean, gather

if TYPE_CHECKING:
    from pathlib import Path

    from mailer.release.checks import Checked
    from mailer.runs.checking.mails import Looked
    from mailer.runs.checking.spam import Answer, Hit
    from mailer.runs.manuscripts import Manuscript
    from mailer.runs.office import Office
    from mailer.runs.planning.findings import Finding
    from mailer.runs.planning.plan import Request
    from mailer.settings import Settings
    from mailer.workspace import Workspace

_HELP = """Check a release as an editor would. Errors stop a mailing (exit code 2), warnings do not.

The mail is made and looked at as well: everybody's of a list with --to, else that of an invented reader.

A warning can be accepted, with a reason that is kept in the release. It is not shown again before a send.
docs/checks.md lists everything that can be found.

\b
Examples:
  mailer release check harbour-seals
  mailer release check harbour-seals --online     opens the links as well
  mailer release check harbour-seals --to coast   makes everybody's mail, and looks at each
  mailer release check harbour-seals --spam       asks the spam filters of this machine
  mailer release check harbour-seals --at "2026-12-01 09:00 Europe/Berlin"     against its embargo
  mailer release check harbour-seals --waive headline-long --reason "it is their title"
  mailer release check harbour-seals --waive 'leftover "TBC"' --reason "the ship's name"
"""
_WIDEST = 100
_KEEPS_REASONS = frozenset({".md", ".markdown"})
_STYLES = {"error": "red", "warning": "yellow", "note": "dim", "waived": "dim"}


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where the release lies, what the office knows, and how it is to be looked at."""

    workspace: Workspace
    settings: Settings
    path: Path
    at: str
    sender: str
    online: bool


def check(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A path, or the name of a file in releases/ without its ending.")
    ],
    online: Annotated[bool, typer.Option("--online", help="Also open every link and picture of the release.")] = False,
    at: Annotated[
        str, typer.Option(metavar="WHEN", help='Check it for this time: "2026-12-01 09:00 Europe/Berlin".')
    ] = "",
    to: To = [],  # noqa: B006 - typer copies it
    person: As = "",
    where: Where = "",
    spam: Annotated[bool, typer.Option("--spam", help="Also run SpamAssassin and rspamd, if installed.")] = False,
    template: Template = "",
    sender: Annotated[
        str, typer.Option(metavar="NAME", help="A sender from mailer.toml. Default: the release's.")
    ] = "",
    waive: Annotated[
        str, typer.Option(metavar="CODE", help="Accept a warning, by the name that the check shows.")
    ] = "",
    reason: Annotated[str, typer.Option(metavar="TEXT", help="With --waive: why the warning is acceptable.")] = "",
    _encoding: ReleaseEncoding = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """Check a release as an editor would. Errors stop a mailing (exit code 2), warnings do not."""
    from mailer.config import read_settings

    _refuse_half_a_waiver(waive, reason)
    workspace = current_workspace()
    # settings that cannot be read would let the check pass by rules that are not the office's own
    settings = read_settings(workspace.root, os.environ)
    desk = _Desk(workspace, settings, workspace.release_path(file), at, sender, online)
    checked = _examined(desk)
    asked = Asked(file, tuple(to), person, where, template, sender, at, spam)
    if waive:
        _waive(desk, checked, asked, waive=waive, reason=reason)
        checked = _examined(desk)
    mails = look(asked, settings=desk.settings, text=checked)
    slug = desk.path.stem
    if as_json:
        output.print_json(_document(checked, mails, slug, online=online))
    else:
        _say(checked, mails, file if desk.path.suffix.lower() in _KEEPS_REASONS else "")
    if not checked.is_ok or not mails.is_ok:
        raise typer.Exit(2)


def _refuse_half_a_waiver(waive: str, reason: str) -> None:
    if waive and not reason.strip():
        raise InputProblem("--waive needs a reason", hint='--reason "why it is meant": it stays in the release')
    if reason and not waive:
        raise InputProblem("--reason goes with --waive", hint="--waive CODE, as the check shows it")


def _examined(desk: _Desk) -> Checked:
    from mailer.runs.checking.online import look_online
    from mailer.runs.manuscripts import examine, make_case

    manuscript = _manuscript(desk)
    moment = now()
    told = None
    if desk.online:
        case = make_case(desk.workspace, desk.settings, manuscript, now=moment)
        told = asyncio.run(look_online(case, desk.settings.checks))
    return examine(desk.workspace, desk.settings, manuscript, now=moment, told_online=told)


def _manuscript(desk: _Desk) -> Manuscript:
    from mailer.runs.manuscripts import Manuscript
    from mailer.runs.planning.when import parse_at
    from mailer.runs.untrusted.releases import parse_release

    if desk.sender and desk.sender not in desk.settings.senders:
        raise InputProblem(
            f'there is no sender "{desk.sender}" in mailer.toml{did_you_mean(desk.sender, desk.settings.senders)}'
        )
    data = desk.workspace.read_release(desk.path)
    release = parse_release(data, source=desk.workspace.show(desk.path), slug=desk.path.stem)
    moment = parse_at(desk.at, now=now(), zone=desk.settings.office.time_zone).at if desk.at else None
    return Manuscript(path=desk.path, data=data, release=release, sender=desk.sender, at=moment)


def _waive(desk: _Desk, checked: Checked, asked: Asked, *, waive: str, reason: str) -> None:
    """Write a waiver into the release, once it is clear that it waves something through.

    Raises:
        InputProblem: it names nothing that was found, an error, or several findings at once.
    """
    from mailer.release.checks.codes import OF_THE_MAIL
    from mailer.release.checks.waivers import ALL, key_for
    from mailer.release.markdown.waiving import parse_waiver_key, waiver_key

    code, about = parse_waiver_key(waive)
    if code in OF_THE_MAIL:
        refuse_waiver(look(asked, settings=desk.settings, text=checked), code)
    else:
        meant = _meant(checked, code, about)
        if len({problem.about for problem in meant}) > 1 and about != ALL:
            lines = [f"--waive '{key_for(problem, checked.problems)}'" for problem in meant]
            every = f"--waive '{waiver_key(code, ALL)}'   all of them, and those to come"
            raise InputProblem(f"{len(meant)} findings are called {code}; say which", hint="\n".join([*lines, every]))
    _write_waiver(desk, waiver_key(code, about), reason)


def _write_waiver(desk: _Desk, key: str, reason: str) -> None:
    from mailer.release.markdown.waiving import add_waiver
    from mailer.workspace import write_atomically

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
    desk.workspace.keep_for_undo(desk.path, now())
    write_atomically(desk.path, text.encode("utf-8"))
    output.say(f"Kept in {shown}.", to_stderr=True)


def _meant(checked: Checked, code: str, about: str) -> list[Problem]:
    """Return the warnings that a waiver names, as one that stands in the release would."""
    from mailer.release.checks.waivers import fits, is_open_to_waiving

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


def _say(checked: Checked, mails: Told, keeping: str) -> None:
    """Say what was found; `keeping` is the release as it was named, where it can keep a reason."""
    from mailer.release.checks.waivers import is_open_to_waiving, key_for

    _say_findings(checked, mails)
    for difference in checked.differences:
        output.say()
        output.say(f"  {difference.organisation}: - as it stands here, + as {difference.file} has it")
        for line in difference.lines:
            output.say(f"    {line}", style="red" if line.startswith("-") else "green")
    if checked.problems or checked.waived or mails.problems or mails.waived:
        output.say()
    for line in mails.lines:
        output.say(line)
    output.say(_summary(checked, mails))
    keys = [key_for(problem, checked.problems) for problem in checked.problems if is_open_to_waiving(problem)]
    for key in [*keys, *filter(None, map(key_of, mails.problems))][: bool(keeping)]:
        quoted = f"'{key}'" if " " in key else key
        output.say(f'To accept a warning: mailer release check {keeping} --waive {quoted} --reason "why"')


def _say_findings(checked: Checked, mails: Told) -> None:
    from mailer.release.checks.waivers import is_open_to_waiving, key_for

    for problem in checked.problems:
        name = key_for(problem, checked.problems) if is_open_to_waiving(problem) else problem.code
        _say_finding(problem.severity.value, problem, name, problem.hint)
    for each in checked.waived:
        every = [one.problem for one in checked.waived]
        _say_finding("waived", each.problem, key_for(each.problem, [*checked.problems, *every]), each.reason)
    for problem in mails.problems:
        _say_finding(problem.severity.value, problem, problem.code, problem.hint)
    for problem, reason in mails.waived:
        _say_finding("waived", problem, problem.code, reason)


def _say_finding(word: str, problem: Problem, name: str, below: str) -> None:
    """Say one finding: how bad, where and what; below it what to do, and its name at the end."""
    first, *more = _wrapped(f"{word:8}{problem}")
    output.say(f"  {first}", style=_STYLES[word])
    for line in more:
        output.say(f"  {'':8}{line}", style=_STYLES[word])
    for line in _wrapped(f"{below}  [{name}]" if below else f"[{name}]"):
        output.say(f"  {'':8}{line}")


def _wrapped(text: str) -> list[str]:
    """Break lines for people; what another program reads stays on one line."""
    if not sys.stdout or not sys.stdout.isatty():
        return [text]
    width = min(_WIDEST, shutil.get_terminal_size().columns) - 10
    return textwrap.wrap(text, max(width, 40), break_long_words=False, break_on_hyphens=False)


def _summary(checked: Checked, mails: Told) -> str:
    kinds = [problem.severity for problem in (*checked.problems, *mails.problems)]
    errors, warnings = kinds.count(Severity.ERROR), kinds.count(Severity.WARNING)
    counted = [f"{n} {word}{'s' if n != 1 else ''}" for n, word in ((errors, "error"), (warnings, "warning")) if n]
    waived = len(checked.waived) + len(mails.waived)
    aside = f" {waived} {'warning is' if waived == 1 else 'warnings are'} waved through." if waived else ""
    if not counted:
        return f"No problems found.{aside}"
    verdict = "It cannot be sent like this." if errors else "It can be sent."
    return f"{' and '.join(counted)}.{aside} {verdict}"


def _document(checked: Checked, mails: Told, slug: str, *, online: bool) -> dict[str, Any]:
    """Return what was found as JSON; `key` is what `--waive` takes, null for what cannot be waved through."""
    from mailer.release.checks.waivers import is_open_to_waiving, key_for

    def row(problem: Problem) -> dict[str, Any]:
        key = key_for(problem, checked.problems) if is_open_to_waiving(problem) else None
        return output.problem_json(problem) | {"key": key}

    return {
        "release": slug,
        "ok": checked.is_ok and mails.is_ok,
        "online": online,
        "problems": [*map(row, checked.problems), *problem_rows(mails)],
        "waived": [
            *(output.problem_json(each.problem) | {"reason": each.reason} for each in checked.waived),
            *waived_rows(mails),
        ],
        "differences": [
            {"organisation": each.organisation, "file": each.file, "lines": list(each.lines)}
            for each in checked.differences
        ],
        **document(mails),
    }


def register(app: typer.Typer) -> None:
    """Add the command to `mailer release`."""
    app.command("check", help=_HELP)(check)


# Release mails: what `mailer release check` says of the finished mails, and what spam filters say of them.

_INVENTED = "The mail was made for an invented reader; --to LIST makes everybody's."
_NOT_MADE = "The mail was not made, and not looked at: fix the errors first."
_BY_HAND = "mailer preview writes the mail as an .eml file, which the filter can be given by hand."


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line."""

    release: str
    lists: tuple[str, ...]
    person: str
    where: str
    template: str
    sender: str
    at: str
    spam: bool


@dataclass(frozen=True, slots=True)
class Told:
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
        return (*found, *self.not_made, *_spam_problems(self))

    def reason_for(self, problem: Problem) -> str:
        """Return why a finding is waved through by the release; empty where it is not."""
        from mailer.release.checks.waivers import reason_for

        return reason_for(problem, self.looked.waivers) if self.looked else ""

    @property
    def is_ok(self) -> bool:
        """Return whether nothing of it stops a mailing."""
        return all(problem.severity is not Severity.ERROR for problem in self.problems)

    @property
    def lines(self) -> tuple[str, ...]:
        """Return what else people should know: which mails were looked at, and what the filters said."""
        return (*_about_mails(self), *_about_spam(self))


def look(asked: Asked, *, settings: Settings, text: Checked) -> Told:
    """Make the mails and look at them; what was found in the `text` is not told again of the mail made of it.

    Where no list is named, a mail that cannot be made is told and raises nothing: an error, or a note where it only
    shows what the text's own errors have told already, or that mailer.toml names no sender yet.

    Raises:
        InputProblem: a list cannot be used, or nobody on it can be written to; `where` without a list.
        ConfigProblem: with a list, mailer.toml cannot be used.
    """
    is_invented = not asked.lists
    if asked.where and is_invented:
        raise InputProblem("--where says which people of a list are meant: it needs --to")
    try:
        looked = _looked_at_one(asked, settings, text) if is_invented else _looked_at_lists(asked, text)
    except (InputProblem, ConfigProblem) as error:
        if not is_invented:
            raise
        is_said = not text.is_ok or isinstance(error, ConfigProblem)
        not_made = _not_made(error, Severity.NOTE if is_said else Severity.ERROR)
        known = [one.about for one in text.problems if one.severity is Severity.ERROR and one.about]
        rest = (each for each in not_made if not any(about in each.message for about in known))
        return Told(None, tuple(rest), is_invented)
    new = tuple(each for each in looked.findings if not each.shows_again(text.problems, looked.waivers))
    looked = replace(looked, findings=new)
    return Told(looked, (), is_invented, _filters_asked(looked) if asked.spam else ())


def _not_made(error: InputProblem | ConfigProblem, severity: Severity) -> list[Problem]:
    return [
        Problem(each.code, f"the mail was not made: {each.message}", severity, each.source, each.line, each.hint)
        for each in gather(error)
        if each.severity is Severity.ERROR
    ]


def _looked_at_lists(asked: Asked, text: Checked) -> Looked:
    from mailer.runs.checking.mails import look_at_mails

    with reading_office() as office, counting("mails made") as tell:
        return look_at_mails(office, _request(asked, office.settings), text=text, person=asked.person, on_progress=tell)


def _looked_at_one(asked: Asked, settings: Settings, text: Checked) -> Looked:
    from mailer.runs.checking.mails import look_at_mails

    return look_at_mails(_office_without_ledger(settings), _request(asked, settings), text=text, person=asked.person)


def _request(asked: Asked, settings: Settings) -> Request:
    from mailer.events import MailingKind
    from mailer.runs.planning.plan import Request
    from mailer.runs.planning.when import parse_at
    from mailer.runs.sending.send import PREVIEW_RELAY

    return Request(
        release=asked.release,
        relay=PREVIEW_RELAY,
        lists=asked.lists,
        selection=selection_of(asked.where),
        kind=MailingKind.RELEASE,
        sender=asked.sender,
        family=asked.template,
        at=parse_at(asked.at, now=now(), zone=settings.office.time_zone) if asked.at else None,
    )


def _office_without_ledger(settings: Settings) -> Office:
    from mailer.config import Memory, passing_keys
    from mailer.runs.office import Office

    return Office(current_workspace(), settings, None, passing_keys(), actor(), now, Memory(None))


def _filters_asked(looked: Looked) -> tuple[Answer, ...]:
    from mailer.runs.checking.spam import FILTERS, ask_filter

    letters = [each.letter for each in looked.specimens]
    if not letters:
        return ()
    return tuple(ask_filter(name, letters) for name in FILTERS)


def _spam_problems(told: Told) -> list[Problem]:
    """Return what filters object to: a mail that would be spam is an error, a filter that fails a warning."""
    from mailer.runs.planning.findings import SOURCE

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


def _about_mails(told: Told) -> list[str]:
    if told.looked is None:
        return [] if told.not_made else [_NOT_MADE]
    if told.is_invented:
        return [_INVENTED]
    looked = told.looked
    out = sum(looked.skipped.values())
    people = f"{looked.made} {'mail' if looked.made == 1 else 'mails'} made and looked at"
    rest = looked.made - looked.whole
    more = f", {rest} of them for what can differ from person to person" if rest > 0 else ""
    reasons = ", ".join(f"{count} {REASONS.get(reason, reason)}" for reason, count in looked.skipped.items())
    return [f"{people}{more}{f'; {out} passed over ({reasons})' if out else ''}."]


def _about_spam(told: Told) -> list[str]:
    lines: list[str] = []
    for answer in told.answers:
        if answer.is_missing:
            lines.append(f"{answer.silence}.")
        for specimen, score in zip(told.looked.specimens if told.looked else (), answer.scores, strict=False):
            lines.append(f"{score.sentence} ({specimen.person}, {specimen.manner}).")
            lines += [_said(hit) for hit in score.costly]
    return [*lines, ""] if lines else []


def _said(hit: Hit) -> str:
    meaning = hit.meaning
    return f"  {hit.points:+6.2f}  {meaning.sentence}{f'. {meaning.hint}' if meaning.hint else ''}  [{hit.rule}]"


def document(told: Told) -> dict[str, Any]:
    """Return as JSON which mails were looked at (null: none was made), and what filters said (null: none was asked)."""
    looked = told.looked
    mails = looked and {
        "invented": told.is_invented,
        "made": looked.made,
        "whole": looked.whole,
        "skipped_reasons": dict(looked.skipped),
    }
    return {"mails": mails, "spam": [_answer(told, each) for each in told.answers] or None}


def problem_rows(told: Told) -> list[dict[str, Any]]:
    """Return every finding as JSON, with how many mails have it and whose (null: everybody's)."""
    looked = told.looked
    findings = [each for each in looked.findings if not told.reason_for(looked.problem(each))] if looked else []
    own = [_row(each, looked) for each in findings] if looked else []
    spam = [each for each in _spam_problems(told) if not told.reason_for(each)]
    return [*own, *(output.problem_json(each) | {"key": key_of(each)} for each in (*told.not_made, *spam))]


def waived_rows(told: Told) -> list[dict[str, Any]]:
    """Return what is waved through as JSON."""
    return [output.problem_json(problem) | {"reason": reason} for problem, reason in told.waived]


def key_of(problem: Problem) -> str | None:
    """Return what `--waive` takes for a finding about the mail; None for what cannot be waved through."""
    from mailer.release.checks.codes import OF_THE_MAIL

    return problem.code if problem.severity is Severity.WARNING and problem.code in OF_THE_MAIL else None


def refuse_waiver(told: Told, code: str) -> None:
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


def _row(finding: Finding, looked: Looked) -> dict[str, Any]:
    people = finding.people if finding.who(looked.whole) else None
    problem = looked.problem(finding)
    told = output.problem_json(problem) | {"message": finding.message}
    return told | {"key": key_of(problem), "count": finding.count, "people": people}


def _answer(told: Told, answer: Answer) -> dict[str, Any]:
    specimens = told.looked.specimens if told.looked else ()
    return {
        "filter": answer.program,
        "silence": answer.silence or None,
        "mails": [
            {
                "email": specimen.person,
                "manner": specimen.manner,
                "points": score.points,
                "threshold": score.threshold,
                "good": score.is_good,
                "said": score.sentence,
                "rules": [
                    {"rule": hit.rule, "points": hit.points, "means": hit.meaning.sentence, "hint": hit.meaning.hint}
                    for hit in score.hits
                ],
            }
            for specimen, score in zip(specimens, answer.scores, strict=False)
        ],
    }
