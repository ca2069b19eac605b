"""The set-up of docs/fleet.md, typed as it stands there, on a PostgreSQL and a relay of this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.office import times_taken
from tests.postgres import find_programs, own_postgres
from tests.servers import ScriptedServer

PAGE = (Path(__file__).parents[2] / "docs" / "fleet.md").read_text("utf-8")
SECTION = PAGE.partition("## Set up in ten minutes")[2].partition("\n## ")[0]


@pytest.mark.service("postgres")
def test_the_set_up_works_as_it_is_written(tmp_path: Path, server: ScriptedServer) -> None:
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL: initdb is not found")
    steps = re.findall(r"(?ms)^```sh\n(.*?)^```", SECTION)
    relay = re.search(r"(?ms)^```toml\n(.*?)^```", SECTION)
    assert relay is not None
    assert set(tomllib.loads(relay[1])["relays"]["main"]) == {"host", "port", "username", "password_env"}
    ours = f'[relays.main]\nhost = "{server.host}"\nport = {server.port}\nsecurity = "plain"\n'
    steps.insert(2, f"cat >> mailer.toml <<'TOML'\n\n{ours}TOML\n")
    with own_postgres(programs) as postgres:
        script = "set -ex\ntrap 'kill $(jobs -p) || true' EXIT\n" + "".join(steps)
        for written, here in (("sudo -u postgres psql", "psql"), ("@127.0.0.1/", f"@127.0.0.1:{postgres.url.port}/")):
            assert written in script
            script = script.replace(written, here)
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "MAILER_"))}
        environ |= {
            "PATH": f"{Path(sys.executable).parent}:{programs}:{environ['PATH']}",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(postgres.url.port),
            "PGUSER": str(postgres.url.username),
            "PGPASSWORD": str(postgres.url.password),
            "PGDATABASE": "postgres",
        }
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=600
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(Counter(times_taken(server)).values()) == {1}
    assert len(times_taken(server)) == 12
    assert done.stderr.count("working for") == done.stderr.count("  stopped") == 2
    assert re.search(r"workers +\d+ running", done.stdout)
