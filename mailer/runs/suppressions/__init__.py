"""Suppressions: who must not be mailed, for which reason, and how they say so.

An opt-out is an event; the suppression is the state that follows from it, kept under a digest of the address, so that
it outlives every spreadsheet. This floor changes and asks that state, and knows neither lists nor mailings: whoever
plans, sends or imports asks it, and it never has to ask them.

opt_out.py       staff's word and the token of a mail: added, confirmed, lifted; which reason takes the place of which
suppressed.py    asked in batches: who of these people is suppressed, and since when
link_optouts.py  what people do by the opt-out link, here or on a host that keeps it in a spool
exchange.py      suppressions from and for other tools, as files
"""
