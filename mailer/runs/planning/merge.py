"""Merge: one person's exact message, the same in dry run, run and retry.

Owns the joining of text, person and tokens into an `Envelope`. Everything in it derives from the edition, the person
and the keys; only the Date is the moment's. Never touches a file, a socket or the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import count
from typing import TypeAlias

from mailer.address import Address, known_address
from mailer.contacts.meaning.answers import language_tag, wants_plain_text
from mailer.contacts.values import Contact, whole_fields
from mailer.envelope import Envelope, optout_mailto, optout_url, tagged_address
from mailer.events import MailingKind
from mailer.frozen import dataclass, field
from mailer.message.compose import (
    Frame,
    Stencil,
    compose_frame,
    compose_message,
    compose_parts,
    content_hash,
    make_mark,
    make_stencil,
)
from mailer.message.context import Context, mailing_context, person_context
from mailer.message.values import Addressee, Rendered
from mailer.runs.planning.edition import Text, Version, nearest_version
from mailer.tokens import Keys, Purpose, delivery_id, make_token

# A merge field that no column can have, in the rows of those whose mail carries the privacy notice.
NOTICE = "privacy:notice"
TEST_MARK = "[TEST] "  # put there by us: a family of the staff's own could forget it
# different cells under `language`, `text_only`, `time_zone`; a list with more is asked anew each time
_MOST_WISHES = 1000


@dataclass(frozen=True, slots=True)
class Manner:
    """How a person gets it: by which language's templates ("" for the common ones), in which words, as what.

    `words` is the tag of the language around the release, `version` that of the release's own text ("" for the release
    itself), `zone` the cell with their time zone, where the mail tells a moment.
    """

    language: str
    words: str
    text_only: bool
    version: str = ""
    zone: str = ""

    def described(self, own: str) -> str:
        """Return its description: the language, and plain text or not; `own` is the language of the release."""
        return ", ".join([self.words or own, *(["plain text"] if self.text_only else [])])


@dataclass(frozen=True, slots=True)
class Merged:
    """One message ready for the wire, with what is remembered of it."""

    envelope: Envelope = field(repr=False)
    content_hash: bytes
    rendered: Rendered = field(repr=False)
    optouts: tuple[str, ...]
    manner: Manner


def manner_of(text: Text, language: str, text_only: str, zone: str = "") -> Manner:
    """Return how a person gets a mail, by the fields `language`, `text_only` and `time_zone` of their row.

    The text is chosen for their language, and all words around it are in the language of that text.
    """
    version = nearest_version(language_tag(language), text.release.language, text.versions)
    own = text.versions[version].release.language
    zone = zone if text.tells_moments else ""
    return Manner(text.family.language_for(own), own, wants_plain_text(text_only), version, zone)


@dataclass(frozen=True, slots=True)
class _Known:
    """By what one delivery is known in its mail: its id, its tokens, and its recipient."""

    delivery: bytes
    optout: str
    mail_from: str
    addressee: Addressee

    def envelope(self, address: Address, data: bytes) -> Envelope:
        """Return the message with its envelope."""
        return Envelope(
            mail_from=self.mail_from,
            rcpt_to=address.wire,
            data=data,
            delivery=self.delivery,
            message_id=self.addressee.message_id,
            needs_smtputf8=address.needs_smtputf8,
        )


@dataclass(frozen=True, slots=True)
class _Way:
    """What people share who get it in the same manner; what a mark stands for decides nothing in their stencils."""

    manner: Manner
    frame: Frame
    stencils: Stencils


class Merger:
    """Makes the messages of one mailing; what they share is made once."""

    def __init__(self, text: Text, *, mailing: str, kind: MailingKind, keys: Keys) -> None:
        """Hold an unpacked edition, the mailing's full name (`slug/kind-N`) and the keys.

        Raises InputProblem where a picture or an attachment cannot go out.
        """
        self._text = text
        self._keys = keys
        self._mailing = mailing
        self._is_test = kind is MailingKind.TEST
        self._shared: dict[tuple[str, str, str], Context] = {}
        self._ways: dict[Manner, _Way] = {}
        self._ways_by_wish: dict[tuple[str, str, str], _Way] = {}
        for tag, version in text.versions.items():  # what is wrong with one is told at once
            self._shared_in(version.release.language, tag, "")
        self._way({})

    def _way(self, fields: Mapping[str, str]) -> _Way:
        """Return how a person gets it, by the fields `language`, `text_only` and `time_zone` of their row."""
        zone = fields.get("time_zone", "") if self._text.tells_moments else ""
        wish = fields.get("language", ""), fields.get("text_only", ""), zone
        way = self._ways_by_wish.get(wish)
        if way is not None:
            return way
        manner = manner_of(self._text, *wish)
        way = self._ways.get(manner)
        if way is None:
            version = self._text.versions[manner.version]
            frame = self._make_frame(version, text_only=manner.text_only)
            way = self._ways[manner] = _Way(manner, frame, Stencils(partial(self._render, manner=manner)))
        if len(self._ways_by_wish) < _MOST_WISHES:
            self._ways_by_wish[wish] = way
        return way

    def _make_frame(self, version: Version, *, text_only: bool) -> Frame:
        text, release = self._text, version.release
        sender, seed, language = text.ways.sender, self._mailing.encode(), release.language
        if text_only:
            return compose_frame(sender, language=language, seed=seed, attachments=version.attachments, has_html=False)
        # portrait and logo are shown by families built upon the layout
        is_built_upon = text.family.takes_words
        pictures = [each for each in release.all_pictures() if is_built_upon or each is not release.extras.portrait]
        inside = [text.images[each.src] for each in pictures if each.src in text.images]
        if text.styling.logo and is_built_upon:
            inside.append(text.styling.logo)
        images = tuple({each.content_id: each for each in inside}.values())
        return compose_frame(sender, language=language, seed=seed, images=images, attachments=version.attachments)

    def merge(self, address: Address, fields: Mapping[str, str], *, date: datetime) -> Merged:
        """Build one person's message; `fields` are the merge fields of their row.

        Raises InputProblem where a template names a field that is not there, or a value may not stand in a header.
        """
        return self._merge(address, fields, self._addressee(self._keys, address, fields), date=date)

    def _merge(self, address: Address, fields: Mapping[str, str], known: _Known, *, date: datetime) -> Merged:
        way = self._way(fields)
        rendered = self._render(fields, known.optout, way.manner)
        data = compose_message(way.frame, rendered, known.addressee, date=date)
        optouts = known.addressee.list_unsubscribe
        return Merged(known.envelope(address, data), content_hash(data), rendered, optouts, way.manner)

    def merge_again(
        self, address: str, fields: Mapping[str, str], *, date: datetime, approved: bytes
    ) -> Envelope | None:
        """Build the message to an address that was planned; None where its hash is not the approved one.

        The hash proves a message, however it was made: most are filled in, not rendered. A recipient planned before a
        new key came has tokens of an older one, and keeps them. Raises InputProblem as `merge`.
        """
        to = known_address(address)
        way = self._way(fields)
        trial = way.stencils.find(fields)
        if trial is not None and trial.stencil is not None:
            for keys in self._keys.in_turn():
                known = self._addressee(keys, to, fields)
                subject, bodies = trial.stencil.fill(stencil_values(fields, known.optout))
                data = compose_parts(way.frame, subject, bodies, known.addressee, date=date)
                if content_hash(data) == approved:
                    trial.hits += 1
                    return known.envelope(to, data)
            trial.misses += 1
        for keys in self._keys.in_turn():
            merged = self._merge(to, fields, self._addressee(keys, to, fields), date=date)
            if merged.content_hash == approved:
                return merged.envelope
        return None

    def _render(self, fields: Mapping[str, str], token: str, manner: Manner) -> Rendered:
        url, mailto = self._optouts(token)
        contact = whole_fields(fields)
        privacy = self._text.ways.privacy
        told = privacy if contact.pop(NOTICE, "") and privacy.url else None
        context = person_context(
            self._shared_in(manner.words, manner.version, manner.zone),
            contact,
            styling=self._text.styling,
            optout_url=url,
            optout_mailto=mailto,
            privacy=told,
            zone=manner.zone,
        )
        rendered = self._text.family.render(context, language=manner.language, text_only=manner.text_only)
        if not self._is_test:
            return rendered
        return Rendered(TEST_MARK + rendered.subject, rendered.html, rendered.text)

    def _shared_in(self, language: str, version: str, zone: str) -> Context:
        """Return what all mails with these words around this version share, made when somebody needs it first."""
        key = language, version, zone
        if key not in self._shared:
            text = self._text
            self._shared[key] = mailing_context(
                text.versions[version].release,
                sender=text.ways.sender,
                mailing=self._mailing,
                styling=text.styling,
                is_test=self._is_test,
                images=text.images,
                language=language,
                zone=zone,
            )
        return self._shared[key]

    def _addressee(self, keys: Keys, address: Address, fields: Mapping[str, str]) -> _Known:
        """Return the recipient of a message, with the tokens that these keys make of the delivery."""
        delivery = delivery_id(self._keys, self._mailing, address.key)
        bounces = self._text.ways.bounces
        mail_from = bounces.address or self._text.ways.sender.address
        if bounces.address and bounces.verp == "on":  # a token (VERP) where the relay lets us choose it (standards S15)
            mail_from = tagged_address(bounces.address, make_token(keys, Purpose.BOUNCE, delivery))
        optout, message = (make_token(keys, purpose, delivery) for purpose in (Purpose.OPT_OUT, Purpose.MESSAGE_ID))
        name = "" if self._is_test else Contact(address, fields, "", 0, 0).name
        uris = tuple(uri for uri in self._optouts(optout) if uri)
        addressee = Addressee(address, name, f"<{message}@{self._text.ways.sender.domain}>", uris)
        return _Known(delivery, optout, mail_from, addressee)

    def _optouts(self, token: str) -> tuple[str, str]:
        ways = self._text.ways.optout
        url = optout_url(ways.base_url, token) if ways.base_url else ""
        mailto = optout_mailto(ways.mailto, token, token_in=ways.token_in) if ways.mailto else ""
        return url, mailto


# Stencils: mails of a mailing that were rendered once, for people like those that come next. Where rows have the same
# shape (the same fields filled, with the same lines), what the template makes of them differs in their words alone.

_MOST = 64  # shapes of rows; a list with more has a template for each anyway
_FAIR_CHANCE = 8  # misses before hits count
_Shape: TypeAlias = tuple[tuple[str, tuple[bool, ...]], ...]


@dataclass(slots=True)
class Trial:
    """A stencil, and how it has done."""

    stencil: Stencil | None
    hits: int = 0
    misses: int = 0


class Stencils:
    """The stencils of one edition, each made when a row of its shape comes first."""

    def __init__(self, render: Callable[[Mapping[str, str], str], Rendered]) -> None:
        """Hold what renders the mail of given fields and a given opt-out token."""
        self._render = render
        self._trials: dict[_Shape, Trial] = {}

    def find(self, fields: Mapping[str, str]) -> Trial | None:
        """Return the stencil for a row; None where there is none that is worth a try."""
        # the lines of each value, filled or empty, are what paragraphs are made of
        shape = tuple((name, tuple(map(bool, value.split("\n")))) for name, value in fields.items() if value)
        trial = self._trials.get(shape)
        if trial is None:
            if len(self._trials) >= _MOST:
                return None
            numbers = count(1)
            marks = {
                name: "\n".join(make_mark(next(numbers)) if filled else "" for filled in outline)
                for name, outline in shape
            }
            stencil = make_stencil(self._render({**fields, **marks}, make_mark(0)))
            trial = self._trials[shape] = Trial(stencil)
        # it has been right more often than not
        return trial if trial.stencil is not None and trial.misses <= _FAIR_CHANCE + trial.hits else None


def stencil_values(fields: Mapping[str, str], token: str) -> Sequence[str]:
    """Return what stands in the place of the marks: the opt-out token, then each line of a field that is not empty."""
    return [token, *(line for value in fields.values() if value for line in value.split("\n") if line)]
