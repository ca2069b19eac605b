"""Start-up: what small commands cost, in units of what importing typer and rich costs.

Everything runs as a child from the shell's point of view, one command after the other and the peer first in each
round, so that a busy machine slows all of them down; the CPU time of a child and of its own children counts, and the
median of the rounds.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import docx

from tests.bench.children import CHECKOUT, mailer
from tests.bench.figures import Figure
from tests.bench.machine import cpu_of_children_s
from tests.bench.office import people

_PEER = "import typer, rich.console"
_SEND = ("send", "harbour-seals", "--to", "one", "--dry-run")
_COMMANDS = (
    (("--help",), 2.5),
    (("status",), 5.0),
    (("lists", "check", "hundred"), 5.0),
    (("release", "show", "harbour-seals"), 6.0),
    (("release", "show", "from-word"), 6.0),
    (_SEND, 10.0),
)


def run(rounds: int) -> list[Figure]:
    """Print and return what each command costs in a workspace whose ledger remembers two mailings."""
    with tempfile.TemporaryDirectory(prefix="mailer-bench-") as folder:
        place = Path(folder, "office")
        _write(place)
        words = {_PEER: [sys.executable, "-c", _PEER]} | {
            " ".join(command): [sys.executable, "-m", "mailer", "--workspace", str(place), *command]
            for command, _ in _COMMANDS
        }
        found: dict[str, list[float]] = {name: [] for name in words}
        for _ in range(rounds + 1):
            for name, command in words.items():
                found[name].append(_cpu_s(command))
    # the first round writes the compiled modules, and counts for nobody
    cpu = {name: statistics.median(seconds[1:]) for name, seconds in found.items()}
    print(f"\nmedian of {rounds}, CPU of the process and its children")
    print(f"  {_PEER:44}{cpu[_PEER] * 1000:7.0f} ms")
    figures = []
    for command, most in _COMMANDS:
        name = " ".join(command)
        print(f"  {f'mailer {name}':44}{cpu[name] * 1000:7.0f} ms", flush=True)
        figures.append(Figure(f"`mailer {name}`", cpu[name] / cpu[_PEER], "× typer and rich", most, at_most=True))
    return figures


def _write(place: Path) -> None:
    mailer("demo", str(place))
    for name, count in (("one", 1), ("hundred", 100)):
        rows = [f'{each.email},{each.first_name},{each.outlet},"{each.note}"\n' for each in people(count)]
        (place / "lists" / f"{name}.csv").write_text("email,first_name,outlet,note\n" + "".join(rows), "utf-8")
    document = docx.Document()
    for paragraph in _paragraphs((place / "releases" / "harbour-seals.md").read_text("utf-8")):
        document.add_paragraph(paragraph)
    document.save(str(place / "releases" / "from-word.docx"))


def _paragraphs(markdown: str) -> Iterator[str]:
    """Yield the paragraphs that a press office types into Word: no field, no mark of a format."""
    _, head, body = markdown.split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line and line[0].isalpha())
    yield fields["label"]
    yield fields["headline"]
    dateline = f"{fields['dateline']} – "
    for block in body.strip().split("\n\n"):
        yield dateline + " ".join(line.lstrip("#> ") for line in block.splitlines())
        dateline = ""


def _cpu_s(command: list[str]) -> float:
    before = cpu_of_children_s()
    subprocess.run(command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return cpu_of_children_s() - before
