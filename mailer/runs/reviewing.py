"""Reviewing: a release is looked at as an editor would, and so are the mails that would be made of it.

Owns the walk over the people of a list (nothing is sent, and nothing kept), the invented reader where none is named,
which mails a spam filter is shown (one of each manner), what of the mails' findings is told beside the text's own, and
the writing of a waiver into the release, once it is clear that it waves something through. Whoever has opted out is
passed over, as by a send. What is found in the text is `release.checks`' and `runs.manuscripts`'.
Raises `InputProblem` for what concerns release, templates or lists as a whole, `ConfigProblem` without a sender.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from mailer.address import parse_address
from mailer.config.memory import Memory
from mailer.config.secrets import passing_keys
from mailer.contacts.audience.selection import Selection
from mailer.contacts.values import MEANINGS, Contact
from mailer.errors import ConfigProblem, InputProblem, MailerError, Problem, Severity, did_you_mean, gather
from mailer.events import MailingKind
from mailer.ledger.mailings import full_name
from mailer.message.values import Check
from mailer.release.checks import Checked
from mailer.release.checks.codes import OF_THE_MAIL
from mailer.release.checks.waivers import ALL, fits, is_open_to_waiving, key_for, reason_for
from mailer.release.markdown.waiving import add_waiver, parse_waiver_key, waiver_key
from mailer.release.values import Waiver
from mailer.runs.lists.choosing import choose_contact
from mailer.runs.manuscripts import Manuscript, examine, make_case
from mailer.runs.office import Office
from mailer.runs.online import look_online
from mailer.runs.planning.edition import Text, pack, read_sources, unpack
from mailer.runs.planning.findings import SOURCE, Finding, Findings, largest_mail
from mailer.runs.planning.merge import Manner, Merged, Merger
from mailer.runs.planning.request import Request, parse_at
from mailer.runs.planning.rules import embargo_terms
from mailer.runs.previews import make_mails, read_everybody
from mailer.runs.sending.send import PREVIEW_RELAY
from mailer.runs.spam import FILTERS, Answer, Letter, ask_filter
from mailer.runs.untrusted.releases import parse_release
from mailer.settings import Settings
from mailer.workspace import Workspace, write_atomically

WHOLE: Final = 200  # so many mails are looked at whole, all others for what can differ from person to person
MOST_LETTERS: Final = 12
_FOR_PERSON = re.compile(r" \(for \S+@\S+\)$")
_KEEPS_REASONS = frozenset({".md", ".markdown"})
_BY_HAND = "mailer preview writes the mail as an .eml file, which you can give to the filter yourself."
_WAIVED_ALREADY = "Its line is under `waive:` in the release."
# somebody of whom a list knows a good deal: what is wrong with their mail is not the fault of an empty cell
_INVENTED: Final = {
    "email": "ada.brook@example.com",
    "name": "Ada Brook",
    "first_name": "Ada",
    "last_name": "Brook",
    "salutation": "Dear Ada Brook",
    "outlet": "The Daily Example",
    "role": "reporter",
    "beat": "news",
    "phone": "+44 20 7946 0000",
    "country": "GB",
}


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
class Specimen:
    """A mail that stands for all that are made in its manner: whose it is, and what a spam filter is handed."""

    person: str
    manner: str
    letter: Letter


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in the mails: how many were made and seen whole, who was passed over and why."""

    made: int
    whole: int
    skipped: Mapping[str, int]
    findings: tuple[Finding, ...]
    specimens: tuple[Specimen, ...] = field(repr=False)
    waivers: tuple[Waiver, ...] = ()

    def problem(self, finding: Finding) -> Problem:
        """Return a finding as it is told: with whom it concerns, where not all mails have it."""
        return finding.problem(self.whole)


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
    settings, moment = desk.settings, desk.now()
    if request.sender and request.sender not in settings.senders:
        near = did_you_mean(request.sender, settings.senders)
        raise InputProblem(f'there is no sender "{request.sender}" in mailer.toml{near}')
    data = desk.workspace.read_release(desk.path)
    release = parse_release(data, source=desk.workspace.show(desk.path), slug=desk.path.stem)
    at = parse_at(request.at, now=moment, zone=settings.office.time_zone).at if request.at else None
    manuscript = Manuscript(path=desk.path, data=data, release=release, sender=request.sender, at=at)
    told = None
    if request.online:
        case = make_case(desk.workspace, settings, manuscript, now=moment)
        told = asyncio.run(look_online(case, settings.checks))
    return examine(desk.workspace, settings, manuscript, now=moment, told_online=told)


