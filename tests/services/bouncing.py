"""Bouncing: Postfix, Exim and OpenSMTPD that take our mail and then have to write a bounce, each person for a cause.

Every person's address lies in a domain of the neighbourhood, and is refused there (or not reached) in one way. The
servers keep what they have for seconds instead of days; all else is as an administrator would have it. Bounces go to
`example.org`, which is the press office's own: they lie in the server's Maildir, as the server itself wrote them.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.office import TOML, Desk
from tests.servers import EXTENSIONS, Act, Acts, Moment, ScriptedServer
from tests.services.mail_servers import (
    EXIM,
    PASSWORD,
    SMTPD,
    USER,
    RealServer,
    exim_server,
    opensmtpd_server,
    postfix_server,
)
from tests.services.neighbourhood import Neighbourhood, neighbourhood

NOWHERE, NO_MAIL = "nowhere.example.com", "null-mx.example.com"
CLUB, GONE = "club@alias.example.com", "treasurer@unknown.example.com"
SMALL_SIZE = 1000
ENV = {"MAILER_TEST_PASSWORD": PASSWORD}
SEND = ("send", "lamps", "--to", "press", "--yes")
SERVERS = [
    pytest.param("postfix", marks=pytest.mark.service("postfix")),
    pytest.param("exim", marks=pytest.mark.service("exim")),
    pytest.param("opensmtpd", marks=pytest.mark.service("opensmtpd")),
]
LIFETIME_S = 10
WARNED_AFTER_S = 2


@dataclass(frozen=True, slots=True)
class Cause:
    """Why one person's mail comes back: what the server at the other end answers, if there is one."""

    address: str
    stage: str = ""
    reply: str = ""


CAUSES: dict[str, Cause] = {
    "unknown user": Cause("ada@unknown.example.com", "rcpt", "550 5.1.1 <ada@unknown.example.com>: User unknown"),
    "unknown user, no enhanced code": Cause("bo@plain.example.com", "rcpt", "550 No such user here"),
    "unknown domain": Cause(f"cy@{NOWHERE}"),
    "mailbox full": Cause("di@full.example.com", "rcpt", "552 5.2.2 The mailbox of di is full"),
    "too big": Cause("ed@small.example.com"),
    "spam after data": Cause("fay@strict.example.com", "body", "554 5.7.1 Message rejected: it looks like spam"),
    "disabled": Cause("gil@closed-down.example.com", "rcpt", "550 5.2.1 The account of gil is disabled"),
    "deferred till it expires": Cause("hal@slow.example.com", "rcpt", "451 4.3.0 Try again later"),
    "full till it expires": Cause("ina@brim.example.com", "rcpt", "452 4.2.2 The mailbox of ina is over quota"),
    "relaying denied": Cause(
        "jo@elsewhere.example.com", "rcpt", "550 5.7.1 <jo@elsewhere.example.com>: Relaying denied"
    ),
    "sender not authenticated": Cause(
        "kit@proof.example.com",
        "body",
        "550-5.7.26 Unauthenticated email from example.org is not accepted due to\r\n"
        "550 5.7.26 the domain's DMARC policy.",
    ),
    "moved": Cause("lou@moved.example.com", "rcpt", "551 5.1.6 User not local; please try <lou@new.example.com>"),
    "refused till it expires": Cause("max@closed.example.com"),
    "no mail there": Cause(f"ned@{NO_MAIL}"),
    "forwarded to a dead address": Cause(CLUB, "rcpt", f"550 5.1.1 <{GONE}>: User unknown"),
    "loop": Cause("ola@loop.example.com"),
    "listed": Cause("pia@wary.example.com", "rcpt", "554 5.7.1 Client host [192.0.2.7] blocked using bl.example.net"),
    "unknown user, in German": Cause(
        "quin@fern.example.com", "rcpt", "550 Empfänger unbekannt: <quin@fern.example.com>"
    ),
}
LATE = frozenset({"deferred till it expires", "full till it expires", "refused till it expires"})


