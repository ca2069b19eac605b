"""Embargo: a release is offered before it is sent, goes to those who agree, and to others in waves (`waves`).

Here is what people answer to an offer, by its link, in a reply, or to staff; who broke one; and how offers stand.

What is agreed to are the terms as the mail had them, in its language and with the reader's own time; their SHA-256 is
kept with the answer. The page takes an answer at once. A reply in words is read by a program, so it is only noted, and
counts when staff have confirmed it. The newest answer counts: who agreed may decline, and the other way round.

Who is silent is told as well as who agreed or declined; who never got the offer is neither.

To have broken an embargo is said of a person by staff, with a reason, and holds for every release until it is lifted.
Raises `InputProblem`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from mailer.address import parse_address
from mailer.bounces.asking import needs_answer
from mailer.errors import InputProblem, NotApproved, did_you_mean
from mailer.events import DeliveryState
from mailer.frozen import dataclass, field, replace
from mailer.ledger import Connection, Ledger, embargoes
from mailer.ledger.answers import finish, read_replies
from mailer.ledger.embargoes import ACCEPTED, BROKEN, DECLINED, FORGIVEN, LINK, REPLY, STAFF, Answer, Offered, Wave
from mailer.ledger.mailings import find_used, newest_edition, read_edition
from mailer.message.context import embargo_context
from mailer.runs.approval import Gate
from mailer.runs.office import Office
from mailer.runs.planning.edition import unpack
from mailer.runs.planning.making import Text, manner_of
from mailer.tokens import address_digest

_NOT_THERE = (DeliveryState.SKIPPED, DeliveryState.CANCELLED, DeliveryState.EXPIRED, DeliveryState.REJECTED)


@dataclass(frozen=True, slots=True)
class Terms:
    """What somebody is asked to agree to, as their mail says it; `phrases` are those of its language."""

    language: str
    headline: str
    line: str
    text: str
    phrases: Mapping[str, str] = field(repr=False)

    @property
    def hash(self) -> bytes:
        """Return the SHA-256 of what is agreed to: the release and the terms."""
        return hashlib.sha256(f"{self.headline}\n{self.text}\n".encode()).digest()


def terms_of(text: Text, fields: Mapping[str, str]) -> Terms:
    """Return the terms of an offer as somebody with these merge fields reads them."""
    manner = manner_of(text, fields.get("language", ""), "", fields.get("time_zone", ""))
    tongue, release = text.styling.tongues.of(manner.words), text.versions[manner.version].release
    said = embargo_context(release, tongue, zone=manner.zone)
    return Terms(manner.words, release.headline, said["line"], said["terms"], tongue.phrases)


def answer_by_link(connection: Connection, office: Office, delivery: bytes, verdict: str) -> bool:
    """Take what somebody said on the page; False where this ledger knows no such offer."""
    offered = next(iter(embargoes.read_offered(connection, token_id=delivery)), None)
    if offered is None:
        return False
    _add(connection, office, offered, verdict, LINK)
    return True


def find_offered(connection: Connection, delivery_id: int, slug: str) -> Offered | None:
    """Return the offer that a delivery of a release was, or the mail of a wave that another one waits for."""
    offered = next(iter(embargoes.read_offered(connection, id=delivery_id)), None)
    mailing = None if offered else find_used(connection, slug)
    if mailing is not None and embargoes.awaits_answer(connection, mailing.id):
        offered = embargoes.read_mailed(connection, id=delivery_id)
    return offered


def note_reply(connection: Connection, office: Office, offered: Offered, verdict: str, words: str) -> bool:
    """Note what was read out of a reply to an offer, for staff to confirm; False where that is known already."""
    slug = offered.slug
    known = [*embargoes.read_answers(connection, slug), *embargoes.read_unconfirmed(connection, slug)]
    if any(one.address_digest == offered.address_digest and one.verdict == verdict for one in known):
        return False
    _add(connection, office, offered, verdict, REPLY, note=words, confirmed=False)
    return True


def _add(
    connection: Connection,
    office: Office,
    offered: Offered,
    verdict: str,
    evidence: str,
    *,
    note: str = "",
    confirmed: bool = True,
) -> None:
    stamp = office.stamp()
    terms = terms_of(unpack(read_edition(connection, offered.edition_id)), offered.merge_row).hash
    said = Answer(
        offered.slug,
        offered.address_digest,
        offered.address,
        verdict,
        evidence,
        stamp.at,
        offered.delivery_id,
        terms,
        confirmed,
        note,
    )
    embargoes.add_answer(connection, said, stamp=stamp)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An answer that staff recorded; `confirmed_reply` has the words of a reply that it confirms."""

    email: str
    slug: str
    verdict: str
    confirmed_reply: str = ""


