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
_PATIENCE: Final = timedelta(minutes=10)  # by which clocks of an office may differ
# who is skipped has the reason in the place of the last quotes; no text within JSON can hold such quotes
_RECIPIENT: Final = re.compile(rb'\["([0-9a-f]{16})","([0-9a-f]{64})",""\]')
_RELAYS: Final = re.compile(rb'"relay":(\[.*?\]),"release":')
_SIGNING_S: Final = 120.0  # a passphrase is typed, a key is touched
_FINGERPRINT: Final = re.compile(r"\bSHA256:[A-Za-z0-9+/=]+")
_NAMES: Final = re.compile(r'^[ \t]*(?:"([^"\n]+)"|([^\s"#]\S*))', re.MULTILINE)


def _signers(office: Office) -> Path | None:
    """Return the file of allowed signers, None if mailer.toml names none.

    Raises ConfigProblem if it is gone, or others can change it: they could allow themselves.
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
        raise ConfigProblem(f"{exposed.path}: {exposed.said}, so it cannot say who may approve", hint=exposed.fix)
    return path


@dataclass(frozen=True, slots=True)
class Case:
    """A plan as the ledger has it: its text, who made it, and what was said of it."""

    plan: KeptPlan
    text: bytes = field(repr=False)
    makers: tuple[Maker, ...]
    said: tuple[Approval, ...]
    newest: datetime | None = None
    users: tuple[DeskUser, ...] = ()  # those of the desk who approved it there


@dataclass(frozen=True, slots=True)
class PlanStanding:
    """Whether a plan may be sent: the yeses that count, those that do not and why, and what is in the way.

    `problem` is empty if nothing is; `needed` is how many must say yes, 0 if nobody must.
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
        """Return how it is in a word."""
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
    # an offer promises the release, which goes out to whoever accepts
    kinds = {kind.value, MailingKind.RELEASE.value} if kind is MailingKind.OFFER else {kind.value}
    return policy.required and kind.is_real and not kinds.isdisjoint(policy.kinds)


