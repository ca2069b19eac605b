"""Send: a confirmed mailing goes to its relay, or to the preview inbox.

Owns the joining of `deliver` with a real relay and with the embedded server. Never plans, never asks.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from mailer.errors import LedgerProblem
from mailer.ledger import Ledger
from mailer.ledger.mailings import Mailing
from mailer.message import check_message
from mailer.preview import PreviewPage, Script, preview_server
from mailer.reply import Scope, classify
from mailer.runs.access import Access
from mailer.runs.deliver import Ended, Progress, Run, Way
from mailer.runs.office import Office
from mailer.runs.signing import Signing, read_signing
from mailer.settings import PREVIEW, Credential, Relay, Security
from mailer.smtp import RelayRefusal, Session

__all__ = ["PREVIEW", "PREVIEW_RELAY", "Sending", "check_for_page", "is_final", "preview_folder"]

# What a relay of the embedded server looks like before its port is known.
PREVIEW_RELAY = Relay(key=PREVIEW, host="127.0.0.1", security=Security.PLAIN)

# What a dry run names where mailer.toml names none.
NO_RELAY = Relay(key="none", host="none.invalid")


def _nothing(_: object) -> None:
    return None


class Sending:
    """One mailing on its way; `on_run` is handed the `Run` once it exists, so that it can be stopped."""

    def __init__(
        self,
        office: Office,
        ledger: Ledger,
        *,
        on_progress: Callable[[Progress], None] = _nothing,
        on_run: Callable[[Run], None] = _nothing,
        stay_s: float | None = None,
    ) -> None:
        """Take where this runs, the open ledger and who wants to hear.

        `stay_s` is how long to stay for what is deferred, instead of what mailer.toml says.
        """
        self._office = office
        self._ledger = ledger
        self._on_progress = on_progress
        self._on_run = on_run
        retry = office.settings.retry
        self._retry = retry if stay_s is None else replace(retry, stay_s=stay_s)
        self.refusal: RelayRefusal | None = None  # of the newest try to connect
        self.notes: tuple[str, ...] = ()

    async def to_relay(self, mailing: Mailing, relay: Relay, password: Credential | None) -> Ended:
        """Send what is due of a mailing over a relay, signed where mailer.toml says so.

        Raises:
            RelayUnavailable: nobody could be reached; everybody is pending as before.
            ConfigProblem: mail is to be signed, and cannot be; or somebody must sign in to the provider again.
            LedgerProblem: the ledger cannot be written, or is an older copy of the one last used here.
        """
        guard = self._office.guard(self._ledger)
        await asyncio.to_thread(guard.count, self._office.stamp(), sending=True)
        try:
            return await self._deliver(mailing, relay, password, read_signing(self._office, relay))
        finally:
            with contextlib.suppress(LedgerProblem):  # a copy made meanwhile is an older one from now on
                await asyncio.to_thread(guard.count, self._office.stamp())

    async def find_outage(self, relay: Relay, password: Credential | None) -> str:
        """Connect and say goodbye; gives why the relay cannot be reached now, empty where it can.

        A relay that refuses us for good (login, security) counts as reached: waiting does not help there, and the run
        that follows stops at it.

        Raises:
            ConfigProblem: somebody must sign in to the provider again.
        """
        try:
            session = await self._connect(self._access(relay, password))
        except RelayRefusal as refusal:
            return "" if is_final(refusal) else str(refusal)
        await session.close()
        return ""

    def _access(self, relay: Relay, password: Credential | None) -> Access:
        return Access(relay, password, root=self._office.workspace.root, clock=self._office.clock)

    async def _connect(self, access: Access) -> Session:
        self.refusal = None
        try:
            return await access.connect()
        except RelayRefusal as refusal:
            self.refusal = refusal
            raise

    async def _deliver(
        self, mailing: Mailing, relay: Relay, password: Credential | None, signing: Signing | None
    ) -> Ended:
        office = self._office
        access = self._access(relay, password)
        way = Way(
            relay=relay,
            connect=lambda: self._connect(access),
            keys=office.keys,
            retry=self._retry,
            run_folder=office.workspace.make_machine_folder("run"),
            actor=office.actor,
            clock=office.clock,
            signing=signing,
        )
        run = Run(self._ledger, mailing, way)
        self._on_run(run)
        try:
            return await run.deliver(on_progress=self._on_progress)
        finally:
            self.notes += access.notes

    async def to_preview(
        self,
        mailing: Mailing,
        *,
        script: Script | None = None,
        folder: Path | None = None,
        relay: Relay = PREVIEW_RELAY,
    ) -> tuple[Ended, Path]:
        """Send what is due of a mailing into the preview inbox; gives also the page on which it can be looked at."""
        place = folder or preview_folder(self._office)
        page = PreviewPage(place, checks=check_for_page)
        async with preview_server(place, script=script, on_arrival=lambda _: page.changed()) as server:
            local = Relay(
                key=relay.key,
                host=server.host,
                port=server.port,
                security=Security.PLAIN,
                connections=relay.connections,
                messages_per_connection=relay.messages_per_connection,
            )
            ended = await self._deliver(mailing, local, None, None)
        return ended, page.flush()


def is_final(refusal: RelayRefusal) -> bool:
    """Say whether a relay that could not be used will not be usable by waiting."""
    return classify(refusal.reply).scope is Scope.RUN


def preview_folder(office: Office) -> Path:
    """Give the folder of the preview inbox, made if missing."""
    return office.workspace.make_machine_folder("preview")


def check_for_page(data: bytes) -> Sequence[tuple[bool, str]]:
    """Check a message for the preview page: passed or not, and what was looked at."""
    return [(check.passed, check.message) for check in check_message(data)]
