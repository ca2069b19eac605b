"""Doctor: is everything as it must be before mail goes out, and did what went out arrive as it should?

    examining.py  every look by itself and all at once, told in a fixed order
    values.py     what a look found, what to publish, with what the looking is done
    desk.py       settings, keys, files, disk          books.py      the ledger
    relay.py      connected, secured, logged in        providers.py  whose relay a host is
    addresses.py  From, Reply-To, bounces, opt-outs    optout.py     the one-click host
    spf.py dkim.py dmarc.py reverse.py                 what the DNS says; misplaced.py: and where it says it wrongly
    arrived/      a mail that arrived, read again      adopting.py   a ledger that is refused becomes the right one

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
