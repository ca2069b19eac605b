"""Sending: a confirmed mailing goes to its relay, and every reply comes back into the ledger.

send.py     one mailing, to its relay or to the preview inbox; access.py: how a process logs in
deliver.py  the wire: connections, outcomes, the bytes of each letter
presence.py this process in the ledger, as others see it     record.py   what is written, many rows at once
feed.py     who is next                                      pacer.py    when
relays.py   over which relay                                 breaker.py  when to stop
patience.py a ledger that cannot be used for a while
work.py     what is due, again and again                     steer.py    what staff do to it from another terminal
"""
