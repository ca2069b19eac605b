from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailer.errors import InputProblem
from mailer.preview.server import append_to_maildir

NOW = datetime(2026, 11, 24, 9, 30, 0, 123, tzinfo=UTC)


def test_a_message_lies_in_new_and_nothing_is_left_in_tmp(tmp_path: Path) -> None:
    path = append_to_maildir(tmp_path / "deep" / "Maildir", b"x\r\n", now=NOW)
    assert path.parent == tmp_path / "deep" / "Maildir" / "new"
    assert path.read_bytes() == b"x\r\n"
    assert list((path.parent.parent / "tmp").iterdir()) == []
    assert (path.parent.parent / "cur").is_dir()


def test_only_the_owner_can_look_in(tmp_path: Path) -> None:
    path = append_to_maildir(tmp_path / "Maildir", b"x", now=NOW)
    modes = [stat.S_IMODE(place.stat().st_mode) for place in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]


def test_names_are_unique_in_one_instant_and_sort_by_time(tmp_path: Path) -> None:
    times = [NOW, NOW, NOW + timedelta(microseconds=1), NOW + timedelta(seconds=1)]
    names = [append_to_maildir(tmp_path / "M", b"x", now=at).name for at in times]
    assert len(set(names)) == 4
    assert max(names[:2]) < names[2] < names[3]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputProblem, match="cannot be made"):
        append_to_maildir(tmp_path / "file" / "Maildir", b"x", now=NOW)
