"""Doctor: is everything as it must be before mail goes out, and did what went out arrive as it should?

    examining.py  every look by itself and all at once, told in a fixed order
    values.py     what a look found, what to publish, with what the looking is done; who asks for more of bulk senders
    desk.py       settings, keys, files, disk, the ledger
    relay.py      connected, secured, logged in; the clock    returns.py    mailboxes, and the one-click host
    senders.py    From, Reply-To, mail servers, names         spf.py dkim.py dmarc.py   what the DNS says
    providers.py  whose relay a host is, and what goes with it
    arrived.py    a mail that arrived, read again
    adopting.py   a ledger that is refused becomes the right one

Looking changes nothing and sends nothing. Never asks the operator.
"""
