"""Examining: all checks, run together and reported in a fixed order.

Owns the list of checks and the time that each has, and makes sure that a check that hangs or fails hides no other. A
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
from mailer.runs.doctor import workspace as place
from mailer.runs.doctor.values import Check, Examined, Group, Step, Visit, Wishes, compare, found, wrong
from mailer.settings import Dns, Settings
from mailer.workspace import Workspace

Watch: TypeAlias = Callable[[int, int, Sequence[str]], None]  # how many are done, of how many, and which still run
_TICK_S: Final = 0.1
_FIRST: Final = (
    Step("settings", Group.DESK, place.look_at_settings),
    Step("keys", Group.DESK, place.look_at_keys),
    Step("workspace", Group.DESK, place.look_at_workspace),
    Step("disk", Group.DESK, place.look_at_disk),
    Step("state", Group.DESK, place.look_at_state_folder),
    Step("ledger", Group.LEDGER, place.look_at_place),
    Step("ledger", Group.LEDGER, place.look_at_ledger),
    Step("fleet", Group.FLEET, place.look_at_fleet),
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
    """Check everything at a desk; `dns` is asked instead of the name server of mailer.toml.

    Raises:
        InputProblem: `wishes.only` names no check, or only such as are left out offline.
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
        said = f"{problem}: {'; '.join(map(str, problem.problems))}"
        broken.append(replace(wrong("settings", problem, "settings-broken"), message=said, group=Group.DESK))
    asked = dns or settings.dns
    resolver = Resolver(asked.address, timeout_s=asked.timeout_s)
    visit = Visit(workspace, dict(environ), settings, wishes, resolver, lambda: datetime.now(UTC))
    # whose servers tell the time; and what a laptop has no need of
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
    # what only all looks together can tell: the clock, and how it is with the bulk senders' rules
    if not only or "clock" in only:
        checks.append(replace(servers.judge_clock(checks), group=Group.DESK))
    order = list(Group)
    checks.sort(key=lambda check: order.index(check.group))
    return Examined(_without_what_follows(checks), () if only else compare(checks))


@dataclass(slots=True)
class _Look:
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
            self.found.append(found("look-broken", self.step.title, error=f"{type(error).__name__}: {error}"))
        finally:
            self.over.set()


def _run(steps: Sequence[Step], visit: Visit, watch: Watch | None) -> list[Check]:
    looks = [_Look(step) for step in steps]
    for look in looks:
        threading.Thread(target=look.take, args=(visit,), name=look.step.title, daemon=True).start()
    until = time.monotonic() + visit.wishes.limit_s
    while (running := [look for look in looks if not look.over.is_set()]) and time.monotonic() < until:
        if watch is not None:
            watch(len(looks) - len(running), len(looks), [look.step.title for look in running])
        running[0].over.wait(_TICK_S)
    checks = []
    for look in looks:
        late = [] if look.over.is_set() else [found("look-late", look.step.title, limit=visit.wishes.limit_s)]
        checks += [replace(check, group=look.step.group) for check in (*look.found, *late)]
    return checks


# a domain that does not exist fails every look at it, and so does one about which nobody answers: the first finding
# stays and names the others, which have no reason of their own
_FOLLOWING: Final[Mapping[str, tuple[str, ...]]] = {
    "mx-no-domain": ("spf-none", "dkim-none", "dkim-untold", "dmarc-none"),
    "mx-silent": ("spf-silent", "dkim-silent", "dmarc-silent"),
}


def _without_what_follows(checks: Sequence[Check]) -> tuple[Check, ...]:
    told, gone = list(checks), set[int]()
    for at, check in enumerate(checks):
        codes, domain = _FOLLOWING.get(check.code, ()), check.facts.get("domain")
        following = [n for n, each in enumerate(checks) if each.code in codes and each.facts.get("domain") == domain]
        if following:
            names = [checks[n].name for n in following]
            said = f"{check.message}; {', '.join(names)} could not be checked either"
            told[at] = replace(check, message=said, facts={**check.facts, "follows": names})
            gone.update(following)
    return tuple(check for at, check in enumerate(told) if at not in gone)
