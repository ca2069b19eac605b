"""`mailer proof`: what a stranger gets; it is complete or does not exist, and tampering is always found."""

from __future__ import annotations

import ast
import contextlib
import csv
import hashlib
import json
import os
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.office import STATES, Desk, furnished, in_the_ledger
from tests.proofs import add_sent_plan, approve, time_stamp_authority, verify
from tests.servers import Act, ScriptedServer, threaded_server

SEND = ("send", "lamps", "--to", "coast", "--yes")


def send_to_all_kinds(desk: Desk, server: ScriptedServer) -> None:
    """Make a mailing with every outcome that one day can bring."""
    desk.run("optouts", "add", "di@d.example.com")
    server.recipients = {
        "bo@b.example.com": Act("550 5.1.1 =HYPERLINK(user unknown)"),
        "cy@c.example.com": [Act("450 4.2.0 greylisted"), Act()],
    }
    assert desk.run(*SEND).code == 1


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Such a mailing, for tests that only read it."""
    with threaded_server() as server, furnished(tmp_path_factory.mktemp("mixed"), server) as desk:
        send_to_all_kinds(desk, server)
        yield desk


@pytest.fixture
def own(desk: Desk, server: ScriptedServer) -> Desk:
    """Return such a mailing, for a test that changes it."""
    send_to_all_kinds(desk, server)
    return desk


@pytest.fixture
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("out") / "proof"


def make(desk: Desk, out: Path, *words: str) -> Path:
    done = desk.run("proof", "lamps", "--out", str(out), *words)
    assert done.code == 0, done.said
    return out


def recipients(proof: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (proof / "recipients.jsonl").read_text("utf-8").splitlines()]


def renew_checksums(proof: Path) -> None:
    """Write new checksums, as someone who changed a file would."""
    lines = (proof / "SHA256SUMS").read_text("utf-8").splitlines()
    names = [line.split("  ", 1)[1] for line in lines]
    sums = [f"{hashlib.sha256((proof / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (proof / "SHA256SUMS").write_text("".join(sums), "utf-8")


@pytest.mark.slow
def test_a_proof_has_every_recipient_with_each_attempt_and_every_answer(mixed: Desk, out: Path) -> None:
    proof = make(mixed, out)
    people = {each["address"]: each for each in recipients(proof)}
    report = mixed.report()
    assert {each["address"]: each["state"] for each in report["deliveries"]} == {
        address: each["state"] for address, each in people.items()
    }
    cy = [(step["kind"], step["code"], step["text"]) for step in people["cy@c.example.com"]["history"]]
    assert cy == [
        ("deferred", 450, "450 4.2.0 greylisted"),
        ("attempted", None, ""),
        ("accepted", 250, "250 2.0.0 Queued"),
    ]
    bo = people["bo@b.example.com"]
    assert (bo["code"], bo["enhanced"], bo["text"]) == (550, "5.1.1", "550 5.1.1 =HYPERLINK(user unknown)")
    assert [each["reason"] for each in bo["suppressions"]] == ["dead_address"]
    di = people["di@d.example.com"]
    assert (di["state"], di["reason"], di["history"], di["message"]) == ("skipped", "opted_out", [], None)
    mailing = json.loads((proof / "mailing.json").read_text("utf-8"))
    assert mailing["states"] == {state: report[state] for state in STATES}
    assert [each["kind"] for each in mailing["events"]] == ["finished"]
    (edition,) = mailing["editions"]
    for file in edition["files"]:
        assert hashlib.sha256((proof / file["file"]).read_bytes()).hexdigest() == file["sha256"]
    assert (proof / "editions/1/013-release-releases_lamps.md").read_bytes() == mixed.release().read_bytes()


def test_the_tables_say_the_same_and_a_spreadsheet_computes_nothing(desk: Desk, out: Path) -> None:
    desk.people("coast", ["ada@a.example.com", "+1+2@plus.example.com"])
    assert desk.run(*SEND).code == 0
    proof = make(desk, out)
    people = recipients(proof)
    with (proof / "recipients.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [each["address"] for each in table] == ["ada@a.example.com", "'+1+2@plus.example.com"]
    assert [each["address"] for each in people] == ["ada@a.example.com", "+1+2@plus.example.com"]
    for name in ("state", "content_sha256", "message_id", "finished_at", "list", "text"):
        assert [each[name] for each in table] == [each[name] for each in people]
    with (proof / "history.csv").open(encoding="utf-8", newline="") as file:
        steps = [(int(each["number"]), each["kind"], each["text"]) for each in csv.DictReader(file)]
    assert steps == [(each["number"], step["kind"], step["text"]) for each in people for step in each["history"]]


def test_a_message_is_the_one_that_the_relay_got(own: Desk, server: ScriptedServer, out: Path) -> None:
    proof = make(own, out, "--all")
    sent = {address: message.data for message in server.accepted for address in message.rcpt_to}
    people = [each for each in recipients(proof) if each["message"]]
    assert {each["address"] for each in people} == set(sent)

    def without_date(data: bytes) -> list[bytes]:
        return [line for line in data.split(b"\r\n") if not line.startswith(b"Date: ")]

    for each in people:
        assert without_date((proof / each["message"]).read_bytes()) == without_date(sent[each["address"]])


def test_without_all_one_message_is_there_and_it_can_be_chosen(mixed: Desk, out: Path) -> None:
    first = make(mixed, out)
    assert [each["address"] for each in recipients(first) if each["message"]] == ["ada@a.example.com"]
    chosen = make(mixed, out.with_name("chosen"), "--as", "Cy@c.example.com")
    assert [each["address"] for each in recipients(chosen) if each["message"]] == ["cy@c.example.com"]


@pytest.mark.parametrize(
    "words,phrase",
    [
        (("--as", "zo@z.example.com"), "zo@z.example.com is not in lamps"),
        (("--as", "bo@b.example.com"), "there is no message to bo@b.example.com: nothing was sent to them"),
        (("--as", "ada@a.example.com", "--all"), "give one of them"),
        (("--key", "no-such-key"), "no-such-key: there is no such key file"),
        (("--timestamp", "tsa.example.org"), "tsa.example.org: is not the address of a time-stamp authority"),
        (("--timestamp", "http://127.0.0.1:1/"), "there is no time stamp: nothing answers there"),
        (("--timestamp", "http://127.0.0.1:port/"), "there is no time stamp"),
    ],
)
def test_what_cannot_be_had_is_said_and_nothing_is_left(
    mixed: Desk, out: Path, words: tuple[str, ...], phrase: str
) -> None:
    done = mixed.run("proof", "lamps", "--out", str(out), *words)
    assert done.code == 2
    assert phrase in done.err
    assert list(out.parent.iterdir()) == []


def test_a_mailing_that_is_not_there_leaves_no_folder(mixed: Desk, out: Path) -> None:
    done = mixed.run("proof", "lanps", "--out", str(out))
    assert done.code == 2
    assert "lamps" in done.err
    assert list(out.parent.iterdir()) == []


def test_nothing_is_ever_replaced(mixed: Desk, out: Path) -> None:
    make(mixed, out)
    before = (out / "SHA256SUMS").read_bytes()
    assert mixed.run("proof", "lamps", "--out", str(out), "--all").code == 2
    assert (out / "SHA256SUMS").read_bytes() == before
    packed = out.with_suffix(".zip")
    packed.write_bytes(b"mine")
    assert mixed.run("proof", "lamps", "--out", str(packed)).code == 2
    assert packed.read_bytes() == b"mine"
    empty = out.with_name("empty")
    empty.mkdir()
    make(mixed, empty)
    assert verify(empty)[0] == 0


def test_what_a_killed_run_left_is_removed_and_what_another_writes_is_not(mixed: Desk, out: Path) -> None:
    left = out.with_name(".proof.unfinished-left")
    (left / "proof").mkdir(parents=True)
    (left / "lock").touch()
    (left / "proof" / "recipients.jsonl").write_text("{}")
    living = out.with_name(".proof.unfinished-living")
    living.mkdir()
    from mailer.platform import hold

    handle = hold(living / "lock")
    make(mixed, out)
    os.close(handle)
    assert sorted(path.name for path in out.parent.iterdir()) == [living.name, "proof"]


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="there are no such modes here")
def test_only_its_owner_can_read_a_proof(mixed: Desk, out: Path) -> None:
    make(mixed, out)
    make(mixed, out.with_suffix(".zip"))
    open_to_others = [
        path for path in (out, *out.rglob("*"), out.with_suffix(".zip")) if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert open_to_others == []


def test_two_proofs_of_the_same_are_the_same_byte_for_byte(mixed: Desk, out: Path) -> None:
    make(mixed, out)
    for name in ("one", "two"):
        out.with_name(name).mkdir()
        make(mixed, out.parent / name / "lamps.zip")
    one, two = ((out.parent / name / "lamps.zip").read_bytes() for name in ("one", "two"))
    assert one == two
    with zipfile.ZipFile(out.parent / "one" / "lamps.zip") as packed:
        found = {name.removeprefix("lamps/"): packed.read(name) for name in packed.namelist()}
    assert found == {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_who_was_forgotten_stays_forgotten(own: Desk, out: Path) -> None:
    digest = next(each["digest"] for each in recipients(make(own, out)) if each["address"] == "ada@a.example.com")
    shutil.rmtree(out)
    assert own.run("contacts", "forget", "ada@a.example.com", "--yes").code == 0
    done = own.run("proof", "lamps", "--out", str(out), "--all", "--json")
    assert done.code == 0
    assert done.json["problems"][0]["message"].startswith("1 of the messages could not be made again")
    (ada,) = [each for each in recipients(out) if each["address"] is None]
    assert (ada["digest"], ada["state"], ada["message"]) == (digest, "accepted", None)
    held = [path.name for path in out.rglob("*") if path.is_file() and b"ada@a.example" in path.read_bytes()]
    assert held == []
    assert verify(out)[0] == 0


def test_the_figures_of_the_command_are_those_of_the_proof(mixed: Desk, out: Path) -> None:
    done = mixed.run("proof", "lamps", "--out", str(out), "--json").json
    assert (done["mailing"], done["place"], done["planned"], done["accepted"]) == ("lamps", str(out), 5, 3)
    assert (done["messages"], done["plans"], done["approvals"]) == (1, 0, 0)
    assert (done["signed_by"], done["stamped_at"], done["problems"]) == (None, None, [])
    assert done["sha256"] == hashlib.sha256((out / "SHA256SUMS").read_bytes()).hexdigest()


def test_a_plan_and_what_was_said_of_it_are_there_as_they_were(own: Desk, out: Path) -> None:
    text = add_sent_plan(own)
    approve(own, text, '../Rut "$(Ohm)"', verdict="rejected")
    approve(own, text, "Jonas Feld")
    proof = make(own, out)
    (plan,) = json.loads((proof / "mailing.json").read_text("utf-8"))["plans"]
    assert (proof / plan["file"]).read_bytes() == text
    assert plan["hash"] == hashlib.sha256(text).hexdigest()
    assert [(each["name"], each["verdict"]) for each in plan["approvals"]] == [
        ('../Rut "$(Ohm)"', "rejected"),
        ("Jonas Feld", "approved"),
    ]
    names = sorted(path.name for path in proof.glob("plans/*/approvals/*"))
    assert names == ["01-.._Rut ___Ohm__.json", "02-Jonas Feld.json"]
    assert verify(proof) == (0, verify(proof)[1])


# Tampering. The program in the proof finds all of it: a changed byte by the checksums, and if these were made again,
# by figures that no longer agree.


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


TAMPERED: dict[str, Callable[[Path], object]] = {
    "a byte in a table": lambda proof: _append(proof / "recipients.csv"),
    "a byte in a message": lambda proof: _append(next(proof.glob("messages/*.eml"))),
    "a byte in a plan": lambda proof: _append(next(proof.glob("plans/*/plan.json"))),
    "a byte in an approval": lambda proof: _append(next(proof.glob("plans/*/approvals/*.json"))),
    "a byte in the text": lambda proof: _append(next(proof.glob("editions/1/*.md"))),
    "a file more": lambda proof: (proof / "messages" / "000002.eml").write_bytes(b"Subject: lamps\r\n\r\n"),
    "a file less": lambda proof: (proof / "history.csv").unlink(),
}


def _change(name: str, old: str, new: str) -> Callable[[Path], object]:
    def change(proof: Path) -> None:
        (path,) = proof.glob(name)
        text = path.read_bytes().decode()
        assert old in text
        path.write_bytes(text.replace(old, new, 1).encode())

    return change


AND_SUMMED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a state": (_change("recipients.jsonl", '"state": "rejected"', '"state": "accepted"'), "no step says accepted"),
    "a figure": (_change("mailing.json", '"accepted": 3', '"accepted": 4'), "figures differ"),
    "somebody less": (_change("mailing.json", '"planned": 5', '"planned": 4'), "4 planned, 5 recipients"),
    "a message": (_change("messages/000001.eml", "lamps", "lambs"), "is not the message of recipient 1"),
    "a plan": (_change("plans/*/plan.json", "Lamps", "Lambs"), "is not the plan that was approved"),
    "an approval": (_change("plans/*/approvals/*.json", '"approved"', '"rejected"'), "says other than mailing.json"),
    "somebody": (
        _change("recipients.jsonl", '"address": "ada@', '"address": "eve@'),
        "is not the message of recipient 1",
    ),
    "a row": (_change("recipients.csv", "\r\n3,", "\r\n7,"), "recipients.csv lacks recipient 3, or differs"),
    "a row more": (_change("recipients.csv", "\r\n3,", "\r\n7,\r\n3,"), "5 planned, 5 recipients, 6 in recipients.csv"),
    "a signature": (
        lambda proof: [
            _change(name, '"same_account": null', '"same_account": null, "signature": "plans/bo.sig"')(proof)
            for name in ("mailing.json", "plans/*/approvals/*.json")
        ],
        "plans/bo.sig is missing",
    ),
    "a hash": (
        _change("recipients.jsonl", '"content_sha256": "', '"content_sha256": "0'),
        "sent a message that is in no",
    ),
}


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A valid proof with a plan and an approval."""
    with threaded_server() as server, furnished(tmp_path_factory.mktemp("planned"), server) as desk:
        send_to_all_kinds(desk, server)
        approve(desk, add_sent_plan(desk), "Jonas Feld")
        proof = make(desk, tmp_path_factory.mktemp("untouched") / "proof")
        code, output = verify(proof)
        assert (code, output.splitlines()[-1]) == (0, "All sums hold, and the figures agree.")
        yield proof


