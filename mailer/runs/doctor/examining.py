"""Examining: every look by itself and all at once, told in a fixed order.

Owns the list of looks, that one which hangs or breaks hides no other, and the time that each has. A look that calls
others runs in a thread of its own: what waits for a server that never answers cannot be ended, only left behind.
What a new check needs is one more row in `_STEPS`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeAlias

from mailer.config import read_inbox_credential, read_settings
from mailer.errors import ConfigProblem, InputProblem, MailerError, Severity, did_you_mean
from mailer.lookup import Resolver
from mailer.runs.doctor import addresses, books, bulk, desk, dkim, dmarc, optout, reverse, spf
from mailer.runs.doctor.clock import judge_clock
from mailer.runs.doctor.depending import gather_depending
from mailer.runs.doctor.relay import relay_steps
from mailer.runs.doctor.values import Check, Group, Step, Visit, Wishes, wrong
from mailer.runs.mailboxes.checking import look_at_mailboxes
from mailer.settings import Dns, Settings
from mailer.workspace import Workspace

Watch: TypeAlias = Callable[[int, int, Sequence[str]], None]  # how many are done, of how many, and which still run
_TICK_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Told:
    """A check under its heading."""

    group: Group
    check: Check


@dataclass(frozen=True, slots=True)
class Examined:
    """All that was found, in the order in which it is told, and how it stands with the bulk senders' rules."""

    told: tuple[Told, ...]
    rows: tuple[bulk.Row, ...] = ()

    @property
    def checks(self) -> tuple[Check, ...]:
        """Return the checks alone."""
        return tuple(each.check for each in self.told)

    def count(self, severity: Severity | None) -> int:
        """Return how many checks are as bad as that; None: good."""
        return sum(check.severity is severity for check in self.checks)


def _mailboxes(visit: Visit) -> Iterator[Check]:
    root, environ = visit.workspace.root, visit.environ
    for each in look_at_mailboxes(
        visit.settings, root, lambda inbox: read_inbox_credential(inbox, root, environ), visit.now
    ):
        name = f"inbox {each.inbox.key}"
        yield wrong(name, each.problem, "mailbox-unreadable") if each.problem else Check(name, each.said)


_FIRST: Final = (
    Step("settings", Group.DESK, desk.look_at_settings),
    Step("keys", Group.DESK, desk.look_at_keys),
    Step("workspace", Group.DESK, desk.look_at_workspace),
    Step("disk", Group.DESK, desk.look_at_disk),
    Step("state", Group.DESK, desk.look_at_state_folder),
    Step("ledger", Group.LEDGER, books.look_at_place),
    Step("ledger", Group.LEDGER, books.look_at_ledger),
    Step("mailboxes", Group.BACK, _mailboxes, calls=True),
    Step("mailboxes", Group.BACK, addresses.look_at_readers),
    Step("one-click", Group.BACK, optout.look_at_optout, calls=True),
)
_LAST: Final = (
    Step("sender", Group.DOMAIN, addresses.look_at_senders),
    Step("mx", Group.DOMAIN, addresses.look_at_mail_servers, calls=True),
    Step("spf", Group.DOMAIN, spf.look_at_spf, calls=True),
    Step("dkim", Group.DOMAIN, dkim.look_at_dkim, calls=True),
    Step("dmarc", Group.DOMAIN, dmarc.look_at_dmarc, calls=True),
    Step("reverse", Group.DOMAIN, reverse.look_at_reverse, calls=True),
)
NAMES: Final = tuple(dict.fromkeys([*(step.name for step in _FIRST), "relay", *(step.name for step in _LAST), "clock"]))
_WITHOUT_SETTINGS: Final = frozenset({"workspace", "disk", "state"})


def _now() -> datetime:
    return datetime.now(UTC)


