"""Suppressions: the addresses that are not mailed and why, and what was added, lifted, imported and exported.

Each change by staff shows the command that undoes it, in exactly the same scope.
"""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from mailer.address import printable
from mailer.ledger.suppressions import Suppression
from mailer.pages import page, sentence
from mailer.pages.documents import shape
from mailer.pages.layout import Page, Part, Tone, fact, heading, line, lines, more, problems, table, undo
from mailer.pages.words import FORGOTTEN, MOST_SHOWN, SUPPRESSED, count
from mailer.runs.suppressions.exchange import Exported, Imported, ImportUndone, KeyWritten
from mailer.runs.suppressions.opt_out import (
    LATE,
    Confirmed,
    Lifted,
    LiftedMany,
    ListedSuppressions,
    SpoolReport,
    Suppressed,
    SuppressionHistory,
)

shape(
    Suppression,
    "email:address? subject reason scope source note? since:created_at actor unconfirmed import:import_id"
    " lifted_at lifted_by? lifted_reason? lifted_evidence?",
)
shape(Suppressed, "email new:is_new reason scope unconfirmed warning?")
shape(LiftedMany, "mailing was lifted emails")
shape(SuppressionHistory, "email suppressed suppressions")
shape(
    Imported,
    "format rows new new_by_reason:new known replaced not_suppressed:subscribed invalid written"
    " import:import_id problems",
    new=lambda report: report.new.total(),
)
shape(ImportUndone, "import:import_id file suppressed lifted")
shape(KeyWritten, "file keys base_url?")
shape(
    SpoolReport,
    "files lines known new:done.new suppressed_already:done.again undone:len(done.undone) of_tests:done.of_tests"
    " unknown_mail:done.unknown bad unfinished longest_wait_s written problems",
    longest_wait_s=lambda report: round(report.waited.total_seconds()),
)

# The options that `remove` needs, by the reason of the suppression.
_OWN_SLIP = ' --reason "added by mistake" --evidence "our mistake: the person did not ask for it"'
_GROUNDS = {"opted_out": _OWN_SLIP, "complained": _OWN_SLIP, "do_not_contact": ' --reason "added by mistake"'}
_NOTE = 24  # characters of a note in a list; `list EMAIL` and --json have all of it


def _reach(scope: str) -> str:
    kind, _, name = scope.partition(":")
    return {"list": f" by the list {name}", "kind": f" with mailings of kind {name}"}.get(kind, "")


@page.register
def _(done: Suppressed) -> Page:
    target, scope = quote(done.email), f" --scope {quote(done.scope)}" if _reach(done.scope) else ""
    new, known = f"{done.email} is suppressed{_reach(done.scope)}.", "was already suppressed; the first reason is kept."
    before = f"It was suppressed before ({SUPPRESSED.get(done.replaced)}); to restore that after the undo: "
    again = f"mailer optouts add {target} --reason {done.replaced}{scope}"
    ask = f"{done.email} is a role address. Ask the newsdesk, then: mailer optouts add {target} --confirm"
    return Page(
        line(new if done.is_new else f"{done.email} {known}"),
        undo(f"mailer optouts remove {target}{scope}{_GROUNDS.get(done.reason, '')}") if done.is_new else None,
        line(done.replaced and before + again),
        line(done.warning and f"Careful: {done.warning}", Tone.CAREFUL, aside=True),
        line(done.unconfirmed and ask),
    )


sentence(Lifted, lambda done: f"{done.email} can be mailed again (was: {SUPPRESSED[done.was]}{_reach(done.scope)}).")
sentence(Confirmed, lambda done: f"The opt-out of {done.email} is confirmed.")


@page.register
def _(done: LiftedMany) -> Page:
    names = [each or FORGOTTEN for each in done.emails]
    again = f"{count(len(names), 'address', 'addresses')} can be mailed again"
    return Page(
        lines(names[:MOST_SHOWN], depth=1),
        more(len(names) - MOST_SHOWN),
        line(f"{again} (was: {SUPPRESSED[done.was]}, because of {done.mailing})."),
    )


@page.register
def _(some: ListedSuppressions) -> Page:
    rows = [
        (
            each.address or FORGOTTEN,
            SUPPRESSED[each.reason] + (" (lifted)" if each.lifted_at else " (confirm?)" if each.unconfirmed else ""),
            each.scope,
            each.source,
            f"{each.created_at:%Y-%m-%d}",
            each.actor,
            printable(each.note, _NOTE),
        )
        for each in some.rows
    ]
    rest = f"… {len(rows)} of {some.total}; mailer optouts export writes all of them to a file"
    nobody = "Nothing is suppressed." if some.is_all else "No suppression matches."
    return Page(
        table(rows, head=("ADDRESS", "WHY", "SCOPE", "BY", "SINCE", "WHO", "NOTE")),
        line(not rows and nobody),
        line(some.total > len(rows) and rest, depth=1),
    )


