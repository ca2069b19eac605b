from __future__ import annotations

from pathlib import Path

import pytest

from mailer.config.reading import read_settings
from mailer.config.secrets import read_dkim_keys, write_dkim_key
from mailer.errors import ConfigProblem
from mailer.settings import Dkim

PEM = b"-----BEGIN PRIVATE KEY-----\n"
DKIM = Dkim(domain="example.org", selector="one", key_file="one.pem")
BOTH = Dkim(
    domain="example.org", selector="one", key_file="one.pem", ed25519_selector="two", ed25519_key_file="keys/two.pem"
)


def refusal(dkim: Dkim, root: Path) -> ConfigProblem:
    with pytest.raises(ConfigProblem) as caught:
        read_dkim_keys(dkim, root)
    return caught.value


def test_the_settings_are_read_and_what_is_missing_is_told_by_line(tmp_path: Path) -> None:
    file = tmp_path / "mailer.toml"
    file.write_text('[dkim]\ndomain = "example.org"\nselector = "press2026"\nkey_file = "dkim.pem"\n')
    assert read_settings(tmp_path, {}).dkim == Dkim(domain="example.org", selector="press2026", key_file="dkim.pem")
    file.write_text('\n[dkim]\ndomain = "example.org"\nselektor = "press2026"\n')
    with pytest.raises(ConfigProblem) as caught:
        read_settings(tmp_path, {})
    assert str(caught.value.problems[0]) == (
        'mailer.toml:4: dkim.selektor: there is no such key; did you mean "selector"?'
    )
    file.write_text('\n[dkim]\ndomain = "example.org"\nselector = "press2026"\n')
    with pytest.raises(ConfigProblem) as caught:
        read_settings(tmp_path, {})
    assert "mailer.toml:2: dkim.key_file: is missing" in str(caught.value.problems[0])


def test_without_the_table_nothing_is_signed(tmp_path: Path) -> None:
    assert not read_settings(tmp_path, {}).dkim.is_on


def test_keys_are_read_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    write_dkim_key(tmp_path / "one.pem", PEM + b"1")
    write_dkim_key(tmp_path / "keys" / "two.pem", PEM + b"2")
    assert read_dkim_keys(DKIM, tmp_path) == (PEM + b"1", None)
    assert read_dkim_keys(BOTH, tmp_path) == (PEM + b"1", PEM + b"2")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_key_that_others_can_read_or_write_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, mode: int
) -> None:
    path = tmp_path / "one.pem"
    write_dkim_key(path, PEM)
    path.chmod(mode)
    problem = refusal(DKIM, tmp_path)
    assert problem.message == f"[dkim] key_file: {path} can be read by others on this machine"
    assert problem.hint == f"chmod 600 {path}"


def test_a_missing_key_and_a_folder_are_told(tmp_path: Path) -> None:
    assert refusal(DKIM, tmp_path).hint.startswith("mailer dkim new-key")
    write_dkim_key(tmp_path / "one.pem", PEM)
    assert refusal(BOTH, tmp_path).message.startswith("[dkim] ed25519_key_file: ")
    (tmp_path / "one.pem").unlink()
    (tmp_path / "one.pem").mkdir(mode=0o700)
    (tmp_path / "keys").mkdir()
    write_dkim_key(tmp_path / "keys" / "two.pem", PEM)
    assert "Is a directory" in refusal(BOTH, tmp_path).message


def test_a_written_key_is_private_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "one.pem"
    write_dkim_key(path, PEM)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigProblem, match="already exists"):
        write_dkim_key(path, b"another")
    assert path.read_bytes() == PEM
    with pytest.raises(ConfigProblem, match="cannot be written: No such file"):
        write_dkim_key(tmp_path / "nowhere" / "one.pem", PEM)
