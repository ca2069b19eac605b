"""Settings: what the workspace says about senders, relays and the way back, as frozen values.

Owns the shapes of `mailer.toml` and the rules inside one value (a plain relay is loopback, a sender is not noreply).
Never reads a file, the environment or a secret: `config` does, and hands these over. A password is named here
(where it is kept), never held.
Raises `ValueError` with a sentence for people, which `config` gathers with the key that it belongs to.
"""

from mailer.settings.audience import AudienceRules
from mailer.settings.checks import Checks
from mailer.settings.dkim import Dkim, is_selector
from mailer.settings.dns import Dns
from mailer.settings.faults import Fault
from mailer.settings.inbox import Inbox, MailPlace
from mailer.settings.look import Colours, Fonts, Logo, Look, Page
from mailer.settings.loopback import is_loopback
from mailer.settings.mailbox import ascii_domain
from mailer.settings.oauth import OAuth
from mailer.settings.pacing import DomainPace, Pacing, parse_rate, say_rate
from mailer.settings.presets import PRESETS, preset_values
from mailer.settings.privacy import Privacy, Retention
from mailer.settings.relay import Relay, Security, Timeouts
from mailer.settings.retry import Retry
from mailer.settings.returns import Bounces, OptOut
from mailer.settings.secret import Credential, Grant, Secret, SecretPlace
from mailer.settings.sender import Sender
from mailer.settings.serve import Serve
from mailer.settings.tongue import Tongue, Tongues
from mailer.settings.webhooks import MailgunHook, PostmarkHook, SendGridHook, SesHook, Webhooks
from mailer.settings.whole import PREVIEW, KeyFile, LedgerLocation, Settings

__all__ = [
    "CONFIG_NAME",
    "PRESETS",
    "PREVIEW",
    "AudienceRules",
    "Bounces",
    "Checks",
    "Colours",
    "Credential",
    "Dkim",
    "Dns",
    "DomainPace",
    "Fault",
    "Fonts",
    "Grant",
    "Inbox",
    "KeyFile",
    "LedgerLocation",
    "Logo",
    "Look",
    "MailPlace",
    "MailgunHook",
    "OAuth",
    "OptOut",
    "Pacing",
    "Page",
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
]

CONFIG_NAME = "mailer.toml"