@pytest.fixture
def planned(untouched: Path, out: Path) -> Path:
    """Return a copy of that proof, for a test that changes it."""
    return Path(shutil.copytree(untouched, out))


@pytest.mark.parametrize("what", TAMPERED)
def test_whatever_was_changed_is_found(planned: Path, what: str) -> None:
    TAMPERED[what](planned)
    code, output = verify(planned)
    assert code == 1
    assert output.startswith("WRONG: ")
    assert "Traceback" not in output


@pytest.mark.parametrize("what", AND_SUMMED)
def test_what_was_changed_is_found_although_the_sums_were_made_anew(planned: Path, what: str) -> None:
    change, expected = AND_SUMMED[what]
    change(planned)
    renew_checksums(planned)
    code, found = verify(planned)
    assert code == 1
    assert expected in found
    assert "Traceback" not in found


def test_what_went_out_without_being_planned_is_found(own: Desk, out: Path) -> None:
    add_sent_plan(own)
    in_the_ledger(own, "UPDATE delivery SET content_hash = zeroblob(32) WHERE address = 'cy@c.example.com'")
    code, output = verify(make(own, out))
    assert (code, output.splitlines()[-1]) == (1, "WRONG: 'recipient 3 was sent a message that is in no plan'")


def test_a_plan_that_was_edited_in_the_ledger_makes_no_proof(own: Desk, out: Path) -> None:
    text = add_sent_plan(own)
    digest = hashlib.sha256(text).hexdigest()
    edit = f"UPDATE blob SET data = CAST(data || ' ' AS BLOB) WHERE lower(hex(digest)) = '{digest}'"  # noqa: S608 - our own
    in_the_ledger(own, edit)
    done = own.run("proof", "lamps", "--out", str(out))
    assert done.code == 3
    assert "is not what was planned" in done.err
    assert list(out.parent.iterdir()) == []


