"""Doctor: is everything as it must be before mail goes out, and did what went out arrive as it should?

    examining.py  every look by itself and all at once, told in a fixed order; the ledger, the one-click host
    values.py     what a look found, what to publish, with what the looking is done
    desk.py       settings, keys, files, disk
    relay.py      connected, secured, logged in        providers.py  whose relay a host is, and what goes with it
    addresses.py  From, Reply-To, bounces, opt-outs    spf.py dkim.py dmarc.py   what the DNS says
    arrived.py    a mail that arrived, read again      bulk.py       who asks for more, and from how many mails on
    adopting.py   a ledger that is refused becomes the right one

Looking changes nothing and sends nothing. Never asks the operator.
"""

from mailer.runs.doctor.adopting import Adoption, begin_anew, find_loss, plan_adoption
from mailer.runs.doctor.arrived import examine_copy
from mailer.runs.doctor.examining import NAMES, Examined, Told, examine
from mailer.runs.doctor.values import Check, Group, Record, Rule, Wishes

__all__ = [
    "NAMES",
    "Adoption",
    "Check",
    "Examined",
    "Group",
    "Record",
    "Rule",
    "Told",
    "Wishes",
    "begin_anew",
    "examine",
    "examine_copy",
    "find_loss",
    "plan_adoption",
]
