"""Collect: what came back enters the ledger, each message once.

A folder, one file a subject: `taking` the order of things, `matching` whom it is about, `applying` what follows,
`counting` soft bounces in a row, `alarms` where the fault is ours, `notices` who is away or has left, `settling` what
staff decide by hand.
"""

from mailer.runs.collect.taking import collect, take_in
from mailer.runs.collect.told import Collected

__all__ = ["Collected", "collect", "take_in"]