def _answers() -> ScriptedServer:
    """Return the server that refuses each person as their cause says."""
    told = {cause.address: cause for cause in CAUSES.values() if cause.stage}
    told[GONE] = CAUSES["forwarded to a dead address"]

    def answer(moment: Moment) -> Act | None:
        cause = told.get(moment.argument)
        return Act(cause.reply) if cause is not None and cause.stage == moment.stage else None

    return ScriptedServer(answer=answer, at=_greets(EXTENSIONS))


def _small() -> ScriptedServer:
    """Return a server that says how little it takes, and refuses more."""
    offers = [f"SIZE {SMALL_SIZE}" if each.startswith("SIZE") else each for each in EXTENSIONS]
    refuses = {"mail": Act("552 5.3.4 Message size exceeds fixed limit")}
    return ScriptedServer(at={**_greets(offers), **refuses})


def _greets(offers: Sequence[str]) -> dict[str, Acts]:
    """Let a server have a name of its own: mail to one of our relay's name would be a loop."""
    lines = ["mx.example.com greets you", *offers]
    hello = "\r\n".join(f"250{' ' if each is lines[-1] else '-'}{each}" for each in lines)
    return {"connect": Act("220 mx.example.com ESMTP"), "ehlo": Act(hello)}


def _around() -> contextlib.AbstractContextManager[Neighbourhood]:
    return neighbourhood(_answers(), _small(), nowhere=NOWHERE, no_mail=NO_MAIL)


POSTFIX = f"""\
bounce_size_limit = 1000000
notify_classes = 2bounce
2bounce_notice_recipient = bounces@example.org
virtual_mailbox_domains = example.org
virtual_alias_maps = inline:{{ {{ {CLUB} = {GONE} }} }}
smtp_host_lookup = dns
smtp_tcp_port = 25
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
maximal_queue_lifetime = {LIFETIME_S}s
bounce_queue_lifetime = {LIFETIME_S}s
delay_warning_time = {WARNED_AFTER_S}s
"""
EXIM_ROUTERS = f"""\
begin routers
club:
  driver = redirect
  domains = alias.example.com
  data = {GONE}
out:
  driver = dnslookup
  domains = ! example.org
  transport = wire
  ignore_target_hosts = 127.0.0.1
  no_more
any:
"""
EXIM_WIRE = f"""\
begin retry
* * F,{LIFETIME_S - 2}s,1s
begin transports
wire:
  driver = smtp
  port = 25
"""
# Exim warns of no delay where a mail has a List-Id, unless it is told to.
EXIM_QUEUE = (
    f"delay_warning = {WARNED_AFTER_S}s\ndelay_warning_condition = yes\nbounce_return_size_limit = 1M\n"
    "acl_smtp_rcpt = rcpt\n"
)
LIMITS = "".join(
    f"mta limit {name} {value}\n"
    for name, value in (
        *(("conn-delay-route", 0), ("reconn-delay-route", 0), ("session-keepalive", 1)),
        *(("max-conn-per-route", 100), ("max-conn-per-host", 100), ("max-conn-per-source", 100)),
    )
)
OPENSMTPD_WORDS = (
    ("listen on", f"{LIMITS}queue ttl {LIFETIME_S}s\nbounce warn-interval {WARNED_AFTER_S}s\nlisten on"),
    (
        "match auth from any for any action",
        """\
action "club" expand-only virtual <club>
action "wire" relay
match from any for domain "example.org" action "box"
match from any for domain "alias.example.com" action "club"
match from any for any action "wire"
#""",
    ),
    ("table everybody", "table club file:/etc/club\ntable everybody"),
)


@contextlib.contextmanager
def bouncing_postfix(postfix: str, dovecot: str) -> Iterator[tuple[RealServer, Neighbourhood]]:
    """Run Postfix in a neighbourhood; its client of other servers sees only the queue's folder."""
    with _around() as around, postfix_server(postfix, dovecot, more=POSTFIX) as server:
        for name, text in around.files.items():  # Debian's start copies the machine's own to that place
            (server.folder / "queue" / name).write_text(text)
        yield server, around


