"""A release to 500 people over Postfix's smtp-sink; the same command again sends to nobody."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.sinks import recipients

pytestmark = pytest.mark.service("smtp-sink")

PEOPLE = 500
RELEASE = """---
headline: Ferry to Skerry Island runs again from Monday
date: 2026-11-23
contacts:
- Mara Quill, Head of Press, +44 20 7946 0182, mara.quill@example.org
---

The ferry between Eastport and Skerry Island will run again from Monday.
"""


def send(folder: Path) -> dict[str, object]:
    command = [sys.executable, "-m", "mailer", "--workspace", str(folder), "send", "skerry-ferry", "--to", "big"]
    done = subprocess.run([*command, "--yes", "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    document: dict[str, object] = json.loads(done.stdout)
    return document


def test_five_hundred_people_get_it_once_and_the_same_command_again_sends_to_nobody(
    sink: tuple[int, Path], tmp_path: Path
) -> None:
    port, dump = sink
    folder = tmp_path / "office"
    for name in ("lists", "releases"):
        (folder / name).mkdir(parents=True)
    (folder / "releases" / "skerry-ferry.md").write_text(RELEASE)
    rows = [f"p{i}@d{i % 37}.example.com,Ann{i},Paper {i % 50}" for i in range(PEOPLE)]
    (folder / "lists" / "big.csv").write_text("\n".join(["email,first_name,outlet", *rows, "P3@D3.example.com,,"]))
    (folder / "mailer.toml").write_text(f"""
[senders.main]
name = "Press Office"
address = "press@example.org"
organisation = "Eastport Ferry Trust"
postal_address = "1 Harbour Street, 10115 Eastport"
[relays.main]
host = "127.0.0.1"
port = {port}
security = "plain"
connections = 4
[optout]
mailto = "optout@example.org"
""")
    first = send(folder)
    assert (first["accepted"], first["planned"], first["left_out"]) == (PEOPLE, PEOPLE, {"duplicate": 1})
    got = recipients(dump)
    assert set(got) == {row.partition(",")[0] for row in rows}
    assert set(got.values()) == {1}
    assert send(folder)["accepted"] == PEOPLE
    assert recipients(dump) == got
