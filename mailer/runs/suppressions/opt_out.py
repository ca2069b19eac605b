"""Opt-out: a person's no, by hand or by the token of a mail they got.

Owns the ways in which staff add, confirm and lift suppressions, which reason takes the place of which, and who is
meant when somebody of a desk says no. A token of a test or preview opts nobody out. Lifting a person's own word (an
opt-out, a complaint) needs a reason and evidence, a do-not-contact a reason, a dead address nothing (standards B7).
Raises `InputProblem`.

A desk and a person are apart (`news@` is read by many). A token that was made for a desk is obeyed at once, as the law
asks, and waits to be confirmed: the desk may say that it wants the mail. Where a mail tells who said so, and they write
from their own address at the same house, it is they who are out, and the desk is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from mailer.address import Address, address_of, parse_address, printable
from mailer.envelope import find_tokens
from mailer.errors import InputProblem, did_you_mean
from mailer.events import EventKind
from mailer.frozen import dataclass
from mailer.ledger import Connection, Ledger
from mailer.ledger.mailings import Stamp, require_mailing
from mailer.ledger.returns import Finding, Sent, add_return_event, find_sent
from mailer.ledger.scopes import DOMAIN, EVERYWHERE, PERSON, parse_scope, parse_subject, wider_digests
from mailer.ledger.suppressions import (
    COMPLAINED,
    DEAD_ADDRESS,
    DO_NOT_CONTACT,
    MANUAL,
    OPTED_OUT,
    PERSONS_WORD,
    REASONS,
    NewSuppression,
    Suppression,
    Wanted,
    add_suppression,
    confirm_suppression,
    count_suppressions,
    find_suppression,
    find_suppressions,
    keep_for_good,
    lift_dead_addresses,
    lift_suppression,
    stream_suppressions,
)
from mailer.runs.office import Office
from mailer.runs.reconcile import settle_by_return
from mailer.tokens import Purpose, address_digest, parse_token

# Who opts out after a bounce must not come back when the bounce is lifted (standards B7).
RANK: Final = {DEAD_ADDRESS: 0, MANUAL: 1, DO_NOT_CONTACT: 2, OPTED_OUT: 3, COMPLAINED: 3}
IN_WORDS: Final = "reply"  # the source of an opt-out that was read from a person's own words
AT_DESK: Final = "from somebody at this desk"
_EVIDENCE_LIMIT: Final = 25_000_000
LISTED: Final = 200  # at once


def parse_wanted(reason: str, scope: str, since: str = "", find: str = "", **more: Any) -> Wanted:  # noqa: ANN401 - of Wanted
    """Return the suppressions to list, from texts. Raises InputProblem for an unknown scope or date."""
    try:
        at = datetime.combine(date.fromisoformat(since), datetime.min.time(), UTC) if since else None
    except ValueError:
        raise InputProblem(f'"{since}" is not a date', hint="Write it as 2026-03-01.") from None
    return Wanted(reason, parse_scope(scope) if scope else "", at, find, **more)


@dataclass(frozen=True, slots=True)
class Said:
    """What staff say about somebody: why, how they know, how far it reaches; `person_digest` as `NewSuppression`."""

    reason: str
    note: str = ""
    scope: str = EVERYWHERE
    person_digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a suppression is lifted, by which evidence (`read_evidence`), and of which scope where there are several."""

    reason: str = ""
    evidence: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Who was suppressed, by staff or by their own word, and the weaker reason whose place that took.

    Of a token it is not always the address that it was made for. `unconfirmed` waits for a desk's word; `warning` says,
    in a sentence, that no list has what was named.
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
    """Who can be mailed again, and what stood against it."""

    email: str
    was: str
    scope: str
    lifted: bool = True


