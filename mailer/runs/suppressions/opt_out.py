"""Opt-outs: by hand, by the token of a mail, or by its link; and lifting them.

Owns how staff add, confirm and lift suppressions, which reason replaces which, and whom an opt-out from a desk
suppresses. A token of a test or preview opts nobody out. Lifting a person's own decision (an opt-out, a complaint)
needs a reason and evidence, a do-not-contact a reason, a dead address nothing. Raises `InputProblem`.

A desk is not a person (`news@` is read by many). An opt-out with a desk's token takes effect at once, as the law
requires, and waits for confirmation, since the desk may want the mail. If the opt-out is a mail from a personal address
at the same outlet, that person is suppressed and the desk is not.

*Links.* Actions by the link of a mail (one-click, the page, its undo) have the same effect whichever host received
them; many go into the ledger in one transaction, and repeating one changes nothing. A genuine token of a mail that this
ledger does not know is kept among the unmatched messages for staff: the person opted out, but the mail is in another
ledger. The undo belongs to the link that opted out, for an hour. It lifts only what this link did; if the person has
opted out in another way too (a mail, a complaint), it lifts nothing.

*Spools.* A small host without a ledger keeps actions as lines of text (JSON without line breaks), so that its files can
be appended to, cut, joined and read with any tool. They are imported here in order of time. A line is identified by the
SHA-256 of its bytes, wherever it is: a spool may be copied, joined and read any number of times, even while it grows,
and suppressions that staff lift afterwards are not restored. Each batch is one transaction, so a crash loses and
repeats nothing. Every token is verified again with the ledger's own keys: only the host's time is trusted, and only if
it is in the past. A last line without a line end is ignored (the host has not answered it yet). Nothing is deleted.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, Final

from mailer import lazy_re as re
from mailer.address import Address, address_of, parse_address, printable
from mailer.errors import InputProblem, Problem, did_you_mean
from mailer.events import COMPLAINED, DEAD_ADDRESS, DO_NOT_CONTACT, MANUAL, OPTED_OUT, REASONS, EventKind
from mailer.frozen import dataclass, field, replace
from mailer.ledger import Connection, Ledger, returns
from mailer.ledger.deliveries import Result, add_delivery_events
from mailer.ledger.mailings import Stamp, require_mailing
from mailer.ledger.returns import Finding, Linked, Sent, Taken
from mailer.ledger.rows import in_parts
from mailer.ledger.suppressions import (
    DOMAIN,
    EVERYWHERE,
    PERSON,
    PERSONS_WORD,
    NewSuppression,
    Suppression,
    Wanted,
    add_many,
    add_suppression,
    confirm_suppression,
    count_suppressions,
    find_suppression,
    find_suppressions,
    keep_for_good,
    lift_dead_addresses,
    lift_suppression,
    list_scope,
    parse_scope,
    parse_subject,
    stream_suppressions,
    wider_digests,
)
from mailer.runs.office import Office
from mailer.runs.reconcile import settle_by_return
from mailer.tokens import TOKEN_LENGTH, Purpose, address_digest, find_tokens, parse_token

# Someone who opts out after a bounce must stay out when the bounce is lifted.
RANK: Final = {DEAD_ADDRESS: 0, MANUAL: 1, DO_NOT_CONTACT: 2, OPTED_OUT: 3, COMPLAINED: 3}
FROM_REPLY: Final = "reply"  # the source of an opt-out that was read from a person's own words
AT_DESK: Final = "from somebody at this desk"
_EVIDENCE_LIMIT: Final = 25_000_000
# A word with a slash or backslash in it (but no date and no link), or one that starts like a path or ends like a file.
_PATH: Final = re.compile(
    r"(?i)(?!\S+://)(?:(?:~|\.{1,2}|[a-z]:)?[/\\]\S|(?=\S*[^\W\d])\S+[/\\]\S*$"
    r"|.*\.(?:eml|msg|mbox|pdf|txt|md|docx?|odt|rtf|html?|png|jpe?g|heic|tiff?|zip)$)"
)
LISTED: Final = 200  # suppressions shown at once


def parse_wanted(reason: str, scope: str, since: str = "", find: str = "", **more: Any) -> Wanted:  # noqa: ANN401 - of Wanted
    """Return the suppressions to list, from texts. Raises InputProblem for an unknown scope or date."""
    try:
        at = datetime.combine(date.fromisoformat(since), datetime.min.time(), UTC) if since else None
    except ValueError:
        raise InputProblem(f'"{since}" is not a date', hint="Write it as 2026-03-01.") from None
    return Wanted(reason, parse_scope(scope) if scope else "", at, find, **more)


@dataclass(frozen=True, slots=True)
class StatedReason:
    """Why staff suppress someone, how they know, and in which scope; `person_digest` as in `NewSuppression`."""

    reason: str
    note: str = ""
    scope: str = EVERYWHERE
    person_digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a suppression is lifted, on which evidence (`read_evidence`), and in which scope if there are several."""

    reason: str = ""
    evidence: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Who was suppressed, by staff or by their own word, and the weaker reason that was replaced.

    After an opt-out by token, `email` is not always the address that the token was made for. An `unconfirmed` opt-out
    waits for the desk to confirm it; `warning` is a sentence: no list has the address, domain or outlet.
    """

    email: str
    is_new: bool
    reason: str = OPTED_OUT
    scope: str = EVERYWHERE
    unconfirmed: bool = False
    warning: str = ""
    replaced: str = ""
    kind: str = PERSON


@dataclass(frozen=True, slots=True)
class Lifted:
    """Who can be mailed again, and the reason why they could not."""

    email: str
    was: str
    scope: str
    lifted: bool = True


@dataclass(frozen=True, slots=True)
class LiftedMany:
    """The addresses that a mailing had found dead and that can be mailed again; None: the person was forgotten."""

    mailing: str
    emails: tuple[str | None, ...]
    was: str = DEAD_ADDRESS

    @property
    def lifted(self) -> int:
        """Return how many addresses can be mailed again."""
        return len(self.emails)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The address whose opt-out was confirmed."""

    email: str
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class SuppressionHistory:
    """Every suppression of an address, now and in the past."""

    email: str
    suppressions: tuple[Suppression, ...]

    @property
    def suppressed(self) -> bool:
        """Return whether any of them is active."""
        return any(each.lifted_at is None for each in self.suppressions)


