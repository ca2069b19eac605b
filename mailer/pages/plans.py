"""Plans: what an approver must see before a decision, decisions, the differences of two plans; and proofs of mailings.

The page on the terminal and the file for an approver elsewhere are made of the same parts; the file also has every
recipient, and the mails as they look. What a proof proves is explained in the proof itself (README.txt).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import repeat

from mailer.ledger.plans import Approval, same_account, words_of
from mailer.pages import html, page
from mailer.pages.documents import pairs, rows, shape
from mailer.pages.layout import (
    Fact,
    Line,
    Page,
    Part,
    Steps,
    Tone,
    Verbatim,
    fact,
    gap,
    heading,
    line,
    more,
    problems,
    table,
    undo,
)
from mailer.pages.planning import QUIET, times_elsewhere
from mailer.pages.words import FORGOTTEN, count, dotted, one_account, reason_words
from mailer.runs.approval import NAMESPACE
from mailer.runs.planning.stored import read_waves
from mailer.runs.plans import Decision, ListedPlan, Plans, PlansDiffer, ShownPlan
from mailer.runs.proofs import ProofWritten

_SHOWN_PEOPLE = 12
_TONES = {
    "ready": Tone.PLAIN,
    **dict.fromkeys(("approved", "sent", "scheduled"), Tone.GOOD),
    **dict.fromkeys(("waiting", "in_use"), Tone.CAREFUL),
    **dict.fromkeys(("rejected", "expired", "cancelled"), Tone.BAD),
}
_LISTED = (
    "hash:kept.hash words release:kept.slug kind:kept.kind headline:kept.headline state:word to_send:kept.recipients"
    " planned_by:kept.planner planned_at:kept.created_at valid_until:status.valid_until"
    " approved_by:status.approved_by needed:status.needed problem:status.problem mailing?"
)
_APPROVALS = rows("approvals", "verdict name method key at reason")


def _words(each: ListedPlan | Decision) -> str:
    return words_of(each.kept.hash)


shape(ListedPlan, _LISTED, words=_words)
shape(
    ShownPlan,
    f"{_LISTED} subject:details.subject sender:opened.head.sender planners approvals void window:opened.head.window"
    " embargo:opened.head.embargo relay:opened.head.relay left_out:opened.head.left_out"
    " skipped_reasons:opened.head.skipped waves checks waived:opened.head.waived files:opened.head.files since"
    " recipients excluded exported",
    words=_words,
    planners=rows("makers", "name at"),
    approvals=lambda shown: [
        row | {"same_account": same_account(shown.makers, each) or None}
        for row, each in zip(_APPROVALS(shown), shown.approvals, strict=True)
    ],
    void=pairs("status.void", "name why"),
    waves=lambda shown: shown.details.get("waves", []),
    checks=lambda shown: shown.details.get("warnings", []),
    since=lambda shown: None if shown.since is None else [{"file": name, "lines": each} for name, each in shown.since],
    excluded=lambda shown: [
        {"email": each.address or None, "list": each.list_name, "row": each.row, "reason": why}
        for each, why in shown.excluded
    ],
    recipients=lambda shown: [
        {"email": each.address or None, "list": each.list_name, "row": each.row, "skipped": why or None}
        for each, why in shown.recipients
    ],
)
shape(
    PlansDiffer,
    "old:old.hash new:new.hash settings files came left other_mail same",
    settings=pairs("differences.settings", "name was is"),
    files=pairs("differences.files", "file lines"),
    came=lambda both: both.named(both.differences.came),
    left=lambda both: both.named(both.differences.left),
    other_mail=lambda both: both.named(both.differences.other),
    same=lambda both: not both.sentences,
)
shape(
    Decision,
    "hash:kept.hash words verdict:vote.verdict approved_by? rejected_by? method:vote.method key:vote.key?"
    " reason:vote.reason? at:vote.at approvals:status.approved_by needed:status.needed can_be_sent"
    " problem:status.problem halted? same_account?",
    words=_words,
    approved_by=lambda done: done.vote.name if done.vote.verdict == "approved" else "",
    rejected_by=lambda done: done.vote.name if done.vote.verdict == "rejected" else "",
    can_be_sent=lambda done: not done.status.problem,
)


@page.register
def _(found: Plans) -> Page:
    head = ("PLAN", "STATE", "TO SEND", "RELEASE", "PLANNER", "VALID UNTIL", "APPROVER")
    every = [
        (
            each.kept.name,
            each.word.replace("_", " "),
            f"{each.kept.recipients:,}",
            each.kept.slug if each.kept.kind == "release" else f"{each.kept.slug} ({each.kept.kind})",
            each.kept.planner,
            f"{each.status.valid_until.astimezone():%a %d %b, %H:%M %Z}",
            ", ".join(each.status.approved_by),
        )
        for each in found.plans
    ]
    return Page(
        table(every, head=head, right=(2,)),
        line(not every and "There are no plans. To make one: mailer plan RELEASE --to LIST"),
    )


@page.register
def _(shown: ShownPlan) -> Page:
    some = line("Recipients", Tone.STRONG, depth=1)
    return Page(_head(shown), _since(shown), gap(), some, _people(shown, _SHOWN_PEOPLE), _next(shown))


def page_for_approver(shown: ShownPlan) -> str:
    """Return the page that an approver gets as a file: every recipient, and the mails as they look."""
    title, count_all = f"Plan {shown.kept.name}: {shown.kept.headline}", len(shown.recipients)
    listed = line(f"Recipients: {count_all:,}", Tone.STRONG, depth=2)
    rest = Page(_since(shown), listed, _people(shown, count_all + len(shown.excluded)), _next(shown))
    return html.render(title, Page(_head(shown)), shown.mails, rest)


def _head(shown: ShownPlan) -> Iterator[Part | None]:
    kept, head, status = shown.kept, shown.opened.head, shown.status
    word, window = shown.word, head["window"]
    yield heading(kept.headline)
    yield line(f"{kept.kind} · from {head['sender']}", Tone.QUIET, depth=1)
    yield gap()
    yield fact("Plan", [kept.hash.hex(), words_of(kept.hash)])
    yield fact(
        "State",
        [dotted(word.replace("_", " "), status.problem, shown.mailing and f"mailing {shown.mailing}")],
        _TONES[word],
    )
    yield fact("Subject", shown.details.get("subject"))
    yield fact("Note", head["request"]["about"]["note"])
    yield fact("Letter", head["request"]["about"]["text"].splitlines())
    waiting = f"and {head['waiting']:,} still waiting from an earlier run" if head["waiting"] else ""
    yield fact("To send", dotted(count(kept.recipients, "message"), waiting))
    goes = _when(datetime.fromisoformat(window["at"])) if window["at"] else "when it is sent"
    yield fact("Goes out", dotted(goes, f"gives up after {window['expires']}" if window["expires"] else ""))
    foreseen = shown.details.get("waves") or repeat({})
    for number, (each, seen) in enumerate(zip(read_waves(head["request"]["waves"]), foreseen), start=1):  # noqa: B905
        is_wave = kept.kind == "release"
        label, when = (f"Wave {number}", each.condition) if is_wave else ("Then", "when the embargo ends")
        criteria = dotted(" + ".join(each.lists), each.selection.where, when)
        at = datetime.fromisoformat(seen["at"]) if seen.get("at") else None
        counted = "" if each.at else ", counted from when it was planned"
        times = [f"  {_when(at)}{counted}", *times_elsewhere(at, seen["elsewhere"])] if at else []
        yield fact(label, [dotted(count(seen["to_send"], "message"), criteria) if seen else criteria, *times])
    yield fact("Covers", kept.kind == "offer" and "the release too, for contacts who accept")
    yield fact("Embargo", head["embargo"] and f"until {_when(datetime.fromisoformat(head['embargo']))}")
    yield fact("Relay", head["relay"])
    loud = [each for each in shown.details.get("left_out", []) if each[0] not in QUIET]
    named = [f"  {name} line {row}: {text}" for _, name, row, text in loud]
    yield fact("Left out", [*(f"{n} {reason_words(reason)}" for reason, n in head["left_out"].items()), *named])
    yield fact("Skipped", [f"{number} {reason_words(reason)}" for reason, number in head["skipped"].items()])
    warnings = [text for severity, _, text, _ in shown.details.get("warnings", []) if severity != "note"]
    yield fact("Checks", warnings or "no warnings")
    yield fact("Waived", [f"{code}: {reason}" for code, reason in head["waived"]])
    makers = {each.name: each.at for each in shown.makers}
    yield fact("Planned by", [f"{who}, {_when(at)}" for who, at in makers.items()])
    yield fact("Valid until", "" if shown.mailing else _when(status.valid_until))
    yield from _approvals(shown)


def _people(shown: ShownPlan, most: int) -> Iterator[Part | None]:
    some = shown.recipients[:most]
    has_skipped = any(why for _, why in some)
    rows = [
        (each.address or FORGOTTEN, f"{each.list_name} row {each.row}", *([reason_words(why)] if has_skipped else []))
        for each, why in some
    ]
    yield table(rows, head=("RECIPIENT", "LIST", *(["SKIPPED"] if has_skipped else [])))
    yield more(len(shown.recipients) - most, " more (--html or --json has all)")
    out = [(who.address or FORGOTTEN, f"{who.list_name} row {who.row}", reason_words(w)) for who, w in shown.excluded]
    yield table(out[:most], head=("LEFT OUT", "LIST", "WHY"))
    yield more(len(out) - most, " more (--html or --json has all)")


def _approvals(shown: ShownPlan) -> Iterator[Fact | None]:
    for each in shown.approvals:
        how = _how(each, "not signed: only a name")
        why = dict(shown.status.void).get(each.name, "") if each.verdict == "approved" else each.reason
        one = filter(None, [one_account(same_account(shown.makers, each))])
        counts = Tone.BAD if each.verdict == "rejected" else Tone.CAREFUL if why else Tone.GOOD
        yield fact(
            each.verdict.capitalize(),
            [dotted(each.name, _when(each.at), how if each.verdict == "approved" else "", why), *one],
            counts,
        )


def _since(shown: ShownPlan) -> Iterator[Part | None]:
    if shown.since is None:
        yield line(not shown.mailing and "This release has not been sent to anyone yet.", depth=1)
        return
    names = ", ".join(name for name, _ in shown.since)
    yield line(f"Changed since it was last sent: {names}" if names else "Unchanged since it was last sent.", depth=1)
    for _, found in shown.since:
        yield Verbatim("\n".join(found), depth=1)


def _next(shown: ShownPlan) -> Iterator[Part]:
    name = shown.kept.name
    if shown.exported is not None:
        sign = f"ssh-keygen -Y sign -n {NAMESPACE} -f ~/.ssh/id_ed25519 {shown.exported}"
        take = f"mailer approve {name} --signature {shown.exported}.sig"
        yield Steps(((sign, "the approver signs it"), (take, "the office imports the signature")))
    elif not shown.mailing and shown.status.problem:
        yes = f"mailer approve {name} --key ~/.ssh/id_ed25519"
        yield Steps(((yes, "another person approves it"), (f'mailer reject {name} --why "…"', "or rejects it")))
    elif not shown.mailing:
        yield Steps(((f"mailer send --plan {name}", "sends exactly this"),))


@page.register
def _(both: PlansDiffer) -> Page:
    return Page(
        heading(f"{both.old.name} → {both.new.name}"),
        line(not both.sentences and "Both send the same to the same recipients.", depth=1),
        (Line(each, depth=1) for sentence in both.sentences for each in sentence.split("\n")),
    )


@page.register
def _(done: Decision) -> Page:
    vote, status, name = done.vote, done.status, done.kept.name
    is_yes = vote.verdict == "approved"
    how = _how(vote, "not signed: mailer.toml accepts an account without a key (trust_local)")
    unsent = done.kept.mailing_id is None
    return Page(
        line(is_yes and f"Plan {name} is approved by {vote.name}, {how}.", Tone.GOOD),
        line(not is_yes and f"Plan {name} is rejected by {vote.name}: {vote.reason}", Tone.BAD),
        line(not is_yes and "Every earlier approval is withdrawn.", depth=1),
        line(bool(done.halted) and f"{done.halted} was being sent from this plan and is halted.", Tone.BAD, depth=1),
        line(one_account(done.same_account), Tone.CAREFUL, depth=1),
        line(is_yes and f"It cannot be sent yet: {status.problem}" if status.problem else "", Tone.CAREFUL, depth=1),
        Steps(((f"mailer send --plan {name}", "sends it"),)) if is_yes and unsent and not status.problem else None,
        undo(f'mailer reject {name} --why "…"')
        if is_yes
        else undo(f"mailer approve {name} --key ~/.ssh/id_ed25519", "approves it after all"),
    )


def _when(at: datetime) -> str:
    return f"{at.astimezone():%a %d %b %Y, %H:%M %Z}"


def _how(approval: Approval, unsigned: str) -> str:
    return {"ssh": f"signed with {approval.key}", "desk": "logged in at the desk"}.get(approval.method, unsigned)


shape(
    ProofWritten,
    "mailing place planned accepted messages plans approvals sha256:sums signed_by? stamped_at problems",
)


@page.register
def _(proof: ProofWritten) -> Page:
    plans = f"{count(proof.plans, 'plan')}, {count(proof.approvals, 'approval')}" if proof.plans else "no plan"
    is_zip = proof.place.suffix.lower() == ".zip"
    check = "python3 verify.py", "in its folder, once it is unpacked" if is_zip else "in its folder"
    return Page(
        line(f"{proof.mailing}: {proof.planned:,} planned, {proof.accepted:,} accepted", Tone.STRONG, depth=1),
        fact("Written to", str(proof.place)),
        fact("Contains", (f"{count(proof.messages, 'message')}, built again", plans)),
        fact("SHA-256", f"{proof.sums}   of SHA256SUMS"),
        fact("Signed by", proof.signed_by or "nobody; --key FILE signs it with an SSH key"),
        fact(
            "Time stamp", f"{proof.stamped_at:%Y-%m-%d %H:%M:%S} UTC" if proof.stamped_at else "none; --timestamp URL"
        ),
        fact("", "It contains addresses: give it only to people who may see them.", Tone.QUIET),
        Steps((check, ("README.txt", "what it proves, what it does not, and how to check it without mailer")), "Check"),
        problems(proof.problems),
    )
