"""Mailboxes: what came back is fetched from where it lies.

reading.py   one mailbox opened, and the entries of all, each read on from its cursor, whatever breaks
watching.py  reading again and again, beside `mailer worker` or in `bounces collect --watch`
"""