def examine(
    workspace: Workspace,
    environ: Mapping[str, str],
    wishes: Wishes = Wishes(),  # noqa: B008 - frozen
    *,
    dns: Dns | None = None,
    watch: Watch | None = None,
) -> Examined:
    """Look at everything at a desk; `dns` is asked instead of the name server of mailer.toml.

    Raises:
        InputProblem: `wishes.only` names no check, or only such as are left out offline.
    """
    _check_names(wishes)
    broken: list[Told] = []
    settings = Settings()
    try:
        settings = read_settings(workspace.root, environ)
    except ConfigProblem as problem:
        said = "; ".join(str(each) for each in problem.problems)
        broken.append(Told(Group.DESK, wrong("settings", problem, "settings-broken", said)))
    asked = dns or settings.dns
    resolver = Resolver(asked.address, timeout_s=asked.timeout_s)
    visit = Visit(workspace, dict(environ), settings, wishes, resolver, _now)
    steps = [step for step in (*_FIRST, *relay_steps(visit), *_LAST) if _is_wanted(step, wishes)]
    if broken:
        steps = [step for step in steps if step.name in _WITHOUT_SETTINGS]
    elif not steps:
        raise InputProblem(f"nothing is left to look at: --offline leaves out {', '.join(wishes.only)}")
    told = [*broken, *_run(steps, visit, watch)]
    return Examined(tuple(told)) if broken or wishes.offline else _concluded(told, wishes)


def _check_names(wishes: Wishes) -> None:
    for name in wishes.only:
        if name not in NAMES:
            hint = f"There are: {', '.join(NAMES)}"
            raise InputProblem(f'--only: there is no check "{name}"{did_you_mean(name, NAMES)}', hint=hint)


def _concluded(told: list[Told], wishes: Wishes) -> Examined:
    """Add what only all looks together can tell: the clock, and how it stands with the bulk senders' rules."""
    if not wishes.only or "clock" in wishes.only:
        told += [Told(Group.DESK, check) for check in judge_clock(each.check for each in told)]
    order = list(Group)
    told.sort(key=lambda each: order.index(each.group))
    rows = () if wishes.only else bulk.compare(each.check for each in told)
    changed = gather_depending([each.check for each in told])
    once = ((each.group, changed.get(at, each.check)) for at, each in enumerate(told))
    return Examined(tuple(Told(group, check) for group, check in once if check is not None), rows)


def _is_wanted(step: Step, wishes: Wishes) -> bool:
    if step.calls and wishes.offline:
        return False
    named = {*wishes.only, *(("relay", "one-click") if "clock" in wishes.only else ())}
    return not wishes.only or step.name in named


@dataclass(slots=True)
class _Look:
    """One look under way."""

    step: Step
    found: list[Check] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def take(self, visit: Visit) -> None:
        try:
            for check in self.step.look(visit):
                self.found.append(check)
        except MailerError as problem:
            self.found.append(wrong(self.step.title, problem, "look-refused"))
        except Exception as error:  # noqa: BLE001 - whatever breaks one look must not hide the others
            said = f"could not be looked at, by a fault of mailer's own: {type(error).__name__}: {error}"
            self.found.append(Check(self.step.title, said, "look-broken"))
        finally:
            self.over.set()

    def told(self, limit_s: float) -> list[Check]:
        if self.over.is_set():
            return self.found
        said = f"nobody answered within {limit_s:g} seconds"
        return [*self.found, Check(self.step.title, said, "look-late", "Try again; the others were looked at.")]


def _run(steps: Sequence[Step], visit: Visit, watch: Watch | None) -> list[Told]:
    looks = [_Look(step) for step in steps]
    for look in looks:
        threading.Thread(target=look.take, args=(visit,), name=look.step.title, daemon=True).start()
    until = time.monotonic() + visit.wishes.limit_s
    while (running := [look for look in looks if not look.over.is_set()]) and time.monotonic() < until:
        if watch is not None:
            watch(len(looks) - len(running), len(looks), [look.step.title for look in running])
        running[0].over.wait(_TICK_S)
    return [Told(look.step.group, check) for look in looks for check in look.told(visit.wishes.limit_s)]
