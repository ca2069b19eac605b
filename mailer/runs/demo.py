"""Demo: everything that mailer does on one machine, with invented people and no account.

Owns the scenario: a release goes to twelve invented journalists through the embedded server, which refuses one, defers
one, returns one and lets one opt out; what came back is collected; a second release skips two of them. It uses the same
code as a real mailing, with the embedded server as the relay. Nothing leaves this machine.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from mailer.errors import CONFIG_NAME, InputProblem
from mailer.frozen import dataclass, replace
from mailer.inbox.mailbox import inbox_path, read_messages
from mailer.ledger import Ledger
from mailer.preview.server import Script
from mailer.runs.collect.taking import collect
from mailer.runs.office import Office
from mailer.runs.planning.confirm import confirm
from mailer.runs.planning.prepare import Plan, prepare
from mailer.runs.planning.request import Request
from mailer.runs.reports import read_outcome
from mailer.runs.sending.deliver import Run
from mailer.settings import Approval, Fault, Relay, Retry, Security
from mailer.workspace import Workspace, shipped

LIST = "journalists"
_RELAY = Relay(key="demo", host="127.0.0.1", security=Security.PLAIN)
# Nobody wants to wait a minute for a second try in a demo.
_RETRY = Retry(delays_s=(1.0,), stay_s=30.0)
_NUMBERED = 1000


@dataclass(frozen=True, slots=True)
class Played:
    """The result of the demo: both reports, the page of the mails, and its folder.

    `first` are the commands that put `mailer` on the PATH, if it is not there yet.
    """

    reports: tuple[Mapping[str, Any], ...]
    page: Path | None
    place: Path
    first: tuple[str, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class WorkspaceMade:
    """The files of a new workspace; `typed` is the folder as it was typed, `first` as in `Played`.

    `fleet`: with the files to run it on several hosts.
    """

    place: Path
    typed: str
    files: tuple[Path, ...]
    first: tuple[str, ...]
    fleet: bool = False

    @property
    def release(self) -> str:
        """Return the name of a release to begin with."""
        return next((path.stem for path in sorted((self.place / "releases").glob("*.md"))), "RELEASE")


def make_workspace(folder: Path, *, fleet: bool = False) -> list[Path]:
    """Copy the starter workspace and the shipped templates into a folder; return the files that are new.

    With `fleet` also `deploy/`, and only that if the folder is a workspace already. Existing files stay as they are.
    Raises InputProblem if the folder cannot be written.
    """
    made: list[Path] = []
    sources = [(shipped("templates", "workspace"), folder), (shipped("lists"), folder / "lists")]
    families = sorted(path.parent for path in shipped("templates").glob("*/email.html"))
    sources += [(family, folder / "templates" / family.name) for family in families]
    if fleet:
        deploy = (shipped("templates", "deploy"), folder / "deploy")
        sources = [deploy] if (folder / CONFIG_NAME).exists() else [*sources, deploy]
    nearest = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    if nearest.exists() and not nearest.is_dir():
        raise InputProblem(f"{nearest} is a file, not a folder", hint="Name a folder that is empty, or not there yet.")
    try:
        # regardless of the umask: mailer.toml is refused if others may write to it
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        for base, target in sources:
            for source in sorted(path for path in base.rglob("*") if path.is_file()):
                path = target / source.relative_to(base)
                if not path.exists():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(source, path)
                    made.append(path)
        if folder / CONFIG_NAME in made:
            (folder / CONFIG_NAME).chmod(0o644)
        ignored = folder / ".gitignore"
        if not ignored.exists():  # people's addresses and our keys do not belong in a repository
            ignored.write_text(".mailer/\n", "utf-8")
            made.append(ignored)
        for name in ("lists", "releases"):
            (folder / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputProblem(f"{folder} cannot be written to: {error.strerror or error}") from None
    return made


def free_folder(wanted: Path) -> Path:
    """Create the folder, numbered if it is taken (`mailer-demo`, then `mailer-demo-2`): two demos never share one.

    Raises InputProblem if there are a thousand already, or it cannot be made.
    """
    for number in range(1, _NUMBERED):
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        try:
            folder.mkdir(mode=0o755, parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise InputProblem(f"{folder} cannot be made: {error.strerror or error}") from None
        return folder
    raise InputProblem(f"there are {_NUMBERED} folders called {wanted.name}; name another")


def add_unsent(workspace: Workspace) -> None:
    """Add a release that was not sent to those of the demo, so that the desk has one to send."""
    path = workspace.root / "releases" / "seal-count.md"
    if not path.exists():
        shutil.copyfile(shipped("templates", "samples") / "advisory.md", path)


async def run_demo(
    office: Office, ledger: Ledger, *, activation: tuple[str, ...], on_step: Callable[[str], None]
) -> Played:
    """Run the scenario in a workspace from `make_workspace`; `on_step` is called with a sentence before each step."""
    quick = replace(office, settings=office.settings.replace(retry=_RETRY, approval=Approval()))
    first, second = (path.stem for path in list(office.workspace.releases())[:2])

    def plan_of(release: str) -> Plan:
        return prepare(quick, Request(release=release, relay=_RELAY, lists=(LIST,)))

    async def send(plan: Plan, script: Script) -> Path | None:
        with closing(plan.spool):
            mailing = confirm(quick, ledger, plan)
        return (await Run(quick, ledger, mailing).to_preview(script=script, relay=_RELAY)).page

    plan = plan_of(first)
    people = [planned.address for planned in plan.spool.read()]
    faults = (
        Fault(address=people[2], reply="550 5.1.1 no such user here", times=0),
        Fault(address=people[4], reply="450 4.2.0 greylisted, please try again in a moment"),
    )
    script = Script(
        people={fault.address.lower(): [fault] for fault in faults},
        bounce={people[6].lower(): (550, "5.1.1 unknown recipient")},
        opt_out=frozenset({people[8].lower()}),
    )
    on_step(f"Sending {first} to {len(people)} invented journalists, by a mail server on this machine")
    await send(plan, script)
    on_step("Collecting what came back")
    inbox = inbox_path(next(iter(office.settings.inbox.values())).url, office.workspace.root)
    collect(quick, ledger, read_messages(inbox))
    on_step(f"Sending {second} to the same list")
    page = await send(plan_of(second), Script())
    reports = tuple(read_outcome(office, ledger, name, deliveries=True).figures for name in (first, second))
    return Played(reports, page, office.workspace.root, activation, office.clock())
