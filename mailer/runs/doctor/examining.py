"""Examining: every look by itself and all at once, told in a fixed order.

Owns the list of looks, that one which hangs or breaks hides no other, and the time that each has. A look that calls
others runs in a thread of its own: what waits for a server that never answers cannot be ended, only left behind.
What a new check needs is one more row in `_STEPS`.
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
from mailer.runs.doctor import desk, dkim, dmarc, returns, senders, spf
from mailer.runs.doctor.relay import judge_clock, relay_steps
from mailer.runs.doctor.values import Check, Examined, Group, Step, Told, Visit, Wishes, compare, wrong
from mailer.settings import Dns, Settings
from mailer.workspace import Workspace

Watch: TypeAlias = Callable[[int, int, Sequence[str]], None]  # how many are done, of how many, and which still run
_TICK_S: Final = 0.1
_FIRST: Final = (
    Step("settings", Group.DESK, desk.look_at_settings),
    Step("keys", Group.DESK, desk.look_at_keys),
    Step("workspace", Group.DESK, desk.look_at_workspace),
    Step("disk", Group.DESK, desk.look_at_disk),
    Step("state", Group.DESK, desk.look_at_state_folder),
    Step("ledger", Group.LEDGER, desk.look_at_place),
    Step("ledger", Group.LEDGER, desk.look_at_ledger),
    Step("mailboxes", Group.BACK, returns.look_at_mailboxes, calls=True),
    Step("mailboxes", Group.BACK, returns.look_at_readers),
    Step("one-click", Group.BACK, returns.look_at_optout, calls=True),
)
_LAST: Final = (
    Step("sender", Group.DOMAIN, senders.look_at_senders),
    Step("mx", Group.DOMAIN, senders.look_at_mail_servers, calls=True),
    Step("spf", Group.DOMAIN, spf.look_at_spf, calls=True),
    Step("dkim", Group.DOMAIN, dkim.look_at_dkim, calls=True),
    Step("dmarc", Group.DOMAIN, dmarc.look_at_dmarc, calls=True),
    Step("reverse", Group.DOMAIN, senders.look_at_reverse, calls=True),
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
    broken: list[Told] = []
    settings = Settings()
    try:
        settings = read_settings(workspace.root, environ)
    except ConfigProblem as problem:
        said = "; ".join(str(each) for each in problem.problems)
        broken.append(Told(Group.DESK, wrong("settings", problem, "settings-broken", said)))
    asked = dns or settings.dns
    resolver = Resolver(asked.address, timeout_s=asked.timeout_s)
    visit = Visit(workspace, dict(environ), settings, wishes, resolver, lambda: datetime.now(UTC))
    wanted = {*only, *(("relay", "one-click") if "clock" in only else ())}  # whose servers tell the time
    steps = [
        step
        for step in (*_FIRST, *relay_steps(visit), *_LAST)
        if not (step.calls and is_offline) and (not only or step.name in wanted)
    ]
    if broken:
        steps = [step for step in steps if step.name in _WITHOUT_SETTINGS]
    elif not steps:
        raise InputProblem(f"nothing is left to look at: --offline leaves out {', '.join(only)}")
    told = [*broken, *_run(steps, visit, watch)]
    if broken or is_offline:
        return Examined(tuple(told))
    # what only all looks together can tell: the clock, and how it stands with the bulk senders' rules
    if not only or "clock" in only:
        told += [Told(Group.DESK, check) for check in judge_clock(each.check for each in told)]
    order = list(Group)
    told.sort(key=lambda each: order.index(each.group))
    rows = () if only else compare(each.check for each in told)
    changed = _gather_depending([each.check for each in told])
    once = ((each.group, changed.get(at, each.check)) for at, each in enumerate(told))
    return Examined(tuple(Told(group, check) for group, check in once if check is not None), rows)


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


# Depending: a domain that does not exist fails every look at it, and so does one about which nobody answers. The first
# finding stays and names the others, which have no reason of their own.

# the finding that stays, with those that follow from it and in what words
_FOLLOWING: Final[Mapping[str, Mapping[str, str]]] = {
    "mx-no-domain": {
        "spf-none": "no SPF record",
        "dkim-none": "no key for signatures",
        "dkim-untold": "no key for signatures",
        "dmarc-none": "no DMARC policy",
    },
    "mx-silent": {
        "spf-silent": "SPF",
        "dkim-silent": "the key for signatures",
        "dmarc-silent": "DMARC",
    },
}
_SAID: Final = {"mx-no-domain": "so it has {} either", "mx-silent": "so {} could not be looked at"}


def _gather_depending(checks: Sequence[Check]) -> dict[int, Check | None]:
    """Return which checks are told otherwise, by their place: with what follows from them, or (None) not any more."""
    changed: dict[int, Check | None] = {}
    for at, check in enumerate(checks):
        words = _FOLLOWING.get(check.code, {})
        domain = check.facts.get("domain")
        following = [n for n, each in enumerate(checks) if each.code in words and each.facts.get("domain") == domain]
        if following:
            *first, last = dict.fromkeys(words[checks[n].code] for n in following)
            named = f"{', '.join(first)} and {last}" if first else last
            facts = {**check.facts, "follows": [checks[n].name for n in following]}
            said = f"{check.message}, {_SAID[check.code].format(named)}"
            changed |= {at: replace(check, message=said, facts=facts)} | dict.fromkeys(following)
    return changed
