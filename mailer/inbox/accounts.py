"""Accounts: mailboxes on a server, over IMAP and POP3: reached, secured, logged in to, and read.

Over IMAP a folder is read by UID; messages that are safe in the ledger are marked with a keyword, or moved. Over POP3
messages stay on the server; new ones are recognised by their UIDL. Clear text is impossible, even on this machine: TLS
from the first byte, or STARTTLS and STLS, or nothing. The login is tried once,
with one method: a few wrong passwords lock an account.
A library's exceptions become one sentence, without the password that a server may repeat: `ConnectionBroken` and
`LoginRefused`, and plain `MailboxUnavailable` where a certificate is not trusted.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import poplib
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, Final, TypeVar

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, IMAPClientReadOnlyError, LoginError
from imapclient.imapclient import IMAPClient, SocketTimeout

from mailer import lazy_re as re
from mailer.errors import ConfigProblem, MailboxUnavailable
from mailer.inbox.values import (
    MAX_MESSAGE_BYTES,
    ConnectionBroken,
    Entry,
    LoginRefused,
    Mailbox,
    Position,
    RawMessage,
    Stays,
    Wanted,
    too_large,
    unreadable,
)
from mailer.platform.network import CAUSES, hang_up, tls_context
from mailer.settings import After, Inbox, Secret

# an invalid host name, or what the libraries raise for an invalid answer
_NONSENSE: Final = (ValueError, TypeError, LookupError, AttributeError, AssertionError)
_CONNECT_S, _READ_S = 30.0, 120.0
_INSECURE: Final = "cannot be made secure, so no password was sent"
_LOGIN_HINT: Final = "Check the name and the password; some providers want an app password, others access tokens."
_AGAIN: Final = "Run the same command again; messages already read are kept, and count once."
_TLS_HINT: Final = """\
imaps:// is for port 993 and pop3s:// for 995, imap:// for 143 and pop3:// for 110;
a certificate of your own needs ca_file."""
_WORDS: Final[dict[type[Exception], str]] = {
    **CAUSES,
    BrokenPipeError: "the connection was cut",
    TimeoutError: "it does not answer",
}


def name_of(inbox: Inbox) -> str:
    """Return the name of a mailbox's server, for messages."""
    return f"inbox {inbox.key} ({inbox.server.host}:{inbox.server.port})"


@contextlib.contextmanager
def as_mailbox_errors(
    name: str,
    what: str,
    hint: str = _AGAIN,
    secret: Secret | None = None,
    *,
    kind: type[MailboxUnavailable] = ConnectionBroken,
) -> Iterator[None]:
    """Turn any error inside into one sentence, without the secret; `kind` is raised if the server refuses."""
    try:
        yield
    except (IMAPClientError, poplib.error_proto, OSError, EOFError, *_NONSENSE) as error:
        text = error_text(error)
        text = secret.hide_in(text) if secret is not None else text
        # imaplib's `abort` and poplib's EOF: the connection is gone; it is no refusal of one command
        is_cut = isinstance(error, OSError | EOFError) or type(error).__name__ == "abort" or _is_end(error)
        gone = is_cut or "[UNAVAILABLE]" in text
        raise (ConnectionBroken if gone else kind)(f"{name} {what}: {text}", hint=hint) from None