def test_the_program_in_a_proof_is_short_and_runs_with_what_a_lawyer_has(mixed: Desk, out: Path) -> None:
    program = make(mixed, out) / "verify.py"
    text = program.read_text("utf-8")
    assert len([line for line in text.splitlines() if line.strip()]) <= 60
    ast.parse(text, feature_version=(3, 8))
    old = shutil.which("python3.8")
    if old is not None:
        with contextlib.suppress(PermissionError):
            code, output = verify(out, old)
            assert code == 0 or "not found" in output, output


# The time-stamp authority, as far as that needs no openssl.


@pytest.mark.parametrize(
    "answer,status,phrase",
    [
        (
            bytes.fromhex("30233021020102301c0c1a") + b"the clock is not set today",
            200,
            "it was refused: the clock is not set",
        ),
        (bytes.fromhex("30053003020102"), 200, "it was refused: status 2, without a reason"),
        (b"<html>busy</html>", 200, "no time stamp"),
        (b"", 200, "no time stamp"),
        (bytes.fromhex("3080"), 200, "no time stamp"),
        (b"", 503, "it answered 503"),
    ],
)
def test_an_authority_that_gives_no_stamp_leaves_no_proof(
    mixed: Desk, out: Path, tmp_path_factory: pytest.TempPathFactory, answer: bytes, status: int, phrase: str
) -> None:
    with time_stamp_authority(tmp_path_factory.mktemp("authority"), answer=answer) as authority:
        authority.status = status
        done = mixed.run("proof", "lamps", "--out", str(out), "--timestamp", authority.url)
    assert (done.code, done.err.partition("\n")[0].partition(": there is no time stamp: ")[0]) == (2, authority.url)
    assert phrase in done.err
    ((kind, request),) = authority.asked
    assert kind == "application/timestamp-query"
    assert request[:2] == bytes((0x30, len(request) - 2))
    assert list(out.parent.iterdir()) == []
