"""Merge: one person's exact message, the same in dry run, run and retry.

Owns the joining of text, person and tokens into an `Envelope`. Everything in it derives from the edition, the person
and the keys; only the Date is the moment's. Never touches a file, a socket or the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from mailer.address import Address, known_address
from mailer.contacts.meaning.answers import language_tag, wants_plain_text
from mailer.contacts.values import Contact, whole_fields
from mailer.envelope import Envelope, optout_mailto, optout_url, tagged_address
from mailer.errors import Problem
from mailer.events import MailingKind
from mailer.frozen import dataclass, field, replace
from mailer.message.compose import Frame, compose_frame, compose_message, compose_parts, content_hash
from mailer.message.context import NO_UPDATE, Context, mailing_context, person_values, update_context
from mailer.message.stencil import Filled, Recorded, Stencils
from mailer.message.values import Addressee, Rendered
from mailer.runs.planning.text import Text, Version, nearest_version
from mailer.site.addresses import page_of
from mailer.tokens import Keys, Purpose, delivery_id, make_token

# A merge field that no column can have, in the rows of those whose mail carries the privacy notice.
NOTICE = "privacy:notice"
# And, in the rows of mails around a release: the Message-IDs of what the person got of it before, the oldest first, the
# number of the edition that they have, and the subject under which they have it.
THREAD, HELD, SUBJECT = "thread:references", "thread:edition", "thread:subject"
OUR_FIELDS = frozenset({NOTICE, THREAD, HELD, SUBJECT})
TEST_MARK = "[TEST] "  # put there by us: a family of the staff's own could forget it
_MOST_WISHES = 1000  # different cells under `language`, `text_only`, `time_zone` whose manner is remembered


@dataclass(frozen=True, slots=True)
class Manner:
    """How a person gets it: by which language's templates ("" for the common ones), in which words, as what.

    `words` is the tag of the language around the release, `version` that of the release's own text ("" for the release
    itself), `zone` the cell with their time zone, where the mail tells a moment; `held` the edition that they have,
    where the mail shows what is different now.
    """

    language: str
    words: str
    text_only: bool
    version: str = ""
    zone: str = ""
    held: str = ""

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
    filled: Filled | None = field(default=None, repr=False)


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
    """By what one delivery is known in its mail: its id, where its recipient opts out, and its recipient."""

    delivery: bytes
    optout_url: str
    optout_mailto: str
    mail_from: str
    addressee: Addressee
    answer_url: str = ""  # of an offer: where it is accepted

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


@dataclass(slots=True)
class _Way:
    """What people share who get it in the same manner, and whether anybody has."""

    manner: Manner
    frame: Frame
    stencils: Stencils
    is_used: bool = False


class Merger:
    """Makes the messages of one mailing; what they share is made once."""

    def __init__(self, text: Text, *, mailing: str, kind: MailingKind, keys: Keys) -> None:
        """Hold an unpacked edition, the mailing's full name (`slug/kind-N`) and the keys.

        Raises InputProblem where a picture or an attachment cannot go out.
        """
        self._text = text
        self._keys = keys
        self._keys_in_turn = keys.in_turn()
        self._mailing = mailing
        self._is_test = kind is MailingKind.TEST
        self._is_offer = kind is MailingKind.OFFER
        self._shared: dict[tuple[str, ...], Context] = {}
        self._ways: dict[Manner, _Way] = {}
        self._way_of = lru_cache(_MOST_WISHES)(self._find_way)
        self._shows_changes = text.update is not None and bool(text.update.changes)
        for tag, version in text.versions.items():  # what is wrong with one is told at once
            self._shared_in(Manner("", version.release.language, text_only=False, version=tag))
        self._way({})

    def _way(self, fields: Mapping[str, str]) -> _Way:
        """Return how a person gets it, by the fields `language`, `text_only` and `time_zone` of their row."""
        zone = fields.get("time_zone", "") if self._text.tells_moments else ""
        held = fields.get(HELD, "") if self._shows_changes else ""
        return self._way_of(fields.get("language", ""), fields.get("text_only", ""), zone, held)

    def _find_way(self, language: str, text_only: str, zone: str, held: str) -> _Way:
        manner = replace(manner_of(self._text, language, text_only, zone), held=held)
        if manner not in self._ways:
            frame = self._make_frame(self._text.versions[manner.version], text_only=manner.text_only)
            self._ways[manner] = _Way(manner, frame, Stencils(partial(self._record, manner=manner)))
        return self._ways[manner]

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
        known, way = self._addressee(self._keys, address, fields), self._way(fields)
        values = self._values(fields, known, way.manner)
        # one mail alone is not worth a stencil, and what a new stencil gives is held against what rendering gives
        filled = way.stencils.fill(values) if way.is_used and not self._is_test else None
        way.is_used = True
        rendered = filled.rendered() if filled else self._render(values, way.manner)
        if filled and not filled.stencil.is_proven:
            rendered = self._render(values, way.manner)
            filled.stencil.is_proven = filled.rendered() == rendered
            if not filled.stencil.is_proven:
                way.stencils.forget(filled.stencil)
                filled = None
        if filled:
            data = compose_parts(way.frame, rendered.subject, filled.bodies, known.addressee, date=date)
        else:
            data = compose_message(way.frame, rendered, known.addressee, date=date)
        optouts = known.addressee.list_unsubscribe
        return Merged(known.envelope(address, data), content_hash(data), rendered, optouts, way.manner, filled)

    def find_costly(self, address: Address, fields: Mapping[str, str]) -> Problem | None:
        """Return the place in a template because of which mails such as this one are rendered one by one, if any."""
        way = self._way(fields)
        known = self._addressee(self._keys, address, fields)
        return self._record(self._values(fields, known, way.manner), way.manner).problem

    def merge_again(
        self, address: str, fields: Mapping[str, str], *, date: datetime, approved: bytes
    ) -> Envelope | None:
        """Build the message to an address that was planned; None where its hash is not the approved one.

        The hash proves a message, however it was made: most are filled in, not rendered. A recipient planned before a
        new key came has tokens of an older one, and keeps them. Raises InputProblem as `merge`.
        """
        to = known_address(address)
        way = self._way(fields)
        for is_filled in (False,) if self._is_test else (True, False):
            for keys in self._keys_in_turn:
                known = self._addressee(keys, to, fields)
                values = self._values(fields, known, way.manner)
                if not is_filled:
                    data = compose_message(way.frame, self._render(values, way.manner), known.addressee, date=date)
                elif filled := way.stencils.fill(values):
                    data = compose_parts(way.frame, filled.subject, filled.bodies, known.addressee, date=date)
                else:
                    break
                if content_hash(data) == approved:
                    return known.envelope(to, data)
        return None

    def _values(self, fields: Mapping[str, str], known: _Known, manner: Manner) -> dict[str, Any]:
        """Return what templates may say of one person."""
        contact = whole_fields(fields)
        privacy = self._text.ways.privacy
        ours = {name: contact.pop(name, "") for name in OUR_FIELDS}
        return person_values(
            self._shared_in(manner),
            contact,
            styling=self._text.styling,
            optout_url=known.optout_url,
            optout_mailto=known.optout_mailto,
            answer_url=known.answer_url,
            privacy=privacy if ours[NOTICE] and privacy.url else None,
            zone=manner.zone,
            subject=ours[SUBJECT],
        )

    def _render(self, values: Mapping[str, Any], manner: Manner) -> Rendered:
        context = {**self._shared_in(manner), **values}
        rendered = self._text.family.render(context, language=manner.language, text_only=manner.text_only)
        if not self._is_test:
            return rendered
        return Rendered(TEST_MARK + rendered.subject, rendered.html, rendered.text)

    def _record(self, values: Mapping[str, Any], manner: Manner) -> Recorded:
        shared, language = self._shared_in(manner), manner.language
        return self._text.family.record(shared, values, language=language, text_only=manner.text_only)

    def _shared_in(self, manner: Manner) -> Context:
        """Return what all mails with these words around this version share, made when somebody needs it first."""
        key = manner.words, manner.version, manner.zone, manner.held
        if key not in self._shared:
            text, update = self._text, self._text.update
            changes = update.changes.get(manner.held, {}).get(manner.version, ()) if update else ()
            self._shared[key] = mailing_context(
                text.versions[manner.version].release,
                sender=text.ways.sender,
                mailing=self._mailing,
                styling=text.styling,
                is_test=self._is_test,
                images=text.images,
                language=manner.words,
                zone=manner.zone,
                page=page_of(text.page, manner.version) if text.page else "",
                update=update_context(update.note, update.letter, changes, with_release=update.with_release)
                if update
                else NO_UPDATE,
            )
        return self._shared[key]

    def _addressee(self, keys: Keys, address: Address, fields: Mapping[str, str]) -> _Known:
        """Return the recipient of a message, with the tokens that these keys make of the delivery."""
        delivery, ways = delivery_id(self._keys, self._mailing, address.key), self._text.ways
        bounces, optout = ways.bounces, ways.optout
        mail_from = bounces.address or ways.sender.address
        if bounces.address and bounces.verp == "on":  # a token (VERP) where the relay lets us choose it (standards S15)
            mail_from = tagged_address(bounces.address, make_token(keys, Purpose.BOUNCE, delivery))
        token, message = (make_token(keys, purpose, delivery) for purpose in (Purpose.OPT_OUT, Purpose.MESSAGE_ID))
        url = optout_url(optout.base_url, token) if optout.base_url else ""
        mailto = optout_mailto(optout.mailto, token, token_in=optout.token_in) if optout.mailto else ""
        name = "" if self._is_test else Contact(address, fields, "", 0, 0).name
        message_id, thread = f"<{message}@{ways.sender.domain}>", tuple(fields.get(THREAD, "").split())
        addressee = Addressee(address, name, message_id, tuple(filter(None, (url, mailto))), thread)
        base = optout.base_url if self._is_offer else ""
        answer_url = optout_url(base, make_token(keys, Purpose.EMBARGO, delivery)) if base else ""
        return _Known(delivery, url, mailto, mail_from, addressee, answer_url)
