"""A real IMAP server for tests: Dovecot on ports of its own, with TLS (implicit and STARTTLS) and a Sent folder.

It knows every user, all with the same password. `append` stores a message as a relay does that keeps copies.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme
from imapclient import IMAPClient

HOST = "127.0.0.1"
PASSWORD = "gannet Möwe #7"
USER = "press@example.org"
SENT = "Gesendete Objekte"
_CONFIG = """\
dovecot_config_version = 2.4.1
dovecot_storage_version = 2.4.1
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
protocols = imap
listen = {host}
ssl = required
ssl_server_cert_file = {root}/server.pem
ssl_server_key_file = {root}/server.pem
auth_mechanisms = plain login
auth_failure_delay = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_driver = maildir
mail_home = {root}/mail/%{{user}}
mail_path = ~/Maildir
mail_uid = {user}
mail_gid = {group}
passdb static {{
  password = "{password}"
}}
userdb static {{
  fields {{
    uid = {user}
    gid = {group}
    home = {root}/mail/%{{user}}
  }}
}}
namespace inbox {{
  inbox = yes
  mailbox "{sent}" {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True, slots=True)
class Dovecot:
    """A running server; `root` has its log, `authority` the certificate to trust."""

    root: Path
    port: int
    tls_port: int
    authority: Path

    def client(self) -> IMAPClient:
        """Connect as the user's own mail program."""
        context = ssl.create_default_context(cafile=str(self.authority))
        client = IMAPClient(HOST, port=self.tls_port, ssl=True, ssl_context=context, timeout=30)
        client.plain_login(USER, PASSWORD)
        return client

    def append(self, *messages: bytes, folder: str = SENT) -> None:
        """Store messages in a folder, unseen."""
        with self.client() as client:
            for data in messages:
                client.append(folder, data)

    def flags(self, folder: str = SENT) -> list[tuple[bytes, ...]]:
        """Give the flags of every message in a folder."""
        with self.client() as client:
            client.select_folder(folder, readonly=True)
            answers = client.fetch(client.search(), ["FLAGS"])
            return [tuple(flag for flag in each[b"FLAGS"] if flag != b"\\Recent") for each in answers.values()]

    def log(self) -> str:
        """Give what the server wrote down."""
        return (self.root / "log").read_text("utf-8")


@contextmanager
def running_dovecot(program: str) -> Iterator[Dovecot]:
    """Run a server until the block ends."""
    root = Path(tempfile.mkdtemp(prefix="dovecot-"))  # short: the paths of Unix sockets have 108 bytes
    try:
        made = _prepare(root)
        with subprocess.Popen([program, "-F", "-c", str(root / "dovecot.conf")]) as process:
            try:
                _wait(process, made)
                yield made
            finally:
                process.terminate()
    finally:
        shutil.rmtree(root)


def _prepare(root: Path) -> Dovecot:
    """Write certificate and configuration; root's server works as nobody."""
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    made = Dovecot(root, _free_port(), _free_port(), root / "authority.pem")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(made.authority))
    authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(str(root / "server.pem"))
    text = _CONFIG.format(
        root=root,
        host=HOST,
        port=made.port,
        tls_port=made.tls_port,
        user=account.pw_name,
        group=grp.getgrgid(account.pw_gid).gr_name,
        password=PASSWORD,
        sent=SENT,
    )
    (root / "dovecot.conf").write_text(text, "utf-8")
    (root / "mail").mkdir()
    root.chmod(0o755)
    os.chown(root / "mail", account.pw_uid, account.pw_gid)
    return made


def _wait(process: subprocess.Popen[bytes], made: Dovecot) -> None:
    """Wait until it answers, and the one folder is there."""
    end = time.monotonic() + 30
    while True:
        assert process.poll() is None, f"Dovecot did not start: {made.log() if (made.root / 'log').exists() else ''}"
        assert time.monotonic() < end, made.log()
        try:
            made.client().logout()
        except OSError:
            time.sleep(0.05)
        else:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
