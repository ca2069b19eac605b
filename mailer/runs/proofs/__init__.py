"""Proofs: the record of a mailing, as a folder that anyone can check without us.

Theory of operation. The ledger is read in one consistent view, and only its contents go into the folder: if nothing
happens to a mailing in between, two proofs of it are the same to the byte (so the folder has no creation date; the time
stamp is for that). Messages are made again from the edition, as for a retry, and a message that does not have the hash
it was planned with is left out and reported. Erased people stay erased: there is no address, and no message can be
made. README.txt explains to someone who has never heard of us what proves what; `verify.py` (which only uses the
standard library, and is never imported here) checks that all parts agree; the signature and the time stamp cover
`SHA256SUMS`, and so everything.

Gaps: nothing here checks an approval's signature or an authority's certificate; README.txt explains how.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import secrets
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO, Final

from mailer import lazy_re as re
from mailer.address import parse_address
from mailer.contacts.exporting import render_csv
from mailer.contacts.traces import FORGOTTEN
from mailer.errors import InputProblem, Problem, Severity
from mailer.events import DeliveryState, EventKind
from mailer.fetch import Unreachable, post_openly
from mailer.frozen import dataclass
from mailer.ledger import Connection, mailings, plans
from mailer.ledger.connection import verify_keys
from mailer.ledger.deliveries import planned_digests
from mailer.ledger.history import read_books, read_editions, read_origin, read_recipients, read_steps
from mailer.ledger.mailings import Mailing
from mailer.ledger.plans import KeptPlan
from mailer.platform import hold, is_held, sync_folder
from mailer.runs.approval import sign_text, verified_key
from mailer.runs.office import Office
from mailer.runs.planning.edition import sender_of, unpack
from mailer.runs.planning.making import Merger
from mailer.tokens import address_digest
from mailer.workspace import read_bytes

_COLUMNS: Final = (
    *("number", "address", "digest", "delivery", "state", "reason", "code", "enhanced", "text", "relay", "attempts"),
    *("attempted_at", "finished_at", "next_attempt_at", "expires_at", "message_id", "content_sha256", "size"),
    *("edition", "list", "row", "message", "came_back"),
)
_LOST: Final = "its recipient was erased, or mailer or its keys have changed since"
NAMESPACE: Final = "mailer-proof"  # of its signature
_MOST_SIGNERS: Final = 1_000_000  # bytes
_INTERNAL: Final = ("id", "edition_id", "merge_row")
_OF_MAILINGS: Final = (
    *("kind", "headline", "state", "relay", "halt_reason", "planned", "left_out"),
    *("created_at", "scheduled_at", "started_at", "finished_at"),
)
_OF_PLANS: Final = ("hash", "recipients", "planner", "created_at", "actor")  # not all columns: some can be erased
_OF_APPROVALS: Final = ("name", "verdict", "reason", "method", "key", "at", "actor")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofWanted:
    """Request: a mailing's proof as a new folder, or a new file that ends in .zip.

    `person` is the recipient whose message is included (empty: the first who got it), `everybody` includes all. `key`
    is an SSH key to sign with, `asks`: someone can type its passphrase; `authority` is a time-stamp authority. Without
    these, those of `[proof]` are used.
    """

    mailing: str
    target: Path
    person: str = ""
    everybody: bool = False
    key: Path | None = None
    asks: bool = False
    authority: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofWritten:
    """Result: what a proof contains; `sums` is the SHA-256 of SHA256SUMS, `signed_by` a key's fingerprint or empty."""

    mailing: str
    place: Path
    planned: int
    accepted: int
    messages: int
    plans: int
    approvals: int
    sums: str
    signed_by: str
    stamped_at: datetime | None
    problems: tuple[Problem, ...]


