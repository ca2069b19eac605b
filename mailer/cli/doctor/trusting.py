"""Trusting: `mailer doctor --trust DIR`, where others than the user may change mailer.toml.

Owns the words. Which file counts as exposed is in `platform`, what is remembered in `config.memory`.
"""

from __future__ import annotations

import os
from pathlib import Path

from mailer.cli import output
from mailer.errors import ConfigProblem, InputProblem


def trust_folder(name: str) -> int:
    """Remember that the mailer.toml of a folder may be used, whoever can change it; returns the exit code."""
    from mailer.config import find_memory
    from mailer.platform import find_exposed
    from mailer.settings import CONFIG_NAME

    file = Path(name).expanduser().absolute() / CONFIG_NAME
    if not file.is_file():
        raise InputProblem(f"there is no {CONFIG_NAME} in {file.parent}")
    exposed = find_exposed(file)
    if exposed is None:
        output.say(f"Nothing to do: only you and root can change {file}.")
        return 0
    memory = find_memory(os.environ)
    if not memory.trust(file.parent):
        raise ConfigProblem(
            "there is no folder of yours here in which this could be remembered",
            hint=f"XDG_STATE_HOME can name one. Or: {exposed.fix}",
        )
    output.say(f"Trusted: {file}")
    output.say(f"{exposed.path}: {exposed.said}. Whoever changes it runs commands as you from now on.")
    return 0
