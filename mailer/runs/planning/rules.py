"""Rules: the reasons, other than opt-outs (`ledger`), for which a person on the lists does not get a mailing.

Legal basis: a contact who is past their own retention date gets no mail; missing grounds in the rows are reported once
for all of them; and the first mail to a person has the privacy notice of mailer.toml (GDPR Art. 14 and 21).
The ledger alone decides who has had the notice: people for whom a relay accepted a mail with it. A test
shows what a first mail looks like, and does not count.

Embargo: before its end, a release goes to people who agreed to keep embargoes, and to others only with a
reason. A mailing approved under embargo does not go out as "embargoed" once the embargo is over, and a mailing approved
for afterwards does not go out before. Tests and previews are for staff, so none of this applies to them.

Courtesy: the limits of `[audience]`: the cap per outlet, and the days between two mailings to one person. Outlets are
the same if their names are, apart from case, accents and blanks; people without an outlet are never capped. A recipient
who is already in the mailing keeps a place; one who is suppressed or held takes none.

The ledger is not asked here: its data is passed in. Gap: if two mailings are planned before either goes out, both have
the notice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta

from mailer.contacts import values
from mailer.contacts.audience import CONCERNS, find_concerns, retention_over, says_anything
from mailer.contacts.folding import fold
from mailer.contacts.meaning.answers import is_no, is_promised
from mailer.contacts.values import Contact, LeftOut, LeftOutReason
from mailer.errors import Problem, Severity
from mailer.events import MailingKind
from mailer.frozen import dataclass, replace
from mailer.ledger.history import notified_people
from mailer.release.head.embargo import find_unset_holds, lift_embargo
from mailer.release.values import Release
from mailer.runs.office import Office
from mailer.runs.planning.making import NOTICE
from mailer.runs.planning.request import Request
from mailer.settings import AudienceRules, Privacy
from mailer.tokens import address_digest

AGREED = "embargo_agreed"


def left_out(contact: Contact, reason: LeftOutReason, about: str) -> LeftOut:
    """Return a person as left out; `about` continues the sentence after their address."""
    return values.left_out(contact, reason, f'"{contact.address}"{about}')


class Grounds:
    """Checks the legal basis for mailing the people of one plan."""

    def __init__(self, privacy: Privacy, *, kind: MailingKind, today: date) -> None:
        self._privacy = privacy
        self._is_test = kind is MailingKind.TEST
        self._today = today
        self._concerns: Counter[str] = Counter()
        self._says_anything = False
        self._without_source = 0
        self.gives_notice = bool(privacy.url)  # whether first mails carry a notice at all

    def left_out(self, contact: Contact) -> LeftOut | None:
        """Return why a person whose retention date is over gets no mail; None for everybody else."""
        until = None if self._is_test else retention_over(contact.fields, today=self._today)
        if until is None:
            return None
        about = f": the list keeps them until {until:%Y-%m-%d}, which has passed"
        return left_out(contact, LeftOutReason.RETENTION_OVER, about)

    def with_notice(self, contact: Contact, *, is_told: bool) -> Contact:
        """Return a person as their mail is made: with the notice if nobody has sent it to them before."""
        if not self.gives_notice or is_told or (contact.fields.get("notice_sent_at") and not self._is_test):
            return contact
        return replace(contact, fields={**contact.fields, NOTICE: "1"})

    def note(self, contact: Contact) -> None:
        """Note what the row of a person who gets the mail says about the legal basis."""
        self._says_anything = self._says_anything or says_anything(contact.fields)
        self._concerns.update(find_concerns(contact.fields))
        self._without_source += bool(contact.fields.get(NOTICE)) and not contact.fields.get("source")

    def problems(self) -> Iterator[Problem]:
        """Yield what is missing, once for all people concerned."""
        if self._is_test:
            return
        if self._says_anything:
            for code, count in sorted(self._concerns.items()):
                yield Problem(code, f"{count} {CONCERNS[code]}", Severity.WARNING, "the lists")
        if count := self._without_source:
            who = "1 person gets" if count == 1 else f"{count} people get"
            message = f'{who} a first message without the source of the address: add a column "source"'
            yield Problem("no-source", message, Severity.WARNING, "the lists")


def as_first_mail(office: Office, contacts: Iterable[Contact]) -> list[Contact]:
    """Return people as their next real mail would be made, with the notice if they have not had it."""
    grounds = Grounds(office.settings.privacy, kind=MailingKind.RELEASE, today=office.clock().date())
    people = list(contacts)
    digests = [address_digest(office.keys, each.address.key) for each in people]
    informed: frozenset[bytes] = frozenset()
    if grounds.gives_notice and office.ledger is not None:
        with office.ledger.reading() as connection:
            informed = notified_people(connection, digests)
    return [grounds.with_notice(each, is_told=digest in informed) for each, digest in zip(people, digests, strict=True)]


@dataclass(frozen=True, slots=True)
class EmbargoRule:
    """The embargo under which a mailing goes out, if any: whom it excludes, and what is wrong with it."""

    until: datetime | None = None
    is_under: bool = False  # it goes out before the end: people who broke an embargo do not get it
    binds: bool = False  # only people who agreed get it
    is_lifted: bool = False  # it is over by then, and the mail does not mention it
    problems: tuple[Problem, ...] = ()

    def left_out(self, contact: Contact, *, has_agreed: bool = False, has_broken: bool = False) -> LeftOut | None:
        """Return why a person does not get it under embargo; None if they agreed, or nobody has to.

        People agree to all embargoes in their list, or to this release alone (`has_agreed`). An offer itself needs no
        agreement.
        """
        if self.is_under and has_broken:
            return left_out(contact, LeftOutReason.EMBARGO_BROKEN, " broke an embargo (mailer embargo status)")
        answer = contact.fields.get(AGREED, "").strip()
        if not self.binds or has_agreed or is_promised(answer):
            return None
        unclear = f': "{answer}" is not a clear yes' if answer and not is_no(answer) else ""
        about = f" has not agreed to keep embargoes (column {AGREED}{unclear})"
        return left_out(contact, LeftOutReason.EMBARGO_NOT_AGREED, about)


def apply_embargo(release: Release, request: Request, *, now: datetime) -> tuple[Release, EmbargoRule]:
    """Apply the embargo at the time a release goes out (`--at`, or else now); return the release as it then reads.

    The codes `under-embargo` and `embargo-ended` are those of `release.checks.wording.check_embargo`, which reports
    them for a text without recipients: it has no `--under-embargo` and no list's column to point to.
    """
    embargo = release.embargo
    if request.kind is MailingKind.OFFER:
        return release, _offer_rule(release, request, now=now)
    if embargo is None or embargo.until is None or not embargo.has_zone or request.kind is not MailingKind.RELEASE:
        return release, EmbargoRule()
    if embargo.until > (request.at.at if request.at else now):
        insists = bool(request.not_agreed) or request.by_offer
        if request.under_embargo or insists:
            return release, EmbargoRule(embargo.until, is_under=True, binds=not insists)
        at = f" and --at {request.at.text} is before that" if request.at else ""
        message = (
            f"the release is under embargo until {embargo.until:%Y-%m-%d %H:%M %Z}{at}; --under-embargo sends it to "
            f"whoever agreed to keep embargoes (column {AGREED} of the list)"
        )
        problem = Problem("under-embargo", message, source=request.release)
        return release, EmbargoRule(embargo.until, is_under=True, binds=True, problems=(problem,))
    if request.at is None or embargo.until <= now:
        return release, EmbargoRule(embargo.until)  # the release check reports that it is over
    lifted = lift_embargo(release)
    if held := next(find_unset_holds(lifted, now=now, shown=True), None):
        message = (
            f'it goes out once its embargo is over, and "{held.text}" still speaks of one; take the words out, or '
            "send it before, with --under-embargo"
        )
        problem = Problem("embargo-ended", message, source=request.release)
    else:
        message = "the embargo is over when it goes out: the mail does not speak of it"
        problem = Problem("embargo-lifted", message, Severity.NOTE, request.release)
    return lifted, EmbargoRule(embargo.until, is_lifted=True, problems=(problem,))


def _offer_rule(release: Release, request: Request, *, now: datetime) -> EmbargoRule:
    """Return the rule of an offer; refuse it in time if its release would still mention the embargo after the end."""
    problems: tuple[Problem, ...] = ()
    until = release.embargo.until if release.embargo and release.embargo.has_zone else None
    if until is None:
        message = (
            "has no embargo with a time and a zone, so there is nothing to agree to; at its top, write   "
            "embargo: 2026-12-01 09:00 Europe/Berlin"
        )
        problems = (Problem("no-embargo", message, source=request.release),)
    elif until <= now:
        message = f"its embargo ended on {until:%Y-%m-%d at %H:%M %Z}; there is nothing left to agree to"
        problems = (Problem("embargo-over", message, source=request.release, hint="mailer send sends it now"),)
    elif held := next(find_unset_holds(lift_embargo(release), now=now, shown=True), None):
        message = f'"{held.text}" would still be in the text after its embargo; take it out, and keep the field'
        problems = (Problem("embargo-ended", message, source=request.release),)
    return EmbargoRule(until, is_under=True, problems=problems)


def why_not_now(until: datetime | None, *, is_lifted: bool, now: datetime) -> str:
    """Return why a mail must not go out now, empty if it may; `until` is the end of its embargo."""
    if until is not None and is_lifted and now < until:
        return f"it was approved for after its embargo, which lasts until {until:%Y-%m-%d %H:%M %Z}; send it then"
    if until is not None and not is_lifted and now >= until:
        ended = f"its embargo ended on {until:%Y-%m-%d at %H:%M %Z}, and the mail would still call it embargoed"
        return f'{ended}. Take the embargo line out, then: mailer send … --changed "the embargo is over"'
    return ""


class Courtesy:
    """The rules of `[audience]`, applied to one plan."""

    def __init__(self, rules: AudienceRules, *, starts: datetime, despite_recent: bool = False) -> None:
        self._most = rules.per_outlet
        self._pause = timedelta(days=0 if despite_recent else rules.min_days_between)
        self._starts = starts
        self._places: dict[str, list[str]] = {}
        self.needs_last_mailed = bool(self._pause)  # whether it matters when people were last mailed
        self.counts_outlets = self._most > 0  # whether it matters who else is at an outlet

    def reserve(self, planned: Iterable[Mapping[str, str]]) -> None:
        """Reserve places for recipients who are in the mailing already, by their merge fields."""
        for fields in planned:
            if outlet := fields.get("outlet", "").strip():
                name = fields.get("name", "") or fields.get("email", "")
                self._places.setdefault(fold(outlet), []).append(name)

    def held(self, contact: Contact, last: datetime | None) -> tuple[LeftOut, datetime] | None:
        """Return why a person does not get it now and until when, or None; `last` is when they were last mailed."""
        if last is None or not self._pause or last + self._pause <= self._starts:
            return None
        until = last + self._pause
        about = f" got news on {last:%Y-%m-%d %H:%M} UTC; held until {until:%Y-%m-%d %H:%M} UTC"
        return left_out(contact, LeftOutReason.MAILED_RECENTLY, about), until

    def take_place(self, contact: Contact) -> LeftOut | None:
        """Count a place at the person's outlet; return why they do not get it if there is none left."""
        outlet = contact.fields.get("outlet", "").strip()
        if not self._most or not outlet:
            return None
        taken = self._places.setdefault(fold(outlet), [])
        if len(taken) < self._most:
            taken.append(contact.name or str(contact.address))
            return None
        about = f": {len(taken)} of {' '.join(outlet.split())} get it: {', '.join(taken)}"
        return left_out(contact, LeftOutReason.OUTLET_CAP, about)
