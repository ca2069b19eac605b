"""Copies of what went out are found in a Maildir or mbox by their own Message-ID; what only quotes it is no copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailer.errors import InputProblem
from mailer.inbox.mailbox import find_copies
from mailer.inbox.values import Copies, message_id_of
from mailer.settings import Inbox, Secret
from tests.office import put_into_maildir

A, B, C = "<a@example.org>", "<b@example.org>", "<c@example.org>"


def mail(message_id: str) -> bytes:
    return f"From: press@example.org\r\nMessage-ID: {message_id}\r\nSubject: x\r\n\r\nhi\r\n".encode()


def quoting(message_id: str) -> bytes:
    """Write an answer with the headers of ours below."""
    return mail("<answer@example.net>").replace(b"Subject", f"In-Reply-To: {message_id}\r\nSubject".encode()) + mail(
        message_id
    )


def find(url: str, root: Path, *wanted: str) -> Copies:
    return find_copies(Inbox(key="sent", url=url, holds="sent"), root, lambda: Secret("never asked for"), wanted)


def test_a_journal_in_a_maildir_is_searched_and_left_as_it_was(tmp_path: Path) -> None:
    folder = put_into_maildir(tmp_path / "journal", [mail(A), quoting(B), mail(C)])
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found = find("maildir:journal", tmp_path, A, B)
    assert {each: Path(where).name for each, where in found.where.items()} == {A: "00000.test"}
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_an_mbox_says_which_message_it_is(tmp_path: Path) -> None:
    lines = b"".join(b"From press Mon Oct  5 09:00:00 2026\r\n" + each + b"\r\n" for each in (quoting(B), mail(A)))
    (tmp_path / "sent.mbox").write_bytes(lines)
    assert find("mbox:sent.mbox", tmp_path, A, B).where == {A: f"{tmp_path / 'sent.mbox'}#2"}


def test_a_message_that_cannot_be_read_is_told_as_it_may_be_the_one(tmp_path: Path) -> None:
    put_into_maildir(tmp_path / "journal", [b"x" * 25_000_001])
    found = find("maildir:journal", tmp_path, A)
    assert (dict(found.where), [problem.code for problem in found.problems]) == ({}, ["message-too-large"])


def test_a_journal_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputProblem, match="there is no such file or folder"):
        find("maildir:journal", tmp_path, A)


@pytest.mark.parametrize(
    "data, expected",
    [
        (b"Message-ID: <a@x>\n\nbody", "<a@x>"),
        (b"Subject: x\r\nmessage-id:\r\n\t<a@x>\r\n\r\nbody", "<a@x>"),
        (b"MESSAGE-ID : <a@x>", "<a@x>"),
        (b"Subject: x\r\n\r\nMessage-ID: <a@x>\r\n", ""),
        (b"X-Message-ID: <a@x>\r\n\r\n", ""),
        (b"Subject: Message-ID: <a@x>\r\n\r\n", ""),
        (b"Message-ID: a@x\r\n\r\n", ""),
        (b"", ""),
        (b"\xff\xfe\x00", ""),
    ],
)
def test_only_the_field_of_the_message_itself_counts(data: bytes, expected: str) -> None:
    assert message_id_of(data) == expected
