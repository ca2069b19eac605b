"""Approval: whether a mailing needs another person's approval, and whether the approval it has counts.

Theory of operation. `[approval]` in mailer.toml says which kinds of mailing need a plan (`ledger.plans`) that was
approved by people other than its planner. Five rules apply:

1. What is approved is a text, and its SHA-256 is the plan's name. An SSH signature over that text (`ssh-keygen -Y`) is
   verified when it is given, and again before anything goes out, against the text in the ledger and the current file of
   allowed signers: once a signer is removed from it, their approvals no longer count.
2. A planner never approves, neither by name nor by key, and this applies to everybody who ever made the same plan. Two
   approvals with the same name or the same key count as one. An approval at the desk counts if the user logged in at an
   OpenID provider. It is tied to their number there, even if their name changes, and counts only while they are a user.
   It is sealed with the keys of the office, so that a row in the ledger alone is not an approval.
3. A rejection withdraws all earlier approvals, whoever gave them.
4. A plan can be sent for `valid_h` hours after it was last made, and only if the clock is not behind the ledger's
   newest entry. This is checked once, when the mailing is confirmed: a plan for next week is approved for next week,
   and a retry days later is still part of what was approved. Everything else is checked at each sending.
5. Every message must, before it goes out, be in a valid plan, by its delivery id and the hash of its content
   (`Gate.allows`). So it does not matter how the mailing is being sent (`send`, `resume`, a worker), or who edited
   which row of the ledger.

Anyone who may edit mailer.toml sets the policy; a change of it is recorded as an event (`note_policy`). Tests, previews
and rehearsals go to nobody and need no approval. Gaps: where accounts count without keys (`trust_local`), anyone who
can write to the ledger can write an approval into it; otherwise they also need the keys of the office. Someone with an
SSH key, and a login under another name, counts as two people. On the command line, planners name themselves
(`name_planner`): someone who gives a false name, and approves with their own key, is only noticed by the account
(`plans.same_account`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from mailer import lazy_re as re
from mailer.errors import ConfigProblem, InputProblem, LedgerProblem, NotApproved, PlannerUnknown
from mailer.events import Delivery, EventKind, MailingKind
from mailer.frozen import dataclass, field
from mailer.ledger import Connection, Ledger, plans
from mailer.ledger.connection import note, read_note
from mailer.ledger.deliveries import Planned
from mailer.ledger.mailings import Mailing, add_event
from mailer.ledger.plans import DESK, REJECTED, SSH, Approval, KeptPlan, Maker
from mailer.ledger.users import DeskUser, read_approvers
from mailer.platform import find_exposed
from mailer.runs.office import Office
from mailer.settings import REAL_KINDS
from mailer.tokens import Keys

NAMESPACE: Final = "mailer-plan"
_CLOCK_SKEW: Final = timedelta(minutes=10)  # by which the clocks of an office may differ
# a recipient who is skipped has the reason in the last quotes; no text within JSON can hold such quotes
_RECIPIENT: Final = re.compile(rb'\["([0-9a-f]{16})","([0-9a-f]{64})",""\]')
_RELAYS: Final = re.compile(rb'"relay":(\[.*?\]),"release":')
_SIGNING_S: Final = 120.0  # a passphrase is typed, a key is touched
_FINGERPRINT: Final = re.compile(r"\bSHA256:[A-Za-z0-9+/=]+")
_NAMES: Final = re.compile(r'^[ \t]*(?:"([^"\n]+)"|([^\s"#]\S*))', re.MULTILINE)


def _signers(office: Office) -> Path | None:
    """Return the file of allowed signers, None if mailer.toml names none.

    Raises ConfigProblem if it is gone, or if others can change it: they could add their own keys.
    """
    named = office.settings.approval.allowed_signers
    if not named:
        return None
    path = office.workspace.root / Path(named).expanduser()
    if not path.is_file():
        raise ConfigProblem(
            f"[approval] allowed_signers: there is no file {named}", hint=f"NAME KEY, one per line: {path}"
        )
    exposed = find_exposed(path)
    if exposed and not office.memory.trusts(office.workspace.root):  # as mailer.toml itself
        raise ConfigProblem(f"{exposed.path}: {exposed.fault}, so it cannot say who may approve", hint=exposed.fix)
    return path


@dataclass(frozen=True, slots=True)
class Case:
    """A plan as the ledger has it: its text, who made it, and who approved or rejected it."""

    plan: KeptPlan
    text: bytes = field(repr=False)
    makers: tuple[Maker, ...]
    approvals: tuple[Approval, ...]
    newest: datetime | None = None
    users: tuple[DeskUser, ...] = ()  # those of the desk who approved it there


@dataclass(frozen=True, slots=True)
class PlanStatus:
    """Whether a plan may be sent: the approvals that count, those that do not and why, and the problem, if any.

    `problem` is empty if the plan may be sent; `needed` is how many people must approve it, 0 if nobody must.
    """

    approved_by: tuple[str, ...]
    void: tuple[tuple[str, str], ...]
    needed: int
    rejected: Approval | None
    valid_until: datetime
    problem: str = ""
    is_expired: bool = False

    @property
    def word(self) -> str:
        """Return the status in one word."""
        if self.rejected is not None:
            return "rejected"
        if self.is_expired:
            return "expired"
        if len(self.approved_by) >= max(self.needed, 1):
            return "approved"
        return "waiting" if self.problem else "ready"


def is_needed(office: Office, kind: MailingKind) -> bool:
    """Return whether a mailing of this kind goes out only with an approved plan."""
    policy = office.settings.approval
    # an offer promises the release, which goes to those who accept
    kinds = {kind.value, MailingKind.RELEASE.value} if kind is MailingKind.OFFER else {kind.value}
    return policy.required and kind.is_real and not kinds.isdisjoint(policy.kinds)


def name_planner(office: Office, kind: MailingKind, name: str) -> str:
    """Return who plans a mailing, `user@host` if no name is given.

    Raises PlannerUnknown if another person must approve it with a key, and nobody of this name has one: it would be
    impossible to see whether the approver is another person.
    """
    name, signers = name.strip(), _signers(office) if is_needed(office, kind) else None
    if signers is None:
        return name or office.actor
    found = _NAMES.finditer(signers.read_text("utf-8", "replace"))
    known = [each for m in found for each in (m[1] or m[2]).split(",")]  # names and patterns that have a key
    if name and any(fnmatchcase(name, each) for each in known):
        return name
    wrong = f"{name} has no key in {signers.name}" if name else "the plan does not say who planned it"
    raise PlannerUnknown(
        f"{wrong}, and another person must approve it",
        hint=f"--as NAME   one of: {', '.join(known) or f'nobody yet ({signers.name} is empty)'}",
    )


def read_case(connection: Connection, plan: KeptPlan) -> Case:
    """Return what the ledger holds about a plan. Raises NotApproved if its text was changed."""
    try:
        text = plans.read_plan_text(connection, plan.hash)
    except LedgerProblem as problem:
        raise NotApproved(problem.message, hint=problem.hint) from None
    makers, approvals = plans.read_makers(connection, plan.hash), plans.read_approvals(connection, plan.hash)
    users = read_approvers(connection, [each.key for each in approvals if each.method == DESK])
    return Case(plan, text, tuple(makers), tuple(approvals), plans.newest_time(connection), tuple(users))


def judge(office: Office, case: Case, *, covers: MailingKind | None = None) -> PlanStatus:
    """Return whether a plan may be sent, with every signature verified now.

    `covers` is the kind of another mailing whose messages the plan contains: it needs the approvals that kind needs.
    """
    policy, plan, now = office.settings.approval, case.plan, office.clock()
    rejections = [number for number, each in enumerate(case.approvals) if each.verdict == REJECTED]
    rejected = case.approvals[rejections[-1]] if rejections else None
    names, keys, void = list[str](), set[str](), list[tuple[str, str]]()
    for each in case.approvals[rejections[-1] + 1 :] if rejections else case.approvals:
        why, key = _why_void(office, case, each, now)
        if not why and each.name not in names and (not key or key not in keys):
            names.append(each.name)
            keys.add(key)
        elif why:
            void.append((each.name, why))
    is_bound = is_needed(office, MailingKind(plan.kind)) or (covers is not None and is_needed(office, covers))
    needed = policy.minimum if is_bound else 0
    until = max([plan.created_at, *(each.at for each in case.makers)]) + timedelta(hours=policy.valid_h)
    enough = len(names) >= max(needed, 1 if rejected else 0)
    is_expired = plan.mailing_id is None and until <= now
    ahead = case.newest is not None and case.newest > now + _CLOCK_SKEW
    problem = ""
    if rejected is not None and not enough:
        problem = f"{rejected.name} rejected it: {rejected.reason}"
    elif is_expired:
        problem = f"it expired on {until.astimezone():%d %B %Y at %H:%M}, {policy.valid_h:g} hours after it was planned"
    elif plan.mailing_id is None and ahead and needed:
        problem = "the clock of this machine is behind the ledger, whose entries are from a later time"
    elif not enough:
        problem = f"{len(names)} of {needed} approved it" if names or needed > 1 else "nobody has approved it yet"
        problem = "; ".join([problem, *(f"{name}: {why}" for name, why in void)])
    return PlanStatus(tuple(names), tuple(void), needed, None if enough else rejected, until, problem, is_expired)


def _why_void(office: Office, case: Case, approval: Approval, now: datetime) -> tuple[str, str]:
    """Return why an approval does not count (empty if it does), and the key it was signed with."""
    policy, plan = office.settings.approval, case.plan
    sent_at = plan.sent_at if plan.mailing_id is not None else None
    if why := refuse_person(office, case.makers, approval.name):
        return why, ""
    if sent_at is None and approval.at + timedelta(hours=policy.valid_h) <= now:
        return f"given more than {policy.valid_h:g} hours ago", ""
    if sent_at is None and approval.at > now + _CLOCK_SKEW:
        return "given at a time in the future: a clock is wrong", ""
    if approval.method == DESK:
        return _why_not_at_desk(office, case, approval, at=sent_at or now)
    if approval.method != SSH or approval.signature is None:
        return ("", "") if policy.trust_local and approval.method == plans.LOCAL else ("not signed", "")
    return _why_not_signed(office, case, approval.signature, approval.name, at=sent_at or now)


def _why_not_signed(office: Office, case: Case, signature: bytes, name: str, *, at: datetime) -> tuple[str, str]:
    """Return why a signature of a plan does not count (empty if it does), and the key.

    `at` is the time at which the key must be allowed (valid-after and valid-before of its line).
    """
    signers = _signers(office)

    def key_of(name: str) -> str:
        words = ["verify", "-f", str(signers), "-I", name, _verify_time(at)]
        return verified_key(case.text, signature, NAMESPACE, words) if signers else ""

    key = key_of(name)
    if not key:
        return "no valid signature of this plan by an allowed signer of that name", ""
    owners = [each.name for each in case.makers if key_of(each.name)]
    return (f"signed with the key of {owners[0]}, who planned it" if owners else ""), key


def _why_not_at_desk(office: Office, case: Case, approval: Approval, *, at: datetime) -> tuple[str, str]:
    """Return why an approval given at the desk does not count (empty if it does), and the key of its user."""
    user = next((each for each in case.users if each.key == approval.key), None)
    given = approval.signature or b""
    if user is None or not given or not hmac.compare_digest(given, seal(office.keys, approval, user, key_id=given[0])):
        return "the desk has no record of it", ""
    if user.ended_at is not None and user.ended_at <= at:
        return "is no longer a user of the desk", ""
    return refuse_maker(case.makers, user.names), approval.key


def refuse_maker(makers: Sequence[Maker], names: Iterable[str]) -> str:
    """Return why someone who has, or ever had, these names cannot approve a plan; empty if they can."""
    folded = {each.strip().casefold() for each in names}
    is_maker = any(not folded.isdisjoint((each.name.strip().casefold(), each.actor.casefold())) for each in makers)
    return "planned it, so another person must approve it" if is_maker else ""


def seal(keys: Keys, approval: Approval, user: DeskUser, *, key_id: int | None = None) -> bytes:
    """Return the proof that a user gave this approval at the desk: the id of a key, and an HMAC-SHA256 with it."""
    key_id = keys.current if key_id is None else key_id
    key = keys.verifying("desk-approval", key_id)
    at = approval.at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = [approval.plan_hash.hex(), approval.verdict, approval.name, at, user.id, user.iss, user.sub]
    return b"" if key is None else bytes([key_id]) + hmac.digest(key, json.dumps(fields).encode(), "sha256")


def refuse_person(office: Office, makers: Sequence[Maker], name: str) -> str:
    """Return why a person of this name cannot approve a plan; empty if they can."""
    approvers = office.settings.approval.approvers
    stranger = "is not among the approvers in mailer.toml" if approvers and name not in approvers else ""
    return refuse_maker(makers, [name]) or stranger


def check_signature(office: Office, case: Case, signature: bytes, name: str) -> tuple[str, str]:
    """Return the name and the key of the person who signed a plan; `name` is the name they give, or empty.

    Raises NotApproved if the signer may not approve; ConfigProblem if mailer.toml names no file of allowed signers, or
    ssh-keygen is missing.
    """
    signers = _signers(office)
    if signers is None:
        hint = 'In mailer.toml:  [approval]  allowed_signers = "allowed_signers"   (NAME KEY, one per line, as for git)'
        raise ConfigProblem("no keys are known here, so no signature can be checked", hint=hint)
    now, approvers = office.clock(), office.settings.approval.approvers
    candidates = [name] if name else _find_signers(signature, signers=signers, at=now)
    signer = next((each for each in candidates if each in approvers), candidates[0] if candidates else "")
    if not signer:
        hint = "The key must be in the file of allowed signers, and valid today; --as NAME if a pattern allows it."
        raise NotApproved("this is not the signature of an allowed signer", hint=hint)
    why = refuse_person(office, case.makers, signer)
    why_not, key = ("", "") if why else _why_not_signed(office, case, signature, signer, at=now)
    if why or why_not:
        raise NotApproved(f"{signer} {why}" if why else f"the signature of {signer} does not count: {why_not}")
    return signer, key


def require(office: Office, ledger: Ledger, kind: MailingKind, plan_hash: bytes | None, *, how: str = "") -> str:
    """Refuse to confirm a mailing that needs an approved plan and has none; return who approved it.

    `how` is the command that makes a plan of it. A plan that was rejected or has expired is refused even if nobody
    needs to approve it. Raises NotApproved if there is no plan, or an invalid one.
    """
    note_policy(office, ledger)
    if plan_hash is None:
        if not is_needed(office, kind):
            return ""
        raise NotApproved(
            "another person must approve this before it is sent: [approval] in mailer.toml asks for it",
            hint=f"{how or 'mailer plan RELEASE --to LIST'}   makes a plan of it to approve",
        )
    with ledger.reading() as connection:
        plan = plans.read_plan(connection, plan_hash)
        if plan is None:
            raise NotApproved(f"there is no plan {plan_hash.hex()[:12]}", hint="mailer plans list   lists them all")
        case = read_case(connection, plan)
    status = judge(office, case)
    if status.problem:
        hint = f"mailer plan {plan.slug} …   makes a new one"
        if status.rejected is None and not status.is_expired:
            hint = f"mailer plans show {plan.name}   shows it\nmailer approve {plan.name}   by another person"
        raise NotApproved(f"plan {plan.name} cannot be sent: {status.problem}", hint=hint)
    return ", ".join(status.approved_by)


class Gate:
    """Checks every message of one mailing against the plans by which it is sent."""

    def __init__(self, office: Office, ledger: Ledger, mailing: Mailing, *, relay: str = "") -> None:
        """Read the plans, and verify their approvals; `relay` is the name of the relay that is to send the mailing.

        Raises NotApproved if none of them is valid, or the newest was rejected, or they name other relays.
        """
        self._office, self._ledger, self._mailing, self._relay = office, ledger, mailing, relay
        self._allowed: frozenset[bytes] = frozenset()
        self.relays: frozenset[str] = frozenset()  # those named in the valid plans
        self.is_open = not is_needed(office, mailing.kind)
        note_policy(office, ledger)
        if not self.is_open:
            self.load()

    def load(self) -> None:
        """Read which messages may go out now. Raises as the gate itself."""
        with self._ledger.reading() as connection:
            cases = [read_case(connection, plan) for plan in plans.read_plans_sent(connection, self._mailing.id)]
        allowed, problems, is_approved, relays = set[bytes](), list[str](), False, set[str]()
        for case in cases:
            status = judge(self._office, case, covers=self._mailing.kind)
            if status.problem:
                problems.append(f"plan {case.plan.name}: {status.problem}")
            if status.rejected is not None:  # what was approved before it is not sent, unless a later plan contains it
                is_approved = False
                allowed.clear()
            if not status.problem:
                is_approved = True
                if found := _RELAYS.search(case.text):
                    relays.update(each.split()[0] for each in json.loads(found[1]))
                # delivery id and content hash of each recipient; those who are skipped get nothing
                allowed.update(bytes.fromhex((m[1] + m[2]).decode("ascii")) for m in _RECIPIENT.finditer(case.text))
        if not is_approved:
            why = problems[-1] if problems else "it was never approved"
            hint = f"mailer plan {self._mailing.slug} --to LIST   makes a plan of it, also for those who wait"
            raise NotApproved(f"{self._mailing.name} may not be sent: {why}", hint=hint)
        if self._relay and self._relay not in relays:
            by, hint = ", ".join(sorted(relays)), f"mailer plan {self._mailing.slug} --to LIST --relay {self._relay}"
            raise NotApproved(f"{self._mailing.name} was approved for relay {by}, not {self._relay}", hint=hint)
        self._allowed, self.relays = frozenset(allowed), frozenset(relays)

    def allows(self, delivery: Delivery | Planned) -> bool:
        """Return whether a message may go: its delivery and exactly this content are in a valid plan."""
        return self.is_open or delivery.token_id + delivery.content_hash in self._allowed


def note_policy(office: Office, ledger: Ledger) -> None:
    """Record an event if `[approval]` differs from what the ledger knows: turning it off must not go unnoticed."""
    now = describe_policy(office)
    with ledger.reading() as connection:
        was = read_note(connection, _POLICY) or _OFF
    if was == now:
        return
    with ledger.writing() as connection:
        was = read_note(connection, _POLICY) or _OFF
        if was != now:
            note(connection, _POLICY, now)
            add_event(connection, EventKind.POLICY, office.stamp(), reason="approval", text=f"{was} → {now}")


_POLICY: Final = "approval_policy"
_OFF: Final = "not required"


def describe_policy(office: Office) -> str:
    """Return what `[approval]` requires, in one line."""
    policy = office.settings.approval
    if not policy.required:
        return _OFF
    kinds = ", ".join(policy.kinds) if set(policy.kinds) != set(REAL_KINDS) else "everything"
    parts = [f"required for {kinds}", f"{policy.minimum} of {', '.join(policy.approvers) or 'anybody'}"]
    if policy.allowed_signers:
        path = office.workspace.root / Path(policy.allowed_signers).expanduser()
        lines = path.read_bytes() if path.is_file() else b""
        parts.append(f"signers {policy.allowed_signers} ({hashlib.sha256(lines).hexdigest()[:8]})")
    parts += ["without a key, too"] if policy.trust_local else []
    return "; ".join([*parts, f"within {policy.valid_h:g} hours"])


# Signatures of people, by `ssh-keygen -Y`: keys with a passphrase, in an agent or on a token work as they do for git. A
# signature is made for one purpose, its namespace: one that was given for a plan proves nothing else. A file of allowed
# signers (ssh-keygen(1), ALLOWED SIGNERS) names the owner of each key, and the times in which it may be used.


def sign_text(text: bytes, key: Path, namespace: str, *, asks: bool) -> bytes:
    """Sign a text with a key, a file or (its .pub) one that the SSH agent has; `asks`: someone can type a passphrase.

    Raises ConfigProblem if ssh-keygen is not installed, InputProblem with its own message if the key cannot be used.
    """
    with _as_file(text) as file:
        done = _run_ssh(["sign", "-q", "-n", namespace, "-f", str(key), file], b"", asks=asks)
        made = Path(f"{file}.sig")
        if done.returncode or not made.exists():
            why = (done.stderr or b"").decode(errors="replace").strip().splitlines()
            raise InputProblem(f"this key cannot sign{f': {why[-1]}' if why else ''}", source=str(key))
        return made.read_bytes()


def verified_key(text: bytes, signature: bytes, namespace: str, words: Sequence[str] = ("check-novalidate",)) -> str:
    """Return the fingerprint of the key that signed a text, allowed or not; empty if none did."""
    with _as_file(signature) as file:
        done = _run_ssh([*words, "-n", namespace, "-s", file], text)
    found = _FINGERPRINT.search(done.stdout.decode(errors="replace"))
    return found[0] if found and not done.returncode else ""


def _find_signers(signature: bytes, *, signers: Path, at: datetime) -> list[str]:
    """Return the names of those who may have made a signature, without patterns, which are no names."""
    with _as_file(signature) as file:
        done = _run_ssh(["find-principals", "-f", str(signers), "-s", file, _verify_time(at)], b"")
    names = done.stdout.decode(errors="replace").splitlines() if not done.returncode else []
    return [name.strip() for name in names if name.strip() and not re.search(r"[*?!]", name)]


def _verify_time(at: datetime) -> str:
    """Return the option in local time, without a zone, which every version of ssh-keygen reads."""
    return f"-Overify-time={at.astimezone():%Y%m%d%H%M%S}"


@contextmanager
def _as_file(data: bytes) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="mailer-sign-") as folder:
        file = Path(folder) / "text"
        file.write_bytes(data)
        yield str(file)


def _run_ssh(words: Sequence[str], data: bytes, *, asks: bool = False) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("ssh-keygen")
    if program is None:
        raise ConfigProblem(
            "ssh-keygen is not installed, and without it nothing can be signed or verified",
            hint="Install OpenSSH: apt install openssh-client, or on Windows the optional feature OpenSSH Client.",
        )
    try:
        # someone who can be asked sees ssh-keygen's own prompts: "Enter passphrase", "Confirm user presence"
        return subprocess.run(  # noqa: S603 - the program found in PATH, with arguments of ours, without a shell
            [program, "-Y", *words],
            input=None if asks else data,
            stdout=subprocess.PIPE,
            stderr=None if asks else subprocess.PIPE,
            timeout=_SIGNING_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigProblem(f"ssh-keygen could not be run: {error}") from None
