"""Collect: what came back enters the ledger, each message once.

taking.py    the order of things, for mail and for the webhooks of a relay
matching.py  whom it is about
applying.py  what follows: a suppression, soft bounces in a row, who is away or has left; alarms.py: the fault is ours
settling.py  what staff decide by hand
told.py      what is told of a run
"""

from mailer.runs.collect.taking import collect, take_in
from mailer.runs.collect.told import Collected

__all__ = ["Collected", "collect", "take_in"]
