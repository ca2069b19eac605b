"""Real mail servers of Debian, each in a folder of its own: Postfix, Exim and OpenSMTPD, over TLS and with a login.

Whatever the login sends, to any address, lands in one Maildir, each message with its recipient and the server's own id:
two ids for one address are two submissions. Nothing of the machine's own mail system is touched: Postfix has its own
configuration and queue; Exim and OpenSMTPD, which cannot be installed beside it, live in a small root folder made of
their unpacked packages (`MAILER_TEST_SERVERS`) and the libraries that they need.

All of them must be started by root, as they change to users of their own.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from tests.office import wait_until
from tests.ports import free_port, listens
from tests.processes import end_group, wait_for_group

HOST = "127.0.0.1"
USER, PASSWORD = "press", "gannet-and-fulmar-7431"
_BOX = 5000  # who owns the Maildir in a root folder


@dataclass(slots=True)
class RealServer:
    """One server. `down` stops it in good order, `kill` at once, `up` starts it again with all that it had."""

    name: str
    port: int
    folder: Path
    box: Path
    up: Callable[[], None] = lambda: None
    down: Callable[[], None] = lambda: None
    kill: Callable[[], None] = lambda: None
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    def submissions(self) -> Counter[str]:
        """Count how often each address was submitted: by the server's ids, as one may be put into the Maildir twice."""
        found: set[tuple[str, str]] = set()
        for path in (self.box / "new").glob("*"):
            head = path.read_bytes().partition(b"\n\n")[0].decode("utf-8", "replace")
            to = re.search(r"(?mi)^(?:Delivered-To|Envelope-to): (\S+)", head)
            own = re.search(r"(?m)^Received:(?:.|\n[ \t])*?\bid ([\w-]+)", head)
            assert to, head
            assert own, head
            found.add((to[1], own[1]))
        return Counter(address for address, _ in found)

    def listens(self) -> bool:
        return listens(self.port)


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Make a folder that the servers' own users can enter, with a certificate for this machine."""
    path = Path(tempfile.mkdtemp(prefix="mailer-server-"))
    path.chmod(0o755)
    try:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(path / "ca.pem")
        authority.issue_cert(HOST, "localhost").private_key_and_cert_chain_pem.write_to_path(path / "server.pem")
        (path / "server.pem").chmod(0o600)
        yield path
    finally:
        shutil.rmtree(path)


@contextlib.contextmanager
def running(server: RealServer) -> Iterator[RealServer]:
    """Start a server, and leave nothing of it."""
    try:
        server.up()
        wait_until(server.listens)
        yield server
    finally:
        server.kill()
        for process in server.processes:
            end_group(process)


