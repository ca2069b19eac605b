"""Webhooks: what relays (Amazon SES, SendGrid, Mailgun, Postmark) post about the mail that they took.

    routes.py      the addresses, the bounds of a request, what it is answered, and one gate a relay: its proof is
                   checked on the raw body, before anything is read from it
    checking.py    what to enter at each relay, and what is missing here

What an event means is `bounces.relay_events`, what follows from it `runs.collect`. A genuine event can do no more than
a bounce could: an address that was never mailed from here is not touched by it.
"""
