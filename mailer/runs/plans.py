"""Plans: what an approver is shown, and their decision.

`runs.planning.stored` makes plans, and `runs.approval` decides which of them may be sent; here they are listed, shown,
compared, approved and rejected. Everything that is shown comes from the ledger, never from today's files: the mail is
made from the plan's own text and compared with its hash. Nothing is sent from here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mailer.address import parse_address
from mailer.errors import InputProblem, NotApproved
from mailer.events import MailingKind, MailingState
from mailer.frozen import dataclass, field, replace
from mailer.ledger import Connection, Ledger, offers, plans
from mailer.ledger.mailings import Edition, find_used, halt, newest_edition, read_mailing
from mailer.ledger.plans import Approval, KeptPlan, Maker, PlannedPerson
from mailer.ledger.users import DeskUser, read_approvers
from mailer.preview.page import Mail, parse_mail
from mailer.runs import approval
from mailer.runs.approval import PlanStatus, check_signature, judge, read_case
from mailer.runs.office import Office
from mailer.runs.planning.edition import UPDATE, file_differences, settings_in, text_files, unpack
from mailer.runs.planning.making import Merger
from mailer.runs.planning.stored import Differences, Opened, compare, describe_differences, read_text
from mailer.workspace import write_atomically


@dataclass(frozen=True, slots=True)
class ListedPlan:
    """A plan in the list, its status, the mailing that it became part of, and the state of that mailing (`_use`)."""

    kept: KeptPlan
    status: PlanStatus
    mailing: str
    use: str

    @property
    def word(self) -> str:
        """Return the status in one word."""
        return self.status.word if self.status.rejected or not self.use else self.use


@dataclass(frozen=True, slots=True)
class Plans:
    """All plans, the newest first."""

    plans: tuple[ListedPlan, ...]


@dataclass(frozen=True, slots=True)
class ShownPlan(ListedPlan):
    """A plan with all that someone needs to approve or reject it.

    `recipients` come with the reason if they are skipped, the `excluded` with the reason for it; `since` has the
    changes since the version that was sent last (None: none was sent); `mails` are examples, one for each kind of mail
    (`Manner`), if they were requested.
    """

    opened: Opened = field(repr=False)
    details: Mapping[str, Any] = field(repr=False)
    makers: tuple[Maker, ...]
    approvals: tuple[Approval, ...]
    recipients: tuple[tuple[PlannedPerson, str], ...] = field(repr=False)
    since: tuple[tuple[str, tuple[str, ...]], ...] | None
    mails: tuple[Mail, ...] = field(default=(), repr=False)
    exported: Path | None = None
    excluded: tuple[tuple[PlannedPerson, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class PlansDiffer:
    """Two plans side by side, with the differences in sentences."""

    old: KeptPlan
    new: KeptPlan
    differences: Differences
    sentences: tuple[str, ...]
    names: Mapping[bytes, str] = field(repr=False)

    def named(self, ids: tuple[bytes, ...]) -> list[str | None]:
        """Return the addresses of recipients; None if one was erased."""
        return sorted((self.names.get(each) or None for each in ids), key=str)


@dataclass(frozen=True, slots=True)
class Decision:
    """An approval or rejection of a plan, and the status after it; `halted` is the mailing that it stopped.

    `same_account` is the account on this machine if the plan was made with it, too.
    """

    kept: KeptPlan
    vote: Approval
    status: PlanStatus
    halted: str = ""
    same_account: str = ""


def list_plans(office: Office, *, unsent: bool = False) -> Plans:
    """Return all plans, or those that were not sent yet; there may be none."""
    if office.ledger is None:
        return Plans(())
    with office.ledger.reading() as connection:
        every = plans.read_plans(connection)
    listed: list[ListedPlan] = []
    for kept in every:
        if kept.mailing_id is None or not unsent:
            with office.ledger.reading() as connection:
                case, used = read_case(connection, kept), _use(connection, kept)
            listed.append(ListedPlan(kept, judge(office, case), *used))
    return Plans(tuple(listed))


_USES = {MailingState.SCHEDULED: "scheduled", MailingState.FINISHED: "sent", MailingState.CANCELLED: "cancelled"}


def _use(connection: Connection, kept: KeptPlan) -> tuple[str, str]:
    """Return the mailing of which a plan is part, and its state; both are empty if it is part of none."""
    if kept.mailing_id is None:
        return "", ""
    mailing = read_mailing(connection, kept.mailing_id)
    use = _USES.get(mailing.state, "in_use")
    waits = any(each.state in {offers.WAITING, offers.HELD} for each in offers.read_waves(connection, mailing.id))
    return mailing.name, "in_use" if waits and use == "sent" else use


def find_plan(office: Office, name: str) -> tuple[Ledger, KeptPlan]:
    """Find a plan by its hash, by the start of it, or by its words. Raises InputProblem if there is none."""
    if office.ledger is None:
        raise InputProblem("nothing was planned here yet", hint="mailer plan RELEASE --to LIST")
    with office.ledger.reading() as connection:
        return office.ledger, plans.require_plan(connection, name)


def show_plan(office: Office, name: str, *, with_mails: bool = False, export: Path | None = None) -> ShownPlan:
    """Return all of a plan; `export` is a file to which its text is written, which is what an approver signs.

    Raises InputProblem if there is no such plan, or the file cannot be written; NotApproved if the plan in the ledger
    was changed.
    """
    ledger, kept = find_plan(office, name)
    with ledger.reading() as connection:
        case = read_case(connection, kept)
        opened, people = read_text(case.text), list(plans.read_people(connection, kept.hash))
        editions: list[Edition] = []
        for part in (opened.head, *opened.head.get("also", ())):
            digests = {(role, name): bytes.fromhex(digest) for role, name, digest in part["files"]}
            files = {key: plans.read_file(connection, digest) or b"" for key, digest in digests.items()}
            editions.append(Edition(files, b"", b""))
        used = _use(connection, kept)
        since = since_sent(connection, kept.slug, editions[0], but_for=kept.mailing_id)
        samples = list(plans.read_people(connection, kept.hash, shown=True))
    if export is not None:
        write_atomically(export, case.text)
    # a person who is offered a release, and may get it later, is one recipient
    listed = (each for each in reversed(people) if each.token_id in opened.recipients)
    recipients = {each.address_digest: (each, opened.recipients[each.token_id][1]) for each in listed}
    out = dict(opened.head.get("excluded", ()))
    return ShownPlan(
        kept,
        judge(office, case),
        *used,
        opened,
        json.loads(kept.details),
        case.makers,
        case.approvals,
        tuple(reversed(recipients.values())),
        since,
        tuple(_mails(office, opened, editions, samples)) if with_mails else (),
        export,
        tuple((each, out[each.token_id.hex()]) for each in people if each.token_id.hex() in out),
    )


def plan_text(office: Office, name: str) -> bytes:
    """Return the text of a plan, which is what an approver signs. Raises as `show_plan`."""
    ledger, kept = find_plan(office, name)
    with ledger.reading() as connection:
        return read_case(connection, kept).text


def since_sent(
    connection: Connection, slug: str, edition: Edition, *, but_for: int | None = None
) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
    """Return which files differ from those of the version that was sent last, and how; None if none was sent.

    For a mail about the release, such as a correction, only the text is compared: it has templates of its own.
    """
    mailing = find_used(connection, slug)
    if mailing is None or mailing.id == but_for:
        return None
    sent = newest_edition(connection, mailing.id)[1]
    if UPDATE in settings_in(edition):
        sent, edition = (replace(each, files=text_files(each.files)) for each in (sent, edition))
    found = file_differences(sent, edition, ("as sent", "as planned"))
    return tuple((name, tuple(lines)) for name, lines in found)


def _mails(office: Office, opened: Opened, editions: list[Edition], people: list[PlannedPerson]) -> Iterator[Mail]:
    """Yield the mails of some recipients, each compared with the hash in the plan."""
    parts = (opened.head, *({**each, "kind": MailingKind.RELEASE} for each in opened.head.get("also", ())))
    mergers = [
        Merger(unpack(edition), mailing=part["mailing"], kind=MailingKind(part["kind"]), keys=office.keys)
        for part, edition in zip(parts, editions, strict=True)
    ]
    for each in people:
        approved = opened.recipients[each.token_id][0]
        row = json.loads(each.merge_row or "{}")
        address = str(parse_address(each.address))
        made = (each.merge_again(address, row, date=office.clock(), approved=approved) for each in mergers)
        envelope = next(filter(None, made), None)
        if envelope is None:
            raise NotApproved(
                f"the mail to {each.address} is not the one that was planned",
                hint="Was mailer updated meanwhile? Then make a new plan.",
            )
        yield parse_mail(envelope.data)


def diff_plans(office: Office, old: str, new: str) -> PlansDiffer:
    """Return how two plans differ: texts, recipients in and out, settings. Raises as `find_plan`."""
    ledger, first = find_plan(office, old)
    _, second = find_plan(office, new)
    with ledger.reading() as connection:
        a, b = (read_text(read_case(connection, each).text) for each in (first, second))
    found = compare(ledger, a, b, lambda _: None, (f"in {first.name}", f"in {second.name}"))
    with ledger.reading() as connection:
        every = (each for one in (first, second) for each in plans.read_people(connection, one.hash))
        names = {each.token_id: each.address for each in every}
    return PlansDiffer(first, second, found, tuple(describe_differences(ledger, first, found, names)), names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    """Request: approve a plan under a name, with a key to sign with or a signature that was made elsewhere.

    `asks`: ssh-keygen may ask for a passphrase. `user_id` is a user of the desk who logged in at an OpenID provider.
    """

    plan: str
    name: str = ""
    key: Path | None = None
    signature: bytes = b""
    asks: bool = False
    user_id: int | None = None


def approve(office: Office, request: Approve) -> Decision:
    """Record a person's approval, once it is certain who gives it.

    Raises NotApproved if they planned it, are not an approver, the signature is not theirs, or the plan has expired;
    InputProblem if there is no such plan, or the key or the signature cannot be read; ConfigProblem if ssh-keygen or
    the file of allowed signers is missing.
    """
    ledger, kept = find_plan(office, request.plan)
    with ledger.reading() as connection:
        case = read_case(connection, kept)
    before, policy = judge(office, case), office.settings.approval
    if before.is_expired:
        raise NotApproved(f"plan {kept.name} has expired", hint="Running the same `mailer plan` again renews it.")
    name, key, method, signature = request.name.strip(), "", plans.SSH, b""
    user: DeskUser | None = None
    if request.key is not None:
        signature = approval.sign_text(case.text, request.key.expanduser(), approval.NAMESPACE, asks=request.asks)
    elif request.signature:
        signature = request.signature
    if signature:
        name, key = check_signature(office, case, signature, name)
        rejections = [number for number, each in enumerate(case.approvals) if each.verdict == plans.REJECTED]
        is_over = any(each.key == key for each in case.approvals[: rejections[-1] if rejections else 0])
        is_late = any(each.key == key and each.name in dict(before.void) for each in case.approvals)
        # by the key, not by its bytes: a signature can be written in many ways (a blank line after it is enough)
        if not request.key and (is_over or is_late):
            since = "the plan was rejected" if is_over else "it expired"
            raise NotApproved(
                f"{name} signed this before {since}, and when this signature was made cannot be seen",
                hint="To approve it now: mailer approve HASH --key FILE\n"
                "If they cannot, plan it with another --expires, or another --note: that is another plan to sign.",
            )
    elif request.user_id is not None:
        with ledger.reading() as connection:
            (user,) = read_approvers(connection, [f"user {request.user_id}"]) or (None,)
        if user is None or user.ended_at is not None:
            raise NotApproved("you are no longer a user of this desk")
        name, key, method = user.name or office.actor, user.key, plans.DESK
        if why := approval.refuse_person(office, case.makers, name) or approval.refuse_maker(case.makers, user.names):
            raise NotApproved(f"{name} {why}")
    else:
        if name and name != office.actor:
            raise NotApproved(
                f"without a key nothing proves that you are {name}: here you are {office.actor}",
                hint=f"mailer approve {kept.name} --key ~/.ssh/id_ed25519   signs it",
            )
        name, method = office.actor, plans.LOCAL
        if why := approval.refuse_person(office, case.makers, name):
            raise NotApproved(f"{name} {why}")
        if not policy.trust_local:
            raise NotApproved(
                "an approval without a key does not count here",
                hint=f"mailer approve {kept.name} --key ~/.ssh/id_ed25519   signs it\n"
                "[approval] trust_local = true in mailer.toml counts the account, user@host, without one",
            )
    vote = Approval(kept.hash, plans.APPROVED, name[:200], method, office.clock(), office.actor, key, signature or None)
    if user is not None:
        vote = replace(vote, signature=approval.seal(office.keys, vote, user))
    return _record(office, ledger, kept, vote)


def reject(office: Office, name: str, who: str, why: str, *, method: str = plans.LOCAL) -> Decision:
    """Record a rejection, which withdraws every approval before it; a mailing that is being sent by the plan is halted.

    Raises InputProblem if there is no such plan, or no reason was given.
    """
    ledger, kept = find_plan(office, name)
    if not why.strip():
        raise InputProblem("say why, so that the planner can change it", hint=f'mailer reject {kept.name} --why "…"')
    person = who.strip() or office.actor
    vote = Approval(kept.hash, plans.REJECTED, person[:200], method, office.clock(), office.actor, reason=why.strip())
    return _record(office, ledger, kept, vote)


def _record(office: Office, ledger: Ledger, kept: KeptPlan, vote: Approval) -> Decision:
    approval.note_policy(office, ledger)
    halted = ""
    with ledger.writing() as connection:
        plans.add_approval(connection, vote)
        if vote.verdict == plans.REJECTED and kept.mailing_id is not None:
            reason = f"{vote.name} rejected its plan: {vote.reason}"
            if halt(connection, kept.mailing_id, reason=reason, stamp=office.stamp()):
                halted = read_mailing(connection, kept.mailing_id).name
    with ledger.reading() as connection:
        case = read_case(connection, kept)
    return Decision(kept, vote, judge(office, case), halted, plans.same_account(case.makers, vote))