@contextlib.contextmanager
def _made_secure(name: str) -> Iterator[None]:
    """Raise an error of TLS as one of ours, before any secret is sent."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise MailboxUnavailable(f"{name} {_INSECURE}: {error.verify_message}", hint=_TLS_HINT) from None
    except ssl.SSLError:
        raise ConnectionBroken(f"{name} {_INSECURE}: no TLS handshake", hint=_TLS_HINT) from None


def _is_end(error: BaseException) -> bool:
    """Return whether it is poplib's error for a closed connection; a server's own errors are bytes."""
    return isinstance(error, poplib.error_proto) and error.args[:1] == ("-ERR EOF",)


def error_text(error: Exception) -> str:
    """Return the text of an error, our own if there is one."""
    if known := next((text for kind, text in _WORDS.items() if isinstance(error, kind)), ""):
        return known
    if _is_end(error):
        return "the connection was cut"
    first = error.args[0] if error.args else ""
    text = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(error)  # poplib's are bytes
    return " ".join(text.split())[:300] or type(error).__name__


Client = TypeVar("Client", IMAPClient, poplib.POP3)


def _open(
    inbox: Inbox,
    secret: Secret,
    hint: str,
    connect: Callable[[ssl.SSLContext | None], Client],
    secure: Callable[[Client, ssl.SSLContext], object],
    authenticate: Callable[[Client, Inbox, str], None],
) -> Client:
    """Connect, secure and log in; `secret` is the password, or an access token where the mailbox wants one.

    Raises:
        ConnectionBroken: the server cannot be reached, or broke off.
        LoginRefused: it does not take the secret.
        MailboxUnavailable: its certificate is not trusted.
        ConfigProblem: `ca_file` is not a file of certificates.
    """
    name, is_implicit = name_of(inbox), inbox.server.implicit
    context = tls_context(inbox.ca_file, f"inbox {inbox.key}: ")
    with as_mailbox_errors(name, "cannot be reached", "Check the host, the port and the network."), _made_secure(name):
        client = connect(context if is_implicit else None)
    try:
        with as_mailbox_errors(name, _INSECURE, f"{hint} A certificate of your own needs ca_file."), _made_secure(name):
            if not is_implicit:
                secure(client, context)
        with as_mailbox_errors(name, "refused the login", _LOGIN_HINT, secret, kind=LoginRefused):
            authenticate(client, inbox, secret.reveal())
    except BaseException:
        log_out(client, broken=True)
        raise
    return client


def log_out(client: IMAPClient | poplib.POP3, *, broken: bool = False) -> None:
    """Log out, or only close if the connection is `broken`."""
    ends: tuple[Callable[[], object], ...]
    ends = (client.quit, client.close) if isinstance(client, poplib.POP3) else (client.logout, client.shutdown)
    for end in ends[broken:]:
        with contextlib.suppress(IMAPClientError, poplib.error_proto, OSError, EOFError, ValueError):
            end()
            return


# IMAP.

_BATCH_MESSAGES, _BATCH_BYTES = 100, 4_000_000
_LISTED = 500  # UIDs in one command: RFC 7162 §4 asks for lines below 8,192 bytes
_WINDOW = 50_000  # UIDs in one answer to SEARCH, which is one line
_IDLE_S = 28 * 60.0  # RFC 2177: a server may log out a client that idles for 30 minutes
_SHOWN_FOLDERS = 30
_LOOKED_IN = 60  # folders, for one letter
_ALIKE = 5  # messages with the same Message-ID that are fetched
_TICK_S = 1.0
KEYWORD = b"$Processed"


def log_in(inbox: Inbox, secret: Secret) -> IMAPClient:
    """Return a connection to an IMAP account, secured and logged in. Raises as `_open`."""
    server, timeout = inbox.server, SocketTimeout(connect=_CONNECT_S, read=_READ_S)

    def connect(context: ssl.SSLContext | None) -> IMAPClient:
        is_implicit = context is not None
        return IMAPClient(
            server.host, port=server.port, ssl=is_implicit, ssl_context=context, timeout=timeout, use_uid=True
        )

    hint = "It offers no STARTTLS? Then write imaps://."
    return _open(inbox, secret, hint, connect, IMAPClient.starttls, _log_in_to_imap)


def _log_in_to_imap(client: IMAPClient, inbox: Inbox, secret: str) -> None:
    """Log in once; PLAIN where it is offered, as LOGIN takes ASCII alone (RFC 9051 §6.2.3)."""
    if inbox.oauth.is_on:
        # XOAUTH2 first: Google and Microsoft document it, and some servers offer OAUTHBEARER in name only
        bearer = client.has_capability("AUTH=OAUTHBEARER") and not client.has_capability("AUTH=XOAUTH2")
        (client.oauthbearer_login if bearer else client.oauth2_login)(inbox.server.user, secret)
        return
    login = client.plain_login if client.has_capability("AUTH=PLAIN") else client.login
    try:
        login(inbox.server.user, secret)
    except UnicodeError:
        raise LoginError("it takes only ASCII letters in a password") from None


def select(client: IMAPClient, inbox: Inbox, name: str, hint: str, *, readonly: bool) -> Mapping[bytes, Any]:
    """Open a folder, read-only if the server allows no more; return the server's answer.

    Raises:
        ConfigProblem: the server does not open it; the hint lists the folders that there are.
        IMAPClientError: the connection is gone.
    """
    try:
        try:
            found: Mapping[bytes, Any] = client.select_folder(name, readonly=readonly)
        except IMAPClientReadOnlyError:
            found = client.select_folder(name, readonly=True)
    except IMAPClientAbortError:
        raise
    except IMAPClientError as error:
        names = [str(each) for _, _, each in islice(client.list_folders(), _SHOWN_FOLDERS)]
        hint += f" There are: {', '.join(names)}" if names else ""
        refusal = f'{name_of(inbox)} does not open the folder "{name}": {error_text(error)}'
        raise ConfigProblem(refusal, hint=hint) from None
    return found


class ImapMailbox(Mailbox):
    """A folder of an account: new messages by UID, marked once they are safe, IDLE."""

    def __init__(self, inbox: Inbox, secret: Secret) -> None:
        """Connect, secure, log in and open the folder."""
        super().__init__()
        self._inbox = inbox
        self._folder = inbox.server.folder or "INBOX"
        self._held = 0
        self._after: After = "keep"
        self._target = ""  # the folder to which messages move; looked up when the first one moves
        self._client = log_in(inbox, secret)
        try:
            with self._as_errors("broke off"):
                if "/" in self._folder:
                    self._folder = _names_on_server(self._client, self._folder)[0]
                hint = "Put the name after the host: imaps://USER@HOST/FOLDER."
                readonly = inbox.after_reading == "keep"
                self._opened = select(self._client, inbox, self._folder, hint, readonly=readonly)
                self._choose_marking(inbox.after_reading)
        except BaseException:
            log_out(self._client, broken=True)
            raise
        self._validity = int(self._opened.get(b"UIDVALIDITY", 0))
        self._next = int(self._opened.get(b"UIDNEXT", 0))
        self._many = int(self._opened.get(b"EXISTS", 0)) > _WINDOW and self._next > 0

    def read(self, start: Position, stays: Stays | None = None) -> Iterator[Entry | Position]:
        """Yield the messages above a position, and between them the position up to which all are taken."""
        uid = start.uid if start.validity == self._validity else 0
        if start.validity not in {0, self._validity}:
            self.notes.append("the server has renumbered its messages: all are read again, and known ones count once")
        self._held, self.expected = 0, 0
        reached = Position(self._validity, uid)
        while found := self._above(uid):
            self.expected += len(found)
            for batch in self._batches(found):
                yield from self._take(batch, stays)
                uid = batch[-1][0]
                reached = Position(self._validity, min(uid, self._held - 1) if self._held else uid)
                yield reached
            uid = max(uid, found[-1])
        yield reached

    def find(self, wanted: Wanted) -> RawMessage | None:
        """Find a message by its UID or Message-ID, in this folder or another: staff may have filed it."""
        number = re.search(r"UID (\d+)$", wanted.source)
        # a search is for a part of the field, so its longest plain piece will do: the rest may need quoting
        pieces = re.findall(r"[A-Za-z0-9.@_=+-]+", wanted.message_id)
        found = self._named(wanted, [int(number[1])] if number else [])
        if found is not None or not pieces:
            return found
        with self._as_errors("cannot list its folders"):
            listed = self._client.list_folders()
        names = [str(name) for flags, _, name in listed if b"\\Noselect" not in flags]
        for name in dict.fromkeys([self._folder, *names[:_LOOKED_IN]]):
            with self._as_errors("could not be searched"):
                try:
                    self._client.select_folder(name, readonly=True)
                except IMAPClientAbortError:
                    raise
                except IMAPClientError:  # a folder of others, say
                    continue
                uids = self._client.search(["HEADER", "Message-ID", max(pieces, key=len)])
            found = self._named(wanted, uids[-_ALIKE:])
            if found is not None:
                return RawMessage(found.source if name == self._folder else f"the folder {name}", found.data)
        return None

    def _named(self, wanted: Wanted, uids: Sequence[int]) -> RawMessage | None:
        """Return the wanted message if it is among these UIDs."""
        bodies = self._bodies(uids) if uids else {}
        messages = (RawMessage(self._source(uid), each) for uid, each in bodies.items() if isinstance(each, bytes))
        return wanted.among(messages)

    def wait(self, limit_s: float, is_over: Callable[[], bool]) -> bool:
        """Wait until mail comes, the time is up, or `is_over` returns True; False if the server has no IDLE."""
        if not self._client.has_capability("IDLE"):
            return False
        end = time.monotonic() + min(limit_s, _IDLE_S)
        with self._as_errors("broke off"):
            # mail that came just before IDLE may be in a buffer, unnoticed: the end of IDLE reports it
            if not self._idle(min(time.monotonic() + _TICK_S, end), is_over) and not is_over():
                self._idle(end, is_over)
        return True

    def _idle(self, end: float, is_over: Callable[[], bool]) -> bool:
        """Listen until a time; return whether mail came."""
        self._client.idle()
        came = False
        while not came and not is_over() and (left := end - time.monotonic()) > 0:
            before, tick_s = time.monotonic(), min(left, _TICK_S)
            answers = self._client.idle_check(timeout=tick_s)
            came = _has_new_mail(answers)
            if not answers and time.monotonic() - before < tick_s / 2:
                break  # woken without an answer: the connection is closed, and the next command raises
        _, answers = self._client.idle_done()
        return came or _has_new_mail(answers)

    def look(self) -> str:
        """Return how messages are marked once read, and why, if that is not what was configured."""
        move = f"moved to {self._target or self._inbox.folder}"
        words = {"keep": "left as it is", "keyword": "marked $Processed", "move": move}[self._after]
        content = f"{self._opened.get(b'EXISTS', 0)} messages in {self._folder}"
        return "; ".join([content, f"what was read is {words}", *self.notes])

    def close(self, *, broken: bool = False) -> None:
        """Log out."""
        log_out(self._client, broken=broken)

    def hang_up(self) -> None:
        """Wake the thread that reads or waits, by closing the connection."""
        hang_up(self._client.socket())

    def _as_errors(self, what: str) -> AbstractContextManager[None]:
        return as_mailbox_errors(name_of(self._inbox), what)

    def _above(self, uid: int) -> list[int]:
        """Return the UIDs above one, in order; `n:*` names the last message also where it is below n (RFC 9051 §9)."""
        with self._as_errors("broke off"):
            self._client.noop()  # the server reports what has arrived only with the next command
            found: set[int] = set()
            if self._many:
                for first in range(uid + 1, self._next, _WINDOW):
                    found |= set(self._client.search(["UID", f"{first}:{min(first + _WINDOW, self._next) - 1}"]))
            found |= set(self._client.search(["UID", f"{max(uid + 1, self._next if self._many else 0)}:*"]))
        return sorted(each for each in found if each > uid)

    def _batches(self, uids: Sequence[int]) -> Iterator[list[tuple[int, int]]]:
        """Yield UIDs with their sizes, in batches, each of which is one answer of a bounded size."""
        for start in range(0, len(uids), _LISTED):
            batch: list[tuple[int, int]] = []
            filled = 0
            listed = uids[start : start + _LISTED]
            with self._as_errors("broke off"):
                answers = self._client.fetch(listed, ["RFC822.SIZE"])
                sizes = [(uid, int(answers[uid].get(b"RFC822.SIZE", 0))) for uid in listed if uid in answers]
            for uid, size in sizes:
                fetched = size if size <= MAX_MESSAGE_BYTES else 0
                if batch and (len(batch) >= _BATCH_MESSAGES or filled + fetched > _BATCH_BYTES):
                    yield batch
                    batch, filled = [], 0
                batch.append((uid, size))
                filled += fetched
            if batch:
                yield batch

    def _take(self, batch: Sequence[tuple[int, int]], stays: Stays | None) -> Iterator[Entry]:
        """Yield the messages of a batch; once all are taken, mark them, or move those that do not stay."""
        for uid, size in batch:
            if size > MAX_MESSAGE_BYTES:
                yield too_large(self._source(uid))
        wanted = [uid for uid, size in batch if size <= MAX_MESSAGE_BYTES]
        bodies = self._bodies(wanted)
        taken: dict[int, bytes] = {}
        for uid in wanted:
            body = bodies.pop(uid, None)  # to free each once it was yielded
            if isinstance(body, str):
                self._held = self._held or uid
                yield unreadable(self._source(uid), body)
            elif body is not None:
                taken[uid] = hashlib.sha256(body).digest()
                yield RawMessage(self._source(uid), body)
        marked = [uid for uid, digest in taken.items() if not (self._after == "move" and stays and stays(digest))]
        if marked:
            with self._as_errors("broke off"):
                self._mark(marked)

    def _choose_marking(self, wanted: After) -> None:
        """Choose how messages are marked that are safe in the ledger; note it if that is not what was configured.

        Changes nothing in the mailbox yet.
        """
        if wanted != "keep" and b"READ-ONLY" in self._opened:
            self.notes.append("the folder is read-only: messages are left as they are")
        elif wanted == "keyword":
            self._choose_keyword("")
        elif wanted == "move" and not self._client.has_capability("MOVE"):
            self._choose_keyword("the server cannot move messages without deleting them")
        else:
            self._after = wanted

    def _choose_keyword(self, problem: str) -> None:
        """Mark with the keyword if the server stores it; `problem` is the reason why nothing is moved."""
        flags = self._opened.get(b"PERMANENTFLAGS")
        # without the answer all flags are kept (RFC 9051 §6.3.2)
        is_kept = flags is None or b"\\*" in flags or KEYWORD.lower() in {bytes(each).lower() for each in flags}
        self._after = "keyword" if is_kept else "keep"
        if not is_kept:
            note = "the server keeps no keywords: messages are left as they are, and recognised by their numbers"
            self._note(f"{problem}; {note}" if problem else note)
        elif problem:
            self._note(f"{problem}: messages get the keyword $Processed instead")

    def _mark(self, uids: Sequence[int]) -> None:
        """Mark messages, or move them; a refusal of the server becomes a note."""
        if self._after == "move" and not self._target:
            self._target, problem = _find_or_make(self._client, self._inbox.folder)
            if problem:
                self._choose_keyword(problem)
        try:
            if self._after == "move":
                self._client.move(uids, self._target)
            elif self._after == "keyword":
                self._client.add_flags(uids, [KEYWORD], silent=True)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            done = f"moved to {self._target}" if self._after == "move" else "marked"
            self._note(f"what was read could not be {done}: {error_text(error)}")

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def _bodies(self, uids: Sequence[int]) -> dict[int, bytes | str]:
        """Fetch messages in one command, or one by one if the server refuses that; a `str` is the error of one."""
        with self._as_errors("broke off"):
            try:
                answers = self._client.fetch(uids, ["BODY.PEEK[]"])
            except IMAPClientAbortError:
                raise
            except IMAPClientError as error:
                if len(uids) == 1:
                    return {uids[0]: error_text(error)}
                answers = None
        if answers is None:
            return {uid: body for one in uids for uid, body in self._bodies([one]).items()}
        bodies = {uid: each.get(b"BODY[]") for uid, each in answers.items()}
        return {uid: body if isinstance(body, bytes) else "the server gives no body" for uid, body in bodies.items()}

    def _source(self, uid: int) -> str:
        return f"{self._inbox.url.rstrip('/')}{'' if self._inbox.server.folder else '/INBOX'}, UID {uid}"


def _has_new_mail(answers: Iterable[object]) -> bool:
    return any(b"EXISTS" in each for each in answers if isinstance(each, tuple))


def _names_on_server(client: IMAPClient, name: str) -> tuple[str, ...]:
    """Return the names that a folder may have on this server, with the server's separator in place of `/`.

    Some servers have all folders of an account below a prefix, mostly `INBOX.` (RFC 2342).
    """
    if not client.has_capability("NAMESPACE"):
        return (name,)
    for prefix, separator in client.namespace().personal or ():
        own = name.replace("/", separator) if separator and separator not in name else name
        below = f"{prefix}{own}" if prefix and not own.startswith(prefix) and own.upper() != "INBOX" else own
        return tuple(dict.fromkeys((own, below)))
    return (name,)


def _find_or_make(client: IMAPClient, name: str) -> tuple[str, str]:
    """Return the folder's full name, or the reason why there is none."""
    names = _names_on_server(client, name)
    for each in names:
        if client.folder_exists(each):
            return each, ""
    problem = ""
    for each in names:
        try:
            client.create_folder(each)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            problem = f'the folder "{name}" cannot be made ({error_text(error)})'
        else:
            return each, ""
    return "", problem


