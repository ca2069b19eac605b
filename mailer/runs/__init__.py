"""Runs: one file a verb. Joins the rooms and owns the order of things.

lists/        the staff's lists: opened for reading, changed on disk and put back, imported, tidied, searched
planning/     release, lists and templates become a mailing that stands in the ledger, or every problem at once
sending/      a confirmed mailing goes to its relay, and every reply comes back into the ledger
people/       one person, across lists and ledger: their no, why they are in or out, forgotten, told what is held
rehearse.py   the real mailing against scripted faults, in a ledger that is thrown away (scratch, casting)
collect.py    what came back → the ledger
reconcile.py  whoever is in doubt, settled by what proves it
report.py     the ledger → figures and a table of every person (standing: at what pace, waiting for what)
purge.py      what has been kept long enough goes
show.py       one person's mail, as files to look at
doctor.py     is everything at this desk as it must be
demo.py       all of it, on one machine, with invented people
office.py     where a command runs, as one value
"""