@dataclass(frozen=True, slots=True)
class ListedSuppressions:
    """The newest suppressions, and how many there are in total; `is_all`: no filter was set."""

    rows: tuple[Suppression, ...]
    total: int
    is_all: bool


def opt_out_by_hand(office: Office, ledger: Ledger, text: str, stated: StatedReason) -> Suppressed:
    """Suppress an address, `*@outlet.example` or `outlet:The Daily`.

    Raises:
        InputProblem: the text is none of these, the reason or scope is unknown, or a desk would be taken for a person.
    """
    check_reason(stated.reason)
    subject = parse_subject(office.keys, text)
    if stated.reason == DO_NOT_CONTACT and (subject.kind != PERSON or parse_address(subject.text).is_role):
        message = f"{subject.text} is not a person: do_not_contact follows a person to their next address"
        raise InputProblem(message, hint="For a desk, a domain or an outlet: --reason manual")
    scope, kind, person = parse_scope(stated.scope), subject.kind, stated.person_digest
    about = (subject.digest, subject.text, stated.reason, "staff", stated.note)
    new = NewSuppression(*about, scope=scope, subject=kind, person_digest=person)
    with office.writing(ledger) as connection:
        before = find_suppression(connection, new.address_digest, scope=new.scope)
        fresh = suppress(connection, new, mailing_id=None, stamp=office.stamp())
        if not fresh:
            confirm_suppression(connection, new.address_digest, new.scope)
    replaced = before.reason if fresh and before else ""
    return Suppressed(subject.text, fresh, stated.reason, stated.scope, replaced=replaced, kind=kind)


def check_reason(reason: str) -> None:
    """Raise InputProblem for an unknown reason."""
    if reason not in REASONS:
        message = f'"{reason}" is not a reason; there are: {", ".join(REASONS)}{did_you_mean(reason, REASONS)}'
        raise InputProblem(message)


