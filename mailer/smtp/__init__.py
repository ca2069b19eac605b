"""SMTP: the way to the relay. Connects, secures, logs in, and submits one message after the other; never decides.

session.py   one connection that messages can be submitted on, and a look at a relay that submits nothing
wire.py      the bytes to and from the relay, and the grammar of its replies
"""