def write_proof(office: Office, wanted: ProofWanted, *, on_progress: Callable[[int], None]) -> ProofWritten:
    """Write the proof of a mailing; `on_progress` is called with the number of recipients written so far.

    Raises InputProblem if there is no such mailing or recipient, the target is taken, the key cannot sign, or the
    authority returned no valid time stamp; LedgerProblem if the books do not balance, or a plan has another hash.
    """
    if office.ledger is None:
        raise InputProblem("nothing was sent from here yet", hint="mailer send RELEASE --to LIST --dry-run")
    usual = office.settings.proof
    key = wanted.key or (office.workspace.root / Path(usual.key).expanduser() if usual.key else None)
    authority = wanted.authority or usual.timestamp
    if key is not None and not key.is_file():
        raise InputProblem("there is no such key file", source=str(key), hint="--key ~/.ssh/id_ed25519")
    if authority and not authority.lower().startswith(("http://", "https://")):
        hint = "--timestamp https://tsa.example.org/"
        raise InputProblem("is not the address of a time-stamp authority", source=authority, hint=hint)
    own = Path(__file__)
    with _new_bundle(wanted.target) as bundle:
        with office.ledger.reading() as connection:
            mailing = mailings.require_mailing(connection, wanted.mailing)
            document = _describe(connection, bundle, mailing)
            named = office.settings.approval.allowed_signers
            signers = office.workspace.root / Path(named).expanduser()
            if document["plans"] and named and signers.is_file():
                _add(bundle, "plans/allowed_signers", read_bytes(signers, limit=_MOST_SIGNERS))
            mails = _Mails(connection, office, mailing, wanted)
            for number in _write_recipients(bundle, read_recipients(connection, mailing.id), mails):
                on_progress(number)
            sender = sender_of(mailings.newest_edition(connection, mailing.id)[1])
        if wanted.person and not mails.made:
            why = _LOST if mails.missing else f"nothing was sent to them (mailer why {wanted.person} {mailing.name})"
            raise InputProblem(f"there is no message to {wanted.person}: {why}")
        accepted = document["states"][DeliveryState.ACCEPTED]
        facts = {"namespace": NAMESPACE, "sender": f"{sender.name} <{sender.address}>", "accepted": accepted}
        readme = own.with_name("README.txt").read_text("utf-8").format(**document, **facts)
        _add(bundle, "README.txt", readme.encode())
        _add(bundle, "mailing.json", _as_json(document, indent=1))
        _add(bundle, "verify.py", own.with_name("verify.py").read_bytes())
        sums = _write_sums(bundle)
        signed_by = ""
        if key:
            signature = sign_text(sums, key, NAMESPACE, asks=wanted.asks)
            _add(bundle, f"{SUMS}.sig", signature)
            signed_by = verified_key(sums, signature, NAMESPACE)
        stamped_at = _stamp(bundle, authority, sums) if authority else None
    lost = f"{mails.missing} of the messages could not be made again: {_LOST}"
    return ProofWritten(
        mailing=mailing.name,
        place=wanted.target,
        planned=mailing.planned,
        accepted=accepted,
        messages=mails.made,
        plans=len(document["plans"]),
        approvals=sum(len(each["approvals"]) for each in document["plans"]),
        sums=sha256(sums).hexdigest(),
        signed_by=signed_by,
        stamped_at=stamped_at,
        problems=(Problem("message-missing", lost, Severity.WARNING),) if mails.missing else (),
    )


class _Mails:
    """Makes messages again: those of all recipients, of one, or of the first who got it."""

    def __init__(self, connection: Connection, office: Office, mailing: Mailing, wanted: ProofWanted) -> None:
        self._connection, self._office, self._mailing = connection, office, mailing
        self._everybody, self._person = wanted.everybody, b""
        self._mergers: dict[int, Merger] = {}
        self.made = self.missing = 0
        if wanted.person:
            verify_keys(connection, office.keys)
            self._person = address_digest(office.keys, parse_address(wanted.person).key)
            if not planned_digests(connection, mailing.id, [self._person]):
                hint = f"mailer report {mailing.name} --deliveries   lists who is"
                raise InputProblem(f"{wanted.person} is not in {mailing.name}", hint=hint)

    def make(self, each: Mapping[str, Any]) -> bytes | None:
        """Return the message to a recipient, dated as the attempt; None if it is not wanted or cannot be made."""
        is_first = not self._person and each["state"] == DeliveryState.ACCEPTED and not self.made + self.missing
        is_wanted = self._everybody or is_first or each["digest"] == self._person
        # a refusal at MAIL or RCPT is an attempt, too, but then no message was sent
        if not is_wanted or all(step["kind"] != EventKind.ATTEMPTED for step in each["history"]):
            return None
        envelope, edition = None, each["edition_id"]
        if each["address"] and each["content_sha256"]:
            with suppress(InputProblem):  # reported with all that could not be made
                if edition not in self._mergers:
                    text, name = unpack(mailings.read_edition(self._connection, edition)), self._mailing.full_name
                    kind, keys = self._mailing.kind, self._office.keys
                    self._mergers[edition] = Merger(text, mailing=name, kind=kind, keys=keys)
                fields, at, approved = json.loads(each["merge_row"]), each["attempted_at"], each["content_sha256"]
                envelope = self._mergers[edition].merge_again(each["address"], fields, date=at, approved=approved)
        self.made += envelope is not None
        self.missing += envelope is None
        return envelope.data if envelope else None