# The mails.


def _look(desk: Desk, request: ReviewRequest, text: Checked) -> MailsSeen:
    """Build the mails and check them; what was found in the `text` is not told again of the mail made of it.

    Where no list is named, a mail that cannot be made is told and raises nothing: an error, or a note where it only
    shows what the text's own errors have told already, or that mailer.toml names no sender yet.

    Raises:
        InputProblem: a list cannot be used, or nobody on it can be written to; `where` without a list.
        ConfigProblem: with a list, mailer.toml cannot be used.
    """
    is_invented = not request.lists
    if request.selection.where and is_invented:
        raise InputProblem("--where needs --to")
    try:
        if is_invented:
            office = Office(desk.workspace, desk.settings, None, passing_keys(), desk.actor, desk.now, Memory(None))
            looked = _look_at_mails(office, request, text=text)
        else:
            with desk.office() as office, desk.counting("mails made") as tell:
                looked = _look_at_mails(office, request, text=text, on_progress=tell)
    except (InputProblem, ConfigProblem) as error:
        if not is_invented:
            raise
        is_said = not text.is_ok or isinstance(error, ConfigProblem)
        severity = Severity.NOTE if is_said else Severity.ERROR
        known = [one.about for one in text.problems if one.severity is Severity.ERROR and one.about]
        not_made = (
            Problem(each.code, f"the mail was not made: {each.message}", severity, each.source, each.line, each.hint)
            for each in gather(error)
            if each.severity is Severity.ERROR and not any(about in each.message for about in known)
        )
        return MailsSeen(None, tuple(not_made), is_invented)
    new = tuple(each for each in looked.findings if not each.shows_again(text.problems, looked.waivers))
    letters = [each.letter for each in looked.specimens] if request.spam else []
    answers = tuple(ask_filter(name, letters) for name in FILTERS) if letters else ()
    return MailsSeen(replace(looked, findings=new), (), is_invented, answers)


def _look_at_mails(
    office: Office, asked: ReviewRequest, *, text: Checked, on_progress: Callable[[int], None] = lambda _: None
) -> Looked:
    """Build the mail of everybody on the lists, or of the one person asked for, and check each.

    Without lists it is the mail of somebody invented, or of somebody unknown with that address. Today's files are read
    as a send would, and as they will read when it goes out; the errors of the text do not stop this.
    """
    request = Request(
        release=asked.release,
        relay=PREVIEW_RELAY,
        lists=asked.lists,
        selection=asked.selection,
        sender=asked.sender,
        family=asked.template,
        at=parse_at(asked.at, now=office.clock(), zone=office.settings.office.time_zone) if asked.at else None,
    )
    release, sources, ways, _ = read_sources(office, request, examined=text)
    release, terms = embargo_terms(release, request, now=office.clock())
    walk = _Walk(office, request, unpack(pack(sources, release, ways, is_lifted=terms.is_lifted)))
    if asked.person:
        walk.look_at([choose_contact(office, asked.lists, asked.person, asked.selection)])
    elif not asked.lists:
        fields = dict.fromkeys(MEANINGS, "") | _INVENTED
        walk.look_at([Contact(parse_address(fields["email"]), fields, "", 0, 0)])
    else:
        for chunk in read_everybody(office, asked.lists, asked.selection):
            on_progress(walk.look_at(chunk))
    return walk.result()


