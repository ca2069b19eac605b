"""Settings: what the workspace says about senders, relays and the way back, as frozen pydantic models.

Owns the tables of `mailer.toml` and of the staff's other small files, their defaults, and the rules inside one value (a
plain relay is loopback, a sender is not noreply). A model is both what a file may say and the value that the rest of
the house uses. Never reads a file, the environment or a secret: `config` does, and gathers what is wrong with its line.
A password is named here (where it is kept), never held.

pydantic takes a tenth of a second to load: what prints help or reads a stranger's bytes in the sandbox imports no
settings.

table.py    what every table is, and the checks that several share
whole.py    all of mailer.toml                  office.py   its small tables: office, checks, privacy, DNS, keys …
sender.py   who the mail is from                relay.py    the servers that take it; presets.py: what providers allow
pacing.py   rates, and when to try again        returns.py  where opt-outs and bounces go, and what follows
inbox.py    the mailboxes that are read         serve.py    where mailer serve listens, and webhooks
dkim.py     with what mail is signed            secret.py   where a secret is kept; oauth.py: access tokens
faults.py   [[fault]] of a rehearsal            look.py, tongue.py   template.toml, and templates/i18n/*.toml
"""

from mailer.settings.dkim import Dkim, is_selector
from mailer.settings.faults import Fault
from mailer.settings.inbox import Inbox, MailPlace
from mailer.settings.look import Logo, Look
from mailer.settings.oauth import OAuth
from mailer.settings.office import AudienceRules, Checks, Dns, KeyFile, Privacy, Retention
from mailer.settings.pacing import DomainPace, Pacing, Retry, parse_rate, say_rate
from mailer.settings.presets import PRESETS, preset_values
from mailer.settings.relay import Relay, Security, Timeouts
from mailer.settings.returns import Bounces, OptOut
from mailer.settings.secret import Credential, Grant, Secret, SecretPlace
from mailer.settings.sender import Sender
from mailer.settings.serve import MailgunHook, PostmarkHook, SendGridHook, Serve, SesHook, Webhooks
from mailer.settings.table import Table, ascii_domain, is_loopback, say_wrong
from mailer.settings.tongue import Tongue, Tongues
from mailer.settings.whole import PREVIEW, Settings

__all__ = [
    "PRESETS",
    "PREVIEW",
    "AudienceRules",
    "Bounces",
    "Checks",
    "Credential",
    "Dkim",
    "Dns",
    "DomainPace",
    "Fault",
    "Grant",
    "Inbox",
    "KeyFile",
    "Logo",
    "Look",
    "MailPlace",
    "MailgunHook",
    "OAuth",
    "OptOut",
    "Pacing",
    "PostmarkHook",
    "Privacy",
    "Relay",
    "Retention",
    "Retry",
    "Secret",
    "SecretPlace",
    "Security",
    "SendGridHook",
    "Sender",
    "Serve",
    "SesHook",
    "Settings",
    "Table",
    "Timeouts",
    "Tongue",
    "Tongues",
    "Webhooks",
    "ascii_domain",
    "is_loopback",
    "is_selector",
    "parse_rate",
    "preset_values",
    "say_rate",
    "say_wrong",
]
