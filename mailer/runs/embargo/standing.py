"""Standing: how the offers of a release stand, and who broke an embargo.

Who is silent is told as well as who agreed or declined; who never got the offer is neither.
"""

from __future__ import annotations

from datetime import datetime

from mailer.errors import InputProblem, did_you_mean
from mailer.events import DeliveryState
from mailer.frozen import dataclass
from mailer.ledger import Connection, embargoes
from mailer.ledger.embargoes import Answer, Wave
from mailer.ledger.mailings import find_used, newest_edition
from mailer.runs.office import Office
from mailer.runs.planning.edition import unpack

_NOT_THERE = (DeliveryState.SKIPPED, DeliveryState.CANCELLED, DeliveryState.EXPIRED, DeliveryState.REJECTED)


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


@dataclass(frozen=True, slots=True)
class Standings:
    """The offers of every release, the newest first, and who broke an embargo."""

    releases: tuple[Standing, ...]
    broken: tuple[Person, ...]
    now: datetime


def read_standings(office: Office, slug: str = "") -> Standings:
    """Return how the offers of a release stand, or of all.

    Raises:
        InputProblem: this release was not offered.
    """
    if office.ledger is None:
        return Standings((), (), office.clock())
    with office.ledger.reading() as connection:
        slugs = embargoes.offered_slugs(connection)
        if slug and slug not in slugs:
            hint = f"mailer embargo offer {slug} --to LIST"
            raise InputProblem(f"{slug} was not offered under embargo{did_you_mean(slug, slugs)}", hint=hint)
        found = tuple(_standing(connection, each) for each in slugs if slug in {"", each})
        broken = embargoes.read_broken(connection).values()
    return Standings(found, tuple(map(_person, broken)), office.clock())


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
        accepted=said(embargoes.ACCEPTED),
        declined=said(embargoes.DECLINED),
        silent=tuple(Person(each.address) for each in quiet if each.state not in _NOT_THERE),
        not_reached=tuple(Person(each.address, evidence=each.state) for each in quiet if each.state in _NOT_THERE),
        unconfirmed=tuple(map(_person, embargoes.read_unconfirmed(connection, slug))),
        waves=tuple(embargoes.read_waves(connection, mailing.id)) if mailing is not None else (),
    )


def _person(one: Answer) -> Person:
    return Person(one.address, one.at, one.evidence, one.note, one.released_at is not None, one.verdict)