class _Walk:
    """Makes mails and looks at them."""

    def __init__(self, office: Office, request: Request, text: Text) -> None:
        self._office = office
        self._is_invented = not request.lists
        self._own = text.release.language
        self._waivers = tuple(waiver for release in text.releases for waiver in release.waivers)
        name = full_name(text.release.slug, MailingKind.RELEASE, 1)
        self._merger = Merger(text, mailing=name, kind=MailingKind.RELEASE, keys=office.keys)
        sender = text.ways.sender
        relay = next(iter(office.settings.relays_for(sender.domain)), request.relay)
        self._findings = Findings(sender.postal_address, size_limit=largest_mail(relay), whole=WHOLE)
        self._skipped: Counter[str] = Counter()
        self._specimens: dict[Manner, Specimen] = {}
        self._made = 0

    def look_at(self, contacts: list[Contact]) -> int:
        """Build the mails of some people and check each; return how many people were seen so far."""
        for contact, made in make_mails(self._office, self._merger, contacts):
            person = str(contact.address)
            if isinstance(made, str):
                self._skipped[made] += 1
            elif isinstance(made, MailerError):
                self._findings.add_not_made(person, map(self._not_made, gather(made)))
            else:
                self._made += 1
                self._findings.look(person, made, note=contact.fields["note"])
                self._keep(person, made)
        return self._findings.looked_at + self._skipped.total()

    def _not_made(self, problem: Problem) -> Check:
        """Return what is wrong with a template; that an invented reader lacks a column of the office's is no fault."""
        said = str(replace(problem, message=_FOR_PERSON.sub("", problem.message)))
        severity, hint = problem.severity, problem.hint
        if self._is_invented and problem.message.startswith("contact has no field"):
            severity, hint = Severity.NOTE, "--to LIST makes it with the columns of a list."
        return Check(problem.code, passed=False, message=said, severity=severity, hint=hint)

    def _keep(self, person: str, merged: Merged) -> None:
        if merged.manner not in self._specimens and len(self._specimens) < MOST_LETTERS:
            envelope = merged.envelope
            letter = Letter(envelope.data, envelope.mail_from, envelope.rcpt_to)
            self._specimens[merged.manner] = Specimen(person, merged.manner.described(self._own), letter)

    def result(self) -> Looked:
        """Return what was found."""
        specimens = tuple(self._specimens.values())
        return Looked(
            self._made, self._findings.whole, dict(self._skipped), tuple(self._findings), specimens, self._waivers
        )


def spam_problems(told: MailsSeen) -> list[Problem]:
    """Return what filters object to: a mail that would be spam is an error, a filter that fails a warning."""
    found: list[Problem] = []
    for answer in told.answers:
        bad = [score for score in answer.scores if not score.is_good]
        if bad:
            worst = max(bad, key=lambda score: score.points)
            severity = Severity.ERROR if worst.points >= worst.threshold else Severity.WARNING
            hint = "See below what it objects to, and what to do."
            found.append(Problem("spam-score", worst.sentence, severity, SOURCE, hint=hint))
        elif answer.silence and not answer.is_missing:
            found.append(Problem("spam-filter", answer.silence, Severity.WARNING, hint=_BY_HAND))
    return found


def key_of(problem: Problem) -> str | None:
    """Return what `--waive` takes for a finding about the mail; None for what cannot be waved through."""
    return problem.code if problem.severity is Severity.WARNING and problem.code in OF_THE_MAIL else None


# Waivers.


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
            raise InputProblem(f"{len(meant)} findings have the code {code}; name one", hint="\n".join([*lines, every]))
    data, shown = desk.workspace.read_release(desk.path), desk.workspace.show(desk.path)
    if desk.path.suffix.lower() not in _KEEPS_REASONS:
        only = "only a Markdown release keeps reasons; `mailer release import` makes one of it"
        raise InputProblem(only, source=shown)
    try:
        text = add_waiver(data.decode("utf-8"), waiver_key(code, about), reason)
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
        raise InputProblem(f"{code} is waved through already", hint=_WAIVED_ALREADY)
    if named:
        near = did_you_mean(about, {problem.about for problem in named})
        raise InputProblem(f'no {code} is about "{about}"{near}')
    near = did_you_mean(code, {problem.code for problem in checked.problems})
    raise InputProblem(f'nothing was found that is called "{code}"{near}')


def _refuse_waiver(told: MailsSeen, code: str) -> None:
    """Refuse to wave through what was not found in the mails, or stops them, or is waved through already."""
    if any(problem.code == code for problem, _ in told.waived):
        raise InputProblem(f"{code} is waved through already", hint=_WAIVED_ALREADY)
    found = [problem for problem in told.problems if problem.code == code]
    if not found:
        raise InputProblem(f'nothing was found that is called "{code}"', hint="--to LIST looks at everybody's mail.")
    if key_of(found[0]) is None:
        raise InputProblem(f"{code} is an error, and cannot be waved through", hint=found[0].hint)
