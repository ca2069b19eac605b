"""The refresh token of a relay: read from its place, and replaced in its file by a new one."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from mailer.config.reading import read_settings
from mailer.config.secrets import keep_token, read_credential, read_kept_token
from mailer.errors import ConfigProblem
from mailer.settings import Grant, OAuth, Relay, Secret

TOKEN = "1//gannet-Möwe"


def relay(**changes: Any) -> Relay:
    values: dict[str, Any] = {"preset": "google", "client_id": "press-app", "refresh_token_file": "refresh"}
    oauth = OAuth(**{key: value for key, value in (values | changes).items() if value})
    return Relay(key="main", host="smtp.example.org", username="press@example.org", oauth=oauth)


def kept(folder: Path, text: str = TOKEN + "\n", mode: int = 0o600) -> Path:
    path = folder / "refresh"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_grant_has_the_refresh_token_and_the_clients_secret(tmp_path: Path) -> None:
    kept(tmp_path)
    found = read_credential(relay(client_secret_env="APP"), tmp_path, {"APP": "kittiwake"})
    assert isinstance(found, Grant)
    assert found.refresh_token.reveal() == TOKEN
    assert found.client_secret is not None
    assert found.client_secret.reveal() == "kittiwake"
    assert "gannet" not in repr(found)
    assert "kittiwake" not in repr(found)


def test_a_client_without_a_secret_has_none(tmp_path: Path) -> None:
    found = read_credential(relay(refresh_token_file="", refresh_token_env="TOKEN"), tmp_path, {"TOKEN": TOKEN})
    assert isinstance(found, Grant)
    assert found.client_secret is None


def test_a_relay_with_a_password_has_a_password(tmp_path: Path) -> None:
    plain = Relay(key="main", host="smtp.example.org", username="press", password_env="P")
    found = read_credential(plain, tmp_path, {"P": "gannet"})
    assert isinstance(found, Secret)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({}, "relay main: no refresh token: "),
        ({"refresh_token_file": "", "refresh_token_env": "NONE"}, "relay main: no refresh token: the variable NONE"),
        ({"refresh_token_file": "", "refresh_token_command": ("false",)}, "relay main: no refresh token: false ended"),
    ],
)
def test_a_refresh_token_that_is_not_there_is_told(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigProblem, match=message):
        read_credential(relay(**changes), tmp_path, {})


def test_a_clients_secret_that_is_not_there_is_told(tmp_path: Path) -> None:
    kept(tmp_path)
    with pytest.raises(ConfigProblem, match="relay main: no client secret: the variable APP"):
        read_credential(relay(client_secret_env="APP"), tmp_path, {})


def test_a_refresh_token_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    kept(tmp_path, mode=0o644)
    with pytest.raises(ConfigProblem, match="can be read by others"):
        read_credential(relay(), tmp_path, {})


def test_a_new_refresh_token_takes_the_place_of_the_old_one_in_private(tmp_path: Path) -> None:
    path = kept(tmp_path)
    assert keep_token(relay().oauth, "relay main", tmp_path, Secret("1//new"))
    assert path.read_text() == "1//new\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["refresh"]
    again = read_kept_token(relay().oauth, "relay main", tmp_path)
    assert again is not None
    assert again.reveal() == "1//new"


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    there = kept(tmp_path / "private")
    (tmp_path / "refresh").symlink_to(there)
    assert keep_token(relay().oauth, "relay main", tmp_path, Secret("1//new"))
    assert (tmp_path / "refresh").is_symlink()
    assert there.read_text() == "1//new\n"


def test_without_a_file_nothing_is_kept(tmp_path: Path) -> None:
    elsewhere = relay(refresh_token_file="", refresh_token_env="TOKEN")
    assert not keep_token(elsewhere.oauth, "relay main", tmp_path, Secret("1//new"))
    assert read_kept_token(elsewhere.oauth, "relay main", tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_no_file_is_told_without_the_token(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblem, match="cannot be kept") as caught:
        keep_token(relay(refresh_token_file="nowhere/refresh").oauth, "relay main", tmp_path, Secret("1//new"))
    assert "1//new" not in str(caught.value)


TOML = """
[relays.main]
host = "smtp.example.org"
username = "press@example.org"
[relays.main.oauth]
"""


def settings(tmp_path: Path, *lines: str) -> Relay:
    (tmp_path / "mailer.toml").write_text(TOML + "\n".join(lines))
    return read_settings(tmp_path, {}).relays["main"]


def test_the_table_is_read_and_its_authorities_are_found_beside_it(tmp_path: Path) -> None:
    lines = ('preset = "microsoft365"', 'client_id = "x"', 'refresh_token_file = "t"', 'ca_file = "ca.pem"')
    found = settings(tmp_path, *lines).oauth
    assert (found.preset, found.client_id, found.ca_file) == ("microsoft365", "x", str(tmp_path / "ca.pem"))


@pytest.mark.parametrize(
    "lines, message",
    [
        (('preset = "gogle"',), "relays.main.oauth.preset"),
        (('client_idd = "x"',), 'did you mean "client_id"'),
        (('preset = "google"',), "relays.main.oauth.client_id: is missing"),
        (('preset = "google"', 'client_id = "x"'), "where is the refresh token"),
        (
            ('client_id = "x"', 'refresh_token_env = "T"', 'token_url = "http://tokens.example.org/"'),
            "token_url: an https",
        ),
    ],
)
def test_what_is_wrong_with_the_table_is_told_with_its_line(
    tmp_path: Path, lines: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ConfigProblem) as caught:
        settings(tmp_path, *lines)
    numbers = [problem.line for problem in caught.value.problems if message in str(problem)]
    assert numbers
    assert all(line and line >= 5 for line in numbers)
