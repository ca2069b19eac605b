"""Stored: a plan as a text that another person can approve, and a stored plan made again before it is sent.

`store_plan` writes what `prepare` made into the ledger; any command that has a `Plan` can call it, and nothing is sent.
`take_plan` prepares the same request once more and compares the two. Recipients who have opted out since are skipped;
anything else that differs is reported, line by line, and refused: exactly what was approved is sent.

The text is canonical JSON (sorted keys, no blanks, UTF-8). It contains no times, so that planning the same twice gives
the same hash, and no addresses: recipients are identified by delivery id and content hash, people left out by the first
digits of their digest (duplicates, people already planned and those excluded by `--where` or `--sample` are only
counted), and typed options have their addresses blotted out beside a keyed digest of the whole. Addresses, the request
itself and the words of warnings are kept beside it, where `contacts forget` and `purge` can erase them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mailer import lazy_re as re
from mailer.address import parse_address
from mailer.contacts.audience import Selection
from mailer.errors import InputProblem, NotApproved, Problem, gather
from mailer.events import MailingKind
from mailer.frozen import dataclass, field, replace
from mailer.ledger import Ledger, plans
from mailer.ledger.deliveries import read_open
from mailer.ledger.mailings import Edition, Mailing, full_name, keep_blob, newest_edition, read_mailing
from mailer.ledger.plans import KeptPlan, NewPlan, PlannedPerson
from mailer.ledger.rows import in_parts
from mailer.ledger.suppressions import SuppressionQuery, active_suppressions
from mailer.runs import approval
from mailer.runs.office import Office
from mailer.runs.planning.confirm import remaker
from mailer.runs.planning.edition import file_lines, unpack
from mailer.runs.planning.making import NOTICE, Manner, Merger, manner_of
from mailer.runs.planning.request import NO_RELAY, About, Moment, Request, WaveRequest, parse_expiry

if TYPE_CHECKING:  # showing a stored plan prepares nothing
    from mailer.runs.planning.prepare import Covered, Plan

VERSION: Final = 1
_AT_ONCE: Final = 500
_MOST_SAMPLES: Final = 12  # manners for which one recipient's mail is shown as an example
_ADDRESS: Final = re.compile(r"[^\s\"'(,]*@[^\s\"'),]*")
# the commands that plan mailings of other kinds than the release itself, with --plan
_COMMANDS: Final = {
    MailingKind.OFFER: "embargo offer",
    MailingKind.FOLLOW_UP: "follow-up",
    MailingKind.CORRECTION: "correct",
    MailingKind.RETRACTION: "retract",
}
_RECIPIENTS: Final = '"recipients":"\\u0000"'
_ENTRY: Final = re.compile(r'\["([0-9a-f]{16})","([0-9a-f]{64})",("(?:[^"\\]|\\.)*")\]')


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan that was stored: its name, what it would do, and the time until which it can be sent."""

    kept: KeptPlan
    plan: Plan
    is_new: bool
    is_needed: bool
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A plan's text, parsed: its head, and the recipients by delivery id (content hash, reason if skipped).

    For messages that the plan covers in addition (`also`), the first text of each is here.
    """

    head: Mapping[str, Any]
    recipients: Mapping[bytes, tuple[bytes, str]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs between two plans: files with their lines, recipients in, out and with another mail, settings."""

    files: tuple[tuple[str, tuple[str, ...]], ...] = ()
    came: tuple[bytes, ...] = ()
    left: tuple[bytes, ...] = ()
    other: tuple[bytes, ...] = ()
    settings: tuple[tuple[str, Any, Any], ...] = ()
    skipped: tuple[bytes, ...] = ()  # planned in the first, and skipped in the second


# Into the ledger.


