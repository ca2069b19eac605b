"""Doctor: is everything as it must be before mail goes out, and did what went out arrive as it should?

    examining.py  every look by itself and all at once, told in a fixed order
    values.py     what a look found (a row of words/doctor.toml), what to publish, with what the looking is done
    workspace.py  settings, keys, files, disk, the ledger, and what hosts that share one need; how one is adopted
    servers.py    the relay and the clock; mailboxes, the one-click host, and the pages that mails link to
    dns.py        From, Reply-To, mail servers, SPF, DKIM, DMARC, names of addresses
    arrived.py    a mail that arrived, read again

Looking changes nothing and sends nothing. Never asks the operator.
"""
