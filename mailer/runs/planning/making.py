"""Making: one person's exact message, the same in dry run, run and retry; and all messages of a plan, on all cores.

`Text` is everything that mails are made from except the people, as values that can be passed to any process. `edition`
makes it from what the ledger keeps; a process that only makes mails parses no release and opens no ledger. `Merger`
joins text, person and tokens into an `Envelope`: all of it derives from the edition, the person and the keys; only the
Date is the time of making.

One process reads the lists, asks the ledger and writes the plan. For more than a `FEW` people it starts helpers, one
for each further core. An idle helper gets the next batch; if none is idle, a worker on another host may get it
(`distributing`), or else the planner makes it itself. The batches come back in order, and a mail does not depend on the
process that made it. A helper is controlled through its standard input and answers on its standard output; if it dies,
its work is done here, and no helper outlives the plan.

The first mails, and the first of each stencil or manner, are checked completely; the others are compared with a mail
that was made in the same way and had no findings. Only because this costs a fraction can a million mails be checked.

A problem is reported once for all the mails it concerns (`Findings`), with "everybody" or with names (an error in the
template is in every mail, an error in a row in one), unless the check of the text has already reported it, at its line.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import lru_cache, partial
from html import escape
from typing import IO, TYPE_CHECKING, Any, TypeAlias, TypeVar

from mailer.address import Address, known_address
from mailer.contacts.meaning.answers import language_tag, wants_plain_text
from mailer.contacts.values import Contact, whole_fields
from mailer.errors import InputProblem, MailerError, Problem, Severity, gather
from mailer.events import MailingKind
from mailer.frozen import dataclass, field, replace
from mailer.message.checks import check_message
from mailer.message.checks.each import Pattern
from mailer.message.checks.look import judged
from mailer.message.compose import MAX_ENCODED_BYTES, Frame, compose_frame, compose_message, compose_parts, content_hash
from mailer.message.context import NO_UPDATE, Context, mailing_context, person_values, update_context
from mailer.message.family import Family
from mailer.message.stencil import Filled, Recorded, Stencil, Stencils
from mailer.message.values import Addressee, Attachment, Check, InlineImage, Rendered, Styling
from mailer.release.values import Extras, Release, Waiver
from mailer.settings import Bounces, OptOut, Privacy, Relay, Sender
from mailer.settings.files import nearest_tag
from mailer.site.values import page_of
from mailer.tokens import Envelope, Keys, Purpose, delivery_id, make_token, optout_mailto, optout_url, tagged_address
from mailer.words import read_section

if TYPE_CHECKING:  # it imports this module
    from mailer.runs.planning.distributing import Parts


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The settings that shape a mail: its sender, where opt-outs and bounces go, and the privacy notice."""

    sender: Sender
    optout: OptOut
    bounces: Bounces
    privacy: Privacy = field(default_factory=Privacy)


@dataclass(frozen=True, slots=True)
class Version:
    """The release in one language, with the files that go with it in that language."""

    release: Release
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Update:
    """What a mail about a release adds to it: a follow-up's letter, or the note of a correction or a retraction.

    `changes` are what a correction shows as was and is, as `message.context` takes them: by the number of the edition
    that a person has, and by the language of its version. Without the release (`with_release`) the mail names only its
    headline.
    """

    note: str = ""
    letter: str = ""
    with_release: bool = False
    changes: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]] = field(default_factory=dict)

    def shown(self, release: Release) -> Release:
        """Return the release as the mail has it: all of it, or only what a mail about it mentions."""
        if self.with_release:
            return release
        kept = replace(release, body=(), notes_to_editors=(), boilerplate=(), attachments=(), extras=Extras())
        return replace(kept, subhead="", end_mark="", call_to_action=(), dateline=None)


