"""Doctor: checks the set-up before mail goes out, and whether mail that went out arrived as it should.

    examining.py  all checks, run together and reported in a fixed order
    values.py     findings (rows of words/doctor.toml), records to publish, and the tools of a check
    workspace.py  settings, keys, files, disk, the ledger, and what hosts that share it need; adopting a ledger
    servers.py    the relay and the clock; mailboxes, the one-click host, the pages that mails link to
    dns.py        From, Reply-To, mail servers, SPF, DKIM, DMARC, names of addresses
    arrived.py    a mail that arrived

A check changes nothing and sends nothing. Never asks the operator.
"""
