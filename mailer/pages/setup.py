"""Setup: a new workspace, the demo's reports, a new DKIM key, the doctor's checks, settings and users of a desk.

The commands work in the terminal in which they are printed. Records to publish have lines of their own, which are
never wrapped, so that they can be copied.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from mailer.errors import Severity
from mailer.pages import page, sentence
from mailer.pages.documents import rows, shape
from mailer.pages.layout import Page, Part, Tone, Verbatim, fact, gap, heading, line, lines, table
from mailer.runs.configuring import SettingsSaved
from mailer.runs.demo import Played, WorkspaceMade
from mailer.runs.doctor.values import WHO, Check, Examined, Record
from mailer.runs.office.signing import KeyMade
from mailer.runs.reports import Report
from mailer.runs.users import SessionEnded, UserChanged

shape(WorkspaceMade, "workspace files", workspace=lambda made: made.place.resolve())


@page.register
def _(made: WorkspaceMade) -> Page:
    folder = "" if made.typed == "." else f"cd {shlex.quote(made.typed)}; "
    new = f"{len(made.files)} new files in {made.place.resolve()}"
    edit = f"{folder}edit mailer.toml: who you are, and your relay"
    then = [f"mailer preview {made.release} --to journalists --open"]
    if made.fleet:
        then = ["fill in deploy/secrets.env.example (see deploy/README.md)", "mailer doctor --fleet   on each host"]
    return Page(
        lines((str(path.relative_to(made.place)) for path in made.files), depth=1),
        line(new if made.files else "All files were there already."),
        fact("Next", [*made.first, edit, *then]),
    )


shape(Played, "workspace reports", workspace=lambda played: played.place.resolve())


@page.register
def _(played: Played) -> Page:
    first, second = played.reports
    place = played.place
    commands = (
        *played.first,
        f"cd {shlex.quote(str(place))}",
        f"mailer report {first['mailing']} --deliveries",
        "mailer optouts list",
        f"mailer preview {second['mailing']} --to journalists --open",
    )
    return Page(
        _titled("The first release", first, played.now),
        _titled("The second release: opted-out and dead addresses were skipped", second, played.now),
        gap(),
        line("Results", Tone.STRONG),
        fact("The mails", played.page.resolve().as_uri() if played.page else ""),
        fact("The list", str(place / "lists" / "journalists.csv")),
        fact("The ledger", str(place / ".mailer" / "ledger.db")),
        gap(),
        line("What to type next", Tone.STRONG),
        fact("", commands),
    )


def _titled(title: str, report: Mapping[str, Any], now: datetime) -> tuple[Part | None, ...]:
    figures = {name: value for name, value in report.items() if name != "deliveries"}
    return (gap(), line(title, Tone.STRONG), *page(Report(figures, now)).parts)


shape(
    KeyMade,
    "domain selector algorithm key_file record settings",
    record=lambda made: {"name": made.name, "type": "TXT", "value": made.value, "strings": made.strings},
    settings=lambda made: "\n".join(made.lines),
)


@page.register
def _(made: KeyMade) -> Page:
    zone = "\n".join([f"{made.name}. IN TXT (", *(f'  "{string}"' for string in made.strings), ")"])
    below = "" if made.lines[0] == "[dkim]" else ", under [dkim]"
    secret = (
        "Anyone who has this file can sign mail as you. Only you can read it; keep it out of mail, git and shared "
        "folders. If it is lost, create a new key with another selector."
    )
    return Page(
        line(str(made.key_file)),
        line(secret, depth=1),
        gap(),
        line("1. Publish this TXT record. In a web form:", Tone.STRONG),
        Verbatim(f"Name   {made.name}\nValue  {''.join(made.strings)}", depth=1),
        line("   In a zone file:", Tone.STRONG),
        Verbatim(zone, depth=1),
        gap(),
        line(f"2. Once the record is published (minutes to hours), add to mailer.toml{below}:", Tone.STRONG),
        Verbatim("\n".join(made.lines), depth=1),
        gap(),
        line("3. Try it:  mailer test RELEASE --inbox you@example.org", Tone.STRONG),
        line('The message that arrives should have "dkim=pass" in its Authentication-Results.', depth=1),
    )


# The doctor.

_MARKS = {
    None: ("ok", Tone.GOOD, "good"),
    Severity.NOTE: ("note", Tone.QUIET, "to know"),
    Severity.WARNING: ("warning", Tone.CAREFUL, "to look at"),
    Severity.ERROR: ("wrong", Tone.BAD, "to fix"),
}
_CELLS = {"met": "met", "not met": "NOT MET", "not known": "not known", "not asked": "-"}
_LONGEST_NAME = 26  # a longer one has a line of its own
_COMPLAINTS = """\
Complaints: Gmail's Postmaster Tools show them. Gmail's rules are for @gmail.com, Microsoft's for outlook.com, \
hotmail.com and live.com; others look at the same signs."""

