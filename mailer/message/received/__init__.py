"""Received: a mail that arrived, read again. Strangers' servers wrote in it; nothing here trusts them to write well.

fields.py       the header as it stands, field by field, with the bytes that a signature is over
results.py      Authentication-Results (RFC 8601): what the receiver made of SPF, DKIM and DMARC
signatures.py   DKIM-Signature fields: what they cover (RFC 6376, RFC 8058)
verifying.py    whether a signature holds, with the key handed in
hops.py         Received: where it came through, how it was secured, and how long it took
filters.py      what spam filters wrote, in plain words
alterations.py  what the way made of our mail

Pure: the DNS answers and the clock are handed in.
"""
