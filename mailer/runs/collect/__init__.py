"""Collect: records what came back in the ledger, each message once.

matching.py  the recipient and mailing that a message is about
taking.py    the order of the steps, for mail and for the webhooks of a relay, and the consequences: a suppression,
             soft bounces in a row, who is away or has left
alarms.py    what is wrong with a mailing as a whole, which pauses it (reports load only this)
by_hand.py   returned messages, listed or whole, and decisions that staff make by hand
"""
