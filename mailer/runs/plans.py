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
from mailer.runs.approval import PlanStanding, check_signature, judge, read_case
from mailer.runs.office import Office
from mailer.runs.planning.edition import UPDATE, file_differences, settings_in, text_files, unpack
from mailer.runs.planning.making import Merger
from mailer.runs.planning.stored import Differences, Opened, compare, read_text, tell
from mailer.workspace import write_atomically


@dataclass(frozen=True, slots=True)
class ListedPlan:
    """A plan in the list, with how it stands, the mailing that it became part of, and how far that is (`_use`)."""

    kept: KeptPlan
    standing: PlanStanding
    mailing: str
    use: str

    @property
    def word(self) -> str:
        """Return how it is in a word."""
        return self.standing.word if self.standing.rejected or not self.use else self.use


@dataclass(frozen=True, slots=True)
class Plans:
    """All plans, the newest first."""

    plans: tuple[ListedPlan, ...]


@dataclass(frozen=True, slots=True)
class ShownPlan(ListedPlan):
    """A plan with all that someone needs to say yes or no.

    `recipients` come with why they are skipped, and who is `excluded` with why; `since` has what changed since the
    version that was sent last (None: none was); `mails` are those of one recipient a manner, where they are wanted.
    """

    opened: Opened = field(repr=False)
    details: Mapping[str, Any] = field(repr=False)
    makers: tuple[Maker, ...]
    said: tuple[Approval, ...]
    recipients: tuple[tuple[PlannedPerson, str], ...] = field(repr=False)
    since: tuple[tuple[str, tuple[str, ...]], ...] | None
    mails: tuple[Mail, ...] = field(default=(), repr=False)
    exported: Path | None = None
    excluded: tuple[tuple[PlannedPerson, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class PlansDiffer:
    """Two plans side by side, in sentences."""

    old: KeptPlan
    new: KeptPlan
    differences: Differences
    told: tuple[str, ...]
    names: Mapping[bytes, str] = field(repr=False)

    def named(self, ids: tuple[bytes, ...]) -> list[str | None]:
        """Return the addresses of recipients; None if one was erased."""
        return sorted((self.names.get(each) or None for each in ids), key=str)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said of a plan, and how it stands now; `halted` is the mailing that this stopped.

    `same_account` is the account on this machine if the plan was made from it as well.
    """

    kept: KeptPlan
    said: Approval
    standing: PlanStanding
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
    """Return the mailing of which a plan is part, and how far that is; both are empty if it is part of none."""
    if kept.mailing_id is None:
        return "", ""
    mailing = read_mailing(connection, kept.mailing_id)
    use = _USES.get(mailing.state, "in_use")
    waits = any(each.state in {offers.WAITING, offers.HELD} for each in offers.read_waves(connection, mailing.id))
    return mailing.name, "in_use" if waits and use == "sent" else use


def find_plan(office: Office, name: str) -> tuple[Ledger, KeptPlan]:
    """Find a plan by its hash, by how that begins, or by its words. Raises InputProblem if there is none."""
    if office.ledger is None:
        raise InputProblem("nothing was planned here yet", hint="mailer plan RELEASE --to LIST")
    with office.ledger.reading() as connection:
        return office.ledger, plans.require_plan(connection, name)


def show_plan(office: Office, name: str, *, with_mails: bool = False, export: Path | None = None) -> ShownPlan:
    """Return all of a plan; `export` is a file that gets its text, which is what an approver signs.

    Raises InputProblem if there is no such plan, or the file cannot be written; NotApproved where the plan in the
    ledger is not what was planned.
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
    # who is offered a release, and may get it then, is one recipient
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
        case.said,
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
    """Return which files differ from those of the version that was sent last, and how; None if none was.

    Of a mail around the release, such as a correction, the text alone: it has templates of its own.
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
    return PlansDiffer(first, second, found, tuple(tell(ledger, first, found, names)), names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    """What an approver says: who they are, and the key to sign with or the signature that was made elsewhere.

    `asks`: someone is here to type a passphrase. `user_id` is a user of the desk who is logged in, and whom an OpenID
    provider knows.
    """

    plan: str
    name: str = ""
    key: Path | None = None
    signature: bytes = b""
    asks: bool = False
    user_id: int | None = None


def approve(office: Office, request: Approve) -> Decision:
    """Keep a person's yes, once it is known to be theirs.

    Raises NotApproved if they planned it, are no approver, the signature is not theirs, or the plan has expired;
    InputProblem if there is no such plan, or the key or the signature cannot be read; ConfigProblem where ssh-keygen
    or the file of allowed signers is missing.
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
        said_no = [number for number, each in enumerate(case.said) if each.verdict == plans.REJECTED]
        is_over = any(each.key == key for each in case.said[: said_no[-1] if said_no else 0])
        is_late = any(each.key == key and each.name in dict(before.void) for each in case.said)
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
    said = Approval(kept.hash, plans.APPROVED, name[:200], method, office.clock(), office.actor, key, signature or None)
    if user is not None:
        said = replace(said, signature=approval.seal(office.keys, said, user))
    return _keep(office, ledger, kept, said)


def reject(office: Office, name: str, who: str, why: str, *, method: str = plans.LOCAL) -> Decision:
    """Keep a person's no, which takes back every yes before it; a mailing that is being sent by the plan is halted.

    Raises InputProblem if there is no such plan, or no reason was given.
    """
    ledger, kept = find_plan(office, name)
    if not why.strip():
        raise InputProblem("say why, so that the planner can change it", hint=f'mailer reject {kept.name} --why "…"')
    person = who.strip() or office.actor
    said = Approval(kept.hash, plans.REJECTED, person[:200], method, office.clock(), office.actor, reason=why.strip())
    return _keep(office, ledger, kept, said)


def _keep(office: Office, ledger: Ledger, kept: KeptPlan, said: Approval) -> Decision:
    approval.note_policy(office, ledger)
    halted = ""
    with ledger.writing() as connection:
        plans.add_approval(connection, said)
        if said.verdict == plans.REJECTED and kept.mailing_id is not None:
            reason = f"{said.name} rejected its plan: {said.reason}"
            if halt(connection, kept.mailing_id, reason=reason, stamp=office.stamp()):
                halted = read_mailing(connection, kept.mailing_id).name
    with ledger.reading() as connection:
        case = read_case(connection, kept)
    return Decision(kept, said, judge(office, case), halted, plans.same_account(case.makers, said))
