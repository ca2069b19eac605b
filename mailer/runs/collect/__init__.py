"""Collect: what came back enters the ledger, each message once.

matching.py  who it is about
taking.py    the order of things, for mail and for the webhooks of a relay, and what follows: a suppression, soft
             bounces in a row, who is away or has left
alarms.py    what is wrong with a mailing as a whole, which pauses it (who only looks loads no more than this)
settling.py  what came back, listed or whole, and what staff decide by hand
"""
