"""The reference: `docs/commands.md`, made from the command line itself.

`python -m tests.reference` writes it; a test holds it to the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mailer.cli.app import GROUPS, whole_command

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"
HEAD = """\
# Commands

Every command, with its options. `mailer COMMAND --help` says the same. Two go with each of them: `--workspace DIR`, the
press office's folder, where it is not the one you are in; and `--json`, which prints one JSON document instead.

Exit codes: 0 everybody who was not skipped is accepted, 1 some are not, 2 usage or bad input, 3 configuration,
4 the relay is unavailable.
"""
_SHARED = {"help", "workspace", "json"}


def whole_page() -> str:
    """Return the page: a section a group of the first help, in it each command, its options and its examples."""
    whole = whole_command()
    parts = [HEAD]
    for group, names in GROUPS.items():
        parts.append(f"## {group}\n")
        for name in names.split():
            parts += (_section(words, command) for words, command in _walk(name, whole.commands[name]))
    return "\n".join(parts)


def _walk(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", {})
    if not inner or command.invoke_without_command:
        yield words, command
    for name, each in inner.items():
        yield from _walk(f"{words} {name}", each)


def _section(words: str, command: Any) -> str:
    prose, _, examples = (command.help or "").partition("\b\n")
    arguments = " ".join(_shown(each) for each in command.params if each.param_type_name == "argument")
    lines = [f"### `{f'mailer {words} {arguments}'.strip()}`", ""]
    lines += [re.sub(r"\s*\n(?!\n)\s*", " ", each).strip() + "\n" for each in prose.split("\n\n") if each.strip()]
    options = [each for each in command.params if each.param_type_name == "option" and each.name not in _SHARED]
    lines += [f"- `{_shown(each)}`: {' '.join((each.help or '').split())}" for each in options]
    lines += [""] * bool(options)
    shown = [line.strip() for line in examples.splitlines() if line.strip().startswith("mailer ")]
    lines += ["```", *shown, "```", ""] if shown else []
    return "\n".join(lines)


def _shown(parameter: Any) -> str:
    metavar = parameter.metavar or parameter.name.upper()
    if parameter.param_type_name == "argument":
        several = " …" if parameter.nargs == -1 else ""
        return f"{metavar}{several}" if parameter.required else f"[{metavar}{several}]"
    names = " / ".join(each for each in parameter.opts if each.startswith("--"))
    return names if parameter.is_flag else f"{names} {metavar}"


if __name__ == "__main__":
    PAGE.write_text(whole_page(), "utf-8")
