"""Updates: plans of mailings about a release: follow-ups, corrections, retractions.

All three use one mechanism. The recipients come from the ledger, not from today's lists: from the deliveries of the
release and of earlier mailings about it (`ledger.mailings`), each with the merge row that it was made from. Their mail
replies to the one they have, by its own Message-ID, which is in the new merge row with everything else that the mail
depends on. From then on it is a mailing like any other: people who have opted out since are skipped, each mail is
checked, and `confirm` and `deliver` do the rest.

Who gets what:

* A follow-up goes to those for whom the relay accepted the release, once enough working days have passed; all others
  are left out with a reason. It is made from the text as it was sent, not from today's file.
* A correction is made from today's file, which becomes a new edition of the release. It goes to everybody who may have
  an earlier edition (including deliveries in doubt), and shows everyone what differs from theirs. Recipients who are
  still waiting for the release only get the new text. No progress is recorded, since the editions that people have show
  it: after a crash at any point, the same command continues, and a third correction works like the first.
* A retraction goes to everybody who may have any edition. Recipients who are still waiting get nothing.

Nothing is written here. `prepare.Around` holds what must happen before such a mailing, and `confirm` does it.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from mailer.address import known_address
from mailer.contacts.values import Contact, Entry, LeftOut, LeftOutReason, whole_fields
from mailer.errors import InputProblem, Problem, Severity
from mailer.events import MAY_COME, DeliveryState, EventKind, MailingKind
from mailer.frozen import dataclass, replace
from mailer.ledger import Ledger, mailings, returns
from mailer.ledger.deliveries import open_count
from mailer.ledger.history import read_after
from mailer.ledger.mailings import Copy, Mailing
from mailer.ledger.offers import agreed_digests
from mailer.ledger.planning import refuse_planning
from mailer.release.differences import compare
from mailer.release.head.embargo import lift_embargo
from mailer.release.values import Release
from mailer.runs.lists import contacts_of, opened_lists
from mailer.runs.office import Office
from mailer.runs.office.signing import check_signing
from mailer.runs.planning import edition as editions
from mailer.runs.planning.edition import Sources, unpack
from mailer.runs.planning.making import HELD, OUR_FIELDS, SUBJECT, THREAD, Merger, Text, Update
from mailer.runs.planning.prepare import Around, Basis, Plan, page_for, plan_on
from mailer.runs.planning.request import Request
from mailer.runs.planning.rules import EmbargoRule, left_out

ONLY: Final = ("not-replied", "asked", "accepted-embargo")  # what a follow-up's `--only` takes
_MOST_CHANGES: Final = 12


def prepare_update(office: Office, request: Request) -> Plan:
    """Build the plan of a follow-up, a correction or a retraction, by the kind in the request.

    A correction that only goes to those who are waiting (`about.minor`, or if nobody has an earlier text) is a plan
    that `renews` the release's own mailing. Raises InputProblem if the release was never sent, it was withdrawn, there
    is nothing to correct, or the mails are wrong; ConfigProblem if mailer.toml names no such sender or relay.
    """
    if office.ledger is None:
        raise InputProblem("nothing was sent from here yet", hint="mailer send RELEASE --to LIST --dry-run")
    is_known = True
    if request.renews:  # the plan of a minor change, made once more
        about = replace(request.about, minor=True)
        request = replace(request, kind=MailingKind.CORRECTION, family="", changed="", renews=False, about=about)
    try:
        slug = office.workspace.release_path(request.release).stem
    except InputProblem:  # its file may have been removed
        slug = Path(request.release).stem if request.release.endswith(".md") else request.release
        is_known = False
    with office.reading(office.ledger) as connection:
        is_retraction = request.kind is MailingKind.RETRACTION
        if not is_retraction:
            mailings.refuse_retracted(connection, slug)
        # one that was cancelled before anybody got it can be withdrawn, but not corrected
        release = mailings.find_mailing(connection, slug) if is_retraction else mailings.find_used(connection, slug)
        if release is None:
            found = mailings.find_mailing(connection, slug) if is_known else mailings.require_mailing(connection, slug)
            state = f": it is {found.state.value}" if found else ""
            raise InputProblem(f"{slug} was never sent{state}", hint=f"mailer send {slug} --to LIST   sends it")
        refuse_planning(connection, release)
    about = replace(request.about, note=request.about.note.strip())
    if not about.note and request.kind is not MailingKind.FOLLOW_UP:
        raise InputProblem("--note is empty", hint='Say what was wrong: --note "The release gave the wrong date."')
    request = replace(request, family=request.family or request.kind.value, about=about)
    thread = _Thread(office, office.ledger, request, release)
    if request.kind is MailingKind.FOLLOW_UP:
        return _prepare_follow_up(thread)
    return _prepare_retraction(thread) if is_retraction else _prepare_correction(thread)


@dataclass(frozen=True, slots=True)
class _Thread:
    office: Office
    ledger: Ledger
    request: Request
    release: Mailing

    def basis(self, sources: Sources, update: Update, *, brings: int | None) -> Basis:
        """Return the text of a new mailing, made from these files and what it adds to the release."""
        family = editions.read_family(self.office.workspace, self.request.family)
        files = {**editions.text_files(sources.files), **family}
        if not update.with_release:  # pictures and attachments are the release's
            files = {place: data for place, data in files.items() if place[0] not in {"image", "attachment"}}
        release, rule, problems = self._at_sending(sources)
        known = {**sources.known, "family": self.request.family, editions.UPDATE: asdict(update)}
        page = page_for(self.office, self.request, release) if update.with_release else ""
        edition = editions.pack(replace(sources, files=files, known=known), is_lifted=rule.is_lifted, page=page)
        with self.ledger.reading() as connection:
            sequence = mailings.next_sequence(connection, release.slug, self.request.kind)
        brought = replace(edition, brings=brings)
        return Basis(brought, unpack(edition), release, sequence, embargo=rule, problems=problems, found=problems)

    def renewal(self, sources: Sources, request: Request) -> Plan:
        """Return the plan that brings today's text to those who are waiting for the release."""
        release, rule, problems = self._at_sending(sources, at=self.release.scheduled_at)
        edition = editions.pack(sources, is_lifted=rule.is_lifted, page=page_for(self.office, request, release))
        mailing = (self.release.sequence, self.release, True)
        basis = Basis(edition, unpack(edition), release, *mailing, rule, problems, problems)
        plan = plan_on(self.office, request, basis, ())
        plan.spool.close()  # it has no recipients
        return plan

    def _at_sending(
        self, sources: Sources, *, at: datetime | None = None
    ) -> tuple[Release, EmbargoRule, tuple[Problem, ...]]:
        """Return a release as it reads when it goes out, without an embargo that is over then.

        The embargo excludes nobody: they have the release, or were planned for it under the same embargo.
        """
        release, now = sources.release, self.office.clock()
        if release.embargo is None or not release.embargo.has_zone or release.embargo.until is None:
            return release, EmbargoRule(), sources.problems
        until = release.embargo.until
        if until > max(now, at or now):
            return release, EmbargoRule(until), sources.problems
        problems = tuple(each for each in sources.problems if each.code != "embargo-past")
        return lift_embargo(release), EmbargoRule(until, is_lifted=True), problems

    def plan(self, basis: Basis, entries: Generator[Entry], around: Around) -> Plan:
        request, sender = self.request, basis.text.settings.sender
        if request.relay.key in self.office.settings.relays:
            if not request.pinned:
                request = replace(request, relay=self.office.relay_for(sender))
            sender.check_not_sample(request.relay.host)
        check_signing(self.office, request.relay, sender)
        with closing(entries):  # they keep the ledger open
            return plan_on(self.office, request, basis, entries, around=around)

    def resume(self, existing: Mailing, entries: Generator[Entry], around: Around) -> Plan:
        """Return the plan that continues an interrupted mailing: with its own text, for those who are not in it yet.

        Raises InputProblem if it is complete.
        """
        with self.ledger.reading() as connection:
            edition = mailings.newest_edition(connection, existing.id)[1]
            is_open = bool(open_count(connection, existing.id, MAY_COME))
        text = unpack(edition)
        plan = self.plan(Basis(edition, text, text.release, existing.sequence, existing), entries, around)
        if text.update is not None:  # it keeps its own note, whatever the request says now
            about = replace(plan.request.about, note=text.update.note)
            plan = replace(plan, request=replace(plan.request, about=about))
        if plan.tally.to_send or is_open:
            return plan
        plan.spool.close()
        what = "withdrawn" if existing.kind is MailingKind.RETRACTION else "corrected"
        raise InputProblem(
            f"{self.release.slug} was {what} already: everybody who had it was sent {existing.name}",
            hint=f"mailer report {existing.name}   shows what became of it",
        )

    def contact(self, copies: list[Copy], **more: str) -> Contact | LeftOut:
        """Return a recipient as in their newest mail; `more` is added to their row, with the IDs to reply to."""
        newest = copies[-1]
        if not newest.address:
            name, row = newest.list_name, newest.row
            return LeftOut(LeftOutReason.FORGOTTEN, name, row, 0, "", "someone whose data was erased")
        fields = {name: value for name, value in newest.fields.items() if name not in OUR_FIELDS}
        fields[THREAD] = " ".join(each.message_id for each in copies if each.may_be_had)
        return Contact(known_address(newest.address), whole_fields(fields | more), newest.list_name, newest.row, 0)


