"""Reply: a server's words, and our reading of them.

values.py   Stage, Reply, Outcome, Reason
texts.py    from servers' words to reasons
policy.py   what a reply means for the delivery: ALL failure policy; and what it asks of our speed
"""
