"""Config: the only reader of the environment, of secrets and of the staff's TOML files, which become `settings` values.

What a file may say is the models' business (`settings`); here it is found, read, and told with its line.

toml_file.py  the one reader of TOML, which knows the line of each key
reading.py    mailer.toml and MAILER_… variables → Settings
faults.py     what goes wrong in a rehearsal
looks.py      template.toml, how a family of templates looks
tongues.py    templates/i18n/*.toml, what a mail says in each language
layouts.py    lists/.columns.toml, what was said about the columns of lists
secrets.py    passwords and tokens, at the moment they are needed
keys.py       the files of keys: HMAC, opt-outs, DKIM; private.py: how such a file is read and written
memory.py     the user's state folder: what this account remembers of ledgers and workspaces
"""

from mailer.config.faults import USUAL_FAULTS, parse_faults, read_faults
from mailer.config.keys import (
    DoorKey,
    passing_keys,
    read_dkim_keys,
    read_door_key,
    read_given_keys,
    read_or_make_keys,
    write_dkim_key,
    write_door_key,
)
from mailer.config.looks import about_family, based_on, look_line, parse_look
from mailer.config.memory import Memory, Place, Remembered, find_memory
from mailer.config.reading import read_settings
from mailer.config.secrets import (
    HookSecrets,
    keep_token,
    read_credential,
    read_hook_secrets,
    read_kept_token,
    read_password,
)
from mailer.config.tongues import parse_tongues

__all__ = [
    "USUAL_FAULTS",
    "DoorKey",
    "HookSecrets",
    "Memory",
    "Place",
    "Remembered",
    "about_family",
    "based_on",
    "find_memory",
    "keep_token",
    "look_line",
    "parse_faults",
    "parse_look",
    "parse_tongues",
    "passing_keys",
    "read_credential",
    "read_dkim_keys",
    "read_door_key",
    "read_faults",
    "read_given_keys",
    "read_hook_secrets",
    "read_kept_token",
    "read_or_make_keys",
    "read_password",
    "read_settings",
    "write_dkim_key",
    "write_door_key",
]
