"""`mailer doctor` and a desk without problems: relay, mailbox, name server and clock are real."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest

from mailer.message.sign import dns_value
from mailer.runs.doctor.examining import NAMES
from tests.inbox.imap_peer import Script, imap_peer
from tests.nameserver import name_server
from tests.office import Desk
from tests.servers import Act, Certificates, ScriptedServer, make_certificates, threaded_server
from tests.zones import GOOD, PRESS, key, settings, txt

PASSWORD = {"PRESS_PASSWORD": "wick & oil"}


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    return make_certificates()


def look(desk: Desk, *words: str) -> dict[str, Any]:
    done = desk.run("doctor", "--json", *words, env=PASSWORD)
    return {each["name"]: each for each in done.json["checks"]}


OPENED = (
    "* 3 EXISTS\r\n* OK [PERMANENTFLAGS (\\\\Seen \\\\*)] ok\r\n* OK [UIDVALIDITY 1] ok\r\n{tag} OK [READ-WRITE] done"
)


@pytest.mark.parametrize(
    "says, code, words",
    [
        ({"SELECT": OPENED}, None, "3 messages in INBOX"),
        ({"login": "{tag} NO [AUTHENTICATIONFAILED] no"}, "mailbox-unreadable", "main"),
        ({"": None}, "mailbox-unreadable", "main"),
    ],
)
def test_a_mailbox_is_logged_in_to_and_left(
    desk: Desk, certificates: Certificates, says: Script, code: str | None, words: str
) -> None:
    text = (desk.root / "mailer.toml").read_text()
    certificates.authority.cert_pem.write_to_path(str(desk.root / "authority.pem"))
    with imap_peer(says, certificates.server) as peer:
        url = f'imaps://bounces%40example.org@localhost:{peer.port}"\nca_file = "authority.pem'
        desk.write("mailer.toml", text.replace("maildir:returned", f'{url}"\npassword_env = "PRESS_PASSWORD'))
        found = look(desk, "--only", "mailboxes")["inbox main"]
    assert found["code"] == code, found["message"]
    assert words in f"{found['name']} {found['message']}"
    assert b"STORE" not in peer.received.upper()


def test_a_desk_in_order_has_no_findings_at_all(desk: Desk, certificates: Certificates) -> None:
    """All but the one-click host, which would have to be reachable from the internet."""
    certificates.authority.cert_pem.write_to_path(str(desk.root / "authority.pem"))
    script = ScriptedServer(tls="starttls", certificates=certificates, users={"press": PASSWORD["PRESS_PASSWORD"]})
    script.at = {"connect": Act(f"220 relay.example.net ESMTP {format_datetime(datetime.now(UTC))}")}
    zone = GOOD + txt(PRESS, dns_value(key()))
    login = 'ca_file = "authority.pem"\npassword_env = "PRESS_PASSWORD"'
    with (
        threaded_server(script) as server,
        imap_peer({"SELECT": OPENED}, certificates.server) as peer,
        name_server(zone) as names,
    ):
        mailbox = f'[inbox.main]\nurl = "imaps://bounces%40example.org@localhost:{peer.port}"\n{login}\n'
        settings(
            desk,
            f'host = "localhost"\nport = {server.port}\nsecurity = "starttls"\nusername = "press"\n{login}',
            dkim=True,
            more=f'[optout]\nmailto = "optout@example.org"\n{mailbox}',
        )
        options = [word for name in NAMES if name not in {"one-click", "fleet"} for word in ("--only", name)]
        found = look(desk, *options, "--nameserver", names.address, "--outgoing", "192.0.2.25")
    assert {name: each["message"] for name, each in found.items() if each["code"] and name != "one-click"} == {}
    wanted = {"settings", "keys", "workspace", "disk", "state folder", "ledger", "inbox main", "relay main", "clock"}
    wanted |= {"main limits", "sender main", "mail to example.org", "spf example.org", "spf example.org main"}
    wanted |= {"dkim press", "dmarc example.org", "alignment example.org", "reverse main 192.0.2.25"}
    assert wanted <= set(found)
