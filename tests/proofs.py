"""What tests of proofs share: plans with real signatures in the ledger, SSH keys, and a real time-stamp authority.

The authority is `openssl ts` behind a small HTTP server on this machine, with certificates made for the test.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from mailer.ledger import open_ledger
from mailer.ledger.mailings import Stamp, require_mailing
from mailer.ledger.plans import Approval, NewPlan, add_approval, add_plan, mark_sent
from tests.office import Desk, in_the_ledger
from tests.servers import HOST

AT = datetime(2026, 10, 1, 8, 30, tzinfo=UTC)
STAMP = Stamp(AT, "ida@desk")
_CONFIG = """\
[tsa]
default_tsa = here
[here]
serial = ./serial
signer_cert = ./tsa.pem
certs = ./authority.pem
signer_key = ./tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
[req]
distinguished_name = names
[names]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[stamps]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
"""


def make_key(folder: Path, name: str) -> Path:
    """Make an SSH key; its public half is beside it."""
    key = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], check=True)
    return key


def add_sent_plan(desk: Desk, mailing: str = "lamps") -> bytes:
    """Keep a plan of what was sent, as `mailer plan` writes it, and mark it as sent; return its text."""
    rows = in_the_ledger(desk, "SELECT lower(hex(token_id)), lower(hex(content_hash)), reason FROM delivery ORDER BY 1")
    skipped = in_the_ledger(desk, "SELECT lower(hex(token_id)) FROM delivery WHERE state = 'skipped'")
    recipients = [[one, two, reason if (one,) in skipped else ""] for one, two, reason in rows]
    document = {"version": 1, "mailing": f"{mailing}/release-1", "headline": "Lamps", "recipients": recipients}
    text = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    ledger = open_ledger("sqlite:///.mailer/ledger.db", desk.root)
    assert ledger is not None
    with contextlib.closing(ledger), ledger.writing() as connection:
        digest = add_plan(connection, NewPlan(mailing, "release", "Lamps", len(rows), "Ida Marlow"), text, stamp=STAMP)
        mark_sent(connection, digest, require_mailing(connection, mailing).id, "", stamp=STAMP)
    return text


def approve(desk: Desk, text: bytes, name: str, key: Path | None = None, *, verdict: str = "approved") -> None:
    """Let a person say yes to a plan, with an SSH key or without one."""
    signature, fingerprint = None, ""
    if key is not None:
        command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", "mailer-plan"]
        signature = subprocess.run(command, input=text, capture_output=True, check=True).stdout
        shown = subprocess.run(["ssh-keygen", "-l", "-f", str(key)], capture_output=True, check=True, text=True)
        fingerprint = shown.stdout.split()[1]
    ledger = open_ledger("sqlite:///.mailer/ledger.db", desk.root)
    assert ledger is not None
    with contextlib.closing(ledger), ledger.writing() as connection:
        digest = add_plan(connection, NewPlan("lamps", "release", "Lamps", 0, "Ida Marlow"), text, stamp=STAMP)
        method = "ssh" if key else "local"
        add_approval(
            connection, Approval(digest, verdict, name, method, AT, "jonas@desk", key=fingerprint, signature=signature)
        )


def verify(proof: Path, python: str = sys.executable) -> tuple[int, str]:
    """Run the program that is in a proof, as a stranger would."""
    done = subprocess.run([python, "-I", str(proof / "verify.py")], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@dataclass(slots=True)
class Authority:
    """A time-stamp authority; `answer`, where there is one, is given in place of a stamp."""

    folder: Path
    url: str = ""
    answer: bytes | None = None
    status: int = 200
    asked: list[tuple[str, bytes]] = field(default_factory=list)

    def stamp(self, request: bytes) -> bytes:
        """Return what openssl makes of a request."""
        (self.folder / "request.tsq").write_bytes(request)
        self._openssl("ts", "-reply", "-config", "config", "-queryfile", "request.tsq", "-out", "answer.tsr")
        return (self.folder / "answer.tsr").read_bytes()

    def make_certificates(self) -> None:
        (self.folder / "config").write_text(_CONFIG)
        (self.folder / "serial").write_text("01\n")
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "config")
        own = ("-x509", "-extensions", "authority", "-days", "2", "-subj", "/CN=Example Authority")
        self._openssl("req", *own, *key, "-keyout", "authority.key", "-out", "authority.pem")
        self._openssl("req", "-subj", "/CN=Example Stamps", *key, "-keyout", "tsa.key", "-out", "tsa.csr")
        by = ("-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-days", "2")
        self._openssl(
            "x509", "-req", "-in", "tsa.csr", *by, "-extfile", "config", "-extensions", "stamps", "-out", "tsa.pem"
        )

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, capture_output=True, check=True)


@contextlib.contextmanager
def time_stamp_authority(folder: Path, *, answer: bytes | None = None) -> Iterator[Authority]:
    """Run an authority until the block ends; with an `answer` it needs no certificates, and no openssl."""
    state = Authority(folder, answer=answer)
    if answer is None:
        state.make_certificates()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"]))
            state.asked.append((self.headers["Content-Type"], request))
            body = state.stamp(request) if state.answer is None else state.answer
            self.send_response(state.status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    state.url = f"http://{HOST}:{server.server_address[1]}/stamp"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), name="time-stamp authority")
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