def opt_out_by_token(office: Office, ledger: Ledger, text: str, *, note: str) -> Suppressed:
    """Suppress the person who got the mail with this token (or a link or address that contains it).

    Raises InputProblem if the text has no genuine opt-out token, or one of a test.
    """
    found = [parse_token(office.keys, Purpose.OPT_OUT, token) for token in find_tokens(text)]
    genuine = next((each for each in found if each is not None), None)
    if genuine is None:
        hint = "It is in the opt-out link and address of each message. Without it: mailer optouts add EMAIL"
        raise InputProblem("this is not one of our opt-out tokens", hint=hint)
    with office.writing(ledger) as connection:
        sent = returns.find_sent(connection, token_id=genuine)
        if sent is None:
            raise InputProblem("the token is genuine, but this ledger has no mail with it")
        if not sent.kind.is_real:
            raise InputProblem(f"the token is of {sent.mailing}: test and preview messages unsubscribe nobody")
        sign = Finding("optout", sent.address, "", matched_by="token", sent=sent)
        settle_by_return(connection, office, sign, source="given by hand", at=office.clock())
        return honour_opt_out(connection, office, sent, source="token", note=note)


def honour_opt_out(
    connection: Connection,
    office: Office,
    sent: Sent,
    *,
    source: str,
    note: str = "",
    from_address: str = "",
    quote: str = "",
) -> Suppressed:
    """Suppress the recipient of a delivery at their own request; `from_address` is the From of their mail, if any.

    `quote` is what they wrote, if no token proves who wrote it: the opt-out holds at once and waits for confirmation.

    A From can be forged. Someone with a desk's token reads that desk's mail, so that with a From of the same domain
    they can at most silence a colleague. A From of another domain is not trusted: then the desk itself is suppressed
    until staff have looked.
    """
    desk, writer = address_of(sent.address), address_of(from_address)
    unconfirmed, digest, address = desk is not None and desk.is_role, sent.address_digest, sent.address
    if desk is not None and desk.is_role and writer is not None and _is_colleague(writer, desk):
        digest, address, unconfirmed = address_digest(office.keys, writer.key), str(writer), False
        note = note or f"opted out of a mail to {desk}, a shared address; that address still gets mail"
    elif unconfirmed:
        note = note or AT_DESK
    if quote:
        source, note, unconfirmed = FROM_REPLY, quote, True
    new = NewSuppression(digest, address, OPTED_OUT, source, note, sent.delivery_id, unconfirmed=unconfirmed)
    stamp = office.stamp()
    fresh = suppress(connection, new, mailing_id=sent.mailing_id, stamp=stamp)
    if fresh:
        finding = Finding("optout", address, "", sent=sent)
        returns.add_return_event(connection, finding, EventKind.OPTED_OUT, at=stamp.at, actor=stamp.actor)
    elif not unconfirmed:  # an opt-out that was read from a letter before is proven now
        confirm_suppression(connection, digest, new.scope)
    return Suppressed(address, fresh, unconfirmed=unconfirmed)


def _is_colleague(writer: Address, desk: Address) -> bool:
    one, other = writer.ascii_domain, desk.ascii_domain
    same_house = one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
    return same_house and not writer.is_role and writer.key != desk.key


def suppress(connection: Connection, new: NewSuppression, *, mailing_id: int | None, stamp: Stamp) -> bool:
    """Suppress someone; False if they are already. A stronger reason takes the place of a weaker one (`RANK`)."""
    found = find_suppression(connection, new.address_digest, scope=new.scope)
    if found is not None and RANK[new.reason] > RANK[found.reason]:
        why = f"{new.reason} takes the place of {found.reason}"
        lift_suppression(connection, new.address_digest, reason=why, stamp=stamp, scope=new.scope)
    elif found is not None and found.import_id is not None:  # until now, only an imported file said so
        keep_for_good(connection, new.address_digest, new.scope)
    return add_suppression(connection, new, mailing_id=mailing_id, stamp=stamp)


def confirm(office: Office, ledger: Ledger, text: str) -> Confirmed:
    """Record that a desk itself wants no mail, after someone there has opted out."""
    subject = parse_subject(office.keys, text)
    with office.writing(ledger) as connection:
        scopes = {each.scope for each in find_suppressions(connection, [subject.digest]) if each.unconfirmed}
        for scope in scopes:
            confirm_suppression(connection, subject.digest, scope)
        if not scopes:
            message = f"nothing about {subject.text} waits to be confirmed"
            raise InputProblem(message, hint="mailer optouts list --unconfirmed")
    return Confirmed(subject.text)


