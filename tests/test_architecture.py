"""The house rules that a machine can check; CONTRIBUTING says why."""

from __future__ import annotations

import ast
import importlib.metadata
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

import mailer
from mailer.cli.app import whole_command

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mailer"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "shipped" not in path.parts)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

# Each outside library, and the one room that imports it. Whoever adds a library adds a line, and so chooses its room.
# Two serve the web rooms too: pages are templates, and strangers sign what they post.
SHARED = {
    *(("jinja2", "public"), ("jinja2", "site"), ("jinja2", "desk"), ("markupsafe", "site"), ("markupsafe", "desk")),
    *(("starlette", "desk"), ("cryptography", "public"), ("pydantic", "config")),
}
OWNERS = {
    "ahocorasick": "words",
    "aiosmtpd": "preview",
    "aiosmtplib": "smtp",
    "alembic": "ledger",
    "authlib": "desk",
    "cryptography": "message",
    "css_inline": "message",
    "dns": "lookup",
    "email_validator": "address",
    "ftfy": "text",
    "imapclient": "inbox",
    "jinja2": "message",
    "joserfc": "desk",
    "mammoth": "release",
    "markdown_it": "release",
    "markupsafe": "message",
    "nh3": "release",
    "openpyxl": "contacts",
    "phonenumbers": "release",
    "procrastinate": "fleet",
    "psycopg": "ledger",
    "pydantic": "settings",
    "pypdf": "release",
    "python_calamine": "contacts",
    "rich": "cli",
    "sqlalchemy": "ledger",
    "starlette": "public",
    "tomlkit": "config",
    "typer": "cli",
    "uvicorn": "public",
    "uvloop": "platform",
    "yaml": "release",
}
NO_ROOMS = {"utils", "util", "helpers", "common", "base", "manager", "core", "misc"}


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> tuple[str, ...]:
    """Return what a file imports, also within functions: `import a.b` as a.b, `from a import b` as a.b."""
    return parsed(path)[1]


@cache
def parsed(path: Path) -> tuple[str, tuple[str, ...]]:
    """Return a file's head, and what it imports. Only that is kept: a tree takes a hundred times the text."""
    tree = ast.parse(path.read_text("utf-8"))
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return ast.get_docstring(tree) or "", tuple(found)


def test_imports_go_down_only() -> None:
    program = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.slow
def test_each_library_has_one_room() -> None:
    found = {
        (name.partition(".")[0], room_of(path))
        for path in MODULES
        for name in imports(path)
        if name.partition(".")[0] not in sys.stdlib_module_names | {"mailer"}
    }
    assert found <= set(OWNERS.items()) | SHARED


def test_only_the_platform_knows_what_not_every_system_has() -> None:
    """`mypy --platform win32` finds the functions; what is imported, or refused by a loop, it does not."""
    modules = {"fcntl", "grp", "msvcrt", "pwd", "resource", "termios", "winreg"}
    found = {f"{shown(path)}: {name}" for path in MODULES for name in imports(path) if name.split(".")[0] in modules}
    found |= {shown(path) for path in MODULES if "loop.add_signal_handler(" in path.read_text("utf-8")}
    assert not found


@pytest.mark.slow
def test_each_library_that_is_imported_is_installed_with_mailer() -> None:
    brought = {"markupsafe"}  # jinja2's own
    extras = PROJECT["optional-dependencies"]
    optional = ("dkim", "fleet", "postgres", "webhooks", "shared")
    declared = [*PROJECT["dependencies"], *(line for name in optional for line in extras[name])]
    wanted = {re.sub(r"[-_.]+", "-", re.split(r"[\s<>=;\[]", line)[0]).lower() for line in declared}
    distributions = importlib.metadata.packages_distributions()
    used = {name.partition(".")[0] for path in MODULES for name in imports(path)} & set(OWNERS)
    for library in used - brought:
        names = {re.sub(r"[-_.]+", "-", name).lower() for name in distributions[library]}
        assert names & wanted, f"{library} is imported and is no dependency in pyproject.toml"


@pytest.mark.slow
def test_only_few_files_know_which_database_it_is() -> None:
    """Everywhere else is SQL that SQLite and PostgreSQL both take, and mean the same by."""
    written_for_both = {"abs", "coalesce", "count", "lower", "max", "min", "substr", "sum"}
    knowing = {PACKAGE / "ledger" / "connection.py"}
    found: set[str] = set()
    for path in MODULES:
        if path in knowing or "migrations" in path.parts or path.parent == PACKAGE / "contacts":
            continue  # in contacts a dialect is that of a CSV file; what they import is asked about above
        own_words = {"exec_driver_sql", "dialect", "get_raw_connection", "driver_connection", "op"}
        names = [name.removeprefix("sqlalchemy.") for name in imports(path) if name.startswith("sqlalchemy.")]
        found |= {f"{shown(path)}: {name}" for name in names if re.match(r"dialects\b|ext\b|text$", name)}
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Attribute):
                continue
            is_function = isinstance(node.value, ast.Name) and node.value.id == "func"
            if (is_function and node.attr not in written_for_both) or node.attr in own_words:
                found.add(f"{shown(path)}: {ast.unparse(node)}")
    # the shape of the tables is held against both databases by the tests of the migrations
    assert not {each for each in found if not re.fullmatch(r"mailer/ledger/tables\.py: text", each)}