POSTFIX_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file_prefixes = {folder}
maillog_file = {folder}/log
myhostname = relay.example.org
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
mydestination =
local_recipient_maps =
alias_maps =
virtual_mailbox_domains = regexp:{folder}/etc/any
virtual_mailbox_maps = regexp:{folder}/etc/box
virtual_mailbox_base = {folder}/mail
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_chain_files = {folder}/server.pem
smtpd_tls_received_header = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
"""
POSTFIX_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - y - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""
DOVECOT = """\
dovecot_config_version = 2.4.1
dovecot_storage_version = 2.4.1
base_dir = {folder}/auth/run
log_path = {folder}/auth/log
protocols =
ssl = no
auth_allow_cleartext = yes
auth_mechanisms = plain login cram-md5
{more}
passdb passwd-file {{
  passwd_file_path = {folder}/auth/users
}}
service auth {{
  unix_listener {folder}/queue/private/auth {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


TOKENS = """\
auth_mechanisms = xoauth2 oauthbearer
oauth2 {{
  introspection_mode = post
  introspection_url = {url}
  username_attribute = username
  active_attribute = active
  active_value = true
}}
passdb oauth2 {{
}}
"""


@contextlib.contextmanager
def postfix_server(postfix: str, dovecot: str, *, more: str = "", introspection_url: str = "") -> Iterator[RealServer]:
    """Run Postfix, with Dovecot for its logins; `more` are lines of main.cf.

    With `introspection_url` access tokens log in, which Dovecot shows to that address (RFC 7662), and nothing else.
    """
    with folder() as place:
        server = RealServer("postfix", free_port(), place, place / "mail" / "box")
        texts = {
            "etc/main.cf": POSTFIX_MAIN.format(folder=place) + more,
            "etc/master.cf": POSTFIX_MASTER.format(port=server.port),
            "etc/any": "/./ OK\n",
            "etc/box": "/./ box/\n",
            "auth/dovecot.conf": DOVECOT.format(
                folder=place, more=TOKENS.format(url=introspection_url) if introspection_url else ""
            ),
            "auth/users": f"{USER}:{{PLAIN}}{PASSWORD}::::::\n",
        }
        _write(place, texts)
        for name, owner in (("queue", "root"), ("data", "postfix"), ("mail", "nobody")):
            (place / name).mkdir()
            shutil.chown(place / name, owner)

        def tell(word: str) -> None:
            command = [postfix, "-c", str(place / "etc"), word]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr + _text(place / "log")

        def end(word: str) -> None:
            if server.listens():
                master = int((place / "queue/pid/master.pid").read_text())  # which leads a group of its own
                tell(word)
                wait_for_group(master)

        server.up, server.down, server.kill = lambda: tell("start"), lambda: end("stop"), lambda: end("abort")
        with running(server):
            server.processes.append(_start([dovecot, "-F", "-c", str(place / "auth" / "dovecot.conf")]))
            wait_until((place / "queue" / "private" / "auth").is_socket)
            yield server


EXIM = """\
primary_hostname = relay.example.org
keep_environment =
local_interfaces = <; 127.0.0.1
daemon_smtp_ports = {port}
spool_directory = /spool
log_file_path = /spool/%slog
pid_file_path = /spool/exim.pid
tls_advertise_hosts = *
tls_certificate = /server.pem
tls_privatekey = /server.pem
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
smtp_accept_queue_per_connection = 0
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  require authenticated = *
  accept
begin routers
any:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = /mail/box
  maildir_format
  create_directory
  envelope_to_add
  user = Debian-exim
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
"""
SMTPD = """\
pki relay.example.org cert "/server.pem"
pki relay.example.org key "/server.pem"
table logins file:/etc/logins
table everybody file:/etc/everybody
listen on 127.0.0.1 port {port} tls-require pki relay.example.org auth <logins> hostname relay.example.org
action "box" maildir "/mail/box" virtual <everybody>
match auth from any for any action "box"
"""
PASSWD = """\
root:x:0:0::/root:/bin/sh
nobody:x:65534:65534::/:/bin/sh
box:x:5000:5000::/mail:/bin/sh
Debian-exim:x:5001:5001::/spool:/bin/sh
opensmtpd:x:5002:5002::/var/lib/opensmtpd/empty:/bin/false
opensmtpq:x:5003:5003::/var/lib/opensmtpd/empty:/bin/false
"""


@contextlib.contextmanager
def exim_server(
    packages: Path, *, config: str = EXIM, every_s: int = 10, texts: Mapping[str, str] | None = None
) -> Iterator[RealServer]:
    """Run Exim, which looks through its queue `every_s`; `texts` are further files of its root folder."""
    with folder() as place:
        server = RealServer("exim", free_port(), place, place / "mail" / "box")
        filled = config.format(port=server.port, user=USER, password=PASSWORD)
        _root_folder(packages, place, ["usr/sbin/exim4"], {"etc/exim4/exim4.conf": filled, **(texts or {})})
        for name in ("spool", "mail"):
            (place / name).mkdir()
            os.chown(place / name, 5001, 5001)
        os.chown(place / "server.pem", 5001, 5001)
        _in_root(server, ["/usr/sbin/exim4", "-bdf", f"-q{every_s}s"])
        with running(server):
            yield server


@contextlib.contextmanager
def opensmtpd_server(
    packages: Path, *, config: str = SMTPD, texts: Mapping[str, str] | None = None
) -> Iterator[RealServer]:
    """Run OpenSMTPD; `texts` are further files of its root folder."""
    with folder() as place:
        server = RealServer("opensmtpd", free_port(), place, place / "mail" / "box")
        helpers = ("encrypt", "mail.maildir", "mail.mda")
        programs = ["usr/sbin/smtpd", "usr/sbin/smtpctl", *(f"usr/libexec/opensmtpd/{name}" for name in helpers)]
        own = {
            "etc/smtpd.conf": config.format(port=server.port),
            "etc/everybody": "@ box\n",
            "etc/ssl/certs/ca-certificates.crt": (place / "ca.pem").read_text(),  # it wants one, and verifies nobody
        }
        _root_folder(packages, place, programs, {**own, **(texts or {})})
        for name, owner, mode in (
            ("var/spool/smtpd", 0, 0o711),
            ("var/lib/opensmtpd/empty", 0, 0o711),
            ("run", 0, 0o755),
            ("var/run", 0, 0o755),
            ("mail", _BOX, 0o755),
        ):
            (place / name).mkdir(parents=True)
            (place / name).chmod(mode)
            os.chown(place / name, owner, owner)
        os.chown(place / "usr/sbin/smtpctl", 0, 5003)
        (place / "usr/sbin/smtpctl").chmod(0o2755)  # as the package's own installation does
        command = ["chroot", str(place), "/usr/sbin/smtpctl", "encrypt", PASSWORD]
        crypted = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        (place / "etc/logins").write_text(f"{USER} {crypted}")
        os.chown(place / "etc/logins", 0, 5002)
        (place / "etc/logins").chmod(0o640)
        _in_root(server, ["/usr/sbin/smtpd", "-d", "-f", "/etc/smtpd.conf"])
        with running(server):
            yield server


def _root_folder(packages: Path, place: Path, programs: Sequence[str], texts: Mapping[str, str]) -> None:
    """Make a root folder that holds these programs, a shell, their libraries, users, and two devices."""
    own = [path.parent for path in packages.rglob("*.so*")]
    environ = os.environ | {"LD_LIBRARY_PATH": os.pathsep.join({str(path) for path in own})}
    for name in programs:
        _copy(packages / name, place / name)
    sources = [*(packages / name for name in programs), Path("/bin/sh")]
    _copy(Path("/bin/sh"), place / "bin/sh")
    listed = subprocess.run(["ldd", *map(str, sources)], env=environ, capture_output=True, text=True, check=True).stdout
    for found in set(re.findall(r"(?m)(?:=> |^\t)(/\S+) \(", listed)):
        library = Path(found)
        inside = library.relative_to(packages) if library.is_relative_to(packages) else library.relative_to("/")
        _copy(library, place / inside)
    (place / "dev").mkdir()
    for name, minor in (("null", 3), ("urandom", 9)):
        os.mknod(place / "dev" / name, 0o20666, os.makedev(1, minor))
        (place / "dev" / name).chmod(0o666)
    (place / "tmp").mkdir()
    (place / "tmp").chmod(0o1777)
    groups = re.sub(r"(?m)^([\w-]+):x:\d+:(\d+):.*$", r"\1:x:\2:", PASSWD)
    system = {
        "etc/passwd": PASSWD,
        "etc/group": groups,
        "etc/hosts": "127.0.0.1 localhost\n",
        "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    }
    _write(place, {**system, **texts})


def _in_root(server: RealServer, command: Sequence[str]) -> None:
    """Let a server be started and stopped within its root folder; its children are of its group."""

    def up() -> None:
        server.processes.append(_start(["chroot", str(server.folder), *command], server.folder / "output"))

    def end(number: signal.Signals) -> None:
        for process in server.processes:
            if process.poll() is None:
                os.killpg(process.pid, number)
                process.wait()
                wait_for_group(process.pid)

    server.up, server.down, server.kill = up, lambda: end(signal.SIGTERM), lambda: end(signal.SIGKILL)


def _start(command: Sequence[str], output: Path | None = None) -> subprocess.Popen[bytes]:
    with (output or Path(os.devnull)).open("ab") as file:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def _write(place: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)


def _text(path: Path) -> str:
    return path.read_text("utf-8", "replace")[-3000:] if path.exists() else ""