def lift(office: Office, ledger: Ledger, text: str, grounds: Grounds) -> Lifted:
    """Lift one suppression; the evidence is kept with it: a text, or the name and SHA-256 of a file.

    Raises InputProblem if there is no suppression, if several match, or if a required reason or evidence is missing.
    """
    subject = parse_subject(office.keys, text)
    reason, evidence = grounds.reason.strip(), grounds.evidence
    with office.writing(ledger) as connection:
        active = find_suppressions(connection, [subject.digest])
        if grounds.scope:
            wanted = parse_scope(grounds.scope)
            active = [each for each in active if each.scope == wanted]
        if not active:
            where = f" in {grounds.scope}" if grounds.scope else ""
            house = wider_digests(parse_address(subject.text).ascii_domain, "") if subject.kind == PERSON else ()
            domain = next((each.address for each in find_suppressions(connection, house) if each.subject == DOMAIN), "")
            hint = f"All of {domain} is: mailer optouts remove '{domain}'" if domain else ""
            raise InputProblem(f"{subject.text} is not suppressed{where}", hint=hint)
        found = active[0]
        if len(active) > 1:
            message = f"{subject.text} is suppressed in several scopes: {', '.join(each.scope for each in active)}"
            raise InputProblem(message, hint=f"Choose one: --scope {found.scope}")
        # an opt-out that a program read from a letter needs no evidence: staff who read the letter know better
        is_a_reading = found.unconfirmed and found.source == FROM_REPLY and reason
        if found.reason in PERSONS_WORD and not (is_a_reading or (reason and evidence.strip())):
            did = "opted out" if found.reason == OPTED_OUT else "complained"
            message = f"{subject.text} {did} on {found.created_at:%d %B %Y}: that is their own word"
            how = '--reason "how you know" --evidence "their words, or a file"'
            raise InputProblem(message, hint=f"Only they can take it back. If they did: {how}")
        if found.reason == DO_NOT_CONTACT and not reason:
            message = f"{subject.text} is not to be contacted since {found.created_at:%d %B %Y}"
            raise InputProblem(message, hint='If that is over: --reason "why"')
        scope, stamp = found.scope, office.stamp()
        lift_suppression(connection, subject.digest, reason=grounds.reason, stamp=stamp, scope=scope, evidence=evidence)
    return Lifted(found.address or text, found.reason, found.scope)


def read_evidence(text: str) -> str:
    """Return evidence as it is kept: a text as it is, or the name and SHA-256 of a file on this machine.

    Raises InputProblem if a text looks like the name of a file, but no such file can be read.
    """
    stripped = text.strip()
    try:
        path = Path(stripped).expanduser()
        if stripped and path.is_file():
            if path.stat().st_size > _EVIDENCE_LIMIT:
                raise InputProblem("is too large to be evidence", source=text)
            return name_evidence(path.name, path.read_bytes())
    except (OSError, ValueError, RuntimeError):  # too long to be a path, a file that cannot be read, or no home folder
        pass
    if _PATH.match(stripped):
        hint = 'Check its name, or quote what they wrote: --evidence "her mail of 5 March: …"'
        raise InputProblem(f"--evidence: there is no file {printable(stripped)} that can be read", hint=hint)
    return text


def name_evidence(name: str, data: bytes) -> str:
    """Return what is kept of a file that is evidence."""
    return f"file {printable(name)}, SHA-256 {hashlib.sha256(data).hexdigest()}"


def lift_mailing(office: Office, ledger: Ledger, name: str, reason: str) -> LiftedMany:
    """Lift all suppressions of dead addresses that a mailing led to; opt-outs and complaints stay."""
    with ledger.writing() as connection:
        mailing = require_mailing(connection, name)
        why = reason.strip() or f"taken back with all of {mailing.name}"
        found = lift_dead_addresses(connection, mailing.id, reason=why, stamp=office.stamp())
    return LiftedMany(name, tuple(each.address or None for each in found))


