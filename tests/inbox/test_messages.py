"""Reading mail from every place it can lie in, as files on a real disk."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import InputProblem, Problem
from mailer.inbox.mailbox import inbox_path, read_messages, read_stream
from mailer.inbox.values import MAX_MESSAGE_BYTES, Entry, RawMessage

FROM = b"From bounces@example.org Tue Nov 24 09:30:00 2026\n"


def messages(entries: Iterable[Entry]) -> list[tuple[str, bytes]]:
    return [(Path(entry.source).name, entry.data) for entry in entries if isinstance(entry, RawMessage)]


def problems(entries: list[Entry]) -> list[Problem]:
    return [entry for entry in entries if isinstance(entry, Problem)]


def put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def folder(root: Path, **files: bytes) -> Path:
    for name, data in files.items():
        put(root / f"{name}.eml", data)
    return root


def maildir(root: Path, **files: bytes) -> Path:
    for part in ("new", "cur", "tmp"):
        (root / part).mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        folder, _, file = name.partition("_")
        put(root / folder / file, data)
    return root


def test_a_maildir_gives_new_and_seen_mail_and_not_what_is_still_being_written(tmp_path: Path) -> None:
    box = maildir(tmp_path / "M", new_1=b"b", cur_0=b"a", tmp_2=b"half")
    put(box / "cur" / "3:2,ST", b"c")
    put(box / "new" / ".hidden", b"x")
    assert messages(read_messages(box)) == [("0", b"a"), ("1", b"b"), ("3:2,ST", b"c")]


def test_reading_changes_nothing(tmp_path: Path) -> None:
    box = maildir(tmp_path / "M", new_1=b"a", cur_2=b"b")
    before = sorted((path, path.stat().st_mtime_ns) for path in box.rglob("*"))
    list(read_messages(box))
    assert sorted((path, path.stat().st_mtime_ns) for path in box.rglob("*")) == before


def test_mail_that_a_mail_program_moves_meanwhile_is_still_read_once(tmp_path: Path) -> None:
    box = maildir(tmp_path / "M", new_1=b"a", new_2=b"b", new_3=b"c")
    entries = read_messages(box)
    (box / "new" / "2").rename(box / "cur" / "2:2,S")
    (box / "new" / "3").unlink()
    assert messages(entries) == [("1", b"a"), ("2:2,S", b"b")]


def test_an_empty_maildir_has_no_messages(tmp_path: Path) -> None:
    assert list(read_messages(maildir(tmp_path / "M"))) == []


def test_an_mbox_is_cut_at_its_from_lines_and_unquoted(tmp_path: Path) -> None:
    body = b"Subject: a\n\nFrom here on we wait.\n>From the pier\n>>From quoted\n"
    path = put(tmp_path / "back.mbox", FROM + body + b"\n" + FROM + b"Subject: b\n\nx\n\n")
    assert messages(read_messages(path)) == [
        ("back.mbox#1", b"Subject: a\n\nFrom here on we wait.\nFrom the pier\n>From quoted\n"),
        ("back.mbox#2", b"Subject: b\n\nx\n"),
    ]


def test_a_from_line_counts_only_behind_a_blank_line(tmp_path: Path) -> None:
    path = put(tmp_path / "back", FROM + b"Subject: a\n\ntext\n" + FROM + b"more\n")
    assert messages(read_messages(path)) == [("back#1", b"Subject: a\n\ntext\n" + FROM + b"more\n")]


def test_an_mbox_with_crlf_line_ends_is_read(tmp_path: Path) -> None:
    crlf = FROM.replace(b"\n", b"\r\n")
    path = put(tmp_path / "back", crlf + b"A: 1\r\n\r\nx\r\n\r\n" + crlf + b"B: 2\r\n\r\n")
    assert [data for _, data in messages(read_messages(path))] == [b"A: 1\r\n\r\nx\r\n", b"B: 2\r\n"]


@given(st.lists(st.lists(st.sampled_from([b"a", b"From x 10:00", b">From x 10:00", b"", b"x" * 70_000])), max_size=4))
def test_every_mbox_that_is_quoted_comes_back_as_it_was(bodies: list[list[bytes]]) -> None:
    wanted = [b"Subject: x\n\n" + b"".join(line + b"\n" for line in lines) for lines in bodies]
    quoted = b""
    for message in wanted:
        lines = message.splitlines(keepends=True)
        body = b"".join(b">" + line if line.lstrip(b">").startswith(b"From ") else line for line in lines)
        quoted += FROM + body + b"\n"
    found = [data for _, data in messages(read_stream(io.BytesIO(quoted)))]
    assert found == wanted


def test_an_eml_file_is_one_message_even_with_a_from_line(tmp_path: Path) -> None:
    data = FROM + b"Subject: a\n\nx\n\n" + FROM + b"y\n"
    assert messages(read_messages(put(tmp_path / "one.eml", data))) == [("one.eml", data)]


def test_a_file_of_any_name_without_a_from_line_is_one_message(tmp_path: Path) -> None:
    assert messages(read_messages(put(tmp_path / "message", b"Subject: a\n\nx"))) == [("message", b"Subject: a\n\nx")]


def test_a_folder_gives_its_eml_files_by_name(tmp_path: Path) -> None:
    for name in ("b.eml", "a.EML", "notes.txt", "deep/c.eml"):
        put(tmp_path / name, name.encode())
    assert messages(read_messages(tmp_path)) == [("a.EML", b"a.EML"), ("b.eml", b"b.eml")]


def test_a_pipe_may_hold_one_message_or_an_mbox_or_nothing() -> None:
    assert messages(read_stream(io.BytesIO(b"Subject: a\n\nx"))) == [("-", b"Subject: a\n\nx")]
    two = FROM + b"A: 1\n\n" + FROM + b"B: 2\n"
    assert messages(read_stream(io.BytesIO(two))) == [("-#1", b"A: 1\n"), ("-#2", b"B: 2\n")]
    assert list(read_stream(io.BytesIO(b"\n \n"))) == []


@pytest.mark.parametrize("place", ["maildir", "eml", "folder", "mbox", "pipe"])
def test_a_message_over_the_limit_is_told_and_the_others_are_read(place: str, tmp_path: Path) -> None:
    huge = b"Subject: huge\n\n" + b"x" * MAX_MESSAGE_BYTES
    entries = {
        "maildir": lambda: read_messages(maildir(tmp_path / "M", new_1=huge, new_2=b"small")),
        "eml": lambda: read_messages(put(tmp_path / "huge.eml", huge)),
        "folder": lambda: read_messages(folder(tmp_path, a=huge, b=b"small")),
        "mbox": lambda: read_messages(put(tmp_path / "box", FROM + huge + b"\n\n" + FROM + b"small\n")),
        "pipe": lambda: read_stream(io.BytesIO(huge)),
    }[place]()
    found = list(entries)
    (problem,) = problems(found)
    assert problem.code == "message-too-large"
    assert "25 MB" in problem.message
    assert problem.source
    assert [data.strip() for _, data in messages(found)] == ([] if place in {"eml", "pipe"} else [b"small"])


def test_a_file_that_cannot_be_opened_does_not_hide_the_others(tmp_path: Path) -> None:
    put(tmp_path / "a.eml", b"a")
    put(tmp_path / "b.eml", b"b")
    entries = read_messages(tmp_path)
    (tmp_path / "a.eml").unlink()
    found = list(entries)
    assert [problem.code for problem in problems(found)] == ["message-unreadable"]
    assert messages(found) == [("b.eml", b"b")]


@pytest.mark.parametrize("name, words", [("nowhere", "no such file"), ("folder", "neither a Maildir")])
def test_a_place_without_mail_is_refused_at_once_with_what_to_do(name: str, words: str, tmp_path: Path) -> None:
    put(tmp_path / "folder" / "notes.txt", b"x")
    with pytest.raises(InputProblem, match=words) as refusal:
        read_messages(tmp_path / name)
    assert refusal.value.hint
    assert refusal.value.source == str(tmp_path / name)


def test_a_mailbox_of_the_settings_is_found_from_the_workspace(tmp_path: Path) -> None:
    assert inbox_path("maildir:mail/back", tmp_path) == tmp_path / "mail/back"
    assert inbox_path("mbox:/var/mail/press", tmp_path) == Path("/var/mail/press")
    assert inbox_path("maildir:~/Maildir", tmp_path) == Path.home() / "Maildir"
    with pytest.raises(InputProblem, match="not a mailbox"):
        inbox_path("imaps://example.org", tmp_path)
