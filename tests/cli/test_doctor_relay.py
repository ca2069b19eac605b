"""`mailer doctor` and the servers it calls: relay and one-click host, with real sockets and certificates."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import re
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from mailer.fetch import Fetched
from mailer.runs.doctor.servers import judge_host
from tests.office import Desk
from tests.public.hosts import serving_here
from tests.servers import Act, Certificates, ScriptedServer, make_certificates, threaded_server

PASSWORD = {"PRESS_PASSWORD": "wick & oil"}
LOGIN = {"username": "press", "password_env": "PRESS_PASSWORD"}


def lasting(days: float) -> Certificates:
    """Make a certificate that is valid for so many days."""
    authority, now = trustme.CA(), datetime.now(UTC)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    until = now + timedelta(days=days, hours=1)
    authority.issue_cert("127.0.0.1", "localhost", not_before=now - timedelta(days=90), not_after=until).configure_cert(
        context
    )
    return Certificates(authority, context)


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    return make_certificates()


@contextlib.contextmanager
def relay(desk: Desk, script: ScriptedServer, **keys: Any) -> Iterator[ScriptedServer]:
    """Run a relay with TLS and a login, and name it in mailer.toml."""
    with threaded_server(script) as server:
        assert script.certificates is not None
        script.certificates.authority.cert_pem.write_to_path(str(desk.root / "authority.pem"))
        values = {"security": script.tls, "ca_file": "authority.pem", "host": "localhost", **LOGIN} | keys
        desk.settings(server, **values)
        yield server


def look(desk: Desk, *words: str, **env: str) -> dict[str, Any]:
    document = desk.run("doctor", "--json", *words, env=PASSWORD | env).json
    return {each["name"]: each for each in document["checks"]}


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_relay_is_connected_to_secured_logged_in_to_and_gets_no_mail(
    desk: Desk, certificates: Certificates, tls: Any
) -> None:
    script = ScriptedServer(tls=tls, certificates=certificates, users={"press": PASSWORD["PRESS_PASSWORD"]})
    with relay(desk, script) as server:
        found = look(desk, "--only", "relay")
    main = found["relay main"]
    assert main["state"] == "ok"
    assert main["tls"].startswith("TLSv1.")
    assert "logged in as press" in main["message"]
    assert main["certificate_days"] > 14
    assert "PIPELINING" in found["main limits"]["offers"]
    assert found["main limits"]["size"] == 10485760
    verbs = {line.split()[0].upper() for line in server.commands}
    assert verbs <= {"EHLO", "STARTTLS", "AUTH", "QUIT"}
    assert server.accepted == []


FAULTS = [
    ("a wrong password", {"users": {"press": "another"}}, {}, "relay-login", "refused the login"),
    (
        "no TLS",
        {"extensions": (), "at": {"starttls": Act("454 4.7.0 not now")}},
        {},
        "relay-tls",
        "cannot be made secure",
    ),
    ("an unknown authority", {}, {"ca_file": ""}, "relay-tls", "cannot be made secure"),
    ("another name", {}, {"host": "127.0.0.2"}, "relay-connect", "cannot be"),
    ("a greeting that says no", {"at": {"connect": Act("554 go away")}}, {}, "relay-connect", "cannot be reached"),
]


@pytest.mark.parametrize("made, keys, code, words", [each[1:] for each in FAULTS], ids=[each[0] for each in FAULTS])
def test_a_relay_that_cannot_be_used_is_told(
    desk: Desk, certificates: Certificates, made: dict[str, Any], keys: dict[str, Any], code: str, words: str
) -> None:
    values: dict[str, Any] = {
        "tls": "starttls",
        "certificates": certificates,
        "users": {"press": PASSWORD["PRESS_PASSWORD"]},
    } | made
    with relay(desk, ScriptedServer(**values), **keys):
        found = look(desk, "--only", "relay")["relay main"]
    assert found["code"] == code
    assert words in found["message"]
    assert found["hint"]
    assert PASSWORD["PRESS_PASSWORD"] not in str(found)


def test_nobody_there_and_no_password_are_told(desk: Desk, server: ScriptedServer) -> None:
    desk.settings(server, port=1)
    assert "connection refused" in look(desk, "--only", "relay")["relay main"]["message"]
    desk.settings(server, security="starttls", **{**LOGIN, "password_env": "NOT_SET"})
    unset = look(desk, "--only", "relay")["relay main"]
    assert (unset["code"], "NOT_SET" in unset["message"]) == ("relay-settings", True)


@pytest.mark.parametrize("days, code", [(3, "relay-ends"), (40, None)])
def test_a_certificate_that_ends_soon_is_told(desk: Desk, days: int, code: str | None) -> None:
    script = ScriptedServer(tls="starttls", certificates=lasting(days), users={"press": PASSWORD["PRESS_PASSWORD"]})
    with relay(desk, script):
        found = look(desk, "--only", "relay")["relay main"]
    assert (found["code"], found["certificate_days"]) == (code, days)


def test_an_expired_certificate_is_wrong(desk: Desk) -> None:
    with relay(desk, ScriptedServer(tls="implicit", certificates=lasting(-2))):
        found = look(desk, "--only", "relay")["relay main"]
    assert (found["code"], "certificate has expired" in found["message"]) == ("relay-tls", True)


LIMITS = [
    (("SIZE 4000000", "PIPELINING"), "relay-small", "4 MB"),
    (("SIZE 104857600", "PIPELINING", "LIMITS MAILMAX=20 RCPTMAX=1"), "relay-few", "20 messages on one connection"),
    (("8BITMIME",), None, "no size"),
    ((), None, "no extension of use"),
]


@pytest.mark.parametrize("extensions, code, words", LIMITS)
def test_the_limits_of_a_relay_are_held_against_ours(
    desk: Desk, server: ScriptedServer, extensions: tuple[str, ...], code: str | None, words: str
) -> None:
    server.extensions = extensions
    found = look(desk, "--only", "relay")["main limits"]
    assert found["code"] == code
    assert words in found["message"]


@pytest.mark.parametrize(
    "reply, code", [("250 2.1.0 ok", None), ("550 5.7.60 not allowed to send as this", "relay-sender")]
)
def test_the_relay_is_asked_about_our_sender_on_request_alone(
    desk: Desk, server: ScriptedServer, reply: str, code: str | None
) -> None:
    server.at = {"mail": Act(reply)}
    assert "main sender" not in look(desk, "--only", "relay")
    assert "MAIL" not in {line.split()[0] for line in server.commands}
    found = look(desk, "--only", "relay", "--offer-sender")["main sender"]
    assert (found["code"], found["mail_from"]) == (code, "bounces@example.org")
    assert server.commands[-3:] == ["MAIL FROM:<bounces@example.org>", "RSET", "QUIT"]
    assert server.accepted == []


def test_a_relay_that_hangs_hides_nothing_else(desk: Desk, server: ScriptedServer) -> None:
    server.at = {"connect": Act(silent=True)}
    found = look(desk, "--only", "relay", "--only", "keys", "--limit", "5")
    assert found["keys"]["state"] == "ok"
    assert (found["relay main"]["code"], found["relay main"]["message"]) == (
        "look-late",
        "nobody answered within 5 seconds",
    )


def test_offline_calls_nobody(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run("doctor", "--offline").code == 0
    assert server.connections == 0


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers with its server's response, or forwards the request."""

    server: Web

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status, body = self.server.status, self.server.body
        if self.server.behind:
            connection = http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=60)
            connection.request("GET", self.path)
            answer = connection.getresponse()
            status, body = answer.status, answer.read()
            connection.close()
        self.send_response_only(status)
        self.send_header("Date", format_datetime(datetime.now(UTC) + self.server.ahead, usegmt=True))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class Web(http.server.ThreadingHTTPServer):
    """A web server with a certificate."""

    status, body, behind, ahead = 200, b"ok\n", 0, timedelta()

    def __init__(self, certificates: Certificates) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked: list[str] = []
        self.socket = certificates.server.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, *_: object) -> None:
        """Ignore clients that do not trust us."""