def _write_recipients(bundle: Path, recipients: Iterable[dict[str, Any]], mails: _Mails) -> Iterator[int]:
    """Write recipients into the three tables, and their messages; yield how many are written so far."""
    with (
        _open_new(bundle, "recipients.jsonl") as lines,
        _open_new(bundle, "recipients.csv") as table,
        _open_new(bundle, "history.csv") as history,
    ):
        table.write(_csv_line(_COLUMNS))
        history.write(_csv_line(("number", "at", "kind", "by", "code", "enhanced", "reason", "text")))
        for number, each in enumerate(recipients, start=1):
            data, message = mails.make(each), f"messages/{number:06}.eml"
            if data is not None:
                _add(bundle, message, data)
            row = {"number": number, **{name: value for name, value in each.items() if name not in _INTERNAL}}
            row["text"] = next((step["text"] for step in reversed(each["history"]) if step["text"]), "")
            row["message"] = message if data is not None else None
            lines.write(_as_json(row))
            came_back = " ".join(dict.fromkeys(back["kind"] for back in each["returned"]))
            shown = row | {"address": each["address"] or FORGOTTEN, "came_back": came_back}
            table.write(_csv_line(shown[name] for name in _COLUMNS))
            history.write(b"".join(_csv_line((number, *step.values())) for step in each["history"]))
            yield number


def _describe(connection: Connection, bundle: Path, mailing: Mailing) -> dict[str, Any]:
    """Return mailing.json, and write the files of editions and plans that it names."""
    books, (by, newest) = read_books(connection, mailing), read_origin(connection, mailing.id)
    editions = read_editions(connection, mailing.id)
    for each in editions:
        files, each["files"] = mailings.read_edition(connection, each.pop("id")).files, []
        for number, ((role, name), data) in enumerate(sorted(files.items()), start=1):
            file = f"editions/{each['number']}/{number:03}-{role}-{_safe(name)}"
            _add(bundle, file, data)
            each["files"].append({"role": role, "name": name, "file": file, "sha256": sha256(data).digest()})
    return {
        "format": "mailer proof 1",
        "mailing": mailing.full_name,
        "release": mailing.slug,
        **{name: getattr(mailing, name) for name in _OF_MAILINGS},
        "by": by,
        "as_of": newest or mailing.created_at,
        "states": books.states,
        "skipped_reasons": books.skipped_reasons,
        "came_back": books.after,
        "bytes_accepted": books.bytes_accepted,
        "about": mailings.read_mailing(connection, mailing.parent_id).full_name if mailing.parent_id else None,
        "corrections": [
            {"mailing": mailings.full_name(mailing.slug, each.kind, each.sequence), "at": each.at, "note": each.note}
            for each in mailings.read_corrections(connection, mailing.slug)
        ],
        "editions": editions,
        "plans": [_write_plan(connection, bundle, each) for each in plans.read_plans_sent(connection, mailing.id)],
        "events": read_steps(connection, mailing.id),
    }


def _write_plan(connection: Connection, bundle: Path, plan: KeptPlan) -> dict[str, Any]:
    """Write a plan with its approvals; return its entry in mailing.json."""
    folder = f"plans/{plan.hash.hex()[:16]}"
    _add(bundle, f"{folder}/plan.json", plans.read_plan_text(connection, plan.hash))
    approvals, makers = [], plans.read_makers(connection, plan.hash)
    for number, each in enumerate(plans.read_approvals(connection, plan.hash), start=1):
        stem = f"{folder}/approvals/{number:02}-{_safe(each.name)}"
        approval = {"plan": plan.hash, "file": f"{stem}.json", **{name: getattr(each, name) for name in _OF_APPROVALS}}
        approval["same_account"] = plans.same_account(makers, each) or None
        if each.signature and each.method == plans.SSH:
            _add(bundle, f"{stem}.sig", each.signature)
            approval["signature"] = f"{stem}.sig"
        _add(bundle, f"{stem}.json", _as_json(approval, indent=1))
        approvals.append(approval)
    entry = {name: getattr(plan, name) for name in _OF_PLANS}
    entry["made_by"] = [{"name": each.name, "actor": each.actor, "at": each.at} for each in makers]
    return {**entry, "file": f"{folder}/plan.json", "approvals": approvals}


