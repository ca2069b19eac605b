"""Examining: every look by itself and all at once, told in a fixed order.

Owns the list of looks, that one which hangs or breaks hides no other, and the time that each has. A look that calls
others runs in a thread of its own: what waits for a server that never answers cannot be ended, only left behind.
What a new check needs is one more row in `_STEPS`.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address, ip_network
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from mailer.config import find_memory, read_given_keys, read_inbox_credential, read_settings
from mailer.errors import ConfigProblem, InputProblem, LedgerProblem, MailerError, Severity, did_you_mean
from mailer.fetch import Answer, Unreachable, get
from mailer.ledger import Connection, Ledger, open_ledger
from mailer.ledger.connection import find_damage, read_durability, verify_keys
from mailer.ledger.mailings import read_mailings
from mailer.ledger.place import ledger_file, place_problem
from mailer.lookup import Resolver
from mailer.message.records.dmarc import guess_organisation
from mailer.runs.doctor import addresses, bulk, desk, dkim, dmarc, spf
from mailer.runs.doctor.providers import provider_of
from mailer.runs.doctor.relay import SOON_DAYS, judge_clock, relay_steps, skew_of_date
from mailer.runs.doctor.values import ASK_ANOTHER, Check, Group, Record, Rule, Step, Visit, Wishes, wrong
from mailer.runs.mailboxes.reading import Door
from mailer.runs.office import hold_to_ledger
from mailer.runs.office.guard import Found, Guard, Standing, find_gone, refusal
from mailer.runs.reports import find_waiting
from mailer.settings import Dns, Relay, Settings, is_loopback
from mailer.tokens import Keys
from mailer.workspace import Workspace

# The ledger: where it lies, whether it is whole, lasting, and the one that was used here last.

_LASTING = ({"journal_mode": "wal", "synchronous": "full"}, {"fsync": "on", "synchronous_commit": "on"})


def look_at_place(visit: Visit) -> Iterator[Check]:
    """Yield where the ledger lies, and whether a ledger may lie there."""
    problem = place_problem(visit.settings.ledger.url, visit.workspace.root)
    if problem:
        yield wrong("ledger's place", problem, "ledger-place")
        return
    path = ledger_file(visit.settings.ledger.url, visit.workspace.root)
    yield Check("ledger's place", str(path) if path else "on a server", facts={"file": str(path) if path else None})


def look_at_ledger(visit: Visit) -> Iterator[Check]:
    """Open the ledger, and look at all that is asked of it."""
    workspace, settings = visit.workspace, visit.settings
    keys: Keys | None = None
    with suppress(ConfigProblem):  # told by the check of the keys
        keys = read_given_keys(settings, workspace.root, visit.environ)
    try:
        ledger = open_ledger(settings.ledger.url, workspace.root, create=False)
    except LedgerProblem as problem:
        yield wrong("ledger", problem, "ledger-broken")
        return
    if ledger is None:
        gone = find_gone(find_memory(visit.environ), workspace.root)
        missing = wrong("own ledger", gone, "ledger-other") if gone else _own(workspace, None)
        yield missing or Check("ledger", "none yet: made with the first mailing")
        return
    with closing(ledger):
        other = _own(workspace, ledger)
        if other:
            yield other
        yield from _ledger(ledger, keys, Guard(ledger, find_memory(visit.environ), workspace.root), settings)


def _own(workspace: Workspace, ledger: Ledger | None) -> Check | None:
    """Return where a ledger is not the one that this workspace had before."""
    try:
        hold_to_ledger(workspace, ledger)
    except LedgerProblem as problem:
        return wrong("own ledger", problem, "ledger-other")
    return None


def _ledger(ledger: Ledger, keys: Keys | None, guard: Guard, settings: Settings) -> Iterator[Check]:
    try:
        with ledger.reading() as connection:
            yield _whole(connection)
            yield _fitting(connection, keys)
            yield judge_durability(read_durability(connection))
            yield from _overdue(connection, settings, ledger.now())
        yield _standing(guard.look())
    except LedgerProblem as problem:
        yield wrong("ledger", problem, "ledger-broken")


def _whole(connection: Connection) -> Check:
    damage = find_damage(connection)
    if damage:
        return Check("ledger", f"it is damaged: {damage}", "ledger-damaged", "Put back a backup of it; docs/ledger.md.")
    mailings = len(read_mailings(connection))
    return Check(
        "ledger",
        f"readable and complete ({mailings} mailing{'' if mailings == 1 else 's'})",
        facts={"mailings": mailings},
    )


def _fitting(connection: Connection, keys: Keys | None) -> Check:
    try:
        known = verify_keys(connection, keys or Keys(0, {}))
    except LedgerProblem as problem:
        return wrong("ledger's keys", problem, "ledger-keys")
    return Check("ledger's keys", "they match this ledger" if known else "it has seen none yet")


def judge_durability(facts: Mapping[str, str]) -> Check:
    """Judge what decides whether a commit outlives a power loss, in the database's own words."""
    said = ", ".join(f"{name} = {value}" for name, value in facts.items())
    if facts in _LASTING:
        return Check("durability", said, facts=facts)
    hint = "A commit that a power loss can undo is a mail sent twice."
    return Check("durability", said, "ledger-fleeting", hint, facts)


