"""Page: `index.html` beside a preview Maildir.

Owns when the page is written, and that a browser sees an old page or a new one and nothing between. It lists what lies
in the Maildir, so that mail of earlier runs is there too, and takes each mail apart once. Never deletes mail.

Rewriting costs time that grows with the mails on it, so `PreviewPage.changed`, meant for every arrival, writes at most
once a second; `flush` at the end writes what is still missing. No timer, no task: whoever tells of arrivals also ends.
Raises `InputProblem` where the folder cannot be written to.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from mailer.errors import InputProblem
from mailer.preview.look import Checked, render_mail, render_page
from mailer.preview.mail import parse_mail

Checks: TypeAlias = Callable[[bytes], Checked]

MAX_MAILS = 200
NAME = "index.html"


def no_checks(_data: bytes) -> Checked:
    """Check nothing."""
    return ()


class PreviewPage:
    """The page of one preview folder: the one that holds `Maildir/`."""

    def __init__(self, folder: Path, *, checks: Checks = no_checks, every_s: float = 1.0) -> None:
        """Take the folder, what is checked on each mail's bytes, and how often at most the page is written."""
        self.path = folder / NAME
        self._maildir = folder / "Maildir"
        self._checks = checks
        self._every_s = every_s
        self._next_s = 0.0
        self._missing = False
        self._rendered: dict[str, str] = {}

    def changed(self) -> None:
        """Tell that a mail arrived; the page is rewritten when the last time is long enough ago.

        Raises:
            InputProblem: the page cannot be written.
        """
        self._missing = True
        if time.monotonic() >= self._next_s:
            self.write()

    def flush(self) -> Path:
        """Write what `changed` left for later, or a page that is not there yet; return its path.

        Raises:
            InputProblem: the page cannot be written.
        """
        if self._missing or not self.path.exists():
            self.write()
        return self.path

    def write(self) -> None:
        """Write the page now.

        Raises:
            InputProblem: the page cannot be written.
        """
        files = _newest_first(self._maildir)
        blocks = {file.name: self._rendered.get(file.name) or self._render(file) for file in files[:MAX_MAILS]}
        self._rendered = {name: block for name, block in blocks.items() if block}
        page = render_page(list(self._rendered.values()), total=max(len(files), len(self._rendered)))
        _replace(self.path, page.encode("utf-8", "replace"))
        self._missing = False
        self._next_s = time.monotonic() + self._every_s

    def _render(self, file: Path) -> str:
        try:
            data = file.read_bytes()
        except OSError:  # somebody tidied up meanwhile
            return ""
        seconds = file.name.partition(".")[0]
        at = float(seconds) if seconds.isdecimal() and len(seconds) < 12 else 0.0
        return render_mail(
            parse_mail(data),
            arrived_at=datetime.fromtimestamp(at, UTC).astimezone(),
            file=f"{self._maildir.name}/{file.parent.name}/{file.name}",
            checks=self._checks(data),
        )


def write_page(folder: Path, *, checks: Checks = no_checks) -> Path:
    """Write the page of a preview folder (the one that holds `Maildir/`) once; return its path.

    Raises:
        InputProblem: the page cannot be written.
    """
    page = PreviewPage(folder, checks=checks)
    page.write()
    return page.path


def _newest_first(maildir: Path) -> list[Path]:
    files = [file for part in ("new", "cur") if (maildir / part).is_dir() for file in (maildir / part).iterdir()]
    return sorted((file for file in files if not file.name.startswith(".")), key=lambda file: file.name, reverse=True)


def _replace(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")  # 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputProblem(f"cannot be written: {error.strerror or error}", source=str(path)) from None
