"""Rivals: what else one could send with, over the same list, with the same text.

Each is measured from its first connection to its last acceptance, its own start-up not counted. What is not on the
machine is installed into a folder that vanishes (or stays, with `--tools`); what cannot be had is left out with the
reason. None of them keeps a ledger, retries or knows who opted out.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import time
import venv
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.children import python, run_together
from tests.bench.machine import cpu_of_children_s
from tests.bench.office import Person, people, write_people
from tests.bench.wire import program

NAMES = {"a": "smtp-source", "b": "plain loop", "c": "mailmerge", "d": "nodemailer"}
_MERGE = """\
TO: {{email}}
SUBJECT: Tide mill at Eastport grinds flour again after ninety years
FROM: Eastport Mill Press <press@example.org>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_bench"

--=_bench
Content-Type: text/plain; charset=utf-8

%s

--=_bench
Content-Type: text/html; charset=utf-8

%s

--=_bench--
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a contestant did: seconds, of the clock and of CPU, for so many messages; its peak where it can be told."""

    messages: int
    seconds: float
    cpu_s: float
    peak_mb: float = 0.0

    @property
    def rate(self) -> float:
        """Return messages a second."""
        return self.messages / self.seconds

    @property
    def cpu_us(self) -> float:
        """Return microseconds of CPU a message."""
        return self.cpu_s * 1e6 / self.messages


@dataclass(frozen=True, slots=True)
class Rivals:
    """A folder with the texts and the list, and where the tools are."""

    folder: Path
    tools: Path
    missing: dict[str, str] = field(default_factory=dict)

    def write(self, said: Mapping[str, Any], count: int) -> None:
        """Write text, HTML and list for the others, from the first message that mailer made."""
        first = next(people(1))
        (self.folder / "mail.txt").write_text(_as_template(said["text"], first), "utf-8")
        (self.folder / "mail.html").write_text(_as_template(said["html"], first), "utf-8")
        (self.folder / "source.eml").write_text(said["message"].replace("\r\n", "\n"), "ascii")
        write_people(self.folder / "people.json", count)

    def source(self, port: int, count: int, connections: int) -> Ran:
        """Run smtp-source: the same bytes to everybody, nothing made, nothing kept."""
        command = [program("smtp-source"), "-d", "-s", str(connections), "-m", str(count), "-f", "press@example.org"]
        command += ["-t", "p@d.example.com", "-F", str(self.folder / "source.eml"), f"127.0.0.1:{port}"]
        return Ran(count, *_timed(command, self.folder))

    def plain(self, port: int, count: int, connections: int) -> Ran:
        """Run the plain loop."""
        said = run_together(python("plain_loop", str(self.folder), str(port), str(connections), str(count)))[0]
        return Ran(count, said["deliver_s"], said["deliver_cpu_s"], said["peak_mb"])

    def mailmerge(self, port: int, count: int, connections: int) -> Ran:
        """Run mailmerge, which knows one connection a message; the time of a run with one message is taken off."""
        del connections
        place = self.folder / "mailmerge"
        if not place.exists():
            self._write_mailmerge(place)
        (place / "mailmerge_server.conf").write_text(f"[smtp_server]\nhost = 127.0.0.1\nport = {port}\n", "ascii")

        command = [str(self.tools / "mailmerge" / "bin" / "mailmerge"), "--no-dry-run", "--limit"]
        start_up = _timed([*command, "1"], place)
        whole = _timed([*command, str(count)], place)
        return Ran(count - 1, *(late - early for late, early in zip(whole, start_up, strict=True)))

    def nodemailer(self, port: int, count: int, connections: int) -> Ran:
        """Run nodemailer's pool."""
        script = str(Path(__file__).with_name("nodemailer_pool.js"))
        words = (str(self.tools / "node"), str(self.folder), str(port), str(connections), str(count))
        said = run_together(["node", script, *words])[0]
        return Ran(count, said["deliver_s"], said["deliver_cpu_s"], said["peak_mb"])

    def install(self, keys: Container[str]) -> None:
        """Install those that are not on the machine; who cannot be had is noted in `missing`."""
        if "c" in keys:
            self._have("mailmerge", self.tools / "mailmerge" / "bin" / "mailmerge", self._install_mailmerge)
        if "d" in keys:
            self._have("nodemailer", self.tools / "node" / "node_modules" / "nodemailer", self._install_nodemailer)

    def _have(self, name: str, place: Path, install: Callable[[], None]) -> None:
        if place.exists():
            return
        try:
            install()
        except (OSError, subprocess.CalledProcessError) as error:
            self.missing[name] = str(error)

    def _install_mailmerge(self) -> None:
        place = self.tools / "mailmerge"
        venv.create(place, with_pip=True)
        command = [str(place / "bin" / "python"), "-m", "pip", "install", "-q", "mailmerge"]
        subprocess.run(command, check=True, capture_output=True)

    def _install_nodemailer(self) -> None:
        for name in ("node", "npm"):
            if not shutil.which(name):
                raise FileNotFoundError(f"{name} is not installed")
        place = self.tools / "node"
        place.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(place), "nodemailer"]
        subprocess.run(command, check=True, capture_output=True)

    def _write_mailmerge(self, place: Path) -> None:
        place.mkdir()
        bodies = ((self.folder / name).read_text("utf-8") for name in ("mail.txt", "mail.html"))
        (place / "mailmerge_template.txt").write_text(_MERGE % tuple(bodies), "utf-8")
        rows = json.loads((self.folder / "people.json").read_text("utf-8"))
        with (place / "mailmerge_database.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, Person.__slots__)
            writer.writeheader()
            writer.writerows(rows)


def _timed(command: list[str], place: Path) -> tuple[float, float]:
    """Run a command; return its seconds by the clock and of CPU."""
    begin, cpu = time.monotonic(), cpu_of_children_s()
    subprocess.run(command, cwd=place, check=True, capture_output=True)
    return time.monotonic() - begin, cpu_of_children_s() - cpu


def _as_template(text: str, person: Person) -> str:
    """Put fields where the first person's own words stand."""
    note = r"\s+".join(map(re.escape, person.note.split()))
    text = re.sub(note, "{{ note }}", text)
    text = re.sub(rf"\b{person.first_name},", "{{ first_name }},", text)
    text = re.sub(r"\b[a-z2-7]{40}\b", "{{ email }}", text)
    if not all(f"{{{{ {name} }}}}" in text for name in ("note", "first_name", "email")):
        raise ValueError("the mail of the first person does not hold what is personal in it")
    return text
