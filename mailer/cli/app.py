"""App: the root of the command line and its global options.

Owns the order in which commands are shown, the options that every command has (`--workspace`, `--json`), and the
one place where exceptions become exit codes (0 all accepted, 1 some not, 2 usage or bad input, 3 configuration, 4 relay
unavailable).
"""

from __future__ import annotations

import importlib
import io
import itertools
import os
import sys
from collections import UserDict
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.office import given_encoding, given_workspace
from mailer.cli.options import option
from mailer.errors import InputProblem, MailerError

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter

# In the order of the work; every command is in one of these.
GROUPS = {
    "Start": "demo desk init",
    "Releases": "release templates preview test",
    "Lists": "lists contacts optouts",
    "Send": "rehearse embargo plan plans approve reject send resume pause cancel reconcile worker status",
    "After sending": "follow-up correct retract report why replies bounces proof newsroom serve",
    "Set-up": "doctor dkim ledger purge",
}


# The module of each command; for a noun with commands of its own, also the name of its app there.
_MODULES = {
    "setup": "demo init purge",
    "preview": "preview test rehearse",
    "plans": "plan approve reject",
    "updates": "follow-up correct retract",
    "mailings": "status report pause cancel resume reconcile",
    "people": "why",
    "serve": "worker serve",
    **{name: name for name in ("send", "proof", "doctor", "desk")},
}
_COMMANDS = {name: module for module, names in _MODULES.items() for name in names.split()}
_NOUNS = {
    **{
        name: (name, "app")
        for name in ["release", "templates", "lists", "optouts", "embargo", "bounces", "replies", "newsroom", "ledger"]
    },
    "plans": ("plans", "plans"),
    "contacts": ("people", "contacts"),
    "dkim": ("setup", "dkim"),
}


class _Loaded(UserDict[str, Any]):
    """The commands by their names, each loaded when it is asked for."""

    def __getitem__(self, name: str) -> Command:
        """Return a command with the shared options, which may be typed anywhere."""
        if self.data[name] is None:
            module, part = _NOUNS.get(name) or (_COMMANDS[name], "app")
            of = typer.Typer(rich_markup_mode=None)
            of.add_typer(
                getattr(importlib.import_module(f"mailer.cli.{module}"), part), name=name if name in _NOUNS else None
            )
            below = [typer.main.get_group(of).commands[name]]
            self.data[name] = below[0]
            while below:
                each = below.pop()
                inner = getattr(each, "commands", {})
                each.params += _shared_options()[: 1 if inner else None]
                below += inner.values()
        found: Command = self.data[name]
        return found


class _Grouped(typer.core.TyperGroup):
    """The root, whose help groups the commands by task."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - as many kinds as typer has
        super().__init__(**attributes)
        self.commands = _Loaded(dict.fromkeys([*_COMMANDS, *_NOUNS]))

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002 - typer hands it
        """Write a section for each group."""
        width = max(map(len, self.commands))
        for title, names in GROUPS.items():
            with formatter.section(title):
                limit = formatter.width - 6 - width
                formatter.write_dl(
                    [(name.ljust(width), self.commands[name].get_short_help_str(limit)) for name in names.split()]
                )


app = typer.Typer(
    name="mailer",
    cls=_Grouped,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_INTERRUPTED = 130
_FOLDER = "The press office's folder. Default: MAILER_WORKSPACE, else the nearest folder with a mailer.toml."


def _print_version(wanted: bool) -> None:
    if wanted:
        import importlib.metadata

        output.echo(f"mailer {importlib.metadata.version('mailer')}")
        raise typer.Exit


@app.callback()
def root(
    workspace: Annotated[str, typer.Option("--workspace", metavar="DIR", help=_FOLDER)] = "",
    version: Annotated[  # noqa: ARG001 - its callback has answered
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
    ] = False,
) -> None:
    """Send a press release to media lists, and know what happened to every single recipient.

    To try it, without an account and without sending anything:   mailer demo
    """
    given_workspace.set(workspace)
    given_encoding.set("")


@cache
def _shared_options() -> list[Any]:
    made = typer.Typer()

    @made.command()
    def _(
        workspace: Annotated[str, option("--workspace DIR", _FOLDER, callback=_work_in, expose_value=False)] = "",
        json: Annotated[
            bool, option("--json", "Print one JSON document instead.", callback=_set_json, expose_value=False)
        ] = False,
    ) -> None: ...

    return [each for each in typer.main.get_command(made).params if each.name in {"workspace", "json"}]


@cache
def whole_command() -> typer.core.TyperGroup:
    """Return the root command."""
    command = typer.main.get_command(app)  # with shell completion
    assert isinstance(command, typer.core.TyperGroup)  # noqa: S101 - for mypy: an app with a callback is a group
    return command


def _work_in(workspace: str) -> None:
    if workspace:
        given_workspace.set(workspace)


def _set_json(wanted: bool) -> None:
    output.given_json.set(wanted)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code; no traceback ever reaches a user."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without umlauts shows "?" instead of failing
    sys.exit(_run(words))


def _run(words: list[str]) -> int:
    output.given_json.set("--json" in words)  # until it is parsed, so that usage errors are JSON, too
    try:
        code = whole_command()(args=words, prog_name="mailer", standalone_mode=False)
    except typer.TyperException as error:
        if output.is_json():
            output.print_error(InputProblem(error.format_message()))
        else:
            output.echo(f"{error.format_message()}", style="red", to_stderr=True)
            meant = "".join(f"{word} " for word in itertools.takewhile(str.isalpha, words[:2]))
            output.echo(f"See: mailer {meant}--help", to_stderr=True)
        return 2
    except typer.Abort:
        output.echo("Stopped.", to_stderr=True)
        return 1
    except MailerError as error:
        output.print_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        output.echo("Stopped.", to_stderr=True)
        return _INTERRUPTED
    except BrokenPipeError:
        # the reader of the pipe has closed it; Python would complain again when it closes stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - an internal error is one sentence; its details are kept in a private file
        if isinstance(error, OSError) and error.filename:  # the operator's own files and folders
            fault: MailerError = InputProblem(f"{error.filename}: {error.strerror or error}")
        else:
            fault = MailerError(
                f"mailer stopped because of an internal error ({type(error).__name__}). The ledger is safe.",
                hint=f"Details for a bug report are in {output.keep_fault(error)} (only you can read it).",
            )
        output.print_error(fault)
        return fault.exit_code
    if code == _INTERRUPTED:  # typer has caught Ctrl-C
        output.echo("Stopped.", to_stderr=True)
    return code if isinstance(code, int) else 0
