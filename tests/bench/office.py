"""Office: the workspace that is measured. Everybody and everything in it is invented."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

SLUG, LIST = "tide-mill", "desk"
_DOMAINS = 211
_FIRST = ("Ada", "Bo", "Cleo", "Dov", "Edda", "Finn", "Gwen", "Hugo", "Iris", "Jonah", "Kit", "Lena", "Marit", "Nils")
_LAST = ("Brook", "Carver", "Dunn", "Ferrer", "Holm", "Kaya", "Lindqvist", "Moreau", "Ortiz", "Quill", "Reyes")
_HEAD = """---
headline: Tide mill at Eastport grinds flour again after ninety years
label: FOR IMMEDIATE RELEASE
date: 2026-10-02
dateline: EASTPORT, 2 October
contacts:
- name: Mara Quill
  role: head of press
  organisation: Eastport Mill Trust
  phone: +44 20 7946 0182
  email: mara.quill@example.org
---

The tide mill at Eastport will grind flour on Saturday for the first time in ninety years. Its wheel turns twice a day.

> We had the stones, and nobody alive who had heard them run. Now the whole street knows when it is high water.
>
> — Mara Quill, head of press, Eastport Mill Trust

"""
_SENTENCES = (
    "Volunteers carried {n} oak cogs down from the loft, numbered them, and put back each one that still fitted.",
    "The harbour master opens the sluice {n} minutes after high water, and closes it before the ferry comes in.",
    "In the first week the mill took in {n} sacks of rye from farms that can be seen from its upper window.",
    "A bakery on Wick Lane has ordered enough flour for {n} loaves, and will sell them from the mill's own door.",
)
_TOML = """\
[senders.main]
name = "Eastport Mill Press"
address = "press@example.org"
organisation = "Eastport Mill Trust"
postal_address = "4 Sluice Lane, 10115 Eastport"

[optout]
mailto = "optout@example.org"
base_url = "https://press.example.org/o"

[bounces]
address = "bounces@example.org"

[relays.main]
host = "127.0.0.1"
port = {port}
security = "plain"
connections = {connections}
messages_per_connection = 100000
"""
_DKIM = """
[dkim]
domain = "example.org"
selector = "bench"
key_file = "dkim.pem"
"""


@dataclass(frozen=True, slots=True)
class Person:
    """A row of the list."""

    email: str
    first_name: str
    last_name: str
    outlet: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is sent: to how many, how long the release is, over which port and how many connections, signed or not."""

    people: int
    port: int
    connections: int = 20
    paragraphs: int = 19  # about 28 kB a mail
    dkim_pem: bytes = field(default=b"", repr=False)


def people(count: int) -> Iterator[Person]:
    """Invent people, each with a name, an outlet and a note of their own."""
    for number in range(1, count + 1):
        first, last = _FIRST[number % len(_FIRST)], _LAST[number % len(_LAST)]
        outlet = f"Outlet {number % 997}"
        note = f"you wrote about mills in {outlet} on page {number % 60 + 1}; there is a seat for you at the sluice."
        yield Person(f"p{number:07}@d{number % _DOMAINS}.example.com", first, last, outlet, note)


def write_office(root: Path, shape: Shape) -> None:
    """Write the workspace into a new folder."""
    for name in ("releases", "lists"):
        (root / name).mkdir(parents=True)
    (root / "releases" / f"{SLUG}.md").write_text(_HEAD + _body(shape.paragraphs), "utf-8")
    toml = _TOML.format(port=shape.port, connections=shape.connections)
    if shape.dkim_pem:
        (root / "dkim.pem").write_bytes(shape.dkim_pem)
        (root / "dkim.pem").chmod(0o600)
        toml += _DKIM
    (root / "mailer.toml").write_text(toml, "utf-8")
    with (root / "lists" / f"{LIST}.csv").open("w", encoding="utf-8") as file:
        file.write("email,first_name,last_name,outlet,note\n")
        file.writelines(f'{p.email},{p.first_name},{p.last_name},{p.outlet},"{p.note}"\n' for p in people(shape.people))


def write_people(path: Path, count: int) -> None:
    """Write the same people for those who are no mailer: a JSON array."""
    rows = [{name: getattr(person, name) for name in Person.__slots__} for person in people(count)]
    path.write_text(json.dumps(rows), "utf-8")


def _body(paragraphs: int) -> str:
    def sentences() -> Iterator[str]:
        number = 3
        while True:
            for sentence in _SENTENCES:
                yield sentence.format(n=number)
                number += 7

    said = sentences()
    return "\n\n".join(" ".join(islice(said, 4)) for _ in range(paragraphs)) + "\n"
