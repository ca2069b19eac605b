"""Reply: a server's reply, and how we read it.

values.py   Stage, Reply, Outcome, Reason
texts.py    texts of servers → reasons
policy.py   what one reply means for the delivery, and for our pace
"""
