"""Sending: a confirmed mailing goes to its relay, and every reply comes back into the ledger.

`send` is one mailing, to its relay or to the preview inbox (access); `deliver` is the wire: presence
(this process in the ledger), feed (who is next), pacer and domains (when), relays (over which), letters and stencils
(what), record (what is written), breaker and complaints (when to stop or slow down). `work` is what is due, again and
again; `steer` is what staff do to a mailing from another terminal.
"""