# Corrections and retractions: to everybody who may have an edition.


def _prepare_correction(thread: _Thread) -> Plan:
    office, request, release, note = thread.office, thread.request, thread.release, thread.request.about.note
    with thread.ledger.reading() as connection:
        newest_id, newest = mailings.newest_edition(connection, release.id)
        numbers = mailings.read_text_numbers(connection, release.id)
        carrier = mailings.find_carrier(connection, release.id, newest_id)
        had = mailings.count_editions(connection, release.id)
    packed = editions.settings_in(newest)
    sender = request.sender or packed["sender"]["key"]
    own = replace(
        request,
        kind=MailingKind.RELEASE,
        family=packed["family"],
        sender=sender if sender in office.settings.senders else "",
        changed=note,
        renews=True,
        about=replace(request.about, minor=True),
    )
    sources = editions.read_sources(office, own)
    is_changed = editions.text_files(sources.files) != editions.text_files(newest.files)
    number = numbers[newest_id] + is_changed
    behind = [each for each in had if each < number]
    if not is_changed and (request.about.minor or not behind):
        raise InputProblem(
            f"nothing was changed: {sources.known['release_name']} says what was sent",
            hint="Correct the file first, then run the same command again.",
        )
    renewal = thread.renewal(sources, own) if is_changed else None
    if renewal is not None and (request.about.minor or not behind):
        return renewal
    with thread.ledger.reading() as connection:
        around = Around(
            release_id=release.id,
            text_id=newest_id,
            behind=mailings.count_behind(connection, release.id, None if is_changed else newest_id),
            waiting=open_count(connection, release.id, MAY_COME) if is_changed else 0,
            called_off=mailings.count_waiting(connection, release.id, but_for=None if is_changed else carrier),
            renewal=renewal,
        )
        if carrier is not None and not is_changed:
            return thread.resume(carrier, _holders(thread, below=number, but_for=carrier), around)
        old = {
            each: unpack(mailings.read_edition(connection, edition_id))
            for edition_id, each in numbers.items()
            if each in behind
        }
    new = unpack(newest if renewal is None else renewal.edition)
    changes = {str(each): _changes(text, new) for each, text in old.items()}
    update = Update(note=note, with_release=True, changes=changes)
    basis = thread.basis(sources, update, brings=newest_id)
    around = replace(around, shows=tuple(changes[str(max(behind))].get("", ())))
    return thread.plan(basis, _holders(thread, below=number), around)