def read_held(office: Office, text: str) -> SuppressionHistory:
    """Return all suppressions, active or lifted, of an address (with its domain), a domain or an outlet."""
    subject = parse_subject(office.keys, text)
    if office.ledger is None:
        return SuppressionHistory(subject.text, ())
    wider = wider_digests(parse_address(subject.text).ascii_domain, "") if subject.kind == PERSON else ()
    with office.reading(office.ledger) as connection:
        return SuppressionHistory(
            subject.text, tuple(find_suppressions(connection, [subject.digest, *wider], lifted=True))
        )


def stream_rows(office: Office, wanted: Wanted) -> Iterator[Suppression]:
    """Yield the wanted suppressions as they are read: there may be a million."""
    if office.ledger is not None:
        with office.ledger.reading() as connection:
            yield from stream_suppressions(connection, wanted)


def read_listed(office: Office, wanted: Wanted) -> ListedSuppressions:
    """Return the newest of the wanted suppressions, those before `wanted.before` if it is set."""
    is_all = wanted == Wanted()
    if office.ledger is None:
        return ListedSuppressions((), 0, is_all)
    with office.ledger.reading() as connection:
        rows = tuple(stream_suppressions(connection, wanted, limit=LISTED))
        return ListedSuppressions(rows, count_suppressions(connection, wanted), is_all)


# Links.

UNDO_FOR: Final = timedelta(hours=1)
LONGEST_REASON: Final = 500
_UNDONE: Final = "undone on the page"


class LinkMethod(StrEnum):
    """How an action was made: by a mail program's one-click (RFC 8058), or on the page."""

    ONE_CLICK = "one-click"
    PAGE = "page"


class LinkWish(StrEnum):
    """What the reader wants."""

    OPT_OUT = "opt-out"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Act:
    """What someone did with the link of a delivery (the 8 bytes of its token), and when."""

    delivery: bytes
    at: datetime
    wish: LinkWish = LinkWish.OPT_OUT
    method: LinkMethod = LinkMethod.ONE_CLICK
    everywhere: bool = True
    reason: str = ""


@dataclass(slots=True)
class Honoured:
    """What a batch of actions did; `undone` has the deliveries whose opt-out was undone."""

    new: int = 0
    again: int = 0
    undone: set[bytes] = field(default_factory=set)
    of_tests: int = 0
    unknown: int = 0


def tidy_reason(text: str) -> str:
    """Return the reason that someone typed as one line of printable characters, cut to `LONGEST_REASON`."""
    words = "".join(c if c.isprintable() else " " for c in text.encode("utf-8", "replace").decode("utf-8"))
    return " ".join(words.split())[:LONGEST_REASON]


def honour_acts(connection: Connection, office: Office, acts: Sequence[Act], counts: Honoured) -> None:
    """Apply the actions in order, inside the given transaction, and count them in `counts`."""
    linked = returns.find_linked(connection, {act.delivery for act in acts})
    for wish, group in groupby(acts, key=lambda act: act.wish):
        real: list[tuple[Act, Linked]] = []
        for act in group:
            link = linked.get(act.delivery)
            if link is None:
                counts.unknown += 1
                digest = hashlib.sha256(b"link\0" + act.delivery).digest()
                if wish is LinkWish.OPT_OUT and not returns.known_among(connection, [digest]):
                    finding = Finding("optout", "", f"by the link of a mail ({act.method})", unmatched="not-sent-to")
                    taken = Taken(digest, f"link {act.delivery.hex()}", b"", "optout", "link", office.clock())
                    returns.add_inbound(connection, taken, [finding])
            elif not link.sent.kind.is_real:
                counts.of_tests += 1
            else:
                real.append((act, link))
        if wish is LinkWish.UNDO:
            counts.undone |= {act.delivery for act, link in real if _undo(connection, office, act, link)}
        else:
            _opt_out(connection, office, real, counts)


