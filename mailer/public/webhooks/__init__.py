"""Webhooks: what relays (Amazon SES, SendGrid, Mailgun, Postmark) post about the mail that they took.

    routes.py      the addresses, the limits of a request, the answers, and a gate for each relay, which checks the
                   signature of the raw body before anything is read from it
    checking.py    what to enter at each relay, and what is missing here

`bounces.relay_events` reads an event, and `runs.collect` acts on it. A genuine event can do no more than a bounce: it
does not affect an address that was never mailed from here.
"""