def name_planner(office: Office, kind: MailingKind, name: str) -> str:
    """Return who plans a mailing, `user@host` where they do not say.

    Raises PlannerUnknown if another person must approve it with a key, and nobody of this name has one: then whether
    that is another person could not be seen.
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
    """Return what the ledger has of a plan. Raises NotApproved if its text is not what was planned."""
    try:
        text = plans.read_plan_text(connection, plan.hash)
    except LedgerProblem as problem:
        raise NotApproved(problem.message, hint=problem.hint) from None
    makers, said = plans.read_makers(connection, plan.hash), plans.read_approvals(connection, plan.hash)
    users = read_approvers(connection, [each.key for each in said if each.method == DESK])
    return Case(plan, text, tuple(makers), tuple(said), plans.newest_time(connection), tuple(users))


def judge(office: Office, case: Case, *, covers: MailingKind | None = None) -> PlanStanding:
    """Return whether a plan may be sent, with every signature verified now.

    `covers` is the kind of another mailing of which it has messages: what that needs, the plan needs.
    """
    policy, plan, now = office.settings.approval, case.plan, office.clock()
    rejections = [number for number, each in enumerate(case.said) if each.verdict == REJECTED]
    rejected = case.said[rejections[-1]] if rejections else None
    names, keys, void = list[str](), set[str](), list[tuple[str, str]]()
    for each in case.said[rejections[-1] + 1 :] if rejections else case.said:
        why, key = _void(office, case, each, now)
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
    ahead = case.newest is not None and case.newest > now + _PATIENCE
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
    return PlanStanding(tuple(names), tuple(void), needed, None if enough else rejected, until, problem, is_expired)


def _void(office: Office, case: Case, said: Approval, now: datetime) -> tuple[str, str]:
    """Return why a yes does not count (empty if it does), and the key it was signed with."""
    policy, plan = office.settings.approval, case.plan
    sent_at = plan.sent_at if plan.mailing_id is not None else None
    if why := refuse_person(office, case.makers, said.name):
        return why, ""
    if sent_at is None and said.at + timedelta(hours=policy.valid_h) <= now:
        return f"said more than {policy.valid_h:g} hours ago", ""
    if sent_at is None and said.at > now + _PATIENCE:
        return "given at a time in the future: a clock is wrong", ""
    if said.method == DESK:
        return _seen_at_desk(office, case, said, at=sent_at or now)
    if said.method != SSH or said.signature is None:
        return ("", "") if policy.trust_local and said.method == plans.LOCAL else ("not signed", "")
    return _why_not_signed(office, case, said.signature, said.name, at=sent_at or now)


def _why_not_signed(office: Office, case: Case, signature: bytes, name: str, *, at: datetime) -> tuple[str, str]:
    """Return why a signature of a plan does not count (empty if it does), and the key.

    `at` is the moment at which the key must be allowed (valid-after and valid-before of its line).
    """
    signers = _signers(office)

    def key_of(name: str) -> str:
        words = ["verify", "-f", str(signers), "-I", name, _verify_time(at)]
        return verified_key(case.text, signature, NAMESPACE, words) if signers else ""

    key = key_of(name)
    if not key:
        return "no valid signature of this plan by an allowed signer of that name", ""
    theirs = [each.name for each in case.makers if key_of(each.name)]
    return (f"signed with the key of {theirs[0]}, who planned it" if theirs else ""), key


def _seen_at_desk(office: Office, case: Case, said: Approval, *, at: datetime) -> tuple[str, str]:
    """Return why a yes that was said at the desk does not count (empty if it does), and whose it is."""
    user = next((each for each in case.users if each.key == said.key), None)
    given = said.signature or b""
    if user is None or not given or not hmac.compare_digest(given, seal(office.keys, said, user, key_id=given[0])):
        return "the desk has no record of it", ""
    if user.ended_at is not None and user.ended_at <= at:
        return "is no longer a user of the desk", ""
    return refuse_maker(case.makers, user.names), said.key


def refuse_maker(makers: Sequence[Maker], names: Iterable[str]) -> str:
    """Return why someone who has, or ever had, these names cannot approve a plan; empty if they can."""
    them = {each.strip().casefold() for each in names}
    is_theirs = any(not them.isdisjoint((each.name.strip().casefold(), each.actor.casefold())) for each in makers)
    return "planned it, so another person must approve it" if is_theirs else ""


def seal(keys: Keys, said: Approval, user: DeskUser, *, key_id: int | None = None) -> bytes:
    """Return what shows that the desk saw a user say this: the id of a key (the current one), and an HMAC-SHA256."""
    key_id = keys.current if key_id is None else key_id
    key = keys.verifying("desk-approval", key_id)
    at = said.at.astimezone(UTC).isoformat(timespec="microseconds")
    told = [said.plan_hash.hex(), said.verdict, said.name, at, user.id, user.iss, user.sub]
    return b"" if key is None else bytes([key_id]) + hmac.digest(key, json.dumps(told).encode(), "sha256")


def refuse_person(office: Office, makers: Sequence[Maker], name: str) -> str:
    """Return why a person of this name cannot approve a plan; empty if they can."""
    approvers = office.settings.approval.approvers
    stranger = "is not among the approvers in mailer.toml" if approvers and name not in approvers else ""
    return refuse_maker(makers, [name]) or stranger


def check_signature(office: Office, case: Case, signature: bytes, name: str) -> tuple[str, str]:
    """Return the name and the key of whoever signed a plan; `name` is what they say, or empty.

    Raises NotApproved if it is nobody's who may approve; ConfigProblem where mailer.toml names no file of allowed
    signers, or ssh-keygen is missing.
    """
    signers = _signers(office)
    if signers is None:
        hint = 'In mailer.toml:  [approval]  allowed_signers = "allowed_signers"   (NAME KEY, one per line, as for git)'
        raise ConfigProblem("no keys are known here, so no signature can be checked", hint=hint)
    now, approvers = office.clock(), office.settings.approval.approvers
    found = [name] if name else _find_signers(signature, signers=signers, at=now)
    who = next((each for each in found if each in approvers), found[0] if found else "")
    if not who:
        hint = "The key must be in the file of allowed signers, and valid today; --as NAME if a pattern allows it."
        raise NotApproved("this is not the signature of an allowed signer", hint=hint)
    why = refuse_person(office, case.makers, who)
    why_not, key = ("", "") if why else _why_not_signed(office, case, signature, who, at=now)
    if why or why_not:
        raise NotApproved(f"{who} {why}" if why else f"the signature of {who} does not count: {why_not}")
    return who, key


def require(office: Office, ledger: Ledger, kind: MailingKind, plan_hash: bytes | None, *, how: str = "") -> str:
    """Refuse to confirm a mailing that needs an approved plan and has none; return who approved it.

    `how` is the command that makes a plan of it. A plan that was rejected or expired is refused even if nobody needs
    to approve it. Raises NotApproved if it has no plan, or one that does not stand.
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
    standing = judge(office, case)
    if standing.problem:
        hint = f"mailer plan {plan.slug} …   makes a new one"
        if standing.rejected is None and not standing.is_expired:
            hint = f"mailer plans show {plan.name}   shows it\nmailer approve {plan.name}   by another person"
        raise NotApproved(f"plan {plan.name} cannot be sent: {standing.problem}", hint=hint)
    return ", ".join(standing.approved_by)


