"""Config: the only reader of TOML, environment and secrets, which become `settings` values.

reading.py    mailer.toml and MAILER_… variables → Settings
passwords.py  the password of a relay or a mailbox, at the moment it is needed
oauth.py      the refresh token of a relay or a mailbox, which may be replaced by a new one
keys.py       the HMAC keys of the workspace
door.py       the opt-out keys alone, for a small host that takes opt-outs
dkim.py       the private keys that sign mail
faults.py     what goes wrong in a rehearsal
webhooks.py   by what relays prove who they are
looks.py      template.toml, how a family of templates looks
tongues.py    templates/i18n/*.toml, what a mail says in each language; written.py: lines of both
memory.py     the user's state folder: what this account remembers of ledgers and workspaces
"""

from mailer.config.dkim import read_dkim_keys, write_dkim_key
from mailer.config.door import DoorKey, read_door_key, write_door_key
from mailer.config.faults import USUAL_FAULTS, parse_faults, read_faults
from mailer.config.keys import passing_keys, read_given_keys, read_or_make_keys
from mailer.config.looks import about_family, based_on, look_line, parse_look
from mailer.config.memory import Memory, Place, Remembered, find_memory
from mailer.config.oauth import keep_token, read_credential, read_inbox_credential, read_kept_token
from mailer.config.passwords import read_inbox_password, read_password
from mailer.config.reading import read_settings
from mailer.config.tongues import parse_tongues
from mailer.config.webhooks import HookSecrets, read_hook_secrets

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
    "read_inbox_credential",
    "read_inbox_password",
    "read_kept_token",
    "read_or_make_keys",
    "read_password",
    "read_settings",
    "write_dkim_key",
    "write_door_key",
]
