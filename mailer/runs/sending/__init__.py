"""Sending: a confirmed mailing goes to its relay, and every reply comes back into the ledger.

deliver.py  one run over one mailing: connections, outcomes, the bytes of each letter; waiting for its moment before it
record.py   this process in the ledger: whom it leases, what it writes, many rows at once
relays.py   over which relay, how fast, and when to stop         steer.py  what staff do to it from another terminal
"""
