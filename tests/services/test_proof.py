"""A proof is checked by what every machine has, and by nothing of ours: sha256sum, ssh-keygen, openssl."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from mailer.runs.proofs import make_request, read_answer
from tests.desk.opened import opened
from tests.office import Desk
from tests.proofs import add_sent_plan, approve, make_key, time_stamp_authority, verify
from tests.servers import ScriptedServer


def run(*words: str, cwd: Path, stdin: Path | None = None) -> subprocess.CompletedProcess[str]:
    data = stdin.read_bytes() if stdin else b""
    done = subprocess.run(words, cwd=cwd, input=data, capture_output=True, check=False)
    return subprocess.CompletedProcess(words, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tools")


@pytest.mark.service("openssl")
@pytest.mark.service("ssh-keygen")
@pytest.mark.service("sha256sum")
def test_a_proof_is_checked_with_nothing_of_ours(
    desk: Desk, tools: Path, openssl: str, ssh_keygen: str, sha256sum: str
) -> None:
    desk.release("Lampen für Öl")
    desk.run("optouts", "add", "di@d.example.com")
    assert desk.run("send", "Lampen für Öl", "--to", "coast", "--yes").code == 0
    text = add_sent_plan(desk, "Lampen für Öl")
    jonas, office = make_key(tools, "jonas"), make_key(tools, "office")
    approve(desk, text, "Jonas Feld", jonas)
    approve(desk, text, "Rut Ohm")
    with time_stamp_authority(tools) as authority:
        made = desk.run(
            *("proof", "Lampen für Öl", "--out", str(tools / "the proof"), "--all", "--json"),
            *("--key", str(office), "--timestamp", authority.url),
        )
    assert made.code == 0, made.said
    proof = tools / "the proof"
    assert any(" " in path.name and not path.name.isascii() for path in proof.rglob("*"))

    summed = run(sha256sum, "--check", "--strict", "SHA256SUMS", cwd=proof)
    assert (summed.returncode, summed.stderr) == (0, "")
    assert {line.rpartition(": ")[0] for line in summed.stdout.splitlines()} == {
        path.relative_to(proof).as_posix()
        for path in proof.rglob("*")
        if path.is_file() and not path.name.startswith("SHA256SUMS")
    }

    (tools / "signers").write_text(f"office {office.with_suffix('.pub').read_text()}")
    signed = run(
        *(ssh_keygen, "-Y", "verify", "-f", str(tools / "signers"), "-I", "office", "-n", "mailer-proof"),
        *("-s", "SHA256SUMS.sig"),
        cwd=proof,
        stdin=proof / "SHA256SUMS",
    )
    assert signed.returncode == 0, signed.stderr
    assert made.json["signed_by"] in signed.stdout

    stamp = ("ts", "-verify", "-in", "SHA256SUMS.tsr", "-CAfile", str(tools / "authority.pem"))
    for of in (("-data", "SHA256SUMS"), ("-queryfile", "SHA256SUMS.tsq")):
        stamped = run(openssl, *stamp, *of, cwd=proof)
        assert (stamped.returncode, "Verification: OK" in stamped.stdout) == (0, True), stamped.stderr
    shown = run(openssl, "ts", "-reply", "-in", "SHA256SUMS.tsr", "-text", cwd=proof).stdout
    assert f"{made.json['stamped_at'][11:19]}" in shown

    # the command that mailing.json names, as it stands there
    said = json.loads((proof / "mailing.json").read_text("utf-8"))["plans"][0]["approvals"]
    assert [each["name"] for each in said] == ["Jonas Feld", "Rut Ohm"]
    signature = ("-n", "mailer-plan", "-s", said[0]["signature"])
    (tools / "signers").write_text(f'"Jonas Feld" {jonas.with_suffix(".pub").read_text()}')
    for words in (("check-novalidate",), ("verify", "-f", str(tools / "signers"), "-I", "Jonas Feld")):
        done = run(ssh_keygen, "-Y", *words, *signature, cwd=proof, stdin=next(proof.glob("plans/*/plan.json")))
        assert (done.returncode, said[0]["key"] in done.stdout) == (0, True), done.stderr
        assert run(ssh_keygen, "-Y", *words, *signature, cwd=proof, stdin=proof / "mailing.json").returncode != 0
    assert verify(proof)[0] == 0


@pytest.mark.service("ssh-keygen")
def test_a_key_with_a_passphrase_that_nobody_can_type_is_an_error_in_its_own_words(
    desk: Desk, tools: Path, ssh_keygen: str
) -> None:
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    key = tools / "locked"
    subprocess.run([ssh_keygen, "-q", "-t", "ed25519", "-N", "lantern oil", "-f", str(key)], check=True)
    done = desk.run("proof", "lamps", "--out", str(tools / "proof"), "--key", str(key))
    assert done.code == 2
    assert f"{key}: this key cannot sign" in done.err
    assert sorted(path.name for path in tools.iterdir()) == ["locked", "locked.pub"]


@pytest.mark.service("ssh-keygen")
def test_a_signed_zip_file_is_the_same_each_time(
    desk: Desk, server: ScriptedServer, tools: Path, ssh_keygen: str
) -> None:
    assert ssh_keygen
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    assert len(server.accepted) == 5
    key = make_key(tools, "office")
    for name in ("one", "two"):
        (tools / name).mkdir()
        assert desk.run("proof", "lamps", "--out", str(tools / name / "lamps.zip"), "--key", str(key)).code == 0
    assert (tools / "one" / "lamps.zip").read_bytes() == (tools / "two" / "lamps.zip").read_bytes()
    with zipfile.ZipFile(tools / "one" / "lamps.zip") as packed:
        assert "lamps/SHA256SUMS.sig" in packed.namelist()
        packed.extractall(tools)
    assert verify(tools / "lamps")[0] == 0


@pytest.mark.service("openssl")
@pytest.mark.parametrize("nonce", [1, 0x7F, 0x80, 2**63])
def test_openssl_reads_our_request_and_we_its_answer(tools: Path, nonce: int, openssl: str) -> None:
    digest = bytes(range(32))
    request = make_request(digest, nonce)
    (tools / "request.tsq").write_bytes(request)
    shown = run(openssl, "ts", "-query", "-in", "request.tsq", "-text", cwd=tools).stdout
    assert f"Nonce: 0x{nonce:02X}" in shown
    assert "Hash Algorithm: sha256" in shown
    assert "Certificate required: yes" in shown
    with time_stamp_authority(tools) as authority:
        answer = authority.stamp(request)
    at = read_answer(answer, digest, nonce)
    (tools / "answer.tsr").write_bytes(answer)
    assert f"{at:%H:%M:%S}" in run(openssl, "ts", "-reply", "-in", "answer.tsr", "-text", cwd=tools).stdout
    with pytest.raises(ValueError, match="an older one"):
        read_answer(answer, digest, nonce + 1)
    with pytest.raises(ValueError, match="something else"):
        read_answer(answer, bytes(32), nonce)
    for end in range(len(answer) - 1):
        with pytest.raises(ValueError, match=r"time stamp|refused"):
            read_answer(answer[:end], digest, nonce)
    refused = authority.stamp(request.replace(bytes.fromhex("608648016503040201"), bytes.fromhex("608648016503040203")))
    with pytest.raises(ValueError, match="refused"):
        read_answer(refused, digest, nonce)


@pytest.mark.service("openssl")
@pytest.mark.service("ssh-keygen")
@pytest.mark.usefixtures("openssl", "ssh_keygen")
def test_a_proof_from_the_desk_is_sealed_as_the_settings_say(desk: Desk, server: ScriptedServer, tools: Path) -> None:
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    key = make_key(tools, "office")
    with time_stamp_authority(tools) as authority, opened(desk) as page:
        desk.settings(server, more=f'[proof]\nkey = "{key}"\ntimestamp = "{authority.url}"\n')
        with zipfile.ZipFile(io.BytesIO(page.get("/mailings/lamps/proof.zip").data)) as proof:
            assert {"SHA256SUMS.sig", "SHA256SUMS.tsr"} <= {name.rpartition("/")[2] for name in proof.namelist()}
        made = desk.run("proof", "lamps", "--out", str(tools / "proof"), "--json").json
        assert made["signed_by"]
        assert made["stamped_at"]
        key.unlink()
        refused = page.get("/mailings/lamps/proof.zip")
        assert (refused.status, "no such key file" in refused.text) == (422, True)
