"""A relay's rate is told before, and kept in the ledger while a mailing runs."""

from __future__ import annotations

import re
import sqlite3

from tests.desk import Desk
from tests.servers import ScriptedServer


def next_at(desk: Desk) -> str:
    ledger = sqlite3.connect(desk.root / ".mailer" / "ledger.db")
    found = ledger.execute("SELECT next_at FROM pace WHERE name = 'relay:main'").fetchone()
    ledger.close()
    return str(found[0])


def test_a_rate_is_told_kept_and_remembered(desk: Desk, server: ScriptedServer) -> None:
    text = (desk.root / "mailer.toml").read_text("utf-8")
    desk.write("mailer.toml", text.replace("[relays.main]", '[relays.main]\nrate = "600/min"'))
    done = desk.run("send", "lamps", "--to", "coast", "--yes")
    assert done.code == 0
    assert re.search(r"at 600/min done by .*\d\d:\d\d", done.err)
    first = next_at(desk)
    desk.people("science", ["fay@f.example.com"])
    assert desk.run("send", "lamps", "--to", "science", "--yes").code == 0
    assert next_at(desk) > first
    assert len(server.accepted) == 6
