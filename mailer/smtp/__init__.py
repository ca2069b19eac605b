"""SMTP: the connection to the relay. Connects, secures, logs in, and submits messages one by one; never decides.

session.py   one connection on which messages are submitted, and a check of a relay that submits nothing
wire.py      the bytes to and from the relay, and the grammar of its replies
"""
