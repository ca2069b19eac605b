from __future__ import annotations

from typing import Any

import pytest

from mailer.settings import (
    Approval,
    Bounces,
    Dkim,
    Dns,
    Fleet,
    Inbox,
    MailPlace,
    OAuth,
    OptOut,
    Relay,
    Retry,
    Secret,
    Security,
    Sender,
    Timeouts,
    is_loopback,
)


def sender(**changes: Any) -> Sender:
    values: dict[str, Any] = {
        "key": "main",
        "name": "Press Office",
        "address": "press@example.org",
        "organisation": "Example Trust",
        "postal_address": "1 Example Street",
    }
    return Sender(**(values | changes))


GOOGLE = OAuth(preset="google", client_id="press-app", refresh_token_env="T")


def oauth(**changes: Any) -> OAuth:
    return OAuth(**({"client_id": "press-app", "refresh_token_env": "T"} | changes))


def relay(**changes: Any) -> Relay:
    values: dict[str, Any] = {"key": "main", "host": "smtp.example.org"}
    return Relay(**(values | changes))


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"host": ""}, "host: name the server"),
        ({"host": "smtp example"}, "host: a name or an address"),
        ({"host": "smtp\r\n.example.org"}, "host: a name or an address"),
        ({"port": 65536}, "port: a number up to 65535"),
        ({"port": -1}, "port: a number up to 65535"),
        ({"connections": 0}, "at least 1"),
        ({"messages_per_connection": 0}, "at least 1"),
        ({"largest_kb": -1}, "largest_kb: a number of kilobytes"),
        ({"ehlo_name": "my laptop"}, "ehlo_name: a name"),
        ({"ehlo_name": "x\r\nMAIL"}, "ehlo_name: a name"),
        ({"security": Security.PLAIN}, "for this machine alone"),
        ({"security": Security.PLAIN, "host": "192.0.2.1"}, "for this machine alone"),
        ({"security": Security.PLAIN, "host": "localhost.example.org"}, "for this machine alone"),
        ({"security": Security.PLAIN, "host": "127.0.0.1", "username": "a"}, "never sent in clear text"),
        ({"security": Security.PLAIN, "host": "127.0.0.1", "password_env": "A"}, "never sent in clear text"),
        ({"username": "a"}, "there is no password"),
        ({"username": "a", "password_env": "A", "password_file": "b"}, "give one of"),
        ({"password_file": "b", "password_command": ("c",)}, "give one of"),
        ({"password_env": "A"}, "username: "),
        ({"username": "a\x01auth=b", "password_env": "A"}, "username: a name, on one line"),
        ({"oauth": GOOGLE}, "username: it is missing"),
        ({"oauth": GOOGLE, "username": "a", "password_env": "A"}, "take the place of a password"),
        ({"oauth": GOOGLE, "security": Security.PLAIN, "host": "127.0.0.1"}, "never sent in clear text"),
    ],
)
def test_a_relay_that_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        relay(**changes)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LOCALHOST"])
def test_clear_text_is_for_this_machine(host: str) -> None:
    assert is_loopback(host)
    assert relay(security=Security.PLAIN, host=host).port_number == 25


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "localhost.", "127.0.0.1.example.org", "", "::"])  # noqa: S104 - it is refused
def test_what_is_not_certainly_this_machine_is_not(host: str) -> None:
    assert not is_loopback(host)


def test_the_port_follows_from_the_security() -> None:
    assert relay().port_number == 587
    assert relay(security=Security.IMPLICIT).port_number == 465
    assert relay(port=2525).port_number == 2525


def test_tls_is_what_a_relay_does_unless_told_otherwise() -> None:
    assert relay().security is Security.STARTTLS


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"address": "press"}, "address: .*it has no @"),
        ({"reply_to": "press@"}, "reply_to: "),
        ({"address": "noreply@example.org"}, "cannot be answered"),
        ({"address": "No-Reply@example.org"}, "cannot be answered"),
        ({"address": "do_not_reply@example.org"}, "cannot be answered"),
        ({"address": "donotreply@example.org"}, "cannot be answered"),
        ({"reply_to": "noreply@example.org"}, "cannot be answered"),
        ({"postal_address": "  "}, "postal_address: "),
    ],
)
def test_a_sender_that_cannot_be_answered_or_found_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sender(**changes)