def store_plan(office: Office, ledger: Ledger, plan: Plan, planner: str = "") -> StoredPlan:
    """Store a plan for approval, and send nothing. `planner` is who made it (default: `user@host`).

    Raises InputProblem if there are no recipients.
    """
    planner, stamp, policy = planner.strip() or office.actor, office.stamp(), office.settings.approval
    approval.note_policy(office, ledger)
    text = _write(office, ledger, plan)
    opened = read_text(text)
    if not plan.request.renews and not any(not why for _, why in opened.recipients.values()):
        raise InputProblem("there are no recipients", hint="mailer lists check LIST   shows what is on a list")
    own = own_plans(plan)
    left_out = [each for one in own for each in one.tally.left_out_examples]
    waves = plan.covers.plans[-len(plan.request.waves) :] if plan.covers and plan.request.waves else ()
    details = {
        "request": request_document(plan.request),
        "subject": plan.tally.first.rendered.subject if plan.tally.first else plan.release.headline,
        "warnings": [[each.severity.value, each.code, str(each), each.hint] for each in plan.warnings],
        "left_out": [[each.reason.value, each.list_name, each.line, each.message] for each in left_out],
        "waves": [
            {"to_send": one.tally.to_send, "at": at and at.at.isoformat(), "elsewhere": one.zones()}
            for one in waves
            for at in [one.request.at]
        ],
    }
    new = NewPlan(
        slug=plan.slug,
        kind=plan.request.kind.value,
        headline=plan.release.headline,
        recipients=sum(each.tally.to_send for each in own),
        planner=planner[:200],
        details=json.dumps(details, ensure_ascii=False, sort_keys=True),
    )
    with ledger.writing() as connection:
        is_new = plans.read_plan(connection, hashlib.sha256(text).digest()) is None
        for edition in (plan.edition, *(plan.covers.texts if plan.covers else ())):
            for data in edition.files.values():
                keep_blob(connection, data)
        digest = plans.add_plan(connection, new, text, stamp=stamp)
    for batch in in_parts(_people(plan), _AT_ONCE):
        ledger.step(partial(plans.add_people, digest=digest, people=batch))
    with ledger.reading() as connection:
        kept = plans.require_plan(connection, digest.hex())
    is_needed = approval.is_needed(office, plan.request.kind)
    return StoredPlan(kept, plan, is_new, is_needed, stamp.at + timedelta(hours=policy.valid_h))


def hash_of(office: Office, plan: Plan) -> bytes:
    """Return the hash that a plan would have if it were stored."""
    return hashlib.sha256(_write(office, office.ledger, plan)).digest()


def own_plans(plan: Plan) -> tuple[Plan, ...]:
    """Return the plans whose recipients are those of this one: itself, or all its waves."""
    return plan.covers.plans if plan.covers and plan.request.kind is MailingKind.RELEASE else (plan,)


def _covered_plans(plan: Plan) -> tuple[Plan, ...]:
    """Return the plans whose messages its approval covers."""
    beside = plan.covers.plans if plan.covers else ()
    return beside if beside and own_plans(plan) is beside else (plan, *beside)


