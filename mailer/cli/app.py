"""App: the root of the command line and its global options.

Owns the order in which commands are shown, the options that every command has (`--workspace`, `--json`), and the
one place where exceptions become exit codes (0 all accepted, 1 some not, 2 usage or bad input, 3 configuration, 4 relay
unavailable).
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections import UserDict
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.office import given_encoding, given_workspace
from mailer.cli.options import grouped, option
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


_MODULES = {
    "setup": "demo init doctor dkim ledger purge",
    "release": "release templates newsroom",
    "preview": "preview test rehearse",
    "lists": "lists",
    "people": "why contacts optouts",
    "around": "embargo follow-up correct retract",
    "plans": "plan plans approve reject",
    "send": "send",
    "mailings": "status report proof pause cancel resume reconcile",
    "returns": "bounces replies",
    "serve": "desk worker serve",
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}


class _LazyCommands(UserDict[str, Any]):
    """The commands by their names; a module is loaded when one of its commands is needed."""

    def __getitem__(self, name: str) -> Command:
        """Return a command with the shared options, which may be typed anywhere."""
        if self.data[name] is None:
            names = _MODULES[_MODULE_OF[name]].split()
            parts = vars(importlib.import_module(f"mailer.cli.{_MODULE_OF[name]}"))
            loader = typer.Typer(rich_markup_mode=None)
            for each in ("app", *names):  # the commands, and the nouns that have commands of their own
                if isinstance(part := parts.get(each), typer.Typer):
                    for command in part.registered_commands:  # the groups of options become options
                        command.callback = command.callback and grouped(command.callback)
                    loader.add_typer(part, name=None if each == "app" else each)
            self.data |= typer.main.get_group(loader).commands
            pending = [self.data[each] for each in names]
            while pending:
                each = pending.pop()
                inner = getattr(each, "commands", {})
                each.params += _shared_options()[: 1 if inner else None]
                pending += inner.values()
        found: Command = self.data[name]
        return found


class _Grouped(typer.core.TyperGroup):
    """The root, whose help groups the commands by task."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - as many kinds as typer has
        super().__init__(**attributes)
        self.commands = _LazyCommands(dict.fromkeys(_MODULE_OF))

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
    carrier = typer.Typer()

    def work_in(folder: str) -> None:
        if folder:
            given_workspace.set(folder)

    def print_json(wanted: bool) -> None:
        output.given_json.set(wanted)

    @carrier.command()
    def _(
        workspace: str = option("--workspace DIR", _FOLDER, "", callback=work_in, expose_value=False),
        json: bool = option(
            "--json", "Print one JSON document instead.", default=False, callback=print_json, expose_value=False
        ),
    ) -> None: ...

    return [each for each in typer.main.get_command(carrier).params if each.name in {"workspace", "json"}]


@cache
def whole_command() -> typer.core.TyperGroup:
    """Return the root command."""
    command = typer.main.get_command(app)  # with shell completion
    assert isinstance(command, typer.core.TyperGroup)  # noqa: S101 - for mypy: an app with a callback is a group
    return command


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code; no traceback ever reaches a user."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without umlauts shows "?" instead of failing
    sys.exit(_run(arguments))


def _use_own_words(error: typer.TyperException) -> None:
    """Replace the message about an option's value by ours, which is the same as for a key of mailer.toml."""
    if isinstance(error, typer.BadParameter) and isinstance(error.__cause__, ValueError):
        from mailer.settings import first_flaw

        error.message = first_flaw(error.__cause__)


def _run(arguments: list[str]) -> int:
    output.given_json.set("--json" in arguments)  # until it is parsed, so that usage errors are JSON, too
    try:
        code = whole_command()(args=arguments, prog_name="mailer", standalone_mode=False)
    except typer.TyperException as error:
        _use_own_words(error)
        if output.is_json():
            output.print_error(InputProblem(error.format_message()))
        else:
            output.echo(f"{error.format_message()}", style="red", to_stderr=True)
            context = getattr(error, "ctx", None)  # of the last word that is a command
            output.echo(f"See: {context.command_path if context else 'mailer'} --help", to_stderr=True)
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
