"""Sending: a confirmed mailing goes to its relay, and every reply comes back into the ledger.

deliver.py  one run over one mailing: connections, outcomes, the bytes of each letter; to a relay or the preview inbox
pacing.py   who is next, and when                    relays.py   over which relay
record.py   what is written, many rows at once, by a process with a lease; when to stop
waiting.py  for a mailing's moment, at the terminal   steer.py    what staff do to it from another terminal
"""
