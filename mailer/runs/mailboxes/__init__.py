"""Mailboxes: what came back is fetched from where it lies.

door.py      how one process opens one mailbox, with its password or with access tokens
reading.py   the entries of all mailboxes, each read on from its cursor, whatever breaks
watching.py  reading again and again, beside `mailer worker` or in `bounces collect --watch`
"""
