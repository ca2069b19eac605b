"""Release mails: what `mailer release check` says of the finished mails, and what spam filters say of them.

Owns the words. The mails are made by `runs.checking.mails`: those of a list, or one to an invented reader, for which no
ledger is opened. A release whose mail cannot be made yet is still checked as a text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mailer.cli import output
from mailer.cli.context import actor, current_workspace, now
from mailer.cli.office import reading_office
from mailer.cli.options import selection_of
from mailer.cli.progress import counting
from mailer.cli.summary import REASONS
from mailer.errors import ConfigProblem, InputProblem, Problem, Severity, gather

if TYPE_CHECKING:
    from mailer.release.checks import Checked
    from mailer.runs.checking.findings import Finding
    from mailer.runs.checking.mails import Looked
    from mailer.runs.checking.scores import Hit
    from mailer.runs.checking.spam import Answer
    from mailer.runs.office import Office
    from mailer.runs.planning.plan import Request
    from mailer.settings import Settings

_INVENTED = "The mail was made for an invented reader; --to LIST makes everybody's."
_NOT_MADE = "The mail was not made, and not looked at: mend the errors first."
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
        looked = _looked_at_one(asked, settings) if is_invented else _looked_at_lists(asked)
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


def _looked_at_lists(asked: Asked) -> Looked:
    from mailer.runs.checking.mails import look_at_mails

    with reading_office() as office, counting("mails made") as tell:
        return look_at_mails(office, _request(asked, office.settings), person=asked.person, on_progress=tell)


def _looked_at_one(asked: Asked, settings: Settings) -> Looked:
    from mailer.runs.checking.mails import look_at_mails

    return look_at_mails(_office_without_ledger(settings), _request(asked, settings), person=asked.person)


def _request(asked: Asked, settings: Settings) -> Request:
    from mailer.events import MailingKind
    from mailer.runs.planning.plan import Request
    from mailer.runs.planning.when import parse_at
    from mailer.runs.sending.send import PREVIEW_RELAY

    return Request(
        release=asked.release,
        relay=PREVIEW_RELAY,
        lists=asked.lists,
        selection=selection_of(asked.where, None, None, ""),
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
    from mailer.runs.checking.findings import SOURCE

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