def _as_json(document: Mapping[str, Any], *, indent: int | None = None) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=indent, default=_text) + "\n").encode()


def _csv_line(cells: Iterable[Any]) -> bytes:
    shown = ("" if cell is None else str(cell) if isinstance(cell, (str, int)) else _text(cell) for cell in cells)
    return "".join(render_csv([shown])).encode()


def _text(value: datetime | bytes) -> str:
    """Return a time with its milliseconds and its offset, or a digest in hexadecimal."""
    return value.hex() if isinstance(value, bytes) else value.isoformat(timespec="milliseconds")


# The bundle: a folder or a ZIP file that appears whole or not at all, with the SHA-256 of everything in it. It is
# written into a folder beside the target that only its owner can open, and renamed at the very end; for a ZIP file, the
# contents of the folder are packed, always in the same order and without times, so that the same content makes the same
# bytes. A run that is interrupted removes what it has made. One that is killed cannot: so each run holds a lock in its
# folder, and the next run with the same target removes folders whose lock is free.

SUMS: Final = "SHA256SUMS"
_NOT_IN_NAMES = re.compile(r"[^\w .,@+-]")
_LOCK: Final = "lock"


def _safe(name: str) -> str:
    """Return the end of a name in characters that are safe on every system and in every shell."""
    return _NOT_IN_NAMES.sub("_", name)[-80:].rstrip(" .") or "_"


def _open_new(bundle: Path, name: str) -> BinaryIO:
    """Open a new file of a bundle; `name` is a path with `/`."""
    for folder in reversed(Path(name).parents):  # one by one: with `parents=True`, others could open them
        (bundle / folder).mkdir(mode=0o700, exist_ok=True)
    return open(bundle / name, "xb", opener=_private)


def _add(bundle: Path, name: str, data: bytes) -> None:
    with _open_new(bundle, name) as file:
        file.write(data)


def _write_sums(bundle: Path) -> bytes:
    """Write the sums of all files as `sha256sum` does, and return the bytes."""
    lines = []
    for path in sorted(each for each in bundle.rglob("*") if each.is_file()):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        lines.append(f"{digest}  {path.relative_to(bundle).as_posix()}\n")
    sums = "".join(lines).encode()
    _add(bundle, SUMS, sums)
    return sums


@contextmanager
def _new_bundle(target: Path) -> Iterator[Path]:
    """Yield a folder that becomes the target, or a ZIP file of that name, if the block ends without an error.

    Raises InputProblem if the target exists already, or cannot be written.
    """
    is_zip = target.suffix.lower() == ".zip"
    try:
        if target.exists() and (is_zip or not target.is_dir() or any(target.iterdir())):
            hint = "Give --out a new name: nothing is replaced."
            raise InputProblem("is there already", source=str(target), hint=hint)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark = f".{target.name}.unfinished-"
        for left in target.parent.iterdir():  # of a run that was killed
            if left.name.startswith(mark) and not is_held(left / _LOCK):
                shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=mark, dir=target.parent, ignore_cleanup_errors=True) as name:  # 0700
            making = Path(name)
            handle = hold(making / _LOCK)
            try:
                content = making / "new" / (target.stem if is_zip else target.name)
                for folder in (content.parent, content):
                    folder.mkdir(mode=0o700)
                yield content
                if is_zip:
                    _pack(content, making / "packed")
                    (making / "packed").replace(target)
                else:
                    if target.exists():
                        target.rmdir()  # empty; Windows does not rename over a folder
                    content.rename(target)
                sync_folder(target.parent)
            finally:
                os.close(handle)  # Windows removes no open file
    except OSError as error:
        raise InputProblem(f"cannot be written: {error.strerror or error}", source=str(target)) from None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _pack(folder: Path, target: Path) -> None:
    """Pack a folder, with its name, in the order of the names, and sync the file to disk."""
    with open(target, "xb", opener=_private) as file:
        with zipfile.ZipFile(file, "w") as packed:
            for path in sorted(each for each in folder.rglob("*") if each.is_file()):
                entry = zipfile.ZipInfo(path.relative_to(folder.parent).as_posix())  # 1980, the earliest date
                entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
                with path.open("rb") as content, packed.open(entry, "w", force_zip64=True) as into:
                    shutil.copyfileobj(content, into)
        file.flush()
        os.fsync(file.fileno())


