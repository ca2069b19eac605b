from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from mailer.config.secrets import read_credential
from mailer.errors import ConfigProblem
from mailer.settings import Inbox, Relay, Secret

PASSWORD = "gannet Möwe #7"


def relay(**place: Any) -> Relay:
    return Relay(key="main", host="smtp.example.org", username="press", **place)


def kept(tmp_path: Path, content: str | bytes = PASSWORD + "\n", mode: int = 0o600) -> Path:
    path = tmp_path / "relay.password"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


def printing(text: str, code: int = 0) -> tuple[str, ...]:
    program = f"import sys; sys.stdout.buffer.write({text.encode()!r}); sys.exit({code})"
    return (sys.executable, "-c", program)


def failure(relay: Relay, root: Path, **environ: str) -> ConfigProblem:
    with pytest.raises(ConfigProblem) as caught:
        read_credential(relay, root, environ)
    error = caught.value
    assert error.message.startswith("relay main: ")
    assert "gannet" not in f"{error!r} {error.hint} {error.__cause__!r}"
    assert error.__suppress_context__ or error.__context__ is None
    return error


def revealed(relay: Relay, root: Path, **environ: str) -> str:
    secret = read_credential(relay, root, environ)
    assert isinstance(secret, Secret)
    assert "gannet" not in f"{secret!r} {secret!s}"
    return secret.reveal()


def test_a_relay_without_a_login_has_no_password(tmp_path: Path) -> None:
    assert read_credential(Relay(key="main", host="smtp.example.org"), tmp_path, {}) is None


def test_a_password_comes_from_its_variable(tmp_path: Path) -> None:
    assert revealed(relay(password_env="SECRET"), tmp_path, SECRET=PASSWORD) == PASSWORD


@pytest.mark.parametrize("environ", [{}, {"SECRET": ""}])
def test_an_empty_variable_is_told_by_its_name(tmp_path: Path, environ: dict[str, str]) -> None:
    problem = failure(relay(password_env="SECRET"), tmp_path, **environ)
    assert "the variable SECRET is empty or not set" in problem.message


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_password_comes_from_its_file_without_the_line_end(tmp_path: Path, end: str) -> None:
    path = kept(tmp_path, PASSWORD + end)
    assert revealed(relay(password_file="relay.password"), tmp_path) == PASSWORD
    assert revealed(relay(password_file=str(path)), tmp_path / "elsewhere") == PASSWORD


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o610])
def test_a_file_that_others_can_open_is_not_used(tmp_path: Path, mode: int) -> None:
    kept(tmp_path, mode=mode)
    problem = failure(relay(password_file="relay.password"), tmp_path)
    assert "can be read by others" in problem.message
    assert problem.hint.startswith("chmod 600 ")


@pytest.mark.parametrize(
    "content, why",
    [(None, "cannot be read"), ("", "is empty"), ("\n", "is empty"), (b"gannet\xff\xfe", "it is not text")],
)
def test_a_file_without_a_password_is_told(tmp_path: Path, content: str | bytes | None, why: str) -> None:
    if content is not None:
        kept(tmp_path, content)
    assert why in failure(relay(password_file="relay.password"), tmp_path).message


def test_a_folder_is_no_password(tmp_path: Path) -> None:
    (tmp_path / "relay.password").mkdir(mode=0o700)
    assert "cannot be read" in failure(relay(password_file="relay.password"), tmp_path).message


@pytest.mark.parametrize("output", [f"{PASSWORD}\n", PASSWORD, f"{PASSWORD}\r\n", f"{PASSWORD}\nlogin: press\n"])
def test_a_password_is_the_first_line_that_a_command_prints(tmp_path: Path, output: str) -> None:
    assert revealed(relay(password_command=printing(output)), tmp_path) == PASSWORD


def test_a_command_takes_a_password_as_it_is(tmp_path: Path) -> None:
    strange = " gannet\x0b\u2028\x85 "
    assert revealed(relay(password_command=printing(strange + "\n")), tmp_path) == strange


@pytest.mark.parametrize(
    "command, why",
    [
        (printing("gannet", code=3), "ended with exit code 3"),
        (printing(""), "printed nothing"),
        (printing("\n"), "printed nothing"),
        (printing("\ngannet\n"), "printed nothing"),
        (("/nowhere/at/all",), "did not run (FileNotFoundError)"),
        ((sys.executable, "-c", "import sys; sys.stdout.buffer.write(b'gannet\\xff')"), "it is not text"),
        ((sys.executable, "-c", "import sys; sys.exit('gannet')"), "ended with exit code 1"),
    ],
)
def test_a_command_without_a_password_is_told_and_its_words_are_not(
    tmp_path: Path, command: tuple[str, ...], why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert why in failure(relay(password_command=command), tmp_path).message
    assert "gannet" not in "".join(capfd.readouterr())


def test_a_command_runs_without_a_shell(tmp_path: Path) -> None:
    program = "import sys; print(sys.argv[1])"
    assert revealed(relay(password_command=(sys.executable, "-c", program, "$HOME;ls")), tmp_path) == "$HOME;ls"


def test_a_mailbox_has_a_password_like_a_relay_and_is_called_by_its_name(tmp_path: Path) -> None:
    place = Inbox(key="copies", url="imaps://press@mail.example.org", holds="sent", password_file="relay.password")
    with pytest.raises(ConfigProblem, match=r"inbox copies: no password: .* cannot be read"):
        read_credential(place, tmp_path, {})
    kept(tmp_path)
    secret = read_credential(place, tmp_path, {})
    assert isinstance(secret, Secret)
    assert secret.reveal() == PASSWORD