def _write(office: Office, ledger: Ledger | None, plan: Plan) -> bytes:
    """Return the canonical text of a plan."""
    request, release = plan.request, plan.release
    document, own = request_document(request), own_plans(plan)
    entries = {each.token_id: _entry(each.token_id, each.content_hash, each.skipped) for each in plan.spool.read()}
    entries |= _waiting(office, ledger, plan) if ledger is not None else {}
    edition, also = plan.edition, list[dict[str, Any]]()
    if plan.covers is not None:
        name = full_name(plan.slug, MailingKind.RELEASE, plan.covers.plans[0].sequence)
        for version in plan.covers.texts:
            messages = _covered(office, ledger, plan.covers, version)
            if own is plan.covers.plans and version is plan.covers.texts[0]:
                edition, entries = version, {token: entry for entry, token in reversed(messages.items())}
                messages = {entry: token for entry, token in messages.items() if entries[token] != entry}
            if messages:
                listed = [json.loads(each) for each in sorted(messages)]
                also.append({"mailing": name, "files": _files(version), "messages": listed})
    full = json.dumps(document, ensure_ascii=False, sort_keys=True)
    visible = {name: _masked(value) for name, value in document.items() if name not in {"release", "at", "expires"}}
    until = release.embargo.until if release.embargo else None
    at, ends = request.at, request.expires  # a span counts from the sending
    if not ends and request.expires_at is not None:
        ends = request.expires_at.astimezone(UTC).isoformat()
    key = office.keys.subkey("plan", min(office.keys.secrets))
    head = {
        "version": VERSION,
        "mailing": full_name(plan.slug, request.kind, plan.sequence),
        "kind": request.kind.value,
        "release": plan.slug,
        "headline": release.headline,
        "sender": f"{plan.sender.name} <{plan.sender.address}>",
        "relay": _relays(office, plan),
        "window": {"at": at.at.astimezone(UTC).isoformat() if at else None, "now": request.at_once, "expires": ends},
        "embargo": until.isoformat() if until else None,
        "files": _files(edition),
        "request": visible,
        "request_digest": hmac.digest(key, full.encode(), "sha256").hex(),
        "left_out": dict(sum((each.tally.left_out for each in own), Counter[str]())),
        "skipped": dict(sum((each.tally.skipped for each in own), Counter[str]())),
        "waiting": len(entries) - sum(each.spool.count for each in own),
        "checks": sorted([each.severity.value, each.code, each.source, each.line or 0] for each in plan.warnings),
        "waived": sorted([each.code, each.reason] for each in release.waivers),
        "excluded": sorted({(who.token_id.hex(), why) for each in own for who, why in each.spool.read_out()}),
        "recipients": "\0",
    }
    if also:  # what the same approval covers
        head["also"] = also
    text = json.dumps(head, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    before, _, after = text.partition(_RECIPIENTS)
    return f'{before}"recipients":[{",".join(entries[each] for each in sorted(entries))}]{after}'.encode()


def _entry(token_id: bytes, content_hash: bytes, skipped: str = "") -> str:
    return f'["{token_id.hex()}","{content_hash.hex()}",{json.dumps(skipped)}]'


def _files(edition: Edition) -> list[list[str]]:
    return [[role, name, digest.hex()] for (role, name), digest in sorted(edition.digests().items())]


def _covered(office: Office, ledger: Ledger | None, covers: Covered, edition: Edition) -> dict[str, bytes]:
    """Return the messages of the covered plans with one of their texts, and the recipient of each.

    Those who are waiting already get that text, too. A recipient who has had the privacy notice by then gets a mail
    without it, so both are covered.
    """
    first = covers.plans[0]
    waiting = _waiting_in(office, ledger, first.existing, edition) if ledger and first.existing is not None else {}
    messages = {entry: token for token, entry in waiting.items()}
    name, kind = full_name(first.slug, MailingKind.RELEASE, first.sequence), MailingKind.RELEASE
    merger = Merger(unpack(edition), mailing=name, kind=kind, keys=office.keys)
    for each in (person for one in covers.plans for person in one.spool.read()):
        if each.skipped:
            messages.setdefault(_entry(each.token_id, each.content_hash, each.skipped), each.token_id)
            continue
        row = json.loads(each.merge_row)
        without_notice = {name: value for name, value in row.items() if name != NOTICE}
        for fields_ in (row, without_notice) if NOTICE in row else (row,):
            made = merger.merge(parse_address(each.address), fields_, date=office.clock())
            messages.setdefault(_entry(each.token_id, made.content_hash), each.token_id)
    return messages


def _waiting(office: Office, ledger: Ledger, plan: Plan) -> dict[bytes, str]:
    """Return those who are waiting and get a text of this plan: in its mailing; for a correction, in the release's."""
    texts: list[tuple[Mailing, Edition]] = [(plan.existing, plan.edition)] if plan.existing is not None else []
    if plan.around is not None and plan.request.kind is MailingKind.CORRECTION:
        with ledger.reading() as connection:
            release = read_mailing(connection, plan.around.release_id)
            renewal = plan.around.renewal
            texts.append((release, renewal.edition if renewal else newest_edition(connection, release.id)[1]))
    return {key: entry for each in texts for key, entry in _waiting_in(office, ledger, *each).items()}


def _waiting_in(office: Office, ledger: Ledger, mailing: Mailing, wanted: Edition) -> dict[bytes, str]:
    with ledger.reading() as connection:
        newest, edition = newest_edition(connection, mailing.id)
    _, remake = remaker(office, mailing, wanted)
    is_same, found = edition.digests() == wanted.digests(), dict[bytes, str]()
    for rows in ledger.pages(read_open, mailing_id=mailing.id, states=plans.MAY_GO):
        others = [each for each in rows if not is_same or each.edition_id != newest]
        made = {each.delivery_id: each.content_hash for each in remake(others)}
        found |= {each.token_id: _entry(each.token_id, made.get(each.id, each.content_hash)) for each in rows}
    return found


def _relays(office: Office, plan: Plan) -> list[str]:
    """Return the relay, and those that may replace it, as a plan names them."""
    relay = plan.request.relay
    others = () if plan.request.pinned else office.settings.relays_for(plan.sender.domain)
    every = [relay, *(other for other in others if other.key != relay.key)]
    return [f"{each.key} {each.host}:{each.port} {each.security.value}" for each in every]


def _people(plan: Plan) -> Iterator[PlannedPerson]:
    """Yield the recipients as an approver sees them; the first of each manner with the merge row, to show the mail."""
    seen, ids = set[tuple[MailingKind, Manner]](), set[bytes]()
    for one in _covered_plans(plan):
        text, kind = unpack(one.edition), one.request.kind
        for each in one.spool.read():
            if plan.covers is not None:
                if each.token_id in ids:
                    continue
                ids.add(each.token_id)
            sample = None
            if not each.skipped and not each.is_forgotten and len(seen) < _MOST_SAMPLES:
                row = json.loads(each.merge_row)
                manner = kind, manner_of(text, row.get("language", ""), row.get("text_only", ""))
                if manner not in seen:
                    seen.add(manner)
                    sample = each.merge_row
            address = "" if each.is_forgotten else each.address
            yield PlannedPerson(each.token_id, each.address_digest, address, each.list_name, each.row, sample)
    for who in (who for each in own_plans(plan) for who, _ in each.spool.read_out()):
        if who.token_id not in ids:
            ids.add(who.token_id)
            yield who


# The request as JSON, and back: all its fields, so that a new field is in the plan.


def request_document(request: Request) -> dict[str, Any]:
    """Return a request as JSON."""
    values = asdict(replace(request, expires_at=None if request.expires else request.expires_at))
    document: dict[str, Any] = json.loads(json.dumps(values | {"relay": request.relay.key}, default=datetime.isoformat))
    return document


def read_request(office: Office, details: str) -> Request:
    """Return the request of a stored plan, as it would be typed now.

    Raises NotApproved if it was erased, or cannot be read; ConfigProblem if mailer.toml no longer names its relay.
    """
    document = json.loads(details).get("request")
    if not document:
        raise NotApproved("the options it was made with are no longer kept; make a new plan")
    return request_of(office, document)


def request_of(office: Office, document: Mapping[str, Any]) -> Request:
    """Return a request from its JSON, which may lack some fields; a span of time counts from now."""
    complete = {**request_document(Request(release="", relay=NO_RELAY)), **document}
    values: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in complete.items()}
    values |= {"relay": office.relay(complete["relay"]), "kind": MailingKind(complete["kind"])}
    values["selection"] = Selection(**complete["selection"])
    values["about"] = About(**{**complete["about"], "to": tuple(complete["about"]["to"])})
    values["at"] = _read_moment(complete["at"])
    values["waves"] = read_waves(complete["waves"])
    if complete["expires"]:
        start = values["at"].at if complete["at"] else None
        values["expires_at"] = parse_expiry(complete["expires"], now=office.clock(), start=start)
    elif complete["expires_at"]:
        values["expires_at"] = datetime.fromisoformat(complete["expires_at"])
    return Request(**values)