@contextlib.contextmanager
def web(desk: Desk, certificates: Certificates, server: ScriptedServer, **values: Any) -> Iterator[Web]:
    """Run a web server, and name it in mailer.toml as the one-click host."""
    with Web(certificates) as found:
        for name, value in values.items():
            found.__dict__[name] = value
        thread = threading.Thread(target=found.serve_forever, args=(0.02,))
        thread.start()
        certificates.authority.cert_pem.write_to_path(str(desk.root / "authority.pem"))
        desk.settings(server)
        text = (desk.root / "mailer.toml").read_text()
        desk.write(
            "mailer.toml", text.replace("https://press.example.org/o", f"https://localhost:{found.server_port}/o")
        )
        try:
            yield found
        finally:
            found.shutdown()
            thread.join()


def called(desk: Desk, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = look(desk, "--only", "one-click", *words, SSL_CERT_FILE=str(desk.root / "authority.pem"))
    return found


def test_the_one_click_host_is_called_and_mailer_serve_known_again(
    desk: Desk, server: ScriptedServer, certificates: Certificates
) -> None:
    desk.run("send", "lamps", "--to", "coast", "--yes")
    with serving_here(desk) as host, web(desk, certificates, server, behind=host.port) as running:
        found = called(desk)["one-click"]
        assert running.asked == ["/o/healthz"]
    assert (found["status"], found["code"]) == (
        200,
        "one-click-private",
    )  # it works, but nobody else can call this machine
    assert "from outside this network" in found["message"]


ANSWERS = [
    ("static page", {"body": b"<h1>Welcome</h1>"}, "something other than mailer serve answers"),
    ("not found", {"status": 404}, "something other than mailer serve answers"),
    ("redirect", {"status": 301}, "leads elsewhere (301)"),
    ("nothing behind", {"status": 502, "body": b"Bad gateway"}, "mailer serve does not run behind it"),
    ("no ledger", {"status": 503, "body": b"not ok\n"}, "cannot use its ledger"),
]


@pytest.mark.parametrize("values, words", [each[1:] for each in ANSWERS], ids=[each[0] for each in ANSWERS])
def test_a_one_click_host_that_would_lead_nowhere_is_told(
    desk: Desk, server: ScriptedServer, certificates: Certificates, values: dict[str, Any], words: str
) -> None:
    with web(desk, certificates, server, **values):
        found = called(desk)["one-click"]
    assert found["code"] == "one-click-strange", found
    assert words in found["message"]


def test_a_one_click_host_without_a_good_certificate_or_without_anybody_is_told(
    desk: Desk, server: ScriptedServer, certificates: Certificates
) -> None:
    with web(desk, certificates, server):
        assert "its certificate cannot be trusted" in look(desk, "--only", "one-click")["one-click"]["message"]
    with web(desk, lasting(-1), server):
        assert "certificate has expired" in called(desk)["one-click"]["message"]
    gone = called(desk)["one-click"]
    assert (gone["code"], "nothing answers there" in gone["message"]) == ("one-click-unreachable", True)


@pytest.mark.parametrize(
    "old, new, code",
    [
        ('base_url = "https://press.example.org/o"\n', "", "one-click-none"),
        ('mailto = "optout@example.org"\nbase_url = "https://press.example.org/o"\n', "", "optout-none"),
    ],
)
def test_no_one_click_host_at_all_is_told(desk: Desk, old: str, new: str, code: str) -> None:
    text = (desk.root / "mailer.toml").read_text()
    assert old in text
    desk.write("mailer.toml", text.replace(old, new))
    assert look(desk, "--only", "one-click")["one-click"]["code"] == code


@pytest.mark.parametrize(
    "ahead, code, words",
    [
        (timedelta(), None, "agrees with one-click"),
        (timedelta(minutes=-3), "clock-off", "3 minutes ahead of one-click"),
        (timedelta(hours=1), "clock-wrong", "60 minutes behind one-click"),
    ],
)
def test_this_clock_is_held_against_the_servers(
    desk: Desk, server: ScriptedServer, certificates: Certificates, ahead: timedelta, code: str | None, words: str
) -> None:
    with web(desk, certificates, server, ahead=ahead):
        found = called(desk, "--only", "clock")["clock"]
    assert found["code"] == code
    assert words in found["message"]


def test_the_greeting_of_a_relay_tells_the_time_too(desk: Desk, server: ScriptedServer) -> None:
    late = format_datetime(datetime.now(UTC) - timedelta(minutes=10))
    server.at = {"connect": Act(f"220 relay.example.org ESMTP ready at {late}")}
    found = look(desk, "--only", "relay", "--only", "clock")["clock"]
    assert (found["code"], found["against"]) == ("clock-wrong", "relay main")
    assert "10 minutes ahead" in found["message"]


def test_a_desk_without_a_relay_and_a_clock_that_nobody_tells_are_notes(desk: Desk) -> None:
    text = re.sub(r"base_url = .*\n", "", (desk.root / "mailer.toml").read_text())
    desk.write("mailer.toml", re.sub(r"\[relays\.main\][^\[]*", "", text))
    found = look(desk, "--only", "relay", "--only", "clock")
    assert (found["relay"]["code"], found["clock"]["code"]) == ("relay-none", "clock-unknown")


def test_the_certificate_of_the_one_click_host_ends_some_day() -> None:
    now = datetime.now(UTC)
    codes = {}
    for days in (3, 40):
        answer = Fetched(200, b"ok", expires_at=now + timedelta(days=days, hours=1))
        codes[days] = judge_host("https://press.example.org/o", answer, {}, now).code
    assert codes == {3: "one-click-ends", 40: ""}


def test_a_file_of_certificates_that_is_none_is_told(desk: Desk, server: ScriptedServer) -> None:
    Path(desk.root / "authority.pem").write_text("no certificate")
    desk.settings(server, security="starttls", ca_file="authority.pem", **LOGIN)
    assert "not a file of certificates" in look(desk, "--only", "relay")["relay main"]["message"]
