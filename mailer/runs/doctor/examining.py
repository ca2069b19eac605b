"""Examining: all checks, run together and reported in a fixed order.

Owns the list of checks and their time limit, and makes sure that a check that hangs or fails hides no other. A
check that uses the network runs in a thread of its own: a thread that waits for a server that never answers cannot be
ended, only abandoned. A new check needs one more row in `_FIRST` or `_LAST`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, TypeAlias

from mailer.config.reading import read_settings
from mailer.errors import ConfigProblem, InputProblem, MailerError, did_you_mean
from mailer.lookup import Resolver
from mailer.runs.doctor import dns as domains
from mailer.runs.doctor import servers
from mailer.runs.doctor import workspace as local
from mailer.runs.doctor.values import Check, Examined, Group, Step, Visit, Wishes, compare, found, wrong
from mailer.settings import Dns, Settings
from mailer.workspace import Workspace

Watch: TypeAlias = Callable[[int, int, Sequence[str]], None]  # called with: done, in total, still running
_TICK_S: Final = 0.1
_FIRST: Final = (
    Step("settings", Group.DESK, local.look_at_settings),
    Step("keys", Group.DESK, local.look_at_keys),
    Step("workspace", Group.DESK, local.look_at_workspace),
    Step("disk", Group.DESK, local.look_at_disk),
    Step("state", Group.DESK, local.look_at_state_folder),
    Step("ledger", Group.LEDGER, local.look_at_ledger_place),
    Step("ledger", Group.LEDGER, local.look_at_ledger),
    Step("fleet", Group.FLEET, local.look_at_fleet),
    Step("mailboxes", Group.BACK, servers.look_at_mailboxes, calls=True),
    Step("mailboxes", Group.BACK, servers.look_at_readers),
    Step("one-click", Group.BACK, servers.look_at_optout, calls=True),
    Step("newsroom", Group.BACK, servers.look_at_newsroom, calls=True),
)
_LAST: Final = (
    Step("sender", Group.DOMAIN, domains.look_at_senders),
    Step("mx", Group.DOMAIN, domains.look_at_mail_servers, calls=True),
    Step("spf", Group.DOMAIN, domains.look_at_spf, calls=True),
    Step("dkim", Group.DOMAIN, domains.look_at_dkim, calls=True),
    Step("dmarc", Group.DOMAIN, domains.look_at_dmarc, calls=True),
    Step("reverse", Group.DOMAIN, domains.look_at_reverse, calls=True),
)
NAMES: Final = tuple(dict.fromkeys([*(step.name for step in _FIRST), "relay", *(step.name for step in _LAST), "clock"]))
_WITHOUT_SETTINGS: Final = frozenset({"workspace", "disk", "state"})


def examine(
    workspace: Workspace,
    environ: Mapping[str, str],
    wishes: Wishes = Wishes(),  # noqa: B008 - frozen
    *,
    dns: Dns | None = None,
    watch: Watch | None = None,
) -> Examined:
    """Run all checks of a workspace, or those wanted; `dns` replaces the name server of mailer.toml.

    Raises:
        InputProblem: `wishes.only` has an unknown name, or only names of checks that are left out offline.
    """
    only, is_offline = wishes.only, wishes.offline
    for name in only:
        if name not in NAMES:
            hint = f"There are: {', '.join(NAMES)}"
            raise InputProblem(f'--only: there is no check "{name}"{did_you_mean(name, NAMES)}', hint=hint)
    broken: list[Check] = []
    settings = Settings()
    try:
        settings = read_settings(workspace.root, environ)
    except ConfigProblem as problem:
        message = f"{problem}: {'; '.join(map(str, problem.problems))}"
        broken.append(replace(wrong("settings", problem, "settings-broken"), message=message, group=Group.DESK))
    server = dns or settings.dns
    resolver = Resolver(server.address, timeout_s=server.timeout_s)
    visit = Visit(workspace, dict(environ), settings, wishes, resolver, lambda: datetime.now(UTC))
    # "clock" needs the times of two servers; "fleet" is of no use on a laptop
    wanted = {*only, *(("relay", "one-click") if "clock" in only else ())} or {*NAMES} - {"fleet"}
    wanted |= {"fleet"} if wishes.fleet else set()
    steps = [
        step
        for step in (*_FIRST, *servers.relay_steps(visit), *_LAST)
        if not (step.calls and is_offline) and step.name in wanted
    ]
    if broken:
        steps = [step for step in steps if step.name in _WITHOUT_SETTINGS]
    elif not steps:
        raise InputProblem(f"nothing is left to check: --offline leaves out {', '.join(only)}")
    checks = [*broken, *_run(steps, visit, watch)]
    if broken or is_offline:
        return Examined(tuple(checks))
    # these need the results of all steps: the clock, and the rules for bulk senders
    if not only or "clock" in only:
        checks.append(replace(servers.judge_clock(checks), group=Group.DESK))
    order = list(Group)
    checks.sort(key=lambda check: order.index(check.group))
    return Examined(_without_followers(checks), () if only else compare(checks))


@dataclass(slots=True)
class _Run:
    step: Step
    found: list[Check] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def do(self, visit: Visit) -> None:
        try:
            for check in self.step.look(visit):
                self.found.append(check)
        except MailerError as problem:
            self.found.append(wrong(self.step.title, problem, "look-refused"))
        except Exception as error:  # noqa: BLE001 - a step that fails must not hide the others
            self.found.append(found("look-broken", self.step.title, error=f"{type(error).__name__}: {error}"))
        finally:
            self.over.set()


def _run(steps: Sequence[Step], visit: Visit, watch: Watch | None) -> list[Check]:
    runs = [_Run(step) for step in steps]
    for run in runs:
        threading.Thread(target=run.do, args=(visit,), name=run.step.title, daemon=True).start()
    until = time.monotonic() + visit.wishes.limit_s
    while (running := [run for run in runs if not run.over.is_set()]) and time.monotonic() < until:
        if watch is not None:
            watch(len(runs) - len(running), len(runs), [run.step.title for run in running])
        running[0].over.wait(_TICK_S)
    checks = []
    for run in runs:
        late = [] if run.over.is_set() else [found("look-late", run.step.title, limit=visit.wishes.limit_s)]
        checks += [replace(check, group=run.step.group) for check in (*run.found, *late)]
    return checks


# if a domain does not exist, or no name server answers for it, all its checks fail: the first result stays and names
# the others, which have no cause of their own
_FOLLOWING: Final[Mapping[str, tuple[str, ...]]] = {
    "mx-no-domain": ("spf-none", "dkim-none", "dkim-untold", "dmarc-none"),
    "mx-silent": ("spf-silent", "dkim-silent", "dmarc-silent"),
}


def _without_followers(checks: Sequence[Check]) -> tuple[Check, ...]:
    kept, gone = list(checks), set[int]()
    for index, check in enumerate(checks):
        codes, domain = _FOLLOWING.get(check.code, ()), check.facts.get("domain")
        following = [n for n, each in enumerate(checks) if each.code in codes and each.facts.get("domain") == domain]
        if following:
            names = [checks[n].name for n in following]
            message = f"{check.message}; {', '.join(names)} could not be checked either"
            kept[index] = replace(check, message=message, facts={**check.facts, "follows": names})
            gone.update(following)
    return tuple(check for index, check in enumerate(kept) if index not in gone)
