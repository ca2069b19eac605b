"""Small commands load what they use: a list is checked without the database, the templates and the DNS."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import docx
import pytest

from tests.office import Desk, furnished
from tests.servers import threaded_server

_LEDGER = {"sqlalchemy", "mailer.ledger", "sqlite3"}
_MAIL = {"jinja2", "css_inline", "mailer.message", "aiosmtplib", "aiosmtpd", "mailer.smtp", "mailer.preview"}
_RELEASE = {"markdown_it", "yaml", "nh3", "mammoth", "phonenumbers", "pypdf", "mailer.release"}
_ELSEWHERE = {"openpyxl", "dns", "http.client", "starlette", "uvicorn", "alembic", "cryptography", "imapclient", "ftfy"}
_BOUNCES = {"mailer.bounces"}
_ANSWERS = {"email_validator", "pydantic", "asyncio", "ssl", "mailer.settings", "mailer.contacts", "mailer.text"}
_CHECKS = {"mailer.release.checks", "phonenumbers", "mammoth", "pypdf", "mailer.contacts", "mailer.settings"}
_PARTS = {"mailer.runs.planning.distributing"}  # only hosts that share a ledger need them
_READERS = {"mailer.release.source", "mailer.release.times", "mailer.release.words", "mailer.release.quotes"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with threaded_server() as server, furnished(tmp_path_factory.mktemp("office"), server) as desk:
        desk.write("lists/county.csv", "E-Mail;First name\nrita@county.example.org;Rita\n")
        assert desk.run("send", "lamps", "--to", "county", "--yes").code == 0
        document = docx.Document()
        for text in ("FOR IMMEDIATE RELEASE", "Lamps on the pier", "EASTPORT, 2 October 2026 – Lamps are lit again."):
            document.add_paragraph(text)
        document.save(str(desk.root / "releases" / "typed.docx"))
        yield desk


@pytest.mark.parametrize(
    "words,unused",
    [
        (("--help",), _LEDGER | _MAIL | _RELEASE | _ELSEWHERE | _BOUNCES | _ANSWERS),
        (("status",), _MAIL | _RELEASE | _ELSEWHERE | _BOUNCES | {"mailer.contacts", "sqlalchemy.dialects.postgresql"}),
        (("lists", "check", "county"), _LEDGER | _MAIL | _RELEASE | _ELSEWHERE | _BOUNCES | {"asyncio", "ssl"}),
        (("release", "show", "lamps"), _LEDGER | _MAIL | _ELSEWHERE | _BOUNCES | _CHECKS | {"asyncio", "ssl"}),
        (("release", "show", "typed"), _LEDGER | _MAIL | _ELSEWHERE | _CHECKS | _READERS),
        (("worker", "--once"), {"procrastinate", "psycopg", "psycopg_pool", "croniter"} | _PARTS),
        (
            ("send", "lamps", "--to", "county", "--dry-run"),
            _ELSEWHERE | _BOUNCES | _PARTS | {"aiosmtpd", "mammoth", "pypdf"},
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_small_command_loads_only_what_it_uses(office: Desk, words: tuple[str, ...], unused: set[str]) -> None:
    program = f"""
import sys
from mailer.__main__ import main
sys.argv = ["mailer", *{words!r}]
try:
    main()
finally:
    print(*sorted(set(sys.modules) & set({sorted(unused)!r})), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=office.root, capture_output=True, text=True, check=False)
    assert (done.stderr.splitlines()[-1], done.returncode) == ("", 0)


@pytest.mark.parametrize("words", [("status",), ("lists", "check", "county")], ids=" ".join)
def test_a_command_loads_the_module_of_no_other(office: Desk, words: tuple[str, ...]) -> None:
    program = f"""
import sys
from mailer.cli.app import _run
code = _run([*{words!r}])
others = set(sys.modules) & {{"mailer.cli.release", "mailer.cli.returns", "mailer.cli.people", "mailer.cli.setup"}}
sys.exit(code or bool(others))
"""
    assert subprocess.run([sys.executable, "-c", program], cwd=office.root, stdout=-3, check=False).returncode == 0
