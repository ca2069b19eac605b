"""Preview: the embedded mail server, and the page on which people look at what it took.

    server.py    an SMTP server on a free loopback port, in the running event loop
    script.py    faults it plays on demand: refuse, put off once, bounce later, opt out
    returns.py   the mails that come back from it: delivery reports and opt-outs
    maildir.py   writing into a Maildir
    mail.py      one mail, taken apart for people
    page.py      the page

Never sends anything anywhere: what reaches this server stays on this machine. The only room that knows aiosmtpd.
"""

from mailer.preview.maildir import append_to_maildir
from mailer.preview.returns import compose_dsn, compose_optout
from mailer.preview.script import Cast, Faults, Script
from mailer.preview.server import Arrival, Checks, PreviewPage, PreviewServer, preview_server, write_page

__all__ = [
    "Arrival",
    "Cast",
    "Checks",
    "Faults",
    "PreviewPage",
    "PreviewServer",
    "Script",
    "append_to_maildir",
    "compose_dsn",
    "compose_optout",
    "preview_server",
    "write_page",
]