def read_waves(documents: Iterable[dict[str, Any]]) -> tuple[WaveRequest, ...]:
    """Return the waves of a request from their JSON."""
    made = []
    for each in documents:
        read = {"lists": tuple(each["lists"]), "selection": Selection(**each["selection"])}
        made.append(WaveRequest(**each | read | {"at": _read_moment(each["at"])}))
    return tuple(made)


def _read_moment(at: Mapping[str, str] | None) -> Moment | None:
    return Moment(datetime.fromisoformat(at["at"]), at["text"]) if at else None


def _masked(value: object) -> object:
    if isinstance(value, str):
        return _ADDRESS.sub("…@…", value)
    if isinstance(value, dict):
        return {name: _masked(each) for name, each in value.items()}
    return [_masked(each) for each in value] if isinstance(value, list) else value


def request_command(office: Office, request: Request) -> str:
    """Return the command that makes such a request, for a person to type, as far as its parts have names."""
    other = "correct" if request.renews else _COMMANDS.get(request.kind, "")
    lists = (*request.lists, *request.about.to)
    words = [f"mailer {other or 'plan'}", request.release, *(f"--to {name}" for name in lists)]
    words += [f'--note "{request.about.note}"'] if request.about.note else []
    words += ["--minor"] if request.about.minor or request.renews else []
    words += [f"--only {request.about.only}"] if request.about.only else []
    words += ["--text FILE"] if request.about.text else []
    words += ["--with-release"] if request.about.with_release else []
    words += [f"--except {name}" for name in request.excepts]
    words += [str(request.selection)] if not request.selection.is_everybody else []
    words += [f'--at "{request.at.text}"'] if request.at else []
    if request.waves:
        then = [f"--then-to {name}" for each in request.waves for name in each.lists]
        steps = ["--exclusive EMAIL --until WHEN"] if request.lists else ["--waves FILE"]
        words += then if request.kind is MailingKind.OFFER else steps
    needs_name = office.settings.approval.allowed_signers and approval.is_needed(office, request.kind)
    return " ".join([*words, *(["--plan"] if other else []), *(["--as NAME"] if needs_name else [])])