def test_message_ids_are_made_under_the_senders_domain() -> None:
    assert sender(address="press@bücher.example.org").domain == "xn--bcher-kva.example.org"


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: OptOut(base_url="http://press.example.org/o"), "https://"),
        (lambda: OptOut(base_url="https:///o"), "https://"),
        (lambda: OptOut(mailto="out"), "mailto: "),
        (lambda: OptOut(mailto="o" * 24 + "@example.org"), "it has 24"),
        (lambda: Bounces(address="nobody"), "address: "),
        (lambda: Bounces(soft_mailings=0), "soft_mailings: at least 1"),
        (lambda: Bounces(quiet_days=-1), "quiet_days: a number of days"),
        (lambda: Bounces(alarm_share=5), "alarm_share: a share"),
        (lambda: Bounces(verdicts={"spamdetected": "now"}), "verdicts: spamdetected is about us"),
        (lambda: Bounces(address="b" * 24 + "@example.org"), "it has 24"),
        (lambda: Inbox(key="main", url="imap://x"), "maildir:PATH, mbox:PATH"),
        (lambda: Retry(delays_s=()), "at least one"),
        (lambda: Approval.model_validate({"required": True, "for": ()}), "for: it is empty, so nothing would need"),
        (lambda: Retry(delays_s=(60, 0)), "above 0"),
    ],
)
def test_a_way_back_that_cannot_be_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_long_mailbox_is_good_where_no_token_stands_behind_it() -> None:
    long = "o" * 24 + "@example.org"
    assert OptOut(mailto=long, token_in="subject").mailto == long
    assert Bounces(address=long, verp="off").address == long


def test_the_last_delay_repeats() -> None:
    retry = Retry(delays_s=(60, 300))
    assert [retry.delay_s(attempts) for attempts in (1, 2, 3, 99)] == [60, 300, 300, 300]


def test_a_secret_shows_itself_to_who_asks_and_to_nobody_else() -> None:
    secret = Secret("gannet")
    assert secret.reveal() == "gannet"
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r}", f"{[secret]}", "%s" % secret]  # noqa: UP031 - this way too
    assert not [text for text in shown if "gannet" in text]


@pytest.mark.parametrize("what", ["connect_s", "command_s", "data_s", "body_s"])
@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_time_out_is_a_time(what: str, seconds: float) -> None:
    with pytest.raises(ValueError, match=f"{what}: a number of seconds above 0"):
        Timeouts(**{what: seconds})