class Gate:
    """Holds every message of one mailing against the plans that it was sent by."""

    def __init__(self, office: Office, ledger: Ledger, mailing: Mailing, *, relay: str = "") -> None:
        """Read the plans, and verify what was said of them; `relay` is the name of that by which it is to go.

        Raises NotApproved if none of them stands, or the newest was rejected, or they name other relays.
        """
        self._office, self._ledger, self._mailing, self._relay = office, ledger, mailing, relay
        self._allowed: frozenset[bytes] = frozenset()
        self.relays: frozenset[str] = frozenset()  # those that a plan that stands names
        self.is_open = not is_needed(office, mailing.kind)
        note_policy(office, ledger)
        if not self.is_open:
            self.load()

    def load(self) -> None:
        """Read which messages may go by now. Raises as the gate itself."""
        with self._ledger.reading() as connection:
            cases = [read_case(connection, plan) for plan in plans.read_plans_sent(connection, self._mailing.id)]
        allowed, wrong, stands, relays = set[bytes](), list[str](), False, set[str]()
        for case in cases:
            standing = judge(self._office, case, covers=self._mailing.kind)
            if standing.problem:
                wrong.append(f"plan {case.plan.name}: {standing.problem}")
            if standing.rejected is not None:  # nothing goes that was approved before, until a later plan was
                stands = False
                allowed.clear()
            if not standing.problem:
                stands = True
                if found := _RELAYS.search(case.text):
                    relays.update(each.split()[0] for each in json.loads(found[1]))
                # delivery id and content hash of each recipient; those who are skipped get nothing
                allowed.update(bytes.fromhex((m[1] + m[2]).decode("ascii")) for m in _RECIPIENT.finditer(case.text))
        if not stands:
            why = wrong[-1] if wrong else "it was never approved"
            hint = f"mailer plan {self._mailing.slug} --to LIST   makes a plan of it, also for those who wait"
            raise NotApproved(f"{self._mailing.name} may not be sent: {why}", hint=hint)
        if self._relay and self._relay not in relays:
            by, hint = ", ".join(sorted(relays)), f"mailer plan {self._mailing.slug} --to LIST --relay {self._relay}"
            raise NotApproved(f"{self._mailing.name} was approved for relay {by}, not {self._relay}", hint=hint)
        self._allowed, self.relays = frozenset(allowed), frozenset(relays)

    def allows(self, delivery: Delivery | Planned) -> bool:
        """Return whether a message may go: its delivery and exactly this content are in a plan that stands."""
        return self.is_open or delivery.token_id + delivery.content_hash in self._allowed


def note_policy(office: Office, ledger: Ledger) -> None:
    """Write an event where `[approval]` is another one than the ledger knows: switching it off must not go unseen."""
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
    """Return what `[approval]` asks for, in a line."""
    policy = office.settings.approval
    if not policy.required:
        return _OFF
    kinds = ", ".join(policy.kinds) if set(policy.kinds) != set(REAL_KINDS) else "everything"
    said = [f"required for {kinds}", f"{policy.minimum} of {', '.join(policy.approvers) or 'anybody'}"]
    if policy.allowed_signers:
        path = office.workspace.root / Path(policy.allowed_signers).expanduser()
        lines = path.read_bytes() if path.is_file() else b""
        said.append(f"signers {policy.allowed_signers} ({hashlib.sha256(lines).hexdigest()[:8]})")
    said += ["without a key, too"] if policy.trust_local else []
    return "; ".join([*said, f"within {policy.valid_h:g} hours"])


# Signatures of people, by `ssh-keygen -Y`: keys with a passphrase, in an agent, on a token work as they do for git. A
# signature is made for a purpose, its namespace: one that was given for a plan proves nothing else. Whose a key is, a
# file of allowed signers says (ssh-keygen(1), ALLOWED SIGNERS), with the times in which it may be used.


def sign_text(text: bytes, key: Path, namespace: str, *, asks: bool) -> bytes:
    """Sign a text with a key, a file or (its .pub) one that the SSH agent has; `asks`: someone can type a passphrase.

    Raises ConfigProblem if ssh-keygen is not installed, InputProblem in its own words where the key cannot be used.
    """
    with _as_file(text) as file:
        done = _run_ssh(["sign", "-q", "-n", namespace, "-f", str(key), file], b"", asks=asks)
        made = Path(f"{file}.sig")
        if done.returncode or not made.exists():
            why = (done.stderr or b"").decode(errors="replace").strip().splitlines()
            raise InputProblem(f"this key cannot sign{f': {why[-1]}' if why else ''}", source=str(key))
        return made.read_bytes()


def verified_key(text: bytes, signature: bytes, namespace: str, words: Sequence[str] = ("check-novalidate",)) -> str:
    """Return the fingerprint of the key that signed a text, whoever's it is; empty if none did."""
    with _as_file(signature) as file:
        done = _run_ssh([*words, "-n", namespace, "-s", file], text)
    found = _FINGERPRINT.search(done.stdout.decode(errors="replace"))
    return found[0] if found and not done.returncode else ""


def _find_signers(signature: bytes, *, signers: Path, at: datetime) -> list[str]:
    """Return whose signature it may be; a pattern is nobody's name."""
    with _as_file(signature) as file:
        done = _run_ssh(["find-principals", "-f", str(signers), "-s", file, _verify_time(at)], b"")
    names = done.stdout.decode(errors="replace").splitlines() if not done.returncode else []
    return [name.strip() for name in names if name.strip() and not re.search(r"[*?!]", name)]


def _verify_time(at: datetime) -> str:
    """Return the option; without a zone it is this machine's own time, which every version of ssh-keygen reads."""
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
        # who can be asked sees ssh-keygen's own words: "Enter passphrase", "Confirm user presence"
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