def record_answer(office: Office, ledger: Ledger, email: str, verdict: str, *, slug: str, why: str = "") -> Recorded:
    """Record what somebody told staff, or confirm what was read out of their reply.

    Raises InputProblem: they were not offered this release, nor sent it by a wave that another one waits for.
    """
    address = parse_address(email)
    digest = address_digest(office.keys, address.key)
    with ledger.writing() as connection:
        offered = next((e for e in embargoes.read_offered(connection, slug) if e.address_digest == digest), None)
        if offered is None and (mailing := find_used(connection, slug)) is not None:
            offered = embargoes.read_mailed(connection, mailing_id=mailing.id, address_digest=digest)
        if offered is None:
            slugs = embargoes.offered_slugs(connection)
            raise InputProblem(
                f"{address} was not offered {slug}{'' if slug in slugs else did_you_mean(slug, slugs)}",
                hint="mailer embargo status   shows who was offered what",
            )
        waiting = embargoes.read_unconfirmed(connection, slug)
        reply = next((e for e in waiting if e.address_digest == digest and e.verdict == verdict), None)
        note = " · ".join(filter(None, (reply.note if reply else "", why)))
        _add(connection, office, offered, verdict, REPLY if reply else STAFF, note=note)
        for letter in read_replies(connection, slug=slug, address_digest=digest, is_open=True):
            if verdict in letter.asks and not letter.assigned and not needs_answer(set(letter.asks) - {verdict}):
                finish(connection, letter, stamp=office.stamp())  # it waited for nothing else
    return Recorded(str(address), slug, verdict, reply.note if reply else "")


@dataclass(frozen=True, slots=True)
class Broken:
    """Somebody who broke an embargo, or (`is_lifted`) is believed again."""

    email: str
    why: str
    slug: str
    at: datetime
    is_lifted: bool = False


def mark_broken(office: Office, ledger: Ledger, email: str, *, why: str, slug: str = "", lift: bool = False) -> Broken:
    """Remember that somebody broke an embargo, or that this is forgiven.

    Raises InputProblem: to be lifted, it has to stand.
    """
    address, stamp = parse_address(email), office.stamp()
    digest = address_digest(office.keys, address.key)
    with ledger.writing() as connection:
        if lift and digest not in embargoes.read_broken(connection, [digest]):
            raise InputProblem(f"{address} is not marked as having broken an embargo")
        offered = (e for e in embargoes.read_offered(connection, slug) if e.address_digest == digest) if slug else ()
        delivery_id = next((each.delivery_id for each in offered), None)
        verdict = FORGIVEN if lift else BROKEN
        said = Answer(slug, digest, str(address), verdict, STAFF, stamp.at, delivery_id, note=why)
        embargoes.add_answer(connection, said, stamp=stamp)
    return Broken(str(address), why, slug, stamp.at, lift)


# How the offers of a release stand.


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody: `sent` says whether the material was planned for them, `words` what they wrote."""

    email: str
    at: datetime | None = None
    evidence: str = ""
    words: str = ""
    sent: bool = False
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the offers of a release stand; who accepted, declined or is `silent` are people, of whom some may be gone."""

    release: str
    headline: str
    until: datetime | None
    offered: int
    accepted: tuple[Person, ...]
    declined: tuple[Person, ...]
    silent: tuple[Person, ...]
    not_reached: tuple[Person, ...]
    unconfirmed: tuple[Person, ...]
    waves: tuple[Wave, ...]
    held: str = ""  # why those who accepted are sent nothing, where the plan does not stand


@dataclass(frozen=True, slots=True)
class Standings:
    """The offers of every release, the newest first, and who broke an embargo."""

    releases: tuple[Standing, ...]
    broken: tuple[Person, ...]
    now: datetime


def read_standings(office: Office, slug: str = "") -> Standings:
    """Return how the offers of a release stand, or of all. Raises InputProblem: this release was not offered."""
    if office.ledger is None:
        return Standings((), (), office.clock())
    with office.ledger.reading() as connection:
        slugs = embargoes.offered_slugs(connection)
        if slug and slug not in slugs:
            hint = f"mailer embargo offer {slug} --to LIST"
            raise InputProblem(f"{slug} was not offered under embargo{did_you_mean(slug, slugs)}", hint=hint)
        found = [_standing(connection, each) for each in slugs if slug in {"", each}]
        of = {each.release: find_used(connection, each.release) for each in found}
        broken = embargoes.read_broken(connection).values()
    for number, each in enumerate(found):
        mailing = of[each.release]
        if mailing is not None and any(not one.sent for one in each.accepted):
            try:
                Gate(office, office.ledger, mailing)
            except NotApproved as problem:
                found[number] = replace(each, held=str(problem))
    return Standings(tuple(found), tuple(map(_person, broken)), office.clock())


def _standing(connection: Connection, slug: str) -> Standing:
    offered, mailing = embargoes.read_offered(connection, slug), find_used(connection, slug)
    answers = {each.address_digest: each for each in embargoes.read_answers(connection, slug)}
    quiet = [each for each in offered if each.address_digest not in answers]
    headline, until = slug, None
    if mailing is not None:
        text = unpack(newest_edition(connection, mailing.id)[1])
        headline, until = text.release.headline, text.embargo_until

    def said(verdict: str) -> tuple[Person, ...]:
        return tuple(_person(each) for each in answers.values() if each.verdict == verdict)

    return Standing(
        release=slug,
        headline=headline,
        until=until,
        offered=len(offered),
        accepted=said(ACCEPTED),
        declined=said(DECLINED),
        silent=tuple(Person(each.address) for each in quiet if each.state not in _NOT_THERE),
        not_reached=tuple(Person(each.address, evidence=each.state) for each in quiet if each.state in _NOT_THERE),
        unconfirmed=tuple(map(_person, embargoes.read_unconfirmed(connection, slug))),
        waves=tuple(embargoes.read_waves(connection, mailing.id)) if mailing is not None else (),
    )


def _person(one: Answer) -> Person:
    return Person(one.address, one.at, one.evidence, one.note, one.released_at is not None, one.verdict)