def test_the_map_names_every_room_and_nothing_else() -> None:
    drawn = dict(re.findall(r"^    ([a-z_]+)(?:/|\.py) +(.+)$", mailer.__doc__ or "", re.MULTILINE))
    rooms = {room_of(path) for path in MODULES} - {"__init__", "__main__"}
    later = {name for name, text in drawn.items() if text.startswith("(later)")}
    assert set(drawn) - later == rooms
    assert not later & rooms


def test_the_linter_knows_the_same_rooms_as_the_map() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    known = {room.strip(" ()") for layer in layers for room in layer.split("|")}
    assert known == set(re.findall(r"^    ([a-z_]+)(?:/|\.py) ", mailer.__doc__ or "", re.MULTILINE))


def test_every_file_says_at_its_head_what_it_is() -> None:
    for path in MODULES:
        head = parsed(path)[0]
        is_migration = "migrations" in path.parts
        is_long = len(path.read_text("utf-8").splitlines()) > 30 and not is_migration
        assert len(head.splitlines()) >= (3 if is_long else 1), shown(path)
        if path.name not in {"__init__.py", "__main__.py"} and not is_migration:
            opening = re.match(r"[A-Z][\w-]*(?: [\w-]+){0,3}: ", head)
            assert opening, f"{shown(path)}: a head begins with its one noun and a colon"


def test_a_room_is_a_noun() -> None:
    assert not [shown(path) for path in MODULES if {path.stem, path.parent.name} & NO_ROOMS]


@pytest.mark.slow
def test_tests_use_the_real_thing() -> None:
    mocked: list[str] = []
    for path in TESTS:
        mocked += [shown(path) for name in imports(path) if name.startswith(("unittest.mock", "mock."))]
        calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        patched = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "setattr"]
        mocked += [f"{shown(path)}:{call.lineno}" for call in patched]
    assert mocked == []


def callbacks(command: typer.core.TyperGroup | typer.core.TyperCommand) -> Iterator[Any]:
    """Yield every function that typer would call, with those of the commands below."""
    yield inspect.unwrap(command.callback) if command.callback else None
    for each in getattr(command, "commands", {}).values():
        yield from callbacks(each)


def test_no_command_is_a_coroutine() -> None:
    """Typer would only warn about one, do nothing, and end with exit code 0."""
    functions = list(callbacks(whole_command()))
    assert len(functions) > 10
    assert not [function for function in functions if inspect.iscoroutinefunction(function)]


def test_what_a_module_has_costs_nothing_until_it_is_used() -> None:
    """A pattern is compiled when it is first used; a frozen value is made by the few lines that all of them share."""
    texts = {path: path.read_text("utf-8") for path in MODULES if path.name not in {"lazy_re.py", "frozen.py"}}
    eager = {
        shown(path)
        for path, text in texts.items()
        if "re.compile(" in text and re.search(r"^import re$", text, re.MULTILINE)
    }
    slow = {
        shown(path)
        for path, text in texts.items()
        if "@dataclass(frozen" in text and re.search(r"^from dataclasses import .*\bdataclass\b", text, re.MULTILINE)
    }
    assert (eager, slow) == (set(), {"mailer/errors.py", "mailer/runs/sending/deliver.py"})


def test_nothing_tells_where_it_was_built() -> None:
    private = re.compile(r"/(?:work|root)/\w|/home/(?!you/|ines/)\w|/Users/\w")  # the two live in examples
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if names.returncode:
        pytest.skip("this is no checkout")
    files = [ROOT / name for name in names.stdout.decode().split("\0") if name]
    assert files
    texts = {path: path.read_bytes().decode("utf-8", "replace") for path in files if path.is_file()}
    assert not [shown(path) for path, text in texts.items() if private.search(text) and path != Path(__file__)]


# What reads bytes of strangers, and is called nowhere but in the sandbox: by `runs.untrusted`, or by its own room.
# (`report.parse_document` is handed to `read_documents`, which calls it there.)
PARSERS = {
    "mailer.bounces.report.parse_report",
    "mailer.contacts.edits.edit_list",
    "mailer.contacts.files.workbook.load_workbook",
    "mailer.contacts.files.workbook.read_workbook",
    "mailer.contacts.suppression_files.read_suppressions",
    "mailer.message.received.parse_copy",
    "mailer.release.checks.links.traces_of",
    "mailer.release.source.parse_release",
    "mailer.release.source.read_source",
}
IN_THE_SANDBOX = {"runs/doctor/arrived.py"}  # all of `examine_here`


def test_what_reads_bytes_of_strangers_is_called_through_the_sandbox() -> None:
    for module, _, name in (each.rpartition(".") for each in PARSERS):
        assert callable(getattr(import_module(module), name))
    for path in MODULES:
        place = path.relative_to(PACKAGE).as_posix()
        if not place.startswith(("cli/", "public/", "runs/")) or place.startswith("runs/untrusted/"):
            continue
        if place not in IN_THE_SANDBOX:
            found = PARSERS & set(imports(path))
            assert not found, f"{place} calls {found}: take it from runs.untrusted"
