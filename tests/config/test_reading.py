from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailer.config.reading import read_settings
from mailer.errors import ConfigProblem
from mailer.settings import Security, Settings, first_flaw

FULL = """\
[senders.main]
name = "Press Office"
address = "press@example.org"
reply_to = "press@example.org"
organisation = "Example Trust"
postal_address = "1 Example Street, 10115 Example City"
list_id = "press.example.org"

[senders.science]
name = "Science Desk"
address = "science@example.org"
organisation = "Example Trust"
postal_address = "1 Example Street, 10115 Example City"

[relays.main]
host = "smtp.example.org"
port = 587
security = "starttls"
username = "press"
password_env = "MAILER_RELAY_PASSWORD"
connections = 3
messages_per_connection = 100
timeouts = { connect_s = 5, body_s = 60.5 }

[relays.local]
host = "127.0.0.1"
security = "plain"

[optout]
base_url = "https://press.example.org/o"
mailto = "optout@example.org"
token_in = "subject"

[bounces]
address = "bounces@example.org"
verp = "off"

[inbox.main]
url = "maildir:Maildir"

[retry]
delays_s = [30, 60]
stay_s = 0

[keys]
file = "/etc/mailer/keys"

[ledger]
url = "sqlite:///elsewhere.db"
"""
RELAY = '[relays.main]\nhost = "smtp.example.org"\n'


def read(tmp_path: Path, text: str | bytes | None, **environ: str) -> Settings:
    if text is not None:
        (tmp_path / "mailer.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_settings(tmp_path, environ)


def problems_in(tmp_path: Path, text: str | bytes, **environ: str) -> list[str]:
    with pytest.raises(ConfigProblem) as caught:
        read(tmp_path, text, **environ)
    assert caught.value.exit_code == 3
    return [str(problem) for problem in caught.value.problems]


def test_every_key_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, FULL)
    assert list(found.senders) == ["main", "science"]
    assert (found.senders["science"].key, found.senders["science"].name) == ("science", "Science Desk")
    relay = found.relays["main"]
    assert (relay.key, relay.port_number, relay.security) == ("main", 587, Security.STARTTLS)
    assert (relay.timeouts.connect_s, relay.timeouts.body_s, relay.timeouts.data_s) == (5, 60.5, 120)
    assert found.relays["local"].security is Security.PLAIN
    assert (found.optout.token_in, found.bounces.verp) == ("subject", "off")
    assert found.inbox["main"].url == "maildir:Maildir"
    assert (found.retry.delays_s, found.retry.stay_s) == ((30, 60), 0)
    assert (found.keys.file, found.ledger.url) == ("/etc/mailer/keys", "sqlite:///elsewhere.db")


@pytest.mark.parametrize("text", [None, "", "# nothing yet\n"])
def test_without_a_word_all_is_as_it_comes(tmp_path: Path, text: str | None) -> None:
    assert read(tmp_path, text) == Settings()


def test_a_sender_without_a_list_id_has_that_of_its_domain(tmp_path: Path) -> None:
    (tmp_path / "mailer.toml").write_text(FULL.replace("science@example.org", "science@müsli.example"), "utf-8")
    senders = read_settings(tmp_path, {}).senders
    assert senders["main"].list_id == "press.example.org"
    assert senders["science"].list_id == "xn--msli-0ra.example"  # as it stands in a header