def _overdue(connection: Connection, settings: Settings, now: datetime) -> Iterator[Check]:
    """Yield which opt-outs wait for longer than 48 hours, and which mailboxes may hold some (standards P5)."""
    found = find_waiting(connection, settings, now)
    if found.opt_outs:
        first = found.opt_outs[0]
        said = f"{len(found.opt_outs)} could be tied to nobody and wait since {first.read_at:%d %B %Y}"
        yield Check(
            "opt-outs",
            said,
            "optouts-waiting",
            "mailer bounces list --unmatched   then: mailer bounces show ID",
        )
    for each in found.mailboxes:
        said = f"{each.name} cannot be read since {each.failed_since:%d %B %Y}: {each.failure}"
        yield Check("mailbox", said, "mailbox-failing", "Opt-outs may lie in it. Mend it, then: mailer bounces collect")
    if not found:
        yield Check("opt-outs", "none has waited longer than 48 hours")


def _standing(found: Found) -> Check:
    facts = {
        "id": found.identity.ledger_id,
        "runs": found.identity.runs,
        "remembered": found.remembered.runs if found.remembered else None,
        "sent_by": found.identity.sent_by or None,
        "standing": found.standing.value,
    }
    if found.standing is not Standing.GOOD:
        problem = refusal(found)
        return Check("right ledger", str(problem), "ledger-older", problem.hint, facts)
    last = f", last sent by {found.identity.sent_by}" if found.identity.sent_by else ""
    said = f"{found.identity.ledger_id}, {found.identity.runs} runs{last}"
    return Check("right ledger", said, facts=facts)


# One-click: whether the address that the unsubscribe button calls answers, over https, as `mailer serve` does. Gmail
# and Yahoo ask for it (RFC 8058, standards F16, P1). It is only ever got, never posted to: looking changes nothing
# (U1).

_LIMIT_S = 15.0
_NAME = "one-click"


def look_at_optout(visit: Visit) -> Iterator[Check]:
    """Call the opt-out host."""
    base = visit.settings.optout.base_url.rstrip("/")
    if not base:
        yield _none(visit)
        return
    begun = visit.now()
    facts: dict[str, Any] = {"url": f"{base}/healthz"}
    try:
        answer = asyncio.run(get(f"{base}/healthz", limit_s=_LIMIT_S))
    except (Unreachable, ConfigProblem, ValueError) as error:
        said = f"{base} cannot be reached: {error}"
        hint = "mailer serve   answers there, behind a web server with a certificate; docs/serve.md"
        yield Check(_NAME, said, "one-click-unreachable", hint, facts, rule=Rule.ONE_CLICK, met=False)
        return
    ended = visit.now()
    facts |= {"status": answer.status, "skew_s": skew_of_date(answer.date, begun, ended) if answer.date else None}
    yield judge_host(base, answer, facts, ended)


