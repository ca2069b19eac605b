"""Send: a confirmed mailing goes to its relay, or to the preview inbox.

Owns the joining of `deliver` with a real relay and with the embedded server. Never plans, never asks.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mailer.errors import ConfigProblem, LedgerProblem, Severity
from mailer.events import MailingKind
from mailer.ledger import Ledger
from mailer.ledger.mailings import Mailing, newest_edition
from mailer.message.checks import check_message
from mailer.preview.page import PreviewPage
from mailer.preview.server import Script, preview_server
from mailer.reply import Reply, Scope, Stage, Verdict, classify
from mailer.runs.office import Office
from mailer.runs.office.access_tokens import Access
from mailer.runs.office.signing import Signing, read_signing
from mailer.runs.planning.edition import sender_of
from mailer.runs.sending.deliver import Ended, Progress, Run, Waits
from mailer.runs.sending.relays import Route
from mailer.settings import PREVIEW, Credential, Relay, Security, Sender, is_loopback
from mailer.smtp.pipeline import Session
from mailer.smtp.session import RelayRefusal

# What a relay of the embedded server looks like before its port is known.
PREVIEW_RELAY = Relay(key=PREVIEW, host="127.0.0.1", security=Security.PLAIN)

# What a dry run names where mailer.toml names none.
NO_RELAY = Relay(key="none", host="none.invalid")


@dataclass(frozen=True, slots=True)
class SendObserver:
    """Who hears of figures, of the `Run` once it exists (so that it can be stopped), and of sentences for people."""

    on_progress: Callable[[Progress], None] = lambda _: None
    on_run: Callable[[Run], None] = lambda _: None
    say: Callable[[str], None] = lambda _: None


class Sending:
    """One mailing on its way."""

    def __init__(
        self,
        office: Office,
        ledger: Ledger,
        observer: SendObserver = SendObserver(),
        *,
        password_of: Callable[[Office, Relay], Credential | None] | None = None,
        stay_s: float | None = None,
        waits: Waits | None = None,
    ) -> None:
        """Take where this runs, the open ledger and who wants to hear.

        `password_of` gives the password of another relay in the moment in which it stands in; without it none does.
        `stay_s` is how long to stay for what is deferred, instead of what mailer.toml says; `waits` how long for a
        ledger that is unavailable, and for the relay once it is stopped.
        """
        self._office = office
        self._ledger = ledger
        self._observer = observer
        self._password_of = password_of
        retry = office.settings.retry
        self._retry = retry if stay_s is None else retry.replace(stay_s=stay_s)
        self._waits = waits or Waits()
        self.refusal: RelayRefusal | None = None  # of the newest try to connect
        self.notes: tuple[str, ...] = ()
        self.accepted = 0  # by the relay, as far as this process saw
        self._accesses: list[Access] = []

    async def to_relay(self, mailing: Mailing, relay: Relay, password: Credential | None) -> Ended:
        """Send what is due of a mailing over a relay, signed where mailer.toml says so.

        Raises:
            RelayUnavailable: nobody could be reached; everybody is pending as before.
            ConfigProblem: mail is to be signed, and cannot be; somebody must sign in to the provider again; or the
                sender is still the sample's.
            LedgerProblem: the ledger cannot be written, or is an older copy of the one last used here.
        """
        self._sender(mailing).check_not_sample(relay.host)
        guard = self._office.guard(self._ledger)
        news: tuple[bytes, ...] = ()
        if mailing.kind is MailingKind.RELEASE:
            with self._ledger.reading() as connection:
                _, edition = newest_edition(connection, mailing.id)
            news = (edition.headline_digest, edition.body_digest)
        identity = await asyncio.to_thread(guard.count, self._office.stamp(), sending=True)
        keep = partial(guard.keep_place, identity, self._office.stamp(), news)
        try:
            routes = self._routes(mailing, relay, password)
            return await self._deliver(mailing, routes, read_signing(self._office, relay), on_first=keep)
        finally:
            with contextlib.suppress(LedgerProblem):  # a copy made meanwhile is an older one from now on
                await asyncio.to_thread(guard.count, self._office.stamp())

    async def find_outage(self, mailing: Mailing, relay: Relay, password: Credential | None) -> str:
        """Connect and say goodbye; give why the relay cannot be reached now, empty where it or one that stands in can.

        A relay that refuses us for good (login, security) counts as reached: waiting does not help there, and the run
        that follows stops at it.

        Raises:
            ConfigProblem: somebody must sign in to the provider again.
        """
        why: list[str] = []
        for route in self._routes(mailing, relay, password):
            try:
                session = await route.connect()
            except RelayRefusal as refusal:
                if is_final(refusal) and not why:
                    return ""
                why.append(str(refusal))
            else:
                await session.close()
                return ""
        return "; ".join(why)

    def _routes(self, mailing: Mailing, relay: Relay, password: Credential | None) -> tuple[Route, ...]:
        """Return the relay's route, and those of the relays that may stand in for it."""
        first = self._access(relay, password)
        routes = [Route(relay, lambda: self._connect(first))]
        if self._password_of is not None and not mailing.pinned and mailing.kind is MailingKind.RELEASE:
            settings, sender = self._office.settings, self._sender(mailing)
            others = [each for each in settings.relays_for(sender.domain) if each.key != relay.key]
            if sender.left_from_sample:
                others = [each for each in others if is_loopback(each.host)]
            secured = relay.security is not Security.PLAIN
            routes += [self._other_route(each) for each in others if not secured or each.security is not Security.PLAIN]
        return tuple(routes)

    def _sender(self, mailing: Mailing) -> Sender:
        """Return who the mails of a mailing are from, as the ledger keeps it."""
        with self._ledger.reading() as connection:
            return sender_of(newest_edition(connection, mailing.id)[1])

    def _other_route(self, relay: Relay) -> Route:
        """Return the route of a relay that may stand in; its password is fetched when it does."""
        made: list[Access] = []

        async def connect() -> Session:
            try:
                if not made and self._password_of is not None:
                    password = await asyncio.to_thread(self._password_of, self._office, relay)
                    made.append(self._access(relay, password))
                return await made[0].connect()
            except ConfigProblem as problem:
                reply = Reply(Stage.AUTH, 535, problem.message)  # out for this run, as with a refused login
                raise RelayRefusal(reply, f"relay {relay.key}: {problem.message}", hint=problem.hint) from None

        return Route(relay, connect)

    def _access(self, relay: Relay, password: Credential | None) -> Access:
        access = Access(relay, password, root=self._office.workspace.root, clock=self._office.clock)
        self._accesses.append(access)
        return access

    async def _connect(self, access: Access) -> Session:
        self.refusal = None
        try:
            return await access.connect()
        except RelayRefusal as refusal:
            self.refusal = refusal
            raise

    async def _deliver(
        self,
        mailing: Mailing,
        routes: Sequence[Route],
        signing: Signing | None,
        *,
        on_first: Callable[[], None] = lambda: None,
    ) -> Ended:
        """Send what is due; `on_first` is called when the first person got it, as far as the relay says."""
        nobody_yet = True

        def on_progress(progress: Progress) -> None:
            nonlocal nobody_yet
            if nobody_yet and progress[Verdict.ACCEPTED]:
                nobody_yet = False
                on_first()
            self._observer.on_progress(progress)

        run = Run(
            self._office,
            self._ledger,
            mailing,
            routes,
            retry=self._retry,
            signing=signing,
            waits=self._waits,
            say=self._observer.say,
        )
        self._observer.on_run(run)
        try:
            return await run.deliver(on_progress=on_progress)
        finally:
            self.accepted += run.counts[Verdict.ACCEPTED]
            self.notes = tuple(note for access in self._accesses for note in access.notes)

    async def to_preview(
        self,
        mailing: Mailing,
        *,
        script: Script | None = None,
        folder: Path | None = None,
        relay: Relay = PREVIEW_RELAY,
    ) -> tuple[Ended, Path]:
        """Send what is due of a mailing into the preview inbox; return also the page on which it can be looked at."""
        place = folder or self._office.workspace.make_machine_folder("preview")
        page = PreviewPage(place, checks=check_for_page)
        async with preview_server(place, script=script, on_arrival=lambda _: page.changed()) as server:
            local = stand_in(relay, server.host, server.port)
            access = self._access(local, None)
            ended = await self._deliver(mailing, (Route(local, lambda: self._connect(access)),), None)
        return ended, page.flush()


def is_final(refusal: RelayRefusal) -> bool:
    """Return whether a relay that could not be used will not be usable by waiting."""
    return classify(refusal.reply).scope is Scope.RUN


def stand_in(relay: Relay, host: str, port: int) -> Relay:
    """Return the embedded server in the place of a relay: with its connections, and without its pace and its login."""
    return Relay(
        key=relay.key,
        host=host,
        port=port,
        security=Security.PLAIN,
        connections=relay.connections,
        messages_per_connection=relay.messages_per_connection,
        pipelining=relay.pipelining,
        timeouts=relay.timeouts,
    )


def check_for_page(data: bytes) -> Sequence[tuple[Severity | None, str]]:
    """Check a message for the preview page: how bad what was found is (None: it passes), and what was looked at."""
    return [(None if check.passed else check.severity, check.message) for check in check_message(data)]