@dataclass(frozen=True, slots=True)
class Text:
    """An edition unpacked: everything that mails are made of.

    `versions` holds the release in every language, by their tags in small letters: "" is the release itself.
    `embargo_until` is the end of its embargo; one that is over when the mails go out is lifted: the release here does
    not mention it. `page` is the release on the web, where the office has a newsroom.
    """

    versions: Mapping[str, Version] = field(repr=False)
    family: Family
    styling: Styling
    settings: MailSettings
    images: Mapping[str, InlineImage] = field(repr=False)
    embargo_until: datetime | None = None
    is_lifted: bool = False
    page: str = ""
    update: Update | None = None

    @property
    def release(self) -> Release:
        """Return the release itself."""
        return self.versions[""].release

    @property
    def releases(self) -> tuple[Release, ...]:
        """Return the release, and the release in every other language."""
        return tuple(each.release for each in self.versions.values())

    @property
    def mentions_times(self) -> bool:
        """Return whether the mail mentions a time, which each reader may get in their own time zone."""
        return self.release.embargo is not None or self.release.extras.event is not None


def nearest_version(tag: str, own: str, versions: Collection[str]) -> str:
    """Return the version for a language tag: fr-CA, else fr; "" if the release itself, in `own`, is as near."""
    found = nearest_tag(tag, {own.lower(), *versions})
    return "" if found == own.lower() else found


# A merge field that no column can have, in the rows of those whose mail carries the privacy notice.
NOTICE = "privacy:notice"
# And, in the rows of mails about a release: the Message-IDs of the mails of it that the person has, the oldest first,
# the number of the edition that they have, and its subject.
THREAD, HELD, SUBJECT = "thread:references", "thread:edition", "thread:subject"
OUR_FIELDS = frozenset({NOTICE, THREAD, HELD, SUBJECT})
TEST_MARK = "[TEST] "  # added here: a family of the staff's own could forget it
_MAX_VARIANTS = 1000  # combinations of `language`, `text_only`, `time_zone` cells whose variant is cached