shape(
    Examined,
    "good summary checks bulk_senders",
    good=lambda found: not found.count(Severity.ERROR),
    summary=lambda found: {_MARKS[kind][0]: found.count(kind) for kind in reversed(_MARKS)},
    bulk_senders=rows(
        "rows",
        "rule text met checks:looked_at *states",
        states=lambda row: {who.lower(): row.state(who) for who in WHO},
    ),
)


shape(
    Check,
    "name group state code? message hint? records *facts",
    state=lambda check: _MARKS[check.severity][0],
)
shape(Record, "name type:kind value")


@page.register
def _(found: Examined) -> Page:
    rules = [(row.text, *(_CELLS[row.state(who)] for who in WHO)) for row in found.rows]
    worst = next((kind for kind in (Severity.ERROR, Severity.WARNING) if found.count(kind)), None)
    counted = ((found.count(kind), _MARKS[kind][2]) for kind in reversed(_MARKS))
    publish = "Send these records to the people who manage your domain; they take effect within a day."
    return Page(
        _groups(found),
        (gap(), heading("Requirements for bulk senders (a small list is not exempt)")) if rules else None,
        table(rules, head=("", *WHO)),
        line(bool(rules) and _COMPLAINTS, depth=1),
        (gap(), line(publish, depth=1)) if any(check.records for check in found.checks) else None,
        gap(),
        line(", ".join(f"{number} {words}" for number, words in counted if number), _MARKS[worst][1], depth=1),
    )


def _groups(found: Examined) -> Iterator[Part | None]:
    group = None
    for check in found.checks:
        if check.group is not group:
            yield gap() if group else None
            yield heading(check.group)
            group = check.group
        mark, tone, _ = _MARKS[check.severity]
        if len(check.name) > _LONGEST_NAME:
            yield line(f"{mark:9}{check.name}", tone, depth=1)
            yield fact("", check.message, tone)
        else:
            yield fact(f"{mark:9}{check.name}", check.message, tone)
        yield fact("", check.hint.splitlines(), Tone.PLAIN)
        yield Verbatim("\n".join(map(str, check.records)), depth=2) if check.records else None


# mailer.toml, changed at the desk.


@page.register
def _(saved: SettingsSaved) -> Page:
    if not saved.lines:
        return Page(line("Nothing to save: mailer.toml already has these values."))
    return Page(
        line("mailer.toml is saved."),
        Verbatim("\n".join(saved.lines)),
        line("The version before it is kept.", Tone.QUIET),
    )


# Users of a desk.


def _changed(done: UserChanged) -> str:
    user, before = done.user, done.before
    if user.ended_at is not None:
        return f"{user.name} no longer has access and was logged out everywhere."
    called = f"{before.name} is now called {user.name}" if user.name != before.name else user.name
    if user.role is before.role and before.ended_at is None:
        return f"{called}." if user.name != before.name else f"{user.name} is still {user.role.value}."
    return f"{called}{' and' if user.name != before.name else ''} is now {user.role.value}."


sentence(UserChanged, _changed)
sentence(SessionEnded, lambda done: f"The login of {done.session.name or done.session.actor} was ended.")