def _opt_out(connection: Connection, office: Office, known: Sequence[tuple[Act, Linked]], counts: Honoured) -> None:
    stamp = office.stamp()
    entries: list[NewSuppression] = []
    for act, link in known:
        sent, address = link.sent, address_of(link.sent.address)
        is_desk = address is not None and address.is_role
        entries.append(
            NewSuppression(
                sent.address_digest,
                sent.address,
                OPTED_OUT,
                act.method.value,
                act.reason or (AT_DESK if is_desk else ""),
                sent.delivery_id,
                scope=EVERYWHERE if act.everywhere or not link.list_name else list_scope(link.list_name),
                unconfirmed=is_desk,
                created_at=min(act.at, stamp.at),
            )
        )
    added = add_many(connection, entries, rank=RANK, stamp=stamp)
    counts.new += len(added.new)
    counts.again += len(entries) - len(added.new)
    mailings = {link.sent.delivery_id: link.sent.mailing_id for _, link in known}
    ids = dict.fromkeys(each.delivery_id for each in added.new if each.delivery_id is not None)
    events = [
        (mailings[id_], Result(id_, kind, stamp.at, reason=OPTED_OUT if kind is EventKind.SUPPRESSED else ""))
        for id_ in ids
        for kind in (EventKind.SUPPRESSED, EventKind.OPTED_OUT)
    ]
    add_delivery_events(connection, events, stamp.actor)
    for act, link in known:
        if link.is_unsettled:  # the link was in the mail: it did arrive
            sign = Finding("optout", link.sent.address, "", matched_by="token", sent=link.sent)
            settle_by_return(connection, office, sign, source=f"by its link ({act.method})", at=stamp.at)


def _undo(connection: Connection, office: Office, act: Act, link: Linked) -> bool:
    found = returns.find_made_by_link(connection, link.sent, tuple(LinkMethod), since=act.at - UNDO_FOR)
    evidence = f"{_UNDONE}, by the link that had opted out, at {act.at:%Y-%m-%d %H:%M} UTC"
    stamp, digest = office.stamp(), link.sent.address_digest
    for each in found:
        lift_suppression(connection, digest, reason=_UNDONE, stamp=stamp, scope=each.scope, evidence=evidence)
        returns.reinstate_replaced(connection, digest, each)
    # a second click on “undo” gets the answer of the first one
    return bool(found) or returns.was_lifted_for(connection, link.sent, _UNDONE, since=act.at - UNDO_FOR)


def undo_scope(connection: Connection, link: Linked, *, now: datetime) -> str:
    """Return the scope of the opt-out that this link can undo now: `everywhere`, `list`, or "" if there is none."""
    found = returns.find_made_by_link(connection, link.sent, tuple(LinkMethod), since=now - UNDO_FOR)
    if not found:
        return ""
    return EVERYWHERE if any(each.scope == EVERYWHERE for each in found) else "list"


# Spools.

PATTERN: Final = "optouts-*.jsonl"
LATE: Final = timedelta(hours=48)
_MOST_PROBLEMS: Final = 50
_FORGED: Final = "the token does not belong to any key of this ledger: forged, damaged, or another office's"
LONGEST_LINE = 8192  # bytes; a reason of 500 characters, all of them escaped, fits


@dataclass(frozen=True, slots=True)
class _Read:
    digest: bytes
    source: str
    act: Act


@dataclass(slots=True)
class SpoolReport:
    """What the import of a spool did. `waited` is the age of the oldest line that was new."""

    files: int = 0
    lines: int = 0
    known: int = 0
    done: Honoured = field(default_factory=Honoured)
    bad: int = 0
    unfinished: int = 0
    waited: timedelta = timedelta()
    problems: list[Problem] = field(default_factory=list)
    written: bool = False

    def note(self, source: str, line: int | None, message: str) -> None:
        """Count a line that cannot be used; the first problems are kept."""
        self.bad += 1
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem("spool", message, source=source, line=line))