# Time stamps: an RFC 3161 time stamp proves to everybody that a file existed at a time. The request must be granted,
# and the answer must have our digest and our nonce (§2.4.2), so that no older one passes for ours. Whether an
# authority's certificate is valid, readers of the proof check for themselves (`openssl ts -verify`).
# Gap: an answer in BER with indefinite lengths, where §2.4.2 requires DER, is refused.

REQUEST_TYPE: Final = "application/timestamp-query"  # §3.4
_INTEGER, _OCTETS, _SEQUENCE, _TIME, _EXPLICIT = 0x02, 0x04, 0x30, 0x18, 0xA0
_SHA256: Final = bytes.fromhex("300d06096086480165030402010500")  # AlgorithmIdentifier: 2.16.840.1.101.3.4.2.1, NULL
_NO_STAMP: Final = "its answer is not a time stamp (RFC 3161)"
_TIMES = re.compile(r"(\d{14})(?:\.\d+)?Z")


def _stamp(bundle: Path, authority: str, sums: bytes) -> datetime:
    digest, nonce = sha256(sums).digest(), secrets.randbits(63) + 1
    request = make_request(digest, nonce)
    try:
        answer = asyncio.run(post_openly(authority, request, media_type=REQUEST_TYPE))
        if answer.status != HTTPStatus.OK:
            raise ValueError(f"it answered {answer.status}")  # noqa: TRY301 - reported like every fault of an answer
        at = read_answer(answer.body, digest, nonce)
    except (Unreachable, ValueError) as error:
        hint = "Nothing was written. Try again, name another authority, or leave --timestamp out."
        raise InputProblem(f"there is no time stamp: {error}", source=authority, hint=hint) from None
    _add(bundle, f"{SUMS}.tsq", request)
    _add(bundle, f"{SUMS}.tsr", answer.body)
    return at


def make_request(digest: bytes, nonce: int) -> bytes:
    """Return a TimeStampReq (§2.4.1) for a SHA-256; `nonce` is above zero."""
    imprint = _tagged(_SEQUENCE, _SHA256 + _tagged(_OCTETS, digest))
    number = _tagged(_INTEGER, nonce.to_bytes(nonce.bit_length() // 8 + 1))
    return _tagged(_SEQUENCE, b"\x02\x01\x01" + imprint + number + b"\x01\x01\xff")  # version 1; certificate wanted


def read_answer(answer: bytes, digest: bytes, nonce: int) -> datetime:
    """Return the time in a TimeStampResp.

    Raises ValueError if it was not granted, is for another request, or cannot be read.
    """
    about, *token = (content for _, content in _parts(_inside(answer, _SEQUENCE)))
    status = int.from_bytes(_inside(about, _INTEGER))
    if status > 1 or not token:  # 0: granted; 1: granted with modifications
        texts = [text for tag, text in _parts(about) if tag == _SEQUENCE]
        reason = ", ".join(part.decode("utf-8", "replace") for text in texts for _, part in _parts(text))
        raise ValueError(f"it was refused: {reason or f'status {status}, without a reason'}")
    # ContentInfo, SignedData, EncapsulatedContentInfo, TSTInfo (RFC 5652 §5, RFC 3161 §2.4.2)
    stamp = _inside(token[0], _EXPLICIT, _SEQUENCE, _SEQUENCE, _EXPLICIT, _OCTETS, _SEQUENCE)
    numbers = [int.from_bytes(part) for tag, part in _parts(stamp) if tag == _INTEGER]  # version, serial, nonce
    at = _TIMES.fullmatch(_inside(stamp, _TIME).decode("ascii", "replace"))
    if at is None or _inside(stamp, _SEQUENCE, _OCTETS) != digest or numbers[2:] != [nonce]:
        raise ValueError("it is a time stamp of something else, or an older one")
    return datetime.strptime(at[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _tagged(tag: int, content: bytes) -> bytes:
    return bytes((tag, len(content))) + content  # nothing here has 128 bytes


def _inside(data: bytes, *tags: int) -> bytes:
    """Return the content of the first value with a tag, inside it of the first with the next tag, and so on."""
    for wanted in tags:
        found = next((content for tag, content in _parts(data) if tag == wanted), None)
        if found is None:
            raise ValueError(_NO_STAMP)
        data = found
    return data


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of one value after the other (X.690 §8.1)."""
    while data:
        size, start = int.from_bytes(data[1:2]), 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(data[2:start])
        if data[1:2] in {b"", b"\x80"} or start + size > len(data):
            raise ValueError(_NO_STAMP)
        yield data[0], data[start : start + size]
        data = data[start + size :]