def _none(visit: Visit) -> Check:
    if visit.settings.optout.mailto:
        said = "opt-outs come by mail alone; Gmail and Yahoo ask those who write to many for one click"
        hint = 'mailer serve on a host of yours, then [optout] base_url = "https://…/o"; docs/serve.md'
        return Check(_NAME, said, "one-click-none", hint, rule=Rule.ONE_CLICK, met=False)
    said = "mailer.toml names no way off the list but an answer"
    hint = '[optout] mailto = "optout@…"   and, for one click, base_url = "https://…/o"'
    return Check(_NAME, said, "optout-none", hint, rule=Rule.ONE_CLICK, met=False)


def judge_host(base: str, answer: Answer, facts: dict[str, Any], now: datetime) -> Check:
    """Judge what the opt-out host answered; `facts` are told with it."""
    said, hint = _fault(base, answer)
    if said:
        return Check(_NAME, said, "one-click-strange", hint, facts, rule=Rule.ONE_CLICK, met=False)
    days = (answer.expires_at - now).days if answer.expires_at else None
    facts["certificate_days"] = days
    good = f"mailer serve answers at {base}; its certificate is good for {days} days"
    if _is_private(base):
        said = f"{base} answers here; nobody outside this network can reach it"
        hint = "The name has to lead to a host that the whole world can call."
        return Check(_NAME, said, "one-click-private", hint, facts, rule=Rule.ONE_CLICK, met=False)
    if days is not None and days < SOON_DAYS:
        hint = "Renew it before then: with an expired one the unsubscribe button is dead."
        return Check(_NAME, good, "one-click-ends", hint, facts, rule=Rule.ONE_CLICK, met=True)
    return Check(_NAME, good, facts=facts, rule=Rule.ONE_CLICK, met=True)


def _fault(base: str, answer: Answer) -> tuple[str, str]:
    body = answer.body.strip()
    if answer.status == 200 and body == b"ok":
        return "", ""
    if answer.status == 503 and body == b"not ok":
        return f"mailer serve runs at {base}, and cannot use its ledger", "Look at what it printed there."
    if 300 <= answer.status < 400:
        said = f"{base} leads elsewhere ({answer.status}); the unsubscribe button follows nowhere (RFC 8058 §3.1)"
        return said, "Write the address that answers by itself into [optout] base_url."
    if answer.status in {502, 503, 504}:
        said = f"the web server at {base} answers {answer.status}: mailer serve does not run behind it"
        return said, "mailer serve   docs/serve.md shows how to keep it running"
    said = f"something else than mailer serve answers at {base} ({answer.status})"
    return said, "Let the web server pass everything below that path to mailer serve; docs/serve.md"


def _is_private(base: str) -> bool:
    host = urlsplit(base).hostname or ""
    try:
        return ip_address(host).is_private
    except ValueError:
        return is_loopback(host)


# Reverse: whether the address that delivers has a name that leads back to it (PTR, FCrDNS; Gmail's 5.7.25). Asked for
# a relay that is the office's own alone: a provider's addresses are the provider's business (standards P6). A relay on
# this machine shows the world an address that is not known here, unless it is named.

_INSIDE: Final = {  # RFC 1918, RFC 6598, RFC 4193
    4: tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))),
    6: (ip_network("fc00::/7"),),
}
_HOW: Final = "mailer doctor --outgoing 192.0.2.25   with the address from which it delivers"


def look_at_reverse(visit: Visit) -> Iterator[Check]:
    """Look up the name of each address that delivers."""
    for relay in visit.settings.relays.values():
        name = f"reverse {relay.key}"
        addresses = visit.wishes.outgoing or _addresses(relay, visit)
        if addresses:
            for address in addresses:
                yield _judge(name, address, visit.resolver)
        elif _is_ours(relay, visit):
            said = "the relay is our own, and the address that it shows the world is not known here"
            yield Check(name, said, "reverse-unknown", _HOW, rule=Rule.REVERSE)
        else:
            provider = provider_of(relay.host)
            whose = provider.name if provider else guess_organisation(relay.host)
            yield Check(name, f"the names of its addresses are {whose}'s business", rule=Rule.REVERSE)


def _is_ours(relay: Relay, visit: Visit) -> bool:
    if is_loopback(relay.host):
        return True
    if provider_of(relay.host):
        return False
    return guess_organisation(relay.host) in {guess_organisation(domain) for domain in visit.from_domains}