def dkim(**changes: Any) -> Dkim:
    return Dkim(**({"domain": "example.org", "selector": "press2026", "key_file": "dkim.pem"} | changes))


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"domain": ""}, "domain: is missing"),
        ({"selector": ""}, "selector: is missing"),
        ({"key_file": ""}, "key_file: is missing"),
        ({"domain": "example org"}, "domain: "),
        ({"domain": "org"}, "domain: "),
        ({"selector": "press 2026"}, "selector: letters"),
        ({"selector": "-press"}, "selector: letters"),
        ({"selector": "s" * 64}, "selector: letters"),
        ({"ed25519_selector": "ed"}, "ed25519_selector: it goes with"),
        ({"ed25519_key_file": "ed.pem"}, "ed25519_selector: it goes with"),
        ({"ed25519_selector": "PRESS2026", "ed25519_key_file": "ed.pem"}, "of its own"),
        ({"ed25519_selector": "e;d", "ed25519_key_file": "ed.pem"}, "ed25519_selector: letters"),
    ],
)
def test_signing_that_could_not_work_is_refused(changes: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dkim(**changes)


@pytest.mark.parametrize(
    "ours, sender, covered",
    [
        ("example.org", "example.org", True),
        ("Example.ORG", "example.org", True),
        ("example.org", "press.example.org", True),
        ("mail.example.org", "example.org", True),
        ("example.org", "badexample.org", False),
        ("example.org", "example.net", False),
        ("example.org", "example.org.example.net", False),
        ("bücher.example.org", "xn--bcher-kva.example.org", True),
    ],
)
def test_a_signature_counts_for_its_own_domain_and_those_above_and_below(
    ours: str, sender: str, *, covered: bool
) -> None:
    assert dkim(domain=ours, selector="a.b-1").covers(sender) is covered


@pytest.mark.parametrize(
    "changes, endpoint, scope",
    [
        ({"preset": "google"}, "https://oauth2.googleapis.com/token", ""),
        (
            {"preset": "microsoft365"},
            "https://login.microsoftonline.com/common/oauth2/v2.0/token",
            "https://outlook.office.com/SMTP.Send offline_access",
        ),
        (
            {"preset": "microsoft-365", "tenant": "example.org", "scope": "mail"},
            "https://login.microsoftonline.com/example.org/oauth2/v2.0/token",
            "mail",
        ),
        ({"token_url": "https://id.example.org/t?x=1"}, "https://id.example.org/t?x=1", ""),
        ({"preset": "google", "token_url": "http://127.0.0.1:8080/t"}, "http://127.0.0.1:8080/t", ""),
    ],
)
def test_a_preset_stands_for_an_endpoint_and_a_scope_and_what_is_given_beats_it(
    changes: dict[str, Any], endpoint: str, scope: str
) -> None:
    found = oauth(**changes)
    assert found.is_on
    assert (found.endpoint, found.scope_for("smtp")) == (endpoint, scope)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({}, "preset: "),
        ({"preset": "google", "client_id": ""}, "client_id: is missing"),
        ({"preset": "google", "refresh_token_env": ""}, "where is the refresh token"),
        ({"preset": "google", "refresh_token_file": "f"}, "give one of refresh_token_env, refresh_token_command and"),
        ({"preset": "google", "client_secret_env": "A", "client_secret_file": "f"}, "give one of client_secret_env"),
        ({"preset": "microsoft365", "tenant": "a/b"}, "tenant: "),
        ({"token_url": "http://id.example.org/"}, "token_url: an https"),
        ({"token_url": "https://press@id.example.org/"}, "token_url: an address"),
        ({"token_url": "https://id.example.org/ x"}, "token_url: an address"),
        ({"token_url": "https:///token"}, "token_url: an address"),
        ({"token_url": "id.example.org/token"}, "token_url: an address"),
    ],
)
def test_access_that_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        oauth(**changes)


def test_without_a_word_of_it_there_is_no_oauth() -> None:
    assert not OAuth().is_on
    assert not relay().oauth.is_on


@pytest.mark.parametrize("shown", ["gannet", "a gannet, and a gannet", "Z2FubmV0", "xZ2FubmV0", "AGdhbm5ldA"])
def test_a_short_secret_is_hidden_wherever_it_stands(shown: str) -> None:
    assert "***" in Secret("gannet").hide_in(shown)
    assert "gannet" not in Secret("gannet").hide_in(shown)


def test_words_around_a_secret_stay() -> None:
    secret = Secret("0123456789abcdefghijklmnop")
    assert secret.hide_in("Bad token 0123456789abcdefgh, or bcdefghijklmnop!? Good bye.") == (
        "Bad token ***, or bcdefghijklmnop!? Good bye."
    )
    assert secret.hide_in("5.7.8 not 0123456789abcdefghijklmnop. see abcdefghijklmnop") == "5.7.8 not ***. see ***"
    assert Secret("").hide_in("as it is") == "as it is"


IMAP = "imaps://press@mail.example.org/Sent"