@page.register
def _(held: SuppressionHistory) -> Page:
    never = f"{held.email} is not suppressed and never was."
    return Page(line(not held.suppressions and never), (part for each in held.suppressions for part in _details(each)))


def _details(each: Suppression) -> Iterator[Part | None]:
    state = "lifted" if each.lifted_at else "in force"
    note = f" · {each.note}" if each.note else ""
    file = f", import {each.import_id}" if each.import_id is not None else ""
    ask = f"not confirmed yet: mailer optouts add {each.address} --confirm"
    yield heading(f"{each.address or FORGOTTEN}   {SUPPRESSED[each.reason]}, {each.scope}: {state}")
    yield line(f"since {each.created_at:%Y-%m-%d %H:%M} UTC by {each.source}{file} ({each.actor}){note}", depth=3)
    yield line(each.unconfirmed and ask, Tone.CAREFUL, depth=3)
    if each.lifted_at:
        why = f": {each.lifted_reason}" if each.lifted_reason else ""
        yield line(f"lifted {each.lifted_at:%Y-%m-%d %H:%M} UTC by {each.lifted_by}{why}", depth=3)
        yield line(each.lifted_evidence and f"evidence: {each.lifted_evidence}", depth=3)


@page.register
def _(report: Imported) -> Page:
    kinds = ", ".join(f"{number} {SUPPRESSED[reason]}" for reason, number in report.new.items())
    stronger = [f"{report.replaced} of them for a stronger reason than before"] if report.replaced else []
    return Page(
        fact("Format", f"{report.format}, {count(report.rows, 'row')}"),
        fact("Suppressed" if report.written else "New", [f"{report.new.total()}{kinds and f': {kinds}'}", *stronger]),
        fact("Known", report.known),
        fact("May be mailed", report.subscribed),
        fact("Not taken", report.invalid),
        problems(report.problems[:MOST_SHOWN]),
        more(report.invalid - MOST_SHOWN, " more rows", aside=True),
        undo(f"mailer optouts import --undo {report.import_id} --yes") if report.written and report.new else None,
    )


@page.register
def _(done: ImportUndone) -> Page:
    if done.is_plan:
        alone = f"{count(done.suppressed, 'suppression')} that only {done.file} asks for"
        return Page(line(f"Import {done.import_id} of {done.at:%Y-%m-%d}: {alone}", depth=1))
    lifted = count(done.lifted, "suppression is", "suppressions are")
    return Page(line(f"{lifted} lifted; those that they had replaced are in force again.", depth=1))


@page.register
def _(done: Exported) -> Page:
    lacking = (
        f"{done.left_out} left out: {done.format} blocks an address completely, and these apply only to one list, "
        "kind of mailing, domain or outlet. The formats csv and json keep them."
    )
    nameless = f"{done.forgotten} more were erased. They stay suppressed here, but have no address to export."
    return Page(
        line(done.file and f"{count(done.suppressed, 'suppression')} in {done.file}", aside=True),
        line(done.left_out and lacking, Tone.CAREFUL, aside=True),
        line(done.forgotten and nameless, aside=True),
    )


@page.register
def _(done: KeyWritten) -> Page:
    no_link = 'No mail carries a link yet: [optout] base_url = "https://YOUR-HOST/o" in mailer.toml'
    return Page(
        line(f"{done.file} is written; only you can read it."),
        line(f"On the host: mailer serve --spool optouts --key {done.file.name}"),
        line(not done.base_url and no_link),
    )


@page.register
def _(report: SpoolReport) -> Page:
    done = report.done
    hours = f"The oldest of them had waited {report.waited.total_seconds() / 3600:.0f} hours."
    due = "An opt-out must take effect within 48 hours: run this every hour (docs/serve.md)."
    strangers = "genuine, but not in this ledger: mailer bounces list --unmatched"
    return Page(
        fact(
            "Spool", f"{count(report.lines, 'line')} in {count(report.files, 'file')}, {report.known} imported before"
        ),
        fact("Opted out" if report.written else "New", str(done.new)),
        fact("Known", done.again),
        fact("Undone", bool(done.undone) and f"{len(done.undone)}   by the recipients, on the opt-out page"),
        fact("Of tests", done.of_tests and f"{done.of_tests}   they unsubscribe nobody"),
        fact("Unknown mail", done.unknown and f"{done.unknown}   {strangers}"),
        fact("Not taken", report.bad),
        problems(report.problems),
        line(report.written and report.waited > LATE and f"{hours} {due}", Tone.CAREFUL, depth=1, aside=True),
    )
