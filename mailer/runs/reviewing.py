"""Reviewing: checks a release as an editor would, and the mails that would be made from it.

Owns the walk over the people of a list (nothing is sent or kept), the invented reader if there is no list, the choice
of mails for a spam filter (one of each manner), which findings about the mails are reported beside those about the
text, the writing of a waiver into the release, once it is certain that it applies to something, and the opening of
links on request. A contact who opted out is skipped, as when sending. Findings about the text come from
`release.checks` and `runs.manuscripts`.
Raises `InputProblem` for problems with release, templates or lists as a whole, `ConfigProblem` without a sender.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from mailer import lazy_re as re
from mailer.address import parse_address
from mailer.config.memory import Memory
from mailer.config.secrets import unsaved_keys
from mailer.contacts.values import MEANINGS, Contact
from mailer.errors import ConfigProblem, InputProblem, MailerError, Problem, Severity, did_you_mean, gather
from mailer.fetch import Page, Web, look_at
from mailer.frozen import dataclass, field, replace
from mailer.message.values import Check
from mailer.release import link_kinds as kinds
from mailer.release.checks import Checked
from mailer.release.checks.case import ALL, OF_THE_MAIL, Case, fits, flag, is_open_to_waiving, key_for, reason_for
from mailer.release.checks.links import links_of
from mailer.release.markdown.frontmatter import parse_waiver_key, waiver_key
from mailer.release.markdown.writing import add_waiver, drop_waiver
from mailer.runs.lists.looking import choose_contact
from mailer.runs.manuscripts.examining import Manuscript, examine, make_case
from mailer.runs.office import Office
from mailer.runs.planning.edition import pack, read_sources, unpack
from mailer.runs.planning.making import SOURCE, Finding, Findings, Looker, Manner, largest_mail
from mailer.runs.planning.request import Request
from mailer.runs.planning.rules import apply_embargo
from mailer.runs.previews import make_mails, merger_of, read_everybody
from mailer.runs.spam import FILTERS, FilterResult, Letter, ask_filter
from mailer.runs.untrusted import parse_release
from mailer.settings import Checks, Settings
from mailer.workspace import Workspace, write_atomically

MOST_LETTERS: Final = 12
_FOR_PERSON = re.compile(r" \(for \S+@\S+\)$")
_KEEPS_REASONS = frozenset({".md", ".markdown"})
_BY_HAND = "mailer preview writes the mail as an .eml file, which you can give to the filter yourself."
_WAIVED_ALREADY = "Its line is under `waive:` in the release."
# a person with many fields: what is wrong with their mail is not caused by an empty cell
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
    """Request: the mailing of a release to check, for one person or everybody, and what to check in addition."""

    mailing: Request
    person: str = ""
    spam: bool = False
    online: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """Something found in the mails, the reason if the release waives it, and whose mails have it."""

    problem: Problem
    waived: str = ""
    finding: Finding | None = None

    @property
    def key(self) -> str | None:
        """Return the value of `--waive` for it; None if it cannot be waived."""
        code = self.problem.code
        return code if self.problem.severity is Severity.WARNING and code in OF_THE_MAIL else None


@dataclass(frozen=True, slots=True)
class MailsSeen:
    """What was found in the mails: how many were made and checked completely, who was skipped and why, the remarks.

    `made` is None if none was made. `letters` has one mail of each manner; `answers` has the result of each filter for
    them, in their order.
    """

    is_invented: bool
    made: int | None = None
    whole: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    letters: tuple[Letter, ...] = field(default=(), repr=False)
    answers: tuple[FilterResult, ...] = ()

    @property
    def open(self) -> tuple[Remark, ...]:
        """Return the remarks that are not waived."""
        return tuple(each for each in self.remarks if not each.waived)

    @property
    def waived(self) -> tuple[Remark, ...]:
        """Return the remarks that are waived."""
        return tuple(each for each in self.remarks if each.waived)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The result of a review: of the text, and of the mails made from it.

    `named` is the release as it was requested, `keeps_reasons` says whether a waiver can be written into it, `kept_in`
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
        found = (each.problem.severity for each in self.mails.open)
        return self.checked.is_ok and Severity.ERROR not in found


@dataclass(frozen=True, slots=True)
class ReviewTools:
    """The release's file and the office's settings; `office` opens the ledger, `counting` shows the mails made."""

    workspace: Workspace
    settings: Settings
    path: Path
    now: Callable[[], datetime]
    actor: str
    office: Callable[[], AbstractContextManager[Office]]
    counting: Callable[[str], AbstractContextManager[Callable[[int], None]]]


def review(tools: ReviewTools, request: ReviewRequest, *, waive: str = "", reason: str = "") -> Reviewed:
    """Check a release; with `waive`, first write into it why a warning is acceptable.

    Raises InputProblem if the release or a list cannot be used, or the waiver applies to nothing; with a list,
    ConfigProblem if mailer.toml cannot be used.
    """
    checked, kept_in = _examined(tools, request), ""
    if waive:
        kept_in = _waive(tools, checked, request, waive=waive, reason=reason)
        checked = _examined(tools, request)
    keeps = tools.path.suffix.lower() in _KEEPS_REASONS
    mails = _check_mails(tools, request, checked)
    return Reviewed(request.mailing.release, tools.path.stem, request.online, checked, mails, keeps, kept_in)


def _examined(tools: ReviewTools, request: ReviewRequest) -> Checked:
    workspace, settings, now, mailing = tools.workspace, tools.settings, tools.now(), request.mailing
    if mailing.sender and mailing.sender not in settings.senders:
        near = did_you_mean(mailing.sender, settings.senders)
        raise InputProblem(f'there is no sender "{mailing.sender}" in mailer.toml{near}')
    data = workspace.read_release(tools.path)
    release = parse_release(data, source=workspace.show(tools.path), slug=tools.path.stem)
    at = mailing.at.at if mailing.at else None
    manuscript = Manuscript(path=tools.path, data=data, release=release, sender=mailing.sender, at=at)
    online = None
    if request.online:
        online = asyncio.run(look_online(make_case(workspace, settings, manuscript, now=now), settings.checks))
    return examine(workspace, settings, manuscript, now=now, told_online=online)


def _check_mails(tools: ReviewTools, request: ReviewRequest, text: Checked) -> MailsSeen:
    """Build the mails and check them; what was found in the `text` is not reported again for the mail made from it.

    Without a list, a mail that cannot be made is reported and raises nothing: as an error, or as a note if the text has
    errors of its own, or mailer.toml names no sender yet.
    """
    if request.mailing.lists:
        with tools.office() as office, tools.counting("mails made") as report:
            return _build_and_check(office, request, text=text, on_progress=report)
    if request.mailing.selection.where:
        raise InputProblem("--where needs --to")
    try:
        office = Office(tools.workspace, tools.settings, None, unsaved_keys(), tools.actor, tools.now, Memory(None))
        return _build_and_check(office, request, text=text)
    except (InputProblem, ConfigProblem) as error:
        is_known = not text.is_ok or isinstance(error, ConfigProblem)
        severity = Severity.NOTE if is_known else Severity.ERROR
        known = [one.about for one in text.problems if one.severity is Severity.ERROR and one.about]
        not_made = (
            Problem(each.code, f"the mail was not made: {each.message}", severity, each.source, each.line, each.hint)
            for each in gather(error)
            if each.severity is Severity.ERROR and not any(about in each.message for about in known)
        )
        return MailsSeen(is_invented=True, remarks=tuple(map(Remark, not_made)))


def _build_and_check(
    office: Office, review_request: ReviewRequest, *, text: Checked, on_progress: Callable[[int], None] = lambda _: None
) -> MailsSeen:
    """Build the mail of everybody on the lists, or of the requested person, and check each.

    Without lists it is the mail of an invented reader. Today's files are read as for sending, with the text as it will
    be when it goes out; errors in the text do not stop this.
    """
    request = review_request.mailing
    sources = read_sources(office, request, examined=text)
    release, rule = apply_embargo(sources.release, request, now=office.clock())
    unpacked = unpack(pack(replace(sources, release=release), is_lifted=rule.is_lifted))
    sender = sources.settings.sender
    waivers = [waiver for each in unpacked.releases for waiver in each.waivers]
    merger = merger_of(office, release.slug, unpacked)
    relay = next(iter(office.settings.relays_for(sender.domain)), request.relay)
    looker, findings = Looker(sender.postal_address, size_limit=largest_mail(relay)), Findings()
    skipped: Counter[str] = Counter()
    letters: dict[Manner, Letter] = {}
    made = 0
    fields = dict.fromkeys(MEANINGS, "") | _INVENTED
    chunks: Iterable[list[Contact]] = [[Contact(parse_address(fields["email"]), fields, "", 0, 0)]]
    if review_request.person:
        chunks = [[choose_contact(office, request.lists, review_request.person, request.selection)]]
    elif request.lists:
        chunks = read_everybody(office, request.lists, request.selection)
    for chunk in chunks:
        for contact, mail in make_mails(office, merger, chunk):
            person = str(contact.address)
            if isinstance(mail, str):
                skipped[mail] += 1
            elif isinstance(mail, MailerError):
                findings.add_not_made(person, (_not_made(each, request) for each in gather(mail)))
            else:
                made += 1
                findings.add(person, looker.look(mail), note=contact.fields["note"])
                if mail.manner not in letters and len(letters) < MOST_LETTERS:
                    envelope, manner = mail.envelope, mail.manner.described(unpacked.release.language)
                    letter = Letter(envelope.data, envelope.mail_from, envelope.rcpt_to, person, manner)
                    letters[mail.manner] = letter
        on_progress(findings.looked_at + skipped.total())
    answers = [ask_filter(name, [*letters.values()]) for name in FILTERS] if review_request.spam and letters else []
    remarks: list[Remark] = []
    for finding in findings:
        if not finding.is_known(text.problems, waivers):
            problem = finding.problem(findings.whole)
            remarks.append(Remark(problem, reason_for(problem, waivers), finding))
    remarks += (Remark(each, reason_for(each, waivers)) for each in map(_of_filter, answers) if each is not None)
    return MailsSeen(
        is_invented=not request.lists,
        made=made,
        whole=findings.whole,
        skipped=skipped,
        remarks=tuple(remarks),
        letters=tuple(letters.values()),
        answers=tuple(answers),
    )


def _not_made(problem: Problem, request: Request) -> Check:
    """Return what is wrong with a template; a column that the invented reader lacks is only a note."""
    message = str(replace(problem, message=_FOR_PERSON.sub("", problem.message)))
    severity, hint = problem.severity, problem.hint
    if not request.lists and problem.message.startswith("contact has no field"):
        severity, hint = Severity.NOTE, "--to LIST makes it with the columns of a list."
    return Check(problem.code, passed=False, message=message, severity=severity, hint=hint)


def _of_filter(answer: FilterResult) -> Problem | None:
    """Return the finding of a filter as a problem; an installed filter that gave no result is a warning."""
    bad = [score for score in answer.scores if not score.is_good]
    if bad:
        worst = max(bad, key=lambda score: score.points)
        severity = Severity.ERROR if worst.points >= worst.threshold else Severity.WARNING
        hint = "See below what it objects to, and what to do."
        return Problem("spam-score", worst.sentence, severity, SOURCE, hint=hint)
    if answer.silence and not answer.is_missing:
        return Problem("spam-filter", answer.silence, Severity.WARNING, hint=_BY_HAND)
    return None


def _waive(tools: ReviewTools, checked: Checked, request: ReviewRequest, *, waive: str, reason: str) -> str:
    """Write a waiver into the release, once it is certain that it applies to something; return its file."""
    code, about = parse_waiver_key(waive)
    if code in OF_THE_MAIL:
        seen = _check_mails(tools, request, checked)
        if any(each.problem.code == code for each in seen.waived):
            raise InputProblem(f"{code} is already waived", hint=_WAIVED_ALREADY)
        found = next((each for each in seen.open if each.problem.code == code), None)
        if found is None:
            hint = "--to LIST looks at everybody's mail."
            raise InputProblem(f'nothing was found that is called "{code}"', hint=hint)
        if found.key is None:
            raise InputProblem(f"{code} is an error and cannot be waived", hint=found.problem.hint)
    else:
        named = _waived_by(checked, code, about)
        if len({problem.about for problem in named}) > 1 and about != ALL:
            lines = [f"--waive '{key_for(problem, checked.problems)}'" for problem in named]
            every = f"--waive '{waiver_key(code, ALL)}'   all of them, and those to come"
            raise InputProblem(f"{len(named)} findings have the code {code}; name one", hint="\n".join([*lines, every]))
    return _rewrite(tools, lambda text: add_waiver(text, waiver_key(code, about), reason))


def take_back_waiver(tools: ReviewTools, key: str) -> str:
    """Remove a waiver from the release, so that its warning is open again; return its file.

    Raises InputProblem if the release has none with that key, or cannot be written.
    """
    return _rewrite(tools, lambda text: drop_waiver(text, key))


def _rewrite(tools: ReviewTools, change: Callable[[str], str]) -> str:
    data, shown = tools.workspace.read_release(tools.path), tools.workspace.show(tools.path)
    if tools.path.suffix.lower() not in _KEEPS_REASONS:
        only = "only a Markdown release keeps reasons; `mailer release import` makes one of it"
        raise InputProblem(only, source=shown)
    try:
        text = change(data.decode("utf-8"))
    except ValueError as error:
        why = "is not UTF-8; save it again as that" if isinstance(error, UnicodeError) else str(error)
        raise InputProblem(f"cannot keep a reason: {why}", source=shown) from None
    tools.workspace.keep_for_undo(tools.path, tools.now())
    write_atomically(tools.path, text.encode("utf-8"))
    return shown


def _waived_by(checked: Checked, code: str, about: str) -> list[Problem]:
    """Return the warnings to which a waiver applies, as if it were in the release."""
    named = [problem for problem in checked.problems if problem.code == code]
    found = [problem for problem in named if fits(problem, code, about)]
    waivable = [problem for problem in found if is_open_to_waiving(problem)]
    if waivable:
        return waivable
    if found and found[0].severity is Severity.ERROR:
        raise InputProblem(f"{code} is an error and cannot be waived", hint=found[0].hint)
    if found:
        raise InputProblem(f"{code} stops nothing, so there is nothing to waive")
    if any(each.problem.code == code and fits(each.problem, code, about) for each in checked.waived):
        raise InputProblem(f"{code} is already waived", hint=_WAIVED_ALREADY)
    if named:
        near = did_you_mean(about, {problem.about for problem in named})
        raise InputProblem(f'no {code} is about "{about}"{near}')
    near = did_you_mean(code, {problem.code for problem in checked.problems})
    raise InputProblem(f'nothing was found that is called "{code}"{near}')


# Online: whether the links and pictures of a release can be opened. Every public address is opened once, but no private
# one, and no redirecting or personal one before it is unwrapped; `fetch` opens several at once, those of one site one
# after another. Runs only on request: opening a link shows the site that we looked.

MOST_LINKS = 100
_LOGIN = re.compile(
    r"^(?:accounts\.google|login\.|signin\.|sso\.|auth\.|idp\.)|/wp-login\.php"
    r"|/(?:log-?in|sign-?in|anmelden|connexion|sso|auth|oauth2?)(?:[/.?]|$)",
    re.IGNORECASE,
)
_CLOSED = "it lets no program in"
_UNSURE = {403: _CLOSED, 405: _CLOSED, 406: _CLOSED, 429: "it was asked too often", 999: _CLOSED}
_GONE = {404: "the page does not exist (404)", 410: "the page was taken down (410)"}


async def look_online(case: Case, rules: Checks, *, web: Web | None = None) -> tuple[Problem, ...]:
    """Open every link and every picture on the web, and return what is wrong with them."""
    pictures = {image.src for image in case.release.all_pictures() if image.src.lower().startswith("http")}
    parts = {link.url: kinds.split(link.url) for link in links_of(case.release)}
    wanted = [
        url
        for url, split in parts.items()
        if split is not None and not kinds.is_private(split.hostname or "") and not split.password
    ]
    pages = await look_at(wanted[:MOST_LINKS], web=web)
    found = []
    if len(wanted) > MOST_LINKS:
        found.append(flag("link-unsure", f"only the first {MOST_LINKS} of {len(wanted)} links were opened"))
    sites = {urlsplit(url).netloc for url in pages}
    if len(sites) > 1 and all(page.status == 0 for page in pages.values()):
        first = next(iter(pages.values()))
        message = f"none of {len(sites)} sites can be reached ({first.fault}): is this machine online?"
        return (*found, flag("link-unsure", message, hint="Try again with a connection."))
    for url, page in pages.items():
        line = case.lines.of_exactly(url)
        if url in pictures:
            found += _of_picture(url, page, rules, line)
        else:
            found += _of_link(url, page, line)
    return tuple(found)


def _fault_of(page: Page) -> tuple[str, bool]:
    """Return what is wrong with an answer, empty if nothing is, and whether that is certain."""
    if page.status == 0:
        return page.fault, not (page.timed_out or page.withheld)
    if page.status in _GONE:
        return _GONE[page.status], True
    if page.status in _UNSURE:
        return f"{_UNSURE[page.status]} ({page.status})", False
    if page.status >= 500:
        return f"the site is out of order ({page.status})", page.status != 503
    return (f"the site answers {page.status}", True) if page.status >= 400 else ("", True)


def _of_link(url: str, page: Page, line: int | None) -> Iterator[Problem]:
    fault, is_sure = _fault_of(page)
    final = urlsplit(page.url)
    if page.status == 401 or (page.url != url and _LOGIN.search(f"{final.netloc}{final.path}")):
        yield flag("link-login", f"the link asks for a login: {url}", line=line, about=url)
    elif fault and is_sure:
        yield flag("link-dead", f"the link leads nowhere: {url} – {fault}", line=line, about=url)
    elif fault:
        yield flag("link-unsure", f"the link could not be checked: {url} – {fault}", line=line, about=url)
    elif len(urlsplit(url).path) > 1 and final.path in {"", "/"} and not final.query:
        message = f"the link now leads to the front page of the site: {url}"
        yield flag("link-moved", message, line=line, about=url, hint="Look whether the page is still there.")
    elif page.moved and url.rstrip("/") != page.url.rstrip("/"):
        hint = f"Write {page.url} instead."
        yield flag("link-moved", f"the page has moved for good: {url}", line=line, about=url, hint=hint)


def _of_picture(url: str, page: Page, rules: Checks, line: int | None) -> Iterator[Problem]:
    fault, _ = _fault_of(page)
    if not fault and page.kind and not page.kind.startswith(("image/", "application/octet-stream", "binary/")):
        fault = f"it is not a picture but {page.kind}"
    if fault:
        yield flag("image-dead", f"the picture cannot be loaded: {url} – {fault}", line=line, about=url)
        return
    if page.size is not None and page.size > rules.picture_kb * 1000:
        yield flag("image-heavy", f"the picture has {page.size / 1e6:.1f} MB: {url}", line=line, about=url)
    if page.kind in {"image/svg+xml", "image/webp", "image/avif", "image/heic", "image/tiff"}:
        named = url.lower().partition("?")[0].endswith((".svg", ".webp", ".avif", ".heic", ".tif", ".tiff"))
        if not named:  # what the name shows is reported without opening it
            message = f"the picture is {page.kind.partition('/')[2].upper()}, whatever its name says: {url}"
            yield flag("image-format", message, line=line, about=url)