@dataclass(frozen=True, slots=True)
class Manner:
    """How a person gets the mail: the language of its templates ("" for the common ones) and words, plain text or not.

    `words` is the tag of the language around the release, `version` that of the release's own text ("" for the release
    itself). `zone` is the cell with their time zone if the mail mentions a time, and `held` the edition that they have
    if the mail shows what has changed.
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
    """One message ready for sending, with what is kept of it."""

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
    zone = zone if text.mentions_times else ""
    return Manner(text.family.language_for(own), own, wants_plain_text(text_only), version, zone)


@dataclass(frozen=True, slots=True)
class _Tokens:
    """What identifies one delivery in its mail: its id, its recipient, and the links made for it."""

    delivery: bytes
    optout_url: str
    optout_mailto: str
    mail_from: str
    addressee: Addressee
    answer_url: str = ""  # the link that accepts an offer

    def envelope(self, address: Address, data: bytes) -> Envelope:
        return Envelope(
            mail_from=self.mail_from,
            rcpt_to=address.wire,
            data=data,
            delivery=self.delivery,
            message_id=self.addressee.message_id,
            needs_smtputf8=address.needs_smtputf8,
        )


@dataclass(slots=True)
class _Variant:
    """What all mails of the same manner share, and whether one was made yet."""

    manner: Manner
    frame: Frame
    stencils: Stencils
    is_used: bool = False


class Merger:
    """Makes the messages of one mailing; what they share is made once."""

    def __init__(self, text: Text, *, mailing: str, kind: MailingKind, keys: Keys) -> None:
        """Hold an unpacked edition, the mailing's full name (`slug/kind-N`) and the keys.

        Raises InputProblem if a picture or an attachment cannot go out.
        """
        self._text = text
        self._keys = keys
        self._keys_in_turn = keys.in_turn()
        self._mailing = mailing
        self._is_test = kind is MailingKind.TEST
        self._is_offer = kind is MailingKind.OFFER
        self._shared: dict[tuple[str, ...], Context] = {}
        self._variants: dict[Manner, _Variant] = {}
        self._variant_of = lru_cache(_MAX_VARIANTS)(self._find_variant)
        self._shows_changes = text.update is not None and bool(text.update.changes)
        for tag, version in text.versions.items():  # a problem with one is reported at once
            self._shared_in(Manner("", version.release.language, text_only=False, version=tag))
        self._variant({})

    def _variant(self, fields: Mapping[str, str]) -> _Variant:
        """Return the variant for a person, by the fields `language`, `text_only` and `time_zone` of their row."""
        zone = fields.get("time_zone", "") if self._text.mentions_times else ""
        held = fields.get(HELD, "") if self._shows_changes else ""
        return self._variant_of(fields.get("language", ""), fields.get("text_only", ""), zone, held)

    def _find_variant(self, language: str, text_only: str, zone: str, held: str) -> _Variant:
        manner = replace(manner_of(self._text, language, text_only, zone), held=held)
        if manner not in self._variants:
            frame = self._make_frame(self._text.versions[manner.version], text_only=manner.text_only)
            self._variants[manner] = _Variant(manner, frame, Stencils(partial(self._record, manner=manner)))
        return self._variants[manner]

    def _make_frame(self, version: Version, *, text_only: bool) -> Frame:
        text, release = self._text, version.release
        sender, seed, language = text.settings.sender, self._mailing.encode(), release.language
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

        Raises InputProblem if a template names a field that is not there, or a value may not stand in a header.
        """
        tokens, variant = self._addressee(self._keys, address, fields), self._variant(fields)
        values = self._values(fields, tokens, variant.manner)
        # a stencil does not pay for a single mail; the first result of a new stencil is compared with a rendered mail
        filled = variant.stencils.fill(values) if variant.is_used and not self._is_test else None
        variant.is_used = True
        rendered = filled.rendered() if filled else self._render(values, variant.manner)
        if filled and not filled.stencil.is_proven:
            rendered = self._render(values, variant.manner)
            filled.stencil.is_proven = filled.rendered() == rendered
            if not filled.stencil.is_proven:
                variant.stencils.forget(filled.stencil)
                filled = None
        if filled:
            data = compose_parts(variant.frame, rendered.subject, filled.bodies, tokens.addressee, date=date)
        else:
            data = compose_message(variant.frame, rendered, tokens.addressee, date=date)
        optouts = tokens.addressee.list_unsubscribe
        return Merged(tokens.envelope(address, data), content_hash(data), rendered, optouts, variant.manner, filled)

    def find_costly(self, address: Address, fields: Mapping[str, str]) -> Problem | None:
        """Return the place in a template, if any, because of which such mails are rendered one by one."""
        variant = self._variant(fields)
        tokens = self._addressee(self._keys, address, fields)
        return self._record(self._values(fields, tokens, variant.manner), variant.manner).problem

    def merge_again(
        self, address: str, fields: Mapping[str, str], *, date: datetime, approved: bytes
    ) -> Envelope | None:
        """Build the message to an address that was planned; None if its hash is not the approved one.

        The hash proves a message, whichever way it was made: most are filled in, not rendered. A recipient who was
        planned before there was a new key keeps the tokens of the older one. Raises InputProblem as `merge`.
        """
        to = known_address(address)
        variant = self._variant(fields)
        for is_filled in (False,) if self._is_test else (True, False):
            for keys in self._keys_in_turn:
                tokens = self._addressee(keys, to, fields)
                values = self._values(fields, tokens, variant.manner)
                if not is_filled:
                    rendered = self._render(values, variant.manner)
                    data = compose_message(variant.frame, rendered, tokens.addressee, date=date)
                elif filled := variant.stencils.fill(values):
                    data = compose_parts(variant.frame, filled.subject, filled.bodies, tokens.addressee, date=date)
                else:
                    break
                if content_hash(data) == approved:
                    return tokens.envelope(to, data)
        return None

    def _values(self, fields: Mapping[str, str], tokens: _Tokens, manner: Manner) -> dict[str, Any]:
        contact = whole_fields(fields)
        privacy = self._text.settings.privacy
        ours = {name: contact.pop(name, "") for name in OUR_FIELDS}
        return person_values(
            self._shared_in(manner),
            contact,
            styling=self._text.styling,
            optout_url=tokens.optout_url,
            optout_mailto=tokens.optout_mailto,
            answer_url=tokens.answer_url,
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
        """Return what all mails in these words with this version share, made on first use."""
        key = manner.words, manner.version, manner.zone, manner.held
        if key not in self._shared:
            text, update = self._text, self._text.update
            changes = update.changes.get(manner.held, {}).get(manner.version, ()) if update else ()
            self._shared[key] = mailing_context(
                text.versions[manner.version].release,
                sender=text.settings.sender,
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

    def _addressee(self, keys: Keys, address: Address, fields: Mapping[str, str]) -> _Tokens:
        """Return the recipient of a message, with the tokens that these keys make of the delivery."""
        delivery, settings = delivery_id(self._keys, self._mailing, address.key), self._text.settings
        bounces, optout = settings.bounces, settings.optout
        mail_from = bounces.address or settings.sender.address
        if bounces.address and bounces.verp == "on":  # a token (VERP) if the relay lets us choose the return path
            mail_from = tagged_address(bounces.address, make_token(keys, Purpose.BOUNCE, delivery))
        token, message = (make_token(keys, purpose, delivery) for purpose in (Purpose.OPT_OUT, Purpose.MESSAGE_ID))
        url = optout_url(optout.base_url, token) if optout.base_url else ""
        mailto = optout_mailto(optout.mailto, token, token_in=optout.token_in) if optout.mailto else ""
        name = "" if self._is_test else Contact(address, fields, "", 0, 0).name
        message_id, thread = f"<{message}@{settings.sender.domain}>", tuple(fields.get(THREAD, "").split())
        addressee = Addressee(address, name, message_id, tuple(filter(None, (url, mailto))), thread)
        base = optout.base_url if self._is_offer else ""
        answer_url = optout_url(base, make_token(keys, Purpose.EMBARGO, delivery)) if base else ""
        return _Tokens(delivery, url, mailto, mail_from, addressee, answer_url)


# The mails of everybody in a plan: made and checked.

_T = TypeVar("_T")
WHOLE = 10  # mails of a plan that are always checked completely
FEW = 2000  # a plan for so many people is made before another process has started
MANY = 20_000  # and one for so many before other hosts have begun
_AHEAD = 150  # batches that may wait for one that another host makes


@dataclass(frozen=True, slots=True)
class Wanted:
    """A person whose mail is to be made; one that will not be sent is not checked."""

    address: Address
    fields: Mapping[str, str] = field(repr=False)
    is_sent: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """What a plan keeps of a mail, and what was found in it."""

    delivery: bytes
    message_id: str
    content_hash: bytes
    size: int
    manner: Manner
    looked: Looked | None


Result: TypeAlias = Made | tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """Everything that mails are made of, except the people; `size_limit` is the largest size of one, in bytes."""

    text: Text = field(repr=False)
    mailing: str
    kind: MailingKind
    keys: Keys = field(repr=False)
    size_limit: int


@dataclass(frozen=True, slots=True)
class Looked:
    """The checks that failed in one mail, and whether it was checked completely."""

    faults: tuple[Check, ...]
    is_whole: bool


class Looker:
    """Checks the mails of one plan: cheaply if one like it was checked completely before."""

    def __init__(self, postal_address: str, *, size_limit: int = 0, whole: int = WHOLE) -> None:
        """Hold what every part must contain, the largest size in bytes (0: any), and how many to check completely."""
        self._postal_address = postal_address
        self._size_limit = size_limit
        self._most_whole = whole
        self._patterns: dict[Manner | Stencil, Pattern] = {}
        self._clean: set[Manner | Stencil] = set()
        self._count = 0

    def look(self, merged: Merged) -> Looked:
        """Check one person's mail."""
        data, filled = merged.envelope.data, merged.filled
        key = filled.stencil if filled else merged.manner
        pattern = self._patterns.get(key)
        own = (filled.own_text, filled.own_html) if filled else None
        is_whole = pattern is None or self._count < self._most_whole
        self._count += 1
        if pattern is not None and not is_whole:
            return Looked(pattern.look(merged.rendered, data, merged.optouts, own), is_whole=False)
        postal, most = self._postal_address, self._size_limit
        checks = check_message(data, postal_address=postal, optouts=merged.optouts, size_limit=most)
        faults = tuple(check for check in checks if not check.passed)
        if pattern is None or (not faults and key not in self._clean):
            self._patterns[key] = Pattern(merged.rendered, own=own, postal_address=postal, size_limit=most)
        if not faults:
            self._clean.add(key)
        return Looked(faults, is_whole=True)


class Maker:
    """Makes mails and checks them; any process that has the order can make a part of a plan."""

    def __init__(self, order: Order, *, whole: int = 0) -> None:
        text = order.text
        self._merger = Merger(text, mailing=order.mailing, kind=order.kind, keys=order.keys)
        self._looker = Looker(text.settings.sender.postal_address, size_limit=order.size_limit, whole=whole)
        self._privacy_url = text.settings.privacy.url
        self.first: Merged | None = None

    def make(self, people: Sequence[Wanted], date: datetime) -> list[Result]:
        """Return the mail made for each, or the problems of the template if none could be made."""
        results: list[Result] = []
        for each in people:
            try:
                results.append(self._make(each, date))
            except MailerError as error:
                results.append(tuple(gather(error)))
        return results

    def _make(self, wanted: Wanted, date: datetime) -> Made:
        merged = self._merger.merge(wanted.address, wanted.fields, date=date)
        envelope, looked = merged.envelope, None
        if wanted.is_sent:
            rendered, url = merged.rendered, self._privacy_url
            if wanted.fields.get(NOTICE) and not (
                url in rendered.text and (not rendered.html or escape(url) in rendered.html)
            ):
                raise InputProblem(
                    "the template does not print the privacy notice of mailer.toml in both parts",
                    hint="It needs {{ notice }} and {{ notice_url }}, as docs/privacy.md has them.",
                )
            looked = self._looker.look(merged)
            self.first = self.first or merged
        size = len(envelope.data)
        return Made(envelope.delivery, envelope.message_id, merged.content_hash, size, merged.manner, looked)


def make_all(
    order: Order,
    maker: Maker,
    batches: Iterable[tuple[_T, Sequence[Wanted]]],
    clock: Callable[[], datetime],
    *,
    expected: int = 0,
    few: int = FEW,
    many: int = MANY,
    cores: int = 0,
    parts: Parts | None = None,
) -> Generator[tuple[_T, Sequence[Result]]]:
    """Make batch after batch; yield the results of each with the value that came with it, in order.

    If more than a `few` people are `expected`, or have come already, `cores` (0: all there are) are used; if there are
    more than `many`, the workers behind `parts` are used, too.
    """
    cores = cores or usable_cores()
    count, most = 0, 4 * cores + (_AHEAD if parts else 0)
    waiting: deque[tuple[_T, Sequence[Wanted], Future[list[Result]]]] = deque()
    helpers: Helpers | None = None

    def take() -> tuple[_T, Sequence[Result]]:
        value, people, future = waiting.popleft()
        if parts is not None:
            parts.wait_for(future)
        try:
            return value, future.result()
        except (OSError, EOFError, pickle.UnpicklingError):  # that process has ended
            return value, maker.make(people, clock())

    try:
        for value, people in batches:
            count += len(people)
            if helpers is None and max(count, expected) > few and maker.first is not None:
                helpers = Helpers(order, cores - 1)
            date = clock()
            future = helpers.submit(people, date) if helpers else None
            if future is None and parts is not None and max(count, expected) > many:
                future = parts.submit(people, date)
            if future is None:
                future = Future()
                future.set_result(maker.make(people, date))
            waiting.append((value, people, future))
            while waiting and (waiting[0][2].done() or len(waiting) > most):
                yield take()
        while waiting:
            yield take()
    finally:
        if helpers is not None:
            helpers.close()
        if parts is not None:
            parts.close()


def usable_cores() -> int:
    """Return how many cores this process may use; PYTHON_CPU_COUNT overrides it, as in Python itself from 3.13 on."""
    limit = os.environ.get("PYTHON_CPU_COUNT", "")
    if limit.isdecimal():
        return max(int(limit), 1)
    allowed = getattr(os, "sched_getaffinity", None)  # Linux
    return len(allowed(0)) if allowed else os.cpu_count() or 1


class Helpers:
    """Other processes that make mails, each served by a thread of its own; those in `idle` have nothing to do."""

    def __init__(self, order: Order, count: int) -> None:
        self.idle: deque[subprocess.Popen[bytes]] = deque()
        self._all: list[subprocess.Popen[bytes]] = []
        self._threads = ThreadPoolExecutor(max(count, 1), "mailer-planning")
        command = [sys.executable, "-P", "-c", "from mailer.runs.planning.making import help_out; help_out()"]
        for _ in range(count):
            with contextlib.suppress(OSError):  # no room for another process
                process = subprocess.Popen(  # noqa: S603 - ourselves
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
                )
                self._all.append(process)
                self._threads.submit(self._start, process, order)

    def submit(self, people: Sequence[Wanted], date: datetime) -> Future[list[Result]] | None:
        """Let an idle process make a batch; return None if there is none."""
        try:
            process = self.idle.popleft()
        except IndexError:
            return None
        return self._threads.submit(self._exchange, process, (people, date))

    def close(self) -> None:
        """End all helpers."""
        for process in self._all:
            process.kill()
        self._threads.shutdown()
        for process in self._all:
            with contextlib.suppress(OSError), process:  # the last request may not have been written yet
                pass

    def _start(self, process: subprocess.Popen[bytes], order: Order) -> None:
        with contextlib.suppress(OSError, EOFError, pickle.UnpicklingError):
            self._exchange(process, order)

    def _exchange(self, process: subprocess.Popen[bytes], value: object) -> list[Result]:
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101 - see above
        _put(process.stdin, value)
        answer: list[Result] = pickle.load(process.stdout)  # noqa: S301 - of our own process
        self.idle.append(process)
        return answer


def help_out() -> None:
    """Make mails for the process that started this one, until it has no more, or has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the planner handles it, and ends this process
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    with contextlib.suppress(EOFError, BrokenPipeError):
        maker = Maker(pickle.load(requests))  # noqa: S301 - from the process that started this one
        _put(answers, [])
        while True:
            people, date = pickle.load(requests)  # noqa: S301 - from the process that started this one
            _put(answers, maker.make(people, date))


def _put(stream: IO[bytes], value: object) -> None:
    stream.write(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    stream.flush()


# Findings: the checks that failed in the finished mails.

SOURCE = "the finished mail"
# what an error in the text causes in the mail: reported for the text, with its line, it is not reported again
_SHOWN_AGAIN = read_section("checks", "shown_again")
NAMED = 3  # in a sentence
KEPT = 1000  # for programs
_WORST_FIRST = list(Severity)


@dataclass(slots=True)
class Finding:
    """One check that failed: its code, the message, what to do, and the recipients it concerns."""

    code: str
    message: str
    hint: str
    severity: Severity
    count: int = 0
    in_whole: int = 0  # how many of the completely checked mails have it
    people: list[str] = field(default_factory=list)
    faults: tuple[str, ...] = ()

    def take(self, check: Check, person: str, *, is_whole: bool) -> None:
        """Count one more person; the worst severity is kept."""
        self.count += 1
        self.in_whole += is_whole
        if len(self.people) < KEPT:
            self.people.append(person)
        if _WORST_FIRST.index(check.severity) < _WORST_FIRST.index(self.severity):
            self.severity, self.message, self.hint = check.severity, check.message, check.hint
            self.faults = check.faults

    def is_known(self, text_problems: Iterable[Problem], waivers: Iterable[Waiver]) -> bool:
        """Return whether all of it was reported for the text, at least as severe, or waived there."""
        codes = _SHOWN_AGAIN.get(self.code, ())
        is_bad = _WORST_FIRST.index(self.severity)
        known: list[Problem | Waiver] = [
            each for each in text_problems if each.code in codes and _WORST_FIRST.index(each.severity) <= is_bad
        ]
        waived = [each for each in waivers if each.code in codes and self.severity is not Severity.ERROR]
        if not self.faults:
            return bool(known or waived)
        return all(any(_names(each, fault) for each in [*known, *waived]) for fault in self.faults)

    def who(self, whole: int) -> str:
        """Return the recipients it concerns; empty if every completely checked mail has it."""
        if self.in_whole >= whole:
            return ""
        named = ", ".join([*self.people[:NAMED], *(["…"] if self.count > NAMED else [])])
        return f"{self.count} {'person' if self.count == 1 else 'people'}: {named}"

    def problem(self, whole: int) -> Problem:
        """Return it as a problem, with the recipients; `whole` is how many mails were checked completely."""
        who = self.who(whole)
        message = f"{self.message} ({who})" if who else self.message
        return Problem(self.code, message, self.severity, SOURCE, hint=self.hint)


def _names(known: Problem | Waiver, fault: str) -> bool:
    """Return whether a finding in the text is about the word or the link in the mail."""
    about = known.about.rstrip("…")
    if about in {"", "*"} and isinstance(known, Waiver):
        return True
    if known.code == "image-format" and isinstance(known, Problem):
        return fault.partition(" ")[0] in known.message  # “WebP pictures (Outlook on Windows)”
    word = fault.partition("“")[2].partition("”")[0] or fault
    return bool(about and about in fault) or (isinstance(known, Problem) and f'"{word}"' in known.message)


_TEXTS = 500_000  # in addition to the files of a mail, which have a limit of their own


def largest_mail(relay: Relay) -> int:
    """Return the largest size of a message in bytes: what most servers take, or less if the relay says so."""
    most = MAX_ENCODED_BYTES + _TEXTS
    return min(most, relay.largest_kb * 1000) if relay.largest_kb else most


class Findings:
    """Collects the checks that failed in the mails of one plan, person by person."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Finding] = {}
        self.looked_at = 0
        self.whole = 0

    def add(self, person: str, looked: Looked, *, note: str = "") -> None:
        """Count what was found in one person's mail, and check the personal note that was written for it."""
        if note:  # most people have none, and there may be a million
            from mailer.contacts.rows import LONG_NOTE, MOST_WORDS, words_over  # noqa: PLC0415 - a helper reads no lists

            if words := words_over(note):  # an error in the row, not in the mail: always reported with names
                self._take(person, judged(LONG_NOTE, wrong=True, words=words, most=MOST_WORDS), is_whole=False)
        self.looked_at += 1
        self.whole += looked.is_whole
        for check in looked.faults:
            self._take(person, check, is_whole=looked.is_whole)

    def add_not_made(self, person: str, checks: Iterable[Check]) -> None:
        """Count a mail that could not be made; each message is a finding of its own."""
        self.looked_at += 1
        self.whole += 1
        for check in checks:
            self._take(person, check, is_whole=True, about=check.message)

    def _take(self, person: str, check: Check, *, is_whole: bool, about: str = "") -> None:
        new = Finding(check.code, check.message, check.hint, check.severity, faults=check.faults)
        self._found.setdefault((check.code, about), new).take(check, person, is_whole=is_whole)

    def __iter__(self) -> Iterator[Finding]:
        """Return the findings, the worst first, then in the order in which they came."""
        return iter(sorted(self._found.values(), key=lambda one: _WORST_FIRST.index(one.severity)))

    def problems(self, text_problems: Sequence[Problem] = (), waivers: Sequence[Waiver] = ()) -> Iterator[Problem]:
        """Return each as a problem with its recipients; without names if every completely checked mail has it.

        `text_problems` were found in the text that the mail is made of, and `waivers` are those in it.
        """
        return (one.problem(self.whole) for one in self if not one.is_known(text_problems, waivers))