# Before it is sent.


def take_plan(
    office: Office, ledger: Ledger, kept: KeptPlan, make: Callable[[Office, Request], Plan]
) -> tuple[Plan, tuple[str, ...]]:
    """Prepare a stored plan once more; return it, ready to be confirmed, and who has been skipped since.

    `make` is `prepare`, or the function that replaces it for other kinds of mailing; the caller closes what it makes.
    Raises NotApproved if the plan is invalid, or what would be sent now is not what was planned.
    """
    kind = MailingKind(kept.kind)
    approval.require(office, ledger, kind, kept.hash)
    with ledger.reading() as connection:
        case = approval.read_case(connection, kept)
    request = read_request(office, kept.details)
    command = request_command(office, request)
    for at in (request.at, *(each.at for each in request.waves)):
        if at is not None and at.at <= office.clock():
            raise NotApproved(f"plan {kept.name} was for {at.text}, which has passed", hint=f"{command}   makes anew")
    try:
        plan = make(office, request)
    except InputProblem as error:
        message, hint = f"plan {kept.name} cannot be sent as it was planned", f"{command}   makes a new plan"
        raise NotApproved(message, problems=error.problems or gather(error), hint=hint) from error
    old, new = read_text(case.text), read_text(_write(office, ledger, plan))
    files = {hashlib.sha256(data).hexdigest(): data for data in plan.edition.files.values()}
    found = _without_suppressed(ledger, kept, plan, compare(ledger, old, new, files.get))
    changed = {*found.came, *found.other}
    everybody = (each for one in _covered_plans(plan) for each in one.spool.read())
    names = {each.token_id: each.address for each in everybody if each.token_id in changed}
    if problems := [Problem("changed", line) for line in describe_differences(ledger, kept, found, names)]:
        hint = f"A new plan has to be approved:\n{command}"
        raise NotApproved(f"plan {kept.name} is not what would be sent now", problems=problems, hint=hint)
    return replace(plan, plan_hash=kept.hash), tuple(_addresses(ledger, kept, found.skipped).values())


def _without_suppressed(ledger: Ledger, kept: KeptPlan, plan: Plan, found: Differences) -> Differences:
    """Return the differences without those who left their list and are suppressed: they get nothing either way.

    People of an earlier run who have had their mail since do not count either.
    """
    explained: set[bytes] = set()
    with ledger.reading() as connection:
        for part in in_parts(found.left, _AT_ONCE):
            people = {each.address_digest: each.token_id for each in plans.read_people(connection, kept.hash, part)}
            suppressed = active_suppressions(connection, [SuppressionQuery(digest) for digest in people])
            explained |= {people[digest] for digest in suppressed}
            if plan.existing is not None:
                explained |= plans.has_had(connection, plan.existing.id, part)
            if plan.around is not None:
                explained |= plans.has_had(connection, plan.around.release_id, part)
                # no follow-up goes to those who have replied, bounced or left on holiday since: that was approved
                explained |= set(part) if plan.request.kind is MailingKind.FOLLOW_UP else set()
    left, gone = (tuple(each for each in found.left if (each in explained) is want) for want in (False, True))
    return replace(found, left=left, skipped=(*found.skipped, *gone))


# Two plans side by side.