def test_a_byte_order_mark_is_no_key(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbf" + RELAY.encode()).relays["main"].host == "smtp.example.org"


@pytest.mark.parametrize(
    "text, problem",
    [
        (
            '[relays.main]\nhots = "smtp.example.org"\n',
            'mailer.toml:2: relays.main.hots: there is no such key; did you mean "host"?',
        ),
        ('[relay.main]\nhost = "x"\n', 'mailer.toml:1: relay: there is no such key; did you mean "relays"?'),
        ("[zzz]\n", "mailer.toml:1: zzz: there is no such key"),
        (
            RELAY + "[relays.main.timeouts]\nbody = 5\n",
            'mailer.toml:4: relays.main.timeouts.body: there is no such key; did you mean "body_s"?',
        ),
        (RELAY + 'key = "other"\n', "mailer.toml:3: relays.main.key: there is no such key"),
        ('optout.mailt = "x"\n', 'mailer.toml:1: optout.mailt: there is no such key; did you mean "mailto"?'),
        ('optout = { mailt = "x" }\n', 'mailer.toml:1: optout.mailt: there is no such key; did you mean "mailto"?'),
        (
            '[relays."main"]\nhots = "x"\n',
            'mailer.toml:2: relays.main.hots: there is no such key; did you mean "host"?',
        ),
    ],
)
def test_an_unknown_key_is_told_with_its_line_and_the_nearest_known_one(
    tmp_path: Path, text: str, problem: str
) -> None:
    assert problems_in(tmp_path, text) == [problem]


@pytest.mark.parametrize(
    "text, problem",
    [
        (RELAY + "port = 70000\n", "mailer.toml:3: relays.main.port: a number up to 65535"),
        (RELAY + 'port = "many"\n', "mailer.toml:3: relays.main.port: "),
        (RELAY + 'security = "none"\n', 'mailer.toml:3: relays.main.security: write "implicit", "starttls" or "plain"'),
        (RELAY + 'security = "plain"\n', 'mailer.toml:3: relays.main.security: "plain" is for this machine alone'),
        (RELAY + 'username = "press"\n', "mailer.toml:3: relays.main.username: there is no password"),
        ("[relays.main]\nport = 5\n", "mailer.toml:1: relays.main.host: is missing"),
        ('relays = "main"\n', "mailer.toml:1: relays: "),
        ("[relays]\nmain = 5\n", "mailer.toml:2: relays.main: "),
        ('[bounces]\naddress = "nobody"\n', "mailer.toml:2: bounces.address: "),
        ('[bounces.verdicts]\nmailboxfull = "later"\n', "mailer.toml:2: bounces.verdicts.mailboxfull: "),
        ("[bounces.verdicts]\nmailboxfull = {}\n", "mailer.toml:2: bounces.verdicts.mailboxfull: "),
        ('[serve]\nproxies = ["::1", "proxy"]\n', 'mailer.toml:2: serve.proxies: "proxy" is not an IP address'),
        ('[relays.preview]\nhost = "x"\n', 'mailer.toml:1: relays: "preview" is the name of the preview inbox'),
        ('[dkim]\ndomain = "example.org"\nselector = "-a"\n', "mailer.toml:3: dkim.selector: letters, digits"),
        ('[inbox.main]\nurl = "imap://x"\n', "mailer.toml:2: inbox.main.url: maildir:PATH, mbox:PATH"),
        ("[retry]\ndelays_s = []\n", "mailer.toml:2: retry.delays_s: at least one"),
        ("[retry]\ndelays_s = [1,\n 'x']\n", "mailer.toml:2: retry.delays_s.1: "),
        (RELAY + "timeouts = { body_s = 0 }\n", "mailer.toml:3: relays.main.timeouts.body_s: "),
    ],
)
def test_a_wrong_value_is_told_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    (found,) = problems_in(tmp_path, text)
    assert found.startswith(problem)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = FULL.replace('list_id = "', 'listid = "').replace('"press@example.org"\nreply', '"press"\nreply')
    text = text.replace("port = 587", "port = 70000").replace("stay_s = 0", "stay = 0")
    found = problems_in(tmp_path, text)
    lines = [text.splitlines().index(line) + 1 for line in text.splitlines() if line.startswith(("listid", "stay ="))]
    assert [problem.split(":")[1] for problem in found if "no such key" in problem] == [str(line) for line in lines]
    assert len(found) == 4
    assert any("senders.main.address" in problem for problem in found)
    assert any("relays.main.port" in problem for problem in found)


def test_a_misspelt_key_is_not_told_as_a_missing_one_too(tmp_path: Path) -> None:
    assert len(problems_in(tmp_path, '[relays.main]\nhots = "smtp.example.org"\n')) == 1


def test_what_follows_from_a_misspelt_key_is_not_told_too(tmp_path: Path) -> None:
    (found,) = problems_in(tmp_path, RELAY + 'username = "press"\npasword_env = "P"\n')
    assert found.startswith("mailer.toml:4: relays.main.pasword_env: there is no such key")


def test_no_error_repeats_a_value_that_stands_in_the_wrong_place(tmp_path: Path) -> None:
    secrets = 'password = "gannet"\npassword_command = "gannet"\nport = "gannet"\ntimeouts = "gannet"\n'
    with pytest.raises(ConfigProblem) as caught:
        read(tmp_path, RELAY + secrets + '[ledger]\nurl = ["gannet"]\n')
    assert len(caught.value.problems) == 5
    assert "gannet" not in f"{caught.value!r} {caught.value.problems} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    with pytest.raises(ValueError, match="ledger") as direct:
        Settings(ledger="postgresql://a:gannet@b", optout="gannet")  # type: ignore[arg-type]
    assert "gannet" not in str(direct.value)


def test_settings_that_are_changed_are_checked_like_new_ones(tmp_path: Path) -> None:
    relay = read(tmp_path, RELAY).relays["main"]
    assert relay.replace(port=25).port == 25
    with pytest.raises(ValueError, match="port: a number up to 65535") as caught:
        relay.replace(port=70000)
    assert first_flaw(caught.value) == "port: a number up to 65535"
    with pytest.raises(ValueError, match="frozen"):
        relay.port = 25


@pytest.mark.parametrize(
    "text, line",
    [
        ("[relays.main]\nhost = \n", 2),
        ('[relays.main]\nhost = "x"\nhost = "y"\n', 3),
        ("[relays.main\n", 1),
        ('a = """\nnever\nended', 3),
        ("x = 1\n\n\n!\n", 4),
        ("a = 1\x00", 1),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    (problem,) = problems_in(tmp_path, text)
    assert problem.startswith(f"mailer.toml:{line}: this is not TOML: ")


@pytest.mark.parametrize("data,line", [(b"\xff\xfe", 1), ("# first\nname = 'Büro'".encode("latin-1"), 2)])
def test_what_is_no_text_is_told_with_its_line(tmp_path: Path, data: bytes, line: int) -> None:
    with pytest.raises(ConfigProblem, match=rf"^mailer\.toml:{line}: is not UTF-8 text$"):
        read(tmp_path, data)


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "mailer.toml").mkdir()
    with pytest.raises(ConfigProblem, match="cannot be read"):
        read(tmp_path, None)


def test_the_environment_beats_the_file_and_adds_to_it(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        RELAY,
        MAILER_RELAYS__MAIN__PORT="2525",
        MAILER_RELAYS__MAIN__TIMEOUTS__BODY_S="7.5",
        MAILER_RELAYS__SPARE__HOST="smtp2.example.org",
        MAILER_LEDGER__URL="sqlite:///x.db",
        MAILER_RELAY_PASSWORD="secret",
        MAILER_KEYS="1 00",
        OTHER__THING="x",
    )
    assert found.relays["main"].port == 2525
    assert found.relays["main"].timeouts.body_s == 7.5
    assert (found.relays["spare"].key, found.relays["spare"].host) == ("spare", "smtp2.example.org")
    assert found.ledger.url == "sqlite:///x.db"


@pytest.mark.parametrize(
    "name, value, problem",
    [
        (
            "MAILER_RELAYS__MAIN__HOTS",
            "x",
            'MAILER_RELAYS__MAIN__HOTS: relays.main.hots: there is no such key; did you mean "host"?',
        ),
        ("MAILER_RELAYS__MAIN__PORT", "many", "MAILER_RELAYS__MAIN__PORT: relays.main.port: "),
        ("MAILER_RELAYS__MAIN__PORT", "70000", "MAILER_RELAYS__MAIN__PORT: relays.main.port: a number up to 65535"),
        ("MAILER_RELAYS__MAIN__HOST__NAME", "x", "MAILER_RELAYS__MAIN__HOST__NAME: relays.main.host: "),
        ("MAILER_RELAY__PASSWORD", "gannet", "MAILER_RELAY__PASSWORD: relay: there is no such key"),
        ("MAILER___X", "x", "MAILER___X: "),
    ],
)
def test_what_is_wrong_in_the_environment_is_told_by_its_variable(
    tmp_path: Path, name: str, value: str, problem: str
) -> None:
    found = problems_in(tmp_path, RELAY, **{name: value})
    assert found[0].startswith(problem)
    assert "gannet" not in " ".join(found)


def test_a_variable_below_what_is_no_table_is_a_problem_and_no_fault(tmp_path: Path) -> None:
    found = problems_in(tmp_path, 'senders = "press"\n', MAILER_SENDERS__MAIN__NAME="x")
    assert found


def test_a_file_of_certificates_is_found_from_the_workspace(tmp_path: Path) -> None:
    assert read(tmp_path, RELAY + 'ca_file = "ca.pem"\n').relays["main"].ca_file == str(tmp_path / "ca.pem")
    assert read(tmp_path, RELAY + 'ca_file = "/etc/ca.pem"\n').relays["main"].ca_file == "/etc/ca.pem"
    assert read(tmp_path, RELAY).relays["main"].ca_file == ""
    sent = '[inbox.sent]\nurl = "imaps://a@x.example.org"\nholds = "sent"\npassword_env = "A"\n'
    assert read(tmp_path, sent + 'ca_file = "ca.pem"\n').inbox["sent"].ca_file == str(tmp_path / "ca.pem")


VALUES = st.recursive(
    st.booleans() | st.integers(-5, 70000) | st.sampled_from(['"x"', '"main"', "1.5", "1979-05-27"]),
    lambda inner: st.lists(inner, max_size=2),
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["relays", "relays.main", "senders.main", "optout", "keys", "inbox.main", "retry", "x"]),
            st.sampled_from(["host", "port", "timeouts", "name", "mailto", "file", "url", "delays_s", "key", "main"]),
            VALUES,
        ),
        max_size=4,
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_table_is_read_or_told(tmp_path: Path, keys: list[tuple[str, str, object]]) -> None:
    text = "".join(f"{table}.{key} = {str(value).lower().replace(chr(39), '')}\n" for table, key, value in keys)
    try:
        read(tmp_path, text)
    except ConfigProblem as problem:
        assert problem.problems  # noqa: PT017 - either way is good
