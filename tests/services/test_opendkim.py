"""OpenDKIM, as Debian ships it, reads what we sign; the public keys come from a file instead of the DNS."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.message.dkim_mails import ED25519, RSA, mails, records, signed

pytestmark = pytest.mark.service("opendkim")

MAILS = mails()


def verdicts(opendkim: str, folder: Path, data: bytes) -> dict[str, str]:
    """Return what OpenDKIM writes into Authentication-Results: selector to verdict."""
    (folder / "keys").write_text("".join(f"{name} {value}\n" for name, value in records().items()))
    (folder / "opendkim.conf").write_text(f"Mode v\nTestPublicKeys {folder / 'keys'}\n")
    (folder / "mail.eml").write_bytes(data)
    command = [opendkim, "-x", str(folder / "opendkim.conf"), "-t", str(folder / "mail.eml"), "-vv"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    results = re.findall(r"dkim=(\w+)[^;]*?header\.s=([\w-]+)", done.stdout)
    return {selector: verdict for verdict, selector in results}


@pytest.mark.parametrize("name", MAILS)
def test_both_signatures_pass(opendkim: str, tmp_path: Path, name: str) -> None:
    assert verdicts(opendkim, tmp_path, signed(MAILS[name])) == {RSA: "pass", ED25519: "pass"}


@pytest.mark.parametrize(
    "old, new",
    [
        (b"The ferry runs", b"The ferry stops"),
        (b"Subject: Ferry", b"Subject: No ferry"),
        (b"List-Unsubscribe: <https://press", b"List-Unsubscribe: <https://pres"),
        (b"From: ", b"From: x <x@example.net>\r\nFrom: "),
        (b"Date: ", b"Subject: another\r\nDate: "),
    ],
)
def test_what_was_changed_on_the_way_fails(opendkim: str, tmp_path: Path, old: bytes, new: bytes) -> None:
    forged = signed(MAILS["plain"]).replace(old, new, 1)
    assert forged != signed(MAILS["plain"])
    assert set(verdicts(opendkim, tmp_path, forged).values()) <= {"fail"}
