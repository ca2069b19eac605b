"""A real mail server for tests: Dovecot on ports of its own, IMAP and POP3 with TLS from the first byte and without.

It knows every user, all with the same password, or with an access token that an introspection endpoint of the test
knows. `append` stores a message as a relay does that keeps copies. It can be killed and started again.
"""

from __future__ import annotations

import grp
import os
import pwd
import secrets
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trustme
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from tests.ports import free_port
from tests.processes import end_group

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
protocols = imap pop3
listen = {host}
ssl = required
ssl_server_cert_file = {root}/server.pem
ssl_server_key_file = {root}/server.pem
auth_mechanisms = plain login{oauth_mechanisms}
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
  mechanisms_filter = plain login
  password = "{password}"
}}
{oauth}
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
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop_port}
  }}
  inet_listener pop3s {{
    port = {pop_tls_port}
  }}
}}
{more}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


_OAUTH = """\
oauth2 {{
  introspection_url = {url}
  introspection_mode = post
  username_attribute = username
  active_attribute = active
  active_value = true
}}
passdb oauth2 {{
  mechanisms_filter = xoauth2 oauthbearer
}}
"""


@dataclass(frozen=True, slots=True)
class Dovecot:
    """A running server; `root` has its log, `authority` the certificate to trust."""

    root: Path
    port: int
    tls_port: int
    pop_port: int
    pop_tls_port: int
    authority: Path
    program: str
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [self.program, "-F", "-c", str(self.root / "dovecot.conf")]
        self.running.append(subprocess.Popen(command, start_new_session=True))
        _wait(self.running[-1], self)

    def kill(self) -> None:
        """Kill it and all that it started, without a word."""
        end_group(self.running.pop())
        # A lock file names who holds it. Where nobody reaps orphans, the dead holder seems alive, and its lock stands
        # for two minutes; a machine that starts again has no such processes.
        for lock in (self.root / "mail").rglob("*.lock"):
            lock.unlink()

    def stop(self) -> None:
        """End it in good order."""
        while self.running:
            process = self.running.pop()
            process.terminate()
            process.wait()
            end_group(process)

    def inbox(self, folder: str = "INBOX") -> dict[int, tuple[bytes, ...]]:
        """Return the UIDs of a folder with their flags."""
        with self.client() as client:
            client.select_folder(folder, readonly=True)
            answers = client.fetch(client.search(), ["FLAGS"])
        return {uid: tuple(flag for flag in each[b"FLAGS"] if flag != b"\\Recent") for uid, each in answers.items()}

    def empty(self) -> None:
        """Take all folders away but the first ones, and all messages in these."""
        with self.client() as client:
            for flags, _, name in client.list_folders():
                if {b"\\NonExistent", b"\\Noselect"} & set(flags):
                    continue
                client.select_folder(name)
                client.delete_messages(client.search())
                client.expunge()
                client.unselect_folder()
                if name not in {"INBOX", SENT}:
                    client.delete_folder(name)

    def deliver(self, messages: Sequence[bytes]) -> None:
        """Let messages arrive, as many as one likes, as a delivery agent does: files in the Maildir."""
        folder = self.root / "mail" / USER / "Maildir"
        self.inbox()  # the server makes it
        owner = folder.stat()
        for data in messages:
            name = f"{time.time():.6f}.{secrets.token_hex(6)}.test"
            (folder / "tmp" / name).write_bytes(data)
            os.chown(folder / "tmp" / name, owner.st_uid, owner.st_gid)
            (folder / "tmp" / name).rename(folder / "new" / name)

    def client(self) -> IMAPClient:
        """Connect as the user's own mail program."""
        context = ssl.create_default_context(cafile=str(self.authority))
        client = IMAPClient(HOST, port=self.tls_port, ssl=True, ssl_context=context, timeout=60)
        client.plain_login(USER, PASSWORD)
        return client

    def append(self, *messages: bytes, folder: str = SENT) -> None:
        """Store messages in a folder, unseen."""
        with self.client() as client:
            for data in messages:
                client.append(folder, data)

    def flags(self, folder: str = SENT) -> list[tuple[bytes, ...]]:
        """Return the flags of every message in a folder."""
        with self.client() as client:
            client.select_folder(folder, readonly=True)
            answers = client.fetch(client.search(), ["FLAGS"])
            return [tuple(flag for flag in each[b"FLAGS"] if flag != b"\\Recent") for each in answers.values()]

    def log(self) -> str:
        """Return what the server wrote down."""
        return (self.root / "log").read_text("utf-8")


@contextmanager
def running_dovecot(program: str, *, introspection: str = "", more: str = "") -> Iterator[Dovecot]:
    """Run a server until the block ends; `introspection` is a URL that knows access tokens, `more` more of its file."""
    root = Path(tempfile.mkdtemp(prefix="dovecot-"))  # short: the paths of Unix sockets have 108 bytes
    try:
        made = _prepare(root, program, introspection, more)
        try:
            made.start()
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(root)


def _prepare(root: Path, program: str, introspection: str, more: str) -> Dovecot:
    """Write certificate and configuration; root's server works as nobody."""
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    port, tls_port, pop_port, pop_tls_port = (free_port() for _ in range(4))
    made = Dovecot(root, port, tls_port, pop_port, pop_tls_port, root / "authority.pem", program)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(made.authority))
    authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(str(root / "server.pem"))
    text = _CONFIG.format(
        root=root,
        host=HOST,
        port=made.port,
        tls_port=made.tls_port,
        pop_port=made.pop_port,
        pop_tls_port=made.pop_tls_port,
        oauth_mechanisms=" xoauth2 oauthbearer" if introspection else "",
        oauth=_OAUTH.format(url=introspection) if introspection else "",
        more=more,
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
    end = time.monotonic() + 60
    while True:
        assert process.poll() is None, f"Dovecot did not start: {made.log() if (made.root / 'log').exists() else ''}"
        assert time.monotonic() < end, made.log()
        try:
            made.client().logout()
        except (OSError, IMAPClientError):  # its doors open before there is anybody behind them
            time.sleep(0.05)
        else:
            return
