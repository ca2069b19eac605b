"""Sending: sends a confirmed mailing to its relay, and records every reply in the ledger.

deliver.py  one run over one mailing: connections, outcomes, the bytes of each message; waiting for its scheduled time
record.py   this process in the ledger: the deliveries it leases, and what it writes, many rows at once
relays.py   the relay, the pace, and when to stop         steer.py  how staff steer it from another terminal
"""
