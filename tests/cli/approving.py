"""An office in which another person must approve: the keys of three people, and the plan that one of them makes."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.office import Desk, Done
from tests.servers import ScriptedServer

PEOPLE = ("ada", "bo", "cy")


@dataclass(frozen=True, slots=True)
class Newsroom:
    """A desk with `[approval]`, and the folder with all keys."""

    desk: Desk
    server: ScriptedServer
    keys: Path

    def settle(self, **changes: Any) -> None:
        """Write mailer.toml with these keys of `[approval]`."""
        table = {"required": True, "allowed_signers": "allowed_signers"} | changes
        lines = [f"{name.removesuffix('_')} = {_toml(value)}" for name, value in table.items()]
        self.desk.settings(self.server, more="\n".join(["[approval]", *lines, ""]))

    def allow(self, *names: str, **options: str) -> None:
        """Write the file of allowed signers: `NAME KEY`; an option goes before the key of its name."""
        lines = []
        for name in names:
            kind, key = (self.keys / f"{name}.pub").read_text("ascii").split()[:2]
            lines.append(" ".join([name, *([options[name]] if name in options else []), kind, key]))
        self.desk.write("allowed_signers", "\n".join([*lines, ""]))

    def plan(self, *more: str, by: str = "ada") -> str:
        """Plan the release to the list; return the hash."""
        done = self.desk.run("plan", "lamps", "--to", "coast", "--as", by, *more, "--json")
        assert done.code == 0, done.said
        return str(done.json["hash"])

    def approve(self, plan: str, by: str = "bo", *more: str) -> Done:
        """Approve a plan with the key of a person."""
        return self.desk.run("approve", plan, "--key", str(self.keys / by), *more, "--yes", "--json")

    def approved(self, *more: str) -> str:
        """Return the hash of a plan made by Ada and approved by Bo."""
        plan = self.plan(*more)
        assert self.approve(plan).code == 0
        return plan

    def send(self, plan: str, *more: str) -> Done:
        """Send a plan."""
        return self.desk.run("send", "--plan", plan, "--yes", "--json", *more)

    def refuses(self, done: Done, *phrases: str) -> None:
        """Assert that a command was refused for lack of approval, with these phrases, and that nothing was sent."""
        assert done.code == 2, done.said
        error = done.json["error"]
        assert error["code"] == "not_approved", error
        text = "\n".join([error["message"], error["hint"], *(each["message"] for each in error["problems"])])
        assert [word for word in phrases if word not in text] == [], text
        assert self.server.accepted == []


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def make_keys(folder: Path) -> Path:
    """Make a key for each person, without a passphrase."""
    for name in PEOPLE:
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    return folder