def read_text(text: bytes) -> Opened:
    """Parse the text of a plan."""
    whole = text.decode()
    start = whole.index('"recipients":[') + len('"recipients":')
    entries = {bytes.fromhex(m[1]): (bytes.fromhex(m[2]), json.loads(m[3])) for m in _ENTRY.finditer(whole, start)}
    end = start + 2 if not entries else whole.index("]]", start) + 2
    head = json.loads(f"{whole[:start]}[]{whole[end:]}")
    for part in head.get("also", ()):
        for token, digest, why in part["messages"]:
            entries.setdefault(bytes.fromhex(token), (bytes.fromhex(digest), why))
    return Opened(head, entries)


def compare(
    ledger: Ledger,
    old: Opened,
    new: Opened,
    file_of: Callable[[str], bytes | None],
    when: tuple[str, str] = ("as planned", "now"),
) -> Differences:
    """Return the differences in what is sent; `file_of` has files of the newer plan that the ledger may not have."""
    settings = [
        (name, old.head[name], new.head[name])
        for name in ("mailing", "kind", "sender", "relay", "window", "embargo")
        if old.head[name] != new.head[name]
    ]
    first, second, done = old.head["request"], new.head["request"], {name for name, *_ in settings}
    others = [name for name in first | second if first.get(name) != second.get(name) and name not in done]
    settings += [(name, first.get(name), second.get(name)) for name in others]
    if not settings and old.head["request_digest"] != new.head["request_digest"]:
        settings.append(("request", "an address in it", "another one"))
    before, after = ({(role, name): digest for role, name, digest in each.head["files"]} for each in (old, new))
    files = []
    with ledger.reading() as connection:
        for key in sorted(before.keys() | after.keys()):
            was, now = before.get(key), after.get(key)
            if was != now:
                data = [plans.read_file(connection, bytes.fromhex(each)) if each else b"" for each in (was, now)]
                data[1] = data[1] if data[1] is not None else file_of(now or "")
                lines = tuple(file_lines(key[1], data[0] or b"", data[1] or b"", when))
                files.append((key[1].removesuffix(".json"), lines))
    a, b = old.recipients, new.recipients
    sent = [each for each, (_, why) in a.items() if not why]
    return Differences(
        files=tuple(files),
        came=tuple(each for each, (_, why) in b.items() if not why and (each not in a or a[each][1])),
        left=tuple(each for each in sent if each not in b),
        other=tuple(each for each in sent if each in b and not b[each][1] and a[each][0] != b[each][0]),
        settings=tuple(settings),
        skipped=tuple(each for each in sent if each in b and b[each][1]),
    )


def describe_differences(
    ledger: Ledger, kept: KeptPlan, found: Differences, names: Mapping[bytes, str]
) -> Iterator[str]:
    """Yield sentences about differences: settings, files, recipients who came or left, or whose mail is another one.

    `names` are addresses of the newer plan; those of the older plan are in the ledger.
    """
    for name, was, now in found.settings:
        parts = [(name, was, now)]
        if isinstance(was, dict) and isinstance(now, dict):
            parts = [(f"{name} {key}", was.get(key), now.get(key)) for key in sorted(was | now)]
        yield from (f"{part}: {_short(a)} → {_short(b)}" for part, a, b in parts if a != b)
    for name, lines in found.files:
        yield "\n".join([f"{name} changed", *lines])
    names = {**_addresses(ledger, kept, {*found.left, *found.other}), **names}
    for verb, people in (("came", found.came), ("left", found.left)):
        if people:
            yield f"{len(people)} {verb}: {_named(people, names)}"
    if found.other and not found.files:
        yield f"{len(found.other)} would get another mail: {_named(found.other, names)}"


def _addresses(ledger: Ledger, kept: KeptPlan, ids: Iterable[bytes]) -> dict[bytes, str]:
    with ledger.reading() as connection:
        people = (each for part in in_parts(ids, _AT_ONCE) for each in plans.read_people(connection, kept.hash, part))
        return {each.token_id: each.address for each in people}


def _named(ids: Iterable[bytes], names: Mapping[bytes, str], most: int = 20) -> str:
    listed = sorted(names.get(each) or f"(erased, {each.hex()})" for each in ids)
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")


def _short(value: object) -> str:
    if not value:
        return "nothing"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