def sent(**changes: Any) -> Inbox:
    values: dict[str, Any] = {"key": "sent", "url": IMAP, "holds": "sent", "password_env": "A"}
    return Inbox(**(values | changes))


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"url": "imaps://mail.example.org/Sent"}, "imaps://USER@HOST/FOLDER"),
        ({"url": "imaps://press@/Sent"}, "imaps://USER@HOST/FOLDER"),
        ({"url": "imaps://press@mail example.org/Sent"}, "imaps://USER@HOST/FOLDER"),
        ({"url": "imaps://press@mail.example.org:x/Sent"}, "imaps://USER@HOST/FOLDER"),
        ({"url": "imaps://press@[::1/Sent"}, "imaps://USER@HOST/FOLDER"),
        ({"url": "nntp://press@mail.example.org"}, "imaps://USER@HOST/FOLDER"),
        ({"url": "imaps://press:gannet@mail.example.org/Sent"}, "never put a password into mailer.toml"),
        ({"url": "imaps://press@mail.example.org/Sent#1"}, "# as %23"),
        ({"url": "imaps://press@mail.example.org/Sent?x"}, "%3F"),
        ({"url": "imaps://press@mail.example.org/Sent%0D%0ADELETE"}, "no control characters"),
        ({"url": "imaps://press%00@mail.example.org/Sent"}, "no control characters"),
        ({"password_env": ""}, "there is no password"),
        ({"password_file": "b"}, "give one of"),
        ({"url": "pop3s://press@mail.example.org"}, "searched over IMAP"),
        ({"url": "pop3s://press@mail.example.org/Sent", "holds": "returns"}, "only one folder"),
        ({"after": "move", "folder": "Sent"}, "must not be the folder"),
        ({"after": "move", "folder": ""}, "name the folder"),
        ({"every_s": 1}, "every_s"),
        ({"url": "pop3://a@mail.example.org", "holds": "returns", "after": "keyword"}, "for IMAP"),
        ({"url": "maildir:sent", "after": "move"}, "for IMAP"),
        ({"url": "maildir:sent"}, "need no password"),
        ({"url": "maildir:sent", "password_env": "", "ca_file": "x"}, "need no password"),
    ],
)
def test_a_mailbox_that_cannot_be_is_refused_and_its_password_not_repeated(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        sent(**changes)
    assert "gannet" not in str(caught.value)


@pytest.mark.parametrize(
    "url, place",
    [
        (IMAP, MailPlace("mail.example.org", 993, True, "press", "Sent")),
        ("imap://press@mail.example.org/Sent", MailPlace("mail.example.org", 143, False, "press", "Sent")),
        ("imaps://a@b.org@mail.example.org:1993", MailPlace("mail.example.org", 1993, True, "a@b.org", "")),
        ("imaps://a%40b.org@[::1]/", MailPlace("::1", 993, True, "a@b.org", "")),
        (
            "imaps://a@mail.example.org/%5BGmail%5D/Gesendete%20Objekte",
            MailPlace("mail.example.org", 993, True, "a", "[Gmail]/Gesendete Objekte"),
        ),
        ("imaps://a@mail.example.org/Enviados ñ", MailPlace("mail.example.org", 993, True, "a", "Enviados ñ")),
    ],
)
def test_the_address_of_a_mailbox_is_read_as_people_write_it(url: str, place: MailPlace) -> None:
    assert sent(url=url).server == place


@pytest.mark.parametrize(
    "text, address",
    [
        ("", None),
        ("192.0.2.53", ("192.0.2.53", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("2001:db8::53", ("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
    ],
)
def test_a_name_server_is_an_address_perhaps_with_a_port(text: str, address: tuple[str, int] | None) -> None:
    assert Dns(nameserver=text).address == address


@pytest.mark.parametrize("text", ["ns.example.org", "192.0.2.53:0", "192.0.2.53:70000", "192.0.2", "[::1", ":53"])
def test_a_name_server_that_would_have_to_be_asked_for_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="nameserver: an IP address"):
        Dns(nameserver=text)


def test_figures_are_served_where_an_address_says_so_and_nowhere_else() -> None:
    assert Fleet().address is None
    assert Fleet(metrics="127.0.0.1").address == ("127.0.0.1", 9464)
    assert Fleet(metrics="[::1]:9000").address == ("::1", 9000)
    with pytest.raises(ValueError, match="metrics: an IP address"):
        Fleet(metrics="localhost:9464")


@pytest.mark.parametrize("seconds", [0, -1, 61])
def test_an_answer_is_waited_for_some_seconds(seconds: float) -> None:
    with pytest.raises(ValueError, match="timeout_s"):
        Dns(timeout_s=seconds)