@contextlib.contextmanager
def bouncing_exim(packages: Path) -> Iterator[tuple[RealServer, Neighbourhood]]:
    """Run Exim in a neighbourhood."""
    config = EXIM
    for old, new in (
        ("acl_smtp_rcpt = rcpt\n", EXIM_QUEUE),
        ("begin routers\nany:\n", EXIM_ROUTERS),
        ("begin transports\n", EXIM_WIRE),
    ):
        assert old in config
        config = config.replace(old, new)
    with _around() as around, exim_server(packages, config=config, every_s=1, texts=around.files) as server:
        yield server, around


@contextlib.contextmanager
def bouncing_opensmtpd(packages: Path) -> Iterator[tuple[RealServer, Neighbourhood]]:
    """Run OpenSMTPD in a neighbourhood."""
    config = SMTPD
    for old, new in OPENSMTPD_WORDS:
        assert old in config
        config = config.replace(old, new)
    with _around() as around:
        texts = {**around.files, "etc/club": f"{CLUB} {GONE}\n", "etc/mailname": "relay.example.org\n"}
        with opensmtpd_server(packages, config=config, texts=texts) as server:
            yield server, around


@contextlib.contextmanager
def running(name: str, request: pytest.FixtureRequest) -> Iterator[tuple[RealServer, Neighbourhood]]:
    """Run the server of that name."""
    request.getfixturevalue("as_root")(name)
    if name == "postfix":
        made = bouncing_postfix(request.getfixturevalue("postfix"), request.getfixturevalue("dovecot_for_logins"))
    else:
        made = {"exim": bouncing_exim, "opensmtpd": bouncing_opensmtpd}[name](request.getfixturevalue(name))
    with made as both:
        yield both


def desk_at(server: RealServer, folder: Path, people: Sequence[str]) -> Desk:
    """Return a press office whose relay is this server, and whose mailbox is the server's Maildir."""
    desk = Desk(folder)
    desk.release()
    desk.people("press", people)
    relay = {
        "host": "127.0.0.1",
        "port": server.port,
        "security": "starttls",
        "username": USER,
        "password_env": "MAILER_TEST_PASSWORD",
        "ca_file": str(server.ca_file),
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in relay.items()]
    toml = TOML.replace('"maildir:returned"', json.dumps(f"maildir:{server.box}"))
    desk.write("mailer.toml", "\n".join([toml, "[relays.main]", *lines, ""]))
    return desk


def try_again(server: RealServer) -> None:
    """Let OpenSMTPD try what it waits with at once: its pauses have a fixed length, of minutes."""
    if server.name == "opensmtpd":
        command = ["chroot", str(server.folder), "/usr/sbin/smtpctl", "schedule", "all"]
        subprocess.run(command, capture_output=True, check=False)


FINAL = re.compile(rb"(?mi)^Subject: .*(?:undelivered|failed|error|failure)")
_TO = re.compile(rb"(?mi)^To: (?:.*<)?([^\s<>]+@[^\s<>]+?)>?\r?$")


def whose(raw: bytes) -> str:
    """Say whom the mail that a report returns was written to: its own To comes first, that of the mail last."""
    found: list[bytes] = _TO.findall(raw)
    return found[-1].decode()


def reports(server: RealServer) -> dict[str, list[bytes]]:
    """Return the reports that lie in the Maildir, by person."""
    found: dict[str, list[bytes]] = {}
    for path in sorted((server.box / "new").glob("*")):
        raw = path.read_bytes()
        found.setdefault(whose(raw), []).append(raw)
    return found


def all_came_back(
    server: RealServer, addresses: Collection[str], *, warned: Collection[str] = ()
) -> Callable[[], bool]:
    """Return what says whether every one of these people has a final report, and these a warning before it."""

    def check() -> bool:
        try_again(server)
        found = reports(server)
        final = {who for who, raws in found.items() if any(FINAL.search(raw) for raw in raws)}
        late = {who for who, raws in found.items() if not all(FINAL.search(raw) for raw in raws)}
        return final.issuperset(addresses) and late.issuperset(warned)

    return check
