"""Fleet: what workers do by themselves, on one machine or on many that share a ledger.

Theory of operation. Only the ledger records who got what, and every step on it is conditional. So whatever makes a
worker look at it may be lost, doubled or late: that costs nothing but time. Two things make a worker look:

1. its own clock: each second on SQLite, which this machine alone uses, and every 15 seconds on PostgreSQL, or when a
   mailing is to begin, a delivery can be tried again or expires, whichever comes first;
2. on PostgreSQL a job (Procrastinate, in a schema beside the ledger's): a wake-up that the database defers with the
   change of a mailing that workers have to notice, and the duties that the whole fleet does once.

A duty (`worker.DUTIES`) is a function of the office and a period. What only this host can do, each worker does for
itself; everything else is claimed in the ledger first, so that it is done once a period, however many workers there are
and whatever time their clocks show. SQLite needs no claims: a duty that two workers do there is done once all the same.

worker.py   the duties as one table, and the loop: looks, begins what is due, ends within 20 s of being stopped
jobs.py     Procrastinate: wake-ups and duties as jobs. Nothing else imports it, and on SQLite nothing does
schema.py   the jobs' tables: made, brought up to date and checked with the ledger's own
"""