def _addresses(relay: Relay, visit: Visit) -> tuple[str, ...]:
    """Return the addresses of a relay of ours that the world can see."""
    if is_loopback(relay.host) or not _is_ours(relay, visit):
        return ()
    found = visit.resolver.addresses(relay.host).records
    return tuple(address for address in found if not _is_hidden(address))


def _is_hidden(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return True
    # is_private would count the addresses of documentation too
    return found.is_loopback or found.is_link_local or any(found in net for net in _INSIDE[found.version])


def _judge(name: str, address: str, resolver: Resolver) -> Check:
    name = f"{name} {address}"
    answer = resolver.host_names(address)
    facts: dict[str, Any] = {"address": address, "names": list(answer.records)}
    if not answer.known:
        said = f"the DNS gave no answer about {address}: {answer.why}"
        return Check(name, said, "reverse-silent", ASK_ANOTHER, facts=facts, rule=Rule.REVERSE)
    if not answer.records:
        said = f"{address} has no name (PTR); Gmail refuses mail from such an address (5.7.25)"
        hint = "Whoever gives you the address sets it; ask for the name that your server says in EHLO."
        return Check(name, said, "reverse-none", hint, facts, rule=Rule.REVERSE, met=False)
    back = [host for host in answer.records if address in _same(resolver.addresses(host).records)]
    if back:
        said = f"{address} is {back[0]}, which leads back to it"
        return Check(name, said, facts=facts, rule=Rule.REVERSE, met=True)
    host = answer.records[0]
    said = f"{address} is called {host}, and {host} does not lead back to it"
    record = Record(host, "A" if ip_address(address).version == 4 else "AAAA", address)
    return Check(name, said, "reverse-astray", "Publish:", facts, (record,), Rule.REVERSE, met=False)


def _same(addresses: tuple[str, ...]) -> set[str]:
    return {str(ip_address(each)) for each in addresses}


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
    """Look at each mailbox on a server that holds what comes back: connected, secured, logged in, its folder opened.

    Nothing is fetched, marked or made.
    """
    root, environ = visit.workspace.root, visit.environ
    for inbox in visit.settings.inbox.values():
        if inbox.holds != "returns" or inbox.is_file:
            continue
        name = f"inbox {inbox.key}"
        door = Door(inbox, root, partial(read_inbox_credential, inbox, root, environ), clock=visit.now)
        try:
            with closing(door.open()) as mailbox:
                said = mailbox.look()
        except MailerError as problem:
            yield wrong(name, problem, "mailbox-unreadable")
        else:
            yield Check(name, said)


_FIRST: Final = (
    Step("settings", Group.DESK, desk.look_at_settings),
    Step("keys", Group.DESK, desk.look_at_keys),
    Step("workspace", Group.DESK, desk.look_at_workspace),
    Step("disk", Group.DESK, desk.look_at_disk),
    Step("state", Group.DESK, desk.look_at_state_folder),
    Step("ledger", Group.LEDGER, look_at_place),
    Step("ledger", Group.LEDGER, look_at_ledger),
    Step("mailboxes", Group.BACK, _mailboxes, calls=True),
    Step("mailboxes", Group.BACK, addresses.look_at_readers),
    Step("one-click", Group.BACK, look_at_optout, calls=True),
)
_LAST: Final = (
    Step("sender", Group.DOMAIN, addresses.look_at_senders),
    Step("mx", Group.DOMAIN, addresses.look_at_mail_servers, calls=True),
    Step("spf", Group.DOMAIN, spf.look_at_spf, calls=True),
    Step("dkim", Group.DOMAIN, dkim.look_at_dkim, calls=True),
    Step("dmarc", Group.DOMAIN, dmarc.look_at_dmarc, calls=True),
    Step("reverse", Group.DOMAIN, look_at_reverse, calls=True),
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
    visit = Visit(workspace, dict(environ), settings, wishes, resolver, lambda: datetime.now(UTC))
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


def gather_depending(checks: Sequence[Check]) -> dict[int, Check | None]:
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