def import_spool(office: Office, folder: Path, ledger: Ledger | None = None) -> SpoolReport:
    """Import a spool; without a `ledger` to write to, only count its lines and how many of them are new.

    Raises InputProblem if there is no such folder, or no spool in it; LedgerProblem if the ledger cannot be
    written, or the keys are not its own.
    """
    report = SpoolReport(written=ledger is not None)
    if ledger is not None:
        with office.writing(ledger):
            pass  # keys that are not the ledger's are reported even if the spool is empty
    for batch in in_parts(_lines(office, folder, report)):
        with ExitStack() as stack:
            known: set[bytes] = set()
            if office.ledger is not None:
                connection = stack.enter_context(office.writing(ledger) if ledger else office.reading(office.ledger))
                known = returns.known_among(connection, [each.digest for each in batch])
            fresh = list({each.digest: each for each in batch if each.digest not in known}.values())
            report.known += len(batch) - len(fresh)
            if ledger is None:
                report.done.new += sum(each.act.wish is LinkWish.OPT_OUT for each in fresh)
                report.done.undone |= {each.act.delivery for each in fresh if each.act.wish is LinkWish.UNDO}
                continue
            now = office.clock()
            # a clock there that runs ahead must not open the hour of the undo any longer
            acts = [replace(each.act, at=min(each.act.at, now)) for each in fresh]
            honour_acts(connection, office, acts, report.done)
            report.waited = max([report.waited, *(now - act.at for act in acts)])
            mail_is_known = returns.find_linked(connection, {act.delivery for act in acts})
            # a line about an unknown mail is tried again next time: the right ledger may have been restored by then
            taken = [each for each in fresh if each.act.delivery in mail_is_known]
            returns.note_lines(connection, [(each.digest, each.source) for each in taken], at=now)
    return report


def _lines(office: Office, folder: Path, report: SpoolReport) -> Iterator[_Read]:
    """Yield the usable lines of all files in order of time: an undo may be in the file of another process."""
    try:
        files = sorted(folder.glob(PATTERN)) if folder.is_dir() else None
    except OSError as error:
        raise InputProblem(f"cannot be read: {error.strerror or error}", source=str(folder)) from None
    if files is None:
        raise InputProblem("there is no such folder", source=str(folder), hint="mailer serve --spool DIR makes it")
    report.files = len(files)
    yield from heapq.merge(*(_read(office, path, report) for path in files), key=lambda each: each.act.at)


def _read(office: Office, path: Path, report: SpoolReport) -> Iterator[_Read]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE + 2), b""), start=1):
                if not line.endswith(b"\n") and not _skip_line(file):
                    report.unfinished += 1
                    return
                try:
                    whole = line.rstrip(b"\r\n")
                    spooled = parse_line(whole)
                    delivery = parse_token(office.keys, Purpose.OPT_OUT, spooled.token)
                    if delivery is None:
                        report.note(str(path), number, _FORGED)
                    else:
                        digest = hashlib.sha256(b"spool\0" + whole).digest()
                        yield _Read(digest, f"{path.name}:{number}", replace(spooled.act, delivery=delivery))
                except ValueError as problem:
                    report.note(str(path), number, str(problem))
                report.lines += 1
    except OSError as error:
        report.note(str(path), None, f"cannot be read: {error.strerror or error}")


def _skip_line(file: BinaryIO) -> bool:
    """Skip the rest of a line that is too long; return False if the file ends first."""
    while piece := file.readline(LONGEST_LINE):
        if piece.endswith(b"\n"):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Spooled:
    """One line: the token as it was received, and the action; `act.delivery` is what the host read from the token."""

    token: str
    act: Act


def line_of(spooled: Spooled) -> bytes:
    """Return the line of an action, with its line end."""
    act = spooled.act
    fields: dict[str, Any] = {
        "at": act.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "do": act.wish.value,
        "token": spooled.token.lower(),
        "by": act.method.value,
    }
    if not act.everywhere:
        fields["scope"] = "list"
    if act.reason:
        fields["reason"] = act.reason
    return json.dumps(fields).encode("ascii") + b"\n"


def parse_line(line: bytes) -> Spooled:
    """Read a line (without its end). The token is not verified here, and `act.delivery` is empty.

    Raises ValueError if it is not a line of a spool.
    """
    if len(line) > LONGEST_LINE:
        raise ValueError("the line is too long")
    try:
        fields = json.loads(line)
        at, do, token, by = (str(fields[name]) for name in ("at", "do", "token", "by"))
        scope, reason = str(fields.get("scope", "everywhere")), str(fields.get("reason", ""))
        time = datetime.fromisoformat(at)
        act = Act(b"", time.astimezone(UTC), LinkWish(do), LinkMethod(by), scope != "list", tidy_reason(reason))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise ValueError("this is not a line of an opt-out spool") from None
    if time.tzinfo is None:
        raise ValueError("this is not a line of an opt-out spool: without a zone the time is unknown")
    if len(token) != TOKEN_LENGTH:
        raise ValueError("the token is damaged")
    return Spooled(token, act)
