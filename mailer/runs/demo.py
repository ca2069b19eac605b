"""Demo: the whole job on one machine, with invented people and no account.

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
# A demo that waited a minute for a second try would be no demo.
_RETRY = Retry(delays_s=(1.0,), stay_s=30.0)
_NUMBERED = 1000


@dataclass(frozen=True, slots=True)
class Played:
    """What the demo did: both reports, the page of the mails and its folder.

    `first` are the commands that make `mailer` one, where it is none yet.
    """

    reports: tuple[Mapping[str, Any], ...]
    page: Path | None
    place: Path
    first: tuple[str, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class WorkspaceMade:
    """The files of a new workspace; `asked` is the folder as it was typed, `first` as in `Played`.

    `fleet`: with those that start it on several hosts.
    """

    place: Path
    asked: str
    files: tuple[Path, ...]
    first: tuple[str, ...]
    fleet: bool = False

    @property
    def release(self) -> str:
        """Return the name of a release that can be looked at."""
        return next((path.stem for path in sorted((self.place / "releases").glob("*.md"))), "RELEASE")


def make_workspace(folder: Path, *, fleet: bool = False) -> list[Path]:
    """Copy the starter workspace and the shipped templates into a folder; return the files that are new.

    With `fleet` also `deploy/`, and that alone into a folder that is a workspace already.
    What is there already stays as it is. Raises InputProblem if the folder cannot be written to.
    """
    made: list[Path] = []
    sources = [(shipped("templates", "workspace"), folder), (shipped("lists"), folder / "lists")]
    families = sorted(path.parent for path in shipped("templates").glob("*/email.html"))
    sources += [(family, folder / "templates" / family.name) for family in families]
    if fleet:
        deploy = (shipped("templates", "deploy"), folder / "deploy")
        sources = [deploy] if (folder / CONFIG_NAME).exists() else [*sources, deploy]
    there = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    if there.exists() and not there.is_dir():
        raise InputProblem(f"{there} is a file, not a folder", hint="Name a folder that is empty, or not there yet.")
    try:
        # whatever the umask is: where others may write, mailer.toml is refused
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        for base, target in sources:
            for source in sorted(path for path in base.rglob("*") if path.is_file()):
                place = target / source.relative_to(base)
                if not place.exists():
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(source, place)
                    made.append(place)
        if folder / CONFIG_NAME in made:
            (folder / CONFIG_NAME).chmod(0o644)
        ignored = folder / ".gitignore"
        if not ignored.exists():  # people's addresses and our keys belong into no repository
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
    """Put a release beside those of the demo that nobody has got yet: whoever opens the desk has one to send."""
    place = workspace.root / "releases" / "seal-count.md"
    if not place.exists():
        shutil.copyfile(shipped("templates", "samples") / "advisory.md", place)


async def run_demo(
    office: Office, ledger: Ledger, *, activation: tuple[str, ...], on_step: Callable[[str], None]
) -> Played:
    """Play the story in a workspace that `make_workspace` made; `on_step` hears a sentence before each scene."""
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
