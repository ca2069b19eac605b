"""Runs: one file a verb. Joins the rooms and owns the order of things.

prepare.py    release, lists and templates → a plan, or every problem at once (no socket)
confirm.py    the plan → the ledger, in one transaction
deliver.py    the ledger → the relay, and every reply back into the ledger (feed.py, record.py)
steer.py      pause, cancel, and settling who is in doubt
collect.py    what came back → the ledger
opt_out.py    a person's no, by hand or by token
report.py     the ledger → figures and a table of every person
show.py       one person's mail, as files to look at
demo.py       all of it, on one machine, with invented people
"""