def _changes(old: Text, new: Text) -> dict[str, list[dict[str, Any]]]:
    """Return the changes by the language of the version, as they are stored, and as mails show them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for tag in old.versions.keys() & new.versions.keys():
        changes = compare(old.versions[tag].release, new.versions[tag].release)
        found[tag] = [{"was": each.was, "now": each.now} for each in changes[:_MOST_CHANGES]]
        if len(changes) > _MOST_CHANGES:  # the whole release is below
            found[tag].append({"was": (("…", False),), "now": (("…", False),)})
    return found


def _holders(thread: _Thread, *, below: int | None = None, but_for: Mailing | None = None) -> Generator[Entry]:
    """Yield everybody who may have an edition of the release (with a number `below`), except those in `but_for`."""
    name = "" if but_for is None else but_for.full_name
    with thread.ledger.reading() as connection, closing(mailings.read_threads(connection, thread.release.id)) as people:
        for copies in people:
            has = max((each.text for each in copies if each.may_be_had and each.text is not None), default=None)
            if has is None or (below is not None and has >= below) or any(each.mailing == name for each in copies):
                continue
            yield thread.contact(copies, **{HELD: str(has)})


def _prepare_retraction(thread: _Thread) -> Plan:
    release, note = thread.release, thread.request.about.note
    with thread.ledger.reading() as connection:
        newest_id, newest = mailings.newest_edition(connection, release.id)
        found = mailings.find_mailing(connection, f"{release.slug}/retraction-1")
        around = Around(
            release_id=release.id,
            text_id=newest_id,
            behind=mailings.count_behind(connection, release.id, None),
            called_off=mailings.count_waiting(connection, release.id, but_for=found, kinds=mailings.WITHDRAWN)
            + open_count(connection, release.id, MAY_COME),
        )
    if found is not None and found.was_planned:
        return thread.resume(found, _holders(thread, but_for=found), around)
    sources = editions.read_sources_of(thread.office, thread.request, newest)
    return thread.plan(thread.basis(sources, Update(note=note), brings=None), _holders(thread), around)


# Follow-ups.


def _prepare_follow_up(thread: _Thread) -> Plan:
    office, request, about = thread.office, thread.request, thread.request.about
    if about.only and about.only not in ONLY:
        raise InputProblem(f"--only {about.only}: choose one of {', '.join(ONLY)}")
    if not office.settings.follow_up.at_most:
        raise InputProblem("this office sends no follow-ups: mailer.toml has at_most = 0 in [follow_up]")
    with thread.ledger.reading() as connection:
        newest_id, newest = mailings.newest_edition(connection, thread.release.id)
    update = Update(letter=about.text.strip(), with_release=about.with_release)
    sources = editions.read_sources_of(office, request, newest)
    basis = thread.basis(sources, update, brings=newest_id if about.with_release else None)
    wanted: frozenset[str] | None = None
    if about.to:
        with opened_lists(office, about.to) as (lists, problems):
            if any(each.severity is Severity.ERROR for each in problems):
                raise InputProblem("a list cannot be read", problems=problems)
            wanted = frozenset(one.address.key for each in lists for one in contacts_of(each))
    around = Around(release_id=thread.release.id, text_id=newest_id)
    return thread.plan(basis, _followed_up(thread, wanted), around)


def _followed_up(thread: _Thread, wanted: frozenset[str] | None) -> Generator[Entry]:
    """Yield those who get a follow-up, and everybody else who was planned for the release, with a reason."""
    office, rules, only = thread.office, thread.office.settings.follow_up, thread.request.about.only
    now, zone = office.clock(), office.settings.office.time_zone
    mergers: dict[tuple[str, int], Merger] = {}
    with thread.ledger.reading() as connection, closing(mailings.read_threads(connection, thread.release.id)) as people:
        returned = {
            id_: kinds
            for each in mailings.read_thread_ids(connection, thread.release.id)
            for id_, kinds in read_after(connection, each).items()
        }
        away = mailings.read_away(connection, now=now)
        agreed = agreed_digests(connection, thread.release.slug) if only == "accepted-embargo" else None
        replied, asked = (find(connection, thread.release.id) for find in (returns.answered, returns.awaiting_answer))

        def subject(copy: Copy) -> str:
            key = copy.mailing, copy.edition_id
            if key not in mergers:
                text = unpack(mailings.read_edition(connection, copy.edition_id))
                mergers[key] = Merger(text, mailing=copy.mailing, kind=copy.kind, keys=office.keys)
            return mergers[key].merge(known_address(copy.address), copy.fields, date=now).rendered.subject

        for copies in people:
            contact = thread.contact(copies)
            if isinstance(contact, LeftOut):
                yield contact
                continue
            taken = [each for each in copies if each.state is DeliveryState.ACCEPTED and each.text is not None]
            kinds = {kind for each in copies for kind in returned.get(each.delivery_id, ())}
            count = sum(each.kind is MailingKind.FOLLOW_UP and each.state in (*MAY_COME, *_GOT) for each in copies)
            got = max((each.finished_at or now for each in taken), default=now)
            start, state = earliest(got, rules.after, zone), copies[-1].state.value.replace("_", " ")
            is_doubtful = any(each.state is DeliveryState.IN_DOUBT for each in copies)
            digest = copies[0].address_digest
            has_replied, until = digest in replied, away.get(digest)
            absence = f"until {until:%d %B}" if until else "and does not say until when"
            reasons = (
                (wanted is not None and contact.address.key not in wanted, _R.NOT_LISTED, " is on none of these lists"),
                (not taken and is_doubtful, _R.IN_DOUBT, " may have the release: the relay's answer was not received"),
                (not taken, _R.NOT_ACCEPTED, f" does not have the release: {state}"),
                (not kinds.isdisjoint(_BOUNCED), _R.BOUNCED, ": the release bounced"),
                (count >= rules.at_most, _R.FOLLOWED_UP, " has had a follow-up already"),
                (has_replied and only != "asked", _R.ANSWERED, " has replied"),
                (not has_replied and only == "asked", _R.NOT_ANSWERED, " has not replied"),
                (digest not in asked and only == "asked", _R.NOT_ANSWERED, " waits for no answer: mailer replies"),
                (agreed is not None and digest not in agreed, _R.EMBARGO_NOT_AGREED, " did not accept its embargo"),
                (digest in away, _R.AWAY, f" is out of office {absence}"),
                (start > now, _R.TOO_SOON, f" got it on {got:%d %B}; not before {start:%A %d %B}"),
            )
            out = next(((reason, detail) for applies, reason, detail in reasons if applies), None)
            yield left_out(contact, *out) if out else thread.contact(copies, **{SUBJECT: subject(taken[-1])})


_R, _GOT = LeftOutReason, (DeliveryState.ACCEPTED, DeliveryState.IN_DOUBT)
_BOUNCED = (EventKind.BOUNCED_HARD, EventKind.BOUNCED_SOFT)  # whatever the cause, they do not have it


def earliest(got: datetime, after: str, zone: str) -> datetime:
    """Return the earliest time for a follow-up to a mail received at `got`: the start of a day in the office's zone.

    `after` is as in mailer.toml: "2 working days", "3 days". Without a zone the days are those of UTC.
    """
    number, *units = after.split()
    tz = ZoneInfo(zone) if zone else UTC
    day = got.astimezone(tz).date()
    for _ in range(int(number)):
        day += timedelta(days=1)
        while "working" in units and day.weekday() >= 5:  # Saturday and Sunday
            day += timedelta(days=1)
    return datetime.combine(day, time.min, tz)