# POP3.

# the library's own limit of 2,048 is for commands; lines of messages are longer (it calls that a protocol error)
poplib._MAXLINE = MAX_MESSAGE_BYTES  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public way
_BATCH: Final = 50


class Pop3Mailbox(Mailbox):
    """A mailbox over POP3. It shows what was there at the login, so a reader that waits for mail logs in again."""

    def __init__(self, inbox: Inbox, secret: Secret) -> None:
        """Connect, secure and log in."""
        super().__init__()
        self._inbox = inbox
        server = inbox.server

        def connect(context: ssl.SSLContext | None) -> poplib.POP3:
            if context is None:
                return poplib.POP3(server.host, server.port, timeout=_CONNECT_S)
            return poplib.POP3_SSL(server.host, server.port, timeout=_CONNECT_S, context=context)

        hint = "It offers no STLS? Then write pop3s://."
        self._client: poplib.POP3 = _open(inbox, secret, hint, connect, poplib.POP3.stls, _log_in_to_pop3)
        self._client.sock.settimeout(_READ_S)

    def read(self, start: Position, stays: Stays | None = None) -> Iterator[Entry | Position]:  # noqa: ARG002 - as `Mailbox` asks
        """Yield the messages that are not among the seen ones, and between them the position with all taken so far."""
        listed = self._listed()
        taken = set(start.seen & frozenset(listed.values()))
        new = [number for number, name in listed.items() if name not in taken]
        self.expected = len(new)
        sizes: dict[int, int] = {}
        if new:
            with as_mailbox_errors(name_of(self._inbox), "broke off"):
                _, lines, _ = self._client.list()
            pairs = (found.groups() for line in lines if (found := re.match(rb"(\d+) +(\d+)\b", line)))
            sizes = {int(number): int(size) for number, size in pairs}
        for position, number in enumerate(new, start=1):
            source = f"{self._inbox.url}, message {number}"
            if sizes.get(number, 0) > MAX_MESSAGE_BYTES:
                yield too_large(source)
                taken.add(listed[number])
            else:
                entry = self._fetch(number, source)
                yield entry
                if isinstance(entry, RawMessage):
                    taken.add(listed[number])
            if position % _BATCH == 0:
                yield Position(seen=frozenset(taken))
        yield Position(seen=frozenset(taken))

    def find(self, wanted: Wanted) -> RawMessage | None:
        """Find a message among those that are there, the newest first."""
        numbers = reversed(self._listed())
        return wanted.among(self._fetch(each, f"{self._inbox.url}, message {each}") for each in numbers)

    def look(self) -> str:
        """Return how many messages there are, and that they stay."""
        return f"{len(self._listed())} messages there; they stay on the server"

    def close(self, *, broken: bool = False) -> None:
        """Log out."""
        log_out(self._client, broken=broken)

    def hang_up(self) -> None:
        """Wake the thread that reads, by closing the connection."""
        hang_up(self._client.sock)

    def _listed(self) -> dict[int, bytes]:
        """Return the messages by number, each with a digest of its UIDL."""
        hint = "Without UIDL, POP3 cannot recognise messages; use imaps:// there."
        with as_mailbox_errors(name_of(self._inbox), "cannot distinguish its messages", hint):
            _, lines, _ = self._client.uidl()
        pairs = (line.split(b" ", 1) for line in lines if b" " in line)
        return {int(number): hashlib.sha256(name.strip()).digest()[:16] for number, name in pairs if number.isdigit()}

    def _fetch(self, number: int, source: str) -> Entry:
        with as_mailbox_errors(name_of(self._inbox), "broke off"):
            try:
                _, lines, _ = self._client.retr(number)
            except poplib.error_proto as error:
                if not error_text(error).startswith("-ERR"):
                    raise
                return unreadable(source, error_text(error))
        return RawMessage(source, b"\r\n".join([*lines, b""]))


def _log_in_to_pop3(client: poplib.POP3, inbox: Inbox, secret: str) -> None:
    if re.search(r"[\r\n\0]", secret):
        raise ValueError("a password has one line")
    if not inbox.oauth.is_on:
        client.user(inbox.server.user)
        client.pass_(secret)
        return
    token = base64.b64encode(f"user={inbox.server.user}\x01auth=Bearer {secret}\x01\x01".encode()).decode()
    client._shortcmd("AUTH XOAUTH2")  # type: ignore[attr-defined]  # noqa: SLF001 - poplib has no AUTH (RFC 5034)
    answer: bytes = client._shortcmd(token)  # type: ignore[attr-defined]  # noqa: SLF001 - as above
    if not answer.startswith(b"+OK"):
        client._shortcmd("")  # type: ignore[attr-defined]  # noqa: SLF001 - a refusal is a question first