@dataclass(frozen=True, slots=True)
class LiftedMany:
    """Whose dead addresses, brought by one mailing, can be mailed again; None is somebody forgotten."""

    mailing: str
    emails: tuple[str | None, ...]
    was: str = DEAD_ADDRESS

    @property
    def lifted(self) -> int:
        """Return how many they are."""
        return len(self.emails)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Whose opt-out was confirmed."""

    email: str
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Held:
    """All that stands, or ever stood, against writing to somebody."""

    email: str
    suppressions: tuple[Suppression, ...]

    @property
    def suppressed(self) -> bool:
        """Return whether anything stands now."""
        return any(each.lifted_at is None for each in self.suppressions)


@dataclass(frozen=True, slots=True)
class Listed:
    """The newest of those who are suppressed, of how many; `is_all`: everybody was asked for."""

    rows: tuple[Suppression, ...]
    total: int
    is_all: bool


def opt_out_by_hand(office: Office, ledger: Ledger, text: str, said: Said) -> Suppressed:
    """Suppress an address, `*@outlet.example` or `outlet:The Daily`.

    Raises:
        InputProblem: it is none of them, there is no such reason or scope, or a desk would be taken for a person.
    """
    check_reason(said.reason)
    subject = parse_subject(office.keys, text)
    if said.reason == DO_NOT_CONTACT and (subject.kind != PERSON or parse_address(subject.text).is_role):
        message = f"{subject.text} is not a person: do_not_contact follows a person to their next address"
        raise InputProblem(message, hint="For a desk, a domain or an outlet: --reason manual")
    scope, kind, person = parse_scope(said.scope), subject.kind, said.person_digest
    about = (subject.digest, subject.text, said.reason, "staff", said.note)
    new = NewSuppression(*about, scope=scope, subject=kind, person_digest=person)
    with office.writing(ledger) as connection:
        before = find_suppression(connection, new.address_digest, scope=new.scope)
        fresh = suppress(connection, new, mailing_id=None, stamp=office.stamp())
        if not fresh:
            confirm_suppression(connection, new.address_digest, new.scope)
    replaced = before.reason if fresh and before else ""
    return Suppressed(subject.text, fresh, said.reason, said.scope, replaced=replaced, kind=kind)


def check_reason(reason: str) -> None:
    """Raise InputProblem for a reason that there is none of."""
    if reason not in REASONS:
        message = f'"{reason}" is not a reason{did_you_mean(reason, REASONS)}; there are: {", ".join(REASONS)}'
        raise InputProblem(message)


def opt_out_by_token(office: Office, ledger: Ledger, text: str, *, note: str) -> Suppressed:
    """Suppress the person who got the mail with this token (or the link, or the address that it stands in).

    Raises InputProblem where it is no genuine opt-out token, or one of a test.
    """
    found = [parse_token(office.keys, Purpose.OPT_OUT, token) for token in find_tokens(text)]
    genuine = next((each for each in found if each is not None), None)
    if genuine is None:
        hint = "It is in the opt-out link and address of each message. Without it: mailer optouts add EMAIL"
        raise InputProblem("this is not an opt-out token of ours", hint=hint)
    with office.writing(ledger) as connection:
        sent = find_sent(connection, token_id=genuine)
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
    said_by: str = "",
    in_words: str = "",
) -> Suppressed:
    """Suppress the person of a delivery because they said so; `said_by` is the From of their mail, where it was one.

    `in_words` is what they wrote where no token says that it was they: it holds at once and waits to be confirmed.

    Anybody can write any From. Who has a desk's token is read by the desk, so that from their own address at the same
    house they can at most silence a colleague; a stranger's address is not believed, and the desk itself is out until
    somebody has looked.
    """
    desk, speaker = address_of(sent.address), address_of(said_by)
    unconfirmed, digest, address = desk is not None and desk.is_role, sent.address_digest, sent.address
    if desk is not None and desk.is_role and speaker is not None and _is_colleague(speaker, desk):
        digest, address, unconfirmed = address_digest(office.keys, speaker.key), str(speaker), False
        note = note or f"said so about a mail to {desk}, a desk; the desk still gets mail"
    elif unconfirmed:
        note = note or AT_DESK
    if in_words:
        source, note, unconfirmed = IN_WORDS, in_words, True
    new = NewSuppression(digest, address, OPTED_OUT, source, note, sent.delivery_id, unconfirmed=unconfirmed)
    stamp = office.stamp()
    fresh = suppress(connection, new, mailing_id=sent.mailing_id, stamp=stamp)
    if fresh:
        finding = Finding("optout", address, "", sent=sent)
        add_return_event(connection, finding, EventKind.OPTED_OUT, at=stamp.at, actor=stamp.actor)
    elif not unconfirmed:  # what was read from a letter before is their proven word now
        confirm_suppression(connection, digest, new.scope)
    return Suppressed(address, fresh, unconfirmed=unconfirmed)


def _is_colleague(speaker: Address, desk: Address) -> bool:
    one, other = speaker.ascii_domain, desk.ascii_domain
    same_house = one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
    return same_house and not speaker.is_role and speaker.key != desk.key


def suppress(connection: Connection, new: NewSuppression, *, mailing_id: int | None, stamp: Stamp) -> bool:
    """Suppress somebody; False where they are already. A stronger reason takes the place of a weaker one (`RANK`)."""
    found = find_suppression(connection, new.address_digest, scope=new.scope)
    if found is not None and RANK[new.reason] > RANK[found.reason]:
        why = f"{new.reason} takes the place of {found.reason}"
        lift_suppression(connection, new.address_digest, reason=why, stamp=stamp, scope=new.scope)
    elif found is not None and found.import_id is not None:  # until now, nothing but one file said so
        keep_for_good(connection, new.address_digest, new.scope)
    return add_suppression(connection, new, mailing_id=mailing_id, stamp=stamp)


def confirm(office: Office, ledger: Ledger, text: str) -> Confirmed:
    """Record that a desk itself wants no mail, which somebody there had said."""
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
    """Lift one suppression; the evidence is kept with it, a text or the name and SHA-256 of a file.

    Raises InputProblem where there is none, several could be meant, or the reason or evidence that it needs is missing.
    """
    subject = parse_subject(office.keys, text)
    reason, evidence = grounds.reason.strip(), grounds.evidence
    with office.writing(ledger) as connection:
        standing = find_suppressions(connection, [subject.digest])
        if grounds.scope:
            wanted = parse_scope(grounds.scope)
            standing = [each for each in standing if each.scope == wanted]
        if not standing:
            where = f" in {grounds.scope}" if grounds.scope else ""
            house = wider_digests(parse_address(subject.text).ascii_domain, "") if subject.kind == PERSON else ()
            domain = next((each.address for each in find_suppressions(connection, house) if each.subject == DOMAIN), "")
            hint = f"All of {domain} is: mailer optouts remove '{domain}'" if domain else ""
            raise InputProblem(f"{subject.text} is not suppressed{where}", hint=hint)
        found = standing[0]
        if len(standing) > 1:
            message = f"{subject.text} is suppressed in several scopes: {', '.join(each.scope for each in standing)}"
            raise InputProblem(message, hint=f"Choose one: --scope {found.scope}")
        # what a machine read from a letter needs no evidence: who has read the letter too knows better
        is_a_reading = found.unconfirmed and found.source == IN_WORDS and reason
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
    """Return evidence as it is kept: a text as it is, of a file on this machine its name and SHA-256."""
    try:
        path = Path(text)
        if not text.strip() or not path.is_file():
            return text
        if path.stat().st_size > _EVIDENCE_LIMIT:
            raise InputProblem("is too large to be evidence", source=text)
        return name_evidence(path.name, path.read_bytes())
    except (OSError, ValueError):  # a text that is too long to be a path, or a file that cannot be read
        return text


def name_evidence(name: str, data: bytes) -> str:
    """Return what is kept of a file that is evidence."""
    return f"file {printable(name)}, SHA-256 {hashlib.sha256(data).hexdigest()}"


def lift_mailing(office: Office, ledger: Ledger, name: str, reason: str) -> LiftedMany:
    """Lift all dead addresses that a mailing brought; what people of it said themselves stays."""
    with ledger.writing() as connection:
        mailing = require_mailing(connection, name)
        why = reason.strip() or f"taken back with all of {mailing.name}"
        found = lift_dead_addresses(connection, mailing.id, reason=why, stamp=office.stamp())
    return LiftedMany(name, tuple(each.address or None for each in found))


def read_held(office: Office, text: str) -> Held:
    """Return what stands, or stood, against an address (with its domain), a domain or an outlet."""
    subject = parse_subject(office.keys, text)
    if office.ledger is None:
        return Held(subject.text, ())
    wider = wider_digests(parse_address(subject.text).ascii_domain, "") if subject.kind == PERSON else ()
    with office.reading(office.ledger) as connection:
        return Held(subject.text, tuple(find_suppressions(connection, [subject.digest, *wider], lifted=True)))


def stream_rows(office: Office, wanted: Wanted) -> Iterator[Suppression]:
    """Yield all suppressions that are asked for, as they are read: there may be a million."""
    if office.ledger is not None:
        with office.ledger.reading() as connection:
            yield from stream_suppressions(connection, wanted)


def read_listed(office: Office, wanted: Wanted) -> Listed:
    """Return the newest suppressions that are asked for; of those before `wanted.before` where that is given."""
    is_all = wanted == Wanted()
    if office.ledger is None:
        return Listed((), 0, is_all)
    with office.ledger.reading() as connection:
        rows = tuple(stream_suppressions(connection, wanted, limit=LISTED))
        return Listed(rows, count_suppressions(connection, wanted), is_all)
